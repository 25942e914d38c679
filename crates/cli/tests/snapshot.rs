//! `glassboard snapshot`: what is in the file.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use common::{damage, golden, run, stderr, stdout, write_scalars};
use flate2::read::GzDecoder;
use glassboard_events::EventFileWriter;
use glassboard_events::proto::tensorboard::{
    DataType, Event, Summary, SummaryMetadata, TensorProto, TensorShapeProto, event, summary,
    summary::value::Value as SummaryValue, summary_metadata::PluginData, tensor_shape_proto::Dim,
};
use serde_json::{Value as Json, json};

fn snapshot(logdir: &Path, out: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["snapshot", "--logdir", logdir.to_str().unwrap(), "--out"];
    arguments.push(out.to_str().unwrap());
    arguments.extend(more);
    run(&arguments)
}

/// What is in a file: the answers by key, and what the page is told about them.
struct Report {
    html: String,
    answers: BTreeMap<String, Vec<u8>>,
    info: Json,
}

impl Report {
    fn read(path: &Path) -> Self {
        let html = fs::read_to_string(path).unwrap();
        let element = |id: &str| {
            let start = format!(" id=\"glassboard-{id}\">");
            let (_, rest) = html.split_once(&start).unwrap();
            rest.split_once("</script>").unwrap().0
        };
        let index: Json = serde_json::from_str(element("index")).unwrap();
        let mut packs: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        let mut answers = BTreeMap::new();
        for answer in index["answers"].as_array().unwrap() {
            let number = |at: usize| answer[at].as_u64().unwrap();
            let pack = packs.entry(number(1)).or_insert_with(|| {
                let text = element(&format!("pack-{}", number(1)));
                let mut bytes = Vec::new();
                let packed = BASE64.decode(text).unwrap();
                GzDecoder::new(packed.as_slice())
                    .read_to_end(&mut bytes)
                    .unwrap();
                bytes
            });
            let from = number(2) as usize;
            let bytes = pack[from..from + number(3) as usize].to_vec();
            let key = answer[0].as_str().unwrap().to_owned();
            assert!(answers.insert(key, bytes).is_none(), "twice: {}", answer[0]);
        }
        let info = serde_json::from_str(element("snapshot")).unwrap();
        Self {
            html,
            answers,
            info,
        }
    }

    fn json(&self, key: &Json) -> Json {
        let bytes = self.answers.get(&key.to_string());
        serde_json::from_slice(bytes.unwrap_or_else(|| panic!("no {key}"))).unwrap()
    }

    fn routes(&self) -> Vec<String> {
        let mut routes: Vec<String> = self
            .answers
            .keys()
            .map(|key| {
                let key: Json = serde_json::from_str(key).unwrap();
                key[0]
                    .as_str()
                    .unwrap()
                    .split('/')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        routes.dedup();
        routes
    }
}

/// Pictures of noise, so that they do not compress: of each step one of `bytes` bytes.
fn write_pictures(folder: &Path, tag: &str, steps: i64, bytes: usize) {
    let mut writer = EventFileWriter::create(folder, "").unwrap();
    let mut state = 1_u64;
    for step in 0..steps {
        let mut encoded = b"\x89PNG\r\n\x1a\n".to_vec();
        encoded.resize_with(bytes, || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        let image = summary::Image {
            width: 8,
            height: 8,
            colorspace: 3,
            encoded_image_string: encoded,
        };
        let value = summary::Value {
            tag: tag.to_owned(),
            value: Some(SummaryValue::Image(image)),
            ..summary::Value::default()
        };
        let event = Event {
            wall_time: common::START + step as f64,
            step,
            what: Some(event::What::Summary(Summary { value: vec![value] })),
            ..Event::default()
        };
        writer.write_event(&event).unwrap();
    }
    writer.flush().unwrap();
}

/// Points of meshes as `add_mesh` logs them: of each step so many meshes of so many points of noise.
fn write_meshes(folder: &Path, name: &str, steps: i64, samples: usize, points: usize) {
    let mut writer = EventFileWriter::create(folder, "").unwrap();
    let mut state = 1_u32;
    for step in 0..steps {
        let numbers = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32
        });
        let content = numbers
            .take(3 * samples * points)
            .flat_map(f32::to_le_bytes);
        let dim = |size: usize| Dim {
            size: size as i64,
            ..Dim::default()
        };
        let tensor = TensorProto {
            dtype: DataType::DtFloat.into(),
            tensor_shape: Some(TensorShapeProto {
                dim: vec![dim(samples), dim(points), dim(3)],
                ..TensorShapeProto::default()
            }),
            tensor_content: content.collect(),
            ..TensorProto::default()
        };
        // Field 2: the name; field 3: that these are points.
        let about = [&[0x12, name.len() as u8], name.as_bytes(), &[0x18, 1]].concat();
        let value = summary::Value {
            tag: format!("{name}_VERTEX"),
            metadata: Some(SummaryMetadata {
                plugin_data: Some(PluginData {
                    plugin_name: "mesh".to_owned(),
                    content: about,
                }),
                ..SummaryMetadata::default()
            }),
            value: Some(SummaryValue::Tensor(tensor)),
            ..summary::Value::default()
        };
        let event = Event {
            wall_time: common::START + step as f64,
            step,
            what: Some(event::What::Summary(Summary { value: vec![value] })),
            ..Event::default()
        };
        writer.write_event(&event).unwrap();
    }
    writer.flush().unwrap();
}

/// The header of an answer with columns.
fn header(bytes: &[u8]) -> Json {
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    serde_json::from_slice(&bytes[8..8 + length]).unwrap()
}

/// The key of a mesh of a step, as the page asks for it.
fn mesh_key(url: &str, sample: usize) -> String {
    let (route, query) = url.split_once('?').unwrap();
    let mut pairs: BTreeMap<&str, String> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    pairs.insert("sample", sample.to_string());
    let parts = pairs
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value]);
    json!([vec![route.to_owned()], parts.collect::<Vec<_>>()].concat()).to_string()
}

#[test]
fn meshes_are_there_with_their_triangles_colours_and_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("report.html");
    let output = snapshot(&golden(), &out, &["--dashboards", "mesh"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = Report::read(&out);
    let runs = report.json(&json!(["runs"]));
    let mut told = BTreeMap::new();
    for entry in report.json(&json!(["meshes"]))["meshes"]
        .as_array()
        .unwrap()
    {
        let runs = runs["runs"].as_array().unwrap().iter();
        let run = runs.clone().find(|run| run["id"] == entry["run"]).unwrap();
        let series = report.json(&json!(["mesh", "name", entry["name"], "run", run["name"]]));
        let url = series["steps"][0]["url"].as_str().unwrap().to_owned();
        let found = header(&report.answers[&mesh_key(&url, 0)]);
        let case = run["name"]
            .as_str()
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        told.insert(
            case,
            json!([
                entry["name"],
                found["points"],
                found["faces"],
                !found["colors"].is_null(),
                found["config_json"],
            ]),
        );
    }
    let camera = "{\"camera\": {\"cls\": \"PerspectiveCamera\", \"fov\": 75}}";
    assert_eq!(told["mesh"], json!(["my_mesh", 4, 4, true, camera]));
    assert_eq!(told.len(), 3, "{told:?}");
    // Of other dashboards there is nothing.
    assert!(!report.routes().contains(&"blobs".to_owned()));
    let tags = report.json(&json!(["tags"]));
    assert_eq!(tags["plugins"].as_array().unwrap().len(), 1, "{tags}");
    assert_eq!(tags["plugins"][0]["plugin"], "mesh");
}

#[test]
fn meshes_are_chosen_by_name_and_kept_whole_from_the_newest_on() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    // A mesh of 3,000 points takes 72,000 bytes and compresses to less.
    write_meshes(&logdir.join("a"), "cloud", 5, 2, 3_000);
    write_meshes(&logdir.join("b"), "other", 1, 1, 3);
    let whole = dir.path().join("whole.html");
    let only = ["--tags", "^cloud$"];
    let output = snapshot(&logdir, &whole, &only);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = Report::read(&whole);
    let names = report.json(&json!(["meshes"]));
    assert_eq!(names["meshes"].as_array().unwrap().len(), 1, "{names}");
    let list = json!(["mesh", "name", "cloud", "run", "a"]);
    let steps = report.json(&list)["steps"].as_array().unwrap().clone();
    assert_eq!(steps.len(), 5);
    for step in &steps {
        for sample in 0..2 {
            let key = mesh_key(step["url"].as_str().unwrap(), sample);
            let found = header(&report.answers[&key]);
            assert_eq!(found["points"], 3_000);
            assert_eq!(found["sample"], sample);
            assert_eq!(found["samples"], 2);
        }
    }
    for bytes in report.answers.values() {
        assert!(!String::from_utf8_lossy(bytes).contains("other"));
    }

    // Room for two steps and a half.
    let size = fs::metadata(&whole).unwrap().len();
    let page = {
        let none = dir.path().join("none.html");
        let output = snapshot(&logdir, &none, &["--tags", "^other$"]);
        assert!(output.status.success(), "{}", stderr(&output));
        fs::metadata(&none).unwrap().len()
    };
    let most = page + (size - page) / 2;
    let out = dir.path().join("report.html");
    let most_text = most.to_string();
    let limits = [&only[..], &["--max-size", &most_text]].concat();
    let output = snapshot(&logdir, &out, &limits);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::metadata(&out).unwrap().len() <= most);
    let report = Report::read(&out);
    let kept = report.json(&list)["steps"].as_array().unwrap().clone();
    assert_eq!(
        kept.iter()
            .map(|step| step["step"].as_i64().unwrap())
            .collect::<Vec<_>>(),
        [3, 4]
    );
    for step in &kept {
        for sample in 0..2 {
            let key = mesh_key(step["url"].as_str().unwrap(), sample);
            assert!(report.answers.contains_key(&key));
        }
    }
    assert_eq!(
        report.info["left_out"],
        json!([{"dashboard": "mesh", "kept": 2, "total": 5}])
    );
    assert!(
        stderr(&output).contains("3 of 5 of mesh"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_trace_is_there_with_the_tables_of_each_step_but_without_its_timeline() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    let trace = "worker.pt.trace.json.gz";
    for run in ["a", "b"] {
        fs::create_dir_all(logdir.join(run)).unwrap();
        let from = golden().join("../trace").join(trace);
        fs::copy(from, logdir.join(run).join(trace)).unwrap();
    }
    let expected = golden().join("../trace/expected.json");
    let expected: Json = serde_json::from_slice(&fs::read(expected).unwrap()).unwrap();
    let steps = expected["steps"].as_array().unwrap().len();
    let out = dir.path().join("report.html");
    let output = snapshot(&logdir, &out, &["--runs", "^a$"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = Report::read(&out);
    let path = format!("a/{trace}");
    let traces = report.json(&json!(["traces"]));
    assert_eq!(traces["traces"].as_array().unwrap().len(), 1, "{traces}");
    assert_eq!(traces["traces"][0]["path"], path);
    assert_eq!(report.json(&json!(["status"]))["traces"], 1);
    let state = report.json(&json!(["trace", "path", path]));
    assert_eq!(state["phase"], "done");
    assert_eq!(state["overview"]["events"], expected["events"]);
    assert_eq!(state["overview"]["steps"].as_array().unwrap().len(), steps);
    let calls = |table: &Json, name: &str| {
        let rows = table["rows"].as_array().unwrap().iter();
        let row = rows.clone().find(|row| row["name"] == name).unwrap();
        row["calls"].as_u64().unwrap()
    };
    let name = "aten::conv2d";
    let all = report.json(&json!(["trace/operators", path, null]));
    assert_eq!(calls(&all, name), expected["averages"][name]["calls"]);
    assert_eq!(all["total"], all["rows"].as_array().unwrap().len());
    let of_steps: u64 = (0..steps)
        .map(|step| {
            let text = step.to_string();
            report.json(&json!(["trace/categories", "path", path, "step", text]));
            calls(&report.json(&json!(["trace/operators", path, step])), name)
        })
        .sum();
    assert_eq!(of_steps, calls(&all, name));
    let known: Vec<_> = report.answers.keys().cloned().collect();
    for absent in ["trace/kernels", "trace/timeline", "trace/event", "b/worker"] {
        assert!(!known.iter().any(|key| key.contains(absent)), "{absent}");
    }
    assert!(report.info["left_out"].as_array().unwrap().is_empty());
}

#[test]
fn everything_the_page_asks_for_is_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("report.html");
    let output = snapshot(&golden(), &out, &["--title", "A & B"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("report.html: "),
        "{}",
        stdout(&output)
    );
    let report = Report::read(&out);
    assert!(report.html.contains("<title>A &amp; B</title>"));
    for route in [
        "audio",
        "blobs",
        "curves",
        "damage",
        "distributions",
        "embedding",
        "embeddings",
        "graph",
        "graphs",
        "histograms",
        "hparams",
        "images",
        "layouts",
        "mesh",
        "meshes",
        "models",
        "projection",
        "runs",
        "scalars",
        "stats",
        "status",
        "tags",
        "texts",
        "traces",
        "workspace",
    ] {
        assert!(
            report.routes().iter().any(|known| known == route),
            "{route} is not among {:?}",
            report.routes()
        );
    }
    let status = report.json(&json!(["status"]));
    assert_eq!(status["window_title"], "A & B");
    assert_eq!(status["phase"], "done");
    assert_eq!(status["workspace_writable"], false);
    // Where the logs lie is not in the file.
    assert!(!status["logdir"].as_str().unwrap().contains('/'));
    assert!(report.info["left_out"].as_array().unwrap().is_empty());
    assert_eq!(report.info["smoothing"], json!([0.6]));

    // What the lists name is there.
    let mut pictures = 0;
    for (key, bytes) in &report.answers {
        let key: Json = serde_json::from_str(key).unwrap();
        if key[0] != "images" && key[0] != "audio" {
            continue;
        }
        let list: Json = serde_json::from_slice(bytes).unwrap();
        for step in list["steps"].as_array().unwrap() {
            for sample in step["samples"].as_array().unwrap() {
                assert!(report.answers.contains_key(&json!([sample]).to_string()));
                pictures += 1;
            }
        }
    }
    assert_eq!(pictures, 9);
}

#[test]
fn dashboards_runs_and_tags_are_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    for name in ["sgd", "adam"] {
        write_scalars(&logdir.join(name), &[("loss", 1, 0.5), ("acc", 1, 0.25)]);
        write_pictures(&logdir.join(name), "grid", 2, 100);
    }
    let out = dir.path().join("report.html");
    let chosen = [
        "--runs",
        "^sgd$",
        "--tags",
        "lo|gr",
        "--dashboards",
        "timeseries",
    ];
    let output = snapshot(&logdir, &out, &chosen);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = Report::read(&out);
    let runs = report.json(&json!(["runs"]));
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    assert_eq!(runs["runs"][0]["name"], "sgd");
    let run = &runs["runs"][0]["id"];
    let tags = report.json(&json!(["tags"]));
    assert_eq!(tags["plugins"].as_array().unwrap().len(), 1, "{tags}");
    assert_eq!(tags["plugins"][0]["tags"].as_array().unwrap().len(), 1);
    assert_eq!(tags["plugins"][0]["tags"][0]["tag"], "loss");
    assert_eq!(tags["plugins"][0]["tags"][0]["runs"], json!([run]));
    assert_eq!(report.json(&json!(["status"]))["window_title"], "logs");
    let stats = report.json(&json!(["stats", run, "loss", 0]));
    assert_eq!(stats["last"]["value"], 0.5);
    assert!(!report.routes().contains(&"images".to_owned()));
    assert_eq!(report.info["dashboards"], json!(["timeseries"]));
    // Other names are nowhere in it.
    for bytes in report.answers.values() {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.contains("adam") && !text.contains("grid"), "{text}");
    }

    let none = dir.path().join("none.html");
    let output = snapshot(&logdir, &none, &["--tags", "nothing"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("nothing to show"),
        "{}",
        stderr(&output)
    );
    assert!(!none.exists());
}

#[test]
fn a_file_that_is_there_stays_unless_forced() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    write_scalars(&logdir, &[("loss", 1, 0.5)]);
    let out = dir.path().join("report.html");
    fs::write(&out, "mine").unwrap();
    let output = snapshot(&logdir, &out, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    assert!(snapshot(&logdir, &out, &["--force"]).status.success());
    assert!(fs::read_to_string(&out).unwrap().ends_with("</html>\n"));

    let output = snapshot(&dir.path().join("absent"), &dir.path().join("b.html"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("no such log directory"));
    let output = snapshot(&logdir, &dir.path().join("absent/b.html"), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("cannot write into"),
        "{}",
        stderr(&output)
    );
    for wrong in [
        ["--max-size", "1TB"],
        ["--max-size", "10KB"],
        ["--smoothing", "1"],
        ["--dashboards", "model"],
        ["--runs", "("],
    ] {
        let output = snapshot(&logdir, &dir.path().join("c.html"), &wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(stderr(&output).contains(wrong[0]), "{}", stderr(&output));
    }
    // Nothing half-made is left behind.
    let mut left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["logs", "report.html"]);
}

#[test]
fn what_does_not_fit_is_the_oldest_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    write_scalars(&logdir.join("a"), &[("loss", 1, 0.5)]);
    for name in ["a", "b"] {
        write_pictures(&logdir.join(name), "grid", 20, 100_000);
    }
    let whole = dir.path().join("whole.html");
    assert!(snapshot(&logdir, &whole, &[]).status.success());
    let page = fs::metadata(&whole).unwrap().len() - 40 * 133_336;
    let most = page + 10 * 133_336;

    let out = dir.path().join("report.html");
    let output = snapshot(&logdir, &out, &["--max-size", &most.to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(fs::metadata(&out).unwrap().len() <= most);
    let report = Report::read(&out);
    let steps = |run: &str| -> Vec<i64> {
        let list = report.json(&json!(["images", "run", run, "tag", "grid"]));
        let steps = list["steps"].as_array().unwrap().iter();
        steps.map(|step| step["step"].as_i64().unwrap()).collect()
    };
    let (a, b) = (steps("a"), steps("b"));
    let kept = (a.len() + b.len()) as u64;
    assert!((7..=10).contains(&kept), "{a:?}, {b:?}");
    assert!(a.len() >= b.len() && a.len() <= b.len() + 1, "{a:?}, {b:?}");
    assert_eq!(a, (20 - a.len() as i64..20).collect::<Vec<_>>());
    assert_eq!(b, (20 - b.len() as i64..20).collect::<Vec<_>>());
    assert_eq!(
        report.info["left_out"],
        json!([{"dashboard": "images", "kept": kept, "total": 40}])
    );
    let said = format!("{} of 40 of images", 40 - kept);
    assert!(stderr(&output).contains(&said), "{}", stderr(&output));
}

#[test]
fn long_series_are_reduced_to_real_points() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    let long: Vec<_> = (0..5_000)
        .map(|step| ("x", step, if step == 2_345 { 9.0 } else { 0.5 }))
        .collect();
    write_scalars(&logdir, &long);
    let points = |more: &[&str]| {
        let out = dir.path().join("report.html");
        let output = snapshot(&logdir, &out, &[more, &["--force"]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        let report = Report::read(&out);
        let key = json!(["scalars", 0, "x", 0]).to_string();
        let bytes = &report.answers[&key];
        let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let header: Json = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        let one = &header["series"][0];
        assert_eq!(one["points_total"], 5_000);
        let reduced = report.info["reduced_series"].as_u64().unwrap();
        assert_eq!(one["reduced"], reduced == 1);
        assert_eq!(stderr(&output).contains("--points 0"), reduced == 1);
        // The peak stays in any case.
        let count = one["live"]["count"].as_u64().unwrap() as usize;
        let offset = one["live"]["columns"]["value"]["offset"].as_u64().unwrap() as usize;
        let values = &bytes[8 + length + offset..][..4 * count];
        let peak = values
            .chunks_exact(4)
            .map(|value| f32::from_le_bytes(value.try_into().unwrap()))
            .fold(0.0, f32::max);
        assert_eq!(peak, 9.0);
        count
    };
    assert_eq!(points(&[]), 5_000);
    assert_eq!(points(&["--points", "0"]), 5_000);
    let few = points(&["--points", "400"]);
    assert!((150..=400).contains(&few), "{few}");
}

#[test]
fn weights_of_smoothing_are_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    write_scalars(&logdir, &[("x", 0, 1.0), ("x", 1, 0.0)]);
    let out = dir.path().join("report.html");
    let output = snapshot(&logdir, &out, &["--smoothing", "0.9,0,0.5,0.9"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let report = Report::read(&out);
    assert_eq!(report.info["smoothing"], json!([0.5, 0.9]));
    for (level, weight) in [(0, 0.5_f64), (1, 0.9)] {
        let stats = report.json(&json!(["stats", 0, "x", level]));
        // Debiased: w (1 - w) / (1 - w²).
        let expected = weight * (1.0 - weight) / (1.0 - weight * weight);
        let got = stats["last_smoothed"].as_f64().unwrap();
        assert!((got - expected).abs() < 1e-12, "{got}, {expected}");
    }
}

#[test]
fn names_and_damage_do_not_break_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("logs");
    let evil = "</script><script>alert(1)</script><!--";
    let (path, ends) = write_scalars(
        &logdir.join("a"),
        &[(evil, 1, 0.5), (evil, 2, 0.25), (evil, 3, 0.125)],
    );
    damage(&path, ends[2] - 10);
    let out = dir.path().join("report.html");
    let output = snapshot(&logdir, &out, &["--title", evil]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = Report::read(&out);
    assert!(!report.html.contains("alert(1)</script>") && !report.html.contains("<script>alert"));
    assert!(
        report
            .html
            .contains("Content-Security-Policy\" content=\"default-src 'none';")
    );
    let stats = report.json(&json!(["stats", 0, evil, 0]));
    assert_eq!(stats["count"], 2);
    assert_eq!(report.json(&json!(["status"]))["damaged_records"], 1);
    assert_eq!(report.json(&json!(["damage"]))["files"][0]["damaged"], 1);
}

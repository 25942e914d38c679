//! Model files, their tables, and what they look at, over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::Server;
use serde_json::{Value as Json, json};

fn golden(network: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/cam")
        .join(network)
}

/// A log directory with the models of a golden network.
fn logdir(network: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["model.pt2", "model.onnx", "model.safetensors"] {
        fs::copy(golden(network).join(file), dir.path().join(file)).unwrap();
    }
    dir
}

#[test]
fn the_table_is_that_of_the_command() {
    let dir = logdir("tiny_resnet");
    let server = Server::over(dir.path());
    let list = server.json("models");
    let names: Vec<_> = list["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|model| model["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["model.onnx", "model.pt2", "model.safetensors"]);
    assert_eq!(list["can_explain"], cfg!(feature = "explain"));

    let model = server.json("model?source=file&name=model.pt2");
    assert_eq!(model["title"], "TinyResNet");
    let graph = glassboard_model::read(golden("tiny_resnet").join("model.pt2")).unwrap();
    assert_eq!(model["params"], graph.parameter_count());
    assert_eq!(model["inputs"].as_array().unwrap().len(), 1);
    let row = |model: &Json, path: &str| -> Json {
        let rows = model["rows"].as_array().unwrap();
        let found = rows.iter().find(|row| row["path"] == path);
        found
            .unwrap_or_else(|| panic!("no {path} in {model}"))
            .clone()
    };
    // 3x3 from 8 to 16 channels, at 16x16 places.
    let conv = row(&model, "layer2.conv1");
    assert_eq!(conv["class_name"], "Conv2d");
    assert_eq!(conv["params"], 3 * 3 * 8 * 16);
    assert_eq!(conv["depth"], 2);
    assert_eq!(row(&model, "fc")["params"], 170);
    let sized = server.json("model?source=file&name=model.pt2&input=1x3x32x32");
    let conv = row(&sized, "layer2.conv1");
    assert_eq!(conv["output"], "1×16×16×16");
    assert_eq!(conv["mult_adds"], 3 * 3 * 8 * 16 * 16 * 16);
    assert_eq!(row(&sized, "")["mult_adds"], sized["mult_adds"]);

    let weights = server.json("model?source=file&name=model.safetensors");
    assert_eq!(weights["mult_adds"], Json::Null);
    assert_eq!(row(&weights, "fc")["params"], 170);
    assert_eq!(weights["explain"], Json::Null);

    let message = server
        .get("model?source=file&name=model.pt2&input=1x1x32x32")
        .error(422, "unprocessable", Some("input"));
    assert!(message.contains('3'), "{message}");
    server
        .get("model?source=file&name=model.pt2&input=wide")
        .error(422, "unprocessable", Some("input"));
    server
        .get("model?source=file&name=../model.pt2")
        .error(404, "not_found", None);
    server
        .get("model?source=upload&name=none")
        .error(404, "not_found", Some("name"));
    server
        .get("model?source=run&name=none")
        .error(400, "bad_request", Some("source"));
}

#[test]
fn a_model_that_is_sent_is_kept_where_that_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::over(dir.path());
    let bytes = fs::read(golden("tiny_vgg").join("model.onnx")).unwrap();
    let send = |more: &str| -> String {
        let head = format!(
            "POST /api/v1/graph/upload?name=net.onnx{more} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
        );
        let answer = server.request(&head, &bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["name"].as_str().unwrap().to_owned()
    };
    let forgotten = send("");
    let message = server
        .get(&format!("model?source=upload&name={forgotten}"))
        .error(404, "not_found", Some("name"));
    assert!(message.contains("send the file again"), "{message}");
    let kept = send("&keep=true");
    let model = server.json(&format!("model?source=upload&name={kept}"));
    assert_eq!(model["title"], "TinyVgg");
    assert_eq!(server.json("models")["models"], json!([]));
}

#[cfg(not(feature = "explain"))]
#[test]
fn a_build_without_the_engine_says_so() {
    let dir = logdir("tiny_vgg");
    let server = Server::over(dir.path());
    let model = server.json("model?source=file&name=model.pt2");
    let problem = model["problem"].as_str().unwrap();
    assert!(problem.contains("cannot run models"), "{problem}");
    let query = json!({
        "source": "file", "name": "model.pt2", "what": { "kind": "kernels", "limit": 4, "colormap": "bwr" }
    });
    server
        .send("POST", "model/explain", &query, "")
        .error(501, "not_built", None);
}

#[cfg(feature = "explain")]
mod explain {
    use std::io::{BufRead as _, Cursor};

    use glassboard_media::Picture;
    use ndarray::{Array3, ArrayD, Axis, Slice};
    use ndarray_npy::{NpzReader, ReadNpyExt as _, WriteNpyExt as _};

    use super::*;
    use crate::common::http::{read_head, send};
    use crate::common::wait_until;

    fn array(network: &str, file: &str, name: &str) -> ArrayD<f32> {
        let file = fs::File::open(golden(network).join(file)).unwrap();
        NpzReader::new(file).unwrap().by_name(name).unwrap()
    }

    fn labels(network: &str) -> Vec<i64> {
        let file = fs::File::open(golden(network).join("inputs.npz")).unwrap();
        let labels: ArrayD<i64> = NpzReader::new(file).unwrap().by_name("labels").unwrap();
        labels.into_iter().collect()
    }

    fn npy(array: &ArrayD<f32>) -> Vec<u8> {
        let mut bytes = Vec::new();
        array.write_npy(&mut bytes).unwrap();
        bytes
    }

    /// A PNG file: a bright square on a dark ground.
    fn square() -> Vec<u8> {
        let pixels = Array3::from_shape_fn((40, 48, 3), |(y, x, channel)| {
            let inside = (10..30).contains(&y) && (16..32).contains(&x);
            if inside { 230 } else { 20 + 10 * channel as u8 }
        });
        let picture = Picture::from_tensor(&pixels, "HWC").unwrap();
        picture.to_png().unwrap()
    }

    const BYTES: &str = "HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n";

    fn send_picture(server: &Server, bytes: &[u8]) -> common::Answer {
        server.request(&format!("POST /api/v1/model/picture {BYTES}"), bytes)
    }

    fn picture(server: &Server, bytes: &[u8]) -> String {
        let answer = send_picture(server, bytes);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["name"].as_str().unwrap().to_owned()
    }

    #[allow(clippy::needless_pass_by_value)] // literals are handed over
    fn query(model: &str, picture: Option<&str>, what: Json) -> Json {
        json!({ "source": "file", "name": model, "picture": picture, "what": what })
    }

    /// Everything that the answer says.
    fn ask(server: &Server, query: &Json) -> Vec<Json> {
        let answer = server.send("POST", "model/explain", query, "");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let lines: Vec<Json> = answer
            .text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        lines
    }

    fn tiles(lines: &[Json]) -> Vec<&Json> {
        assert_eq!(lines.last().unwrap()["event"], "done", "{lines:?}");
        lines
            .iter()
            .filter(|line| line["event"] == "tile")
            .collect()
    }

    fn failure(server: &Server, query: &Json) -> String {
        let lines = ask(server, query);
        let last = lines.last().unwrap();
        assert_eq!(last["event"], "failed", "{lines:?}");
        last["message"].as_str().unwrap().to_owned()
    }

    fn values(server: &Server, tile: &Json) -> ArrayD<f32> {
        let answer = server.get(tile["values"].as_str().unwrap());
        assert_eq!(answer.status, 200);
        ArrayD::read_npy(Cursor::new(answer.body)).unwrap()
    }

    /// Width and height of the picture.
    fn size(server: &Server, tile: &Json) -> (u32, u32) {
        let answer = server.get(tile["picture"].as_str().unwrap());
        assert_eq!(answer.header("content-type"), Some("image/png"));
        let number = |at: usize| u32::from_be_bytes(answer.body[at..at + 4].try_into().unwrap());
        (number(16), number(20))
    }

    #[test]
    fn maps_are_the_golden_ones() {
        let methods = [
            ("grad-cam", "GradCAM", 1e-4),
            ("grad-cam++", "GradCAMPlusPlus", 1e-4),
            ("xgrad-cam", "XGradCAM", 1e-4),
            ("layer-cam", "LayerCAM", 1e-4),
            ("hires-cam", "HiResCAM", 1e-4),
            ("grad-cam-elementwise", "GradCAMElementWise", 1e-4),
            ("fem", "FEM", 1e-4),
            ("kpca-cam", "KPCA_CAM", 1e-4),
            ("shapley-cam", "ShapleyCAM", 1e-4),
            ("ablation-cam", "AblationCAM", 1e-4),
            ("full-grad", "FullGrad", 1e-4),
            ("score-cam", "ScoreCAM", 1e-3),
        ];
        for network in ["tiny_vgg", "tiny_resnet"] {
            let dir = logdir(network);
            let server = Server::over(dir.path());
            let images = array(network, "inputs.npz", "images");
            let first = images.slice_axis(Axis(0), Slice::from(..1)).to_owned();
            let name = picture(&server, &npy(&first));
            for model in ["model.pt2", "model.onnx"] {
                let names: Vec<&str> = methods.iter().map(|(name, ..)| *name).collect();
                let what =
                    json!({ "kind": "cam", "methods": names, "classes": [labels(network)[0]] });
                let lines = ask(&server, &query(model, Some(&name), what));
                let tiles = tiles(&lines);
                assert_eq!(tiles.len(), methods.len());
                for (tile, (method, reference, tolerance)) in tiles.iter().zip(methods) {
                    assert_eq!(tile["method"], method);
                    let expected = array(network, "expected.npz", reference);
                    let expected = expected.index_axis(Axis(0), 0).to_owned();
                    let found = values(&server, tile);
                    assert_eq!(found.shape(), expected.shape());
                    let apart = (&found - &expected)
                        .iter()
                        .fold(0.0_f32, |most, difference| most.max(difference.abs()));
                    assert!(apart <= tolerance, "{network} {model} {method}: {apart}");
                    assert_eq!(size(&server, tile), (32, 32));
                }
            }
        }
    }

    #[test]
    fn predictions_kernels_maps_saliency_and_maximization() {
        let dir = logdir("tiny_vgg");
        let server = Server::over(dir.path());
        let images = array("tiny_vgg", "inputs.npz", "images");
        let first = images.slice_axis(Axis(0), Slice::from(..1)).to_owned();
        let name = picture(&server, &npy(&first));
        let of = |what: Json| ask(&server, &query("model.pt2", Some(&name), what));

        let described = server.json("model?source=file&name=model.pt2");
        let explain = &described["explain"];
        assert_eq!(explain["channels"], 3);
        assert_eq!(explain["last_convolution"], "features.7");
        assert_eq!(
            explain["convolutions"],
            json!(["features.0", "features.3", "features.6"])
        );

        let lines = of(json!({ "kind": "predict", "top": 3 }));
        let seen = lines
            .iter()
            .find(|line| line["event"] == "predictions")
            .unwrap();
        let logits = array("tiny_vgg", "expected.npz", "logits");
        let logits: Vec<f32> = logits.index_axis(Axis(0), 0).iter().copied().collect();
        assert_eq!(
            (
                seen["count"].as_u64(),
                seen["classes"].as_array().unwrap().len()
            ),
            (Some(10), 3)
        );
        let top = &seen["classes"][0];
        let best = (0..10)
            .max_by(|a, b| logits[*a].total_cmp(&logits[*b]))
            .unwrap();
        assert_eq!(top["class"], best);
        assert!((top["score"].as_f64().unwrap() - f64::from(logits[best])).abs() < 1e-4);
        let given = lines.iter().find(|line| line["event"] == "input").unwrap();
        assert_eq!(
            (&given["width"], &given["height"]),
            (&json!(32), &json!(32))
        );

        let kernels = of(json!({ "kind": "kernels", "limit": 5, "colormap": "bwr" }));
        let tile = tiles(&kernels)[0];
        assert_eq!(tile["layers"], json!(["features.0"]));
        assert_eq!(
            (&tile["shape"], &tile["of"]),
            (&json!([5, 3, 3, 3]), &json!(8))
        );
        assert_eq!(values(&server, tile).shape(), [5, 3, 3, 3]);

        let maps = of(json!({
            "kind": "features", "layers": ["features.0", "features.7"], "limit": 100, "colormap": "viridis"
        }));
        let maps = tiles(&maps);
        assert_eq!(maps[0]["shape"], json!([8, 32, 32]));
        let activations = array("tiny_vgg", "expected.npz", "activations");
        let found = values(&server, maps[1]);
        let apart = (&found - &activations.index_axis(Axis(0), 0)).mapv(f32::abs);
        assert!(apart.iter().all(|difference| *difference < 1e-4));

        let lines = of(json!({
            "kind": "saliency", "methods": ["gradient", "guided-backprop", "occlusion"],
            "classes": [labels("tiny_vgg")[0]], "colormap": "viridis"
        }));
        let found = tiles(&lines);
        assert_eq!(found.len(), 3);
        let gradient = array("tiny_vgg", "expected.npz", "input_gradient");
        let apart = (&values(&server, found[0]) - &gradient.index_axis(Axis(0), 0)).mapv(f32::abs);
        assert!(apart.iter().all(|difference| *difference < 1e-4));

        let what = json!({
            "kind": "maximize", "layer": "features.0", "filters": [0, 3], "steps": 4, "rate": 1.0
        });
        let lines = ask(&server, &query("model.pt2", None, what));
        let found = tiles(&lines);
        assert_eq!(
            (&found[0]["filter"], &found[1]["filter"]),
            (&json!(0), &json!(3))
        );
        for tile in found {
            let goal: Vec<f64> = tile["goal"]
                .as_array()
                .unwrap()
                .iter()
                .map(|g| g.as_f64().unwrap())
                .collect();
            assert!(goal[1] > goal[0], "{tile}");
        }
        assert!(
            lines.iter().any(|line| line["event"] == "progress"),
            "{lines:?}"
        );
    }

    #[test]
    fn a_picture_is_scaled_and_normalised() {
        let dir = logdir("tiny_resnet");
        let server = Server::over(dir.path());
        let answer = send_picture(&server, &square());
        assert_eq!(answer.json()["width"], 48);
        let name = answer.json()["name"].as_str().unwrap().to_owned();
        let shown = server.get(&format!("model/picture/{name}"));
        assert_eq!(shown.header("content-type"), Some("image/png"));
        let mut question = query(
            "model.pt2",
            Some(&name),
            json!({ "kind": "cam", "methods": ["grad-cam"], "layers": ["layer3"] }),
        );
        question["size"] = json!([24, 40]);
        question["mean"] = json!([0.0]);
        question["std"] = json!([1.0]);
        let lines = ask(&server, &question);
        let tile = tiles(&lines)[0];
        assert_eq!(values(&server, tile).shape(), [24, 40]);
        assert_eq!(size(&server, tile), (40, 24));
        assert_eq!(tile["layers"], json!(["layer3"]));
        // Without a class the likeliest is explained, and named.
        assert!(tile["class"].is_u64());
    }

    #[test]
    fn what_cannot_be_answered_says_why() {
        let dir = logdir("tiny_resnet");
        let server = Server::over(dir.path());
        let name = picture(&server, &square());
        let of = |what: Json| query("model.pt2", Some(&name), what);
        let cam = |layer: &str, class: u32| {
            of(
                json!({ "kind": "cam", "methods": ["grad-cam"], "layers": [layer], "classes": [class] }),
            )
        };
        let message = failure(&server, &cam("layer2.conv9", 0));
        assert!(message.contains("did you mean layer2.conv1"), "{message}");
        let message = failure(&server, &cam("layer3", 10));
        assert_eq!(message, "class out of range: expected 0 to 9, got 10");
        let message = failure(&server, &cam("fc", 0));
        assert!(message.contains("layer is not spatial"), "{message}");
        let what = json!({ "kind": "maximize", "layer": "layer1", "filters": [99], "steps": 1, "rate": 1 });
        let message = failure(&server, &of(what));
        assert_eq!(message, "filter out of range: expected 0 to 7, got 99");
        // Numbers of another count of channels than the model takes.
        let gray = picture(&server, &npy(&ArrayD::zeros(vec![1, 1, 32, 32])));
        let message = failure(
            &server,
            &query(
                "model.pt2",
                Some(&gray),
                json!({ "kind": "predict", "top": 1 }),
            ),
        );
        assert_eq!(message, "array: expected shape [3, H, W], got [1, 32, 32]");
        let message = failure(
            &server,
            &query(
                "model.safetensors",
                Some(&name),
                json!({ "kind": "predict", "top": 1 }),
            ),
        );
        assert!(message.contains("weights only"), "{message}");

        let refuse = |query: &Json, status: u16, kind: &str, parameter: Option<&str>| {
            server
                .send("POST", "model/explain", query, "")
                .error(status, kind, parameter)
        };
        let what = json!({ "kind": "cam", "methods": ["grad-cem"] });
        let message = refuse(&of(what), 400, "bad_request", Some("what.methods"));
        assert!(message.contains("did you mean \"grad-cam\""), "{message}");
        let what = json!({ "kind": "predict", "top": 100_000 });
        refuse(&of(what), 400, "bad_request", Some("what.top"));
        let what = json!({ "kind": "predict", "top": 1 });
        refuse(
            &query("model.pt2", None, what.clone()),
            400,
            "bad_request",
            Some("picture"),
        );
        refuse(
            &query("model.pt2", Some("none"), what.clone()),
            404,
            "not_found",
            Some("picture"),
        );
        refuse(
            &query("none.pt2", Some(&name), what.clone()),
            404,
            "not_found",
            None,
        );
        let mut large = query("model.pt2", Some(&name), what);
        large["size"] = json!([100_000, 32]);
        refuse(&large, 400, "bad_request", Some("size"));
    }

    #[test]
    fn a_model_that_cannot_be_run_names_what_stands_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/models");
        fs::copy(models.join("tied.onnx"), dir.path().join("tied.onnx")).unwrap();
        let server = Server::over(dir.path());
        let model = server.json("model?source=file&name=tied.onnx");
        assert!(model["rows"].as_array().unwrap().len() > 1);
        assert!(
            model["problem"].as_str().unwrap().contains("pictures"),
            "{model}"
        );
    }

    #[test]
    fn pictures_that_are_none_or_far_too_large_are_refused() {
        let dir = logdir("tiny_vgg");
        let server = Server::over(dir.path());
        let refused = |bytes: &[u8]| send_picture(&server, bytes).error(422, "unprocessable", None);
        let message = refused(b"no picture");
        assert!(
            message.starts_with("cannot decode the picture"),
            "{message}"
        );
        let mut cut = square();
        cut.truncate(cut.len() / 2);
        refused(&cut);
        // A header alone says 60,000 x 60,000 pixels.
        let mut bomb = square();
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        let message = refused(&bomb);
        assert_eq!(
            message,
            "expected a picture of at most 100 megapixels, got 60000x60000"
        );
        // An array whose header promises more than there is.
        let mut promise = npy(&ArrayD::zeros(vec![1, 3, 4, 4]));
        let at = promise.windows(9).position(|w| w == b"(1, 3, 4,").unwrap();
        promise[at..at + 9].copy_from_slice(b"(99999,9,");
        let message = refused(&promise);
        assert!(message.starts_with("cannot read the array"), "{message}");
        let nan = npy(&ArrayD::from_elem(vec![1, 3, 32, 32], f32::NAN));
        let name = picture(&server, &nan);
        let what = json!({ "kind": "predict", "top": 1 });
        let message = failure(&server, &query("model.pt2", Some(&name), what));
        assert!(message.contains("finite"), "{message}");
        let answer = send_picture(&server, &vec![0; (64 << 20) + 1]);
        assert_eq!(answer.status, 413);
    }

    /// Of PNG's chunks.
    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                };
            }
        }
        !crc
    }

    #[test]
    fn names_of_classes() {
        let dir = logdir("tiny_vgg");
        let server = Server::over(dir.path());
        let read = |text: &str| {
            server.request(
                "POST /api/v1/model/labels HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n",
                text.as_bytes(),
            )
        };
        let names = |text: &str| read(text).json()["names"].clone();
        assert_eq!(names("zero\none\n"), json!(["zero", "one"]));
        assert_eq!(names(r#"["zero", "one"]"#), json!(["zero", "one"]));
        assert_eq!(
            names(r#"{"1": ["n02", "one"], "0": ["n01", "zero"]}"#),
            json!(["zero", "one"])
        );
        read(r#"{"a": 1}"#).error(422, "unprocessable", None);
    }

    #[test]
    fn work_ends_when_the_client_goes_away() {
        let dir = logdir("tiny_vgg");
        let server = Server::over(dir.path());
        let name = picture(&server, &square());
        let what = json!({
            "kind": "maximize", "layer": "features.0", "filters": [0, 1, 2, 3, 4, 5, 6, 7],
            "steps": 10_000, "rate": 1.0
        });
        let mut question = query("model.pt2", Some(&name), what);
        question["size"] = json!([512, 512]);
        let body = question.to_string();
        let head = "POST /api/v1/model/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let mut reader = send(server.running.address(), head, body.as_bytes());
        assert_eq!(read_head(&mut reader).0, 200);
        let mut line = String::new();
        while !line.contains("\"progress\"") {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0);
        }
        assert_eq!(server.json("workers")["running"], 1);
        drop(reader);
        wait_until("the work is stopped", || {
            let counts = server.json("workers");
            counts["running"] == 0 && counts["stopped"] == 1
        });
        assert_eq!(server.json("workers")["finished"], 0);
    }
}

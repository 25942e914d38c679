//! Meshes over HTTP: those of torch and of tensorboardX, and broken ones.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::events::START;
use common::{Log, Server, golden, wait_until};
use glassboard_events::proto::plugins::{MeshPluginData, mesh_plugin_data::ContentType};
use prost::Message as _;
use serde_json::{Value as Json, json};

/// The tetrahedron of `make_events.py`.
const VERTICES: [f64; 12] = [1., 1., 1., -1., -1., 1., 1., -1., -1., -1., 1., -1.];
const FACES: [f64; 12] = [0., 2., 3., 0., 3., 1., 0., 1., 2., 1., 3., 2.];
const COLORS: [f64; 12] = [255., 0., 0., 0., 255., 0., 0., 0., 255., 255., 0., 255.];

/// Header and binary part of a mesh's data.
fn data(server: &Server, url: &Json, more: &str) -> (Json, Vec<u8>) {
    let answer = server.get(&format!("{}{more}", url.as_str().unwrap()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/x-glassboard-columns")
    );
    let bytes = answer.body;
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let header = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    (header, bytes[8 + length..].to_vec())
}

/// A column of `count` numbers in single precision.
fn column(at: &Json, count: usize, binary: &[u8]) -> Vec<f64> {
    assert_eq!(at["dtype"], "f32");
    let offset = at["offset"].as_u64().unwrap() as usize;
    binary[offset..offset + 4 * count]
        .chunks(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()).into())
        .collect()
}

fn steps(server: &Server, run: &str, name: &str) -> Vec<Json> {
    let body = server.json(&format!("mesh?run={run}&name={name}"));
    body["steps"].as_array().unwrap().clone()
}

/// What a mesh of one step says is wrong with it, without the file's path, which each line ends with.
fn notices(server: &Server, name: &str) -> Vec<String> {
    let (header, _) = data(server, &steps(server, ".", name)[0]["url"], "");
    let path = header["path"].as_str().unwrap();
    assert!(path.contains("tfevents"), "{path}");
    let told = header["notices"].as_array().unwrap().clone();
    told.iter()
        .map(|notice| {
            let text = notice.as_str().unwrap();
            text.strip_suffix(&format!(": {path}")).unwrap().to_owned()
        })
        .collect()
}

#[test]
fn what_torch_logged() {
    let server = Server::over(&golden());
    let list = server.json("meshes");
    let list = list["meshes"].as_array().unwrap();
    let names: Vec<&str> = list
        .iter()
        .map(|mesh| mesh["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["cloud", "my_mesh", "shapes/pair"]);
    assert_eq!(list[1]["run"], server.run_id("mesh/log"));
    assert_eq!(
        (&list[1]["display_name"], &list[1]["description_html"]),
        (&json!(""), &json!(""))
    );

    let logged = steps(&server, "mesh/log", "my_mesh");
    assert_eq!(logged.len(), 1);
    assert_eq!(
        (&logged[0]["step"], &logged[0]["wall_time_secs"]),
        (&json!(0), &json!(1_700_000_000.25))
    );
    let (header, binary) = data(&server, &logged[0]["url"], "");
    assert_eq!(
        json!([
            header["samples"],
            header["sample"],
            header["points"],
            header["faces"],
            header["notices"]
        ]),
        json!([1, 0, 4, 4, []])
    );
    assert_eq!(
        header["config_json"],
        r#"{"camera": {"cls": "PerspectiveCamera", "fov": 75}}"#
    );
    assert!(
        header["path"]
            .as_str()
            .unwrap()
            .ends_with("mesh/log/events.out.tfevents.1700000000.golden.0")
    );
    assert_eq!(column(&header["positions"], 12, &binary), VERTICES);
    assert_eq!(column(&header["indices"], 12, &binary), FACES);
    assert_eq!(column(&header["colors"], 12, &binary), COLORS);

    // Points alone, and no configuration: what `{}` says.
    let (header, binary) = data(
        &server,
        &steps(&server, "mesh_points/log", "cloud")[0]["url"],
        "",
    );
    assert_eq!(column(&header["positions"], 12, &binary), VERTICES);
    assert_eq!(
        json!([header["faces"], header["indices"], header["colors"]]),
        json!([0, null, null])
    );
    assert_eq!(header.get("config_json"), None);
}

#[test]
fn what_tensorboardx_logged() {
    let server = Server::over(&golden());
    let logged = steps(&server, "mesh_tensorboardx/log", "shapes/pair");
    let at: Vec<&Json> = logged.iter().map(|step| &step["step"]).collect();
    assert_eq!(at, [0, 10]);
    // Two meshes at each step; the second is twice as large and moved by one, ten more at step 10.
    let (header, binary) = data(&server, &logged[1]["url"], "&sample=1");
    assert_eq!(
        json!([header["samples"], header["sample"], header["notices"]]),
        json!([2, 1, []])
    );
    assert_eq!(
        column(&header["positions"], 12, &binary),
        VERTICES.map(|value| value * 2.0 + 11.0)
    );
    assert_eq!(column(&header["indices"], 12, &binary), FACES);
    assert_eq!(column(&header["colors"], 12, &binary), COLORS);
    // It writes `null` where there is no configuration.
    assert_eq!(header.get("config_json"), None);
    let url = logged[1]["url"].as_str().unwrap();
    let answer = server.get(&format!("{url}&sample=2"));
    assert!(
        answer
            .text()
            .contains("vertices: expected a sample below 2, got 2: "),
        "{}",
        answer.text()
    );
    answer.error(422, "unprocessable", None);
}

#[test]
fn a_broken_mesh_shows_what_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    let points: [f32; 12] = VERTICES.map(|value| value as f32);
    let mut mesh = |name: &str, faces: (&[i64], &[f32]), colors: (&[i64], &[f32])| {
        log.tensor("mesh", &format!("{name}_VERTEX"), 0, &[1, 4, 3], &points);
        log.tensor("mesh", &format!("{name}_FACE"), 0, faces.0, faces.1);
        log.tensor("mesh", &format!("{name}_COLOR"), 0, colors.0, colors.1);
    };
    let triangle: (&[i64], &[f32]) = (&[1, 1, 3], &[0., 1., 2.]);
    let reds: Vec<f32> = [255., 0., 0.].repeat(4);
    let red: (&[i64], &[f32]) = (&[1, 4, 3], &reds);
    mesh("outside", (&[1, 2, 3], &[0., 1., 2., 1., 2., 4.]), red);
    mesh("short", triangle, (&[1, 3, 3], &reds[..9]));
    mesh("quads", (&[1, 1, 4], &[0., 1., 2., 3.]), red);
    mesh("alpha", triangle, (&[1, 3, 4], &reds));
    mesh("flat", triangle, (&[12], &reds));
    log.tensor("mesh", "line_VERTEX", 0, &[1, 4, 2], &points[..8]);
    log.tensor(
        "mesh",
        "nowhere_VERTEX",
        0,
        &[1, 2, 3],
        &[0., f32::NAN, 0., 1., 2., 3.],
    );
    // Faces and colours of nothing are no mesh.
    log.tensor("mesh", "alone_FACE", 0, &[1, 1, 3], &[0., 1., 2.]);
    log.flush();
    let server = Server::over(dir.path());

    let told = |name: &str| notices(&server, name).join("\n");
    assert_eq!(
        told("outside"),
        "faces: expected numbers of points from 0 to 3, got others in 1 of 2 faces, which are not shown"
    );
    let (header, binary) = data(&server, &steps(&server, ".", "outside")[0]["url"], "");
    assert_eq!(header["faces"], 1);
    assert_eq!(column(&header["indices"], 3, &binary), [0., 1., 2.]);
    assert_eq!(
        told("short"),
        "colours: expected one for each of 4 points, got 3; they are not shown"
    );
    let (header, _) = data(&server, &steps(&server, ".", "short")[0]["url"], "");
    assert_eq!((&header["faces"], header.get("colors")), (&json!(1), None));
    assert_eq!(
        told("quads"),
        "faces: expected shape [B, N, 3], got [1, 1, 4]"
    );
    assert_eq!(
        told("alpha"),
        "colours: expected shape [B, N, 3], got [1, 3, 4]"
    );
    assert_eq!(told("flat"), "colours: expected shape [B, N, 3], got [12]");
    assert_eq!(
        told("nowhere"),
        "vertices: 1 of 2 points are NaN or infinite, and are not shown"
    );
    // Without points there is nothing to show; the answer names the file.
    let url = steps(&server, ".", "line")[0]["url"].clone();
    let answer = server.get(url.as_str().unwrap());
    assert!(
        answer
            .text()
            .contains("vertices: expected shape [B, N, 3], got [1, 4, 2]: "),
        "{}",
        answer.text()
    );
    assert!(answer.text().contains("tfevents"), "{}", answer.text());
    answer.error(422, "unprocessable", None);

    let list = server.json("meshes");
    assert_eq!(list["meshes"].as_array().unwrap().len(), 7);
    server
        .get("mesh?run=.&name=alone")
        .error(404, "not_found", Some("name"));
    server
        .get("mesh?run=none&name=alone")
        .error(404, "not_found", Some("run"));
    assert_eq!(server.get("mesh/data?vertices=nonsense").status, 404);
}

#[test]
fn configurations_that_cannot_be_used() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    let long = format!("{{\"camera\": \"{}\"}}", "x".repeat(70_000));
    for (name, tag, config) in [
        // The tag's own ending says nothing where the plugin does.
        ("list", "list_FACE", "[1]"),
        ("cut", "anything", "{\"camera\": "),
        ("long", "long_VERTEX", long.as_str()),
        ("fine", "fine_2", "{\"camera\": {}}"),
    ] {
        let content = MeshPluginData {
            name: name.to_owned(),
            content_type: ContentType::Vertex.into(),
            json_config: config.to_owned(),
            ..MeshPluginData::default()
        };
        let plugin = ("mesh", content.encode_to_vec());
        log.tensor_with(plugin, tag, 0, &[1, 1, 3], &[0., 0., 0.]);
    }
    log.flush();
    let server = Server::over(dir.path());
    assert_eq!(
        notices(&server, "list"),
        ["configuration: expected an object, got another value; it is not used"]
    );
    let cut = notices(&server, "cut").join("\n");
    assert!(cut.starts_with("configuration: EOF"), "{cut}");
    assert_eq!(
        notices(&server, "long"),
        ["configuration: expected at most 65536 bytes, got 70014; it is not used"]
    );
    let (header, _) = data(&server, &steps(&server, ".", "fine")[0]["url"], "");
    assert_eq!(header["config_json"], "{\"camera\": {}}");
    let (header, _) = data(&server, &steps(&server, ".", "list")[0]["url"], "");
    assert_eq!(header.get("config_json"), None);
}

#[test]
fn steps_pair_up_and_follow_a_growing_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    let point = [1., 2., 3.];
    log.tensor("mesh", "m_1", 0, &[1, 1, 3], &point);
    log.tensor("mesh", "m_3", 0, &[1, 1, 3], &[10., 20., 30.]);
    // Points alone at step 5; colours of another step are not theirs.
    log.tensor("mesh", "m_1", 5, &[1, 1, 3], &point);
    log.flush();
    let server = Server::over(dir.path());
    let logged = steps(&server, ".", "m");
    assert_eq!(logged[1]["wall_time_secs"], START + 5.0);
    let colors = |step: &Json| data(&server, &step["url"], "").0["colors"].is_object();
    assert_eq!(logged.iter().map(colors).collect::<Vec<_>>(), [true, false]);
    log.tensor("mesh", "m_1", 9, &[1, 1, 3], &point);
    log.tensor("mesh", "m_3", 9, &[1, 1, 3], &[1., 1., 1.]);
    log.flush();
    wait_until("the new step is there", || {
        let logged = steps(&server, ".", "m");
        logged.len() == 3 && logged[2]["url"].as_str().unwrap().contains("&colors=")
    });
}

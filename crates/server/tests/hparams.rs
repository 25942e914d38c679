//! Hyperparameters over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{Log, Server, wait_until};
use glassboard_events::proto::hparams::{
    Experiment, HParamInfo, HParamsPluginData, ListValue, MetricInfo, MetricName, SessionEndInfo,
    SessionStartInfo, Status, Struct, Value, h_params_plugin_data::Data, value::Kind,
};
use prost::Message as _;
use serde_json::{Value as Json, json};

const EXPERIMENT: &str = "_hparams_/experiment";
const START: &str = "_hparams_/session_start_info";
const END: &str = "_hparams_/session_end_info";

fn sweep() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/hparams")
}

fn ask(server: &Server, metrics: &Json) -> Json {
    let answer = server.send("POST", "hparams", &json!({ "metrics": metrics }), "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn names(list: &Json, key: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one[key].as_str().unwrap().to_owned())
        .collect()
}

/// The entry of a list whose `key` is `name`.
fn find(list: &Json, key: &str, name: &str) -> Json {
    let list = list.as_array().unwrap();
    let found = list.iter().find(|one| one[key] == name);
    found.unwrap_or_else(|| panic!("no {name}")).clone()
}

fn log_data(log: &mut Log, tag: &str, step: i64, data: Data) {
    let content = HParamsPluginData {
        version: 0,
        data: Some(data),
    };
    log.content("hparams", tag, step, content.encode_to_vec());
}

fn log_start(log: &mut Log, step: i64, hparams: &[(&str, Kind)]) {
    let hparams = hparams.iter().map(|(name, kind)| {
        let kind = Some(kind.clone());
        ((*name).to_owned(), Value { kind })
    });
    let start = SessionStartInfo {
        hparams: hparams.collect::<BTreeMap<_, _>>(),
        ..SessionStartInfo::default()
    };
    log_data(log, START, step, Data::SessionStartInfo(start));
}

fn log_end(log: &mut Log, step: i64, status: Status) {
    let end = SessionEndInfo {
        status: status.into(),
        end_time_secs: 0.0,
    };
    log_data(log, END, step, Data::SessionEndInfo(end));
}

fn text(text: &str) -> Kind {
    Kind::StringValue(text.to_owned())
}

#[test]
fn sweep_of_three_writers() {
    let server = Server::over(&sweep());
    let answer = ask(&server, &json!([{ "tag": "loss" }]));
    assert_eq!(
        names(&answer["sessions"], "name"),
        ["keras/t1", "keras/t2", "a/hp", "b/hp", "c/hp"]
    );

    // The union of all columns, although no single experiment has them all.
    let columns = &answer["columns"];
    assert_eq!(
        names(columns, "name"),
        ["dropout", "lr", "nesterov", "opt", "schedule", "units"]
    );
    let column = |name: &str| find(columns, "name", name);
    let lr = column("lr");
    assert_eq!(lr["values"], json!([0.5, 0.5, 0.1, 0.01, "auto"]));
    assert_eq!(
        (&lr["kind"], &lr["display_name"]),
        (&json!("mixed"), &json!("learning rate"))
    );
    assert_eq!(
        column("dropout")["values"],
        json!([null, null, null, 0.25, null])
    );
    assert_eq!(column("dropout")["kind"], "number");
    // torch writes truth values as numbers, tensorboardX as such.
    assert_eq!(
        column("nesterov")["values"],
        json!([null, null, 1.0, null, true])
    );
    assert_eq!(
        column("opt")["values"],
        json!([null, null, "adam", "sgd", null])
    );
    assert_eq!(column("opt")["kind"], "text");
    assert_eq!(
        column("schedule")["values"],
        json!([null, null, null, null, "slow_start"])
    );
    let units = column("units");
    assert_eq!(units["domain"], json!([16.0, 32.0]));
    assert_eq!(
        units["description_html"],
        "<p>Units of the <em>hidden</em> layer</p>\n"
    );

    // One notice for each hyperparameter whose type changes; it names the run and the file.
    assert_eq!(
        answer["notices"],
        json!([
            {
                "kind": "type_changes",
                "hparam": "lr",
                "run": "c/hp",
                "path": "c/hp/events.out.tfevents.0",
                "message": "hyperparameter \"lr\" is a number in run \"keras/t1\" and a text in run \"c/hp\"; each value is shown as it was logged",
            },
            {
                "kind": "type_changes",
                "hparam": "nesterov",
                "run": "c/hp",
                "path": "c/hp/events.out.tfevents.0",
                "message": "hyperparameter \"nesterov\" is a number in run \"a/hp\" and a truth value in run \"c/hp\"; each value is shown as it was logged",
            },
        ])
    );
}

#[test]
fn metrics_of_the_sweep() {
    let server = Server::over(&sweep());
    let answer = ask(
        &server,
        &json!([{ "tag": "loss" }, { "group": "validation", "tag": "epoch_accuracy" }]),
    );
    let metrics = &answer["metrics"];
    assert_eq!(
        names(metrics, "tag"),
        ["epoch_accuracy", "hparam/accuracy", "hparam/f1", "loss"]
    );
    let keras = find(metrics, "tag", "epoch_accuracy");
    assert_eq!(
        (&keras["group"], &keras["display_name"], &keras["declared"]),
        (&json!("validation"), &json!("val. accuracy"), &json!(true))
    );
    assert_eq!(keras["last"], json!([0.5, null, null, null, null]));
    assert_eq!(keras["min"], json!([0.25, null, null, null, null]));
    assert_eq!(keras["max"], json!([0.875, null, null, null, null]));
    let accuracy = find(metrics, "tag", "hparam/accuracy");
    assert_eq!(accuracy["last"], json!([null, null, 0.5, 0.75, 0.25]));
    // The training's own scalars, although the hyperparameters are in a run below it.
    let loss = find(metrics, "tag", "loss");
    assert_eq!(loss["declared"], false);
    assert_eq!(loss["last"], json!([null, null, 0.5, 0.25, 8.0]));
    assert_eq!(loss["min"], json!([null, null, 0.5, 0.25, 4.0]));
    assert_eq!(loss["max"], json!([null, null, 1.0, 2.0, 8.0]));
    assert_eq!(
        answer["tags"],
        json!([
            { "group": "", "tag": "hparam/accuracy" },
            { "group": "", "tag": "hparam/f1" },
            { "group": "", "tag": "loss" },
            { "group": "validation", "tag": "epoch_accuracy" },
        ])
    );
}

#[test]
fn sessions_of_the_sweep() {
    let server = Server::over(&sweep());
    let sessions = ask(&server, &json!([]))["sessions"].clone();
    let session = |name: &str| find(&sessions, "name", name);
    let ids = |names: &[&str]| -> Json { names.iter().map(|name| server.run_id(name)).collect() };
    let first = session("keras/t1");
    assert_eq!(first["runs"], ids(&["keras/t1", "keras/t1/validation"]));
    assert_eq!(first["group_name"], "trial");
    assert_eq!(first["status"], "success");
    assert_eq!(first["start_time_secs"], 1_700_000_010.0);
    assert_eq!(first["end_time_secs"], 1_700_000_040.0);
    assert_eq!(first["duration_secs"], 30.0);
    assert_eq!(session("keras/t2")["status"], "failure");
    let torch = session("a/hp");
    assert_eq!(torch["runs"], ids(&["a/hp", "a"]));
    // No start is logged: that of the training counts.
    assert_eq!(torch["start_time_secs"], 1_700_000_000.0);
    assert_eq!(torch["status"], "success");
}

#[test]
fn torchs_own_cases() {
    let server = Server::over(&common::golden().join("hparams/log"));
    let answer = ask(&server, &json!([]));
    assert_eq!(names(&answer["sessions"], "name"), ["t0", "t1", "t2"]);
    let column = |name: &str| find(&answer["columns"], "name", name)["values"].clone();
    assert_eq!(column("bsize"), json!([0.0, 1.0, 2.0]));
    assert_eq!(column("lr"), json!([0.0, 0.1, 0.2]));
    assert_eq!(
        find(&answer["metrics"], "tag", "hparam/loss")["last"],
        json!([0.0, 10.5, 21.0])
    );
    assert_eq!(answer["notices"], json!([]));

    let server = Server::over(&common::golden().join("hparams_domain/log"));
    let columns = ask(&server, &json!([]))["columns"].clone();
    assert_eq!(
        find(&columns, "name", "opt")["domain"],
        json!(["sgd", "adam"])
    );
}

#[test]
fn follows_a_session() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("train"));
    log_start(
        &mut log,
        0,
        &[("lr", Kind::NumberValue(0.5)), ("old", text("kept"))],
    );
    log.scalar("loss", 1, 4.0);
    log.flush();
    let server = Server::over(dir.path());
    // Without declared metrics, what there is.
    let answer = ask(&server, &json!([]));
    assert_eq!(answer["sessions"][0]["status"], "running");
    assert_eq!(answer["sessions"][0]["end_time_secs"], Json::Null);
    assert_eq!(answer["metrics"][0]["tag"], "loss");
    assert_eq!(answer["metrics"][0]["last"], json!([4.0]));

    log.scalar("loss", 2, 1.0);
    log_end(&mut log, 3, Status::Failure);
    log.flush();
    wait_until("the session has ended", || {
        ask(&server, &json!([]))["sessions"][0]["status"] == "failure"
    });
    let answer = ask(&server, &json!([]));
    assert_eq!(answer["metrics"][0]["last"], json!([1.0]));
    assert_eq!(answer["metrics"][0]["max"], json!([4.0]));
    assert_eq!(answer["sessions"][0]["duration_secs"], 3.0);

    // Begun again with another learning rate: the end is that of the earlier session.
    log_start(&mut log, 4, &[("lr", Kind::NumberValue(0.25))]);
    log.flush();
    wait_until("the session has begun again", || {
        ask(&server, &json!([]))["sessions"][0]["status"] == "running"
    });
    let columns = ask(&server, &json!([]))["columns"].clone();
    assert_eq!(find(&columns, "name", "lr")["values"], json!([0.25]));
    assert_eq!(find(&columns, "name", "old")["values"], json!(["kept"]));
}

#[test]
fn awkward_values() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("<b>run</b>"));
    let list = ListValue {
        values: vec![
            Value {
                kind: Some(Kind::NumberValue(0.9)),
            },
            Value {
                kind: Some(Kind::NullValue(0)),
            },
        ],
    };
    let object = Struct {
        fields: BTreeMap::from([(
            "k".to_owned(),
            Value {
                kind: Some(Kind::BoolValue(false)),
            },
        )]),
    };
    log_start(
        &mut log,
        0,
        &[
            ("<i>name</i>", text("<script>")),
            ("betas", Kind::ListValue(list)),
            ("infinite", Kind::NumberValue(f64::NEG_INFINITY)),
            ("long", text(&"é".repeat(2_000))),
            ("nothing", Kind::NullValue(0)),
            ("object", Kind::StructValue(object)),
        ],
    );
    let experiment = Experiment {
        hparam_infos: vec![HParamInfo {
            name: "never".to_owned(),
            description: "**bold** <img src=x onerror=alert(1)>".to_owned(),
            ..HParamInfo::default()
        }],
        metric_infos: vec![MetricInfo {
            name: Some(MetricName {
                group: "/nowhere/".to_owned(),
                tag: "m".to_owned(),
            }),
            ..MetricInfo::default()
        }],
        ..Experiment::default()
    };
    log_data(&mut log, EXPERIMENT, 0, Data::Experiment(experiment));
    log.flush();
    let server = Server::over(dir.path());
    let answer = ask(&server, &json!([]));
    let columns = &answer["columns"];
    let value = |name: &str| find(columns, "name", name)["values"][0].clone();
    assert_eq!(value("<i>name</i>"), "<script>");
    assert_eq!(value("betas"), "[0.9,null]");
    assert_eq!(value("infinite"), json!({ "number": "-Infinity" }));
    assert_eq!(value("long"), format!("{}…", "é".repeat(1_000)));
    assert_eq!(value("object"), r#"{"k":false}"#);
    assert_eq!(value("never"), Json::Null);
    let description = find(columns, "name", "never")["description_html"].to_string();
    assert!(
        description.contains("<strong>bold</strong>"),
        "{description}"
    );
    assert!(!description.contains("onerror"), "{description}");
    assert!(!names(columns, "name").contains(&"nothing".to_owned()));
    assert_eq!(answer["metrics"][0]["group"], "nowhere");
    assert_eq!(answer["metrics"][0]["last"], json!([null]));
}

#[test]
fn damaged_records_are_noticed_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("a"));
    log.content("hparams", START, 0, vec![0xff, 0xff]);
    log_start(&mut log, 1, &[("lr", Kind::NumberValue(0.5))]);
    log.content("hparams", START, 2, vec![0xff, 0xff]);
    // An end below the tag of an experiment.
    let end = SessionEndInfo::default();
    log_data(&mut log, EXPERIMENT, 2, Data::SessionEndInfo(end));
    log.flush();
    let server = Server::over(dir.path());
    let answer = ask(&server, &json!([]));
    assert_eq!(
        find(&answer["columns"], "name", "lr")["values"],
        json!([0.5])
    );
    let notices = answer["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 2, "{notices:?}");
    let file = log.path().file_name().unwrap().to_str().unwrap();
    for notice in notices {
        assert_eq!(notice["kind"], "unreadable");
        assert_eq!(notice["run"], "a");
        assert_eq!(notice["path"], format!("a/{file}"));
    }
    assert_eq!(
        notices[0]["message"],
        "tag \"_hparams_/experiment\": expected the hyperparameters' record, got another kind of record"
    );
}

#[test]
fn nothing_logged_and_too_much_asked() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::over(dir.path());
    let answer = ask(&server, &json!([]));
    for list in ["sessions", "columns", "metrics", "tags", "notices"] {
        assert_eq!(answer[list], json!([]), "{list}");
    }
    let many = vec![json!({ "tag": "m" }); 101];
    let body = json!({ "metrics": many });
    let sentence =
        server
            .send("POST", "hparams", &body, "")
            .error(400, "bad_request", Some("metrics"));
    assert_eq!(sentence, "parameter metrics: expected at most 100, got 101");
}

#[test]
fn runs_that_belong_together() {
    let dir = tempfile::tempdir().unwrap();
    let scalar = |run: &str| {
        let mut log = Log::create(&dir.path().join(run));
        log.scalar("loss", 0, 1.0);
        log.flush();
    };
    let session = |run: &str| {
        let mut log = Log::create(&dir.path().join(run));
        log_start(&mut log, 0, &[("lr", Kind::NumberValue(0.5))]);
        log.flush();
    };
    // One session below a training: all of the training is its.
    scalar("one");
    scalar("one/loss_train");
    session("one/hp");
    // Two: nobody knows whose the training is.
    scalar("two");
    session("two/first");
    session("two/second");
    // A session within a session keeps what is below it.
    session("outer");
    session("outer/inner");
    scalar("outer/inner/eval");
    // A scalar in the log directory itself makes no training of everything.
    scalar("alone");
    let server = Server::over(dir.path());
    let sessions = ask(&server, &json!([]))["sessions"].clone();
    let runs = |name: &str| -> Vec<u64> {
        let ids = find(&sessions, "name", name)["runs"].clone();
        let ids = ids.as_array().unwrap().iter();
        ids.map(|id| id.as_u64().unwrap()).collect()
    };
    let ids =
        |names: &[&str]| -> Vec<u64> { names.iter().map(|name| server.run_id(name)).collect() };
    assert_eq!(runs("one/hp"), ids(&["one/hp", "one", "one/loss_train"]));
    assert_eq!(runs("two/first"), ids(&["two/first"]));
    assert_eq!(runs("outer"), ids(&["outer"]));
    assert_eq!(
        runs("outer/inner"),
        ids(&["outer/inner", "outer/inner/eval"])
    );

    let dir = tempfile::tempdir().unwrap();
    for run in [".", "other"] {
        let mut log = Log::create(&dir.path().join(run));
        log.scalar("loss", 0, 1.0);
        log.flush();
    }
    let mut log = Log::create(&dir.path().join("hp"));
    log_start(&mut log, 0, &[("lr", Kind::NumberValue(0.5))]);
    log.flush();
    let server = Server::over(dir.path());
    let sessions = ask(&server, &json!([]))["sessions"].clone();
    assert_eq!(
        sessions[0]["runs"],
        json!([server.run_id("hp"), server.run_id(".")])
    );
}

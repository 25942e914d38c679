//! Precision-recall and ROC curves over HTTP.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::{Log, Server, golden};
use glassboard_metrics::ThresholdCounts;
use glassboard_metrics::binned::BinnedCounts;
use serde_json::{Value as Json, json};

fn ask(server: &Server, body: &Json) -> Json {
    let answer = server.send("POST", "curves", body, "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// One series of a run, newest step.
fn one(server: &Server, run: &str, plugin: &str, tag: &str) -> Json {
    let series = json!([{ "run": server.run_id(run), "plugin": plugin, "tag": tag }]);
    ask(server, &json!({ "series": series }))["series"][0].clone()
}

#[test]
fn curves_of_torch() {
    let server = Server::over(&golden());
    let series = one(&server, "pr_curve_raw/log", "pr_curves", "prr");
    assert_eq!(
        (&series["steps"], &series["wall_time_secs"]),
        (&json!([0]), &json!([1_700_000_000.25]))
    );
    let curve = &series["curve"];
    assert_eq!(curve["threshold"], json!([0.0, 0.25, 0.5, 0.75, 1.0]));
    assert_eq!(curve["true_positives"], json!([75.0, 64.0, 21.0, 5.0, 0.0]));
    assert_eq!(
        curve["false_positives"],
        json!([150.0, 105.0, 18.0, 0.0, 0.0])
    );
    assert_eq!(
        (&curve["positives"], &curve["negatives"]),
        (&json!(75.0), &json!(150.0))
    );
    assert_eq!(curve.get("problem"), None);
    // The same as from the counts themselves.
    let counts = ThresholdCounts {
        thresholds: vec![1.0, 0.75, 0.5, 0.25, 0.0],
        true_positives: vec![0.0, 5.0, 21.0, 64.0, 75.0],
        false_positives: vec![0.0, 0.0, 18.0, 105.0, 150.0],
    };
    assert_eq!(
        curve["average_precision"],
        json!(counts.average_precision())
    );
    assert_eq!(curve["roc_auc"], json!(counts.roc_auc()));
    let best = counts.best_f1().unwrap().threshold;
    assert_eq!(
        curve["threshold"][curve["best_f1"].as_u64().unwrap() as usize],
        json!(best)
    );

    let none = one(&server, "pr_curve_no_positives/log", "pr_curves", "pr");
    assert_eq!(none["curve"]["positives"], json!(0.0));
    assert_eq!(none["curve"]["average_precision"], Json::Null);
    assert_eq!(none["curve"].get("problem"), None);

    // Areas as numpy computes them from the rows.
    for (run, average_precision, roc_auc) in [
        (
            "pr_curve/log",
            0.559_035_663_494_645_5,
            0.469_738_582_036_415_4,
        ),
        (
            "pr_curve_weighted/log",
            0.594_413_318_398_348_9,
            0.526_805_086_997_763_1,
        ),
    ] {
        let curve = one(&server, run, "pr_curves", "pr")["curve"].clone();
        assert_eq!(curve.get("problem"), None, "{run}");
        for (name, expected) in [
            ("average_precision", average_precision),
            ("roc_auc", roc_auc),
        ] {
            let got = curve[name].as_f64().unwrap();
            assert!((got - expected).abs() < 1e-6, "{run} {name}: {got}");
        }
    }
}

#[test]
fn the_step_asked_for_or_the_last_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(dir.path());
    for (step, score) in [(10, 0.9), (20, 0.6), (30, 0.3)] {
        log.tensor("roc_curves", "roc", step, &[6, 3], &roc_rows(score));
    }
    log.tensor("roc_curves", "roc", 20, &[6, 3], &roc_rows(0.1));
    log.flush();
    let server = Server::over(dir.path());
    let run = server.run_id(".");
    let at = |step: Option<i64>, superseded: bool| {
        let series = json!([
            { "run": run, "plugin": "roc_curves", "tag": "roc" },
            { "run": run, "plugin": "pr_curves", "tag": "roc" },
            { "run": 99, "plugin": "roc_curves", "tag": "roc" },
        ]);
        let body = ask(
            &server,
            &json!({ "series": series, "step": step, "superseded": superseded }),
        );
        assert_eq!(body["series"].as_array().unwrap().len(), 1);
        body["series"][0].clone()
    };
    let shown = |step| at(step, false)["curve"]["step"].clone();
    // Step 20 was logged again, which superseded what came with it and after it.
    assert_eq!(at(None, false)["steps"], json!([10, 20]));
    assert_eq!(shown(None), 20);
    assert_eq!(shown(Some(15)), 10);
    assert_eq!(shown(Some(5)), 10);
    assert_eq!(shown(Some(40)), 20);
    let both = at(Some(25), true);
    assert_eq!(both["superseded_total"], 2);
    // 0.1 is below the threshold 0.5, 0.6 is not.
    assert_eq!(both["curve"]["true_positives"], json!([1.0, 0.0, 0.0]));
    assert_eq!(both["superseded"].as_array().unwrap().len(), 1);
    assert_eq!(
        both["superseded"][0]["true_positives"],
        json!([1.0, 1.0, 0.0])
    );
    assert_eq!(at(Some(25), false).get("superseded"), None);
}

/// One positive sample with this score, one negative one with score 0, three thresholds.
fn roc_rows(score: f32) -> Vec<f32> {
    let counts = BinnedCounts::count([1.0, 0.0].into_iter(), &[score, 0.0], None, 3).unwrap();
    let rows = [
        counts.true_positives.clone(),
        counts.false_positives.clone(),
        counts.true_negatives.clone(),
        counts.false_negatives.clone(),
        counts.recall(),
        counts.false_positive_rate(),
    ];
    rows.concat()
        .into_iter()
        .map(|value| value as f32)
        .collect()
}

#[test]
fn what_is_wrong_names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = Log::create(&dir.path().join("bad"));
    log.tensor("pr_curves", "pr", 0, &[2, 2], &[0.0; 4]);
    log.flush();
    let name = log.path().file_name().unwrap().to_str().unwrap().to_owned();
    let server = Server::over(dir.path());
    let curve = one(&server, "bad", "pr_curves", "pr")["curve"].clone();
    assert_eq!(curve["threshold"], json!([]));
    assert_eq!(
        curve["problem"],
        json!({
            "kind": "unreadable",
            "path": format!("bad/{name}"),
            "message": "expected a tensor of numbers of shape [6, thresholds], got one of shape [2, 2]",
        })
    );
}

#[test]
fn malformed_questions_are_refused() {
    let server = Server::over(&golden());
    let series = vec![json!({ "run": 0, "plugin": "pr_curves", "tag": "x" }); 1_001];
    let answer = server.send("POST", "curves", &json!({ "series": series }), "");
    let message = answer.error(400, "bad_request", Some("series"));
    assert_eq!(message, "parameter series: expected at most 1000, got 1001");
    let series = json!([{ "run": 0, "plugin": "scalars", "tag": "x" }]);
    let answer = server.send("POST", "curves", &json!({ "series": series }), "");
    answer.error(400, "bad_request", Some("series[0].plugin"));
}

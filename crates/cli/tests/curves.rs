//! `glassboard curves`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;
use std::path::Path;

use common::{run, stderr, stdout};
use serde_json::{Value as Json, json};

/// A table that `tables/make_tables.py` made.
fn table(name: &str) -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tables/").to_owned() + name
}

fn expected() -> Json {
    serde_json::from_slice(&fs::read(table("expected.json")).unwrap()).unwrap()
}

fn json_of(arguments: &[&str]) -> Json {
    let output = run(&[&["curves", "--json"], arguments].concat());
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        stderr(&output)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What is said on standard error by a command that fails.
fn complaint(arguments: &[&str]) -> String {
    let output = run(&[&["curves"], arguments].concat());
    assert_eq!(
        output.status.code(),
        Some(2),
        "{arguments:?}: {}",
        stdout(&output)
    );
    assert_eq!(stdout(&output), "");
    stderr(&output)
}

/// Compares with scikit-learn: areas exactly, F1 up to the order of its operations.
#[track_caller]
fn assert_scored(score: &Json, expected: &Json) {
    assert_eq!(score["average_precision"], expected["average_precision"]);
    assert_eq!(score["roc_auc"], expected["roc_auc"]);
    assert_eq!(score["best_f1"]["threshold"], expected["best_f1_threshold"]);
    let (ours, theirs) = (&score["best_f1"]["f1"], &expected["best_f1"]);
    assert!(
        (ours.as_f64().unwrap() - theirs.as_f64().unwrap()).abs() < 1e-15,
        "{ours} for {theirs}"
    );
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn every_kind_of_file_gives_the_results_of_scikit_learn() {
    let expected = expected();
    for file in [
        "commas.csv",
        "none.parquet",
        "snappy.parquet",
        "gzip.parquet",
        "zstd.parquet",
        "lz4.parquet",
        "plain.npz",
        "compressed.npz",
    ] {
        let report = json_of(&[&table(file), "--label", "y", "--score", "p", "--score", "q"]);
        assert_eq!(report["samples"], 60, "{file}");
        assert_eq!(
            (&report["scores"][0]["name"], &report["scores"][1]["name"]),
            (&json!("p"), &json!("q"))
        );
        assert_scored(&report["scores"][0], &expected["p"]);
        assert_scored(&report["scores"][1], &expected["q"]);
        let report = json_of(&[&table(file), "-l", "y", "-s", "p", "-w", "w"]);
        assert_scored(&report["scores"][0], &expected["p weighted"]);
        assert_eq!(report["weight"], "w");
    }
}

#[test]
fn labels_may_be_of_many_types() {
    let expected = expected();
    for (file, label, pos_label) in [
        ("snappy.parquet", "flag", None),
        ("snappy.parquet", "small", None),
        ("snappy.parquet", "large", None),
        ("snappy.parquet", "kind", Some("cat")),
        ("snappy.parquet", "kind_dictionary", Some("cat")),
        ("snappy.parquet", "y", Some("1")),
        ("snappy.parquet", "flag", Some("true")),
        ("compressed.npz", "flag", None),
        ("compressed.npz", "small", None),
        ("commas.csv", "kind", Some("cat")),
    ] {
        let file = table(file);
        let mut arguments = vec![file.as_str(), "--label", label, "--score", "p"];
        arguments.extend(pos_label.iter().flat_map(|&value| ["--pos-label", value]));
        assert_scored(&json_of(&arguments)["scores"][0], &expected["p"]);
    }
    let report = json_of(&[&table("zstd.parquet"), "-l", "y", "-s", "q16"]);
    assert_scored(&report["scores"][0], &expected["q16"]);
    for score in ["column", "big_endian"] {
        let report = json_of(&[&table("plain.npz"), "-l", "y", "-s", score]);
        assert_scored(&report["scores"][0], &expected["p"]);
    }
}

#[test]
fn text_tables_may_be_delimited_by_other_signs() {
    let dir = tempfile::tempdir().unwrap();
    let expected = json_of(&[
        &write(dir.path(), "a.csv", "y,p\n1,0.9\n0,0.5\n1,0.4\n0,0.1\n"),
        "-l",
        "y",
        "-s",
        "p",
    ]);
    for (name, text) in [
        ("b.csv", "y;p\r\n1;0,9\r\n0;0,5\r\n1;0,4\r\n0;0,1\r\n"),
        ("c.tsv", "\u{feff}y\tp\n1\t0.9\n0\t0.5\n1\t0.4\n0\t0.1"),
        ("d.csv", "id|y|p\na|1| 0.9 \nb|0|0.5\nc|1|4e-1\nd|0|.1\n"),
        (
            "e.csv",
            "\"y\",\"p\",\"note, long\"\n1,\"0.9\",\"a\nb\"\n0,0.5,\n1,0.4,\n0,0.1,\n",
        ),
        ("f.csv", "y,p\nTrue,0.9\nFalse,0.5\nTrue,0.4\nFalse,0.1\n"),
        ("g.csv", "y,p\n1,0.9\n-1,0.5\n1,0.4\n-1,0.1\n"),
    ] {
        let report = json_of(&[
            &write(dir.path(), name, text),
            "--label",
            "y",
            "--score",
            "p",
        ]);
        assert_eq!(report["scores"], expected["scores"], "{name}");
    }
    // Recall 1/2 at precision 1, then recall 1 at precision 2/3.
    assert_eq!(
        expected["scores"][0]["average_precision"],
        0.5 + 0.5 * (2.0 / 3.0)
    );
    assert_eq!(expected["scores"][0]["roc_auc"], 0.75);
}

#[test]
fn prints_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(
        dir.path(),
        "val.csv",
        "y,p,long_name\n1,0.9,3\n0,0.5,2\n1,0.4,1\n0,0.1,0\n",
    );
    let output = run(&[
        "curves",
        &file,
        "-l",
        "y",
        "-s",
        "p",
        "-s",
        "long_name",
        "--cost_fp",
        "1",
        "--cost-fn",
        "5",
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        stdout(&output),
        format!(
            "{file}: 4 samples, y = 1 is positive\n\n\
             score      positive  negative      AP  ROC AUC  best F1   at  precision  recall  Youden's J   at  lowest cost   at\n\
             p                 2         2  0.8333   0.7500   0.8000  0.4     0.6667  1.0000      0.5000  0.9            1  0.4\n\
             long_name         2         2  0.8333   0.7500   0.8000    1     0.6667  1.0000      0.5000    3            1    1\n"
        )
    );
}

#[test]
fn json_has_every_count() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(dir.path(), "val.csv", "y,p\n1,0.9\n0,0.5\n1,0.4\n0,0.1\n");
    let report = json_of(&[&file, "-l", "y", "-s", "p", "--cost_fn", "5"]);
    assert_eq!(
        report["scores"][0]["lowest_cost"],
        json!({
            "threshold": 0.4, "precision": 2.0 / 3.0, "recall": 1.0, "false_positive_rate": 0.5, "f1": 0.8,
            "youden_j": 0.5, "true_positives": 2.0, "false_positives": 1.0, "false_negatives": 0.0,
            "true_negatives": 1.0, "cost": 1.0,
        })
    );
    assert_eq!(
        (
            &report["file"],
            &report["label"],
            &report["pos_label"],
            &report["picture"]
        ),
        (&json!(file), &json!("y"), &json!("1"), &Json::Null)
    );
}

#[test]
fn one_class_alone_is_said_to_mean_little() {
    let dir = tempfile::tempdir().unwrap();
    let positives = write(dir.path(), "a.csv", "y,p\n1,0.9\n1,0.5\n");
    let report = json_of(&[&positives, "-l", "y", "-s", "p"]);
    let score = &report["scores"][0];
    assert_eq!(
        (
            &score["average_precision"],
            &score["roc_auc"],
            &score["youden"]
        ),
        (&json!(1.0), &Json::Null, &Json::Null)
    );
    let text = stdout(&run(&["curves", &positives, "-l", "y", "-s", "p"]));
    assert!(
        text.ends_with("\nno sample is negative: the false positive rate means nothing\n"),
        "{text}"
    );
    let negatives = write(dir.path(), "b.csv", "y,p\n0,0.9\n0,0.5\n");
    let report = json_of(&[&negatives, "-l", "y", "-s", "p", "--cost_fp", "1"]);
    assert_eq!(report["scores"][0]["lowest_cost"]["threshold"], "Infinity");
    let picture = dir.path().join("b.svg");
    let output = run(&[
        "curves",
        &negatives,
        "-l",
        "y",
        "-s",
        "p",
        "-o",
        picture.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("no sample is positive"));
}

#[test]
fn draws_each_kind_of_picture() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let file = table("commas.csv");
    let common = ["curves", &file, "-l", "y", "-s", "p", "-s", "q"];
    let svg = path("curves.svg");
    let output = run(&[&common[..], &["--det", "--iso_f1", "-o", &svg]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).ends_with(&format!("\ncurves drawn: {svg}\n")));
    let text = fs::read_to_string(&svg).unwrap();
    assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
    for part in [
        ">commas.csv<",
        ">Detection error tradeoff<",
        ">F1 0.8<",
        ">p<",
        ">q<",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let png = path("curves.PNG");
    assert!(
        run(&[&common[..], &["--scale", "1", "-o", &png]].concat())
            .status
            .success()
    );
    let bytes = fs::read(&png).unwrap();
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(side(16), 972);
    let html = path("curves.html");
    let arguments = ["--title", "a <b> title", "--json", "-o", &html];
    let output = run(&[&common[..], &arguments].concat());
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["picture"], html);
    let text = fs::read_to_string(&html).unwrap();
    assert!(text.starts_with("<!doctype html>") && text.contains("<h1>a &lt;b&gt; title</h1>"));
}

#[test]
fn wrong_columns_and_values_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(
        dir.path(),
        "val.csv",
        "target,prob_cat,prob_dog\n1,0.9,1\n0,0.5,x\n",
    );
    let at = |text: &str| format!("glassboard: {text}\n");
    for (arguments, expected) in [
        (
            vec!["-l", "y", "-s", "prob_cat"],
            format!("{file}: there is no column y; columns are target, prob_cat, prob_dog"),
        ),
        (
            vec!["-l", "target", "-s", "Prob_Cat"],
            format!(
                "{file}: there is no column Prob_Cat (did you mean prob_cat?); columns are target, prob_cat, prob_dog"
            ),
        ),
        (
            vec!["-l", "target", "-s", "prob_dog"],
            format!("line 3 of {file}: expected a finite number in column prob_dog, got \"x\""),
        ),
        (
            vec!["-l", "prob_dog", "-s", "prob_cat"],
            format!(
                "{file}: column prob_dog holds 1, x: say with --pos_label which of them is positive"
            ),
        ),
        (
            vec!["-l", "prob_dog", "-s", "prob_cat", "--pos_label", "X"],
            format!(
                "{file}: --pos_label: expected a label of column prob_dog, got X (did you mean x?); it holds 1, x"
            ),
        ),
        (
            vec!["-l", "target", "-s", "prob_cat", "--pos_label", "2"],
            format!("{file}: --pos_label: expected a label of column target, got 2; it holds 0, 1"),
        ),
        (
            vec!["-l", "prob_cat", "-s", "prob_cat"],
            format!(
                "{file}: column prob_cat holds more than two labels, or numbers that are no whole ones: \
                 say with --pos_label which of them is positive"
            ),
        ),
        (
            vec!["-l", "target", "-s", "prob_cat", "-o", "curves.pdf"],
            "--output: expected a name that ends with .svg, .png or .html, got curves.pdf"
                .to_owned(),
        ),
        (
            vec!["-l", "target", "-s", "prob_cat", "--cost_fp=-1"],
            "--cost_fp, --cost_fn: expected finite costs of 0 or more, got -1 and 1".to_owned(),
        ),
        (
            vec!["-l", "target", "-s", "prob_cat", "-w", "weight"],
            format!("{file}: there is no column weight; columns are target, prob_cat, prob_dog"),
        ),
    ] {
        assert_eq!(
            complaint(&[&[file.as_str()], &arguments[..]].concat()),
            at(&expected)
        );
    }
}

#[test]
fn broken_tables_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let empty = write(dir.path(), "empty.csv", "");
    let no_rows = write(dir.path(), "none.csv", "y,p\n");
    let ragged = write(dir.path(), "ragged.csv", "y,p\n1,0.5\n0\n");
    let hole = write(dir.path(), "hole.csv", "y,p\n1,0.5\n,0.4\n");
    let twice = write(dir.path(), "twice.csv", "y,p,p\n1,0.5,1\n");
    let numbers = write(dir.path(), "numbers.csv", "y,p\n1,0.5\n2,0.4\n");
    let parquet = write(dir.path(), "text.parquet", "this is no Parquet file");
    let npz = write(dir.path(), "text.npz", "this is no archive");
    let many: Vec<String> = (0..20_000).map(|row| format!("id{row},0.5")).collect();
    let many = write(
        dir.path(),
        "many.csv",
        &format!("y,p\n{}\n", many.join("\n")),
    );
    let gaps = table("snappy.parquet");
    let archive = table("plain.npz");
    for (file, label, score, expected) in [
        (&empty, "y", "p", "there is no column y; columns are none"),
        (&no_rows, "y", "p", "expected at least 1 row, got none"),
        (
            &ragged,
            "y",
            "p",
            "found record with 1 fields, but the previous record has 2 fields",
        ),
        (&hole, "y", "p", "line 3 of "),
        (&hole, "y", "p", "expected a label in column y, got nothing"),
        (
            &twice,
            "y",
            "p",
            "expected one column p, got several of this name",
        ),
        (
            &numbers,
            "y",
            "p",
            "column y holds 1, 2: say with --pos_label which of them is positive",
        ),
        (
            &many,
            "y",
            "p",
            "expected labels of classes in column y, got more than 10000 different values",
        ),
        (&parquet, "y", "p", "text.parquet: "),
        (&npz, "y", "p", "text.npz: "),
        (
            &gaps,
            "y",
            "gaps",
            "expected a value in column gaps, got nothing in row 8",
        ),
        (
            &gaps,
            "y",
            "kind",
            "expected numbers in column kind, got texts",
        ),
        (&gaps, "kind", "p", "column kind holds "),
        (&gaps, "y", "lists", "there is no column lists"),
        (
            &archive,
            "y",
            "table",
            "expected one dimension in table, got shape [3, 2]",
        ),
        (
            &archive,
            "y",
            "short",
            "expected arrays of one length, got 60 in y and 5 in short",
        ),
        (
            &archive,
            "y",
            "holes",
            "expected finite numbers in holes, got NaN at index 3",
        ),
        (
            &archive,
            "texts",
            "p",
            "expected numbers of 8 to 64 bits or truths in texts, got an array of another dtype",
        ),
        (&archive, "y", "pp", "there is no column pp"),
    ] {
        let complaint = complaint(&[file, "--label", label, "--score", score]);
        assert!(complaint.contains(expected), "{file}: {complaint}");
    }
}

#[test]
fn files_and_weights_that_cannot_be_used_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let zero_weights = write(dir.path(), "w.csv", "y,p,w\n1,0.9,0\n0,0.5,0\n");
    let complaint_of = |file: &str| complaint(&[file, "-l", "y", "-s", "p"]);
    assert!(complaint_of("no_such.csv").contains("cannot open no_such.csv"));
    assert!(
        complaint_of("scores.xlsx")
            .contains("expected a file that ends with .csv, .tsv, .parquet or .npz")
    );
    let complaint = complaint(&[&zero_weights, "-l", "y", "-s", "p", "-w", "w"]);
    assert!(
        complaint.contains("sample weights must contain at least one non-zero number"),
        "{complaint}"
    );
}

#[test]
fn help_shows_examples() {
    let output = run(&["curves", "--help"]);
    assert!(output.status.success());
    let text = stdout(&output);
    assert!(
        text.contains("glassboard curves val.csv --label y --score p"),
        "{text}"
    );
    let output = run(&["curves", "val.csv", "--label", "y"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--score"));
}

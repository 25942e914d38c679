//! `glassboard export`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::{START, damage, golden, run, stderr, stdout, write_scalars};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::RowAccessor as _;
use serde_json::{Value as Json, json};

fn exported(logdir: &Path, out: &Path, more: &[&str]) -> std::process::Output {
    let mut arguments = vec![
        "export",
        "--logdir",
        logdir.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ];
    arguments.extend(more);
    run(&arguments)
}

/// The rows of a table as texts, without the names of the columns.
fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        row.iter().map(str::to_owned).collect()
    });
    rows.collect()
}

#[test]
fn scalars_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("runs");
    write_scalars(
        &logdir.join("a"),
        &[("loss", 1, 0.1), ("loss", 2, f32::NAN), ("acc", 1, -0.0)],
    );
    // The second run began again at step 2.
    write_scalars(
        &logdir.join("b,\"x\""),
        &[
            ("loss", 1, 1.0),
            ("loss", 2, f32::INFINITY),
            ("loss", 2, 3.0),
        ],
    );
    let at = |step: f64| (START + step).to_string();
    let single = f64::from(0.1_f32).to_string();

    let out = dir.path().join("csv");
    let output = exported(&logdir, &out, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("scalars.csv: 5 rows"),
        "{}",
        stdout(&output)
    );
    let text = fs::read_to_string(out.join("scalars.csv")).unwrap();
    assert!(text.starts_with("run,tag,step,wall_time,value\n"), "{text}");
    let expected = [
        ["a", "acc", "1", &at(1.0), "-0"],
        ["a", "loss", "1", &at(1.0), &single],
        ["a", "loss", "2", &at(2.0), "NaN"],
        ["b,\"x\"", "loss", "1", &at(1.0), "1"],
        ["b,\"x\"", "loss", "2", &at(2.0), "3"],
    ];
    assert_eq!(rows(&out.join("scalars.csv")), expected);
    let files: Vec<_> = fs::read_dir(&out).unwrap().collect();
    assert_eq!(files.len(), 1, "a table without rows has no file");

    let out = dir.path().join("json");
    assert!(
        exported(&logdir, &out, &["--format", "json"])
            .status
            .success()
    );
    let text = fs::read_to_string(out.join("scalars.json")).unwrap();
    let list: Vec<Json> = serde_json::from_str(&text).unwrap();
    assert_eq!(list.len(), 5);
    assert_eq!(
        list[2],
        json!({"run": "a", "tag": "loss", "step": 2, "wall_time": START + 2.0, "value": "NaN"})
    );
    assert_eq!(list[1]["value"], f64::from(0.1_f32));

    let out = dir.path().join("parquet");
    assert!(
        exported(&logdir, &out, &["--format", "parquet"])
            .status
            .success()
    );
    let file = fs::File::open(out.join("scalars.parquet")).unwrap();
    let table = SerializedFileReader::new(file).unwrap();
    let read: Vec<_> = table
        .get_row_iter(None)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(read.len(), 5);
    assert_eq!(read[3].get_string(0).unwrap(), "b,\"x\"");
    assert_eq!(read[4].get_long(2).unwrap(), 2);
    assert_eq!(read[4].get_double(3).unwrap(), START + 2.0);
    assert!(read[2].get_double(4).unwrap().is_nan());
}

#[test]
fn a_table_longer_than_a_group_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("runs");
    let scalars: Vec<_> = (0..70_000).map(|step| ("x", step, step as f32)).collect();
    write_scalars(&logdir, &scalars);
    let out = dir.path().join("out");
    assert!(
        exported(&logdir, &out, &["--format", "parquet"])
            .status
            .success()
    );
    let file = fs::File::open(out.join("scalars.parquet")).unwrap();
    let table = SerializedFileReader::new(file).unwrap();
    assert_eq!(table.metadata().num_row_groups(), 2);
    let steps = table
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_long(2).unwrap());
    assert!(steps.eq(0..70_000));
}

#[test]
fn runs_and_tags_are_chosen() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("runs");
    for name in ["sgd", "adam"] {
        write_scalars(&logdir.join(name), &[("loss", 1, 0.5), ("acc", 1, 0.5)]);
    }
    let out = dir.path().join("out");
    let output = exported(&logdir, &out, &["--runs", "^sgd$", "--tags", "lo"]);
    assert!(output.status.success());
    let table = rows(&out.join("scalars.csv"));
    assert_eq!(table.len(), 1);
    assert_eq!(table[0][..2], ["sgd", "loss"]);
    let output = exported(&logdir, &dir.path().join("none"), &["--tags", "nothing"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("nothing to export"),
        "{}",
        stderr(&output)
    );
}

/// Files that torch wrote, of every kind.
#[test]
fn everything_that_was_logged_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let output = exported(&golden(), &out, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));

    let files = rows(&out.join("files.csv"));
    let mut kinds = BTreeSet::new();
    for row in &files {
        let [run, tag, plugin, _, _, _, file] = row.as_slice() else {
            panic!("{row:?}");
        };
        let bytes = fs::read(out.join(file)).unwrap();
        let extension = file.rsplit('.').next().unwrap();
        let start: &[u8] = match extension {
            "png" => b"\x89PNG",
            "wav" => b"RIFF",
            "npy" => b"\x93NUMPY",
            // A graph, and a layout of charts.
            "pb" | "bin" => b"",
            other => panic!("{other} of {run}, {tag}"),
        };
        assert!(bytes.starts_with(start), "{file}");
        kinds.insert((plugin.clone(), extension.to_owned()));
    }
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(plugin, file)| (plugin.as_str(), file.as_str()))
        .collect();
    for kind in [
        ("images", "png"),
        ("audio", "wav"),
        ("graphs", "pb"),
        ("mesh", "npy"),
    ] {
        assert!(kinds.contains(&kind), "{kind:?} in {kinds:?}");
    }
    // Every file is in the table, once.
    let listed: BTreeSet<_> = files.iter().map(|row| &row[6]).collect();
    assert_eq!(listed.len(), files.len());

    let vertices = files
        .iter()
        .find(|row| row[0] == "mesh/log" && row[1] == "my_mesh_VERTEX");
    let vertices: ndarray::Array3<f32> =
        ndarray_npy::read_npy(out.join(&vertices.unwrap()[6])).unwrap();
    assert_eq!(vertices.dim(), (1, 4, 3));
    assert_eq!(
        vertices.as_slice().unwrap()[..6],
        [1.0, 1.0, 1.0, -1.0, -1.0, 1.0]
    );

    let texts = rows(&out.join("texts.csv"));
    let text = |step: &str| {
        texts
            .iter()
            .find(|row| row[0] == "text/log" && row[2] == step)
            .unwrap()
    };
    assert_eq!(text("0")[5], "This is an **lstm**");
    assert_eq!(text("10")[5], "多语言 ✓");

    let curves = rows(&out.join("curves.csv"));
    let curve: Vec<_> = curves
        .iter()
        .filter(|row| row[0] == "pr_curve/log")
        .collect();
    assert_eq!(curve.len(), 127);
    assert_eq!((curve[0][5].as_str(), curve[126][5].as_str()), ("0", "1"));
    assert_eq!(curve[0][6], "113", "true positives at threshold 0");

    let hyperparameters = rows(&out.join("hyperparameters.csv"));
    assert!(!hyperparameters.is_empty());

    let histograms = rows(&out.join("histograms.csv"));
    let counts = histograms
        .iter()
        .filter(|row| row[0] == "histogram_ints/log");
    let sum: f64 = counts.map(|row| row[6].parse::<f64>().unwrap()).sum();
    assert!(sum > 0.0 && sum.fract() == 0.0, "{sum}");
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_comes_out() {
    let dir = tempfile::tempdir().unwrap();
    let logdir = dir.path().join("runs");
    let (path, ends) = write_scalars(
        &logdir,
        &[("loss", 1, 0.5), ("loss", 2, 0.5), ("loss", 3, 0.5)],
    );
    damage(&path, ends[1] - 6);
    let out = dir.path().join("out");
    assert!(exported(&logdir, &out, &[]).status.success());
    assert_eq!(rows(&out.join("scalars.csv")).len(), 2);

    let output = exported(&logdir, &out, &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("expected a new or an empty folder"), "{text}");
    let output = exported(&dir.path().join("none"), &dir.path().join("other"), &[]);
    assert!(stderr(&output).contains("no such log directory"));
    assert!(!dir.path().join("other").exists());
}

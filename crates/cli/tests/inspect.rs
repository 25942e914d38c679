//! `glassboard inspect`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use common::{damage, glassboard, golden, run, stderr, stdout, write_scalars};
use serde_json::{Value as Json, json};

fn lines(text: &str) -> Vec<Json> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn prints_a_line_for_each_value() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = write_scalars(
        &dir.path().join("a"),
        &[("loss", 1, 0.5), ("acc", 2, f32::NAN)],
    );
    let output = run(&["inspect", dir.path().to_str().unwrap()]);
    assert!(output.status.success());
    let text = stdout(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("a/{}", path.file_name().unwrap().to_str().unwrap())
    );
    assert!(
        lines[1].ends_with("step 0        file_version   brain.Event:2"),
        "{}",
        lines[1]
    );
    assert_eq!(
        lines[2],
        "2023-11-14T22:13:21.000Z  step 1        scalar       loss  0.5"
    );
    assert_eq!(
        lines[3],
        "2023-11-14T22:13:22.000Z  step 2        scalar       acc  NaN"
    );
    assert_eq!(lines.len(), 4);
}

#[test]
fn prints_json_lines() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ends) = write_scalars(dir.path(), &[("loss", 1, 0.5), ("loss", 2, f32::INFINITY)]);
    let output = run(&["inspect", "--json", "--tag", "loss", path.to_str().unwrap()]);
    let file = path.to_str().unwrap();
    assert_eq!(
        lines(&stdout(&output)),
        [
            json!({"file": file, "offset": ends[0], "wall_time": common::START + 1.0, "step": 1, "kind": "scalar",
                   "plugin": "scalars", "tag": "loss", "value": 0.5}),
            json!({"file": file, "offset": ends[1], "wall_time": common::START + 2.0, "step": 2, "kind": "scalar",
                   "plugin": "scalars", "tag": "loss", "value": "Infinity"}),
        ]
    );
}

#[test]
fn reads_every_case_of_torch() {
    let output = run(&["inspect", "--json", golden().to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = lines(&stdout(&output));
    let kinds: std::collections::BTreeSet<&str> = lines
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [
            "audio",
            "file_version",
            "graph",
            "histogram",
            "image",
            "none",
            "run_metadata",
            "scalar",
            "tensor",
            "text"
        ]
    );
    let of = |kind: &str, file: &str| {
        lines
            .iter()
            .find(|line| line["kind"] == kind && line["file"].as_str().unwrap().starts_with(file))
            .unwrap_or_else(|| panic!("no {kind} in {file}"))
    };
    let image = of("image", "image_gray/");
    assert_eq!(
        (&image["value"]["width"], &image["value"]["height"]),
        (&json!(10), &json!(8))
    );
    let text = of("text", "text/");
    assert_eq!(
        text["value"],
        json!({"shape": [1], "strings": ["This is an **lstm**"]})
    );
    let histogram = of("histogram", "histogram_constant/");
    assert_eq!(
        (&histogram["value"]["num"], &histogram["value"]["sum"]),
        (&json!(10.0), &json!(20.0))
    );
    let tensor = of("tensor", "tensor_int64/");
    assert_eq!(tensor["value"]["dtype"], "DT_INT64");
    let curve = of("tensor", "pr_curve/");
    assert_eq!(
        (&curve["plugin"], &curve["value"]["shape"]),
        (&json!("pr_curves"), &json!([6, 127]))
    );
}

#[test]
fn damage_is_a_line_and_what_is_behind_it_too() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ends) = write_scalars(
        dir.path(),
        &[("loss", 1, 0.5), ("loss", 2, 0.5), ("loss", 3, 0.5)],
    );
    damage(&path, ends[2] - 6);
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(ends[3] - 1)
        .unwrap();
    let output = run(&["inspect", "--json", path.to_str().unwrap()]);
    assert!(output.status.success());
    let lines = lines(&stdout(&output));
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["file_version", "scalar", "damage", "damage"]);
    let (first, second) = (&lines[2], &lines[3]);
    assert_eq!(
        (&first["damage"], &first["offset"], &first["lost_bytes"]),
        (
            &json!("data_checksum"),
            &json!(ends[1]),
            &json!(ends[2] - ends[1])
        )
    );
    assert_eq!(
        (&second["damage"], &second["offset"], &second["lost_bytes"]),
        (
            &json!("cut_tail"),
            &json!(ends[2]),
            &json!(ends[3] - 1 - ends[2])
        )
    );

    let digest = run(&["inspect", "--digest", "--json", path.to_str().unwrap()]);
    let digest: Json = serde_json::from_slice(&digest.stdout).unwrap();
    assert_eq!(digest[0]["damaged"], 2);
    assert_eq!(digest[0]["lost_bytes"], ends[3] - 1 - ends[1]);
    assert_eq!(digest[0]["damage"][0]["kind"], "data_checksum");
}

#[test]
fn limits_and_filters() {
    let dir = tempfile::tempdir().unwrap();
    let scalars: Vec<_> = (0..10)
        .flat_map(|step| [("loss/a", step, 1.0), ("acc", step, 2.0)])
        .collect();
    write_scalars(dir.path(), &scalars);
    let path = dir.path().to_str().unwrap();
    let count = |arguments: &[&str]| {
        let mut all = vec!["inspect", "--json", path];
        all.extend(arguments);
        stdout(&run(&all)).lines().count()
    };
    assert_eq!(count(&[]), 21);
    assert_eq!(count(&["--limit", "3"]), 3);
    assert_eq!(count(&["--tag", "loss/*"]), 10);
    assert_eq!(count(&["--tag", "^(acc|none)$"]), 10);
    assert_eq!(count(&["--tag", "none"]), 0);
}

#[test]
fn the_digest_counts_steps_and_times() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = write_scalars(
        dir.path(),
        &[
            ("loss", 1, 0.5),
            ("loss", 5, 0.5),
            ("loss", 3, 0.5),
            ("acc", 2, 1.0),
        ],
    );
    let output = run(&[
        "inspect",
        "--digest",
        "--json",
        dir.path().to_str().unwrap(),
    ]);
    let digest: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(digest[0]["records"], 5);
    assert_eq!(
        digest[0]["tags"][1],
        json!({"tag": "loss", "plugin": "scalars", "count": 3, "first_step": 1, "last_step": 3, "min_step": 1,
               "max_step": 5, "out_of_order": 1, "first_wall_time": common::START + 1.0, "last_wall_time": common::START + 3.0})
    );
    let text = stdout(&run(&["inspect", "--digest", path.to_str().unwrap()]));
    assert!(
        text.contains(
            "scalars      loss  3 values, steps 1 to 3 (least 1, greatest 5, 1 out of order), \
             2023-11-14T22:13:21.000Z to 2023-11-14T22:13:23.000Z"
        ),
        "{text}"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let dir = tempfile::tempdir().unwrap();
    // More lines than a pipe holds.
    let scalars: Vec<_> = (0..5_000).map(|step| ("loss", step, 1.0)).collect();
    write_scalars(dir.path(), &scalars);
    let mut child = glassboard()
        .args(["inspect", dir.path().to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    // The reader is dropped after one line, and the pipe with it.
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_cannot_be_inspected_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    for (arguments, sentence) in [
        (
            vec!["inspect", "/no/such/place"],
            "cannot read /no/such/place",
        ),
        (vec!["inspect", path], "no event files"),
        (
            vec!["inspect", path, "--tag", "[a"],
            "expected a regular expression",
        ),
        (vec!["inspect"], "<PATH>"),
        (
            vec!["inspect", path, "--digest", "--limit", "3"],
            "cannot be used with",
        ),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).contains(sentence),
            "{arguments:?}: {}",
            stderr(&output)
        );
        assert_eq!(stdout(&output), "");
    }
}

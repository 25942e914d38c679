//! `glassboard check`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use common::{damage, golden, run, stderr, stdout, write_scalars};
use serde_json::{Value as Json, json};

#[test]
fn sound_logs_exit_with_0() {
    let dir = tempfile::tempdir().unwrap();
    let (a, _) = write_scalars(
        &dir.path().join("a"),
        &[("loss", 1, 0.5), ("loss", 2, 0.5), ("acc", 1, 1.0)],
    );
    let (b, _) = write_scalars(&dir.path().join("b"), &[("loss", 1, 0.5)]);
    let output = run(&["check", "--logdir", dir.path().to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["logdir"], dir.path().to_str().unwrap());
    assert_eq!(
        (
            &report["runs"],
            &report["tags"],
            &report["series"],
            &report["points"],
            &report["files"]
        ),
        (&json!(2), &json!(2), &json!(3), &json!(4), &json!(2))
    );
    let bytes = std::fs::metadata(a).unwrap().len() + std::fs::metadata(b).unwrap().len();
    assert_eq!(report["bytes_read"], bytes);
    assert_eq!(
        (
            &report["damaged_records"],
            &report["damage"],
            &report["notices"]
        ),
        (&json!(0), &json!([]), &json!([]))
    );
    let number = |name: &str| report[name].as_f64().unwrap();
    assert!(
        (number("points_per_second") - 4.0 / number("seconds")).abs()
            < 1e-6 * number("points_per_second")
    );
    assert!(number("memory_bytes") > 0.0);
    assert!((number("memory_bytes_per_point") - number("memory_bytes") / 4.0).abs() < 1e-9);
    if cfg!(target_os = "linux") {
        assert!(number("peak_rss_bytes") > number("memory_bytes"));
    }
}

#[test]
fn damage_exits_with_1_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ends) = write_scalars(&dir.path().join("a"), &[("loss", 1, 0.5), ("loss", 2, 0.5)]);
    damage(&path, ends[1] - 6);
    let logdir = dir.path().to_str().unwrap();
    let output = run(&["check", "--logdir", logdir]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(text.contains("damage          1 in 1 files\n"), "{text}");
    assert!(
        text.contains(&format!("a/{name}: 1 damaged, 2 sound\n")),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "at byte {}: {} bytes lost\n",
            ends[0],
            ends[1] - ends[0]
        )),
        "{text}"
    );
    assert!(text.contains("scalar points   1\n"), "{text}");

    let output = run(&["check", "--logdir", logdir, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let file = &report["damage"][0];
    assert_eq!(
        (&file["run"], &file["path"]),
        (&json!("a"), &json!(format!("a/{name}")))
    );
    assert_eq!((&file["records"], &file["damaged"]), (&json!(2), &json!(1)));
    let place = &file["places"][0];
    assert_eq!(
        (&place["offset"], &place["lost_bytes"], &place["kind"]),
        (
            &json!(ends[0]),
            &json!(ends[1] - ends[0]),
            &json!("data_checksum")
        )
    );
}

#[test]
fn a_cut_tail_is_damage_when_loaded_once() {
    let dir = tempfile::tempdir().unwrap();
    let (path, ends) = write_scalars(dir.path(), &[("loss", 1, 0.5)]);
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(ends[1] - 3)
        .unwrap();
    let output = run(&["check", "--logdir", dir.path().to_str().unwrap(), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["damage"][0]["places"][0]["kind"], "cut_tail");
}

#[test]
fn the_files_of_torch_are_sound() {
    let output = run(&["check", "--logdir", golden().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    assert!(stdout(&output).contains("damage          none\n"));
}

#[test]
fn what_cannot_be_checked_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (path, _) = write_scalars(dir.path(), &[("loss", 1, 0.5)]);
    for (arguments, sentence) in [
        (
            vec!["check", "--logdir", "/no/such/place"],
            "no such log directory: /no/such/place",
        ),
        (
            vec!["check", "--logdir", path.to_str().unwrap()],
            "expected a log directory, got a file",
        ),
        (vec!["check"], "--logdir <DIR>"),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(sentence), "{}", stderr(&output));
    }
}

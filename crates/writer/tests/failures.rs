//! What goes wrong is said, and loses nothing that was flushed.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

mod support;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use glassboard_events::proto::tensorboard::event;
use glassboard_events::{DamageKind, EventsError};
use glassboard_writer::{
    Bins, BoxesOptions, CurveOptions, Histogram, HistogramOptions, Hparams, HparamsOptions, Mesh,
    PrCurveRows, SummaryWriter, SummaryWriterOptions, VideoOptions, WriterError,
};
use ndarray::{Array2, Array3};
use support::{event_files, read_events};

/// Set in the second process of tests that need one; holds the folder to log into.
const CHILD_DIR: &str = "GLASSBOARD_TEST_CHILD_DIR";

/// The folder to log into when this is the second process.
fn child_dir() -> Option<PathBuf> {
    env::var_os(CHILD_DIR).map(PathBuf::from)
}

/// Makes a command run this test program again for one test.
fn as_child<'a>(command: &'a mut Command, test: &str, dir: &Path) -> &'a mut Command {
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD_DIR, dir)
}

/// Steps of all scalars in a file.
fn steps(events: &[glassboard_events::proto::tensorboard::Event]) -> Vec<i64> {
    events
        .iter()
        .filter(|e| matches!(e.what, Some(event::What::Summary(_))))
        .map(|e| e.step)
        .collect()
}

fn only_file(dir: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn a_killed_process_loses_nothing_that_was_flushed() {
    const FLUSHED: i64 = 20_000;
    if let Some(dir) = child_dir() {
        let options = SummaryWriterOptions {
            log_dir: Some(dir),
            flush_secs: 1e9,
            ..Default::default()
        };
        let writer = options.open().unwrap();
        for step in 0.. {
            writer.add_scalar("loss", 0.5, step).unwrap();
            if step + 1 == FLUSHED {
                writer.flush().unwrap();
                println!("flushed");
            }
            if step == 2 * FLUSHED {
                println!("more");
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    as_child(
        &mut command,
        "a_killed_process_loses_nothing_that_was_flushed",
        dir.path(),
    );
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(lines.any(|line| line.ends_with("flushed")));
    // It goes on logging while it is killed.
    assert!(lines.any(|line| line.ends_with("more")));
    child.kill().unwrap();
    child.wait().unwrap();

    let (events, damage) = read_events(&only_file(dir.path()));
    let steps = steps(&events);
    assert!(
        steps.len() as i64 >= FLUSHED,
        "{} of {FLUSHED}",
        steps.len()
    );
    assert!(steps.iter().copied().eq(0..steps.len() as i64));
    assert!(
        damage
            .iter()
            .all(|damage| damage.kind == DamageKind::CutTail),
        "{damage:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error() {
    if let Some(dir) = child_dir() {
        let writer = SummaryWriter::new(&dir).unwrap();
        let error = (0_i64..)
            .find_map(|step| writer.add_scalar("loss", 0.5, step).err())
            .unwrap();
        let name = only_file(&dir).display().to_string();
        for error in [
            error,
            writer.add_text("note", "lost", 0).unwrap_err(),
            writer.flush().unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(
                text.contains("cannot write") && text.ends_with(&name),
                "{text}"
            );
        }
        writer.close().unwrap_err();
        println!("told");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    // No file of this process may grow beyond 64 KiB: the kernel refuses the write, as a full disk does.
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap());
    let output = as_child(&mut command, "a_full_disk_is_an_error", dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("told"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let (events, damage) = read_events(&only_file(dir.path()));
    let steps = steps(&events);
    assert!(steps.len() > 1000 && steps.iter().copied().eq(0..steps.len() as i64));
    assert!(
        damage
            .iter()
            .all(|damage| damage.kind == DamageKind::CutTail),
        "{damage:?}"
    );
}

#[test]
fn a_vanished_folder_is_an_error_until_the_writer_is_closed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("run");
    let writer = SummaryWriter::new(&folder).unwrap();
    writer.add_scalar("loss", 0.5, 0).unwrap();
    writer.flush().unwrap();
    let path = only_file(&folder);
    fs::remove_dir_all(&folder).unwrap();
    // Whether this one is told already depends on whether the thread has looked.
    let _ = writer.add_scalar("loss", 0.5, 1);
    let check = |result: Result<(), WriterError>| {
        let Err(WriterError::Events(error)) = result else {
            panic!("{result:?}")
        };
        assert!(
            matches!(&*error, EventsError::Vanished { path: named } if *named == path),
            "{error}"
        );
    };
    check(writer.flush());
    check(writer.add_scalar("loss", 0.5, 2));
    check(writer.add_text("note", "lost", 2));
    check(writer.close());

    writer.add_scalar("loss", 0.5, 3).unwrap();
    writer.close().unwrap();
    let (events, _) = read_events(&only_file(&folder));
    assert_eq!(steps(&events), [3]);
}

#[test]
fn a_replaced_file_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let path = only_file(dir.path());
    fs::rename(&path, dir.path().join("moved")).unwrap();
    fs::write(&path, "another file").unwrap();
    writer.flush().unwrap_err();
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = SummaryWriter::new(file.join("run")).unwrap_err();
    assert!(
        error.to_string().contains("cannot create folder"),
        "{error}"
    );
}

#[test]
fn wrong_curves_meshes_figures_videos_and_sounds_log_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let check = |result: Result<(), WriterError>, expected: &str| {
        assert_eq!(result.unwrap_err().to_string(), expected);
    };
    let image = Array3::<f32>::zeros((3, 4, 5));
    let default = CurveOptions::default();
    check(
        writer.add_pr_curve("pr", &[1, 0], &[0.5, 0.6, 0.7], 0, &default),
        "tag \"pr\": expected labels and predictions of the same shape, got labels [2] and predictions [3]",
    );
    let labels = Array2::<i64>::zeros((2, 3));
    check(
        writer.add_roc_curve("roc", &labels, &labels.t(), 0, &default),
        "tag \"roc\": expected labels and predictions of the same shape, got labels [2, 3] and predictions [3, 2]",
    );
    let weighted = CurveOptions {
        weights: Some(&[1.0]),
        ..default
    };
    check(
        writer.add_pr_curve("pr", &[1, 0], &[0.5, 0.6], 0, &weighted),
        "tag \"pr\": expected as many weights as predictions, 2, got 1",
    );
    for num_thresholds in [0, 1 << 21] {
        let options = CurveOptions {
            num_thresholds,
            ..default
        };
        check(
            writer.add_roc_curve("roc", &[1, 0], &[0.5, 0.6], 0, &options),
            &format!(
                "tag \"roc\": expected num_thresholds from 1 to 1048576, got {num_thresholds}"
            ),
        );
    }
    let rows = PrCurveRows {
        true_positives: &[1.0],
        false_positives: &[1.0],
        true_negatives: &[1.0, 2.0],
        false_negatives: &[],
        precision: &[1.0],
        recall: &[1.0],
        num_thresholds: 1,
    };
    check(
        writer.add_pr_curve_raw("pr", &rows, 0),
        "tag \"pr\": expected six rows of the same length, got [1, 1, 2, 0, 1, 1]",
    );
    let mesh = Mesh::new(&Array3::<f32>::zeros((1, 4, 3))).faces(&Array2::<i32>::zeros((4, 3)));
    check(
        writer.add_mesh("m", &mesh, 0),
        "tag \"m\": expected faces of shape [B, N, 3], got [4, 3]",
    );
    check(
        writer.add_figure("fig", &Array3::<u8>::zeros((4, 5, 3)), 0),
        "tag \"fig\": wrong number of channels: expected 4, got 3 in shape [4, 5, 3] read as \"HWC\"",
    );
    check(
        writer.add_video("v", &image, 0, &VideoOptions::default()),
        "tag \"v\": dataformats \"NTCHW\" does not fit the tensor: expected 5 axes, got shape [3, 4, 5]",
    );
    check(
        writer.add_audio("snd", &image, 0, 8000),
        "tag \"snd\": wrong shape of sound: expected [frames], [frames, 2] or [2, frames] with at least one frame \
         (axes of length 1 aside), got [3, 4, 5]",
    );
    writer.close().unwrap();
    let files = event_files(dir.path());
    assert_eq!(files.values().map(Vec::len).collect::<Vec<_>>(), [1]);
}

#[test]
fn wrong_arguments_say_what_was_expected_and_log_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let writer = SummaryWriter::new(dir.path()).unwrap();
    let check = |result: Result<(), WriterError>, expected: &str| {
        assert_eq!(result.unwrap_err().to_string(), expected);
    };
    let image = Array3::<f32>::zeros((3, 4, 5));
    check(
        writer.add_image("im", &image, 0, "CHX"),
        "tag \"im\": unknown dataformats: expected a permutation of NCHW, CHW or HW, got \"CHX\"",
    );
    check(
        writer.add_images("im", &image, 0, "NCHW"),
        "tag \"im\": dataformats \"NCHW\" does not fit the tensor: expected 4 axes, got shape [3, 4, 5]",
    );
    check(
        writer.add_image_with_boxes(
            "im",
            &image,
            &Array2::<f32>::zeros((2, 3)),
            0,
            &BoxesOptions::default(),
        ),
        "tag \"im\": wrong shape of boxes: expected [N, 4] (x min, y min, x max, y max), got [2, 3]",
    );
    check(
        writer.add_histogram("h", &[] as &[f32], 0),
        "tag \"h\": empty histogram input: expected at least one value, got none",
    );
    let options = HistogramOptions {
        bins: Bins::Auto,
        max_bins: None,
    };
    check(
        writer.add_histogram_with("h", &[1.0, f64::NAN], 0, &options),
        "tag \"h\": cannot choose bins: expected finite values, got a range of NaN to NaN",
    );
    let raw = Histogram {
        bucket_limits: vec![1.0, 2.0],
        bucket_counts: vec![1.0],
        ..Histogram::default()
    };
    check(
        writer.add_histogram_raw("h", &raw, 0),
        "tag \"h\": expected as many bucket counts as limits, got 2 limits and 1 counts",
    );
    let no_metrics: [(&str, f64); 0] = [];
    check(
        writer.add_hparams(
            &Hparams::new().with("lr", 0.1).domain("lr", ["a"]),
            no_metrics,
            &HparamsOptions::default(),
        ),
        "domain of hyperparameter \"lr\": expected values of the same type as Number(0.1), got Text(\"a\")",
    );
    check(
        writer.add_hparams(
            &Hparams::new().domain("lr", [0.1]),
            no_metrics,
            &HparamsOptions::default(),
        ),
        "domain of hyperparameter \"lr\": expected values of the same type as the hyperparameter, which is not set, \
         got Number(0.1)",
    );
    for flush_secs in [-1.0, f64::NAN] {
        let options = SummaryWriterOptions {
            flush_secs,
            ..Default::default()
        };
        let error = options.open().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("option flush_secs: expected a number of seconds, 0 or more, got {flush_secs}")
        );
    }
    writer.close().unwrap();
    let files = event_files(dir.path());
    assert_eq!(files.values().map(Vec::len).collect::<Vec<_>>(), [1]);
}

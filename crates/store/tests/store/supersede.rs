//! Which points are live: the store against the two rules applied literally.

use crate::common::{live, load_once, losses, scalar, session_start, store_of, version};
use glassboard_store::{ScalarRequest, ScriptedLogdir, Step};
use proptest::prelude::*;

fn file(index: usize) -> String {
    format!("run/events.out.tfevents.{index:04}")
}

/// What is written to the files of one run.
#[derive(Debug, Clone)]
enum Written {
    Point { tag: &'static str, step: i64 },
    Start { step: i64 },
    NextFile,
}

/// The two rules, applied to one record after the other.
fn literally(written: &[Written], tag: &str) -> Vec<(i64, f64)> {
    let mut kept: Vec<(i64, f64)> = Vec::new();
    let mut seen_start = false;
    for (index, written) in written.iter().enumerate() {
        match written {
            Written::Point { tag: of, step } if *of == tag => {
                kept.retain(|(kept, _)| kept < step);
                kept.push((*step, index as f64));
            }
            Written::Start { step } => {
                if seen_start {
                    kept.retain(|(kept, _)| kept < step);
                }
                seen_start = true;
            }
            _ => {}
        }
    }
    kept
}

/// The same as files: the value of a point is its number.
fn files_of(written: &[Written]) -> Vec<Vec<u8>> {
    let mut files = vec![version(1.0)];
    for (index, written) in written.iter().enumerate() {
        let record = match written {
            Written::Point { tag, step } => scalar(tag, *step, index as f32),
            Written::Start { step } => session_start(*step),
            Written::NextFile => {
                files.push(version(1.0));
                continue;
            }
        };
        files.last_mut().unwrap().extend(record);
    }
    files
}

#[track_caller]
fn check_same(written: &[Written]) {
    let dir = ScriptedLogdir::new();
    for (index, bytes) in files_of(written).into_iter().enumerate() {
        dir.put(&file(index), bytes);
    }
    let snapshot = load_once(&dir);
    for tag in ["a", "b"] {
        assert_eq!(
            live(&snapshot, "run", tag),
            literally(written, tag),
            "tag {tag} of {written:?}"
        );
        let Some(series) = snapshot.run_by_name("run").unwrap().scalars(tag) else {
            continue;
        };
        // Live and superseded points together are all that was written.
        let all = ScalarRequest {
            superseded: true,
            ..ScalarRequest::default()
        };
        let answer = series.query(&all).unwrap();
        let superseded: Vec<f64> = answer
            .superseded
            .iter()
            .flat_map(|branch| branch.value.clone())
            .collect();
        for branch in &answer.superseded {
            assert!(branch.step.is_sorted_by(|a, b| a < b), "{branch:?}");
        }
        let mut values: Vec<f64> = answer
            .live
            .value
            .iter()
            .chain(&superseded)
            .copied()
            .collect();
        values.sort_by(f64::total_cmp);
        let points = written
            .iter()
            .enumerate()
            .filter(|(_, item)| matches!(item, Written::Point { tag: of, .. } if *of == tag));
        let expected: Vec<f64> = points.map(|(index, _)| index as f64).collect();
        assert_eq!(values, expected);
        // In the order of writing, each is marked as what it is.
        let in_order: Vec<f64> = series.points_written().map(|(at, _)| at.value).collect();
        assert_eq!(in_order, expected);
        let unmarked = series
            .points_written()
            .filter(|(_, superseded)| !superseded);
        let unmarked: Vec<f64> = unmarked.map(|(at, _)| at.value).collect();
        assert_eq!(unmarked, answer.live.value);
        assert!(series.points().map(|at| at.value).eq(unmarked));
        assert_eq!(answer.superseded_total as usize, superseded.len());
        assert_eq!(answer.points_total as usize, answer.live.x.len());
        assert_eq!(
            series.last().map(|point| point.step),
            answer.live.step.last().copied()
        );
    }
}

fn any_written() -> impl Strategy<Value = Vec<Written>> {
    let item = prop_oneof![
        8 => (0_i64..30).prop_map(|step| Written::Point { tag: "a", step }),
        3 => (0_i64..30).prop_map(|step| Written::Point { tag: "b", step }),
        1 => (0_i64..30).prop_map(|step| Written::Start { step }),
        1 => Just(Written::NextFile),
    ];
    prop::collection::vec(item, 0..80)
}

proptest! {
    #[test]
    fn live_points_are_those_of_the_rules(written in any_written()) {
        check_same(&written);
    }
}

proptest! {
    // Each case is thousands of records.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn long_stretches_with_restarts_are_those_of_the_rules(
        stretches in prop::collection::vec((0_i64..4_000, 1_i64..3_000, any::<bool>()), 1..5),
    ) {
        let mut written = Vec::new();
        for (start, count, next_file) in stretches {
            written.extend((start..start + count).map(|step| Written::Point { tag: "a", step }));
            if next_file {
                written.push(Written::NextFile);
                written.push(Written::Start { step: start });
            }
        }
        check_same(&written);
    }
}

#[test]
fn restart_supersedes_and_keeps_the_discarded_branch() {
    let dir = ScriptedLogdir::new();
    dir.put(&file(1), losses(0..10));
    dir.put(&file(2), losses(6..12));
    let snapshot = load_once(&dir);
    let series = snapshot
        .run_by_name("run")
        .unwrap()
        .scalars("loss")
        .unwrap();
    let answer = series
        .query(&ScalarRequest {
            superseded: true,
            ..ScalarRequest::default()
        })
        .unwrap();
    assert_eq!(answer.live.step, (0..12).collect::<Vec<_>>());
    assert_eq!(
        answer.live.value,
        [0., 1., 2., 3., 4., 5., 0., 1., 2., 3., 4., 5.]
    );
    assert_eq!(answer.superseded.len(), 1);
    assert_eq!(answer.superseded[0].step, [6, 7, 8, 9]);
    assert_eq!(answer.superseded[0].value, [6., 7., 8., 9.]);
    assert_eq!(answer.restarts, [6]);
    assert_eq!((answer.points_total, answer.superseded_total), (12, 4));
}

#[test]
fn second_start_purges_every_tag_even_those_it_never_logs_again() {
    let dir = ScriptedLogdir::new();
    let first = [
        version(1.0),
        session_start(0),
        scalar("a", 1, 1.0),
        scalar("a", 5, 5.0),
        scalar("b", 5, 5.0),
    ]
    .concat();
    dir.put(&file(1), first);
    dir.put(
        &file(2),
        [version(2.0), session_start(4), scalar("a", 7, 7.0)].concat(),
    );
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "a"), [(1, 1.0), (7, 7.0)]);
    assert_eq!(live(&snapshot, "run", "b"), []);
    let run = snapshot.run_by_name("run").unwrap();
    assert_eq!(
        run.scalars("a")
            .unwrap()
            .query(&ScalarRequest::default())
            .unwrap()
            .restarts,
        [4]
    );
    assert_eq!(run.scalars("b").unwrap().superseded_len(), 1);
}

#[test]
fn first_start_of_a_run_purges_nothing_wherever_it_stands() {
    let dir = ScriptedLogdir::new();
    dir.put(&file(1), losses(0..5));
    dir.put(
        &file(2),
        [version(2.0), session_start(2), scalar("other", 0, 1.0)].concat(),
    );
    let snapshot = load_once(&dir);
    assert_eq!(live(&snapshot, "run", "loss").len(), 5);
    assert_eq!(live(&snapshot, "run", "other").len(), 1);
}

#[test]
fn blobs_follow_the_same_rules() {
    use glassboard_events::proto::tensorboard::{HistogramProto, summary};
    let histogram = |step| {
        let value = summary::Value {
            tag: "h".into(),
            value: Some(summary::value::Value::Histo(HistogramProto::default())),
            ..summary::Value::default()
        };
        crate::common::value_event(1.0, step, value)
    };
    let dir = ScriptedLogdir::new();
    dir.put(
        &file(1),
        [
            version(1.0),
            session_start(0),
            histogram(0),
            histogram(1),
            histogram(2),
            histogram(3),
        ]
        .concat(),
    );
    dir.put(
        &file(2),
        [version(2.0), histogram(2), session_start(1), histogram(5)].concat(),
    );
    let snapshot = load_once(&dir);
    let series = snapshot
        .run_by_name("run")
        .unwrap()
        .blobs("histograms", "h")
        .unwrap();
    let steps: Vec<(i64, bool)> = series
        .entries()
        .iter()
        .map(|entry| (entry.step, entry.superseded))
        .collect();
    assert_eq!(
        steps,
        [
            (0, false),
            (1, true),
            (2, true),
            (3, true),
            (2, true),
            (5, false)
        ]
    );
    assert_eq!(
        snapshot.run_by_name("run").unwrap().last_step(),
        Some(Step(5))
    );
    assert_eq!(
        series.live().map(|entry| entry.step).collect::<Vec<_>>(),
        [0, 5]
    );
}

#[test]
fn worst_cases_stay_small_and_right() {
    let count = 100_000;
    let same = std::iter::repeat_n(7, count as usize);
    let zigzag = (0..count).map(|index| index % 2);
    let outwards = (0..count).map(|index| {
        if index % 2 == 0 {
            index / 2
        } else {
            count - index / 2
        }
    });
    let cases: [(&str, Vec<i64>); 3] = [
        ("same", same.collect()),
        ("zigzag", zigzag.collect()),
        ("outwards", outwards.collect()),
    ];
    for (name, steps) in cases {
        let dir = ScriptedLogdir::new();
        let mut kept: Vec<i64> = Vec::new();
        for step in &steps {
            while kept.last().is_some_and(|last| last >= step) {
                kept.pop();
            }
            kept.push(*step);
        }
        dir.put(&file(1), losses(steps));
        let store = store_of(&dir);
        store.refresh();
        let snapshot = store.snapshot();
        let live: Vec<i64> = live(&snapshot, "run", "loss")
            .into_iter()
            .map(|(step, _)| step)
            .collect();
        assert_eq!(live, kept, "{name}");
        assert!(
            snapshot.memory_bytes() <= 12 * count as u64,
            "{name}: {} bytes",
            snapshot.memory_bytes()
        );
        let series = snapshot
            .run_by_name("run")
            .unwrap()
            .scalars("loss")
            .unwrap();
        let request = ScalarRequest {
            superseded: true,
            pixels: 100,
            ..ScalarRequest::default()
        };
        let answer = series.query(&request).unwrap();
        assert!(
            answer.superseded.len() <= 1_000 && answer.restarts.len() <= 1_000,
            "{name}"
        );
        assert_eq!(
            answer.superseded_total,
            count as u64 - kept.len() as u64,
            "{name}"
        );
    }
}

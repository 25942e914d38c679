//! A trace that PyTorch wrote, beside PyTorch's own sums of it (`tests/golden/make_trace.py`).
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use glassboard_trace::{Filter, Trace, arguments};
use serde_json::Value as Json;

fn golden(name: &str) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.join("../../tests/golden/trace").join(name)
}

fn trace() -> Trace {
    Trace::read(File::open(golden("worker.pt.trace.json.gz")).unwrap())
}

fn expected() -> Json {
    serde_json::from_reader(File::open(golden("expected.json")).unwrap()).unwrap()
}

#[test]
fn operators_are_pytorchs_averages() {
    let (trace, expected) = (trace(), expected());
    assert_eq!(trace.notices(), []);
    let rows = trace.operators(&Filter {
        category: Some("cpu_op".to_owned()),
        step: None,
    });
    let averages = expected["averages"].as_object().unwrap();
    assert!(averages.len() > 20);
    let ours: BTreeMap<&str, _> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
    for (name, average) in averages {
        let row = ours[name.as_str()];
        assert_eq!(row.calls, average["calls"].as_u64().unwrap(), "{name}");
        // PyTorch adds floating-point microseconds; the file holds three decimals of them.
        let own = row.self_ns as f64 / 1e3 - average["self_us"].as_f64().unwrap();
        let total = row.total_ns as f64 / 1e3 - average["total_us"].as_f64().unwrap();
        assert!(
            own.abs() < 1e-3 && total.abs() < 1e-3,
            "{name}: {own} {total}"
        );
        assert!(row.min_ns <= row.max_ns && row.max_ns <= row.total_ns);
    }
    let aten = rows.iter().filter(|row| row.name.starts_with("aten::"));
    assert_eq!(aten.count(), averages.len());
    // The longest own time comes first.
    assert!(rows.is_sorted_by(|a, b| a.self_ns >= b.self_ns));
}

#[test]
fn lanes_categories_and_steps_are_the_files() {
    let (trace, expected) = (trace(), expected());
    assert_eq!(
        trace.events().len() as u64,
        expected["events"].as_u64().unwrap()
    );
    let mut lanes: Vec<Json> = trace
        .lanes()
        .iter()
        .map(|lane| serde_json::json!([lane.process_id, lane.thread_id]))
        .collect();
    lanes.sort_by_key(Json::to_string);
    assert_eq!(Json::from(lanes), expected["lanes"]);
    // The profiler's own lane is told to come last.
    let names: Vec<&str> = trace
        .lanes()
        .iter()
        .map(|lane| lane.process.as_str())
        .collect();
    assert_eq!(names, ["python", ""]);
    assert!(trace.lanes()[0].thread.contains("python"));
    assert_eq!(trace.lanes()[0].labels, "CPU");

    for row in trace.category_times(&Filter::default()) {
        let known = &expected["categories"][&row.category];
        assert_eq!(row.calls, known["calls"].as_u64().unwrap(), "{row:?}");
        assert_eq!(row.total_ns, known["total_ns"].as_u64().unwrap(), "{row:?}");
        assert!(!row.is_device);
    }
    let steps = expected["steps"].as_array().unwrap();
    assert_eq!(trace.steps().len(), steps.len());
    for (step, known) in trace.steps().iter().zip(steps) {
        assert_eq!(step.name, known["name"].as_str().unwrap());
        assert_eq!(step.duration_ns, known["duration_ns"].as_u64().unwrap());
        assert_eq!(step.spent_ns.iter().sum::<u64>(), step.duration_ns);
    }
    assert_eq!(trace.steps()[0].number, Some(1));
    // What a step holds is within it.
    let of_steps: u64 = (0..steps.len())
        .map(|step| {
            let rows = trace.operators(&Filter {
                category: Some("cpu_op".to_owned()),
                step: Some(step),
            });
            rows.iter().map(|row| row.calls).sum::<u64>()
        })
        .sum();
    assert_eq!(
        of_steps,
        expected["categories"]["cpu_op"]["calls"].as_u64().unwrap()
    );
}

#[test]
fn own_times_of_a_lane_add_up() {
    let trace = trace();
    let lane = 0;
    let events = trace.events().iter().filter(|event| event.lane() == lane);
    let own: u64 = events.clone().map(|event| event.self_ns).sum();
    let outermost = events.filter(|event| event.row() == 0);
    assert_eq!(own, outermost.map(|event| event.duration_ns).sum::<u64>());
}

#[test]
fn arguments_are_found_again() {
    let (trace, expected) = (trace(), expected());
    let known = &expected["first_conv2d"];
    let event = trace
        .events()
        .iter()
        .filter(|event| trace.name(event) == "aten::conv2d")
        .min_by_key(|event| event.start_ns)
        .unwrap();
    assert_eq!(event.duration_ns, known["duration_ns"].as_u64().unwrap());
    let zipped = File::open(golden("worker.pt.trace.json.gz")).unwrap();
    let found = arguments(zipped, event.offset).unwrap();
    let known = known["args"].as_object().unwrap();
    assert_eq!(found.len(), known.len());
    for (name, text) in &found {
        assert_eq!(text, known[name].as_str().unwrap(), "{name}");
    }
    // The same from the plain text.
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(File::open(golden("worker.pt.trace.json.gz")).unwrap())
        .read_to_end(&mut text)
        .unwrap();
    assert_eq!(arguments(&text[event.offset as usize..], 0).unwrap(), found);
    assert_eq!(arguments(text.as_slice(), event.offset).unwrap(), found);
    assert_eq!(
        arguments(text.as_slice(), 1 << 40).unwrap_err().kind(),
        std::io::ErrorKind::UnexpectedEof
    );
    assert_eq!(
        arguments(text.as_slice(), event.offset + 3)
            .unwrap_err()
            .kind(),
        std::io::ErrorKind::InvalidData
    );
}

//! What events mean: small traces, and the values that follow from them by hand.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_trace::{Filter, NoticeKind, Role, Trace, WindowQuery};

/// A trace of a GPU, with the keys and categories that Kineto writes.
const GPU: &str = r#"{
  "schemaVersion": 1,
  "deviceProperties": [{"id": 0, "name": "NVIDIA H100"}],
  "traceEvents": [
    {"ph": "M", "name": "process_name", "ts": 1000, "pid": 9, "tid": 0, "args": {"name": "python"}},
    {"ph": "M", "name": "process_labels", "ts": 1000, "pid": 9, "tid": 0, "args": {"labels": "CPU"}},
    {"ph": "M", "name": "process_sort_index", "ts": 1000, "pid": 9, "tid": 0, "args": {"sort_index": 9}},
    {"ph": "M", "name": "process_name", "ts": 1000, "pid": 0, "tid": 0, "args": {"name": "python"}},
    {"ph": "M", "name": "process_labels", "ts": 1000, "pid": 0, "tid": 0, "args": {"labels": "GPU 0"}},
    {"ph": "M", "name": "process_sort_index", "ts": 1000, "pid": 0, "tid": 0, "args": {"sort_index": 5000000}},
    {"ph": "M", "name": "thread_name", "ts": 1000, "pid": 0, "tid": 7, "args": {"name": "stream 7 "}},
    {"ph": "X", "cat": "user_annotation", "name": "ProfilerStep#4", "pid": 9, "tid": 9, "ts": 1000, "dur": 100},
    {"ph": "X", "cat": "gpu_user_annotation", "name": "ProfilerStep#4", "pid": 0, "tid": 7, "ts": 1030, "dur": 60},
    {"ph": "X", "cat": "cpu_op", "name": "aten::linear", "pid": 9, "tid": 9, "ts": 1010, "dur": 30, "args": {"External id": 3}},
    {"ph": "X", "cat": "cpu_op", "name": "aten::addmm", "pid": 9, "tid": 9, "ts": 1012, "dur": 20, "args": {"External id": 4}},
    {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 9, "tid": 9, "ts": 1020, "dur": 5, "args": {"External id": 4, "correlation": 77}},
    {"ph": "X", "cat": "kernel", "name": "ampere_sgemm", "pid": 0, "tid": 7, "ts": 1030, "dur": 40,
     "args": {"External id": 4, "device": 0, "stream": 7, "correlation": 77, "blocks per SM": 0.5, "grid": [4, 1, 1], "est. achieved occupancy %": 40}},
    {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy DtoH", "pid": 0, "tid": 7, "ts": 1070, "dur": 10, "args": {"External id": 3}},
    {"ph": "X", "cat": "kernel", "name": "ampere_sgemm", "pid": 0, "tid": 7, "ts": 1080, "dur": 10,
     "args": {"External id": 99, "blocks per SM": 1.5, "est. achieved occupancy %": 60}},
    {"ph": "X", "cat": "kernel", "name": "ncclKernel_AllReduce", "pid": 0, "tid": 7, "ts": 1120, "dur": 8, "args": {}},
    {"ph": "s", "id": 77, "pid": 9, "tid": 9, "ts": 1020, "cat": "ac2g", "name": "ac2g"},
    {"ph": "f", "id": 77, "pid": 0, "tid": 7, "ts": 1030, "cat": "ac2g", "name": "ac2g", "bp": "e"},
    {"name": "Record Window End", "ph": "i", "s": "g", "pid": "", "tid": "", "ts": 1140}
  ],
  "traceName": "x"
}"#;

fn read(events: &str) -> Trace {
    Trace::read(format!(r#"{{"traceEvents": [{events}]}}"#).as_bytes())
}

fn x(name: &str, start: &str, duration: &str) -> String {
    format!(
        r#"{{"ph": "X", "name": "{name}", "cat": "cpu_op", "pid": 1, "tid": 1, "ts": {start}, "dur": {duration}}}"#
    )
}

#[test]
fn kernels_belong_to_the_operators_that_started_them() {
    let trace = Trace::read(GPU.as_bytes());
    assert_eq!(trace.notices(), []);
    let rows = trace.operators(&Filter::default());
    let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
    let linear = row("aten::linear");
    assert_eq!((linear.self_ns, linear.total_ns), (10_000, 30_000));
    assert_eq!(
        (linear.device_self_ns, linear.device_total_ns),
        (10_000, 50_000)
    );
    let addmm = row("aten::addmm");
    assert_eq!((addmm.self_ns, addmm.total_ns), (15_000, 20_000));
    assert_eq!(
        (addmm.device_self_ns, addmm.device_total_ns),
        (40_000, 40_000)
    );
    // The call of the runtime has the operator's number, and is none.
    assert_eq!(row("cudaLaunchKernel").device_total_ns, 0);
    assert!(rows.iter().all(|row| row.category != "kernel"));

    let kernels = trace.kernels(&Filter::default());
    let names: Vec<&str> = kernels.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        ["ampere_sgemm", "Memcpy DtoH", "ncclKernel_AllReduce"]
    );
    let sgemm = &kernels[0];
    assert_eq!((sgemm.calls, sgemm.total_ns), (2, 50_000));
    assert_eq!((sgemm.min_ns, sgemm.max_ns), (10_000, 40_000));
    // Weighted by duration: (40 · 40 + 60 · 10) / 50, (0.5 · 40 + 1.5 · 10) / 50.
    assert_eq!(sgemm.occupancy_percent, Some(44.0));
    assert!((sgemm.blocks_per_sm.unwrap() - 0.7).abs() < 1e-12);
    assert_eq!(kernels[1].occupancy_percent, None);
}

#[test]
fn a_step_is_spent_on_the_most_telling_thing() {
    let trace = Trace::read(GPU.as_bytes());
    // Its mirror on the device is no step.
    assert_eq!(trace.steps().len(), 1);
    let step = &trace.steps()[0];
    assert_eq!(
        (step.number, step.start_ns, step.duration_ns),
        (Some(4), 0, 100_000)
    );
    let spent = |role: Role| step.spent_ns[role as usize];
    assert_eq!(spent(Role::Kernel), 50_000);
    assert_eq!(spent(Role::Memcpy), 10_000);
    assert_eq!(spent(Role::Memset), 0);
    // It comes behind the step.
    assert_eq!(spent(Role::Communication), 0);
    assert_eq!(spent(Role::Runtime), 5_000);
    // 1010 to 1040 without 1020 to 1025 and what the kernel covers from 1030 on.
    assert_eq!(spent(Role::CpuOperator), 15_000);
    assert_eq!(spent(Role::Other), 20_000);
    assert_eq!(trace.device_busy_ns(), 68_000);
    assert!(trace.has_device());
    assert_eq!(trace.duration_ns(), 128_000);
    assert_eq!(trace.start_ns(), 1_000_000);
}

#[test]
fn lanes_are_named_and_sorted() {
    let trace = Trace::read(GPU.as_bytes());
    let lanes: Vec<_> = trace
        .lanes()
        .iter()
        .map(|lane| {
            let (process, thread) = (lane.process_id.as_str(), lane.thread_id.as_str());
            (
                process,
                lane.labels.as_str(),
                thread,
                lane.thread.as_str(),
                lane.rows,
            )
        })
        .collect();
    assert_eq!(
        lanes,
        [
            ("9", "CPU", "9", "", 4),
            ("0", "GPU 0", "7", "stream 7 ", 2)
        ]
    );
    assert_eq!(trace.metadata()[0].name, "schemaVersion");
    assert_eq!(trace.metadata()[1].text, "x");
}

#[test]
fn calls_in_calls() {
    // An outer call, two in a row within, one of them with one of the same beginning and end in it.
    let events = [
        x("inner", "2", "3"),
        x("outer", "0", "10"),
        x("inner", "5", "4"),
        x("innermost", "5", "4"),
        x("next", "10", "1"),
        x("nothing", "10", "0"),
    ];
    let trace = read(&events.join(","));
    let found: Vec<_> = trace
        .events()
        .iter()
        .map(|event| {
            (
                trace.name(event),
                event.row(),
                event.start_ns,
                event.self_ns,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("outer", 0, 0, 3_000),
            ("next", 0, 10_000, 1_000),
            ("inner", 1, 2_000, 3_000),
            ("inner", 1, 5_000, 0),
            ("nothing", 1, 10_000, 0),
            ("innermost", 2, 5_000, 4_000),
        ]
    );
    let row = &trace.operators(&Filter::default())[1];
    assert_eq!(
        (row.name.as_str(), row.calls, row.total_ns, row.self_ns),
        ("inner", 2, 7_000, 3_000)
    );
}

#[test]
fn a_call_that_outlasts_its_outer_one_overlaps_in_no_row() {
    let trace = read(&[x("a", "0", "10"), x("b", "5", "10"), x("c", "12", "2")].join(","));
    let rows: Vec<_> = trace
        .events()
        .iter()
        .map(|event| (trace.name(event), event.row(), event.self_ns))
        .collect();
    assert_eq!(rows, [("a", 0, 5_000), ("b", 1, 8_000), ("c", 2, 2_000)]);
}

#[test]
fn beginnings_and_ends_are_calls_too() {
    let trace = read(
        r#"{"ph":"B","name":"a","pid":"p","tid":"t","ts":1},
           {"ph":"B","name":"b","pid":"p","tid":"t","ts":2},
           {"ph":"E","pid":"p","tid":"t","ts":4},
           {"ph":"E","pid":"p","tid":"t","ts":9},
           {"ph":"E","pid":"p","tid":"t","ts":10},
           {"ph":"B","name":"open","pid":"p","tid":"t","ts":5},
           {"ph":"i","name":"mark","pid":"p","tid":"t","ts":100},
           {"ph":"C","name":"counter","pid":"p","tid":"t","ts":100,"args":{"n":1}}"#,
    );
    let found: Vec<_> = trace
        .events()
        .iter()
        .map(|event| (trace.name(event), event.start_ns, event.duration_ns))
        .collect();
    // What never ends lasts until the last end there is.
    assert_eq!(
        found,
        [("a", 0, 8_000), ("b", 1_000, 2_000), ("open", 4_000, 4_000)]
    );
    let notices: Vec<_> = trace
        .notices()
        .iter()
        .map(|n| (n.kind, n.message.as_str()))
        .collect();
    assert_eq!(
        notices,
        [(NoticeKind::Damaged, "1 ends of events have no beginning")]
    );
}

#[test]
fn the_list_alone_is_a_trace_even_without_its_end() {
    for text in [
        format!("[{}]", x("a", "1", "2")),
        format!("\u{feff}[{},{}", x("a", "1", "2"), x("b", "1", "1")),
        format!("[{},\n", x("a", "1", "2")),
    ] {
        let trace = Trace::read(text.as_bytes());
        assert!(!trace.events().is_empty(), "{text}");
        assert_eq!(trace.notices(), [], "{text}");
    }
    let empty = Trace::read(&br#"{"traceEvents": []}"#[..]);
    assert!(empty.events().is_empty() && empty.notices().is_empty());
    assert_eq!(empty.duration_ns(), 0);
}

#[test]
fn times_since_1970_keep_their_nanoseconds() {
    let trace = read(
        &[
            x("a", "1790857026000000.001", "0.002"),
            x("b", "1790857026000000.004", "1.0"),
        ]
        .join(","),
    );
    let times: Vec<_> = trace
        .events()
        .iter()
        .map(|e| (e.start_ns, e.duration_ns))
        .collect();
    assert_eq!(times, [(0, 2), (3, 1_000)]);
}

#[test]
fn names_keep_what_they_hold() {
    let trace = read(
        r#"{"ph":"X","name":"a\"\\\/\n\u00e9\ud83d\ude00\ud83d<b>\q","pid":1,"tid":1,"ts":0,"dur":1}"#,
    );
    assert_eq!(trace.name(&trace.events()[0]), "a\"\\/\né😀<b>\\q");
    let long = "x".repeat(5_000);
    let trace = read(&x(&long, "0", "1"));
    assert_eq!(
        trace.name(&trace.events()[0]).len(),
        glassboard_trace::MAX_NAME_BYTES
    );
}

#[test]
fn windows_show_what_pixels_can() {
    // Ten calls of 10 ns every 100 ns, then one of 1 µs.
    let mut events: Vec<String> = (0..10)
        .map(|i| x(&format!("short{i}"), &format!("0.{i}"), "0.01"))
        .collect();
    events.push(x("long", "2", "1"));
    let trace = read(&events.join(","));
    let window = |from_ns, to_ns, width, find: &str| {
        let window = trace.window(&WindowQuery {
            from_ns,
            to_ns,
            width,
            lanes: None,
            find: find.to_owned(),
        });
        let spans = window.spans.iter();
        let spans: Vec<_> = spans
            .map(|span| (span.start_ns, span.end_ns, span.count, span.is_hit))
            .collect();
        (window.pixel_ns, spans)
    };
    // A pixel is 300 ns: the short ones are one span.
    let (pixel, spans) = window(0, 3_000, 10, "SHORT7");
    assert_eq!(pixel, 300);
    assert_eq!(spans, [(0, 910, 10, true), (2_000, 3_000, 1, false)]);
    // A pixel is 30 ns: they are further apart than that.
    let (_, spans) = window(0, 3_000, 100, "");
    assert_eq!(spans.len(), 11);
    assert_eq!(spans[1], (100, 110, 1, false));
    // Only what touches the window.
    let (_, spans) = window(205, 320, 115, "");
    assert_eq!(spans, [(200, 210, 1, false), (300, 310, 1, false)]);
    let elsewhere = WindowQuery {
        from_ns: 0,
        to_ns: 10,
        width: 10,
        lanes: Some(vec![5, 0, 0]),
        find: String::new(),
    };
    assert_eq!(trace.window(&elsewhere).spans.len(), 1);
    let found = trace.search("short", 3);
    assert_eq!((found.count, found.total_ns), (10, 100));
    let first: Vec<&str> = found
        .hits
        .iter()
        .map(|hit| trace.name(&trace.events()[hit.event]))
        .collect();
    assert_eq!(first, ["short0", "short1", "short2"]);
    assert_eq!(trace.search("", 3).count, 0);
    assert_eq!(trace.search("nothing", 3).count, 0);
}

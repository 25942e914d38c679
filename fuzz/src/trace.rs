use glassboard_trace::{Filter, Trace, WindowQuery, arguments};

/// No bytes make the reader of traces panic, and what it makes of them is sound: events lie in lanes, rows do not
/// overlap, times add up, and a window shows every event.
pub fn trace(data: &[u8]) {
    let trace = Trace::read(data);
    let lanes = trace.lanes();
    let events: usize = lanes.iter().map(glassboard_trace::Lane::len).sum();
    assert_eq!(events, trace.events().len());
    for event in trace.events() {
        assert!(event.end_ns() <= trace.duration_ns());
        assert!(event.self_ns <= event.duration_ns);
        assert!(event.row() < lanes[event.lane()].rows);
    }
    for pair in trace.events().windows(2) {
        let same = pair[0].lane() == pair[1].lane() && pair[0].row() == pair[1].row();
        // Calls beyond the last row lie in it together.
        if same && pair[0].row() + 1 < glassboard_trace::MAX_ROWS {
            assert!(pair[0].end_ns() <= pair[1].start_ns);
        }
    }
    for step in [None, Some(0)] {
        let filter = Filter {
            category: None,
            step,
        };
        trace.operators(&filter);
        trace.kernels(&filter);
        trace.category_times(&filter);
    }
    for step in trace.steps() {
        assert_eq!(step.spent_ns.iter().sum::<u64>(), step.duration_ns);
    }
    let window = trace.window(&WindowQuery {
        from_ns: 0,
        to_ns: trace.duration_ns(),
        width: 100,
        lanes: None,
        find: "a".to_owned(),
    });
    let shown: u64 = window.spans.iter().map(|span| u64::from(span.count)).sum();
    assert_eq!(shown, trace.events().len() as u64);
    trace.search("a", 10);
    if let Some(event) = trace.events().first() {
        // An event that was read can be read again, unless what is behind its beginning was taken for another one.
        let _ = arguments(data, event.offset);
    }
}

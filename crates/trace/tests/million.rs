//! A trace of a million events.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::io::{self, Read};
use std::time::Instant;

use glassboard_trace::{Filter, Trace, WindowQuery};

const STEPS: u64 = 1_000;
const OPERATORS: u64 = 333;

/// Writes a trace while it is read, so that nothing holds it whole: in each step 333 operators, each with a call within
/// and a kernel.
#[derive(Default)]
struct Generated {
    step: u64,
    operator: u64,
    pending: Vec<u8>,
    at: usize,
    total: u64,
}

impl Generated {
    fn next(&mut self) {
        use std::io::Write as _;
        self.pending.clear();
        self.at = 0;
        let out = &mut self.pending;
        if self.step == STEPS {
            if self.operator == 0 {
                out.extend_from_slice(b"]}");
                self.operator = 1;
            }
            return;
        }
        let (step, operator) = (self.step, self.operator);
        if step == 0 && operator == 0 {
            out.extend_from_slice(br#"{"schemaVersion": 1, "traceEvents": ["#);
        }
        let start = 1_790_857_026_000_000 + step * 10_000;
        if operator == 0 {
            let comma = if step == 0 { "" } else { "," };
            write!(out, r#"{comma}
  {{"ph": "X", "cat": "user_annotation", "name": "ProfilerStep#{step}", "pid": 5, "tid": 5, "ts": {start}.125, "dur": 9990.500}}"#).unwrap();
        }
        let at = start + 10 + operator * 20;
        let id = step * OPERATORS + operator + 1;
        let dims = r#""Input Dims": [[8, 3, 224, 224], [64, 3, 7, 7], [], [], [], [], []], "Input type": ["float", "float", "", "ScalarList", "ScalarList", "ScalarList", "Scalar"]"#;
        write!(out, r#",
  {{"ph": "X", "cat": "cpu_op", "name": "aten::op{}", "pid": 5, "tid": 5, "ts": {at}.001, "dur": 15.250, "args": {{"External id": {id}, {dims}}}}},
  {{"ph": "X", "cat": "cpu_op", "name": "aten::inner", "pid": 5, "tid": 5, "ts": {at}.500, "dur": 5.125, "args": {{"External id": 0, "Ev Idx": {id}}}}},
  {{"ph": "X", "cat": "kernel", "name": "kernel{}", "pid": 0, "tid": 7, "ts": {at}.900, "dur": 12.000, "args": {{"External id": {id}, "stream": 7, "est. achieved occupancy %": 50, "blocks per SM": 2}}}}"#,
            operator % 40, operator % 7).unwrap();
        self.operator += 1;
        if self.operator == OPERATORS {
            self.operator = 0;
            self.step += 1;
        }
    }
}

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.pending.len() {
            self.next();
        }
        let rest = &self.pending[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        self.total += count as u64;
        Ok(count)
    }
}

#[test]
fn a_million_events() {
    let mut source = Generated::default();
    let begun = Instant::now();
    let trace = Trace::read(&mut source);
    let read = begun.elapsed();
    assert_eq!(trace.notices(), []);
    assert_eq!(trace.events().len() as u64, STEPS * (3 * OPERATORS + 1));
    assert_eq!(trace.events().len(), 1_000_000);
    assert!(size_of_val(trace.events()) <= 48_000_000);

    let begun = Instant::now();
    let rows = trace.operators(&Filter {
        category: Some("cpu_op".to_owned()),
        step: None,
    });
    let tables = begun.elapsed();
    assert_eq!(rows.len(), 41);
    let inner = rows.iter().find(|row| row.name == "aten::inner").unwrap();
    assert_eq!((inner.calls, inner.total_ns), (333_000, 333_000 * 5_125));
    let first = rows.iter().find(|row| row.name == "aten::op0").unwrap();
    // Operators 0, 40, … 320 of each step.
    assert_eq!((first.calls, first.total_ns), (9_000, 9_000 * 15_250));
    assert_eq!(first.self_ns, 9_000 * (15_250 - 5_125));
    assert_eq!(first.device_total_ns, 9_000 * 12_000);
    let of_step = trace.operators(&Filter {
        category: Some("cpu_op".to_owned()),
        step: Some(500),
    });
    assert_eq!(of_step.iter().map(|row| row.calls).sum::<u64>(), 666);
    assert_eq!(trace.kernels(&Filter::default()).len(), 7);
    assert_eq!(trace.steps().len() as u64, STEPS);
    assert_eq!(trace.steps()[7].duration_ns, 9_990_500);
    assert_eq!(trace.steps()[7].spent_ns[0], 333 * 12_000);
    assert_eq!(trace.device_busy_ns(), 333_000 * 12_000);

    let begun = Instant::now();
    let all = trace.window(&WindowQuery {
        from_ns: 0,
        to_ns: trace.duration_ns(),
        width: 1_500,
        lanes: None,
        find: "op39".to_owned(),
    });
    let window = begun.elapsed();
    assert!(all.spans.len() < 4 * 2 * 1_500, "{}", all.spans.len());
    let shown: u64 = all.spans.iter().map(|span| u64::from(span.count)).sum();
    assert_eq!(shown, 1_000_000);
    assert!(all.spans.iter().any(|span| span.is_hit));
    // A step in full: nothing is joined.
    let step = &trace.steps()[123];
    let close = trace.window(&WindowQuery {
        from_ns: step.start_ns,
        to_ns: step.start_ns + 1_000_000,
        width: 1_500,
        lanes: Some(vec![0]),
        find: String::new(),
    });
    assert!(close.spans.iter().all(|span| span.count == 1));
    assert_eq!(trace.search("aten::op39", 10).count, 8_000);
    println!(
        "{} MB read in {read:.2?}; operators {tables:.2?}, whole timeline {window:.2?}",
        source.total / 1_000_000
    );
}

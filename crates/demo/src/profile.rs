//! What the steps of a training spend their time on, as `torch.profiler` writes it.
//!
//! Every part of a step begins at the very moment at which the part before it ends, so that the parts are all of the
//! step. The tensors of Burn's flex backend are computed at once, not later: the time of a call is that of its work.

use serde_json::{Value, json};
use std::{
    ops::Range,
    process,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// A part of a step. Its name is what readers of traces know it by, where they know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Drawing the digits of the batch anew, and making tensors of them.
    Data,
    /// What the network makes of them, and the loss.
    Forward,
    /// The gradients.
    Backward,
    /// Reading parameters and gradients for the log.
    Statistics,
    /// Learning.
    Optimizer,
    /// Writing the log.
    Logging,
    /// Telling the caller.
    Progress,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Data => "enumerate(DataLoader)#Digits.__next__",
            Self::Forward => "forward",
            Self::Backward => "backward",
            Self::Statistics => "statistics",
            Self::Optimizer => "Optimizer.step#Adam.step",
            Self::Logging => "logging",
            Self::Progress => "progress",
        }
    }

    /// A data loader is known to TensorBoard's plugin (torch-tb-profiler) as an operator only.
    fn category(self) -> &'static str {
        match self {
            Self::Data => "cpu_op",
            _ => "user_annotation",
        }
    }
}

/// Takes the time of some steps.
pub(crate) struct Profiler {
    /// The steps whose time is taken.
    steps: Range<usize>,
    began: Instant,
    /// The same moment by the clock on the wall.
    began_at: SystemTime,
    /// The step that is going on, if its time is taken, and its part.
    step: Option<(usize, Instant)>,
    phase: Option<(Phase, Instant)>,
    /// When the last operation ended, or the part began.
    mark: Instant,
    events: Vec<Value>,
}

impl Profiler {
    /// Takes the time of these steps.
    pub(crate) fn new(steps: Range<usize>) -> Self {
        let now = Instant::now();
        Self {
            steps,
            began: now,
            began_at: SystemTime::now(),
            step: None,
            phase: None,
            mark: now,
            events: Vec::new(),
        }
    }

    /// The last step ends here, and then this one begins.
    pub(crate) fn step(&mut self, number: usize) {
        self.end_step(Instant::now());
        let now = Instant::now();
        self.mark = now;
        self.step = self.steps.contains(&number).then_some((number, now));
    }

    /// The last part of the step ends here, and this one begins.
    pub(crate) fn phase(&mut self, phase: Phase) {
        let Some((_, step_began)) = self.step else {
            return;
        };
        let now = Instant::now();
        // The first part begins with the step.
        let begins = if self.end_phase(now) { now } else { step_began };
        self.phase = Some((phase, begins));
        self.mark = begins;
    }

    /// An operation ends here that began with the end of the one before it, or with the part of the step.
    pub(crate) fn lap(&mut self, op: &str, layer: &str, made: &[usize]) {
        if self.step.is_none() {
            return;
        }
        let now = Instant::now();
        let mut about = serde_json::Map::new();
        if !layer.is_empty() {
            about.insert("Module".to_owned(), layer.into());
        }
        if !made.is_empty() {
            about.insert("Output Dims".to_owned(), json!(made));
        }
        // Were it to begin at the very end of the one before, whoever adds microseconds in floating point, as
        // TensorBoard's plugin does, would see them overlap.
        let begins = (self.mark + Duration::from_nanos(1)).min(now);
        self.push("cpu_op", op, (begins, now), about);
        self.mark = now;
    }

    /// The trace, once the last of its steps has ended: JSON as `torch.profiler` exports it, in microseconds.
    pub(crate) fn take_trace(&mut self) -> Option<Vec<u8>> {
        if self.step.is_some() || self.events.is_empty() {
            return None;
        }
        let process = process::id();
        let about = |name: &str, thread: u32, args: Value| json!({"ph": "M", "name": name, "ts": 0, "pid": process, "tid": thread, "args": args});
        let mut events = vec![
            about("process_name", 0, json!({"name": "glassboard demo"})),
            about("process_labels", 0, json!({"labels": "CPU"})),
            about("process_sort_index", 0, json!({"sort_index": process})),
            about(
                "thread_name",
                process,
                json!({"name": format!("thread {process} (training)")}),
            ),
            about("thread_sort_index", process, json!({"sort_index": process})),
        ];
        events.append(&mut self.events);
        let since_epoch = self.began_at.duration_since(UNIX_EPOCH);
        let trace = json!({
            "schemaVersion": 1,
            "deviceProperties": [],
            "displayTimeUnit": "ms",
            "baseTimeNanoseconds": since_epoch.unwrap_or_default().as_nanos() as u64,
            "traceEvents": events,
        });
        Some(trace.to_string().into_bytes())
    }

    /// Whether a part was going on.
    fn end_phase(&mut self, now: Instant) -> bool {
        let Some((phase, began)) = self.phase.take() else {
            return false;
        };
        let nothing = serde_json::Map::new();
        self.push(phase.category(), phase.name(), (began, now), nothing);
        true
    }

    fn end_step(&mut self, now: Instant) {
        self.end_phase(now);
        if let Some((number, began)) = self.step.take() {
            let name = format!("ProfilerStep#{number}");
            let nothing = serde_json::Map::new();
            self.push("user_annotation", &name, (began, now), nothing);
        }
    }

    fn push(
        &mut self,
        category: &str,
        name: &str,
        (from, to): (Instant, Instant),
        mut about: serde_json::Map<String, Value>,
    ) {
        let number = self.events.len();
        about.insert("External id".to_owned(), (number + 1).into());
        about.insert("Ev Idx".to_owned(), number.into());
        let process = process::id();
        self.events.push(json!({
            "ph": "X",
            "cat": category,
            "name": name,
            "pid": process,
            "tid": process,
            "ts": micros(from.duration_since(self.began)),
            "dur": micros(to.duration_since(from)),
            "args": about,
        }));
    }
}

/// Microseconds, to the nanosecond.
fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use super::{Phase, Profiler};
    use serde_json::Value;

    #[test]
    fn parts_follow_one_another_and_are_all_of_their_step() {
        let mut profiler = Profiler::new(1..3);
        for step in 0..4 {
            profiler.step(step);
            profiler.phase(Phase::Data);
            profiler.phase(Phase::Forward);
            profiler.lap("conv2d", "conv1", &[2, 3]);
            profiler.lap("relu", "", &[2, 3]);
            profiler.phase(Phase::Logging);
            if step < 3 {
                assert_eq!(profiler.take_trace(), None, "in the middle of a trace");
            }
        }
        let trace: Value = serde_json::from_slice(&profiler.take_trace().unwrap()).unwrap();
        assert_eq!(profiler.take_trace(), None, "taken once");
        let spans: Vec<(&str, i64, i64)> = trace["traceEvents"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["ph"] == "X")
            .map(|event| {
                let nanos = |key: &str| (event[key].as_f64().unwrap() * 1e3).round() as i64;
                (
                    event["name"].as_str().unwrap(),
                    nanos("ts"),
                    nanos("ts") + nanos("dur"),
                )
            })
            .collect();
        let names: Vec<&str> = spans.iter().map(|(name, _, _)| *name).collect();
        let of_step = [
            "enumerate(DataLoader)#Digits.__next__",
            "conv2d",
            "relu",
            "forward",
            "logging",
        ];
        let expected: Vec<&str> = of_step
            .into_iter()
            .chain(["ProfilerStep#1"])
            .chain(of_step)
            .chain(["ProfilerStep#2"])
            .collect();
        assert_eq!(names, expected);
        for step in spans.chunks(6) {
            let [data, convolution, relu, forward, logging, whole] = step else {
                panic!("{} spans", step.len())
            };
            assert_eq!((data.1, data.2), (whole.1, forward.1));
            assert_eq!((forward.2, logging.2), (logging.1, whole.2));
            assert!(convolution.1 <= forward.1 + 1 && convolution.2 <= relu.1);
            assert!(relu.1 <= convolution.2 + 1 && relu.2 <= forward.2);
        }
        assert!(spans[5].2 <= spans[11].1, "one step after the other");
    }
}

//! Profiler traces as an index.
//!
//! PyTorch's profiler (and many other programs) writes what happened as Chrome's trace events: JSON, plain or gzipped,
//! hundreds of megabytes of it. [`Trace::read`] goes through such a stream once, in a buffer of fixed size, and keeps 48
//! bytes for each event that has a duration. From that come
//!
//! - [`Trace::lanes`], the threads and streams, whose nested calls lie in rows;
//! - [`Trace::operators`] and [`Trace::kernels`], [`Trace::category_times`] and [`Trace::steps`];
//! - [`Trace::window`], a part of the timeline reduced to what its pixels can show, and [`Trace::search`];
//! - [`arguments`], what the file says of one event beside its times.
//!
//! What is read is untrusted: whatever the bytes, reading ends, takes bounded memory, and says in [`Trace::notices`]
//! what was wrong. Nothing here knows files, logs or HTTP.
//!
//! ```
//! use glassboard_trace::{Filter, Trace};
//!
//! let json = r#"{"traceEvents": [
//!   {"ph": "X", "cat": "cpu_op", "name": "aten::linear", "pid": 1, "tid": 1, "ts": 10, "dur": 5},
//!   {"ph": "X", "cat": "cpu_op", "name": "aten::addmm", "pid": 1, "tid": 1, "ts": 11, "dur": 3.5}
//! ]}"#;
//! let trace = Trace::read(json.as_bytes());
//! let operators = trace.operators(&Filter::default());
//! // The longest own time first.
//! assert_eq!(operators[0].name, "aten::addmm");
//! assert_eq!((operators[1].total_ns, operators[1].self_ns), (5_000, 1_500));
//! ```

mod arguments;
mod build;
mod number;
mod read;
mod role;
mod scan;
mod steps;
mod tables;
mod timeline;

use std::io::Read;
use std::ops::Range;

pub use arguments::{Arguments, MAX_ARGUMENTS, arguments};
pub use build::{MAX_EVENTS, MAX_LANES, MAX_NAMES_BYTES, MAX_ROWS};
pub use read::{MAX_NAME_BYTES, MAX_TEXT_BYTES};
pub use role::Role;
pub use tables::{CategoryTimes, Filter, KernelTimes, OperatorTimes};
pub use timeline::{Found, Hit, Span, Window, WindowQuery};

use build::{DeviceTime, KernelFigures};

/// A trace, indexed. Times are nanoseconds since its first event.
#[derive(Debug)]
pub struct Trace {
    /// By lane, row and start; those of a row do not overlap, but for those of the last possible row.
    events: Vec<Event>,
    lanes: Vec<Lane>,
    names: Vec<Box<str>>,
    categories: Vec<Box<str>>,
    /// Of each category.
    roles: Vec<Role>,
    kernels: Vec<KernelFigures>,
    device_times: Vec<DeviceTime>,
    steps: Vec<Step>,
    device_busy_ns: u64,
    duration_ns: u64,
    start_ns: i64,
    metadata: Vec<Metadata>,
    notices: Vec<Notice>,
}

/// A call, or anything else that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it begins.
    pub start_ns: u64,
    /// How long it takes.
    pub duration_ns: u64,
    /// How much of that is not time of the calls directly within it.
    pub self_ns: u64,
    /// Where it begins in the (inflated) text of the file.
    pub offset: u64,
    name: u32,
    lane: u32,
    external: u32,
    category: u16,
    row: u16,
}

impl Event {
    /// When it ends.
    pub fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }

    /// Position of its lane.
    pub fn lane(&self) -> usize {
        self.lane as usize
    }

    /// How many calls are around it.
    pub fn row(&self) -> u16 {
        self.row
    }

    /// Position of its category.
    pub fn category(&self) -> usize {
        usize::from(self.category)
    }
}

/// A thread, or a stream of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Name of the process, where the trace says it.
    pub process: String,
    /// More words on the process, as `CPU` or `GPU 0`.
    pub labels: String,
    /// As the trace has it: a number or a text.
    pub process_id: String,
    /// Name of the thread, where the trace says it.
    pub thread: String,
    /// As the trace has it: a number or a text.
    pub thread_id: String,
    /// How many calls are within one another at most.
    pub rows: u16,
    sort_index: i64,
    events: Range<usize>,
}

impl Lane {
    /// Number of its events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it has no events.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// A step of the profiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// As it stands in the trace: `ProfilerStep#3`.
    pub name: String,
    /// The 3 of it.
    pub number: Option<u64>,
    /// When it begins.
    pub start_ns: u64,
    /// How long it takes.
    pub duration_ns: u64,
    /// What its time was spent on, in the order of [`Role::ALL`]; the sum is the duration. A moment that several roles
    /// share counts for the first of them.
    pub spent_ns: [u64; 8],
}

/// A text that a trace holds beside its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Its key.
    pub name: String,
    /// Its value.
    pub text: String,
}

/// What kind of thing is wrong with a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoticeKind {
    /// It ends before its end.
    Cut,
    /// Something within is not as it should be.
    Damaged,
    /// It is larger than what is kept.
    TooLarge,
    /// It is something else.
    NoTrace,
}

/// Something that is wrong with a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What kind of thing it is.
    pub kind: NoticeKind,
    /// What was expected, what came, and where.
    pub message: String,
}

impl Trace {
    /// Reads a trace from its JSON, plain or gzipped. What cannot be read is left out; [`Self::notices`] says so.
    ///
    /// Memory: 48 bytes an event, at most [`MAX_EVENTS`] of them, and each name once, at most [`MAX_NAMES_BYTES`] in
    /// all; kernels take 40 bytes more.
    pub fn read(mut source: impl Read) -> Self {
        read::read(&mut source)
    }

    /// The events that have a duration.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Threads and streams in the order in which they are to be shown.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The categories, by number.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        self.categories.iter().map(|category| &**category)
    }

    /// The name of an event.
    pub fn name(&self, event: &Event) -> &str {
        self.names.get(event.name as usize).map_or("", |name| name)
    }

    /// The category of an event.
    pub fn category(&self, event: &Event) -> &str {
        let category = self.categories.get(event.category());
        category.map_or("", |category| category)
    }

    /// What an event's time was spent on.
    pub fn role(&self, event: &Event) -> Role {
        let of_category = self.roles.get(event.category()).copied();
        of_category.unwrap_or(Role::Other).refined(self.name(event))
    }

    /// Steps of the profiler, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// From the first beginning to the last end.
    pub fn duration_ns(&self) -> u64 {
        self.duration_ns
    }

    /// Time of the first event by the trace's own clock.
    pub fn start_ns(&self) -> i64 {
        self.start_ns
    }

    /// How long the device did anything at all.
    pub fn device_busy_ns(&self) -> u64 {
        self.device_busy_ns
    }

    /// Whether anything of it happened on a device.
    pub fn has_device(&self) -> bool {
        let mut roles = self.roles.iter();
        roles.any(|role| role.is_device())
    }

    /// What the trace says beside its events.
    pub fn metadata(&self) -> &[Metadata] {
        &self.metadata
    }

    /// What is wrong with it.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Time that an operator caused on the device: directly, and with all calls within it.
    pub fn device_time(&self, event: &Event) -> (u64, u64) {
        let times = &self.device_times;
        let found = times.binary_search_by_key(&event.offset, |time| time.offset);
        found
            .ok()
            .and_then(|at| times.get(at))
            .map_or((0, 0), |time| (time.own_ns, time.total_ns))
    }
}

//! Profiler traces: `GET /api/v1/traces`, `/trace` and what is below it. Times are nanoseconds since the trace's first
//! event.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ColumnRef;

/// `GET /api/v1/traces`: every trace there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceList {
    /// By path.
    pub traces: Vec<TraceEntry>,
}

/// One trace file of the log directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceEntry {
    /// Path below the log directory.
    pub path: String,
    /// The run that it belongs to, or lies beside: its folder.
    pub run: String,
    /// Size of the file.
    pub size_bytes: u64,
    /// When the file was last written, in seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_secs: Option<f64>,
}

/// How far reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TracePhase {
    /// Ask again.
    Reading,
    /// Everything else can be asked for.
    Done,
    /// Somebody has stopped it; asking again begins anew.
    Cancelled,
}

/// `GET /api/v1/trace`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceState {
    /// How far reading is.
    pub phase: TracePhase,
    /// Bytes of the file that are read.
    pub bytes_read: u64,
    /// Bytes of the file.
    pub bytes_total: u64,
    /// What the trace holds, once it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<TraceOverview>,
}

/// A trace without its events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceOverview {
    /// Number of events that have a duration.
    pub events: u64,
    /// From the first beginning to the last end.
    pub duration_ns: u64,
    /// Whether anything happened on a device.
    pub has_device: bool,
    /// How long the device did anything at all.
    pub device_busy_ns: u64,
    /// Threads and streams, in the order in which they are to be shown.
    pub lanes: Vec<TraceLane>,
    /// All categories, the longest own time first.
    pub categories: Vec<TraceCategory>,
    /// Steps of the profiler.
    pub steps: Vec<TraceStep>,
    /// What the trace says beside its events.
    pub metadata: Vec<TraceText>,
    /// What is wrong with it.
    pub notices: Vec<TraceNotice>,
}

/// A thread, or a stream of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceLane {
    /// Name of the process; empty where the trace does not say it.
    pub process: String,
    /// More words on the process, as `CPU` or `GPU 0`.
    pub labels: String,
    /// Number or name of the process.
    pub process_id: String,
    /// Name of the thread; empty where the trace does not say it.
    pub thread: String,
    /// Number or name of the thread.
    pub thread_id: String,
    /// How many calls are within one another at most.
    pub rows: u16,
    /// Number of its events.
    pub events: u64,
}

/// Time by category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceCategory {
    /// As it stands in the trace; may be empty.
    pub category: String,
    /// Number of events.
    pub calls: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// Sum of their durations without those of the calls directly within them.
    pub self_ns: u64,
    /// Whether it is time of the device.
    pub is_device: bool,
}

/// A step of the profiler.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceStep {
    /// `ProfilerStep#3`.
    pub name: String,
    /// The 3 of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// When it begins.
    pub start_ns: u64,
    /// How long it takes.
    pub duration_ns: u64,
    /// What its time was spent on: kernels, memory copies, memory fills, communication, runtime, data loader,
    /// operators on the host, everything else. A moment that several share counts for the first of them; the sum is the
    /// duration.
    pub spent_ns: Vec<u64>,
}

/// A text that a trace holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceText {
    /// Its key.
    pub name: String,
    /// Its value.
    pub text: String,
}

/// What kind of thing is wrong with a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TraceNoticeKind {
    /// It ends before its end, perhaps because it is still being written.
    Cut,
    /// Something within is not as it should be.
    Damaged,
    /// It is larger than what is kept.
    TooLarge,
    /// It is something else.
    NoTrace,
}

/// Something that is wrong with a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceNotice {
    /// What kind of thing it is.
    pub kind: TraceNoticeKind,
    /// What was expected, what came, and where, in English; the file's path last.
    pub message: String,
}

/// What a table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TraceSort {
    /// The name.
    Name,
    /// The category.
    Category,
    /// How many there are.
    Calls,
    /// Sum of durations.
    Total,
    /// Sum of own times (of kernels: of durations).
    #[serde(rename = "self")]
    Own,
    /// Mean duration.
    Mean,
    /// The shortest.
    Min,
    /// The longest.
    Max,
    /// Time on the device (of kernels: of durations).
    DeviceTotal,
    /// Own time on the device (of kernels: of durations).
    DeviceSelf,
    /// Occupancy (of kernels).
    Occupancy,
    /// Blocks for each processor (of kernels).
    Blocks,
}

/// `GET /api/v1/trace/operators`: calls on the host by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceOperators {
    /// How many rows there are in all.
    pub total: u64,
    /// Sum of the own times of all rows.
    pub self_ns: u64,
    /// Sum of the own times on the device of all rows.
    pub device_self_ns: u64,
    /// The rows that were asked for.
    pub rows: Vec<TraceOperator>,
}

/// All calls of one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceOperator {
    /// The name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// How many there are.
    pub calls: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// Sum of their durations without those of the calls directly within them.
    pub self_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// Time on the device that they and the calls within them have caused.
    pub device_total_ns: u64,
    /// Time on the device that they have caused themselves.
    pub device_self_ns: u64,
}

/// `GET /api/v1/trace/kernels`: what ran on the device, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceKernels {
    /// How many rows there are in all.
    pub total: u64,
    /// Sum of the durations of all rows.
    pub total_ns: u64,
    /// The rows that were asked for.
    pub rows: Vec<TraceKernel>,
}

/// All runs of one kernel, copy or filling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceKernel {
    /// The name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// How many there are.
    pub calls: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// Mean estimate of the warps in use, in percent, weighted by duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occupancy_percent: Option<f64>,
    /// Mean number of blocks for each processor, weighted by duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks_per_sm: Option<f64>,
}

/// Header of `GET /api/v1/trace/timeline`: what is to be drawn, by lane, row and start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceWindow {
    /// Length of the columns.
    pub count: u32,
    /// Events shorter than this that are closer than this are one span.
    pub pixel_ns: u64,
    /// The names that spans name by position.
    pub names: Vec<String>,
    /// The categories that spans name by position.
    pub categories: Vec<String>,
    /// Where the columns are.
    pub columns: TraceWindowColumns,
}

/// Columns of a part of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceWindowColumns {
    /// Where a span begins, nanoseconds.
    pub start: ColumnRef,
    /// Where it ends, nanoseconds.
    pub end: ColumnRef,
    /// Number of its (first) event.
    pub event: ColumnRef,
    /// How many events it stands for.
    pub events: ColumnRef,
    /// Position of its lane.
    pub lane: ColumnRef,
    /// Its row within the lane.
    pub row: ColumnRef,
    /// Position of the name of its (first) event.
    pub name: ColumnRef,
    /// Position of the category of its (first) event.
    pub category: ColumnRef,
    /// 1 where one of its events was searched for.
    pub hit: ColumnRef,
}

/// `GET /api/v1/trace/search`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceHits {
    /// How many events there are.
    pub count: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// The first of them by time, at most 1,000.
    pub hits: Vec<TraceHit>,
}

/// An event that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TraceHit {
    /// Number of the event.
    pub event: u64,
    /// When it begins.
    pub start_ns: u64,
    /// How long it takes.
    pub duration_ns: u64,
    /// Position of its lane.
    pub lane: u32,
    /// Its row within the lane.
    pub row: u16,
}

/// `GET /api/v1/trace/event`: all that is known of one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TraceDetail {
    /// The name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// When it begins.
    pub start_ns: u64,
    /// How long it takes.
    pub duration_ns: u64,
    /// Its time without that of the calls directly within it.
    pub self_ns: u64,
    /// Time on the device that it and the calls within it have caused.
    pub device_total_ns: u64,
    /// Position of its lane.
    pub lane: u32,
    /// Its row within the lane.
    pub row: u16,
    /// What the file says beside that, in its order; lists and objects are JSON.
    pub arguments: Vec<TraceText>,
}

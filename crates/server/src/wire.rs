//! The JSON that travels between the server and its clients, and nothing else.
//!
//! These types are the source of the OpenAPI document, from which the page's
//! TypeScript types are generated. Core types are converted into these here in
//! the server; they never derive `Serialize` themselves.
//!
//! Conventions: wall times are seconds since the Unix epoch as `f64`; steps are
//! `i64`; runs are named by [`Run::id`] in batch requests and by name in URLs that
//! people type. Non-finite numbers are the strings `"NaN"`, `"Infinity"` and
//! `"-Infinity"` in JSON, and plain IEEE values in binary columns.

mod curves;
mod graphs;
mod groups;
mod hparams;
mod meshes;
mod models;
mod projector;
mod traces;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use curves::{
    Calibration, Curve, CurveList, CurvePlugin, CurveProblem, CurveProblemKind, CurveQuery,
    CurveRef, CurveSeries,
};
pub use graphs::{
    Graph, GraphEdges, GraphEntry, GraphInput, GraphKind, GraphList, GraphNode, GraphNodeDetail,
    GraphNodeKind, GraphNotice, GraphNoticeKind, GraphOutput, GraphSetting, GraphSource,
    GraphUpload,
};
pub use groups::{GroupBand, GroupHeader, GroupQuery, GroupRuns, GroupSeries};
pub use hparams::{
    HparamColumn, HparamKind, HparamMetric, HparamNotice, HparamNoticeKind, HparamSession,
    HparamStatus, HparamValue, Hparams, HparamsQuery, MetricRef,
};
pub use meshes::{MeshEntry, MeshHeader, MeshList, MeshSeries, MeshStep};
pub use models::{
    ClassNames, Colors, ExplainEvent, ExplainQuery, ExplainTile, ExplainWhat, ModelEntry,
    ModelExplain, ModelInput, ModelList, ModelRow, ModelSummary, PredictedClass, SentPicture,
    WorkerCounts,
};
pub use projector::{
    Embedding, EmbeddingColumn, EmbeddingEntry, EmbeddingList, EmbeddingMetric, EmbeddingNeighbors,
    EmbeddingNotice, EmbeddingNoticeKind, EmbeddingSource, EmbeddingSprite, EmbeddingUpload,
    PointGroup, PointGroupFound, ProjectionAxis, ProjectionAxisFound, ProjectionFrame,
    ProjectionMethod, ProjectionRequest, ProjectionStage,
};
pub use traces::{
    TraceCategory, TraceDetail, TraceEntry, TraceHit, TraceHits, TraceKernel, TraceKernels,
    TraceLane, TraceList, TraceNotice, TraceNoticeKind, TraceOperator, TraceOperators,
    TraceOverview, TracePhase, TraceSort, TraceState, TraceStep, TraceText, TraceWindow,
    TraceWindowColumns,
};

/// What the loader is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Bytes that were there at the start are still being read.
    Loading,
    /// Everything is read; new bytes are being waited for.
    Following,
    /// Everything is read and nothing more will be (`--reload_interval 0`).
    Done,
}

/// `GET /api/v1/status`, and the `status` event of the live stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Status {
    /// Version of the running program.
    pub version: String,
    /// Text for the browser's title bar (`--window_title`, or the log directory).
    pub window_title: String,
    /// The log directory as the user named it.
    pub logdir: String,
    /// What the loader is doing.
    pub phase: Phase,
    /// Bytes of event files read so far.
    pub bytes_read: u64,
    /// Bytes of event files found so far.
    pub bytes_total: u64,
    /// Event files read to their present end.
    pub files_read: u64,
    /// Event files found so far.
    pub files_total: u64,
    /// Number of runs.
    pub runs: u64,
    /// Number of model files.
    pub models: u64,
    /// Number of configurations of the embedding projector.
    pub projectors: u64,
    /// Number of profiler traces.
    pub traces: u64,
    /// Number of scalar points kept, superseded ones included.
    pub points: u64,
    /// Bytes of memory the loaded series take.
    pub memory_bytes: u64,
    /// Number of damaged places in all files.
    pub damaged_records: u64,
    /// Number of files with at least one damaged place.
    pub damaged_files: u64,
    /// Whether `PUT /api/v1/workspace` can write beside the log directory.
    pub workspace_writable: bool,
    /// Grows by one whenever anything that a client may have seen has changed.
    pub revision: u64,
    /// Things the user should know that are not damage: folders that cannot be read,
    /// two writers in one folder, a file that was replaced.
    pub notices: Vec<Notice>,
}

/// Something about the log directory the user should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// What kind of notice this is, for translation: `unreadable`, `two_writers`,
    /// `replaced`, `vanished`, `symlink_loop`, `odd_name`.
    pub kind: String,
    /// The path it is about, relative to the log directory.
    pub path: String,
    /// The whole sentence in English.
    pub message: String,
}

/// `GET /api/v1/runs`: ordered by first wall time, then by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RunList {
    /// The revision this answer describes.
    pub revision: u64,
    /// The runs.
    pub runs: Vec<Run>,
}

/// One run: one folder that holds event files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// Names this run as long as the server runs.
    pub id: u32,
    /// Path relative to the log directory, `/` between parts, `.` for the log directory itself.
    pub name: String,
    /// Wall time of the first event.
    pub first_wall_time_secs: Option<f64>,
    /// Wall time of the last event.
    pub last_wall_time_secs: Option<f64>,
    /// Largest live step of any tag.
    pub last_step: Option<i64>,
    /// Number of scalar points, superseded ones included.
    pub points: u64,
    /// Bytes of its event files.
    pub size_bytes: u64,
    /// Number of its event files.
    pub files: u32,
    /// Whether a file of it has grown in the last minute.
    pub live: bool,
    /// Number of damaged places in its files.
    pub damaged_records: u64,
}

/// `GET /api/v1/tags`: what each run has logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TagList {
    /// The revision this answer describes.
    pub revision: u64,
    /// One group per plugin that has data: `scalars`, `images`, `histograms`, `text`,
    /// `audio`, `pr_curves`, `hparams`, `mesh`, `graphs`, … Tensors without a plugin
    /// name are under `tensor`.
    pub plugins: Vec<PluginTags>,
}

/// The tags of one plugin, in natural order (`layer2` before `layer10`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginTags {
    /// Plugin name as in the summary metadata.
    pub plugin: String,
    /// Its tags.
    pub tags: Vec<TagEntry>,
}

/// One tag and the runs that have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TagEntry {
    /// The tag.
    pub tag: String,
    /// Name to show instead of the tag, from the summary metadata; often empty.
    pub display_name: String,
    /// Description from the summary metadata as sanitised HTML; often empty.
    pub description_html: String,
    /// Ids of the runs that have this tag.
    pub runs: Vec<u32>,
}

/// The horizontal axis of a scalar request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum XAxis {
    /// The step.
    #[default]
    Step,
    /// Seconds since the first live point of the same series.
    Relative,
    /// Wall time in seconds since the Unix epoch.
    Wall,
    /// The value of another scalar of the same run, carried forward from its last
    /// point at or before each step (epoch, samples seen, …).
    Tag {
        /// Tag of that scalar.
        tag: String,
    },
}

/// How a series is smoothed. Formulas: see `glassboard_store::smooth`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "method")]
pub enum Smoothing {
    /// Debiased exponential moving average over the sequence of points, as TensorBoard's.
    Exponential {
        /// Weight of the past, 0 to 0.999.
        weight: f64,
    },
    /// Exponential moving average whose decay follows the distance in x.
    TimeWeighted {
        /// Weight of the past over one thousandth of the visible x range, 0 to 0.999.
        weight: f64,
    },
    /// Gaussian kernel over the sequence of points.
    Gaussian {
        /// Standard deviation in points.
        sigma: f64,
    },
    /// Centred mean over the sequence of points.
    RunningMean {
        /// Window width in points.
        window: u32,
    },
}

/// `POST /api/v1/scalars`: many series at once, at the resolution they are drawn.
///
/// The answer is `application/x-glassboard-columns` (see `docs/formats.md`) whose JSON
/// header is [`ScalarHeader`], or JSON ([`ScalarColumnsJson`]) when the request's
/// `Accept` asks for `application/json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarQuery {
    /// The series wanted. A series that does not exist is left out of the answer.
    pub series: Vec<SeriesRef>,
    /// Horizontal axis.
    #[serde(default)]
    pub x: XAxis,
    /// Left end of the visible range, in units of `x`; absent: from the first point.
    #[serde(default)]
    pub x_min: Option<f64>,
    /// Right end of the visible range; absent: to the last point.
    #[serde(default)]
    pub x_max: Option<f64>,
    /// Width of the chart in pixels. In each pixel column the first, the smallest, the
    /// largest and the last point are returned, real points all; 0: every point.
    #[serde(default)]
    pub pixels: u32,
    /// Whether pixel columns are equal steps in `log10(x)`.
    #[serde(default)]
    pub x_log: bool,
    /// Smoothing computed over all points, before the reduction to pixels.
    #[serde(default)]
    pub smoothing: Option<Smoothing>,
    /// Whether discarded branches (superseded points) are returned too.
    #[serde(default)]
    pub superseded: bool,
}

/// One series: a tag of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct SeriesRef {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
}

/// JSON header of the binary answer to [`ScalarQuery`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarHeader {
    /// The revision this answer describes.
    pub revision: u64,
    /// One entry per series found, in the order asked.
    pub series: Vec<ScalarSeries>,
}

/// One series of a scalar answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarSeries {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
    /// Live points of the whole series.
    pub points_total: u64,
    /// Live points within the asked range.
    pub points_in_range: u64,
    /// Superseded points of the whole series.
    pub superseded_total: u64,
    /// Whether points in range were left out because they share a pixel column.
    pub reduced: bool,
    /// Live points in range whose value is NaN.
    pub nan: u64,
    /// Live points in range whose value is +infinity.
    pub pos_inf: u64,
    /// Live points in range whose value is -infinity.
    pub neg_inf: u64,
    /// Smallest x of the whole live series, in units of the asked axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_first: Option<f64>,
    /// Largest x of the whole live series, in units of the asked axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_last: Option<f64>,
    /// Steps at which writing started anew and older points were superseded or purged.
    pub restarts: Vec<i64>,
    /// The live points: columns `x`, `step`, `wall`, `value`, and `smooth` when smoothing was asked.
    pub live: ColumnSet,
    /// Discarded branches, each a run of consecutive superseded points.
    pub superseded: Vec<ColumnSet>,
}

/// Where the columns of some points lie in the binary part: `count` values each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColumnSet {
    /// Number of points.
    pub count: u32,
    /// Column name (`x`, `step`, `wall`, `value`, `smooth`) to its place.
    pub columns: BTreeMap<String, ColumnRef>,
}

/// One column in the binary part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColumnRef {
    /// Element type.
    pub dtype: Dtype,
    /// Byte offset from the start of the binary part; a multiple of 8.
    pub offset: u64,
}

/// Element type of a binary column, little-endian: single precision where it holds every number exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
}

/// JSON form of the answer to [`ScalarQuery`] and of `GET /api/v1/scalars`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarColumnsJson {
    /// The revision this answer describes.
    pub revision: u64,
    /// One entry per series.
    pub series: Vec<ScalarSeriesJson>,
}

/// One series as JSON columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarSeriesJson {
    /// [`Run::id`].
    pub run: u32,
    /// [`Run::name`].
    pub run_name: String,
    /// The tag.
    pub tag: String,
    /// Steps.
    pub step: Vec<i64>,
    /// Wall times in seconds since the Unix epoch.
    pub wall_time_secs: Vec<f64>,
    /// Values; non-finite ones are strings.
    pub value: Vec<JsonNumber>,
    /// Smoothed values, when smoothing was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoothed: Option<Vec<JsonNumber>>,
    /// Whether points were left out because they share a pixel column.
    pub reduced: bool,
}

/// A number, or one of the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum JsonNumber {
    /// A finite number.
    Finite(f64),
    /// `"NaN"`, `"Infinity"` or `"-Infinity"`.
    NonFinite(String),
}

impl From<f64> for JsonNumber {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            Self::Finite(value)
        } else if value.is_nan() {
            Self::NonFinite("NaN".into())
        } else if value > 0.0 {
            Self::NonFinite("Infinity".into())
        } else {
            Self::NonFinite("-Infinity".into())
        }
    }
}

/// `POST /api/v1/scalars/stats`: exact figures over all points of a step range, for the data table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarStatsQuery {
    /// The series wanted.
    pub series: Vec<SeriesRef>,
    /// First step of the range; absent: from the start.
    #[serde(default)]
    pub step_min: Option<i64>,
    /// Last step of the range; absent: to the end.
    #[serde(default)]
    pub step_max: Option<i64>,
    /// Smoothing for the `smoothed` figures.
    #[serde(default)]
    pub smoothing: Option<Smoothing>,
}

/// Answer to [`ScalarStatsQuery`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarStatsList {
    /// One entry per series found, in the order asked.
    pub series: Vec<ScalarStats>,
}

/// Figures of one series over a range of steps. Non-finite values are counted, not aggregated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScalarStats {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
    /// Live points in range.
    pub count: u64,
    /// Of these, not finite.
    pub non_finite: u64,
    /// Smallest value and its step.
    pub min: Option<StatPoint>,
    /// Largest value and its step.
    pub max: Option<StatPoint>,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// First point in range.
    pub first: Option<StatPoint>,
    /// Last point in range (with `step_min == step_max`: the point nearest to that step).
    pub last: Option<StatPoint>,
    /// Smoothed value at `first`.
    pub first_smoothed: Option<JsonNumber>,
    /// Smoothed value at `last`.
    pub last_smoothed: Option<JsonNumber>,
}

/// One point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StatPoint {
    /// Step.
    pub step: i64,
    /// Wall time.
    pub wall_time_secs: f64,
    /// Value.
    pub value: JsonNumber,
}

/// `GET /api/v1/images?run=NAME&tag=TAG` (also `audio`): where each step's pictures are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlobSeries {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
    /// Every step, live ones in increasing order.
    pub steps: Vec<BlobStep>,
}

/// The samples logged at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BlobStep {
    /// Step.
    pub step: i64,
    /// Wall time.
    pub wall_time_secs: f64,
    /// Whether a restart superseded it.
    pub superseded: bool,
    /// Width in pixels as logged (0 when unknown).
    pub width: u32,
    /// Height in pixels as logged (0 when unknown).
    pub height: u32,
    /// URLs of the samples, relative to the API root (`blobs/…`).
    pub samples: Vec<String>,
    /// URLs of what was logged beside each sound ([`Sound`]), relative to the API root; pictures have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<String>,
}

/// `GET /api/v1/audio/{key}`: what was logged beside a sound; the sound itself may know better.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Sound {
    /// Frames a second; 0 when unknown.
    pub sample_rate_hz: f64,
    /// Channels; 0 when unknown.
    pub channels: i64,
    /// Samples of each channel; 0 when unknown.
    pub frames: i64,
    /// Media type as logged; often empty.
    pub content_type: String,
    /// Its label, Markdown rendered and sanitised; often empty.
    pub label_html: String,
}

/// `GET /api/v1/histograms?run=NAME&tag=TAG&bins=30&max_steps=100`.
///
/// All live steps when there are at most `max_steps`, else that many evenly chosen ones, first and last included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistogramSeries {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
    /// Number of live steps logged.
    pub steps_total: u64,
    /// Of the steps chosen, those whose record holds no histogram that can be read; they are left out.
    pub unreadable: u64,
    /// Common bin edges, `bins + 1` of them, when `bins` was asked for; empty: each step has its own.
    pub edges: Vec<f64>,
    /// The steps.
    pub steps: Vec<HistogramStep>,
}

/// One histogram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistogramStep {
    /// Step.
    pub step: i64,
    /// Wall time.
    pub wall_time_secs: f64,
    /// Smallest value logged.
    pub min: JsonNumber,
    /// Largest value logged.
    pub max: JsonNumber,
    /// Number of values logged.
    pub num: f64,
    /// Sum of values.
    pub sum: JsonNumber,
    /// Sum of squares.
    pub sum_squares: JsonNumber,
    /// Values in no bucket: NaN, or outside of the outermost edges.
    pub uncounted: f64,
    /// Count of the values in the bucket that holds zero.
    pub zero_bucket: f64,
    /// Counts per common bin when `bins` was asked for, else per own bucket.
    pub counts: Vec<f64>,
    /// Own left edges (only without `bins`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<f64>,
    /// Own right edges (only without `bins`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub right: Vec<f64>,
}

/// `GET /api/v1/distributions?run=NAME&tag=TAG&max_steps=500`: TensorBoard's nine percentiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DistributionSeries {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
    /// Number of live steps logged.
    pub steps_total: u64,
    /// Of the steps chosen, those whose record holds no histogram that can be read; they are left out.
    pub unreadable: u64,
    /// The basis points: 0, 668, 1587, 3085, 5000, 6915, 8413, 9332, 10000.
    pub basis_points: Vec<u32>,
    /// Steps.
    pub step: Vec<i64>,
    /// Wall times.
    pub wall_time_secs: Vec<f64>,
    /// For each basis point, the value at each step.
    pub values: Vec<Vec<JsonNumber>>,
}

/// `GET /api/v1/texts?run=NAME&tag=TAG`: the steps of a text series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextSeries {
    /// [`Run::id`].
    pub run: u32,
    /// The tag.
    pub tag: String,
    /// Every step, live ones in increasing order.
    pub steps: Vec<TextStep>,
}

/// Where one text is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextStep {
    /// Step.
    pub step: i64,
    /// Wall time.
    pub wall_time_secs: f64,
    /// Whether a restart superseded it.
    pub superseded: bool,
    /// URL of its content ([`TextContent`]), relative to the API root (`texts/…`).
    pub url: String,
}

/// `GET /api/v1/texts/{key}`: one text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TextContent {
    /// Shape of the string tensor; `[1]` or `[]` for a plain text, two sizes for a table.
    pub shape: Vec<u64>,
    /// The strings in row-major order.
    pub raw: Vec<String>,
    /// The whole as sanitised HTML (Markdown rendered, tables for 1-d and 2-d tensors).
    pub html: String,
}

/// `GET /api/v1/layouts`: custom-scalar layouts of all runs, merged by category title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LayoutList {
    /// The categories.
    pub categories: Vec<LayoutCategory>,
}

/// One section of custom charts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LayoutCategory {
    /// Title.
    pub title: String,
    /// Whether it starts collapsed.
    pub closed: bool,
    /// Its charts.
    pub charts: Vec<LayoutChart>,
}

/// One custom chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LayoutChart {
    /// Title.
    pub title: String,
    /// Tag patterns of a multi-line chart: regular expressions anchored at the start.
    pub multiline: Vec<String>,
    /// The scalar tags of the log directory that `multiline` matches.
    pub multiline_tags: Vec<String>,
    /// Series of a margin chart.
    pub margin: Vec<MarginSeries>,
    /// Why a pattern of `multiline` matches nothing: it is no regular expression that
    /// can be used here. Empty when all is well.
    pub problems: Vec<String>,
}

/// A line with a band around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarginSeries {
    /// Tag of the line.
    pub value: String,
    /// Tag of the lower bound.
    pub lower: String,
    /// Tag of the upper bound.
    pub upper: String,
}

/// `GET` and `PUT /api/v1/workspace`: what a person changed, kept beside the logs in `.glassboard.json`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Workspace {
    /// By run name.
    #[serde(default)]
    pub runs: BTreeMap<String, RunSettings>,
    /// Pinned tags of the Time series dashboard, in order.
    #[serde(default)]
    pub pinned_tags: Vec<String>,
    /// Name of the run that others are compared to.
    #[serde(default)]
    pub baseline: Option<String>,
}

/// What a person changed about one run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct RunSettings {
    /// Name to show instead of the run's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Free text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Not listed unless hidden runs are shown.
    #[serde(default)]
    pub hidden: bool,
    /// Listed first.
    #[serde(default)]
    pub pinned: bool,
}

/// `GET /api/v1/damage`: every damaged place, the first 1,000 of each file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DamageList {
    /// Files with damage.
    pub files: Vec<FileDamage>,
}

/// The damage of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FileDamage {
    /// [`Run::name`].
    pub run: String,
    /// Path relative to the log directory.
    pub path: String,
    /// Number of records read well.
    pub records: u64,
    /// Number of damaged places.
    pub damaged: u64,
    /// The places.
    pub places: Vec<DamagedPlace>,
}

/// One damaged place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DamagedPlace {
    /// Byte offset in the file.
    pub offset: u64,
    /// Bytes that could not be read.
    pub lost_bytes: u64,
    /// What is wrong: `length_checksum`, `data_checksum`, `too_long`, `cut_tail`, `protobuf`.
    pub kind: String,
    /// The whole sentence in English.
    pub message: String,
}

/// The `change` event of the live stream (`GET /api/v1/events`, server-sent events).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[allow(clippy::struct_excessive_bools)] // each says of another thing that it has changed
pub struct Change {
    /// The revision after this change.
    pub revision: u64,
    /// Whether the list of runs has changed (run added or removed): fetch `runs` again.
    pub runs_changed: bool,
    /// Whether a tag was added or removed: fetch `tags` again.
    pub tags_changed: bool,
    /// Whether a model file was added, removed or written: fetch `graphs` again.
    pub models_changed: bool,
    /// Whether a configuration of the projector was added, removed or written: fetch `embeddings` again.
    pub projectors_changed: bool,
    /// Whether a profiler's trace was added, removed or written: fetch `traces` again.
    pub traces_changed: bool,
    /// Ids of the runs that have new data.
    pub touched_runs: Vec<u32>,
}

/// Body of every error answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiError {
    /// What kind of error: `bad_request` (400), `unauthorized` (401), `forbidden` (403),
    /// `not_found` (404), `method_not_allowed` (405), `too_large` (413),
    /// `unsupported_media_type` (415), `range_not_satisfiable` (416), `unprocessable` (422),
    /// `internal` (500).
    pub error: String,
    /// What was expected, what came, and where.
    pub message: String,
    /// The parameter that is wrong, when one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

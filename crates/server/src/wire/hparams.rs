//! Hyperparameters.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::JsonNumber;

/// `POST /api/v1/hparams`: hyperparameters of every session, with the metrics that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct HparamsQuery {
    /// Metrics wanted beside the declared ones, at most 100. Others of [`Hparams::tags`].
    #[serde(default)]
    pub metrics: Vec<MetricRef>,
}

/// A metric: a scalar tag in the session's run or in a folder below it.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema,
)]
pub struct MetricRef {
    /// Folder below the session's run; empty: the session's own run, else the first of its other runs that has the tag.
    #[serde(default)]
    pub group: String,
    /// Scalar tag.
    pub tag: String,
}

/// Answer to [`HparamsQuery`]. All `values`, `last`, `min` and `max` go with `sessions`, place by place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Hparams {
    /// The revision this answer describes.
    pub revision: u64,
    /// One entry per run that logged hyperparameters, by first wall time, then by name.
    pub sessions: Vec<HparamSession>,
    /// The union of all sessions' and experiments' hyperparameters, in natural order.
    pub columns: Vec<HparamColumn>,
    /// The declared metrics and those asked for. Where none is declared and none asked for, the first five of `tags`.
    pub metrics: Vec<HparamMetric>,
    /// What can be asked for: scalar tags of the sessions' runs, in natural order, the first 2,000.
    pub tags: Vec<MetricRef>,
    /// What is wrong with what was logged; a hyperparameter has one notice at most.
    pub notices: Vec<HparamNotice>,
}

/// One training with its hyperparameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HparamSession {
    /// Id of the run that logged the hyperparameters.
    pub run: u32,
    /// Its name.
    pub name: String,
    /// All runs that belong to it, that run first: those below it, and, when the session is the only one below a run
    /// that logs scalars, that run (`add_hparams` logs into a run below the training's).
    pub runs: Vec<u32>,
    /// Name of the group of repetitions it belongs to; mostly empty.
    pub group_name: String,
    /// How it ended, or whether it is running.
    pub status: HparamStatus,
    /// Start in seconds since the Unix epoch: as logged, else the first wall time of its runs.
    #[schema(required)]
    pub start_time_secs: Option<f64>,
    /// End: as logged, else the wall time of the record that says that it ended; null while it has not.
    #[schema(required)]
    pub end_time_secs: Option<f64>,
    /// From the start to the end, or to the last wall time of its runs while it has not ended.
    #[schema(required)]
    pub duration_secs: Option<f64>,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HparamStatus {
    /// No end is logged, and none of its files has grown in the last minute; or its end says so.
    Unknown,
    /// It ended well.
    Success,
    /// It failed.
    Failure,
    /// No end is logged, and a file has grown in the last minute; or its end says so.
    Running,
}

/// One hyperparameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HparamColumn {
    /// Name.
    pub name: String,
    /// Name to show instead; mostly empty.
    pub display_name: String,
    /// Description as sanitised HTML; mostly empty.
    pub description_html: String,
    /// What its values are.
    pub kind: HparamKind,
    /// The values it can take, where that was declared; empty otherwise.
    pub domain: Vec<HparamValue>,
    /// Its value in each session; null where the session has none.
    pub values: Vec<Option<HparamValue>>,
}

/// What the values of a hyperparameter are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HparamKind {
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Truth values.
    Bool,
    /// Some of these and some of those.
    Mixed,
}

/// Value of a hyperparameter. Lists and objects are texts of JSON; a text is cut behind 1,000 characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum HparamValue {
    /// A truth value.
    Bool(bool),
    /// A finite number.
    Number(f64),
    /// A text.
    Text(String),
    /// A number that is not finite.
    NonFinite {
        /// `"NaN"`, `"Infinity"` or `"-Infinity"`.
        number: String,
    },
}

/// Figures of one scalar in each session; null where the session has no such scalar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HparamMetric {
    /// Folder below the session's run; mostly empty.
    pub group: String,
    /// Scalar tag.
    pub tag: String,
    /// Name to show instead; mostly empty.
    pub display_name: String,
    /// Description as sanitised HTML; mostly empty.
    pub description_html: String,
    /// Whether an experiment names it as a metric.
    pub declared: bool,
    /// Value of the last point.
    pub last: Vec<Option<JsonNumber>>,
    /// Smallest finite value.
    pub min: Vec<Option<JsonNumber>>,
    /// Largest finite value.
    pub max: Vec<Option<JsonNumber>>,
}

/// Something wrong with logged hyperparameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HparamNotice {
    /// What is wrong.
    pub kind: HparamNoticeKind,
    /// The hyperparameter; empty when it is about a whole record.
    pub hparam: String,
    /// Run where it was noticed.
    pub run: String,
    /// Event file, relative to the log directory.
    pub path: String,
    /// The whole sentence in English.
    pub message: String,
}

/// What is wrong with logged hyperparameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HparamNoticeKind {
    /// A hyperparameter is a number here and a text there.
    TypeChanges,
    /// A record cannot be read as what its tag says.
    Unreadable,
}

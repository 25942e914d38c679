//! Runs taken together.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ColumnSet, Smoothing, XAxis};

/// `POST /api/v1/scalars/groups`: mean and band of groups of runs. How they are computed: `glassboard_store::group_curve`.
///
/// The answer is `application/x-glassboard-columns` whose JSON header is [`GroupHeader`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupQuery {
    /// The groups wanted, at most 1,000 with at most 20,000 runs together. A run without the tag is left out.
    pub groups: Vec<GroupRuns>,
    /// Horizontal axis.
    #[serde(default)]
    pub x: XAxis,
    /// Left end of the visible range, in units of `x`; absent: from the first point.
    #[serde(default)]
    pub x_min: Option<f64>,
    /// Right end of the visible range; absent: to the last point.
    #[serde(default)]
    pub x_max: Option<f64>,
    /// Width of the chart in pixels; 0: every place.
    #[serde(default)]
    pub pixels: u32,
    /// Whether pixel columns are equal steps in `log10(x)`.
    #[serde(default)]
    pub x_log: bool,
    /// Smoothing of each run, before they are taken together.
    #[serde(default)]
    pub smoothing: Option<Smoothing>,
    /// What is drawn around the mean.
    #[serde(default)]
    pub band: GroupBand,
}

/// Runs that are taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GroupRuns {
    /// The tag.
    pub tag: String,
    /// Ids of the runs.
    pub runs: Vec<u32>,
}

/// What `lower` and `upper` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBand {
    /// The mean less and plus the sample's standard deviation (divided by n - 1).
    #[default]
    Std,
    /// The smallest and the largest value.
    MinMax,
    /// The 95 % confidence interval of the mean by Student's t distribution.
    Confidence,
}

/// JSON header of the binary answer to [`GroupQuery`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupHeader {
    /// The revision this answer describes.
    pub revision: u64,
    /// One entry per group, in the order asked.
    pub groups: Vec<GroupSeries>,
}

/// Mean and band of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupSeries {
    /// Runs that have points of the tag.
    pub runs: u64,
    /// Places where one of them has a point.
    pub places_total: u64,
    /// Whether places were left out because they share a pixel column, or because there are too many.
    pub reduced: bool,
    /// Smallest x of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_first: Option<f64>,
    /// Largest x of all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_last: Option<f64>,
    /// Columns `x`, `mean`, `lower`, `upper`, and `count`, the number of runs that reach each place.
    pub points: ColumnSet,
}

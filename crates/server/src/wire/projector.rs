//! Embeddings and their projections: `GET /api/v1/embeddings`, `/embedding`, `/embedding/…`, `POST
//! /api/v1/embedding/upload`, `POST /api/v1/projection`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /api/v1/embeddings`: every embedding there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingList {
    /// By run, tag and step.
    pub embeddings: Vec<EmbeddingEntry>,
    /// Configurations that could not be read.
    pub notices: Vec<EmbeddingNotice>,
}

/// One embedding that can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingEntry {
    /// The run's name: the folder of the configuration.
    pub run: String,
    /// Its name in the configuration, as in `words:00010`.
    pub name: String,
    /// The name without the step.
    pub tag: String,
    /// The step, where the name ends with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
}

/// Where an embedding comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingSource {
    /// A run's configuration.
    #[default]
    Run,
    /// Files that were sent.
    Upload,
}

/// Answer to files of an embedding that were sent: ask for it with `source=upload` and this name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingUpload {
    /// Names the embedding. It is kept in memory until several others have been sent.
    pub name: String,
    /// The one of the files that holds the points.
    pub file_name: String,
}

/// What is wrong with an embedding. What can be shown is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingNotice {
    /// What kind of thing it is.
    pub kind: EmbeddingNoticeKind,
    /// The file, relative to the log directory.
    pub path: String,
    /// What was expected, where it is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<u64>,
    /// What came, where it is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<u64>,
    /// The whole sentence in English.
    pub message: String,
}

/// What can be wrong with an embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingNoticeKind {
    /// A configuration that cannot be read.
    Config,
    /// A path that leads out of the run's folder.
    Outside,
    /// A file that cannot be read, or is too large.
    Unreadable,
    /// Points are cut off: the rest of the tensor is malformed or missing.
    Tensor,
    /// More points than are shown.
    Points,
    /// Points with values that are not finite, which have no place.
    NotFinite,
    /// More or fewer lines of metadata than points.
    MetadataLength,
    /// More columns or longer texts than are shown.
    MetadataSize,
    /// A sprite that is no picture, too large, or has fewer pictures than there are points.
    Sprite,
    /// Bookmarks that cannot be read.
    Bookmarks,
}

/// `GET /api/v1/embedding`: what is known of the points of one embedding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Embedding {
    /// How many points there are.
    pub points: u64,
    /// How many numbers each point has.
    pub dimensions: u64,
    /// Columns of metadata.
    pub columns: Vec<EmbeddingColumn>,
    /// Pictures of the points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sprite: Option<EmbeddingSprite>,
    /// Whether there are bookmarks: `GET /api/v1/embedding/bookmarks`.
    pub has_bookmarks: bool,
    /// The file of points, where files were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// What is wrong.
    pub notices: Vec<EmbeddingNotice>,
}

/// A column of metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingColumn {
    /// Its name; empty for a single column, which has none.
    pub name: String,
    /// A text for each point; empty behind the end of the metadata.
    pub values: Vec<String>,
}

/// One picture that holds a picture of each point, from left to right and from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingSprite {
    /// Changes with the file: a part of its address, so that a browser may keep it.
    pub version: String,
    /// Width of the whole.
    pub width: u32,
    /// Height of the whole.
    pub height: u32,
    /// Width of each picture.
    pub image_width: u32,
    /// Height of each picture.
    pub image_height: u32,
}

/// `GET /api/v1/embedding/neighbors`: the points nearest to one, from near to far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EmbeddingNeighbors {
    /// Their positions.
    pub points: Vec<u32>,
    /// How far they are.
    pub distances: Vec<f32>,
}

/// What near means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmbeddingMetric {
    /// 1 − cosine of the angle.
    #[default]
    Cosine,
    /// Length of the difference.
    Euclidean,
}

/// How points get to two or three dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionMethod {
    /// Principal components, ten of them.
    Pca,
    /// t-distributed stochastic neighbour embedding.
    Tsne,
    /// Uniform manifold approximation and projection.
    Umap,
    /// Axes between groups of points that a person names: see [`ProjectionAxis`].
    Custom,
}

/// An axis of [`ProjectionMethod::Custom`]: a point `x` is at `x · (b − a)`, with the centroid `a` of the points it leads
/// from and the centroid `b` of those it leads to. An end that is not named is all points; an axis without ends, or with
/// one that no point is in, or whose centroids coincide, is flat: every point is at 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProjectionAxis {
    /// Where it begins: left, down or back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PointGroup>,
    /// Where it leads to: right, up or front.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PointGroup>,
}

/// Some points of an embedding. Case does not matter in texts and patterns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum PointGroup {
    /// Those whose text in the column holds this one.
    Text {
        /// The text.
        text: String,
    },
    /// Those whose text in the column matches.
    Pattern {
        /// A regular expression.
        pattern: String,
    },
    /// These.
    Points {
        /// Their positions.
        points: Vec<u32>,
    },
}

/// What became of an axis of [`ProjectionMethod::Custom`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProjectionAxisFound {
    /// Where it begins.
    pub from: PointGroupFound,
    /// Where it leads to.
    pub to: PointGroupFound,
    /// Distance between the two centroids; 0 of a flat axis.
    pub length: f64,
}

/// How many points a group has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PointGroupFound {
    /// How many; points without a place do not count.
    pub points: u64,
    /// Why the pattern is no regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Body of `POST /api/v1/projection`. The answer is a stream of frames, `application/x-glassboard-projection`; who
/// closes the connection stops the work. A frame is
///
/// | bytes | what |
/// |---|---|
/// | 4 | length `j` of the header, little-endian |
/// | 4 | count `n` of numbers |
/// | `j` | [`ProjectionFrame`] as JSON, padded with spaces to a multiple of 4 |
/// | 4 · `n` | `f32`, little-endian: the points one after the other; NaN for a point that has no place |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProjectionRequest {
    /// Where the embedding comes from.
    #[serde(default)]
    pub source: EmbeddingSource,
    /// The run's name; of no matter for what was sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
    /// The embedding's name.
    pub name: String,
    /// How.
    pub method: ProjectionMethod,
    /// Of the layout: 2 or 3. Components are ten, or as many as there are; of custom axes as many as are named.
    #[serde(default = "two")]
    pub dimensions: u32,
    /// Seeds what is random: the same request gives the same layout.
    #[serde(default)]
    pub seed: u32,
    /// Whether points are first moved around their centre and set to length one.
    #[serde(default)]
    pub spherize: bool,
    /// t-SNE: about how many neighbours a point has; 30 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perplexity: Option<f32>,
    /// t-SNE: length of a step; from the number of points by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f32>,
    /// t-SNE and UMAP: how often points are moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// UMAP: how many points make a neighbourhood; 15 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neighbors: Option<u32>,
    /// UMAP: how close points may be; 0.1 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_dist: Option<f32>,
    /// Custom: one to three axes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<ProjectionAxis>,
    /// Custom: name of the column in which texts and patterns are looked for; the first by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

fn two() -> u32 {
    2
}

/// Header of a frame of a projection's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProjectionFrame {
    /// Other projections come first.
    Waiting,
    /// How far it is; without numbers, or with the layout so far.
    Progress {
        /// What it is at.
        stage: ProjectionStage,
        /// How much of the stage is done.
        done: u64,
        /// How much there is to do.
        total: u64,
        /// Numbers of each point.
        width: u32,
    },
    /// The end: all coordinates.
    Result {
        /// Numbers of each point.
        width: u32,
        /// PCA: share of the variance along each component.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        explained_variance_ratio: Vec<f64>,
        /// t-SNE: Kullback–Leibler divergence of the layout.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kl_divergence: Option<f64>,
        /// Custom: what became of each axis.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        axes: Vec<ProjectionAxisFound>,
    },
    /// The end: there is no projection.
    Failed {
        /// Why.
        message: String,
    },
}

/// What a projection is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectionStage {
    /// Looks for neighbours.
    Neighbors,
    /// Computes components.
    Components,
    /// Moves points.
    Layout,
}

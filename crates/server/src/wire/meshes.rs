//! Meshes and point clouds: `GET /api/v1/meshes`, `/mesh` and `/mesh/data`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ColumnRef;

/// `GET /api/v1/meshes`: every mesh of every run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeshList {
    /// By name, in natural order; those of one name in the order of the runs.
    pub meshes: Vec<MeshEntry>,
}

/// A mesh of a run. In the event file it is up to three tags: vertices, faces, colours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeshEntry {
    /// Id of the run.
    pub run: u32,
    /// The tag as it was given to `add_mesh`.
    pub name: String,
    /// Name to show instead; often empty.
    pub display_name: String,
    /// Description as sanitised HTML; often empty.
    pub description_html: String,
}

/// `GET /api/v1/mesh`: the steps of a mesh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeshSeries {
    /// Id of the run.
    pub run: u32,
    /// The tag as it was given to `add_mesh`.
    pub name: String,
    /// By step; superseded ones behind the live ones of smaller or equal step.
    pub steps: Vec<MeshStep>,
}

/// What was logged at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeshStep {
    /// Step.
    pub step: i64,
    /// Wall time.
    pub wall_time_secs: f64,
    /// Whether a restart superseded it.
    pub superseded: bool,
    /// URL of its data relative to the API root (`mesh/data?…`); `&sample=` behind it chooses one of a batch.
    pub url: String,
}

/// Header of `GET /api/v1/mesh/data`; columns follow. Points that are NaN or infinite and faces that name points that
/// are not there are left out, which [`notices`](Self::notices) says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeshHeader {
    /// How many meshes the batch has.
    pub samples: u32,
    /// Which of them this is.
    pub sample: u32,
    /// Number of points.
    pub points: u32,
    /// Number of triangles.
    pub faces: u32,
    /// Camera, lights and material as JSON: an object with these keys, as it was logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_json: Option<String>,
    /// x, y, z of each point.
    pub positions: ColumnRef,
    /// Three numbers of points for each triangle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indices: Option<ColumnRef>,
    /// Red, green, blue of each point, 0 … 255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colors: Option<ColumnRef>,
    /// What is wrong with it, in English; the file's path last.
    pub notices: Vec<String>,
    /// The file it lies in.
    pub path: String,
}

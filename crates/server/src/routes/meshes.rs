//! Meshes and point clouds.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use glassboard_events::proto::plugins::{MeshPluginData, mesh_plugin_data::ContentType};
use glassboard_events::proto::tensorboard::TensorProto;
use glassboard_events::proto::tensorboard::summary::value::Value;
use glassboard_store::{LocatorEntry, Run, StoredValue, TagInfo};
use prost::Message;
use serde::Deserialize;
use utoipa::IntoParams;

use super::series::by_step;
use crate::app::{App, run_by_name};
use crate::columns::{CONTENT_TYPE as COLUMNS, ColumnWriter};
use crate::error::Failure;
use crate::extract::Query;
use crate::markdown::markdown_to_html;
use crate::mesh::{Mesh, mesh_name};
use crate::natural::natural_cmp;
use crate::page::KEPT_FOR_GOOD;
use crate::wire;

/// The plugin of meshes.
const PLUGIN: &str = "mesh";

/// Largest record whose tensor is read.
const MAX_RECORD_BYTES: u64 = 512 << 20;

/// Longest configuration that is passed on.
const MAX_CONFIG_BYTES: usize = 64 << 10;

/// A mesh of a run.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeshParams {
    /// Name of the run.
    run: String,
    /// The tag as it was given to `add_mesh`.
    name: String,
}

/// What was logged at one step.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MeshDataParams {
    /// Key of the points; this and the others come in `MeshStep.url`.
    vertices: String,
    /// Key of the triangles.
    #[serde(default)]
    faces: String,
    /// Key of the colours.
    #[serde(default)]
    colors: String,
    /// Which mesh of the batch.
    #[serde(default)]
    sample: u64,
}

/// The tags of a mesh.
#[derive(Default)]
struct Parts<'r> {
    vertices: Option<&'r TagInfo>,
    faces: Option<&'r TagInfo>,
    colors: Option<&'r TagInfo>,
}

/// Every mesh of every run.
#[utoipa::path(
    get,
    path = "/meshes",
    tag = "meshes",
    operation_id = "listMeshes",
    responses((status = 200, body = wire::MeshList))
)]
pub(crate) async fn meshes(State(app): State<App>) -> Result<Json<wire::MeshList>, Failure> {
    app.blocking(|app| {
        let snapshot = app.store.snapshot();
        let mut meshes: Vec<wire::MeshEntry> = snapshot
            .runs()
            .iter()
            .flat_map(|run| {
                let named = parts(run).into_iter();
                named.filter_map(|(name, parts)| {
                    let vertices = parts.vertices?;
                    // A display name is given to each part; it would be the name of one of them.
                    let own_name = Some(&*vertices.display_name)
                        .filter(|shown| *shown != vertices.tag.as_str());
                    Some(wire::MeshEntry {
                        run: run.id().0,
                        name,
                        display_name: own_name.unwrap_or_default().to_owned(),
                        description_html: markdown_to_html(&vertices.description),
                    })
                })
            })
            .collect();
        meshes.sort_by(|a, b| natural_cmp(&a.name, &b.name));
        Ok(Json(wire::MeshList { meshes }))
    })
    .await
}

/// The steps of a mesh.
#[utoipa::path(
    get,
    path = "/mesh",
    tag = "meshes",
    operation_id = "getMesh",
    params(MeshParams),
    responses((status = 200, body = wire::MeshSeries), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn mesh(
    State(app): State<App>,
    Query(params): Query<MeshParams>,
) -> Result<Json<wire::MeshSeries>, Failure> {
    app.blocking(move |app| {
        let snapshot = app.store.snapshot();
        let run = run_by_name(&snapshot, &params.run)?;
        let mut named = parts(run);
        let unknown = || {
            let (name, run) = (&params.name, run.name().as_str());
            Failure::not_found(format!("no mesh {name:?} in run {run:?}")).about("name")
        };
        let parts = named.remove(&params.name).ok_or_else(unknown)?;
        let entries = |part: Option<&TagInfo>| -> Vec<LocatorEntry> {
            let series = part.and_then(|part| run.blobs(PLUGIN, part.tag.as_str()));
            series.map_or_else(Vec::new, |series| {
                by_step(&series).into_iter().copied().collect()
            })
        };
        let (vertices, faces, colors) = (
            entries(parts.vertices),
            entries(parts.faces),
            entries(parts.colors),
        );
        let steps = vertices.iter().map(|entry| {
            let mut url = format!("mesh/data?vertices={}", app.keys.key(&entry.locator, 0));
            for (name, others) in [("faces", &faces), ("colors", &colors)] {
                if let Some(other) = beside(entry, others) {
                    let key = app.keys.key(&other.locator, 0);
                    url = format!("{url}&{name}={key}");
                }
            }
            wire::MeshStep {
                step: entry.step,
                wall_time_secs: entry.wall_time_secs,
                superseded: entry.superseded,
                url,
            }
        });
        Ok(Json(wire::MeshSeries {
            run: run.id().0,
            name: params.name.clone(),
            steps: steps.collect(),
        }))
    })
    .await
}

/// One mesh of one step: points, triangles and colours as columns behind a header.
#[utoipa::path(
    get,
    path = "/mesh/data",
    tag = "meshes",
    operation_id = "getMeshData",
    params(MeshDataParams),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/x-glassboard-columns", description = "The header is a `MeshHeader`"),
        (status = 404, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn data(
    State(app): State<App>,
    Query(params): Query<MeshDataParams>,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let (vertices, config, path) = read(app, &params.vertices)?;
        let mut unread = Vec::new();
        let mut part = |what: &str, key: &str| -> Result<Option<TensorProto>, Failure> {
            if key.is_empty() {
                return Ok(None);
            }
            // A key that is none is the request's fault; what is wrong behind it leaves the points.
            app.keys.parse(key)?;
            match read(app, key) {
                Ok((tensor, ..)) => Ok(Some(tensor)),
                Err(failure) => {
                    unread.push(format!("{what}: {}", failure.into_message()));
                    Ok(None)
                }
            }
        };
        let faces = part("faces", &params.faces)?;
        let colors = part("colours", &params.colors)?;
        let mesh = Mesh::read(&vertices, faces.as_ref(), colors.as_ref(), params.sample)
            .map_err(|message| Failure::unprocessable(format!("{message}: {path}")))?;
        let mut notices = mesh.notices;
        let config_json = config.and_then(|config| {
            checked(&config)
                .map_err(|message| notices.push(message))
                .unwrap_or_default()
        });
        let notices = notices.iter().map(|notice| format!("{notice}: {path}"));
        let notices = notices.chain(unread).collect();
        let mut writer = ColumnWriter::default();
        let positions = writer.column(&mesh.positions);
        let indices = mesh.indices.as_ref().map(|faces| writer.column(faces));
        let colors = mesh.colors.as_ref().map(|colors| writer.column(colors));
        let count = |values: &[f64]| (values.len() / 3) as u32;
        let answer = writer.finish(&wire::MeshHeader {
            samples: mesh.samples.min(u64::from(u32::MAX)) as u32,
            sample: params.sample as u32,
            points: count(&mesh.positions),
            faces: mesh.indices.as_deref().map_or(0, count),
            config_json,
            positions,
            indices,
            colors,
            notices,
            path,
        })?;
        // What is under a key never changes.
        let headers = [(CONTENT_TYPE, COLUMNS), (CACHE_CONTROL, KEPT_FOR_GOOD)];
        Ok((headers, answer).into_response())
    })
    .await
}

/// The meshes of a run: what their tags say they are, or what their names end with where they say nothing.
fn parts(run: &Run) -> BTreeMap<String, Parts<'_>> {
    let mut named: BTreeMap<String, Parts<'_>> = BTreeMap::new();
    for info in run.tags().iter().filter(|info| &*info.plugin == PLUGIN) {
        let content = info.plugin_content.as_deref().unwrap_or_default();
        let told = MeshPluginData::decode(content).unwrap_or_default();
        let tag = info.tag.as_str();
        let ending = tag.rsplit_once('_').map_or("", |(_, ending)| ending);
        let kind = match (told.content_type(), ending) {
            (ContentType::Undefined, "VERTEX" | "1") => ContentType::Vertex,
            (ContentType::Undefined, "FACE" | "2") => ContentType::Face,
            (ContentType::Undefined, "COLOR" | "3") => ContentType::Color,
            (kind, _) => kind,
        };
        let name = match told.name.as_str() {
            "" => mesh_name(tag),
            name => name,
        };
        let parts = named.entry(name.to_owned()).or_default();
        match kind {
            ContentType::Vertex => parts.vertices = Some(info),
            ContentType::Face => parts.faces = Some(info),
            ContentType::Color => parts.colors = Some(info),
            ContentType::Undefined => {}
        }
    }
    named.retain(|_, parts| parts.vertices.is_some());
    named
}

/// What was logged together with an entry: in the same moment, or else at the same step.
fn beside<'e>(entry: &LocatorEntry, others: &'e [LocatorEntry]) -> Option<&'e LocatorEntry> {
    let mut of_step = others.iter().filter(|other| other.step == entry.step);
    let same = |other: &&LocatorEntry| {
        other.wall_time_secs == entry.wall_time_secs && other.superseded == entry.superseded
    };
    of_step
        .clone()
        .find(same)
        .or_else(|| of_step.find(|other| other.superseded == entry.superseded))
}

/// The tensor under a key, the configuration beside it, and the file that it lies in.
fn read(app: &App, key: &str) -> Result<(TensorProto, Option<String>, String), Failure> {
    let locator = app.keys.parse(key)?.locator;
    let path = app.store.path_of(&locator).unwrap_or_default();
    let bytes = locator.record_bytes();
    if bytes > MAX_RECORD_BYTES {
        return Err(Failure::unprocessable(format!(
            "expected a mesh of at most {MAX_RECORD_BYTES} bytes, got {bytes}: {path}"
        )));
    }
    let StoredValue::Summary(value) = app.store.read_value(&locator)? else {
        return Err(Failure::not_found("this record holds no mesh"));
    };
    let content = value.metadata.and_then(|metadata| metadata.plugin_data);
    let config = content
        .and_then(|data| MeshPluginData::decode(data.content.as_slice()).ok())
        .map(|data| data.json_config);
    match value.value {
        Some(Value::Tensor(tensor)) => Ok((tensor, config, path)),
        _ => Err(Failure::unprocessable(format!(
            "expected a tensor, got another value: {path}"
        ))),
    }
}

/// A configuration that can be used; nothing where none was given.
fn checked(config: &str) -> Result<Option<String>, String> {
    if config.is_empty() {
        return Ok(None);
    }
    if config.len() > MAX_CONFIG_BYTES {
        let got = config.len();
        return Err(format!(
            "configuration: expected at most {MAX_CONFIG_BYTES} bytes, got {got}; it is not used"
        ));
    }
    match serde_json::from_str::<serde_json::Value>(config) {
        Ok(serde_json::Value::Null) => Ok(None),
        Ok(serde_json::Value::Object(object)) if object.is_empty() => Ok(None),
        Ok(serde_json::Value::Object(_)) => Ok(Some(config.to_owned())),
        Ok(_) => {
            Err("configuration: expected an object, got another value; it is not used".to_owned())
        }
        Err(error) => Err(format!("configuration: {error}; it is not used")),
    }
}

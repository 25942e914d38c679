//! Graphs of models: those that runs have logged, those of model files, those of files that are sent.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use glassboard_store::{LocatorEntry, StoredValue, plugin};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::error::Failure;
use crate::extract::Query;
use crate::graph::{self, Graph, Key, Stats};
use crate::model_file::{ModelFile, SentModel, forgotten};
use crate::natural::natural_cmp;
use crate::random;
use crate::routes::series;
use crate::wire::{self, GraphSource};

/// Plugins of TensorFlow under which graphs lie.
const KERAS_MODEL: &str = "graph_keras_model";
const TRACES: [&str; 2] = ["graph_run_metadata", "graph_run_metadata_graph"];

/// Largest model file that may be sent: it is held in memory while it is read.
pub(crate) const MAX_UPLOAD_BYTES: usize = 512 << 20;

/// Largest record whose graph is read.
const MAX_GRAPH_BYTES: u64 = 256 << 20;

/// Which graph.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GraphParams {
    /// Where it comes from.
    source: GraphSource,
    /// Name of the run, path of the file, or name of the upload.
    name: String,
    /// Tag of the series; needed for `keras` and `trace`.
    #[serde(default)]
    tag: String,
    /// Tag of run metadata whose time and memory are to be told.
    #[serde(default)]
    metadata: String,
}

/// Which node of a graph.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct GraphNodeParams {
    /// Where the graph comes from.
    source: GraphSource,
    /// Name of the run, path of the file, or name of the upload.
    name: String,
    /// Tag of the series; needed for `keras` and `trace`.
    #[serde(default)]
    tag: String,
    /// Position of the node in the graph's answer.
    node: u32,
}

/// A model file's name.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadParams {
    /// The file's name, for messages.
    name: String,
    /// Whether the file is kept for a while, to be explained.
    #[serde(default)]
    keep: bool,
}

/// Every graph there is: of runs, and of model files in the log directory.
#[utoipa::path(
    get,
    path = "/graphs",
    tag = "graphs",
    operation_id = "listGraphs",
    responses((status = 200, body = wire::GraphList))
)]
pub(crate) async fn graphs(State(app): State<App>) -> Result<Json<wire::GraphList>, Failure> {
    app.blocking(|app| {
        let snapshot = app.store.snapshot();
        let mut graphs = Vec::new();
        for run in snapshot.runs() {
            let tags = run.tags();
            let metadata_tags: Vec<String> = tags
                .iter()
                .filter(|info| &*info.plugin == plugin::RUN_METADATA)
                .map(|info| info.tag.as_str().to_owned())
                .collect();
            let found = tags.iter().filter_map(|info| {
                let source = match &*info.plugin {
                    plugin::GRAPHS => GraphSource::Run,
                    KERAS_MODEL => GraphSource::Keras,
                    name if TRACES.contains(&name) => GraphSource::Trace,
                    _ => return None,
                };
                Some(wire::GraphEntry {
                    source,
                    name: run.name().as_str().to_owned(),
                    tag: info.tag.as_str().to_owned(),
                    metadata_tags: match source {
                        GraphSource::Run => metadata_tags.clone(),
                        _ => Vec::new(),
                    },
                    size_bytes: None,
                    modified_secs: None,
                })
            });
            graphs.extend(found);
        }
        let mut files: Vec<wire::GraphEntry> = snapshot
            .models()
            .iter()
            .map(|model| wire::GraphEntry {
                source: GraphSource::File,
                name: model.path.clone(),
                tag: String::new(),
                metadata_tags: Vec::new(),
                size_bytes: Some(model.size_bytes),
                modified_secs: model
                    .modified
                    .and_then(|when| when.duration_since(SystemTime::UNIX_EPOCH).ok())
                    .map(|since| since.as_secs_f64()),
            })
            .collect();
        files.sort_by(|a, b| natural_cmp(&a.name, &b.name));
        graphs.extend(files);
        Ok(Json(wire::GraphList { graphs }))
    })
    .await
}

/// A whole graph: groups, nodes, edges, with parameters, mult-adds and shapes.
#[utoipa::path(
    get,
    path = "/graph",
    tag = "graphs",
    operation_id = "getGraph",
    params(GraphParams),
    responses(
        (status = 200, body = wire::Graph),
        (status = 404, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn graph(
    State(app): State<App>,
    Query(params): Query<GraphParams>,
) -> Result<Json<wire::Graph>, Failure> {
    app.blocking(move |app| {
        let graph = find(app, params.source, &params.name, &params.tag)?;
        let stats = if params.metadata.is_empty() {
            None
        } else {
            Some(stats(app, &params.name, &params.metadata)?)
        };
        Ok(Json(graph.to_wire(stats.as_ref())))
    })
    .await
}

/// What the card of one node or group shows.
#[utoipa::path(
    get,
    path = "/graph/node",
    tag = "graphs",
    operation_id = "getGraphNode",
    params(GraphNodeParams),
    responses((status = 200, body = wire::GraphNodeDetail), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn node(
    State(app): State<App>,
    Query(params): Query<GraphNodeParams>,
) -> Result<Json<wire::GraphNodeDetail>, Failure> {
    app.blocking(move |app| {
        let graph = find(app, params.source, &params.name, &params.tag)?;
        let detail = graph.detail(params.node).ok_or_else(|| {
            let nodes = graph.len();
            let asked = params.node;
            Failure::not_found(format!("no node {asked}; the graph has {nodes}")).about("node")
        })?;
        Ok(Json(detail))
    })
    .await
}

/// Takes a model file and reads its graph, which is kept for a while, in memory alone; the file is forgotten, unless
/// `keep` asks for it to be kept beside the graph, for `/model`.
#[utoipa::path(
    post,
    path = "/graph/upload",
    tag = "graphs",
    operation_id = "uploadModel",
    params(UploadParams),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = wire::GraphUpload),
        (status = 413, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn upload(
    State(app): State<App>,
    Query(params): Query<UploadParams>,
    body: Bytes,
) -> Result<Json<wire::GraphUpload>, Failure> {
    app.blocking(move |app| {
        let sent = Arc::new(SentModel {
            file_name: params.name,
            bytes: body.into(),
        });
        let graph = graph::of_model(&sent.read()?);
        let name = random::hex::<16>().map_err(|error| Failure::internal(error.to_string()))?;
        app.graphs.put(Key::Upload(name.clone()), Arc::new(graph));
        if params.keep {
            let size_bytes = sent.bytes.len();
            app.sent_models.put_as(name.clone(), sent, size_bytes);
        }
        Ok(Json(wire::GraphUpload { name }))
    })
    .await
}

fn find(app: &App, source: GraphSource, name: &str, tag: &str) -> Result<Arc<Graph>, Failure> {
    match source {
        GraphSource::Run => {
            let entry = newest(app, plugin::GRAPHS, name, plugin::RUN_GRAPH_TAG)?;
            logged(app, &entry, |value| match value {
                StoredValue::Graph(bytes) => Ok(graph::read_graph_def(&bytes)),
                _ => Err("expected a graph".to_owned()),
            })
        }
        GraphSource::Keras => {
            let entry = newest(app, KERAS_MODEL, name, tag)?;
            logged(app, &entry, |value| graph::read_keras(&only_string(value)?))
        }
        GraphSource::Trace => {
            let entry = TRACES
                .iter()
                .map(|plugin| newest(app, plugin, name, tag))
                .reduce(Result::or)
                .unwrap_or_else(|| Err(Failure::not_found("no trace")))?;
            logged(app, &entry, |value| {
                Ok(graph::read_trace(&only_string(value)?))
            })
        }
        GraphSource::File => file(app, name),
        GraphSource::Upload => app
            .graphs
            .get(&Key::Upload(name.to_owned()))
            .ok_or_else(forgotten),
    }
}

/// The last value of a series.
fn newest(app: &App, plugin: &str, run: &str, tag: &str) -> Result<LocatorEntry, Failure> {
    let (_, series) = series::find(app, plugin, run, tag)?;
    let newest = series.entries().last().copied();
    newest.ok_or_else(|| Failure::not_found(format!("no graph in run {run:?}")).about("run"))
}

fn logged(
    app: &App,
    entry: &LocatorEntry,
    read: impl FnOnce(StoredValue) -> Result<Graph, String>,
) -> Result<Arc<Graph>, Failure> {
    let path = || app.store.path_of(&entry.locator).unwrap_or_default();
    let at = |message: String| Failure::unprocessable(format!("{message}: {}", path()));
    if entry.locator.record_bytes() > MAX_GRAPH_BYTES {
        let got = entry.locator.record_bytes();
        return Err(at(format!(
            "expected a graph of at most {MAX_GRAPH_BYTES} bytes, got {got}"
        )));
    }
    app.graphs
        .get_or_read(Key::Value(entry.locator.to_string()), || {
            let graph = read(app.store.read_value(&entry.locator)?).map_err(at)?;
            Ok(graph.told_of(&path()))
        })
}

/// The text or bytes of a tensor that holds one.
fn only_string(value: StoredValue) -> Result<Vec<u8>, String> {
    use glassboard_events::proto::tensorboard::summary::value::Value;
    let StoredValue::Summary(value) = value else {
        return Err("expected a summary".to_owned());
    };
    match value.value {
        Some(Value::Tensor(mut tensor)) if !tensor.string_val.is_empty() => {
            Ok(tensor.string_val.swap_remove(0))
        }
        _ => Err("expected a tensor with a text, got another value".to_owned()),
    }
}

fn file(app: &App, path: &str) -> Result<Arc<Graph>, Failure> {
    let file = ModelFile::find(app, GraphSource::File, path)?;
    app.graphs.get_or_read(Key::File(file.key()), || {
        Ok(graph::of_model(&file.read()?).told_of(path))
    })
}

fn stats(app: &App, run: &str, tag: &str) -> Result<Stats, Failure> {
    let entry = newest(app, plugin::RUN_METADATA, run, tag)?;
    let at = |message: String| {
        let path = app.store.path_of(&entry.locator).unwrap_or_default();
        Failure::unprocessable(format!("run metadata {tag:?}: {message}: {path}"))
    };
    if entry.locator.record_bytes() > MAX_GRAPH_BYTES {
        let got = entry.locator.record_bytes();
        return Err(at(format!(
            "expected at most {MAX_GRAPH_BYTES} bytes, got {got}"
        )));
    }
    match app.store.read_value(&entry.locator)? {
        StoredValue::RunMetadata(bytes) => {
            Stats::read(&bytes).map_err(|error| at(error.to_string()))
        }
        _ => Err(at("expected run metadata".to_owned())),
    }
}

//! Model files and their tables of layers.

use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use glassboard_model::summary::{Counting, KernelSize, Record, Row, Size, Summary};
use glassboard_model::{InputShape, ModelGraph};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::error::Failure;
use crate::explain::Explaining;
use crate::extract::Query;
use crate::model_file::ModelFile;
use crate::natural::natural_cmp;
use crate::wire::{self, GraphSource};

/// Longest text of input shapes.
const MAX_SHAPES_LEN: usize = 1000;

/// Which model, and what goes into it.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ModelParams {
    /// `file` or `upload`.
    source: GraphSource,
    /// Path of the file, or name of the upload.
    name: String,
    /// Shapes of the inputs with `;` between them, such as `1x3x224x224` or `2x7:int64`; empty for those of the file.
    #[serde(default)]
    input: String,
}

/// The model files of the log directory, and what can be asked of them.
#[utoipa::path(
    get,
    path = "/models",
    tag = "models",
    operation_id = "listModels",
    responses((status = 200, body = wire::ModelList))
)]
pub(crate) async fn models(State(app): State<App>) -> Json<wire::ModelList> {
    let snapshot = app.store.snapshot();
    let mut models: Vec<wire::ModelEntry> = snapshot
        .models()
        .iter()
        .map(|model| wire::ModelEntry {
            name: model.path.clone(),
            size_bytes: model.size_bytes,
            modified_secs: model
                .modified
                .and_then(|when| when.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map(|since| since.as_secs_f64()),
        })
        .collect();
    models.sort_by(|a, b| natural_cmp(&a.name, &b.name));
    Json(Explaining::list(models))
}

/// The table of a model's layers, and how it is run.
#[utoipa::path(
    get,
    path = "/model",
    tag = "models",
    operation_id = "getModel",
    params(ModelParams),
    responses(
        (status = 200, body = wire::ModelSummary),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn model(
    State(app): State<App>,
    Query(params): Query<ModelParams>,
) -> Result<Json<wire::ModelSummary>, Failure> {
    app.blocking(move |app| {
        let file = ModelFile::find(app, params.source, &params.name)?;
        let mut graph = file.read()?;
        let about_input = |error: glassboard_model::ModelError| {
            Failure::unprocessable(error.to_string()).about("input")
        };
        let unknown_shapes = if params.input.is_empty() {
            // Shapes that do not fit are the file's own, and the table is still worth showing.
            graph.infer_shapes().unwrap_or_default()
        } else {
            if params.input.len() > MAX_SHAPES_LEN {
                return Err(Failure::bad_request(format!(
                    "expected at most {MAX_SHAPES_LEN} characters of shapes"
                ))
                .about("input"));
            }
            let shapes: Vec<InputShape> = params
                .input
                .split(';')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .map_err(about_input)?;
            graph.set_inputs(&shapes).map_err(about_input)?
        };
        let mut answer = summary(&graph, unknown_shapes);
        match app.explaining.describe(&file) {
            Ok(explain) => answer.explain = explain,
            Err(problem) => answer.problem = Some(problem.into_message()),
        }
        Ok(Json(answer))
    })
    .await
}

fn summary(graph: &ModelGraph, unknown_shapes: Vec<String>) -> wire::ModelSummary {
    let summary = Summary::new(Record::from_graph(graph), Counting::Current);
    let totals = summary.totals();
    let runs = !graph.calls.is_empty();
    let inputs = graph.inputs.iter().map(|input| {
        let value = &graph[*input];
        wire::ModelInput {
            name: value.name.clone(),
            shape: value
                .shape
                .as_ref()
                .map_or_else(|| "?".to_owned(), |shape| joined(shape)),
            dtype: value.dtype.map(|dtype| dtype.to_string()),
        }
    });
    wire::ModelSummary {
        title: graph.name().to_owned(),
        inputs: inputs.collect(),
        rows: summary.rows().map(|row| table_row(row, runs)).collect(),
        params: totals.params,
        trainable_params: totals.trainable_params,
        param_bytes: totals.param_bytes,
        mult_adds: totals.operation_mult_adds.filter(|_| runs),
        unknown_shapes,
        explain: None,
        problem: None,
    }
}

fn table_row(row: &Row, runs: bool) -> wire::ModelRow {
    let own = row.operation_mult_adds.unwrap_or_default();
    let below = row.operation_mult_adds_below.unwrap_or_default();
    wire::ModelRow {
        path: row.path.clone(),
        name: row.name.clone(),
        class_name: row.class_name.clone(),
        depth: u32::try_from(row.depth).unwrap_or(u32::MAX),
        is_leaf: row.is_leaf,
        is_repeated: row.is_recursive,
        output: match &row.output {
            Size::Known(dims) => Some(joined(dims)),
            Size::Absent | Size::Unknown => None,
        },
        kernel: row.kernel_size.as_ref().map(|kernel| match kernel {
            KernelSize::One(side) => side.to_string(),
            KernelSize::Each(sides) => joined(sides),
            KernelSize::Other(text) => text.clone(),
        }),
        params: row.num_params,
        mult_adds: runs.then(|| own.saturating_add(below)),
    }
}

/// Sizes with `×` between them.
fn joined<T: ToString>(sizes: &[T]) -> String {
    let texts: Vec<String> = sizes.iter().map(ToString::to_string).collect();
    texts.join("×")
}

//! What belongs to one dashboard each: curves, meshes, embeddings, graphs, hyperparameters and layouts.

use std::path::PathBuf;

use glassboard_model::read_bytes;
use glassboard_writer::{
    CurveOptions, Element, EmbeddingOptions, Graph, GraphAttribute, GraphNode, HparamsOptions,
    Mesh, MeshStyle, PrCurveRows, Sprite,
};
use pyo3::prelude::*;

use super::Writer;
use crate::convert::{Numbers, Seconds, Step, floats, numbers, shaped_floats, with_numbers};
use crate::error::invalid_input;
use crate::hparams::{self, Style};
use crate::layout;

/// Runs the same code for labels of the types that they usually have; others become 64-bit floats.
macro_rules! with_labels {
    ($numbers:expr, $view:ident => $body:expr) => {
        match $numbers {
            Numbers::I64(array) => {
                let $view = array.as_array();
                $body
            }
            Numbers::Bool(array) => {
                let $view = array.as_array();
                $body
            }
            other => {
                let $view = with_numbers!(other, view => view.mapv(Element::to_f64));
                $body
            }
        }
    };
}

/// Runs the same code for predictions of the types that they usually have; others become 64-bit floats.
macro_rules! with_predictions {
    ($numbers:expr, $view:ident => $body:expr) => {
        match $numbers {
            Numbers::F64(array) => {
                let $view = array.as_array();
                $body
            }
            Numbers::F32(array) => {
                let $view = array.as_array();
                $body
            }
            Numbers::F16(array) => {
                let $view = array.as_array();
                $body
            }
            other => {
                let $view = with_numbers!(other, view => view.mapv(Element::to_f64));
                $body
            }
        }
    };
}

/// A node of a graph: name, kind of operation, inputs, attributes.
type Node = (String, String, Vec<String>, Vec<(String, Attribute)>);

/// An attribute of a node, by what it is in Python.
#[derive(FromPyObject)]
enum Attribute {
    Text(String),
    DataType(i32),
    Shape(Vec<i64>),
    Shapes(Vec<Vec<i64>>),
}

// The signatures are those of `torch.utils.tensorboard`, as long as they are.
#[allow(clippy::too_many_arguments)]
#[pymethods]
impl Writer {
    #[pyo3(signature = (tag, labels, predictions, global_step, num_thresholds, weights, walltime))]
    fn add_pr_curve(
        &self,
        py: Python<'_>,
        tag: &str,
        labels: &Bound<'_, PyAny>,
        predictions: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        num_thresholds: i64,
        weights: Option<&Bound<'_, PyAny>>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let samples = Samples::from_python(labels, predictions, num_thresholds, weights)?;
        let (options, at) = (samples.options(), self.at(global_step, walltime));
        with_labels!(&samples.labels, labels => with_predictions!(&samples.predictions, predictions => {
            self.log(py, |writer| writer.add_pr_curve(tag, &labels, &predictions, at, &options))
        }))
    }

    #[pyo3(signature = (tag, labels, predictions, global_step, num_thresholds, weights, walltime))]
    fn add_roc_curve(
        &self,
        py: Python<'_>,
        tag: &str,
        labels: &Bound<'_, PyAny>,
        predictions: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        num_thresholds: i64,
        weights: Option<&Bound<'_, PyAny>>,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let samples = Samples::from_python(labels, predictions, num_thresholds, weights)?;
        let (options, at) = (samples.options(), self.at(global_step, walltime));
        with_labels!(&samples.labels, labels => with_predictions!(&samples.predictions, predictions => {
            self.log(py, |writer| writer.add_roc_curve(tag, &labels, &predictions, at, &options))
        }))
    }

    #[pyo3(signature = (
        tag, true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts, precision,
        recall, global_step, num_thresholds, walltime
    ))]
    fn add_pr_curve_raw(
        &self,
        py: Python<'_>,
        tag: &str,
        true_positive_counts: &Bound<'_, PyAny>,
        false_positive_counts: &Bound<'_, PyAny>,
        true_negative_counts: &Bound<'_, PyAny>,
        false_negative_counts: &Bound<'_, PyAny>,
        precision: &Bound<'_, PyAny>,
        recall: &Bound<'_, PyAny>,
        global_step: Option<Step>,
        num_thresholds: i64,
        walltime: Option<Seconds>,
    ) -> PyResult<()> {
        let rows = PrCurveRows {
            true_positives: &floats(true_positive_counts, "true_positive_counts")?,
            false_positives: &floats(false_positive_counts, "false_positive_counts")?,
            true_negatives: &floats(true_negative_counts, "true_negative_counts")?,
            false_negatives: &floats(false_negative_counts, "false_negative_counts")?,
            precision: &floats(precision, "precision")?,
            recall: &floats(recall, "recall")?,
            num_thresholds: thresholds(py, num_thresholds)?,
        };
        let at = self.at(global_step, walltime);
        self.log(py, |writer| writer.add_pr_curve_raw(tag, &rows, at))
    }

    /// `config_json` is None when there is no configuration.
    #[pyo3(signature = (
        tag, vertices, colors, faces, config_json, global_step, walltime, *, like_tensorboardx=false
    ))]
    fn add_mesh(
        &self,
        py: Python<'_>,
        tag: &str,
        vertices: &Bound<'_, PyAny>,
        colors: Option<&Bound<'_, PyAny>>,
        faces: Option<&Bound<'_, PyAny>>,
        config_json: Option<String>,
        global_step: Option<Step>,
        walltime: Option<Seconds>,
        like_tensorboardx: bool,
    ) -> PyResult<()> {
        let mut mesh = Mesh::new(&shaped_floats(vertices, "vertices")?);
        if let Some(colors) = colors {
            mesh = mesh.colors(&shaped_floats(colors, "colors")?);
        }
        if let Some(faces) = faces {
            mesh = mesh.faces(&shaped_floats(faces, "faces")?);
        }
        if let Some(config_json) = config_json {
            mesh = mesh.config_json(config_json);
        }
        if like_tensorboardx {
            mesh = mesh.style(MeshStyle::TensorBoardX);
        }
        let at = self.at(global_step, walltime);
        self.log(py, |writer| writer.add_mesh(tag, &mesh, at))
    }

    /// Each line of `metadata` has its columns separated by tabs.
    #[pyo3(signature = (mat, metadata, label_img, global_step, tag, metadata_header))]
    fn add_embedding(
        &self,
        py: Python<'_>,
        mat: &Bound<'_, PyAny>,
        metadata: Option<Vec<String>>,
        label_img: Option<&Bound<'_, PyAny>>,
        global_step: Option<Step>,
        tag: &str,
        metadata_header: Vec<String>,
    ) -> PyResult<()> {
        let matrix = numbers(mat, "mat")?;
        let sprite = match label_img {
            Some(images) => {
                let images = numbers(images, "label_img")?;
                let made = with_numbers!(&images, view => py.detach(|| Sprite::from_tensor(&view)));
                Some(made.map_err(|error| invalid_input(py, format!("label_img: {error}")))?)
            }
            None => None,
        };
        let options = EmbeddingOptions {
            tag,
            metadata: metadata.as_deref(),
            metadata_header: &metadata_header,
            sprite: sprite.as_ref(),
        };
        let at = self.at(global_step, None);
        with_numbers!(&matrix, view => {
            self.log(py, |writer| writer.add_embedding(&view, at, &options))
        })
    }

    /// With `run_tag`, also where the model ran, under that tag.
    #[pyo3(signature = (nodes, run_tag))]
    fn add_graph_nodes(
        &self,
        py: Python<'_>,
        nodes: Vec<Node>,
        run_tag: Option<String>,
    ) -> PyResult<()> {
        let mut graph = Graph::new(nodes.into_iter().map(node));
        graph.run_tag = run_tag.unwrap_or_default();
        let at = self.at(None, None);
        self.log(py, |writer| writer.add_graph(&graph, at))
    }

    /// `model`: the bytes of a model file. With `run_tag`, also where the model ran, under that tag.
    #[pyo3(signature = (model, run_tag))]
    fn add_model_graph(
        &self,
        py: Python<'_>,
        model: &[u8],
        run_tag: Option<String>,
    ) -> PyResult<()> {
        let model =
            read_bytes("model", model.to_vec()).map_err(|error| invalid_input(py, error))?;
        let mut graph = Graph::from(&model);
        graph.run_tag = run_tag.unwrap_or_default();
        let at = self.at(None, None);
        self.log(py, |writer| writer.add_graph(&graph, at))
    }

    #[pyo3(signature = (path))]
    fn add_onnx_graph(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let at = self.at(None, None);
        self.log(py, |writer| writer.add_onnx_graph(&path, at))
    }

    /// Path of the file the trace is put into; none when nothing is written.
    #[pyo3(signature = (trace, worker))]
    fn add_profiler_trace(
        &self,
        py: Python<'_>,
        trace: &[u8],
        worker: Option<&str>,
    ) -> PyResult<Option<PathBuf>> {
        self.ask(py, |writer| {
            writer.add_profiler_trace(trace, worker).map(Some)
        })
    }

    #[pyo3(signature = (
        hparam_dict, metric_dict, hparam_domain_discrete, run_name, global_step, *, like_tensorboardx=false
    ))]
    fn add_hparams(
        &self,
        py: Python<'_>,
        hparam_dict: &Bound<'_, PyAny>,
        metric_dict: &Bound<'_, PyAny>,
        hparam_domain_discrete: Option<&Bound<'_, PyAny>>,
        run_name: Option<String>,
        global_step: Option<Step>,
        like_tensorboardx: bool,
    ) -> PyResult<()> {
        let style = if like_tensorboardx {
            Style::TensorBoardX
        } else {
            Style::Torch
        };
        let (hparams, metrics) =
            hparams::from_python(hparam_dict, metric_dict, hparam_domain_discrete, style)?;
        let options = HparamsOptions {
            run_name: run_name.filter(|name| !name.is_empty()),
            at: self.at(global_step, None),
        };
        self.log(py, |writer| writer.add_hparams(&hparams, metrics, &options))
    }

    fn add_custom_scalars(&self, py: Python<'_>, layout: &Bound<'_, PyAny>) -> PyResult<()> {
        let layout = layout::from_python(layout)?;
        self.log(py, |writer| writer.add_custom_scalars(&layout))
    }
}

/// What the curves of a classifier are made of.
struct Samples<'py> {
    labels: Numbers<'py>,
    predictions: Numbers<'py>,
    weights: Option<Vec<f64>>,
    num_thresholds: usize,
}

impl<'py> Samples<'py> {
    fn from_python(
        labels: &Bound<'py, PyAny>,
        predictions: &Bound<'py, PyAny>,
        num_thresholds: i64,
        weights: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let labels = numbers(labels, "labels")?;
        let count = with_numbers!(&labels, view => view.len());
        let weights = match weights {
            Some(weights) => Some(match floats(weights, "weights")?.as_slice() {
                &[one] => vec![one; count],
                all => all.to_vec(),
            }),
            None => None,
        };
        Ok(Self {
            labels,
            predictions: numbers(predictions, "predictions")?,
            weights,
            num_thresholds: thresholds(predictions.py(), num_thresholds)?,
        })
    }

    fn options(&self) -> CurveOptions<'_> {
        CurveOptions {
            num_thresholds: self.num_thresholds,
            weights: self.weights.as_deref(),
        }
    }
}

fn thresholds(py: Python<'_>, number: i64) -> PyResult<usize> {
    usize::try_from(number).map_err(|_| {
        invalid_input(
            py,
            format!("num_thresholds: expected a positive number, got {number}"),
        )
    })
}

fn node((name, op, inputs, attributes): Node) -> GraphNode {
    let attribute = |(name, attribute)| {
        let attribute = match attribute {
            Attribute::Text(text) => GraphAttribute::Text(text),
            Attribute::DataType(number) => GraphAttribute::DataType(number),
            Attribute::Shape(sizes) => GraphAttribute::Shape(sizes),
            Attribute::Shapes(shapes) => GraphAttribute::Shapes(shapes),
        };
        (name, attribute)
    };
    GraphNode {
        name,
        op,
        inputs,
        device: String::new(),
        attributes: attributes.into_iter().map(attribute).collect(),
    }
}

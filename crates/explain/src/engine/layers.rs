//! Layers of a model by their path, and what flows out of them.

use glassboard_model::{CallId, ModelGraph, NodeId, Step, ValueId, ValueSource};

use super::Engine;
use crate::{ExplainError, Result};

/// A layer of a model, and its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Path, as in `layer4.1.conv2`.
    pub path: String,
    /// What its last run returns.
    pub value: ValueId,
}

/// How many names are suggested for one that does not exist.
const MAX_SUGGESTIONS: usize = 3;

impl Engine {
    /// The layer with this path.
    ///
    /// # Errors
    /// When there is none, with the nearest names; or when it never runs.
    pub fn layer(&self, path: &str) -> Result<Layer> {
        let Some(module) = self.graph.module(path).filter(|_| !path.is_empty()) else {
            return Err(self.unknown_layer(path));
        };
        let output = self.graph[module]
            .calls
            .iter()
            .rev()
            .find_map(|call| self.call_output(*call));
        let value = output.ok_or_else(|| self.unknown_layer(path))?;
        Ok(Layer {
            path: path.to_owned(),
            value,
        })
    }

    fn call_output(&self, call: CallId) -> Option<ValueId> {
        self.graph[call].outputs.last().copied()
    }

    fn unknown_layer(&self, path: &str) -> ExplainError {
        let mut names: Vec<(f64, &str)> = self
            .graph
            .modules
            .iter()
            .filter(|module| !module.path.is_empty() && !module.calls.is_empty())
            .map(|module| {
                (
                    strsim::jaro_winkler(path, &module.path),
                    module.path.as_str(),
                )
            })
            .collect();
        names.sort_by(|left, right| right.0.total_cmp(&left.0));
        ExplainError::UnknownLayer {
            layer: path.to_owned(),
            nearest: names
                .iter()
                .take(MAX_SUGGESTIONS)
                .map(|(_, name)| (*name).to_owned())
                .collect(),
        }
    }

    /// The last convolutional block: the deepest point where the image still has a size, seen from the last
    /// convolution that the output depends on.
    ///
    /// It is the layer around this convolution that ends last before space is pooled away: `layer4.1` of a `ResNet`,
    /// `features.29` (the activation behind the last convolution) of a VGG.
    ///
    /// # Errors
    /// When the model has no convolution.
    pub fn last_convolution(&self) -> Result<Layer> {
        let graph = self.graph();
        let position = graph
            .nodes
            .iter()
            .enumerate()
            .rev()
            .find_map(|(position, node)| {
                let name = super::ops::key(node);
                let is_image = node
                    .outputs
                    .first()
                    .is_some_and(|output| is_spatial(graph, *output));
                (is_convolution(name) && is_image).then_some(position)
            });
        let Some(position) = position else {
            return Err(ExplainError::NoConvolution);
        };
        let Some(start) = graph.nodes[position].outputs.first().copied() else {
            return Err(ExplainError::NoConvolution);
        };
        // From the convolution on, as long as each value is all that the next node takes and has the same shape.
        let end = self.follow(start);
        let Some(call) = self.layer_of(end) else {
            return self
                .layer_of(start)
                .map_or(Err(ExplainError::NoConvolution), |call| {
                    self.layer(&graph[graph[call].module].path)
                });
        };
        Ok(Layer {
            path: graph[graph[call].module].path.clone(),
            value: end,
        })
    }

    /// The last value behind this one that has its shape, before something changes it.
    fn follow(&self, start: ValueId) -> ValueId {
        let graph = self.graph();
        let shape = graph[start].shape.clone();
        let mut last = start;
        let mut members = vec![start];
        for node in &graph.nodes {
            let Some(output) = node.outputs.first().copied() else {
                continue;
            };
            let takes = node.inputs.iter().filter_map(|input| input.value);
            let follows = takes.clone().any(|value| members.contains(&value));
            let is_alike = graph[output].shape == shape && shape.is_some();
            let is_kept_simple = !is_convolution(super::ops::key(node))
                && !super::ops::key(node).to_ascii_lowercase().contains("pool");
            if follows && is_alike && is_kept_simple {
                members.push(output);
                last = output;
            }
        }
        last
    }

    /// The outermost run, within the model, that returns this value.
    fn layer_of(&self, value: ValueId) -> Option<CallId> {
        let graph = self.graph();
        let ValueSource::Node(node) = graph[value].source else {
            return None;
        };
        let mut found = None;
        let mut next = Some(graph[node].call);
        while let Some(call) = next {
            let is_named = !graph[graph[call].module].path.is_empty();
            if is_named && graph[call].outputs.contains(&value) && graph[call].outputs.len() == 1 {
                found = Some(call);
            }
            next = graph[call].parent;
        }
        // Of a chain of layers the one that only holds others is left out: `features` of a VGG is `features.29`.
        while let Some(call) = found {
            match inner(graph, call, value) {
                Some(inside) if is_sequence(graph, call) => found = Some(inside),
                _ => break,
            }
        }
        found
    }

    /// The paths of all layers that run, in the order of the file.
    pub fn layers(&self) -> Vec<String> {
        let modules = self.graph().modules.iter();
        modules
            .filter(|module| !module.path.is_empty() && !module.calls.is_empty())
            .map(|module| module.path.clone())
            .collect()
    }

    /// The paths of all layers that have a convolution of their own, in the order in which they first run.
    pub fn convolutions(&self) -> Vec<String> {
        let graph = self.graph();
        let mut found: Vec<String> = Vec::new();
        for node in &graph.nodes {
            let path = &graph[graph[node.call].module].path;
            if is_convolution(super::ops::key(node)) && !found.contains(path) {
                found.push(path.clone());
            }
        }
        found
    }

    /// The parameters of a convolution: of the layer itself, or of the first convolution within it.
    ///
    /// # Errors
    /// When there is no such layer, or no convolution in it.
    pub fn convolution_weight(&self, path: &str) -> Result<super::Array> {
        let graph = self.graph();
        let module = graph.module(path).ok_or_else(|| self.unknown_layer(path))?;
        let nodes = graph[module]
            .calls
            .iter()
            .flat_map(|call| graph.nodes_of(*call));
        let weight = nodes
            .filter(|node| is_convolution(super::ops::key(&graph[*node])))
            .find_map(|node: NodeId| {
                let weight = graph[node].inputs.get(1)?.value?;
                graph.value_tensor(weight)
            });
        match weight {
            Some(weight) => self.weight(weight),
            None => Err(ExplainError::NoConvolution),
        }
    }

    /// Every convolution with a bias and every batch normalisation of two dimensions: its output, and what it adds to
    /// each channel in all.
    pub(crate) fn biases(&self) -> Result<Vec<(ValueId, super::Array)>> {
        let graph = self.graph();
        let sizes = std::collections::HashMap::new();
        let mut found = Vec::new();
        for step in &self.plan.steps {
            let node = &graph.nodes[step.node];
            let name = super::ops::key(node);
            let is_image = node.outputs.first().is_some_and(|output| {
                graph[*output]
                    .shape
                    .as_ref()
                    .is_none_or(|shape| shape.len() == 4)
            });
            let is_norm = matches!(
                name,
                "batch_norm" | "_native_batch_norm_legit_no_training" | "BatchNormalization"
            );
            let Some(output) = node.outputs.first().filter(|_| is_image) else {
                continue;
            };
            if !is_norm && !is_convolution(name) {
                continue;
            }
            let inputs = step.inputs.iter().map(|input| {
                let tensor = input.and_then(|input| self.plan.weights.get(&input));
                tensor.map(|tensor| self.weight(*tensor)).transpose()
            });
            let inputs = inputs.collect::<Result<Vec<_>>>()?;
            let call = self.call(step, &inputs, &sizes);
            let bias = if is_norm {
                let affine = super::ops::affine_of_batch_norm(&call);
                Some(affine.map_err(|misfit| self.step_misfit(step, misfit))?.1)
            } else {
                super::ops::bias(&call).cloned()
            };
            found.extend(bias.map(|bias| (*output, bias)));
        }
        Ok(found)
    }

    /// The path of the first convolution of the model.
    ///
    /// # Errors
    /// When the model has no convolution.
    pub fn first_convolution(&self) -> Result<String> {
        let graph = self.graph();
        graph
            .nodes
            .iter()
            .find(|node| is_convolution(super::ops::key(node)))
            .map(|node| graph[graph[node.call].module].path.clone())
            .ok_or(ExplainError::NoConvolution)
    }
}

/// Whether an operation of this name is a forward convolution.
pub(super) fn is_convolution(name: &str) -> bool {
    matches!(
        name,
        "conv1d" | "conv2d" | "conv3d" | "convolution" | "_convolution" | "Conv"
    )
}

/// Whether a value is an image or a volume whose sides are not 1.
fn is_spatial(graph: &ModelGraph, value: ValueId) -> bool {
    match graph[value].shape.as_deref() {
        Some([_, _, sides @ ..]) if !sides.is_empty() => {
            sides.iter().any(|side| side.fixed() != Some(1))
        }
        Some(_) => false,
        None => true,
    }
}

/// The run directly within another that returns its value.
fn inner(graph: &ModelGraph, call: CallId, value: ValueId) -> Option<CallId> {
    graph[call].body.iter().rev().find_map(|step| match step {
        Step::Call(inside) if graph[*inside].outputs.last() == Some(&value) => Some(*inside),
        _ => None,
    })
}

/// Whether a run only runs others, one after the other, each of which does one thing.
fn is_sequence(graph: &ModelGraph, call: CallId) -> bool {
    graph[call]
        .body
        .iter()
        .all(|step| matches!(step, Step::Call(_)))
}

//! Graphs of models as the page shows them, whatever they were read from: groups in groups, nodes, and what each node
//! takes.
//!
//! What is read here is untrusted: names, sizes and references are whatever the file says. What does not fit is left
//! out or shown as it is, and a notice says so.

mod build;
mod cache;
mod fields;
mod graph_def;
mod keras;
mod model_file;
mod stats;
mod trace;

use std::collections::{HashMap, HashSet};

pub(crate) use self::cache::{Cache, Key};
pub(crate) use self::graph_def::read as read_graph_def;
pub(crate) use self::keras::read as read_keras;
pub(crate) use self::model_file::of_model;
pub(crate) use self::stats::Stats;
pub(crate) use self::trace::read as read_trace;

use crate::wire::{self, GraphKind, GraphNodeKind, GraphNotice, GraphSetting};

/// Longest text of a setting that is kept.
const MAX_TEXT_BYTES: usize = 2_000;

/// Most neighbours of a group that are listed.
const MAX_NEIGHBOURS: usize = 1_000;

/// A graph, complete.
#[derive(Debug)]
pub(crate) struct Graph {
    title: String,
    kind: GraphKind,
    nodes: Vec<Node>,
    shapes: Vec<String>,
    devices: Vec<String>,
    metadata: Vec<GraphSetting>,
    notices: Vec<GraphNotice>,
}

/// A group or a node.
#[derive(Debug)]
struct Node {
    name: String,
    parent: Option<u32>,
    kind: GraphNodeKind,
    op: String,
    parameters: Option<u64>,
    mult_adds: Option<u64>,
    device: Option<u32>,
    /// Path of the layer that it is or belongs to.
    module: Option<String>,
    attributes: Vec<GraphSetting>,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
}

/// What a node takes at one place.
#[derive(Debug)]
struct Input {
    /// The place's name, often empty.
    name: String,
    from: From,
    /// Which of the maker's results.
    port: u32,
    control: bool,
}

/// What makes something.
#[derive(Debug)]
enum From {
    Node(u32),
    /// Nothing does; this is what the file calls it.
    Nothing(String),
}

/// A result of a node.
#[derive(Clone, Debug, Default)]
struct Output {
    /// Position of its shape.
    shape: Option<u32>,
    dtype: Option<String>,
}

impl Graph {
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, number: u32) -> Option<&Node> {
        self.nodes.get(number as usize)
    }

    /// The result that an input takes.
    fn output(&self, input: &Input) -> Option<&Output> {
        match input.from {
            From::Node(from) => self.node(from)?.outputs.get(input.port as usize),
            From::Nothing(_) => None,
        }
    }

    /// As it travels, with what a run of it took if that is known.
    pub(crate) fn to_wire(&self, stats: Option<&Stats>) -> wire::Graph {
        let taken = stats.map(|stats| stats.of(self));
        let nodes = self.nodes.iter().enumerate();
        let nodes = nodes.map(|(number, node)| {
            let taken = taken
                .as_ref()
                .and_then(|taken| taken.nodes.get(number))
                .copied()
                .unwrap_or_default();
            wire::GraphNode {
                name: node.name.clone(),
                parent: node.parent,
                kind: node.kind,
                op: node.op.clone(),
                shape: node.outputs.first().and_then(|output| output.shape),
                parameters: node.parameters,
                mult_adds: node.mult_adds,
                device: taken.device.or(node.device),
                time_micros: taken.time_micros,
                memory_bytes: taken.memory_bytes,
            }
        });
        let mut edges = wire::GraphEdges::default();
        for (to, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                let From::Node(from) = input.from else {
                    continue;
                };
                if input.control {
                    edges.control.push(edges.from.len() as u32);
                }
                edges.from.push(from);
                edges.to.push(to as u32);
                let shape = self.output(input).and_then(|output| output.shape);
                let shape = shape.and_then(|shape| i32::try_from(shape).ok());
                edges.shape.push(shape.unwrap_or(-1));
            }
        }
        let mut notices = self.notices.clone();
        let mut devices = self.devices.clone();
        if let Some(taken) = &taken {
            devices.clone_from(&taken.devices);
            notices.extend(taken.notice.clone());
        }
        wire::Graph {
            title: self.title.clone(),
            kind: self.kind,
            nodes: nodes.collect(),
            edges,
            shapes: self.shapes.clone(),
            devices,
            metadata: self.metadata.clone(),
            notices,
        }
    }

    /// Says in what is wrong with the graph which file it is in.
    pub(crate) fn told_of(mut self, path: &str) -> Self {
        for notice in &mut self.notices {
            notice.message = format!("{}: {path}", notice.message);
        }
        self
    }

    /// What the card of a group or node shows.
    pub(crate) fn detail(&self, number: u32) -> Option<wire::GraphNodeDetail> {
        let node = self.node(number)?;
        let (inputs, outputs) = if node.kind == GraphNodeKind::Group {
            self.border(number)
        } else {
            (self.inputs(node), self.outputs(number, node))
        };
        Some(wire::GraphNodeDetail {
            path: self.path(number),
            module: node.module.clone(),
            attributes: node.attributes.clone(),
            inputs,
            outputs,
        })
    }

    /// The names from the outermost group down, with slashes.
    fn path(&self, number: u32) -> String {
        let mut parts: Vec<&str> = Vec::new();
        let mut next = Some(number);
        while let Some(node) = next.and_then(|number| self.node(number)) {
            parts.push(&node.name);
            next = node.parent;
        }
        parts.reverse();
        parts.join("/")
    }

    fn shape_text(&self, output: &Output) -> Option<String> {
        self.shapes.get(output.shape? as usize).cloned()
    }

    fn input(&self, input: &Input) -> wire::GraphInput {
        let output = self.output(input);
        let (node, missing) = match &input.from {
            From::Node(node) => (Some(*node), String::new()),
            From::Nothing(name) => (None, name.clone()),
        };
        wire::GraphInput {
            name: input.name.clone(),
            node,
            missing,
            shape: output.and_then(|output| self.shape_text(output)),
            dtype: output.and_then(|output| output.dtype.clone()),
            control: input.control,
        }
    }

    fn inputs(&self, node: &Node) -> Vec<wire::GraphInput> {
        node.inputs.iter().map(|input| self.input(input)).collect()
    }

    fn outputs(&self, number: u32, node: &Node) -> Vec<wire::GraphOutput> {
        let mut outputs: Vec<wire::GraphOutput> = node
            .outputs
            .iter()
            .map(|output| wire::GraphOutput {
                shape: self.shape_text(output),
                dtype: output.dtype.clone(),
                used_by: Vec::new(),
            })
            .collect();
        for (user, other) in self.nodes.iter().enumerate() {
            for input in &other.inputs {
                if !matches!(input.from, From::Node(from) if from == number) {
                    continue;
                }
                // What uses a result that the file does not list is a use all the same.
                let port = (input.port as usize).min(outputs.len());
                if port == outputs.len() {
                    outputs.push(wire::GraphOutput {
                        shape: None,
                        dtype: None,
                        used_by: Vec::new(),
                    });
                }
                let used_by = outputs.get_mut(port).map(|output| &mut output.used_by);
                if let Some(used_by) = used_by.filter(|users| users.last() != Some(&(user as u32)))
                {
                    used_by.push(user as u32);
                }
            }
        }
        outputs
    }

    /// What crosses the border of a group, each maker once.
    fn border(&self, group: u32) -> (Vec<wire::GraphInput>, Vec<wire::GraphOutput>) {
        // Groups come before what is in them.
        let mut is_inside = vec![false; self.nodes.len()];
        for (number, node) in self.nodes.iter().enumerate() {
            is_inside[number] = number == group as usize
                || node
                    .parent
                    .is_some_and(|parent| is_inside.get(parent as usize) == Some(&true));
        }
        let inside = |number: u32| is_inside.get(number as usize) == Some(&true);
        let mut inputs = Vec::new();
        let mut outputs: Vec<wire::GraphOutput> = Vec::new();
        let mut taken = HashSet::new();
        let mut made = HashMap::new();
        for (to, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                let From::Node(from) = input.from else {
                    continue;
                };
                let (comes_in, goes_out) = (
                    !inside(from) && is_inside[to],
                    inside(from) && !is_inside[to],
                );
                if comes_in && inputs.len() < MAX_NEIGHBOURS && taken.insert((from, input.port)) {
                    inputs.push(self.input(input));
                }
                if goes_out {
                    let next = outputs.len();
                    let at = *made.entry((from, input.port)).or_insert(next);
                    if at == next && at < MAX_NEIGHBOURS {
                        let output = self.output(input);
                        outputs.push(wire::GraphOutput {
                            shape: output.and_then(|output| self.shape_text(output)),
                            dtype: output.and_then(|output| output.dtype.clone()),
                            used_by: Vec::new(),
                        });
                    }
                    if let Some(output) = outputs.get_mut(at) {
                        output.used_by.push(to as u32);
                    }
                }
            }
        }
        (inputs, outputs)
    }
}

/// `1×64×56×56`; of a single number `scalar`.
fn shape_text(sizes: impl IntoIterator<Item = String>) -> String {
    let sizes: Vec<String> = sizes.into_iter().collect();
    if sizes.is_empty() {
        return "scalar".to_owned();
    }
    sizes.join("×")
}

/// A setting whose text is cut where it is very long.
fn setting(name: impl Into<String>, text: &str) -> GraphSetting {
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    GraphSetting {
        name: name.into(),
        text: text[..end].to_owned(),
        size_bytes: (end < text.len()).then_some(text.len() as u64),
    }
}

#[cfg(test)]
mod tests;

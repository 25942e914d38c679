//! What a run of a graph took: time and memory of nodes, from `RunMetadata`.

use std::collections::{HashMap, HashSet};

use glassboard_events::proto::tensorboard::RunMetadata;
use prost::Message as _;

use super::build::{notice, sum};
use super::{GraphNodeKind, GraphNotice, Node};
use crate::wire::GraphNoticeKind;

/// What was measured, by the names of the graph's file.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    nodes: HashMap<String, Measured>,
}

#[derive(Debug, Default)]
struct Measured {
    device: String,
    time_micros: u64,
    memory_bytes: u64,
}

/// What a node took, or all in a group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    pub(super) time_micros: Option<u64>,
    pub(super) memory_bytes: Option<u64>,
    /// Position in [`AllTaken::devices`].
    pub(super) device: Option<u32>,
}

/// What every node of a graph took.
#[derive(Debug)]
pub(super) struct AllTaken {
    pub(super) nodes: Vec<Taken>,
    pub(super) devices: Vec<String>,
    pub(super) notice: Option<GraphNotice>,
}

impl Stats {
    /// Reads a `RunMetadata`. A node that ran on several devices took the sum; streams of a GPU, whose kernels count for
    /// the device already, are left out.
    ///
    /// # Errors
    /// When the message cannot be decoded.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, prost::DecodeError> {
        let metadata = RunMetadata::decode(bytes)?;
        let mut stats = Self::default();
        let devices = metadata.step_stats.unwrap_or_default().dev_stats;
        for device in devices {
            if device.device.contains("/stream:") {
                continue;
            }
            for node in device.node_stats {
                let number = |number: i64| u64::try_from(number).unwrap_or(0);
                let allocated = node.memory.iter();
                let allocated = allocated
                    .map(|memory| number(memory.total_bytes))
                    .fold(0, u64::saturating_add);
                // Some writers add ` = op(inputs)` or `:op`.
                let name = node.node_name.split([' ', ':']).next().unwrap_or_default();
                let known = stats.nodes.entry(name.to_owned()).or_default();
                known.time_micros = known
                    .time_micros
                    .saturating_add(number(node.all_end_rel_micros));
                known.memory_bytes = known.memory_bytes.saturating_add(allocated);
                known.device.clone_from(&device.device);
            }
        }
        Ok(stats)
    }

    pub(super) fn of(&self, graph: &super::Graph) -> AllTaken {
        let mut nodes = vec![Taken::default(); graph.nodes.len()];
        let mut devices = graph.devices.clone();
        let mut number_of: HashMap<String, u32> = devices
            .iter()
            .zip(0..)
            .map(|(device, number)| (device.clone(), number))
            .collect();
        let mut found = HashSet::new();
        let names = file_names(&graph.nodes);
        for (number, node) in graph.nodes.iter().enumerate() {
            if node.kind == GraphNodeKind::Group {
                continue;
            }
            let Some((name, measured)) = names
                .get(number)
                .and_then(|name| self.nodes.get_key_value(name))
            else {
                continue;
            };
            found.insert(name);
            let device = *number_of.entry(measured.device.clone()).or_insert_with(|| {
                devices.push(measured.device.clone());
                devices.len() as u32 - 1
            });
            nodes[number] = Taken {
                time_micros: Some(measured.time_micros),
                memory_bytes: Some(measured.memory_bytes),
                device: Some(device),
            };
        }
        // Groups come before what is in them.
        for number in (0..nodes.len()).rev() {
            let own = nodes[number];
            let parent = graph.nodes[number].parent.map(|parent| parent as usize);
            if let Some(group) = parent.and_then(|parent| nodes.get_mut(parent)) {
                group.time_micros = sum(group.time_micros, own.time_micros);
                group.memory_bytes = sum(group.memory_bytes, own.memory_bytes);
            }
        }
        let mut unknown: Vec<&str> = self
            .nodes
            .keys()
            .filter(|name| !found.contains(name))
            .map(String::as_str)
            .collect();
        unknown.sort_unstable();
        let what = "nodes with run metadata that are not in the graph:";
        let count = unknown.len() as u64;
        AllTaken {
            nodes,
            devices,
            notice: (count > 0)
                .then(|| notice(GraphNoticeKind::UnknownNodes, count, what, unknown)),
        }
    }
}

/// The names that the file gave the nodes.
fn file_names(nodes: &[Node]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let parent = node.parent.map(|parent| parent as usize);
        let above = parent.and_then(|parent| Some((names.get(parent)?, nodes.get(parent)?)));
        let part = if node.kind == GraphNodeKind::Group && !node.op.is_empty() {
            format!("{}[{}]", node.op, node.name)
        } else {
            node.name.clone()
        };
        names.push(match above {
            // A node that has its group's name.
            Some((above, group)) if part == format!("({})", group.name) => above.clone(),
            Some((above, _)) => format!("{above}/{part}"),
            None => part,
        });
    }
    names
}

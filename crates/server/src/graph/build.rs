//! A graph under construction: finding groups, counting what is in them, looking for what is wrong.

use std::collections::{HashMap, HashSet};

use super::{From, Graph, Input, Node, Output};
use crate::wire::{GraphKind, GraphNodeKind, GraphNotice, GraphNoticeKind, GraphSetting};

/// Most groups and nodes of a graph; the page draws what is open, but it has to hold all of them.
pub(super) const MAX_NODES: usize = 200_000;

/// Most groups in one another; what lies deeper keeps its slashes in its name.
pub(super) const MAX_DEPTH: usize = 64;

/// How many names a notice tells.
const NAMES_TOLD: usize = 3;

/// Makes a [`Graph`].
#[derive(Debug)]
pub(super) struct Builder {
    graph: Graph,
    groups: HashMap<(Option<u32>, String), u32>,
    depths: Vec<u16>,
    shapes: HashMap<String, u32>,
    devices: HashMap<String, u32>,
    left_out: u64,
}

impl Builder {
    pub(super) fn new(kind: GraphKind) -> Self {
        Self {
            graph: Graph {
                title: String::new(),
                kind,
                nodes: Vec::new(),
                shapes: Vec::new(),
                devices: Vec::new(),
                metadata: Vec::new(),
                notices: Vec::new(),
            },
            groups: HashMap::new(),
            depths: Vec::new(),
            shapes: HashMap::new(),
            devices: HashMap::new(),
            left_out: 0,
        }
    }

    pub(super) fn set_title(&mut self, title: impl Into<String>) {
        self.graph.title = title.into();
    }

    pub(super) fn add_metadata(&mut self, setting: GraphSetting) {
        self.graph.metadata.push(setting);
    }

    /// The group of this key in a group, which is made if it is new. `None`: there are too many.
    ///
    /// `key` tells groups apart that have the same name.
    pub(super) fn group(
        &mut self,
        parent: Option<u32>,
        key: &str,
        name: &str,
        class_name: &str,
    ) -> Option<u32> {
        let key = (parent, key.to_owned());
        if let Some(known) = self.groups.get(&key) {
            return Some(*known);
        }
        let group = self.add(parent, name, GraphNodeKind::Group, class_name)?;
        self.groups.insert(key, group);
        Some(group)
    }

    /// Adds a node. `None`: there are too many.
    pub(super) fn add(
        &mut self,
        parent: Option<u32>,
        name: &str,
        kind: GraphNodeKind,
        op: &str,
    ) -> Option<u32> {
        if self.graph.nodes.len() >= MAX_NODES {
            self.left_out += 1;
            return None;
        }
        let above = parent.and_then(|parent| self.depths.get(parent as usize));
        self.depths.push(above.map_or(0, |depth| depth + 1));
        self.graph.nodes.push(Node {
            name: name.to_owned(),
            parent,
            kind,
            op: op.to_owned(),
            parameters: None,
            mult_adds: None,
            device: None,
            module: None,
            attributes: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
        });
        Some(self.graph.nodes.len() as u32 - 1)
    }

    /// Whether a group may have groups in it.
    pub(super) fn may_nest(&self, group: Option<u32>) -> bool {
        let depth = group.and_then(|group| self.depths.get(group as usize));
        depth.is_none_or(|depth| usize::from(*depth) + 1 < MAX_DEPTH)
    }

    /// Counts nodes that are not even looked at.
    pub(super) fn leave_out(&mut self, nodes: u64) {
        self.left_out += nodes;
    }

    pub(super) fn node_mut(&mut self, node: u32) -> Option<&mut Node> {
        self.graph.nodes.get_mut(node as usize)
    }

    pub(super) fn node(&self, node: u32) -> Option<&Node> {
        self.graph.node(node)
    }

    /// A result with this shape and type.
    pub(super) fn output(&mut self, shape: Option<String>, dtype: Option<String>) -> Output {
        let shape = shape.map(|shape| {
            let next = self.graph.shapes.len() as u32;
            *self.shapes.entry(shape).or_insert_with_key(|shape| {
                self.graph.shapes.push(shape.clone());
                next
            })
        });
        Output { shape, dtype }
    }

    pub(super) fn device(&mut self, name: &str) -> Option<u32> {
        if name.is_empty() {
            return None;
        }
        let next = self.graph.devices.len() as u32;
        Some(*self.devices.entry(name.to_owned()).or_insert_with(|| {
            self.graph.devices.push(name.to_owned());
            next
        }))
    }

    pub(super) fn notice<S: AsRef<str>>(
        &mut self,
        kind: GraphNoticeKind,
        count: u64,
        what: &str,
        names: impl IntoIterator<Item = S>,
    ) {
        self.graph.notices.push(notice(kind, count, what, names));
    }

    /// Adds what groups have in all, and says what is wrong.
    pub(super) fn finish(mut self) -> Graph {
        self.count();
        self.note_missing();
        self.note_cycles();
        if self.left_out > 0 {
            let what =
                format!("expected at most {MAX_NODES} nodes and groups; nodes that are not shown:");
            self.notice::<&str>(GraphNoticeKind::TooLarge, self.left_out, &what, []);
        }
        self.graph
    }

    /// Groups come before what is in them: backwards, every sum is complete when it is added to the next.
    fn count(&mut self) {
        let nodes = &mut self.graph.nodes;
        // Of a group: no device seen yet, one, or several.
        let mut devices: Vec<Option<Option<u32>>> = vec![None; nodes.len()];
        for number in (0..nodes.len()).rev() {
            let node = &mut nodes[number];
            if node.kind == GraphNodeKind::Group {
                node.device = devices[number].flatten();
            } else {
                devices[number] = node.device.map(Some);
            }
            let (parameters, mult_adds, parent) = (node.parameters, node.mult_adds, node.parent);
            let Some(parent) = parent.map(|parent| parent as usize) else {
                continue;
            };
            let own = devices[number];
            let (Some(group), Some(device)) = (nodes.get_mut(parent), devices.get_mut(parent))
            else {
                continue;
            };
            group.parameters = sum(group.parameters, parameters);
            group.mult_adds = sum(group.mult_adds, mult_adds);
            *device = match (*device, own) {
                (known, None) => known,
                (None, Some(own)) => Some(own),
                (Some(known), Some(own)) => Some(known.filter(|known| own == Some(*known))),
            };
        }
    }

    fn note_missing(&mut self) {
        let inputs = self.graph.nodes.iter().flat_map(|node| &node.inputs);
        let mut seen = HashSet::new();
        let missing: Vec<String> = inputs
            .filter_map(|input| match &input.from {
                From::Nothing(name) if seen.insert(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        if !missing.is_empty() {
            let count = missing.len() as u64;
            let what = "nodes that are taken as input, but are not in the graph:";
            self.notice(GraphNoticeKind::MissingInputs, count, what, missing);
        }
    }

    fn note_cycles(&mut self) {
        let in_cycle = self.nodes_in_cycles();
        if in_cycle.is_empty() {
            return;
        }
        let names: Vec<String> = in_cycle
            .iter()
            .take(NAMES_TOLD)
            .map(|node| self.graph.path(*node))
            .collect();
        let what = "nodes that need their own result, or lie between such nodes:";
        self.notice(GraphNoticeKind::Cycle, in_cycle.len() as u64, what, names);
    }

    /// Nodes that are left when all are taken away that wait for nothing, and then all that nothing waits for.
    fn nodes_in_cycles(&self) -> Vec<u32> {
        let nodes = &self.graph.nodes;
        let mut edges: Vec<(u32, u32)> = Vec::new();
        for (to, node) in nodes.iter().enumerate() {
            for input in &node.inputs {
                // A loop of TensorFlow 1 goes round by this operation.
                if let From::Node(from) = input.from
                    && !self.node(from).is_some_and(goes_round)
                {
                    edges.push((from, to as u32));
                }
            }
        }
        let mut left = vec![true; nodes.len()];
        take_away(&edges, &mut left);
        for edge in &mut edges {
            *edge = (edge.1, edge.0);
        }
        take_away(&edges, &mut left);
        let numbers = (0..nodes.len() as u32).filter(|number| left[*number as usize]);
        numbers.collect()
    }
}

fn goes_round(node: &Node) -> bool {
    matches!(node.op.as_str(), "NextIteration" | "RefNextIteration")
}

/// Takes away every node that waits for nothing that is left.
fn take_away(edges: &[(u32, u32)], left: &mut [bool]) {
    let mut waits = vec![0_u32; left.len()];
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); left.len()];
    for (from, to) in edges {
        let (from, to) = (*from as usize, *to as usize);
        if left[from] && left[to] {
            waits[to] += 1;
            users[from].push(to as u32);
        }
    }
    let mut ready: Vec<usize> = (0..left.len())
        .filter(|node| left[*node] && waits[*node] == 0)
        .collect();
    while let Some(node) = ready.pop() {
        left[node] = false;
        for user in std::mem::take(&mut users[node]) {
            let user = user as usize;
            waits[user] -= 1;
            if waits[user] == 0 {
                ready.push(user);
            }
        }
    }
}

/// The sum of what is known.
pub(super) fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (known, None) | (None, known) => known,
    }
}

/// A notice with the number and the first names.
pub(super) fn notice<S: AsRef<str>>(
    kind: GraphNoticeKind,
    count: u64,
    what: &str,
    names: impl IntoIterator<Item = S>,
) -> GraphNotice {
    let names: Vec<String> = names
        .into_iter()
        .take(NAMES_TOLD)
        .map(|name| super::setting("", name.as_ref()).text)
        .collect();
    let more = if count as usize > names.len() {
        ", …"
    } else {
        ""
    };
    let message = if names.is_empty() {
        format!("{what} {count}")
    } else {
        format!("{what} {count} ({}{more})", names.join(", "))
    };
    GraphNotice {
        kind,
        count,
        message,
    }
}

/// What a node takes from a result of another one.
pub(super) fn input(name: &str, from: u32, port: u32) -> Input {
    Input {
        name: name.to_owned(),
        from: From::Node(from),
        port,
        control: false,
    }
}

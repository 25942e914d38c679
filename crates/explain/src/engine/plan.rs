//! In which order what is run: a model's nodes as steps between numbered places.
//!
//! Exported programs change tensors in place (`relu_`). A step never does: what comes behind such a node reads its
//! result in place of the tensor that was changed, and where that was a view of another tensor, the change is written
//! back into it.

use std::collections::{HashMap, HashSet};

use glassboard_model::{Attribute, ModelGraph, TensorId, ValueId, ValueKind, ValueSource};

use super::{
    layers::is_convolution,
    ops::{self, Operation},
};
use crate::{ExplainError, Result};

/// Where a value is kept: the value's number, or one behind the last of them.
pub(crate) type Slot = usize;

/// What a step does.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// A node's operation.
    Operation(&'static Operation),
    /// Puts the elements that the node's view took back into the tensor it was taken from.
    WriteBack(&'static Operation),
}

/// One thing to do.
#[derive(Clone)]
pub(crate) struct PlanStep {
    /// Position among the model's nodes.
    pub(crate) node: usize,
    pub(crate) work: Work,
    pub(crate) inputs: Vec<Option<Slot>>,
    pub(crate) outputs: Vec<Slot>,
}

/// The steps of a model.
pub(crate) struct Plan {
    pub(crate) steps: Vec<PlanStep>,
    /// Places of parameters, buffers and constants.
    pub(crate) weights: HashMap<Slot, TensorId>,
    pub(crate) inputs: Vec<Slot>,
    pub(crate) outputs: Vec<Slot>,
    /// Behind which convolution (its position) comes what can be done together with it.
    tails: HashMap<usize, Tail>,
}

/// Steps that alone use the result of the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tail {
    /// A batch normalisation, by its position.
    pub(crate) normalization: Option<usize>,
    /// A `ReLU`, by its position.
    pub(crate) relu: Option<usize>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Plan")
            .field("steps", &self.steps.len())
            .finish_non_exhaustive()
    }
}

/// Operations whose result is a view of their input in PyTorch.
const VIEWS: &[&str] = &[
    "alias",
    "detach",
    "expand",
    "flatten",
    "narrow",
    "permute",
    "reshape",
    "select",
    "slice",
    "squeeze",
    "t",
    "transpose",
    "unflatten",
    "unsqueeze",
    "view",
];

/// Batch normalisations, with one result that is used.
const NORMALIZATIONS: &[&str] = &[
    "batch_norm",
    "_native_batch_norm_legit_no_training",
    "native_batch_norm",
    "BatchNormalization",
];

/// The place where a value is kept.
pub(crate) fn slot(value: ValueId) -> Slot {
    value.index()
}

impl Plan {
    pub(crate) fn new(graph: &ModelGraph) -> Result<Self> {
        if graph.nodes.is_empty() {
            return Err(ExplainError::NoProgram);
        }
        let table = ops::table();
        let needed = needed_nodes(graph);
        let mut planner = Planner {
            graph,
            plan: Self {
                steps: Vec::new(),
                weights: HashMap::new(),
                inputs: graph.inputs.iter().copied().map(slot).collect(),
                outputs: Vec::new(),
                tails: HashMap::new(),
            },
            current: HashMap::new(),
            views: HashMap::new(),
            next: graph.values.len(),
        };
        for (position, value) in graph.values.iter().enumerate() {
            if let ValueSource::Tensor(tensor) = value.source {
                planner.plan.weights.insert(position, tensor);
            }
        }
        let mut unknown = Vec::new();
        for (position, node) in graph.nodes.iter().enumerate() {
            // Sizes are found out from the input's shape.
            let makes_tensors = node
                .outputs
                .iter()
                .any(|output| graph[*output].kind != ValueKind::Scalar);
            if !needed.contains(&position) || !makes_tensors {
                continue;
            }
            match table.get(ops::key(node)) {
                Some(operation) => planner.add(position, operation),
                None => unknown.push((node.op.clone(), layer_name(graph, position))),
            }
        }
        if !unknown.is_empty() {
            return Err(ExplainError::UnknownOperations {
                operations: unknown,
            });
        }
        planner.plan.outputs = graph
            .outputs
            .iter()
            .map(|output| planner.now(slot(*output)))
            .collect();
        planner.plan.tails = planner.plan.tails(graph);
        Ok(planner.plan)
    }

    /// What can be done together with the convolution at this position.
    pub(crate) fn tail(&self, position: usize) -> Tail {
        self.tails.get(&position).copied().unwrap_or_default()
    }

    fn tails(&self, graph: &ModelGraph) -> HashMap<usize, Tail> {
        let mut users: HashMap<Slot, Vec<usize>> = HashMap::new();
        for (position, step) in self.steps.iter().enumerate() {
            for input in step.inputs.iter().flatten() {
                users.entry(*input).or_default().push(position);
            }
        }
        let key = |position: usize| match self.steps[position].work {
            Work::Operation(_) => ops::key(&graph.nodes[self.steps[position].node]),
            Work::WriteBack(_) => "",
        };
        // The one step that uses a step's result, as its first input; its others are parameters.
        let next = |position: usize| {
            let output = self.steps[position].outputs.first()?;
            let [user] = users.get(output)?.as_slice() else {
                return None;
            };
            let (first, others) = self.steps[*user].inputs.split_first()?;
            let others_are_weights = others
                .iter()
                .flatten()
                .all(|input| self.weights.contains_key(input));
            let is_inner = *first == Some(*output) && !self.outputs.contains(output);
            (is_inner && others_are_weights).then_some(*user)
        };
        let mut tails = HashMap::new();
        for position in 0..self.steps.len() {
            if !is_convolution(key(position)) {
                continue;
            }
            let following = next(position);
            let normalization = following.filter(|next| NORMALIZATIONS.contains(&key(*next)));
            let behind = match normalization {
                Some(normalization) => next(normalization),
                None => following,
            };
            let relu = behind.filter(|next| matches!(key(*next), "relu" | "Relu"));
            if normalization.is_some() || relu.is_some() {
                tails.insert(
                    position,
                    Tail {
                        normalization,
                        relu,
                    },
                );
            }
        }
        tails
    }

    /// The steps, in order, that make `wanted` out of what is given.
    pub(crate) fn schedule(&self, wanted: &[Slot], given: &HashSet<Slot>) -> Vec<usize> {
        let mut needed: HashSet<Slot> = wanted
            .iter()
            .filter(|slot| !given.contains(slot))
            .copied()
            .collect();
        let mut steps = Vec::new();
        for (position, step) in self.steps.iter().enumerate().rev() {
            if step.outputs.iter().any(|output| needed.contains(output)) {
                steps.push(position);
                let inputs = step.inputs.iter().flatten();
                needed.extend(inputs.filter(|input| !given.contains(input)));
            }
        }
        steps.reverse();
        steps
    }

    /// Every place that depends on one of these, these included.
    pub(crate) fn dependent(&self, slots: &[Slot]) -> HashSet<Slot> {
        let mut found: HashSet<Slot> = slots.iter().copied().collect();
        for step in &self.steps {
            if step
                .inputs
                .iter()
                .flatten()
                .any(|input| found.contains(input))
            {
                found.extend(&step.outputs);
            }
        }
        found
    }
}

/// The layer of a node, or the node's own name where it is in none.
pub(crate) fn layer_name(graph: &ModelGraph, node: usize) -> String {
    let node = &graph.nodes[node];
    let path = &graph[graph[node.call].module].path;
    if path.is_empty() {
        node.name.clone()
    } else {
        path.clone()
    }
}

/// Nodes that the outputs depend on. Tensors changed in place have their changes counted in.
fn needed_nodes(graph: &ModelGraph) -> HashSet<usize> {
    let mut values: HashSet<ValueId> = graph.outputs.iter().copied().collect();
    let mut nodes = HashSet::new();
    loop {
        let before = nodes.len();
        for (position, node) in graph.nodes.iter().enumerate().rev() {
            let changes = is_in_place(&node.op)
                && node
                    .inputs
                    .first()
                    .and_then(|input| input.value)
                    .is_some_and(|value| touches(graph, value, &values));
            if changes || node.outputs.iter().any(|output| values.contains(output)) {
                nodes.insert(position);
                values.extend(node.inputs.iter().filter_map(|input| input.value));
            }
        }
        if nodes.len() == before {
            return nodes;
        }
    }
}

/// Whether a value, or what it is a view of, is among these.
fn touches(graph: &ModelGraph, value: ValueId, values: &HashSet<ValueId>) -> bool {
    let mut next = Some(value);
    while let Some(value) = next {
        if values.contains(&value) {
            return true;
        }
        next = match graph[value].source {
            ValueSource::Node(node) if VIEWS.contains(&ops::key(&graph[node])) => {
                graph[node].inputs.first().and_then(|input| input.value)
            }
            _ => None,
        };
    }
    false
}

/// Whether an operation of `ATen` changes its first input.
fn is_in_place(op: &str) -> bool {
    let Some(name) = op.strip_prefix("aten.") else {
        return false;
    };
    let name = name.split('.').next().unwrap_or(name);
    name.ends_with('_') && !name.ends_with("__")
}

struct Planner<'a> {
    graph: &'a ModelGraph,
    plan: Plan,
    /// What stands for a place since it was changed.
    current: HashMap<Slot, Slot>,
    /// Views: the step's operation, its node, and what it is a view of.
    views: HashMap<Slot, (&'static Operation, usize, Slot)>,
    next: Slot,
}

impl Planner<'_> {
    fn now(&self, slot: Slot) -> Slot {
        self.current.get(&slot).copied().unwrap_or(slot)
    }

    fn new_slot(&mut self) -> Slot {
        self.next += 1;
        self.next - 1
    }

    fn add(&mut self, position: usize, operation: &'static Operation) {
        let node = &self.graph.nodes[position];
        let mut inputs: Vec<Option<Slot>> = node
            .inputs
            .iter()
            .map(|input| input.value.map(|value| self.now(slot(value))))
            .collect();
        // A constant among the settings is an input behind the others.
        for (_, attribute) in &node.attributes {
            if let Attribute::Tensor(tensor) = attribute {
                let added = self.new_slot();
                self.plan.weights.insert(added, *tensor);
                inputs.push(Some(added));
            }
        }
        let outputs: Vec<Slot> = node.outputs.iter().copied().map(slot).collect();
        let first = node.inputs.first().and_then(|input| input.value).map(slot);
        if let (Some(first), Some(output)) = (first, outputs.first().copied()) {
            if VIEWS.contains(&ops::key(node)) {
                self.views.insert(output, (operation, position, first));
            }
            if is_in_place(&node.op) {
                self.current.insert(first, output);
            }
        }
        self.plan.steps.push(PlanStep {
            node: position,
            work: Work::Operation(operation),
            inputs,
            outputs: outputs.clone(),
        });
        if is_in_place(&node.op)
            && let (Some(first), Some(output)) = (first, outputs.first().copied())
        {
            self.write_back(first, output);
        }
    }

    /// Writes a changed view back into what it is a view of, and that into what this is a view of.
    fn write_back(&mut self, mut view: Slot, mut changed: Slot) {
        while let Some((operation, node, base)) = self.views.get(&view).copied() {
            let written = self.new_slot();
            self.plan.steps.push(PlanStep {
                node,
                work: Work::WriteBack(operation),
                inputs: vec![Some(self.now(base)), Some(changed)],
                outputs: vec![written],
            });
            self.current.insert(base, written);
            (view, changed) = (base, written);
        }
    }
}

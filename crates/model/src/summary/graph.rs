//! The record of a [`ModelGraph`]: what its calls took and made, and what its operations do.

use std::collections::HashMap;

use super::liveness::peak_activation_bytes;
use super::operations::mult_adds_of_operation;
use super::receptive_field::ReceptiveFields;
use super::record::{
    Call, KernelSize, Module, Operations, OwnParameter, Parameter, ParameterId, Place, Record,
    Size, Tensor,
};
use crate::graph::{
    Attribute, Call as GraphCall, ModelGraph, Node, Step, TensorRole, ValueId, ValueKind,
};

/// The class of a layer whose class the file does not say.
const UNNAMED_CLASS: &str = "Module";

impl Record {
    /// What a graph tells of a model. A file of weights gives names and parameters: its modules are mentioned in
    /// their order, and nothing ran.
    ///
    /// A parameter of which the file does not say whether training changes it counts as trainable.
    pub fn from_graph(graph: &ModelGraph) -> Self {
        let mut record = Record::new();
        let parameters = parameters(graph, &mut record);
        for index in 0..graph.modules.len() {
            record.add_module(module(graph, index, &parameters));
        }
        let numbers = |index: usize| record.module_id(index);
        let children: Vec<Vec<(String, super::ModuleId)>> = graph
            .modules
            .iter()
            .map(|module| {
                let children = module.children.iter();
                children
                    .filter_map(|&id| Some((graph[id].name.clone(), numbers(id.index())?)))
                    .collect()
            })
            .collect();
        for (index, children) in children.into_iter().enumerate() {
            if let Some(module) = record.module_id(index).and_then(|id| record.module_mut(id)) {
                module.children = children;
            }
        }
        for (index, module) in graph.modules.iter().enumerate() {
            let Some(id) = record.module_id(index) else {
                continue;
            };
            let parent = module
                .parent
                .and_then(|parent| record.place_id(parent.index()));
            let class_name = class_name(graph, index);
            let name = if parent.is_some() {
                module.name.clone()
            } else {
                class_name.clone()
            };
            record.add_place(Place {
                module: id,
                name,
                class_name,
                parent,
            });
        }
        if graph.calls.is_empty() {
            mention_all(graph, &mut record);
        } else {
            add_calls(graph, &mut record);
        }
        record
    }
}

/// Adds the parameters, tied ones once, and says which of them each tensor is.
fn parameters(graph: &ModelGraph, record: &mut Record) -> Vec<Option<ParameterId>> {
    let mut numbers: Vec<Option<ParameterId>> = vec![None; graph.tensors.len()];
    for (index, tensor) in graph.tensors.iter().enumerate() {
        let TensorRole::Parameter { trainable } = tensor.role else {
            continue;
        };
        let tied = tensor
            .tied_to
            .and_then(|first| numbers.get(first.index()).copied().flatten());
        numbers[index] = Some(tied.unwrap_or_else(|| {
            record.add_parameter(Parameter {
                shape: Some(tensor.shape.clone()),
                item_bytes: u64::from(tensor.dtype.bits().unwrap_or_default() / 8),
                trainable: trainable.unwrap_or(true),
            })
        }));
    }
    numbers
}

/// A module without its children, which get their numbers later.
fn module(graph: &ModelGraph, index: usize, parameters: &[Option<ParameterId>]) -> Module {
    let module = &graph.modules[index];
    let own = module.tensors.iter().filter_map(|&tensor| {
        let parameter = parameters.get(tensor.index()).copied().flatten()?;
        Some(OwnParameter {
            name: graph[tensor].short_name().to_owned(),
            parameter,
            kept: None,
        })
    });
    let is_leaf = module.children.is_empty();
    // A container's own operations are functions of its `forward`: their settings are not its own.
    let setting = |name: &str| {
        let first = module.calls.first().filter(|_| is_leaf);
        first.map_or_else(
            || module.attribute(name).cloned(),
            |&call| graph.call_attribute(call, name),
        )
    };
    Module {
        children: Vec::new(),
        parameters: own.collect(),
        is_leaf,
        kernel_size: setting("kernel_size").and_then(|size| kernel_size(&size)),
        groups: setting("groups").and_then(|groups| u64::try_from(groups.as_int()?).ok()),
    }
}

fn kernel_size(attribute: &Attribute) -> Option<KernelSize> {
    match attribute {
        Attribute::None => None,
        Attribute::Int(size) => Some(KernelSize::One(*size)),
        Attribute::Ints(sizes) => Some(KernelSize::Each(sizes.clone())),
        other => Some(KernelSize::Other(other.to_string())),
    }
}

fn class_name(graph: &ModelGraph, index: usize) -> String {
    graph.modules[index]
        .class_name
        .clone()
        .unwrap_or_else(|| UNNAMED_CLASS.to_owned())
}

/// One mention of every module, as it stands in the tree.
fn mention_all(graph: &ModelGraph, record: &mut Record) {
    // Depth first, whatever the order of the table is.
    let mut pending: Vec<usize> = (0..graph.modules.len().min(1)).collect();
    while let Some(index) = pending.pop() {
        let Some(place) = record.place_id(index) else {
            continue;
        };
        record.add_call(Call {
            place,
            class_name: class_name(graph, index),
            executed: false,
            input: Tensor::default(),
            output: Tensor::default(),
            operations: None,
        });
        // A parent comes before its children, so that this ends whatever the file says.
        let children = graph.modules[index].children.iter().rev();
        pending.extend(
            children
                .map(|child| child.index())
                .filter(|&child| child > index),
        );
    }
}

fn add_calls(graph: &ModelGraph, record: &mut Record) {
    let fields = ReceptiveFields::of(graph);
    for (index, call) in graph.calls.iter().enumerate() {
        let Some(place) = record.place_id(call.module.index()) else {
            continue;
        };
        let (inputs, outputs) = if index == 0 {
            (&graph.inputs, &graph.outputs)
        } else {
            (&call.inputs, &call.outputs)
        };
        record.add_call(Call {
            place,
            class_name: class_name(graph, call.module.index()),
            executed: true,
            input: tensor(graph, inputs),
            output: tensor(graph, outputs),
            operations: Some(Operations {
                mult_adds: own_mult_adds(graph, call),
                receptive_field: outputs.first().and_then(|&value| fields.of_value(value)),
            }),
        });
    }
    let bytes = graph
        .inputs
        .iter()
        .map(|&input| value_tensor(graph, input).bytes());
    record.set_input_bytes(bytes.fold(0, u64::saturating_add));
    record.set_peak_activation_bytes(peak_activation_bytes(graph));
}

/// The first tensor among the values.
fn tensor(graph: &ModelGraph, values: &[ValueId]) -> Tensor {
    let first = values
        .iter()
        .find(|&&value| graph[value].kind == ValueKind::Tensor);
    first.map_or_else(Tensor::default, |&value| value_tensor(graph, value))
}

pub(super) fn value_tensor(graph: &ModelGraph, value: ValueId) -> Tensor {
    let value = &graph[value];
    Tensor {
        size: value.shape.clone().map_or(Size::Unknown, Size::Known),
        item_bytes: value
            .dtype
            .and_then(crate::DType::bits)
            .map_or(0, |bits| u64::from(bits / 8)),
    }
}

fn own_mult_adds(graph: &ModelGraph, call: &GraphCall) -> u64 {
    let own = call.body.iter().filter_map(|step| match step {
        Step::Node(node) => Some(node_mult_adds(graph, &graph[*node])),
        Step::Call(_) => None,
    });
    own.fold(0, u64::saturating_add)
}

/// Mult-adds of a node, 0 where it has none or its shapes are not known.
pub fn node_mult_adds(graph: &ModelGraph, node: &Node) -> u64 {
    let lengths = |value: ValueId| {
        let shape = graph[value].shape.as_ref()?;
        Some(
            shape
                .iter()
                .map(|dim| dim.fixed().unwrap_or(1))
                .collect::<Vec<u64>>(),
        )
    };
    let tensors = |name: &str| name != "hx" && name != "initial_h" && name != "initial_c";
    let inputs = node
        .inputs
        .iter()
        .filter(|input| tensors(&input.name))
        .filter_map(|input| input.value);
    let inputs: Vec<_> = inputs
        .filter(|&value| graph[value].kind == ValueKind::Tensor)
        .map(lengths)
        .collect();
    let Some(mut inputs) = inputs.into_iter().collect::<Option<Vec<_>>>() else {
        return 0;
    };
    let outputs: Vec<_> = node
        .outputs
        .iter()
        .filter_map(|&value| lengths(value))
        .collect();
    let is_set = |name: &str| node.attribute(name).and_then(Attribute::as_int) == Some(1);
    if let (true, Some(left)) = (is_set("transA"), inputs.first_mut()) {
        left.reverse();
    }
    if let Some(Attribute::Text(equation)) = node.attribute("equation") {
        return einsum(equation, &inputs).unwrap_or_default();
    }
    mult_adds_of_operation(node.short_op(), &inputs, &outputs).unwrap_or_default()
}

/// A product for every combination of the letters; of more than two factors one product less than factors each.
fn einsum(equation: &str, inputs: &[Vec<u64>]) -> Option<u64> {
    let (terms, _) = equation.split_once("->").unwrap_or((equation, ""));
    let mut lengths: HashMap<char, u64> = HashMap::new();
    for (term, shape) in terms.split(',').zip(inputs) {
        let term: Vec<char> = term
            .chars()
            .filter(|letter| !letter.is_whitespace())
            .collect();
        if term.len() != shape.len() {
            return None;
        }
        lengths.extend(term.into_iter().zip(shape.iter().copied()));
    }
    let products = (inputs.len() as u64).saturating_sub(1);
    Some(lengths.into_values().fold(products, u64::saturating_mul))
}

//! A model as the nodes of TensorBoard's graph: flat, with names whose slashes are the boxes.
//!
//! Names are those of PyTorch's `SummaryWriter.add_graph`: `<Model>/<Class>[<name>]/…/<node>`, with `input/<name>` and
//! `output/output.<number>` for what goes in and out.

use std::collections::{HashMap, HashSet};

use crate::{
    Attribute, CallId, Dim, ModelGraph, Module, ModuleId, Node, Tensor, TensorRole, ValueId,
    ValueSource, graph::shape_text, summary::node_mult_adds,
};

/// What a layer is called whose class the file does not say.
const UNNAMED_CLASS: &str = "Module";

/// One node of a `GraphDef`, ready to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeDefinition {
    /// Unique name; slashes separate the boxes that it stands in.
    pub name: String,
    /// What it does: an operation, `IO Node`, or `Parameter`, `Buffer`, `Constant`; of a layer of which no operations
    /// are known its class.
    pub op: String,
    /// Names of the nodes it uses, in order; the second result of a node is `name:1`.
    pub inputs: Vec<String>,
    /// Settings as Python writes them.
    pub attributes: Vec<(String, String)>,
    /// Shape of each result, `None` where it is not known.
    pub shapes: Vec<Option<Vec<Dim>>>,
    /// Mult-adds; 0 where it has none or its shapes are not known.
    pub mult_adds: u64,
}

impl ModelGraph {
    /// The model as nodes for TensorBoard's graph: inputs, tensors that are used, operations, outputs. Of a model whose
    /// operations are not known, such as a file of weights: every tensor, and every layer that holds nothing.
    pub fn definitions(&self) -> Vec<NodeDefinition> {
        let mut definer = Definer {
            graph: self,
            taken: HashSet::new(),
            repeats: HashMap::new(),
            names: vec![None; self.values.len()],
            definitions: Vec::new(),
        };
        if self.calls.is_empty() {
            definer.add_modules();
        } else {
            definer.add_program();
        }
        definer.definitions
    }
}

struct Definer<'a> {
    graph: &'a ModelGraph,
    taken: HashSet<String>,
    /// How often each name was wanted again.
    repeats: HashMap<String, usize>,
    /// Node that makes each value.
    names: Vec<Option<String>>,
    definitions: Vec<NodeDefinition>,
}

impl Definer<'_> {
    fn add_modules(&mut self) {
        for (position, module) in self.graph.modules.iter().enumerate() {
            let scope = self.scope_of_module(ModuleId(position as u32));
            for tensor in &module.tensors {
                self.add_tensor(&self.graph[*tensor], &scope);
            }
            if module.tensors.is_empty() && module.children.is_empty() {
                let name = self.unique(&scope);
                self.definitions.push(NodeDefinition {
                    name,
                    op: class_name(module).to_owned(),
                    ..NodeDefinition::default()
                });
            }
        }
    }

    fn add_program(&mut self) {
        let graph = self.graph;
        for input in &graph.inputs {
            let name = self.unique(&format!("input/{}", graph[*input].name));
            self.names[input.index()] = Some(name.clone());
            self.add_border(name, Vec::new(), *input);
        }
        let mut is_used = vec![false; graph.values.len()];
        for value in graph.nodes.iter().flat_map(|node| &node.inputs) {
            if let Some(value) = value.value {
                is_used[value.index()] = true;
            }
        }
        for (position, value) in graph.values.iter().enumerate() {
            if let ValueSource::Tensor(tensor) = value.source
                && is_used[position]
            {
                let scope = self.scope_of_module(graph[tensor].module);
                let name = self.add_tensor(&graph[tensor], &scope);
                self.names[position] = Some(name);
            }
        }
        for node in &graph.nodes {
            self.add_node(node);
        }
        for (position, output) in graph.outputs.iter().enumerate() {
            let inputs = self.names[output.index()].clone().into_iter().collect();
            let name = self.unique(&format!("output/output.{}", position + 1));
            self.add_border(name, inputs, *output);
        }
    }

    /// Something that the model is given or returns.
    fn add_border(&mut self, name: String, inputs: Vec<String>, value: ValueId) {
        self.definitions.push(NodeDefinition {
            name,
            op: "IO Node".to_owned(),
            inputs,
            shapes: vec![self.graph[value].shape.clone()],
            ..NodeDefinition::default()
        });
    }

    fn add_tensor(&mut self, tensor: &Tensor, scope: &str) -> String {
        let name = self.unique(&format!("{scope}/{}", tensor.short_name()));
        let mut attributes = vec![("dtype".to_owned(), tensor.dtype.to_string())];
        if let TensorRole::Parameter {
            trainable: Some(trainable),
        } = tensor.role
        {
            let trainable = Attribute::Bool(trainable).to_string();
            attributes.push(("trainable".to_owned(), trainable));
        }
        self.definitions.push(NodeDefinition {
            name: name.clone(),
            op: match tensor.role {
                TensorRole::Parameter { .. } => "Parameter",
                TensorRole::Buffer => "Buffer",
                TensorRole::Constant => "Constant",
            }
            .to_owned(),
            attributes,
            shapes: vec![Some(fixed(&tensor.shape))],
            ..NodeDefinition::default()
        });
        name
    }

    fn add_node(&mut self, node: &Node) {
        let scope = self.scope_of_call(node.call);
        let last = node.name.trim_matches('/').rsplit('/').next();
        let own = last
            .filter(|last| !last.is_empty())
            .unwrap_or_else(|| node.short_op());
        let name = self.unique(&format!("{scope}/{own}"));
        for (position, output) in node.outputs.iter().enumerate() {
            let output_name = match position {
                0 => name.clone(),
                position => format!("{name}:{position}"),
            };
            self.names[output.index()] = Some(output_name);
        }
        let inputs = node.inputs.iter().filter_map(|input| input.value);
        let attributes = node.attributes.iter();
        let shapes = node.outputs.iter();
        self.definitions.push(NodeDefinition {
            inputs: inputs
                .filter_map(|value| self.names[value.index()].clone())
                .collect(),
            name,
            op: node.op.clone(),
            attributes: attributes
                .map(|(name, value)| (name.clone(), self.attribute_text(value)))
                .collect(),
            shapes: shapes
                .map(|output| self.graph[*output].shape.clone())
                .collect(),
            mult_adds: node_mult_adds(self.graph, node),
        });
    }

    fn attribute_text(&self, attribute: &Attribute) -> String {
        match attribute {
            Attribute::Tensor(tensor) => {
                let tensor = &self.graph[*tensor];
                format!(
                    "{} {}",
                    tensor.dtype,
                    shape_text(Some(&fixed(&tensor.shape)))
                )
            }
            other => other.to_string(),
        }
    }

    fn unique(&mut self, name: &str) -> String {
        // A colon would be read as the number of a result, a leading `^` as an edge without a value.
        let name = name.replace([':', '^'], ".");
        let mut candidate = name.clone();
        while !self.taken.insert(candidate.clone()) {
            let number = self.repeats.entry(name.clone()).or_default();
            *number += 1;
            candidate = format!("{name}_{number}");
        }
        candidate
    }

    fn scope_of_call(&self, call: CallId) -> String {
        let parents = std::iter::successors(Some(call), |id| self.graph[*id].parent);
        self.scope(parents.map(|id| self.graph[id].module))
    }

    fn scope_of_module(&self, module: ModuleId) -> String {
        self.scope(std::iter::successors(Some(module), |id| {
            self.graph[*id].parent
        }))
    }

    /// `Net/Sequential[layer1]/Conv2d[conv]`, from the innermost layer to the model itself.
    fn scope(&self, modules: impl Iterator<Item = ModuleId>) -> String {
        let mut parts: Vec<String> = modules
            .map(|id| {
                let module = &self.graph[id];
                let class = class_name(module);
                let part = if module.path.is_empty() {
                    class.to_owned()
                } else {
                    format!("{class}[{}]", module.name)
                };
                part.replace('/', ".")
            })
            .collect();
        parts.reverse();
        parts.join("/")
    }
}

fn class_name(module: &Module) -> &str {
    module.class_name.as_deref().unwrap_or(UNNAMED_CLASS)
}

fn fixed(shape: &[u64]) -> Vec<Dim> {
    shape.iter().copied().map(Dim::Fixed).collect()
}

#[cfg(test)]
mod tests {
    use crate::{Attribute, DType, ModelBuilder, ModelGraph};

    fn lines(model: &ModelGraph) -> Vec<String> {
        let definitions = model.definitions();
        let line = |node: &super::NodeDefinition| {
            format!(
                "{} {} {:?} {:?}",
                node.name, node.op, node.inputs, node.attributes
            )
        };
        definitions.iter().map(line).collect()
    }

    #[test]
    fn boxes_inputs_and_shapes() {
        let mut model = ModelBuilder::new("Net");
        let root = model.root_call();
        let x = model.input("x", DType::F32, [1, 8]);
        let linear = model.module(model.root(), "fc", "Linear");
        let weight = model.parameter(linear, "weight", DType::F32, [4, 8]);
        for _ in 0..2 {
            let run = model.call(linear, root);
            let made = model.node(run, "aten.linear.default", &[x, weight], DType::F32, [1, 4]);
            model.set_node_attribute(made, "alpha", Attribute::Floats(vec![1.0, 0.5]));
            model.output(made);
        }
        let model = model.build();
        assert_eq!(
            lines(&model),
            [
                "input/x IO Node [] []",
                r#"Net/Linear[fc]/weight Parameter [] [("dtype", "float32"), ("trainable", "True")]"#,
                r#"Net/Linear[fc]/aten.linear.default_0 aten.linear.default ["input/x", "Net/Linear[fc]/weight"] [("alpha", "[1.0, 0.5]")]"#,
                r#"Net/Linear[fc]/aten.linear.default_1 aten.linear.default ["input/x", "Net/Linear[fc]/weight"] [("alpha", "[1.0, 0.5]")]"#,
                r#"output/output.1 IO Node ["Net/Linear[fc]/aten.linear.default_0"] []"#,
                r#"output/output.2 IO Node ["Net/Linear[fc]/aten.linear.default_1"] []"#,
            ]
        );
        let mult_adds: Vec<u64> = model
            .definitions()
            .iter()
            .map(|node| node.mult_adds)
            .collect();
        assert_eq!(mult_adds, [0, 0, 32, 32, 0, 0]);
    }

    #[test]
    fn without_operations_every_tensor_and_empty_layer_is_a_node() {
        let mut model = ModelBuilder::new("Net");
        let linear = model.module(model.root(), "fc", "Linear");
        model.parameter(linear, "weight", DType::F32, [4, 8]);
        model.module(model.root(), "act", "ReLU");
        assert_eq!(
            lines(&model.build()),
            [
                r#"Net/Linear[fc]/weight Parameter [] [("dtype", "float32"), ("trainable", "True")]"#,
                "Net/ReLU[act] ReLU [] []",
            ]
        );
    }

    #[test]
    fn names_are_no_numbers_of_results() {
        let mut model = ModelBuilder::new("^Net");
        let root = model.root_call();
        let x = model.input("x:0", DType::F32, [2]);
        let y = model.node(root, "custom::op", &[x], DType::F32, [2]);
        model.output(y);
        assert_eq!(
            lines(&model.build()),
            [
                "input/x.0 IO Node [] []",
                r#".Net/custom..op_0 custom::op ["input/x.0"] []"#,
                r#"output/output.1 IO Node [".Net/custom..op_0"] []"#,
            ]
        );
    }
}

//! A model as the nodes of TensorBoard's graph: flat, with names whose slashes are the boxes.
//!
//! Names are those of PyTorch's `SummaryWriter.add_graph`: `<Model>/<Class>[<name>]/…/<node>`, with `input/<name>` and
//! `output/output.<number>` for what goes in and out.

use std::collections::{HashMap, HashSet};

use crate::{CallId, Dim, ModelGraph, TensorRole, ValueId, ValueSource};

/// One node of a `GraphDef`, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeDefinition {
    /// Unique name; slashes separate the boxes that it stands in.
    pub name: String,
    /// What it does: an operation, `IO Node`, or `Parameter`, `Buffer`, `Constant`.
    pub op: String,
    /// Names of the nodes it uses, in order; the second result of a node is `name:1`.
    pub inputs: Vec<String>,
    /// Settings as Python writes them.
    pub attributes: Vec<(String, String)>,
    /// Shape of each result, `None` where it is not known.
    pub shapes: Vec<Option<Vec<Dim>>>,
}

impl ModelGraph {
    /// The model as nodes for TensorBoard's graph: inputs, tensors that are used, operations, outputs.
    pub fn definitions(&self) -> Vec<NodeDefinition> {
        let mut namer = Namer {
            graph: self,
            taken: HashSet::new(),
            repeats: HashMap::new(),
            names: vec![None; self.values.len()],
        };
        let mut definitions = Vec::new();
        for input in &self.inputs {
            let name = format!("input/{}", self[*input].name);
            let name = namer.make(*input, &name);
            definitions.push(self.io_node(name, Vec::new(), *input));
        }
        let mut is_used = vec![false; self.values.len()];
        for value in self.nodes.iter().flat_map(|node| &node.inputs) {
            if let Some(value) = value.value {
                is_used[value.index()] = true;
            }
        }
        for (position, value) in self.values.iter().enumerate() {
            let id = ValueId(position as u32);
            if let ValueSource::Tensor(tensor) = value.source
                && is_used[position]
            {
                let tensor = &self[tensor];
                let scope = namer.scope_of_module(tensor.module);
                let name = namer.make(id, &format!("{scope}/{}", tensor.short_name()));
                definitions.push(NodeDefinition {
                    name,
                    op: match tensor.role {
                        TensorRole::Parameter { .. } => "Parameter",
                        TensorRole::Buffer => "Buffer",
                        TensorRole::Constant => "Constant",
                    }
                    .to_owned(),
                    inputs: Vec::new(),
                    attributes: vec![("dtype".to_owned(), tensor.dtype.to_string())],
                    shapes: vec![value.shape.clone()],
                });
            }
        }
        for node in &self.nodes {
            let scope = namer.scope_of_call(node.call);
            let own = if node.name.is_empty() {
                node.short_op()
            } else {
                node.name
                    .trim_matches('/')
                    .rsplit('/')
                    .next()
                    .unwrap_or_default()
            };
            let name = namer.unique(&format!("{scope}/{own}"));
            for (position, output) in node.outputs.iter().enumerate() {
                let output_name = match position {
                    0 => name.clone(),
                    position => format!("{name}:{position}"),
                };
                namer.names[output.index()] = Some(output_name);
            }
            let inputs = node.inputs.iter().filter_map(|input| input.value);
            definitions.push(NodeDefinition {
                inputs: inputs.filter_map(|value| namer.name(value)).collect(),
                name,
                op: node.op.clone(),
                attributes: node
                    .attributes
                    .iter()
                    .map(|(name, value)| (name.clone(), value.to_string()))
                    .collect(),
                shapes: node
                    .outputs
                    .iter()
                    .map(|output| self[*output].shape.clone())
                    .collect(),
            });
        }
        for (position, output) in self.outputs.iter().enumerate() {
            let inputs = namer.name(*output).into_iter().collect();
            let name = namer.unique(&format!("output/output.{}", position + 1));
            definitions.push(self.io_node(name, inputs, *output));
        }
        definitions
    }

    fn io_node(&self, name: String, inputs: Vec<String>, value: ValueId) -> NodeDefinition {
        NodeDefinition {
            name,
            op: "IO Node".to_owned(),
            inputs,
            attributes: Vec::new(),
            shapes: vec![self[value].shape.clone()],
        }
    }
}

struct Namer<'a> {
    graph: &'a ModelGraph,
    taken: HashSet<String>,
    /// How often each name was wanted again.
    repeats: HashMap<String, usize>,
    /// Node that makes each value.
    names: Vec<Option<String>>,
}

impl Namer<'_> {
    fn make(&mut self, value: ValueId, name: &str) -> String {
        let name = self.unique(name);
        self.names[value.index()] = Some(name.clone());
        name
    }

    fn name(&self, value: ValueId) -> Option<String> {
        self.names[value.index()].clone()
    }

    fn unique(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        while !self.taken.insert(candidate.clone()) {
            let number = self.repeats.entry(name.to_owned()).or_default();
            *number += 1;
            candidate = format!("{name}_{number}");
        }
        candidate
    }

    fn scope_of_call(&self, call: CallId) -> String {
        let mut parts = Vec::new();
        let mut next = Some(call);
        while let Some(id) = next {
            let call = &self.graph[id];
            parts.push(self.part(call.module));
            next = call.parent;
        }
        parts.reverse();
        parts.join("/")
    }

    fn scope_of_module(&self, module: crate::ModuleId) -> String {
        let mut parts = Vec::new();
        let mut next = Some(module);
        while let Some(id) = next {
            parts.push(self.part(id));
            next = self.graph[id].parent;
        }
        parts.reverse();
        parts.join("/")
    }

    /// `Conv2d[conv1]`; the model itself is its class.
    fn part(&self, module: crate::ModuleId) -> String {
        let module = &self.graph[module];
        let class = module.class_name.as_deref().unwrap_or("Module");
        let part = if module.path.is_empty() {
            class.to_owned()
        } else {
            format!("{class}[{}]", module.name)
        };
        part.replace('/', ".")
    }
}

#[cfg(test)]
mod tests {
    use crate::{Attribute, DType, ModelBuilder};

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
        let lines: Vec<String> = model
            .build()
            .definitions()
            .iter()
            .map(|node| {
                format!(
                    "{} {} {:?} {:?}",
                    node.name, node.op, node.inputs, node.attributes
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "input/x IO Node [] []",
                r#"Net/Linear[fc]/weight Parameter [] [("dtype", "float32")]"#,
                r#"Net/Linear[fc]/aten.linear.default_0 aten.linear.default ["input/x", "Net/Linear[fc]/weight"] [("alpha", "[1.0, 0.5]")]"#,
                r#"Net/Linear[fc]/aten.linear.default_1 aten.linear.default ["input/x", "Net/Linear[fc]/weight"] [("alpha", "[1.0, 0.5]")]"#,
                r#"output/output.1 IO Node ["Net/Linear[fc]/aten.linear.default_0"] []"#,
                r#"output/output.2 IO Node ["Net/Linear[fc]/aten.linear.default_1"] []"#,
            ]
        );
    }
}

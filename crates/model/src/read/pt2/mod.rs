//! Exported programs (`torch.export.save`).
//!
//! | since | program | tensors |
//! |---|---|---|
//! | PyTorch 2.5 | `serialized_exported_program.json` | `serialized_state_dict.pt`, `serialized_constants.pt`: archives of `torch.save` |
//! | 2.7 | `<root>/models/<model>.json` | `<root>/data/weights/<model>.pt`, `<root>/data/constants/<model>.pt` |
//! | 2.9 | the same | `<root>/data/weights/<model>_weights_config.json` and raw files beside it; constants alike |
//!
//! Every node's metadata says within which runs of layers it happened: `key,path,class` from the model down, joined by
//! `;`, where a second run of a layer has a key that ends in `@1`.

mod schema;
mod tensors;

use std::{borrow::Cow, collections::HashMap};

use self::{
    schema::{
        Argument, Graph, Held, InputSpec, OutputSpec, Program, SizeArgument, TensorMeta, Versioned,
    },
    tensors::{StoredTensor, StoredTensors, fixed_shape, known_dtype},
};
use super::{
    layers::{Layers, MAX_DEPTH},
    zip::Archive,
};
use crate::{
    Argument as NodeInput, Attribute, CallId, DType, Dim, ModelBuilder, ModelError, ModelGraph,
    Node, Result, SizeRange, Tensor, TensorRole, Value, ValueId, ValueKind, ValueSource,
    graph::TensorData, source::Region,
};

const LEGACY_PROGRAM: &str = "serialized_exported_program.json";

/// Largest program that is read. A model of 100,000 nodes has about 100 MB.
const MAX_PROGRAM_BYTES: u64 = 2 << 30;

/// Versions of the schema that are read.
const EXPECTED_VERSION: &str = "7 or 8";

pub(super) fn is_archive(archive: &Archive) -> bool {
    archive.find(LEGACY_PROGRAM).is_some() || model_entry(archive).is_some()
}

/// The folder of the archive and the name of its model: of several, the one called `model`, or else the first.
fn model_entry(archive: &Archive) -> Option<(&str, &str)> {
    let models = archive.entries().iter().filter_map(|entry| {
        let path = entry.name.strip_suffix(".json")?;
        let (root, name) = path.rsplit_once("models/")?;
        (root.is_empty() || root.ends_with('/')).then_some((root, name))
    });
    models.min_by_key(|(_, name)| *name != "model")
}

pub(super) fn read(archive: &Archive) -> Result<ModelGraph> {
    let (json, tensors) = if archive.find(LEGACY_PROGRAM).is_some() {
        let tensors = StoredTensors::legacy(
            archive,
            &["serialized_state_dict.pt", "serialized_constants.pt"],
        )?;
        (read_json(archive, LEGACY_PROGRAM)?, tensors)
    } else {
        let (root, name) = model_entry(archive).ok_or_else(|| {
            archive
                .region()
                .malformed("archive", "an entry models/<name>.json", "none")
        })?;
        let tensors = StoredTensors::current(archive, root, name)?;
        (
            read_json(archive, &format!("{root}models/{name}.json"))?,
            tensors,
        )
    };
    let region = archive.region();
    let program = parse_program(region, &json)?;
    Reader::new(region, tensors).read(&program)
}

fn read_json(archive: &Archive, name: &str) -> Result<Vec<u8>> {
    let entry = archive.expect(name)?;
    if entry.len() > MAX_PROGRAM_BYTES {
        return Err(archive.region().malformed(
            name,
            format!("at most {MAX_PROGRAM_BYTES} bytes"),
            entry.len().to_string(),
        ));
    }
    archive.read(entry)
}

fn parse_program<'a>(region: &Region, json: &'a [u8]) -> Result<Program<'a>> {
    let parsed: serde_json::Result<Program<'_>> = serde_json::from_slice(json);
    let version = match &parsed {
        Ok(program) => Some(program.schema_version),
        Err(_) => serde_json::from_slice(json)
            .ok()
            .map(|versioned: Versioned| versioned.schema_version),
    };
    match version {
        Some(version) if !matches!(version.major, 7 | 8) => Err(ModelError::Version {
            format: "exported program",
            expected: EXPECTED_VERSION,
            got: format!("{}.{}", version.major, version.minor),
            path: region.path().to_owned(),
        }),
        _ => parsed.map_err(|source| ModelError::Json {
            part: "exported program".to_owned(),
            source,
            path: region.path().to_owned(),
        }),
    }
}

struct Reader<'r> {
    region: &'r Region,
    builder: ModelBuilder,
    layers: Layers,
    tensors: StoredTensors,
    /// Runs by the run around them and their key in the module stack.
    calls: HashMap<(CallId, String), CallId>,
}

/// Values by their names in one graph.
type Scope<'a> = HashMap<Cow<'a, str>, ValueId>;

impl<'r> Reader<'r> {
    fn new(region: &'r Region, tensors: StoredTensors) -> Self {
        let mut builder = ModelBuilder::new("");
        builder.root_call();
        Self {
            region,
            layers: Layers::new(&builder),
            builder,
            tensors,
            calls: HashMap::new(),
        }
    }

    fn read(mut self, program: &Program<'_>) -> Result<ModelGraph> {
        let module = &program.graph_module;
        for entry in &module.module_call_graph {
            // A second run of a layer has an entry of its own.
            if !entry.fqn.contains('@') {
                self.layers.get(&mut self.builder, &entry.fqn);
            }
        }
        let mut scope = Scope::new();
        for spec in &module.signature.input_specs {
            self.add_input(&module.graph, spec, &mut scope)?;
        }
        self.add_unused_tensors()?;
        let root = self.builder.root_call();
        self.add_nodes(&module.graph, &mut scope, root);
        for spec in &module.signature.output_specs {
            if let OutputSpec::User(argument) = spec {
                for name in tensor_names(argument) {
                    if let Some(value) = scope.get(name) {
                        self.builder.output(*value);
                    }
                }
            }
        }
        self.add_metadata(program);
        Ok(self.builder.build())
    }

    fn add_metadata(&mut self, program: &Program<'_>) {
        let version = program.schema_version;
        let metadata = vec![
            ("torch_version".to_owned(), program.torch_version.clone()),
            (
                "schema_version".to_owned(),
                format!("{}.{}", version.major, version.minor),
            ),
        ];
        let size = |bound: Option<i64>| bound.and_then(|bound| u64::try_from(bound).ok());
        let mut ranges: Vec<SizeRange> = program
            .range_constraints
            .iter()
            .map(|(name, range)| SizeRange {
                name: name.clone(),
                min: size(range.min_val),
                max: size(range.max_val),
            })
            .collect();
        ranges.sort_by(|left, right| left.name.cmp(&right.name));
        self.builder.graph().size_ranges = ranges;
        self.builder.graph().metadata = metadata;
    }

    fn add_input<'a>(
        &mut self,
        graph: &Graph<'a>,
        spec: &InputSpec<'a>,
        scope: &mut Scope<'a>,
    ) -> Result<()> {
        match spec {
            InputSpec::User(argument) => {
                for name in tensor_names(argument) {
                    let value = self.value(graph, name, ValueSource::Input);
                    self.builder.graph().inputs.push(value);
                    scope.insert(Cow::Owned(name.to_owned()), value);
                }
                if let Argument::Size(SizeArgument::Name(name)) = argument {
                    let value = self.scalar(graph, name, ValueSource::Input);
                    self.builder.graph().inputs.push(value);
                    scope.insert(name.clone(), value);
                }
            }
            InputSpec::Held { kind, value, name } => {
                let meta = graph.tensor_values.get(value);
                let stored = match (self.tensors.take(name), meta) {
                    (Some(stored), _) => stored,
                    (None, Some(meta)) => StoredTensor {
                        dtype: known_dtype(self.region, name, meta)?,
                        shape: fixed_shape(self.region, name, meta)?,
                        requires_grad: None,
                        is_parameter: *kind == Held::Parameter,
                        data: TensorData::Unknown("the archive does not hold them"),
                    },
                    (None, None) => return Ok(()),
                };
                let requires_grad = stored
                    .requires_grad
                    .or_else(|| meta.map(|meta| meta.requires_grad));
                let role = match kind {
                    Held::Parameter => TensorRole::Parameter {
                        trainable: requires_grad,
                    },
                    Held::Buffer => TensorRole::Buffer,
                    Held::Constant => TensorRole::Constant,
                };
                let added = self.add_tensor(name, role, stored)?;
                scope.insert(value.clone(), added);
            }
            InputSpec::Other => {}
        }
        Ok(())
    }

    /// Tensors that the archive holds under a name the graph does not take: second names of tied weights.
    fn add_unused_tensors(&mut self) -> Result<()> {
        for (name, stored) in self.tensors.take_rest() {
            let role = if stored.is_parameter {
                TensorRole::Parameter {
                    trainable: stored.requires_grad,
                }
            } else {
                TensorRole::Buffer
            };
            self.add_tensor(&name, role, stored)?;
        }
        Ok(())
    }

    fn add_tensor(
        &mut self,
        name: &str,
        role: TensorRole,
        stored: StoredTensor,
    ) -> Result<ValueId> {
        let tensor = Tensor {
            name: name.to_owned(),
            dtype: stored.dtype,
            shape: stored.shape,
            role,
            module: self.layers.holder(&mut self.builder, name),
            tied_to: None,
            data: stored.data,
        };
        tensor.check()?;
        let id = self.builder.push_tensor(tensor);
        Ok(self.builder.tensor_value(name, id))
    }

    fn value(&mut self, graph: &Graph<'_>, name: &str, source: ValueSource) -> ValueId {
        let meta = graph.tensor_values.get(name);
        self.builder.push_value(Value {
            name: name.to_owned(),
            dtype: meta.and_then(TensorMeta::dtype),
            shape: meta.map(TensorMeta::shape),
            kind: ValueKind::Tensor,
            source,
        })
    }

    fn scalar(&mut self, graph: &Graph<'_>, name: &str, source: ValueSource) -> ValueId {
        let is_int = graph.sym_int_values.contains_key(name);
        self.builder.push_value(Value {
            name: name.to_owned(),
            dtype: is_int.then_some(DType::I64),
            shape: Some(Vec::new()),
            kind: ValueKind::Scalar,
            source,
        })
    }

    /// Adds the nodes of a graph. `outer` is the run in which nodes happen that do not say where.
    fn add_nodes<'a>(&mut self, graph: &Graph<'a>, scope: &mut Scope<'a>, outer: CallId) {
        for node in &graph.nodes {
            let call = self.call_of(&node.metadata.nn_module_stack, outer);
            if node.target.starts_with("torch.ops.higher_order.wrap_")
                && self.add_wrapped(node, scope, call)
            {
                continue;
            }
            let mut inputs = Vec::new();
            let mut attributes = Vec::new();
            for argument in &node.inputs {
                let name = argument.name.as_ref();
                match &argument.arg {
                    Argument::Tensor(tensor) => inputs.push(NodeInput {
                        name: name.to_owned(),
                        value: scope.get(tensor).copied(),
                    }),
                    Argument::Tensors(tensors) => {
                        inputs.extend(tensors.iter().map(|tensor| {
                            NodeInput {
                                name: name.to_owned(),
                                value: tensor
                                    .as_ref()
                                    .and_then(|tensor| scope.get(tensor).copied()),
                            }
                        }));
                    }
                    other => attributes.push((name.to_owned(), attribute(graph, other))),
                }
            }
            let mut outputs = Vec::new();
            for output in &node.outputs {
                for name in tensor_names(output) {
                    let value = self.value(graph, name, ValueSource::Nowhere);
                    scope.insert(Cow::Owned(name.to_owned()), value);
                    outputs.push(value);
                }
                if let Argument::Size(SizeArgument::Name(name)) = output {
                    let value = self.scalar(graph, name, ValueSource::Nowhere);
                    scope.insert(name.clone(), value);
                    outputs.push(value);
                }
            }
            let op = node.target.trim_start_matches("torch.ops.").to_owned();
            let name = node.name.as_deref().map_or_else(
                || {
                    outputs.first().map_or_else(
                        || op.clone(),
                        |value| self.builder.graph()[*value].name.clone(),
                    )
                },
                str::to_owned,
            );
            self.builder.push_node(Node {
                name,
                op,
                inputs,
                outputs,
                attributes,
                call,
            });
        }
    }

    /// Adds the nodes of a part that runs under a switch, such as `torch.no_grad()`, as if they stood there without it.
    /// False if the node is not such a part.
    fn add_wrapped<'a>(
        &mut self,
        node: &schema::Node<'a>,
        scope: &mut Scope<'a>,
        call: CallId,
    ) -> bool {
        let mut arguments = node.inputs.iter().map(|argument| &argument.arg);
        let Some(inner) = arguments.find_map(|argument| match argument {
            Argument::Graph(inner) => Some(&inner.graph),
            _ => None,
        }) else {
            return false;
        };
        // The tensors behind the graph are its inputs.
        let given = arguments.flat_map(|argument| tensor_names(argument));
        let taken = inner.inputs.iter().flat_map(|input| tensor_names(input));
        let mut inner_scope = Scope::new();
        for (taken, given) in taken.zip(given) {
            if let Some(value) = scope.get(given) {
                inner_scope.insert(Cow::Owned(taken.to_owned()), *value);
            }
        }
        self.add_nodes(inner, &mut inner_scope, call);
        let made = inner.outputs.iter().flat_map(|output| tensor_names(output));
        let returned = node.outputs.iter().flat_map(|output| tensor_names(output));
        for (returned, made) in returned.zip(made) {
            if let Some(value) = inner_scope.get(made) {
                scope.insert(Cow::Owned(returned.to_owned()), *value);
            }
        }
        true
    }

    /// The run that a module stack names, with those around it.
    fn call_of(&mut self, stack: &str, outer: CallId) -> CallId {
        // What PyTorch's own passes add is marked so.
        if stack.is_empty() || stack.starts_with("_empty_nn_module_stack") {
            return outer;
        }
        let mut call = self.builder.root_call();
        for entry in split(stack, ';').into_iter().take(MAX_DEPTH) {
            let parts = split(entry, ',');
            let [key, path, class] = parts.as_slice() else {
                continue;
            };
            let module = self.layers.get(&mut self.builder, path);
            if self.builder.graph()[module].class_path.is_none() {
                self.builder.set_class_path(module, class);
            }
            if module == self.builder.root() {
                continue;
            }
            let key = (call, (*key).to_owned());
            call = if let Some(found) = self.calls.get(&key) {
                *found
            } else {
                let added = self.builder.call(module, call);
                self.calls.insert(key, added);
                added
            };
        }
        call
    }
}

/// Cuts at a separator that does not stand within brackets: keys may hold slices and indices.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if character == separator && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Names of the tensors of an argument, those left out apart.
fn tensor_names<'a>(argument: &'a Argument<'_>) -> Vec<&'a str> {
    match argument {
        Argument::Tensor(name) => vec![name.as_ref()],
        Argument::Tensors(names) => names.iter().flatten().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}

fn attribute(graph: &Graph<'_>, argument: &Argument<'_>) -> Attribute {
    let dim = |size: &SizeArgument<'_>| match size {
        SizeArgument::Fixed(size) => u64::try_from(*size).map_or(Dim::Unknown, Dim::Fixed),
        SizeArgument::Name(name) => graph
            .sym_int_values
            .get(name)
            .map_or(Dim::Unknown, schema::SymInt::dim),
    };
    match argument {
        Argument::None | Argument::Tensor(_) | Argument::Tensors(_) => Attribute::None,
        Argument::Int(number) => Attribute::Int(*number),
        Argument::Ints(numbers) => Attribute::Ints(numbers.clone()),
        Argument::Float(number) => Attribute::Float(*number),
        Argument::Floats(numbers) => Attribute::Floats(numbers.clone()),
        Argument::Text(text) => Attribute::Text(text.clone()),
        Argument::Texts(texts) => Attribute::Texts(texts.clone()),
        Argument::Bool(flag) => Attribute::Bool(*flag),
        Argument::Bools(flags) => Attribute::Bools(flags.clone()),
        Argument::Size(size) => Attribute::Dims(vec![dim(size)]),
        Argument::Sizes(sizes) => Attribute::Dims(sizes.iter().map(dim).collect()),
        Argument::ScalarType(number) => schema::scalar_type(*number).map_or_else(
            || Attribute::Other(format!("type {number}")),
            Attribute::DType,
        ),
        Argument::Graph(inner) => Attribute::Subgraph {
            name: inner.name.as_ref().to_owned(),
            nodes: node_count(&inner.graph),
        },
        Argument::Other(tag) => Attribute::Other(tag.clone()),
    }
}

/// Nodes of a graph and of those within it.
fn node_count(graph: &Graph<'_>) -> usize {
    let inner = graph.nodes.iter().flat_map(|node| &node.inputs);
    let inner = inner.map(|input| match &input.arg {
        Argument::Graph(inner) => node_count(&inner.graph),
        _ => 0,
    });
    graph.nodes.len() + inner.sum::<usize>()
}

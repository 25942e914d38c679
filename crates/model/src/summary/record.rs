//! What is known of a model and of one run of it: the material of a summary.
//!
//! A [`Record`] is filled by whoever saw the model: the hooks of the Python package, a model file, or any Rust code
//! that wants to describe its network. The summary itself is made by [`Summary::new`](super::Summary::new).

use std::collections::HashSet;

use crate::Dim;

/// The shape of what went into or came out of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// There was no tensor.
    #[default]
    Absent,
    /// There was one, and its shape could not be found out.
    Unknown,
    /// Its axes. One that the file leaves open counts as 1.
    Known(Vec<Dim>),
}

impl Size {
    /// The shape with these lengths.
    pub fn of(lengths: impl IntoIterator<Item = u64>) -> Self {
        Size::Known(lengths.into_iter().map(Dim::Fixed).collect())
    }

    /// The lengths of its axes, none where there is no known shape.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        let dims: &[Dim] = match self {
            Size::Known(dims) => dims,
            Size::Absent | Size::Unknown => &[],
        };
        dims.iter().map(|dim| dim.fixed().unwrap_or(1))
    }

    /// Whether its axes are known.
    pub fn is_known(&self) -> bool {
        matches!(self, Size::Known(_))
    }
}

/// The tensor that stands for what went into or came out of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tensor {
    /// Its shape.
    pub size: Size,
    /// Bytes of one element.
    pub item_bytes: u64,
}

impl Tensor {
    /// Bytes of all its elements, 0 where the shape is not known.
    pub fn bytes(&self) -> u64 {
        if self.size.is_known() {
            product(self.size.lengths()).saturating_mul(self.item_bytes)
        } else {
            0
        }
    }
}

/// The product of lengths, at most `u64::MAX`.
pub(crate) fn product(lengths: impl IntoIterator<Item = u64>) -> u64 {
    lengths.into_iter().fold(1, u64::saturating_mul)
}

/// A parameter: a tensor that training may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its shape; `None` for one of a lazy module that has not run.
    pub shape: Option<Vec<u64>>,
    /// Bytes of one element.
    pub item_bytes: u64,
    /// Whether training changes it.
    pub trainable: bool,
}

/// A parameter as one module holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnParameter {
    /// The attribute's name: `weight`.
    pub name: String,
    /// Which parameter; two modules that hold the same one share (tie) their weights.
    pub parameter: ParameterId,
    /// How many of its elements pruning left, where the module has a mask for it. Its name ends in `_orig` then.
    pub kept: Option<u64>,
}

/// The size of a layer's window, as the module says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelSize {
    /// One number for all axes.
    One(i64),
    /// A number per axis.
    Each(Vec<i64>),
    /// Something else, as it prints.
    Other(String),
}

/// A module, however often it is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// Its submodules by name, in order.
    pub children: Vec<(String, ModuleId)>,
    /// The parameters that it holds itself, in order.
    pub parameters: Vec<OwnParameter>,
    /// Whether it counts as a layer: it has no submodules, or only empty containers.
    pub is_leaf: bool,
    /// The size of its window, if it has one.
    pub kernel_size: Option<KernelSize>,
    /// The number of groups of its channels, if it has one.
    pub groups: Option<u64>,
}

/// A module's place in the tree of modules. A module that several others share has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The module there.
    pub module: ModuleId,
    /// Its name in the parent; for the root, the model's name.
    pub name: String,
    /// The name of its class.
    pub class_name: String,
    /// The place of its parent, `None` for the root.
    pub parent: Option<PlaceId>,
}

/// One call of a module, or its mention where nothing ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Where the module stands.
    pub place: PlaceId,
    /// The name of its class at that time: a lazy module changes its class when it first runs.
    pub class_name: String,
    /// Whether it ran to its end.
    pub executed: bool,
    /// What went in.
    pub input: Tensor,
    /// What came out.
    pub output: Tensor,
    /// What was found out about its operations, if anybody looked.
    pub operations: Option<Operations>,
}

/// What the operations of one call are known to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Multiply-adds of the operations that the call ran itself, not those of the modules it called.
    pub mult_adds: u64,
    /// How many elements of the model's input one element of its output can see along an axis, `None` where that
    /// has no meaning.
    pub receptive_field: Option<u64>,
}

macro_rules! id {
    ($name:ident, $what:literal) => {
        #[doc = concat!("Which ", $what, " of a record.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(usize);

        impl $name {
            /// Its number in order of addition, from 0.
            pub fn index(self) -> usize {
                self.0
            }
        }
    };
}

id!(ParameterId, "parameter");
id!(ModuleId, "module");
id!(PlaceId, "place");
id!(CallId, "call");

/// A model and one run of it.
///
/// ```
/// use glassboard_model::summary::{Call, Counting, Module, OwnParameter, Parameter, Place, Record, Size, Summary, Tensor};
///
/// let mut record = Record::new();
/// let weight = record.add_parameter(Parameter { shape: Some(vec![2, 3]), item_bytes: 4, trainable: true });
/// let linear = record.add_module(Module {
///     parameters: vec![OwnParameter { name: "weight".into(), parameter: weight, kept: None }],
///     is_leaf: true,
///     ..Module::default()
/// });
/// let root = record.add_place(Place {
///     module: linear,
///     name: "Linear".into(),
///     class_name: "Linear".into(),
///     parent: None,
/// });
/// record.add_call(Call {
///     place: root,
///     class_name: "Linear".into(),
///     executed: true,
///     input: Tensor { size: Size::of([8, 3]), item_bytes: 4 },
///     output: Tensor { size: Size::of([8, 2]), item_bytes: 4 },
///     operations: None,
/// });
/// let summary = Summary::new(record, Counting::Current);
/// assert_eq!(summary.totals().mult_adds, 48);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Record {
    parameters: Vec<Parameter>,
    modules: Vec<Module>,
    places: Vec<Place>,
    calls: Vec<Call>,
    input_bytes: Option<u64>,
    peak_activation_bytes: Option<u64>,
}

impl Record {
    /// Nothing known yet.
    pub fn new() -> Self {
        Record::default()
    }

    /// Adds a parameter.
    pub fn add_parameter(&mut self, parameter: Parameter) -> ParameterId {
        self.parameters.push(parameter);
        ParameterId(self.parameters.len() - 1)
    }

    /// Adds a module. Children are added before it, or set afterwards by [`Record::module_mut`].
    pub fn add_module(&mut self, module: Module) -> ModuleId {
        self.modules.push(module);
        ModuleId(self.modules.len() - 1)
    }

    /// Adds a place in the tree; the parent's comes before it.
    pub fn add_place(&mut self, place: Place) -> PlaceId {
        self.places.push(place);
        PlaceId(self.places.len() - 1)
    }

    /// Adds a call, in the order in which the calls began.
    pub fn add_call(&mut self, call: Call) -> CallId {
        self.calls.push(call);
        CallId(self.calls.len() - 1)
    }

    /// Says how many bytes the model's inputs are. Without it nothing ran, and the table has no sizes.
    pub fn set_input_bytes(&mut self, bytes: u64) {
        self.input_bytes = Some(bytes);
    }

    /// Says how much memory the values between operations need at once, at most, in bytes.
    pub fn set_peak_activation_bytes(&mut self, bytes: u64) {
        self.peak_activation_bytes = Some(bytes);
    }

    /// A module, to be changed.
    pub fn module_mut(&mut self, id: ModuleId) -> Option<&mut Module> {
        self.modules.get_mut(id.0)
    }

    /// A call, to be changed.
    pub fn call_mut(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.get_mut(id.0)
    }

    /// The parameter with this number of addition.
    pub fn parameter_id(&self, index: usize) -> Option<ParameterId> {
        (index < self.parameters.len()).then_some(ParameterId(index))
    }

    /// The module with this number of addition.
    pub fn module_id(&self, index: usize) -> Option<ModuleId> {
        (index < self.modules.len()).then_some(ModuleId(index))
    }

    /// The place with this number of addition.
    pub fn place_id(&self, index: usize) -> Option<PlaceId> {
        (index < self.places.len()).then_some(PlaceId(index))
    }

    /// The bytes of the inputs, if the model ran.
    pub fn input_bytes(&self) -> Option<u64> {
        self.input_bytes
    }

    /// How much memory the values between operations need at once, at most, in bytes, if it is known.
    pub fn peak_activation_bytes(&self) -> Option<u64> {
        self.peak_activation_bytes
    }

    /// A parameter.
    pub fn parameter(&self, id: ParameterId) -> Option<&Parameter> {
        self.parameters.get(id.0)
    }

    /// A module.
    pub fn module(&self, id: ModuleId) -> Option<&Module> {
        self.modules.get(id.0)
    }

    /// A place.
    pub fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(id.0)
    }

    /// The calls in the order in which they began.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// How deep a place lies: 0 for the root.
    pub fn depth(&self, id: PlaceId) -> usize {
        self.ancestors(id).count()
    }

    /// The places above one, the nearest first.
    pub fn ancestors(&self, id: PlaceId) -> impl Iterator<Item = PlaceId> + '_ {
        // A parent is added before its children, so that its number is smaller: the walk ends whatever was added.
        let parent_of = |id: PlaceId| self.place(id)?.parent.filter(|parent| parent.0 < id.0);
        std::iter::successors(parent_of(id), move |&id| parent_of(id))
    }

    /// The dotted path of a place below the root, empty for the root.
    pub fn path(&self, id: PlaceId) -> String {
        let mut names: Vec<&str> = std::iter::once(id)
            .chain(self.ancestors(id))
            .filter_map(|id| self.place(id))
            .filter(|place| place.parent.is_some())
            .map(|place| place.name.as_str())
            .collect();
        names.reverse();
        names.join(".")
    }

    /// The parameters of a module and of all below it, each once, with their dotted names: what PyTorch's
    /// `named_parameters()` gives, in its order.
    pub fn named_parameters(
        &self,
        module: ModuleId,
        mut visit: impl FnMut(&str, &OwnParameter, &Parameter),
    ) {
        let mut seen_modules = HashSet::from([module]);
        let mut seen_parameters = HashSet::new();
        let mut pending = vec![(String::new(), module)];
        let mut name = String::new();
        while let Some((prefix, id)) = pending.pop() {
            let Some(module) = self.module(id) else {
                continue;
            };
            for own in &module.parameters {
                let Some(parameter) = self.parameter(own.parameter) else {
                    continue;
                };
                if seen_parameters.insert(own.parameter) {
                    name.clear();
                    name.push_str(&prefix);
                    name.push_str(&own.name);
                    visit(&name, own, parameter);
                }
            }
            // Depth first in order; a module is visited where it is met first, so what is met later is dropped when
            // it is taken up, not here.
            pending.extend(
                module
                    .children
                    .iter()
                    .rev()
                    .filter(|(_, child)| !seen_modules.contains(child))
                    .map(|(name, child)| (format!("{prefix}{name}."), *child)),
            );
            while pending
                .last()
                .is_some_and(|(_, next)| !seen_modules.insert(*next))
            {
                pending.pop();
            }
        }
    }
}

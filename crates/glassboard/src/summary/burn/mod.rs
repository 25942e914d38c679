//! Modules of [Burn](::burn) as models.
//!
//! A module shows its parameters to a visitor, and with them the layers that it is made of. What it computes with them
//! is Rust code that nobody sees: [`summary`] has rows and parameters; shapes and mult-adds come with the operations
//! that are added to a [`builder`].
//!
//! ```
//! use burn::{module::Module, nn::{Linear, LinearConfig, Relu}, tensor::Device};
//! use glassboard::model::DType;
//! use glassboard::summary::{Counting, Record, Summary, burn as of_burn};
//!
//! #[derive(Module, Debug)]
//! struct Net {
//!     fc: Linear,
//!     act: Relu,
//! }
//!
//! let device = Device::default();
//! let net = Net { fc: LinearConfig::new(8, 4).init(&device), act: Relu::new() };
//! assert_eq!(of_burn::summary(&net).totals().params, 36);
//!
//! // The same with what `forward` does.
//! let mut model = of_burn::builder(&net);
//! let root = model.root_call();
//! let x = model.input("x", DType::F32, [1, 8]);
//! let tensors = ["fc.weight", "fc.bias"].map(|name| model.find_tensor(name));
//! if let ([Some(weight), Some(bias)], Some(fc)) = (tensors, model.find_module("fc")) {
//!     let run = model.call(fc, root);
//!     let y = model.node(run, "linear", &[x, weight, bias], DType::F32, [1, 4]);
//!     model.output(y);
//! }
//! let summary = Summary::new(Record::from_graph(&model.build()), Counting::Current);
//! assert_eq!(summary.totals().operation_mult_adds, Some(32));
//! ```

mod display;
mod values;

use std::{
    collections::{HashMap, HashSet},
    fmt::Display,
};

use ::burn::{
    module::{Flag, Module, ModuleVisitor, Param, ParamId},
    tensor::{Bool, Int, Tensor},
};
use glassboard_model::{ModelBuilder, ModelGraph, ModuleId, TensorRole, ValueId};

use self::{display::Shown, values::Values};
use super::{Counting, Record, Summary};

/// The layers and parameters of a module as a table.
pub fn summary<M: Module + Display>(module: &M) -> Summary {
    Summary::new(Record::from_graph(&graph(module)), Counting::Current)
}

/// The layers and parameters of a module as a graph without operations.
pub fn graph<M: Module + Display>(module: &M) -> ModelGraph {
    builder(module).build()
}

/// The layers and parameters of a module, to which operations can be added.
///
/// | Burn | here |
/// |---|---|
/// | struct, `Vec`, array, tuple, enum | a layer; its path are the names of the fields |
/// | `Param` of floats | a parameter, which training changes if it requires a gradient; on a device without gradients that is not known |
/// | `Param` of integers or truth values | a buffer |
/// | `running_mean`, `running_var` of a normalisation | buffers |
/// | a second `Param` with the same id, as clones have it | tied to the first |
/// | settings that its `Display` shows, such as `kernel_size` | attributes of the layer |
///
/// A layer without parameters, such as an activation, is known by what the module's `Display` shows of it.
///
/// Parameters that are not initialized yet are; their elements are read when
/// [`Tensor::read`](glassboard_model::Tensor::read) asks for them.
pub fn builder<M: Module + Display>(module: &M) -> ModelBuilder {
    let shown = Shown::parse(&module.to_string());
    let mut visitor = Visitor {
        builder: ModelBuilder::new(class_of::<M>()),
        shown,
        stack: Vec::new(),
        first_tensors: HashMap::new(),
        has_class: HashSet::new(),
    };
    let root = visitor.builder.root();
    visitor.add_settings(root, &[]);
    module.visit(&mut visitor);
    visitor.builder
}

/// Name of a type without its module and its parameters.
fn class_of<M>() -> &'static str {
    let name = std::any::type_name::<M>();
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name)
}

struct Visitor {
    builder: ModelBuilder,
    /// What the module's `Display` says.
    shown: Shown,
    stack: Vec<Field>,
    /// The first tensor of each id.
    first_tensors: HashMap<ParamId, ValueId>,
    /// Layers whose fields were seen: they have said what they are.
    has_class: HashSet<ModuleId>,
}

/// A field that is being looked at.
struct Field {
    name: String,
    /// Its layer, once it is known to be one.
    module: Option<ModuleId>,
    /// Whether it is a tensor or a control value.
    is_value: bool,
}

impl Visitor {
    /// The layer that the first `len` fields lead to.
    fn module(&mut self, len: usize) -> ModuleId {
        let Some(index) = len.checked_sub(1) else {
            return self.builder.root();
        };
        if let Some(known) = self.stack[index].module {
            return known;
        }
        let parent = self.module(index);
        let name = self.stack[index].name.clone();
        let module = self.builder.untyped_module(parent, &name);
        self.stack[index].module = Some(module);
        let path: Vec<String> = self.stack[..len]
            .iter()
            .map(|field| field.name.clone())
            .collect();
        self.add_settings(module, &path);
        module
    }

    /// Class and settings of a layer, as far as the module's `Display` shows them.
    fn add_settings(&mut self, module: ModuleId, path: &[String]) {
        let Some(shown) = self.shown.at(path) else {
            return;
        };
        if let (Some(class), false) = (shown.class(), path.is_empty()) {
            self.builder.set_class_path(module, class);
        }
        for (name, setting) in shown.settings() {
            if name != "params" {
                self.builder.set_attribute(module, name, setting);
            }
        }
    }

    fn add_tensor(&mut self, id: ParamId, values: impl Values) {
        // A parameter that is no field of a module has no name.
        let Some(last) = self.stack.last_mut() else {
            return;
        };
        last.is_value = true;
        let name = last.name.clone();
        let module = self.module(self.stack.len() - 1);
        let role = if name.starts_with("running_") {
            TensorRole::Buffer
        } else {
            values.role()
        };
        let (dtype, shape) = (values.dtype(), values.shape());
        let value = self.builder.tensor(module, &name, role, dtype, shape);
        self.builder.set_values(value, move || values.bytes());
        let first = *self.first_tensors.entry(id).or_insert(value);
        if first != value {
            self.builder.tie(value, first);
        }
    }
}

impl ModuleVisitor for Visitor {
    fn enter_module(&mut self, name: &str, container: &str) {
        let module = self.module(self.stack.len());
        if module != self.builder.root() && !self.has_class.contains(&module) {
            let class = container.rsplit(':').next().unwrap_or(container);
            self.builder.set_class_path(module, class);
            self.has_class.insert(module);
        }
        self.stack.push(Field {
            name: name.to_owned(),
            module: None,
            is_value: false,
        });
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        let path: Vec<String> = self.stack.iter().map(|field| field.name.clone()).collect();
        let is_new = self
            .stack
            .last()
            .is_some_and(|field| field.module.is_none() && !field.is_value);
        // A field that nothing was seen of is a layer without parameters, or nothing: `None`.
        if is_new && self.shown.at(&path).and_then(Shown::class).is_some() {
            self.module(path.len());
        }
        self.stack.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.add_tensor(param.id, param.clone());
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.add_tensor(param.id, param.clone());
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.add_tensor(param.id, param.clone());
    }

    fn visit_flag(&mut self, _flag: &Param<Flag>) {
        if let Some(last) = self.stack.last_mut() {
            last.is_value = true;
        }
    }
}

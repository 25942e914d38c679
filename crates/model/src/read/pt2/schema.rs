//! The JSON of an exported program, as far as it is needed.
//!
//! Field names and meaning: `torch/_export/serde/schema.py`, versions 7 (PyTorch 2.5) and 8 (2.6 and later). Texts are
//! borrowed from the JSON; what is not listed is skipped without being kept.

use std::{borrow::Cow, collections::HashMap, fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, de};

use crate::{DType, Dim};

pub(super) type Text<'a> = Cow<'a, str>;

#[derive(Deserialize)]
pub(super) struct Program<'a> {
    #[serde(borrow)]
    pub(super) graph_module: GraphModule<'a>,
    #[serde(default)]
    pub(super) range_constraints: HashMap<String, Range>,
    pub(super) schema_version: SchemaVersion,
    #[serde(default)]
    pub(super) torch_version: String,
}

/// Only the version, for programs whose rest is written in another way.
#[derive(Deserialize)]
pub(super) struct Versioned {
    pub(super) schema_version: SchemaVersion,
}

#[derive(Clone, Copy, Deserialize)]
pub(super) struct SchemaVersion {
    pub(super) major: i64,
    pub(super) minor: i64,
}

/// What a symbolic size may be.
#[derive(Clone, Copy, Deserialize)]
pub(super) struct Range {
    pub(super) min_val: Option<i64>,
    pub(super) max_val: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct GraphModule<'a> {
    #[serde(borrow)]
    pub(super) graph: Graph<'a>,
    #[serde(borrow)]
    pub(super) signature: Signature<'a>,
    #[serde(borrow, default)]
    pub(super) module_call_graph: Vec<ModuleCallEntry<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ModuleCallEntry<'a> {
    #[serde(borrow)]
    pub(super) fqn: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Graph<'a> {
    #[serde(borrow)]
    pub(super) inputs: Vec<Argument<'a>>,
    #[serde(borrow)]
    pub(super) outputs: Vec<Argument<'a>>,
    #[serde(borrow)]
    pub(super) nodes: Vec<Node<'a>>,
    #[serde(borrow)]
    pub(super) tensor_values: HashMap<Text<'a>, TensorMeta>,
    #[serde(borrow, default)]
    pub(super) sym_int_values: HashMap<Text<'a>, SymInt>,
}

#[derive(Deserialize)]
pub(super) struct Node<'a> {
    #[serde(borrow)]
    pub(super) target: Text<'a>,
    #[serde(borrow)]
    pub(super) inputs: Vec<NamedArgument<'a>>,
    #[serde(borrow)]
    pub(super) outputs: Vec<Argument<'a>>,
    #[serde(borrow, default)]
    pub(super) metadata: NodeMetadata<'a>,
    #[serde(borrow, default)]
    pub(super) name: Option<Text<'a>>,
}

/// Stack traces and alike are most of a file; they are skipped.
#[derive(Default, Deserialize)]
pub(super) struct NodeMetadata<'a> {
    #[serde(borrow, default)]
    pub(super) nn_module_stack: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct NamedArgument<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) arg: Argument<'a>,
}

#[derive(Deserialize)]
pub(super) struct Named<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct GraphArgument<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) graph: Box<Graph<'a>>,
}

/// A float, which torch writes as a text where JSON has no number for it.
#[derive(Clone, Copy)]
pub(super) struct Float(pub(super) f64);

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(f64),
            Word(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Self(number)),
            Written::Word(word) => word.parse().map(Self).map_err(de::Error::custom),
        }
    }
}

/// One of several things, written as an object with one member whose name says which.
pub(super) trait Union<'de>: Sized {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error>;
}

struct UnionVisitor<T>(PhantomData<T>);

impl<'de, T: Union<'de>> de::Visitor<'de> for UnionVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with one member")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let Some(tag) = map.next_key::<Text<'de>>()? else {
            return Err(de::Error::invalid_length(0, &self));
        };
        let value = T::read(&tag, &mut map)?;
        while map
            .next_entry::<de::IgnoredAny, de::IgnoredAny>()?
            .is_some()
        {}
        Ok(value)
    }
}

macro_rules! deserialize_union {
    ($name:ident $(<$lifetime:lifetime>)?) => {
        impl<'de $(: $lifetime, $lifetime)?> Deserialize<'de> for $name $(<$lifetime>)? {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_map(UnionVisitor(PhantomData))
            }
        }
    };
}

#[derive(Clone)]
pub(super) enum SymInt {
    Fixed(i64),
    Formula(String),
}

impl<'de> Union<'de> for SymInt {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        struct Formula {
            expr_str: String,
        }
        match tag {
            "as_int" => map.next_value().map(Self::Fixed),
            "as_expr" => map
                .next_value::<Formula>()
                .map(|formula| Self::Formula(formula.expr_str)),
            other => Err(de::Error::unknown_variant(other, &["as_int", "as_expr"])),
        }
    }
}

deserialize_union!(SymInt);

impl SymInt {
    pub(super) fn dim(&self) -> Dim {
        match self {
            Self::Fixed(size) => u64::try_from(*size).map_or(Dim::Unknown, Dim::Fixed),
            Self::Formula(formula) => Dim::from_formula(formula),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct TensorMeta {
    pub(super) dtype: i64,
    pub(super) sizes: Vec<SymInt>,
    #[serde(default)]
    pub(super) requires_grad: bool,
    #[serde(default)]
    pub(super) strides: Vec<SymInt>,
    pub(super) storage_offset: Option<SymInt>,
}

impl TensorMeta {
    pub(super) fn dtype(&self) -> Option<DType> {
        scalar_type(self.dtype)
    }

    pub(super) fn shape(&self) -> Vec<Dim> {
        self.sizes.iter().map(SymInt::dim).collect()
    }
}

/// Element types by their number in the schema.
pub(super) fn scalar_type(number: i64) -> Option<DType> {
    Some(match number {
        1 => DType::U8,
        2 => DType::I8,
        3 => DType::I16,
        4 => DType::I32,
        5 => DType::I64,
        6 => DType::F16,
        7 => DType::F32,
        8 => DType::F64,
        9 => DType::Complex32,
        10 => DType::Complex64,
        11 => DType::Complex128,
        12 => DType::Bool,
        13 => DType::BF16,
        28 => DType::U16,
        29 => DType::F8E4M3FN,
        30 => DType::F8E5M2,
        31 => DType::F8E4M3FNUZ,
        32 => DType::F8E5M2FNUZ,
        33 => DType::F8E8M0,
        34 => DType::U32,
        35 => DType::U64,
        _ => return None,
    })
}

/// A size in a list of sizes: a number, or the name of a value.
pub(super) enum SizeArgument<'a> {
    Fixed(i64),
    Name(Text<'a>),
}

impl<'de: 'a, 'a> Union<'de> for SizeArgument<'a> {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error> {
        match tag {
            "as_int" => map.next_value().map(Self::Fixed),
            "as_name" => map.next_value().map(Self::Name),
            other => Err(de::Error::unknown_variant(other, &["as_int", "as_name"])),
        }
    }
}

deserialize_union!(SizeArgument<'a>);

/// A tensor or nothing.
pub(super) struct OptionalTensor<'a>(pub(super) Option<Text<'a>>);

impl<'de: 'a, 'a> Union<'de> for OptionalTensor<'a> {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error> {
        if tag == "as_tensor" {
            map.next_value::<Named<'a>>()
                .map(|tensor| Self(Some(tensor.name)))
        } else {
            map.next_value::<de::IgnoredAny>().map(|_| Self(None))
        }
    }
}

deserialize_union!(OptionalTensor<'a>);

pub(super) enum Argument<'a> {
    None,
    Tensor(Text<'a>),
    Tensors(Vec<Option<Text<'a>>>),
    Int(i64),
    Ints(Vec<i64>),
    Float(f64),
    Floats(Vec<f64>),
    Text(String),
    Texts(Vec<String>),
    Bool(bool),
    Bools(Vec<bool>),
    Size(SizeArgument<'a>),
    Sizes(Vec<SizeArgument<'a>>),
    ScalarType(i64),
    Graph(GraphArgument<'a>),
    /// Something that a description of a model does not need, with its tag.
    Other(String),
}

impl<'de: 'a, 'a> Union<'de> for Argument<'a> {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error> {
        Ok(match tag {
            "as_tensor" => Self::Tensor(map.next_value::<Named<'a>>()?.name),
            "as_tensors" => {
                let tensors = map.next_value::<Vec<Named<'a>>>()?;
                Self::Tensors(
                    tensors
                        .into_iter()
                        .map(|tensor| Some(tensor.name))
                        .collect(),
                )
            }
            "as_optional_tensor" => match map.next_value::<OptionalTensor<'a>>()?.0 {
                Some(name) => Self::Tensor(name),
                None => Self::None,
            },
            "as_optional_tensors" => {
                let tensors = map.next_value::<Vec<OptionalTensor<'a>>>()?;
                Self::Tensors(tensors.into_iter().map(|tensor| tensor.0).collect())
            }
            "as_int" => Self::Int(map.next_value()?),
            "as_ints" => Self::Ints(map.next_value()?),
            "as_float" => Self::Float(map.next_value::<Float>()?.0),
            "as_floats" => {
                let floats = map.next_value::<Vec<Float>>()?;
                Self::Floats(floats.into_iter().map(|float| float.0).collect())
            }
            "as_string" | "as_operator" => Self::Text(map.next_value()?),
            "as_strings" => Self::Texts(map.next_value()?),
            "as_bool" => Self::Bool(map.next_value()?),
            "as_bools" => Self::Bools(map.next_value()?),
            "as_sym_int" => Self::Size(map.next_value()?),
            "as_sym_ints" => Self::Sizes(map.next_value()?),
            "as_scalar_type" => Self::ScalarType(map.next_value()?),
            "as_graph" => Self::Graph(map.next_value()?),
            "as_none" => {
                map.next_value::<de::IgnoredAny>()?;
                Self::None
            }
            other => {
                map.next_value::<de::IgnoredAny>()?;
                Self::Other(other.to_owned())
            }
        })
    }
}

deserialize_union!(Argument<'a>);

#[derive(Deserialize)]
pub(super) struct Signature<'a> {
    #[serde(borrow)]
    pub(super) input_specs: Vec<InputSpec<'a>>,
    #[serde(borrow)]
    pub(super) output_specs: Vec<OutputSpec<'a>>,
}

/// What an input of the graph is: given by the user, or held by the model under a name.
pub(super) enum InputSpec<'a> {
    User(Argument<'a>),
    Held {
        kind: Held,
        value: Text<'a>,
        name: String,
    },
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Parameter,
    Buffer,
    Constant,
}

impl<'de: 'a, 'a> Union<'de> for InputSpec<'a> {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        struct User<'a> {
            #[serde(borrow)]
            arg: Argument<'a>,
        }
        #[derive(Deserialize)]
        struct HeldSpec<'a> {
            #[serde(borrow)]
            arg: Named<'a>,
            #[serde(
                alias = "parameter_name",
                alias = "buffer_name",
                alias = "tensor_constant_name"
            )]
            name: String,
        }
        let kind = match tag {
            "user_input" => return Ok(Self::User(map.next_value::<User<'a>>()?.arg)),
            "parameter" => Held::Parameter,
            "buffer" => Held::Buffer,
            "tensor_constant" => Held::Constant,
            _ => {
                map.next_value::<de::IgnoredAny>()?;
                return Ok(Self::Other);
            }
        };
        let held = map.next_value::<HeldSpec<'a>>()?;
        Ok(Self::Held {
            kind,
            value: held.arg.name,
            name: held.name,
        })
    }
}

deserialize_union!(InputSpec<'a>);

/// What an output of the graph is: returned to the user, or written back into the model.
pub(super) enum OutputSpec<'a> {
    User(Argument<'a>),
    Other,
}

impl<'de: 'a, 'a> Union<'de> for OutputSpec<'a> {
    fn read<A: de::MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Self, A::Error> {
        #[derive(Deserialize)]
        struct User<'a> {
            #[serde(borrow)]
            arg: Argument<'a>,
        }
        if tag == "user_output" || tag == "loss_output" {
            return Ok(Self::User(map.next_value::<User<'a>>()?.arg));
        }
        map.next_value::<de::IgnoredAny>()?;
        Ok(Self::Other)
    }
}

deserialize_union!(OutputSpec<'a>);

/// Where the archive keeps the tensors (PyTorch 2.9 and later).
#[derive(Deserialize)]
pub(super) struct PayloadConfig {
    pub(super) config: HashMap<String, Payload>,
}

#[derive(Deserialize)]
pub(super) struct Payload {
    pub(super) path_name: String,
    #[serde(default)]
    pub(super) is_param: bool,
    #[serde(default)]
    pub(super) use_pickle: bool,
    pub(super) tensor_meta: Option<TensorMeta>,
}

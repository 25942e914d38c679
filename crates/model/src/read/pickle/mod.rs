//! Pickles as data: a reader of Python's object stream that runs nothing.
//!
//! Python's own reader imports whatever a stream names and calls it. This one knows a list of names and takes each call
//! as a fact ([`Object::Call`]); a name that is not on the list is an error, wherever it stands. Opcodes: `pickletools`
//! of Python 3.13, protocols 0 to 5.

mod machine;

use self::machine::Machine;
use crate::{Result, source::Region};

/// Names of `torch.…Storage`, with the elements they hold.
pub(super) const STORAGES: [(&str, crate::DType); 14] = {
    use crate::DType as D;
    [
        ("FloatStorage", D::F32),
        ("DoubleStorage", D::F64),
        ("HalfStorage", D::F16),
        ("BFloat16Storage", D::BF16),
        ("LongStorage", D::I64),
        ("IntStorage", D::I32),
        ("ShortStorage", D::I16),
        ("CharStorage", D::I8),
        ("ByteStorage", D::U8),
        ("BoolStorage", D::Bool),
        ("ComplexFloatStorage", D::Complex64),
        ("ComplexDoubleStorage", D::Complex128),
        ("UntypedStorage", D::U8),
        ("TypedStorage", D::U8),
    ]
};

/// Names an object of a [`Pickle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ObjectId(u32);

/// What a stream describes.
#[derive(Debug)]
pub(super) enum Object {
    None,
    Bool(bool),
    Int(i64),
    /// A whole number of more than 64 bits, a float or bytes: nothing that a tensor is described by.
    Opaque,
    Text(String),
    Tuple(Vec<ObjectId>),
    List(Vec<ObjectId>),
    Dict {
        items: Vec<(ObjectId, ObjectId)>,
        /// Attributes of the dict object itself, such as the `_metadata` of a state dict.
        state: Option<ObjectId>,
    },
    Set(Vec<ObjectId>),
    /// A name that is on the list.
    Global(String),
    /// Something outside of the stream, such as a storage.
    Outside(ObjectId),
    /// The stream asks to call this with these arguments; nobody does.
    Call {
        function: ObjectId,
        arguments: ObjectId,
    },
}

/// A stream that has been read.
#[derive(Debug)]
pub(super) struct Pickle {
    objects: Vec<Object>,
    top: ObjectId,
}

impl Pickle {
    pub(super) fn read(region: &Region, bytes: &[u8]) -> Result<Self> {
        Machine::new(region, bytes)?.run()
    }

    pub(super) fn top(&self) -> ObjectId {
        self.top
    }

    pub(super) fn get(&self, id: ObjectId) -> &Object {
        self.objects.get(id.0 as usize).unwrap_or(&Object::None)
    }

    pub(super) fn text(&self, id: ObjectId) -> Option<&str> {
        match self.get(id) {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn int(&self, id: ObjectId) -> Option<i64> {
        match self.get(id) {
            Object::Int(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn global(&self, id: ObjectId) -> Option<&str> {
        match self.get(id) {
            Object::Global(name) => Some(name),
            _ => None,
        }
    }

    /// Elements of a tuple, list, or `torch.Size`.
    pub(super) fn elements(&self, id: ObjectId) -> Option<&[ObjectId]> {
        match self.get(id) {
            Object::Tuple(items) | Object::List(items) => Some(items),
            Object::Call {
                function,
                arguments,
            } if self.global(*function) == Some("torch.Size") => {
                match self.get(*self.tuple(*arguments)?.first()?) {
                    Object::Tuple(items) | Object::List(items) => Some(items),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    pub(super) fn tuple(&self, id: ObjectId) -> Option<&[ObjectId]> {
        match self.get(id) {
            Object::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn dict(&self, id: ObjectId) -> Option<&[(ObjectId, ObjectId)]> {
        match self.get(id) {
            Object::Dict { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The value of a text key.
    pub(super) fn item(&self, dict: ObjectId, key: &str) -> Option<ObjectId> {
        self.dict(dict)?
            .iter()
            .find(|(own, _)| self.text(*own) == Some(key))
            .map(|(_, value)| *value)
    }

    /// The name and the arguments of a call.
    pub(super) fn call(&self, id: ObjectId) -> Option<(&str, &[ObjectId])> {
        match self.get(id) {
            Object::Call {
                function,
                arguments,
            } => Some((self.global(*function)?, self.tuple(*arguments)?)),
            _ => None,
        }
    }
}

//! The opcodes of a stream, and what they leave behind.

use std::collections::HashMap;

use super::{Object, ObjectId, Pickle, STORAGES};
use crate::{ModelError, Result, source::Region};

/// Longest stream that is read. A state dict of 10,000 tensors has 2 MB.
const MAX_STREAM_BYTES: u64 = 64 << 20;

/// Most objects in a stream, so that a stream of one-byte opcodes does not become gigabytes.
const MAX_OBJECTS: usize = 4 << 20;

/// What a stream may name: containers, and what PyTorch writes for tensors.
const ALLOWED: [&str; 20] = [
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "builtins.dict",
    "builtins.list",
    "builtins.set",
    "builtins.frozenset",
    "builtins.complex",
    "__builtin__.dict",
    "__builtin__.list",
    "__builtin__.set",
    "__builtin__.frozenset",
    "torch._utils._rebuild_tensor",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state",
    "torch.nn.parameter.Parameter",
    "torch.Size",
    "torch.device",
];

/// The stack machine that a stream is a program for.
pub(super) struct Machine<'a> {
    region: &'a Region,
    bytes: &'a [u8],
    at: usize,
    objects: Vec<Object>,
    stack: Vec<ObjectId>,
    marks: Vec<usize>,
    memo: HashMap<u64, ObjectId>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(region: &'a Region, bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() as u64 > MAX_STREAM_BYTES {
            return Err(region.malformed(
                "pickle",
                format!("at most {MAX_STREAM_BYTES} bytes"),
                bytes.len().to_string(),
            ));
        }
        Ok(Self {
            region,
            bytes,
            at: 0,
            objects: Vec::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        })
    }

    pub(super) fn run(mut self) -> Result<Pickle> {
        loop {
            let [opcode] = self.take_array::<1>()?;
            if opcode == b'.' {
                let top = self.pop()?;
                return Ok(Pickle {
                    objects: self.objects,
                    top,
                });
            }
            self.step(opcode)?;
        }
    }

    #[allow(clippy::too_many_lines)] // A table of opcodes, of one or two lines each.
    fn step(&mut self, opcode: u8) -> Result<()> {
        match opcode {
            // Protocol number and frame length say nothing that is needed.
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            // Plain values.
            b'N' => self.push(Object::None)?,
            0x88 => self.push(Object::Bool(true))?,
            0x89 => self.push(Object::Bool(false))?,
            b'J' => {
                let number = i32::from_le_bytes(self.take_array()?);
                self.push(Object::Int(number.into()))?;
            }
            b'K' => {
                let number = self.take_len::<1>()?;
                self.push(Object::Int(number as i64))?;
            }
            b'M' => {
                let number = self.take_len::<2>()?;
                self.push(Object::Int(number as i64))?;
            }
            0x8a => {
                let len = self.take_len::<1>()?;
                self.push_long(len)?;
            }
            0x8b => {
                let len = self.take_len::<4>()?;
                self.push_long(len)?;
            }
            b'I' | b'L' => {
                let line = self.line()?;
                let object = match line.as_str() {
                    "00" => Object::Bool(false),
                    "01" => Object::Bool(true),
                    line => line
                        .trim_end_matches('L')
                        .parse()
                        .map_or(Object::Opaque, Object::Int),
                };
                self.push(object)?;
            }
            b'G' => {
                self.take(8)?;
                self.push(Object::Opaque)?;
            }
            b'F' => {
                self.line()?;
                self.push(Object::Opaque)?;
            }
            // Texts and bytes.
            0x8c | b'U' => self.push_text::<1>()?,
            b'X' | b'T' => self.push_text::<4>()?,
            0x8d => self.push_text::<8>()?,
            b'V' => {
                let line = self.line()?;
                self.push(Object::Text(line))?;
            }
            b'S' => {
                let line = self.line()?;
                self.push(Object::Text(line.trim_matches(['\'', '"']).to_owned()))?;
            }
            b'C' => self.push_bytes::<1>()?,
            b'B' => self.push_bytes::<4>()?,
            0x8e | 0x96 => self.push_bytes::<8>()?,
            // Containers.
            b'(' => {
                self.reserve()?;
                self.marks.push(self.stack.len());
            }
            b')' => self.push(Object::Tuple(Vec::new()))?,
            0x85 => self.push_tuple(1)?,
            0x86 => self.push_tuple(2)?,
            0x87 => self.push_tuple(3)?,
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Object::Tuple(items))?;
            }
            b']' => self.push(Object::List(Vec::new()))?,
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push(Object::List(items))?;
            }
            b'}' => self.push(dict(Vec::new()))?,
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push(dict(pairs(&items)))?;
            }
            0x8f => self.push(Object::Set(Vec::new()))?,
            0x91 => {
                let items = self.pop_to_mark()?;
                self.push(Object::Set(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.extend(vec![item])?;
            }
            b'e' | b'u' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.extend(items)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend(vec![key, value])?;
            }
            // The stack and the memo.
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.last()?;
                self.reserve()?;
                self.stack.push(top);
            }
            b'q' => {
                let key = self.take_len::<1>()?;
                self.remember(key)?;
            }
            b'r' => {
                let key = self.take_len::<4>()?;
                self.remember(key)?;
            }
            b'p' => {
                let key = self.line_number()?;
                self.remember(key)?;
            }
            0x94 => self.remember(self.memo.len() as u64)?,
            b'h' => {
                let key = self.take_len::<1>()?;
                self.recall(key)?;
            }
            b'j' => {
                let key = self.take_len::<4>()?;
                self.recall(key)?;
            }
            b'g' => {
                let key = self.line_number()?;
                self.recall(key)?;
            }
            // Names, calls and what is outside.
            b'c' => {
                let module = self.line()?;
                let name = self.line()?;
                self.push_global(&module, &name)?;
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                match (self.object(module), self.object(name)) {
                    (Object::Text(module), Object::Text(name)) => {
                        let (module, name) = (module.clone(), name.clone());
                        self.push_global(&module, &name)?;
                    }
                    _ => return Err(self.malformed("two texts for a name", "something else")),
                }
            }
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let function = self.pop()?;
                self.push_call(function, arguments)?;
            }
            b'b' => {
                let new_state = self.pop()?;
                let target = self.last()?;
                if let Some(Object::Dict { state, .. }) = self.objects.get_mut(target.0 as usize) {
                    *state = Some(new_state);
                }
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Object::Outside(id))?;
            }
            b'P' => {
                let line = self.line()?;
                self.push(Object::Text(line))?;
                let id = self.pop()?;
                self.push(Object::Outside(id))?;
            }
            other => {
                return Err(self.malformed("an opcode of plain data", &format!("{other:#04x}")));
            }
        }
        Ok(())
    }

    fn push_call(&mut self, function: ObjectId, arguments: ObjectId) -> Result<()> {
        let name = match self.object(function) {
            Object::Global(name) => name.as_str(),
            _ => return Err(self.malformed("a call of a name", "a call of something else")),
        };
        let object = match name.rsplit('.').next() {
            Some("OrderedDict" | "defaultdict" | "dict" | "Counter") => dict(Vec::new()),
            Some("list") => Object::List(Vec::new()),
            Some("set" | "frozenset") => Object::Set(Vec::new()),
            Some("complex") => Object::Opaque,
            _ => Object::Call {
                function,
                arguments,
            },
        };
        self.push(object)
    }

    fn push_global(&mut self, module: &str, name: &str) -> Result<()> {
        let global = format!("{module}.{name}");
        let is_storage = (module == "torch" || module == "torch.storage")
            && STORAGES.iter().any(|(storage, _)| *storage == name);
        let is_dtype = module == "torch" && crate::DType::from_name(name).is_some();
        if is_storage || is_dtype || ALLOWED.contains(&global.as_str()) {
            return self.push(Object::Global(global));
        }
        Err(ModelError::ForbiddenGlobal {
            global,
            path: self.region.path().to_owned(),
        })
    }

    /// Appends to the list, set or dict at the top of the stack.
    fn extend(&mut self, items: Vec<ObjectId>) -> Result<()> {
        let target = self.last()?;
        match self.objects.get_mut(target.0 as usize) {
            Some(Object::List(list) | Object::Set(list)) => list.extend(items),
            Some(Object::Dict { items: own, .. }) => own.extend(pairs(&items)),
            _ => return Err(self.malformed("a list or dict to add to", "something else")),
        }
        Ok(())
    }

    fn push_tuple(&mut self, len: usize) -> Result<()> {
        let start = self
            .stack
            .len()
            .checked_sub(len)
            .filter(|start| self.marks.last().is_none_or(|mark| mark <= start))
            .ok_or_else(|| self.malformed("elements of a tuple", "too few"))?;
        let items = self.stack.split_off(start);
        self.push(Object::Tuple(items))
    }

    fn push_text<const N: usize>(&mut self) -> Result<()> {
        let len = self.take_len::<N>()?;
        let text = String::from_utf8_lossy(self.take(len)?).into_owned();
        self.push(Object::Text(text))
    }

    fn push_bytes<const N: usize>(&mut self) -> Result<()> {
        let len = self.take_len::<N>()?;
        self.take(len)?;
        self.push(Object::Opaque)
    }

    fn push_long(&mut self, len: u64) -> Result<()> {
        let bytes = self.take(len)?;
        let object = if bytes.len() <= 8 {
            let is_negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
            let mut wide = if is_negative { [0xff; 8] } else { [0; 8] };
            for (to, from) in wide.iter_mut().zip(bytes) {
                *to = *from;
            }
            Object::Int(i64::from_le_bytes(wide))
        } else {
            Object::Opaque
        };
        self.push(object)
    }

    fn push(&mut self, object: Object) -> Result<()> {
        self.reserve()?;
        let id = ObjectId(self.objects.len() as u32);
        self.objects.push(object);
        self.stack.push(id);
        Ok(())
    }

    /// Makes sure that the stream does not outgrow its bounds.
    fn reserve(&self) -> Result<()> {
        let used = self
            .objects
            .len()
            .max(self.stack.len())
            .max(self.marks.len())
            .max(self.memo.len());
        if used < MAX_OBJECTS {
            return Ok(());
        }
        Err(self.malformed(&format!("at most {MAX_OBJECTS} objects"), "more"))
    }

    fn object(&self, id: ObjectId) -> &Object {
        self.objects.get(id.0 as usize).unwrap_or(&Object::None)
    }

    fn last(&self) -> Result<ObjectId> {
        self.stack
            .last()
            .copied()
            .ok_or_else(|| self.malformed("an object", "an empty stack"))
    }

    fn pop(&mut self) -> Result<ObjectId> {
        let is_open = self
            .marks
            .last()
            .is_none_or(|mark| self.stack.len() > *mark);
        is_open
            .then(|| self.stack.pop())
            .flatten()
            .ok_or_else(|| self.malformed("an object", "an empty stack"))
    }

    fn pop_to_mark(&mut self) -> Result<Vec<ObjectId>> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark.min(self.stack.len()))),
            None => Err(self.malformed("a mark", "none")),
        }
    }

    fn remember(&mut self, key: u64) -> Result<()> {
        let top = self.last()?;
        self.reserve()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<()> {
        self.reserve()?;
        match self.memo.get(&key) {
            Some(id) => {
                self.stack.push(*id);
                Ok(())
            }
            None => Err(self.malformed("an object that was remembered", &format!("number {key}"))),
        }
    }

    fn take(&mut self, len: u64) -> Result<&[u8]> {
        let start = self.at;
        let end = usize::try_from(len)
            .ok()
            .and_then(|len| start.checked_add(len))
            .filter(|end| *end <= self.bytes.len());
        match end {
            Some(end) => {
                self.at = end;
                Ok(&self.bytes[start..end])
            }
            None => Err(self.malformed(&format!("{len} bytes"), "the end of the stream")),
        }
    }

    fn take_array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N as u64)?);
        Ok(array)
    }

    /// An unsigned number of `N` bytes.
    fn take_len<const N: usize>(&mut self) -> Result<u64> {
        let mut wide = [0; 8];
        for (to, from) in wide.iter_mut().zip(self.take_array::<N>()?) {
            *to = from;
        }
        Ok(u64::from_le_bytes(wide))
    }

    fn line(&mut self) -> Result<String> {
        let rest = &self.bytes[self.at..];
        match rest.iter().position(|byte| *byte == b'\n') {
            Some(len) => {
                self.at += len + 1;
                Ok(String::from_utf8_lossy(&rest[..len]).into_owned())
            }
            None => Err(self.malformed("a line", "the end of the stream")),
        }
    }

    fn line_number(&mut self) -> Result<u64> {
        let line = self.line()?;
        line.parse()
            .map_err(|_| self.malformed("a number", &format!("{line:?}")))
    }

    fn malformed(&self, expected: &str, got: &str) -> ModelError {
        self.region
            .malformed(format!("pickle, byte {}", self.at), expected, got)
    }
}

fn dict(items: Vec<(ObjectId, ObjectId)>) -> Object {
    Object::Dict { items, state: None }
}

fn pairs(items: &[ObjectId]) -> Vec<(ObjectId, ObjectId)> {
    items
        .chunks_exact(2)
        .map(|pair| (pair[0], pair[1]))
        .collect()
}

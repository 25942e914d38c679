//! Messages as protobuf's text format shows them, and fields as Python's `str` does.

use std::fmt::Write;

use super::wire::{Field, Span, Value, Wire};
use crate::{
    Result,
    number::{general, python_float},
};

/// Longest text of one attribute; what is longer ends with `...`. A constant of a million numbers is no text that
/// anybody reads.
const MAX_BYTES: usize = 1 << 20;

/// Deepest nesting that is shown.
const MAX_DEPTH: usize = 32;

/// A field as `onnx.proto` declares it.
struct Declaration {
    number: u64,
    name: &'static str,
    kind: Kind,
    is_repeated: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Signed,
    Unsigned,
    Float,
    Double,
    Text,
    Bytes,
    /// Names by number.
    Enum(&'static [&'static str]),
    Message(&'static [Declaration]),
}

const fn one(number: u64, name: &'static str, kind: Kind) -> Declaration {
    Declaration {
        number,
        name,
        kind,
        is_repeated: false,
    }
}

const fn many(number: u64, name: &'static str, kind: Kind) -> Declaration {
    Declaration {
        number,
        name,
        kind,
        is_repeated: true,
    }
}

// Fields of ONNX 1.23, in the order of their numbers, which is that of the text.
static ATTRIBUTE: [Declaration; 18] = [
    one(1, "name", Kind::Text),
    one(2, "f", Kind::Float),
    one(3, "i", Kind::Signed),
    one(4, "s", Kind::Bytes),
    one(5, "t", Kind::Message(&TENSOR)),
    one(6, "g", Kind::Message(&GRAPH)),
    many(7, "floats", Kind::Float),
    many(8, "ints", Kind::Signed),
    many(9, "strings", Kind::Bytes),
    many(10, "tensors", Kind::Message(&TENSOR)),
    many(11, "graphs", Kind::Message(&GRAPH)),
    one(13, "doc_string", Kind::Text),
    one(14, "tp", Kind::Message(&TYPE)),
    many(15, "type_protos", Kind::Message(&TYPE)),
    one(20, "type", Kind::Enum(&ATTRIBUTE_TYPES)),
    one(21, "ref_attr_name", Kind::Text),
    one(22, "sparse_tensor", Kind::Message(&SPARSE_TENSOR)),
    many(23, "sparse_tensors", Kind::Message(&SPARSE_TENSOR)),
];
static ATTRIBUTE_TYPES: [&str; 15] = [
    "UNDEFINED",
    "FLOAT",
    "INT",
    "STRING",
    "TENSOR",
    "GRAPH",
    "FLOATS",
    "INTS",
    "STRINGS",
    "TENSORS",
    "GRAPHS",
    "SPARSE_TENSOR",
    "SPARSE_TENSORS",
    "TYPE_PROTO",
    "TYPE_PROTOS",
];
static TENSOR: [Declaration; 14] = [
    many(1, "dims", Kind::Signed),
    one(2, "data_type", Kind::Signed),
    one(3, "segment", Kind::Message(&SEGMENT)),
    many(4, "float_data", Kind::Float),
    many(5, "int32_data", Kind::Signed),
    many(6, "string_data", Kind::Bytes),
    many(7, "int64_data", Kind::Signed),
    one(8, "name", Kind::Text),
    one(9, "raw_data", Kind::Bytes),
    many(10, "double_data", Kind::Double),
    many(11, "uint64_data", Kind::Unsigned),
    one(12, "doc_string", Kind::Text),
    many(13, "external_data", Kind::Message(&PAIR)),
    one(14, "data_location", Kind::Enum(&["DEFAULT", "EXTERNAL"])),
];
static SEGMENT: [Declaration; 2] = [one(1, "begin", Kind::Signed), one(2, "end", Kind::Signed)];
static SPARSE_TENSOR: [Declaration; 3] = [
    one(1, "values", Kind::Message(&TENSOR)),
    one(2, "indices", Kind::Message(&TENSOR)),
    many(3, "dims", Kind::Signed),
];
static PAIR: [Declaration; 2] = [one(1, "key", Kind::Text), one(2, "value", Kind::Text)];
static GRAPH: [Declaration; 10] = [
    many(1, "node", Kind::Message(&NODE)),
    one(2, "name", Kind::Text),
    many(5, "initializer", Kind::Message(&TENSOR)),
    one(10, "doc_string", Kind::Text),
    many(11, "input", Kind::Message(&VALUE_INFO)),
    many(12, "output", Kind::Message(&VALUE_INFO)),
    many(13, "value_info", Kind::Message(&VALUE_INFO)),
    many(14, "quantization_annotation", Kind::Message(&ANNOTATION)),
    many(15, "sparse_initializer", Kind::Message(&SPARSE_TENSOR)),
    many(16, "metadata_props", Kind::Message(&PAIR)),
];
static ANNOTATION: [Declaration; 2] = [
    one(1, "tensor_name", Kind::Text),
    many(2, "quant_parameter_tensor_names", Kind::Message(&PAIR)),
];
static NODE: [Declaration; 9] = [
    many(1, "input", Kind::Text),
    many(2, "output", Kind::Text),
    one(3, "name", Kind::Text),
    one(4, "op_type", Kind::Text),
    many(5, "attribute", Kind::Message(&ATTRIBUTE)),
    one(6, "doc_string", Kind::Text),
    one(7, "domain", Kind::Text),
    one(8, "overload", Kind::Text),
    many(9, "metadata_props", Kind::Message(&PAIR)),
];
static VALUE_INFO: [Declaration; 4] = [
    one(1, "name", Kind::Text),
    one(2, "type", Kind::Message(&TYPE)),
    one(3, "doc_string", Kind::Text),
    many(4, "metadata_props", Kind::Message(&PAIR)),
];
static TYPE: [Declaration; 6] = [
    one(1, "tensor_type", Kind::Message(&TENSOR_TYPE)),
    one(4, "sequence_type", Kind::Message(&ELEMENT_TYPE)),
    one(5, "map_type", Kind::Message(&MAP_TYPE)),
    one(6, "denotation", Kind::Text),
    one(8, "sparse_tensor_type", Kind::Message(&TENSOR_TYPE)),
    one(9, "optional_type", Kind::Message(&ELEMENT_TYPE)),
];
static ELEMENT_TYPE: [Declaration; 1] = [one(1, "elem_type", Kind::Message(&TYPE))];
static MAP_TYPE: [Declaration; 2] = [
    one(1, "key_type", Kind::Signed),
    one(2, "value_type", Kind::Message(&TYPE)),
];
static TENSOR_TYPE: [Declaration; 2] = [
    one(1, "elem_type", Kind::Signed),
    one(2, "shape", Kind::Message(&SHAPE)),
];
static SHAPE: [Declaration; 1] = [many(1, "dim", Kind::Message(&DIMENSION))];
static DIMENSION: [Declaration; 3] = [
    one(1, "dim_value", Kind::Signed),
    one(2, "dim_param", Kind::Text),
    one(3, "denotation", Kind::Text),
];

/// The fields of an `AttributeProto` that are there, each as Python's `str` shows it, with ` = ` between them.
pub(super) fn attribute(wire: &Wire, span: Span) -> Result<String> {
    let mut text = Printer {
        wire,
        text: String::new(),
    };
    for (position, (declaration, values)) in present(wire, span, &ATTRIBUTE)?.iter().enumerate() {
        if position > 0 {
            text.text.push_str(" = ");
        }
        text.python(declaration, values)?;
    }
    Ok(text.text)
}

/// The fields that are there, in the order of their numbers; of a field that is not repeated the last counts.
fn present(
    wire: &Wire,
    span: Span,
    declarations: &'static [Declaration],
) -> Result<Vec<(&'static Declaration, Vec<Value>)>> {
    let mut found: Vec<(&Declaration, Vec<Value>)> = declarations
        .iter()
        .map(|declaration| (declaration, Vec::new()))
        .collect();
    wire.fields(span, |Field { number, value }| {
        let known = found
            .iter_mut()
            .find(|(declaration, _)| declaration.number == number);
        if let Some((declaration, values)) = known {
            if !declaration.is_repeated {
                values.clear();
            }
            values.push(value);
        }
        Ok(())
    })?;
    found.retain(|(_, values)| !values.is_empty());
    Ok(found)
}

struct Printer<'a> {
    wire: &'a Wire,
    text: String,
}

/// A single number, text or message.
enum Item {
    Signed(i64),
    Unsigned(u64),
    Float(f32),
    Double(f64),
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Enum(&'static [&'static str], u64),
    Message(&'static [Declaration], Span),
}

impl Printer<'_> {
    fn is_full(&self) -> bool {
        self.text.len() >= MAX_BYTES
    }

    /// What `str` of a field's value in Python is.
    fn python(&mut self, declaration: &'static Declaration, values: &[Value]) -> Result<()> {
        if declaration.is_repeated {
            self.text.push('[');
        }
        let mut is_first = true;
        for value in values {
            self.items(declaration.kind, value, |printer, item| {
                if !is_first {
                    printer.text.push_str(", ");
                }
                is_first = false;
                match item {
                    Item::Signed(number) => printer.push(&number),
                    Item::Unsigned(number) | Item::Enum(_, number) => printer.push(&number),
                    Item::Float(number) => printer.text.push_str(&python_float(number.into())),
                    Item::Double(number) => printer.text.push_str(&python_float(number)),
                    Item::Text(bytes) => printer.text.push_str(&String::from_utf8_lossy(&bytes)),
                    Item::Bytes(bytes) => printer.python_bytes(&bytes),
                    Item::Message(declarations, span) => printer.message(span, declarations, 0)?,
                }
                Ok(())
            })?;
        }
        if declaration.is_repeated {
            self.text.push(']');
        }
        Ok(())
    }

    /// A message with each field on a line.
    fn message(
        &mut self,
        span: Span,
        declarations: &'static [Declaration],
        depth: usize,
    ) -> Result<()> {
        for (declaration, values) in present(self.wire, span, declarations)? {
            for value in &values {
                self.items(declaration.kind, value, |printer, item| {
                    printer.line(declaration.name, item, depth)
                })?;
            }
        }
        Ok(())
    }

    fn line(&mut self, name: &str, item: Item, depth: usize) -> Result<()> {
        self.indent(depth);
        self.text.push_str(name);
        if let Item::Message(declarations, span) = item {
            self.text.push_str(" {\n");
            if depth < MAX_DEPTH {
                self.message(span, declarations, depth + 1)?;
            }
            self.indent(depth);
            self.text.push_str("}\n");
            return Ok(());
        }
        self.text.push_str(": ");
        match item {
            Item::Signed(number) => self.push(&number),
            Item::Unsigned(number) => self.push(&number),
            Item::Float(number) => self.text.push_str(&c_float(number)),
            Item::Double(number) => self.text.push_str(&c_double(number)),
            Item::Text(bytes) => self.quoted(&bytes, true),
            Item::Bytes(bytes) => self.quoted(&bytes, false),
            Item::Enum(names, number) => match names.get(number as usize) {
                Some(name) => self.text.push_str(name),
                None => self.push(&(number as i64)),
            },
            Item::Message(..) => {}
        }
        self.text.push('\n');
        Ok(())
    }

    fn indent(&mut self, depth: usize) {
        self.text.extend((0..depth).map(|_| "  "));
    }

    fn push(&mut self, value: &dyn std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{value}");
    }

    /// Calls `show` with each item of a field: one, or as many as are packed. Ends with `...` where the text is long
    /// enough.
    fn items(
        &mut self,
        kind: Kind,
        value: &Value,
        mut show: impl FnMut(&mut Self, Item) -> Result<()>,
    ) -> Result<()> {
        let wire = self.wire;
        let mut show = |printer: &mut Self, item| {
            if printer.is_full() {
                if !printer.text.ends_with("...") {
                    printer.text.push_str("...");
                }
                return Ok(());
            }
            show(printer, item)
        };
        match (kind, value) {
            (Kind::Text, Value::Bytes(span)) => show(self, Item::Text(self.bytes(*span)?)),
            (Kind::Bytes, Value::Bytes(span)) => show(self, Item::Bytes(self.bytes(*span)?)),
            (Kind::Message(declarations), Value::Bytes(span)) => {
                show(self, Item::Message(declarations, *span))
            }
            (Kind::Signed | Kind::Unsigned | Kind::Enum(_), value) => {
                let mut numbers = Vec::new();
                wire.varints(value, &mut numbers)?;
                for number in numbers {
                    let item = match kind {
                        Kind::Unsigned => Item::Unsigned(number),
                        Kind::Enum(names) => Item::Enum(names, number),
                        _ => Item::Signed(number as i64),
                    };
                    show(self, item)?;
                }
                Ok(())
            }
            (Kind::Float, Value::Fixed32(bits)) => show(self, Item::Float(f32::from_bits(*bits))),
            (Kind::Float, Value::Bytes(span)) => {
                for bytes in self.bytes(*span)?.as_chunks().0 {
                    show(self, Item::Float(f32::from_le_bytes(*bytes)))?;
                }
                Ok(())
            }
            (Kind::Double, Value::Fixed64(bits)) => show(self, Item::Double(f64::from_bits(*bits))),
            (Kind::Double, Value::Bytes(span)) => {
                for bytes in self.bytes(*span)?.as_chunks().0 {
                    show(self, Item::Double(f64::from_le_bytes(*bytes)))?;
                }
                Ok(())
            }
            // A field of another type than it is declared with is one that is not known.
            _ => Ok(()),
        }
    }

    /// As many bytes of a field as could be shown.
    fn bytes(&self, span: Span) -> Result<Vec<u8>> {
        let end = span.end.min(span.start + MAX_BYTES as u64);
        self.wire.bytes(Span { end, ..span })
    }

    /// Bytes as the text format quotes them; a text keeps letters beyond ASCII.
    fn quoted(&mut self, bytes: &[u8], is_text: bool) {
        let mut quoted = vec![b'"'];
        for &byte in bytes {
            match byte {
                b'\n' => quoted.extend(b"\\n"),
                b'\r' => quoted.extend(b"\\r"),
                b'\t' => quoted.extend(b"\\t"),
                b'"' => quoted.extend(b"\\\""),
                b'\'' => quoted.extend(b"\\'"),
                b'\\' => quoted.extend(b"\\\\"),
                b' '..=b'~' => quoted.push(byte),
                0x80.. if is_text => quoted.push(byte),
                other => quoted.extend(format!("\\{other:03o}").into_bytes()),
            }
        }
        quoted.push(b'"');
        self.text.push_str(&String::from_utf8_lossy(&quoted));
    }

    /// Bytes as Python's `repr` shows them.
    fn python_bytes(&mut self, bytes: &[u8]) {
        let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') {
            '"'
        } else {
            '\''
        };
        self.text.push('b');
        self.text.push(quote);
        for &byte in bytes {
            match byte {
                b'\n' => self.text.push_str("\\n"),
                b'\r' => self.text.push_str("\\r"),
                b'\t' => self.text.push_str("\\t"),
                b'\\' => self.text.push_str("\\\\"),
                b' '..=b'~' => {
                    if char::from(byte) == quote {
                        self.text.push('\\');
                    }
                    self.text.push(char::from(byte));
                }
                other => self.push(&format_args!("\\x{other:02x}")),
            }
        }
        self.text.push(quote);
    }
}

/// A float with six digits where these mean it, else with nine.
fn c_float(number: f32) -> String {
    let short = general(number.into(), 6);
    if short.parse() == Ok(number) || number.is_nan() {
        return short;
    }
    general(number.into(), 9)
}

/// A float with fifteen digits where these mean it, else with seventeen.
fn c_double(number: f64) -> String {
    let short = general(number, 15);
    if short.parse() == Ok(number) || number.is_nan() {
        return short;
    }
    general(number, 17)
}

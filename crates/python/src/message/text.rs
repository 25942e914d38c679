//! The text form of messages, letter by letter as protobuf prints it.

use std::fmt::Write as _;

use super::field::{Field, Numbers};
use super::{Kind, Place};

/// A message and all below it.
pub(super) fn text(place: &Place) -> String {
    let mut out = String::new();
    message(&mut out, place, 0);
    out
}

fn message(out: &mut String, place: &Place, depth: usize) {
    for &name in place.kind.fields() {
        let Some(slot) = place.slot(name).filter(|slot| slot.is_shown()) else {
            continue;
        };
        match slot.field {
            Field::Bool(value) => line(out, depth, name, &value.to_string()),
            Field::I32(value) => line(out, depth, name, &value.to_string()),
            Field::I64(value) => line(out, depth, name, &value.to_string()),
            Field::F32(value) => line(out, depth, name, &float(value)),
            Field::F64(value) => line(out, depth, name, &double(value)),
            Field::Enum(value, known) => {
                line(
                    out,
                    depth,
                    name,
                    &known.map_or_else(|| value.to_string(), str::to_owned),
                );
            }
            Field::Text(value) => line(out, depth, name, &quoted(value)),
            Field::Bytes(value) => line(out, depth, name, &quoted_bytes(value)),
            Field::Message(kind) => nested(out, place, depth, name, kind, 0),
            Field::Messages(kind, len) => {
                (0..len).for_each(|index| nested(out, place, depth, name, kind, index));
            }
            Field::Numbers(numbers) => match numbers {
                Numbers::F32(list) => list.iter().for_each(|v| line(out, depth, name, &float(*v))),
                Numbers::F64(list) => list
                    .iter()
                    .for_each(|v| line(out, depth, name, &double(*v))),
                Numbers::I32(list) => lines(out, depth, name, list),
                Numbers::I64(list) => lines(out, depth, name, list),
                Numbers::U32(list) => lines(out, depth, name, list),
                Numbers::U64(list) => lines(out, depth, name, list),
                Numbers::Bool(list) => lines(out, depth, name, list),
            },
            Field::Strings(list) => {
                for bytes in list {
                    line(out, depth, name, &quoted_bytes(bytes));
                }
            }
        }
    }
}

fn nested(out: &mut String, place: &Place, depth: usize, name: &str, kind: Kind, index: usize) {
    indent(out, depth);
    out.push_str(name);
    out.push_str(" {\n");
    message(out, &place.child(kind, index), depth + 1);
    indent(out, depth);
    out.push_str("}\n");
}

fn lines(out: &mut String, depth: usize, name: &str, list: &[impl ToString]) {
    for value in list {
        line(out, depth, name, &value.to_string());
    }
}

fn line(out: &mut String, depth: usize, name: &str, value: &str) {
    indent(out, depth);
    for part in [name, ": ", value, "\n"] {
        out.push_str(part);
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// As C's `%.6g` when that is enough to read the number back, else `%.9g`.
fn float(value: f32) -> String {
    let short = general(f64::from(value), 6);
    match short.parse::<f32>() {
        Ok(back) if back != value && value.is_finite() => general(f64::from(value), 9),
        _ => short,
    }
}

/// As C's `%.15g` when that is enough to read the number back, else `%.17g`.
fn double(value: f64) -> String {
    let short = general(value, 15);
    match short.parse::<f64>() {
        Ok(back) if back != value && value.is_finite() => general(value, 17),
        _ => short,
    }
}

/// C's `%.{digits}g`: so many significant digits, zeros at the end left out, an exponent where the
/// number is below 1e-4 or has more digits before the point.
fn general(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        // Text formats know one NaN.
        return if value.is_nan() {
            "nan".to_owned()
        } else {
            value.to_string()
        };
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!(
            "{}e{sign}{:02}",
            without_zeros(mantissa),
            exponent.unsigned_abs()
        );
    }
    let decimals = digits as i32 - 1 - exponent;
    without_zeros(&format!("{value:.*}", decimals.max(0) as usize)).to_owned()
}

/// Without zeros behind a point.
fn without_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => escape(&mut out, byte),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

fn quoted_bytes(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in bytes {
        escape(&mut out, *byte);
    }
    out.push('"');
    out
}

fn escape(out: &mut String, byte: u8) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        b'"' | b'\'' | b'\\' => {
            out.push('\\');
            out.push(char::from(byte));
        }
        b' '..=b'~' => out.push(char::from(byte)),
        // Writing to a string does not fail.
        _ => {
            let _ = write!(out, "\\{byte:03o}");
        }
    }
}

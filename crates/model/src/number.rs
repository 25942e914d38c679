//! Numbers as Python and C write them.

use std::fmt::Write;

/// Python's `repr`: the shortest digits that mean this number, with an exponent below 0.0001 and from 1e16 on.
pub(crate) fn python_float(number: f64) -> String {
    if let Some(text) = not_finite(number) {
        return text.to_owned();
    }
    let (sign, digits, exponent) = parts(&format!("{number:e}"));
    let text = placed(sign, &digits, exponent, 16);
    let is_whole = !text.contains(['.', 'e']);
    if is_whole { text + ".0" } else { text }
}

/// C's `%.<precision>g`.
pub(crate) fn general(number: f64, precision: usize) -> String {
    if let Some(text) = not_finite(number) {
        return text.to_owned();
    }
    let (sign, digits, exponent) = parts(&format!("{number:.*e}", precision.saturating_sub(1)));
    placed(sign, &digits, exponent, precision as i32)
}

fn not_finite(number: f64) -> Option<&'static str> {
    if number.is_nan() {
        Some("nan")
    } else if number.is_infinite() {
        Some(if number > 0.0 { "inf" } else { "-inf" })
    } else {
        None
    }
}

/// Sign, digits without trailing zeros, and the exponent of the first digit.
fn parts(scientific: &str) -> (&'static str, String, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    (sign, digits.to_owned(), exponent.parse().unwrap_or(0))
}

/// The digits with a point at their place, or with an exponent of two digits at least where it is `limit` or more, or
/// less than -4.
fn placed(sign: &str, digits: &str, exponent: i32, limit: i32) -> String {
    let mut text = sign.to_owned();
    if exponent < -4 || exponent >= limit {
        let (first, rest) = digits.split_at(1);
        text.push_str(first);
        if !rest.is_empty() {
            text.push('.');
            text.push_str(rest);
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        // Writing to a string cannot fail.
        let _ = write!(text, "e{sign}{:02}", exponent.abs());
    } else if exponent < 0 {
        text.push_str("0.");
        text.extend((1..-exponent).map(|_| '0'));
        text.push_str(digits);
    } else {
        let before = exponent as usize + 1;
        let (whole, rest) = digits.split_at(before.min(digits.len()));
        text.push_str(whole);
        text.extend((digits.len()..before).map(|_| '0'));
        if !rest.is_empty() {
            text.push('.');
            text.push_str(rest);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{general, python_float};

    #[test]
    fn as_python_writes_them() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (120.0, "120.0"),
            (0.1, "0.1"),
            (f64::from(0.1_f32), "0.10000000149011612"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(python_float(number), text);
        }
    }

    #[test]
    fn as_c_writes_them() {
        for (number, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (100_000.0, "100000"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.23457e+06"),
            (0.000_12, "0.00012"),
            (0.000_012, "1.2e-05"),
            (-0.5, "-0.5"),
            (999_999.5, "1e+06"),
        ] {
            assert_eq!(general(number, 6), text);
        }
    }
}

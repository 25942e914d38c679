//! Numbers and texts as they stand in pictures.

use std::fmt::Write as _;

/// A number with at most `digits` significant digits, as people write it: `0.8125`, `12.3`, `1.2e-7`, `∞`, and `–` for
/// NaN.
pub fn number(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "–".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    with_zeros(value, digits, without_zeros)
}

/// A threshold, with zeros at its end, so that thresholds stand below one another.
pub(crate) fn threshold(value: f64) -> String {
    if !value.is_finite() || value.fract() == 0.0 {
        number(value, 4)
    } else {
        with_zeros(value, 4, |decimal| decimal)
    }
}

/// A finite number other than zero with its significant digits, finished by `end`.
fn with_zeros(value: f64, digits: usize, end: fn(&str) -> &str) -> String {
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..digits.max(7) as i32).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        end(&format!("{value:.decimals$}")).to_owned()
    } else {
        format!("{}e{exponent}", end(mantissa))
    }
}

/// A share in [0, 1] with four decimals, so that shares stand below one another; `–` for NaN.
pub(crate) fn share(value: f64) -> String {
    if value.is_nan() {
        "–".to_owned()
    } else {
        format!("{value:.4}")
    }
}

/// A count with separators, or a sum of weights.
pub(crate) fn count(value: f64) -> String {
    if value.fract() != 0.0 || value.abs() >= 1e15 {
        return number(value, 6);
    }
    let digits = format!("{}", value.abs() as u64);
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 {
        grouped.insert(0, '−');
    }
    grouped
}

fn without_zeros(decimal: &str) -> &str {
    if decimal.contains('.') {
        decimal.trim_end_matches('0').trim_end_matches('.')
    } else {
        decimal
    }
}

/// A text with what XML and HTML reserve replaced, and without characters that XML does not allow.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text as a JavaScript string that may stand in a page.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            // What might end the script or the line.
            '<' | '>' | '&' | '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// About how wide a text is, in units of its size: enough to know what fits.
pub(crate) fn width(text: &str) -> f64 {
    text.chars()
        .map(|character| match character {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.29,
            'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '-' | '"' => 0.4,
            'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.92,
            'A'..='Z' => 0.7,
            '\u{1100}'.. => 1.0,
            _ => 0.62,
        })
        .sum()
}

/// A text cut to a width in units of its size.
pub(crate) fn fitted(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut cut = String::new();
    for character in text.chars() {
        cut.push(character);
        if width(&cut) > room - 1.0 {
            cut.pop();
            break;
        }
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (value, expected) in [
            (0.0, "0"),
            (0.8125, "0.8125"),
            (0.812_549_9, "0.8125"),
            (1.0, "1"),
            (12.345_6, "12.35"),
            (-3.5, "-3.5"),
            (123_456.0, "123456"),
            (1.234_56e9, "1.235e9"),
            (0.000_123_46, "0.0001235"),
            (1.2e-7, "1.2e-7"),
            (f64::INFINITY, "∞"),
            (f64::NAN, "–"),
            (0.999_99, "1"),
        ] {
            assert_eq!(number(value, 4), expected);
        }
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(count(12.5), "12.5");
        assert_eq!(share(0.5), "0.5000");
        assert_eq!(
            [0.66, 3.0, 1e-9, 0.9].map(threshold),
            ["0.6600", "3", "1.000e-9", "0.9000"]
        );
    }

    #[test]
    fn texts_cannot_leave_their_place() {
        assert_eq!(
            escaped("a<b>&\"'\u{1}\n"),
            "a&lt;b&gt;&amp;&quot;&#39;\u{fffd} "
        );
        assert_eq!(quoted("</script>\"\\"), "\"\\u003c/script\\u003e\\\"\\\\\"");
        assert_eq!(fitted("short", 10.0), "short");
        let cut = fitted("a_very_long_column_name_of_scores", 8.0);
        assert!(cut.ends_with('…') && width(&cut) <= 8.0, "{cut}");
    }
}

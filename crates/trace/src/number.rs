//! Times as traces write them.

/// A decimal number of microseconds as nanoseconds, exact to the last digit: as a float of 64 bits a time since 1970
/// would be good to a quarter of a microsecond only. What is no finite number, or far beyond any time, is `None`.
pub(crate) fn nanoseconds(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let mut parts = digits.splitn(2, |&byte| byte == b'.');
    let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next());
    let is_plain = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if !is_plain(whole) || fraction.is_some_and(|part| !is_plain(part)) {
        return exponent(text);
    }
    let mut value: i64 = 0;
    for &digit in whole {
        value = value
            .checked_mul(10)?
            .checked_add(i64::from(digit - b'0'))?;
    }
    let fraction = fraction.unwrap_or_default();
    for place in 0..3 {
        let digit = fraction.get(place).map_or(0, |digit| digit - b'0');
        value = value.checked_mul(10)?.checked_add(i64::from(digit))?;
    }
    if fraction.get(3).is_some_and(|&digit| digit >= b'5') {
        value = value.checked_add(1)?;
    }
    Some(if negative { -value } else { value })
}

/// A number with an exponent.
fn exponent(text: &[u8]) -> Option<i64> {
    let nanoseconds = number(text)? * 1_000.0;
    // Well within 64 bits.
    (nanoseconds.abs() < 9e18).then_some(nanoseconds.round() as i64)
}

/// A finite number.
pub(crate) fn number(text: &[u8]) -> Option<f64> {
    let first = text.iter().find(|&&byte| byte != b'-' && byte != b'+')?;
    if !first.is_ascii_digit() && *first != b'.' {
        return None; // `inf` and `nan` are numbers for Rust.
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// A whole number.
pub(crate) fn integer<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_to_the_nanosecond() {
        for (text, expected) in [
            ("4511332260267.892", Some(4_511_332_260_267_892)),
            ("1790857026000000.001", Some(1_790_857_026_000_000_001)),
            ("0", Some(0)),
            ("-1.5", Some(-1_500)),
            ("2.0005", Some(2_001)),
            ("2.00049", Some(2_000)),
            ("0.1", Some(100)),
            ("1e3", Some(1_000_000)),
            ("1.5E-3", Some(2)),
            ("NaN", None),
            ("Infinity", None),
            ("-Infinity", None),
            ("inf", None),
            ("1e300", None),
            ("99999999999999999999999999", None),
            ("9223372036854775", Some(9_223_372_036_854_775_000)),
            ("9223372036854776", None),
            ("true", None),
            ("", None),
            ("-", None),
            ("1.", Some(1_000)),
            (".5", Some(500)),
        ] {
            assert_eq!(nanoseconds(text.as_bytes()), expected, "{text}");
        }
    }
}

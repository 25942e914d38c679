//! Numbers and labels as tables of text.

use half::{bf16, f16};
use ndarray::ArrayView2;

/// Characters that a number takes, about; what is too little is grown.
const NUMBER_BYTES: usize = 20;

/// A number that [`SummaryWriter::add_embedding`](crate::SummaryWriter::add_embedding) can write: as Python prints
/// it, floats of 32 and 16 bits with all digits of the same 64-bit float.
pub trait TsvNumber: Copy + 'static {
    /// Appends the text of the number.
    #[doc(hidden)]
    fn push_to(self, text: &mut Vec<u8>);
}

impl TsvNumber for f64 {
    fn push_to(self, text: &mut Vec<u8>) {
        if self.is_nan() {
            text.extend_from_slice(b"nan");
        } else if self.is_infinite() {
            text.extend_from_slice(if self < 0.0 { b"-inf" } else { b"inf" });
        } else {
            push_finite(self, text);
        }
    }
}

/// The formatter's shortest text, but with Python's rules for exponents: below 0.0001 there is one, and it has two
/// digits at least.
fn push_finite(number: f64, text: &mut Vec<u8>) {
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(number);
    let magnitude = number.abs();
    let parts = if (1e-5..1e-4).contains(&magnitude) {
        // Such as 0.000012.
        shortest.split_once("0.0000").map(|(sign, digits)| {
            let (first, rest) = digits.split_at(1);
            let point = if rest.is_empty() { "" } else { "." };
            [sign, first, point, rest, "e-05"]
        })
    } else if (1e-9..1e-5).contains(&magnitude) {
        // Such as 1.2e-6.
        let parts = shortest.split_once("e-");
        parts.map(|(digits, exponent)| [digits, "e-0", exponent, "", ""])
    } else {
        None
    };
    match parts {
        None => text.extend_from_slice(shortest.as_bytes()),
        Some(parts) => {
            for part in parts {
                text.extend_from_slice(part.as_bytes());
            }
        }
    }
}

macro_rules! tsv_floats {
    ($($type:ty),*) => {$(
        impl TsvNumber for $type {
            fn push_to(self, text: &mut Vec<u8>) {
                f64::from(self).push_to(text);
            }
        }
    )*};
}

tsv_floats!(f32, f16, bf16);

macro_rules! tsv_integers {
    ($($type:ty),*) => {$(
        impl TsvNumber for $type {
            fn push_to(self, text: &mut Vec<u8>) {
                text.extend_from_slice(self.to_string().as_bytes());
            }
        }
    )*};
}

tsv_integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);

impl TsvNumber for bool {
    fn push_to(self, text: &mut Vec<u8>) {
        text.extend_from_slice(if self { b"True" } else { b"False" });
    }
}

/// A row for each point, columns separated by tabs, each row ended by a line feed.
pub(super) fn matrix<T: TsvNumber>(matrix: &ArrayView2<'_, T>) -> Vec<u8> {
    let mut text = Vec::with_capacity(matrix.len().saturating_mul(NUMBER_BYTES));
    for row in matrix.outer_iter() {
        for (i, number) in row.iter().enumerate() {
            if i > 0 {
                text.push(b'\t');
            }
            number.push_to(&mut text);
        }
        text.push(b'\n');
    }
    text
}

/// A line for each point, below the names of the columns, if they have any.
pub(super) fn metadata(lines: &[String], header: &[String]) -> String {
    let header = (!header.is_empty()).then(|| header.join("\t"));
    let all = header.iter().chain(lines);
    let bytes = all.clone().map(|line| line.len() + 1).sum();
    let mut text = String::with_capacity(bytes);
    for line in all {
        if line.contains(['\n', '\r']) {
            text.push_str(&line.replace(['\n', '\r'], " "));
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    fn text(number: impl TsvNumber) -> String {
        let mut text = Vec::new();
        number.push_to(&mut text);
        String::from_utf8(text).unwrap()
    }

    /// Python's `repr` of a float: the shortest digits that give the number back, with an exponent when it is below
    /// -4 or at least 16.
    fn python_repr(value: f64) -> String {
        let scientific = format!("{value:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        if (-4..16).contains(&exponent) {
            let plain = value.to_string();
            if plain.contains('.') {
                plain
            } else {
                plain + ".0"
            }
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
    }

    #[test]
    fn numbers_are_as_python_prints_them() {
        // From Python: [repr(x) for x in (…)].
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (-1.234e-5, "-1.234e-05"),
            (10.000_01, "10.00001"),
            (759.683_410_644_531_3, "759.6834106445312"),
            (1e-9, "1e-09"),
            (9.99e-10, "9.99e-10"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (1e22, "1e+22"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "nan"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (number, expected) in cases {
            assert_eq!(text(number), expected);
        }
        assert_eq!(text(0.1_f32), "0.10000000149011612");
        assert_eq!(text(f16::from_f32(0.1)), "0.0999755859375");
        assert_eq!(text(-7_i64), "-7");
        assert_eq!(text(true), "True");
    }

    proptest! {
        #[test]
        fn any_number_is_as_python_prints_it(bits in any::<u64>(), small in -1e3..1e3_f64, single in any::<f32>(), tiny in -2e-4..2e-4_f64) {
            for value in [f64::from_bits(bits), small, f64::from(single), tiny] {
                if value.is_finite() {
                    let (text, expected) = (text(value), python_repr(value));
                    // Of two texts as near and as short, Python and we take the even one, Rust another.
                    prop_assert_eq!(text.parse::<f64>().unwrap(), value);
                    prop_assert_eq!(text.len(), expected.len(), "{} {}", text, expected);
                    prop_assert_eq!(text.split_once('e').map(|e| e.1), expected.split_once('e').map(|e| e.1));
                }
            }
        }
    }

    #[test]
    fn tables_have_a_line_for_each_point() {
        let points = array![[1.0, 2.0], [3.0, 4.0]];
        assert_eq!(matrix(&points.view()), b"1.0\t2.0\n3.0\t4.0\n");
        assert_eq!(matrix(&points.t()), b"1.0\t3.0\n2.0\t4.0\n");
        let owned =
            |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
        assert_eq!(metadata(&owned(&["a", "b\nc"]), &[]), "a\nb c\n");
        assert_eq!(
            metadata(&owned(&["a\t1", "b\t2"]), &owned(&["name", "n"])),
            "name\tn\na\t1\nb\t2\n"
        );
    }
}

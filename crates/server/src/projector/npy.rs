//! Points as NumPy saves them: `numpy.save`, of numbers in single or double precision.
//!
//! | bytes | what |
//! |---|---|
//! | 6 | `\x93NUMPY` |
//! | 2 | version: 1, 2 or 3, and 0 |
//! | 2, from version 2 on 4 | length `h` of the header, little-endian |
//! | `h` | `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` |
//! | rest | the numbers, row by row |
//!
//! NumPy's `numpy.lib.format` describes it.

use ndarray::Array2;

use super::tensor::{self, Number};

const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is read: NumPy reads no longer ones either.
const MAX_HEADER_BYTES: usize = 10_000;

/// Whether a file says that it is one of these.
pub(super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The points, and why there are no more.
pub(super) fn read(bytes: &[u8]) -> (Array2<f32>, Option<String>) {
    match header(bytes) {
        Ok((shape, number, rest)) => tensor::from_raw(&shape, rest, number),
        Err(problem) => (Array2::zeros((0, 0)), Some(problem)),
    }
}

fn header(bytes: &[u8]) -> Result<(Vec<u64>, Number, &[u8]), String> {
    let cut = || "expected the header of an array of NumPy, got the end of the file".to_owned();
    let rest = bytes.get(MAGIC.len()..).ok_or_else(cut)?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
            (u32::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
            (u32::from_le_bytes(*length), rest)
        }
        other => {
            return Err(format!(
                "expected version 1 to 3 of NumPy's format, got {other}"
            ));
        }
    };
    let length = length as usize;
    if length > MAX_HEADER_BYTES {
        return Err(format!(
            "expected a header of at most {MAX_HEADER_BYTES} bytes, got {length}"
        ));
    }
    let (header, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
    let header = String::from_utf8_lossy(header);
    let header = header.trim();
    let (kind, order, shape) = (
        value(header, "descr", '\'', '\''),
        value(header, "fortran_order", ' ', ','),
        value(header, "shape", '(', ')'),
    );
    let (Some(kind), Some(order), Some(shape)) = (kind, order, shape) else {
        return Err(format!(
            "expected a header with descr, fortran_order and shape, got {header:?}"
        ));
    };
    let number = match kind {
        "<f4" => Number::Single,
        "<f8" => Number::Double,
        _ => {
            return Err(format!(
                "expected numbers of type <f4 or <f8, got {kind}; save them with astype(numpy.float32)"
            ));
        }
    };
    if order != "False" {
        return Err("expected rows one after the other, got fortran_order; \
                    save them with numpy.ascontiguousarray"
            .to_owned());
    }
    let sides: Result<Vec<u64>, _> = shape
        .split(',')
        .map(str::trim)
        .filter(|side| !side.is_empty())
        .map(str::parse)
        .collect();
    match sides {
        Ok(sides) if sides.len() == 2 => Ok((sides, number, rest)),
        _ => Err(format!(
            "expected an array of points and dimensions, got one of shape ({shape})"
        )),
    }
}

/// What is between two marks behind a name.
fn value<'a>(header: &'a str, name: &str, open: char, close: char) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{name}':"))?;
    let (_, rest) = rest.split_once(open)?;
    rest.split_once(close).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file as `numpy.save` writes it.
    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\0".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn of(kind: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': '{kind}', 'fortran_order': {order}, 'shape': {shape}, }}    \n")
    }

    #[test]
    fn numbers_in_both_precisions() {
        let expected = ndarray::arr2(&[[1.0_f32, 2.5], [-3.0, 4.0], [5.0, 6.0]]);
        let single: Vec<u8> = expected.iter().flat_map(|x| x.to_le_bytes()).collect();
        let double: Vec<u8> = expected
            .iter()
            .flat_map(|x| f64::from(*x).to_le_bytes())
            .collect();
        let single = file(&of("<f4", "False", "(3, 2)"), &single);
        assert!(is(&single));
        assert_eq!(read(&single), (expected.clone(), None));
        let double = file(&of("<f8", "False", "(3, 2)"), &double);
        assert_eq!(read(&double), (expected.clone(), None));
        // The second version has a longer length.
        let mut second = b"\x93NUMPY\x02\0".to_vec();
        second.extend(((single.len() - 10 - 24) as u32).to_le_bytes());
        second.extend(&single[10..]);
        assert_eq!(read(&second), (expected, None));
        // Cut off within the last number.
        let (points, problem) = read(&single[..single.len() - 1]);
        assert_eq!(points.nrows(), 2);
        assert_eq!(
            problem.as_deref(),
            Some("expected 24 bytes for 3 points of 2 numbers, got 23")
        );
    }

    #[test]
    fn what_is_no_table_of_numbers_is_told() {
        let problem = |bytes: &[u8]| {
            let (points, problem) = read(bytes);
            assert_eq!(points.len(), 0);
            problem.unwrap()
        };
        assert_eq!(
            problem(&file(&of("<i8", "False", "(3, 2)"), &[])),
            "expected numbers of type <f4 or <f8, got <i8; save them with astype(numpy.float32)"
        );
        assert!(problem(&file(&of("<f4", "True", "(3, 2)"), &[])).contains("fortran_order"));
        assert_eq!(
            problem(&file(&of("<f4", "False", "(3,)"), &[])),
            "expected an array of points and dimensions, got one of shape (3,)"
        );
        assert!(
            problem(&file(&of("<f4", "False", "(3, 99999999999999999999)"), &[])).contains("shape")
        );
        assert_eq!(
            problem(&file("{}", &[])),
            "expected a header with descr, fortran_order and shape, got \"{}\""
        );
        let whole = file(&of("<f4", "False", "(1, 1)"), &[0; 4]);
        for cut in MAGIC.len()..whole.len() - 4 {
            assert!(problem(&whole[..cut]).contains("end of the file"), "{cut}");
        }
        assert!(problem(b"\x93NUMPY\x09\0ab").contains("version"));
        assert!(problem(b"\x93NUMPY\x02\0\xff\xff\xff\xff").contains("at most 10000 bytes"));
        // Nothing is set aside for what a shape claims.
        let (points, problem) = read(&file(
            &of("<f4", "False", "(18446744073709551615, 1)"),
            &[0; 4],
        ));
        assert_eq!(points.dim(), (1, 1));
        assert!(problem.is_some());
    }
}

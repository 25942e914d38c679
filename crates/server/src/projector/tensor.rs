//! Points of an embedding: text with tabs, or raw numbers in single precision.

use ndarray::Array2;
use rayon::prelude::*;

use super::config::EmbeddingInfo;
use super::notice::{counts, notice};
use crate::wire::{EmbeddingNotice, EmbeddingNoticeKind as Kind};

/// Most points that are shown.
pub(crate) const MAX_POINTS: usize = 1_000_000;

/// Most numbers of all points together: 512 MiB.
const MAX_NUMBERS: usize = 128 << 20;

/// Largest file of a tensor.
pub(crate) const MAX_TENSOR_BYTES: u64 = 2 << 30;

/// The points in a file, up to the first that is malformed.
pub(crate) fn read(
    info: &EmbeddingInfo,
    bytes: &[u8],
    path: &str,
    notices: &mut Vec<EmbeddingNotice>,
) -> Array2<f32> {
    let (points, problem) = if is_text(info) {
        from_text(bytes)
    } else {
        from_raw(&info.tensor_shape, bytes, Number::Single)
    };
    bounded(points, problem, path, notices)
}

/// The points that are shown, and notices of why others are not.
pub(super) fn bounded(
    mut points: Array2<f32>,
    problem: Option<String>,
    path: &str,
    notices: &mut Vec<EmbeddingNotice>,
) -> Array2<f32> {
    notices.extend(problem.map(|problem| notice(Kind::Tensor, path, problem)));
    let most = MAX_POINTS.min(MAX_NUMBERS / points.ncols().max(1));
    if points.nrows() > most {
        let got = points.nrows() as u64;
        notices.push(counts(
            Kind::Points,
            path,
            "points at most",
            most as u64,
            got,
        ));
        points = points.slice(ndarray::s![..most, ..]).to_owned();
    }
    points
}

/// As TensorBoard has it: files that are not named `.tsv` and have a shape are raw numbers.
fn is_text(info: &EmbeddingInfo) -> bool {
    let name = info.tensor_path.to_ascii_lowercase();
    let ends = |ending: &str| name.ends_with(ending);
    ends(".tsv")
        || ends(".txt")
        || !(ends(".bytes") || ends(".bin") || ends(".raw")) && info.tensor_shape.is_empty()
}

/// A line of numbers for each point, up to the first line that is none, and why that is none.
pub(super) fn from_text(bytes: &[u8]) -> (Array2<f32>, Option<String>) {
    let lines: Vec<(usize, &[u8])> = bytes
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    let Some((_, first)) = lines.first() else {
        let problem = "expected a line of numbers for each point, got an empty file";
        return (Array2::zeros((0, 0)), Some(problem.to_owned()));
    };
    let width = first.trim_ascii().split(|byte| *byte == b'\t').count();
    let mut numbers = Vec::with_capacity(
        lines
            .len()
            .min(MAX_POINTS)
            .saturating_mul(width)
            .min(MAX_NUMBERS),
    );
    // A part at a time, so that a malformed file is not read to its end.
    for part in lines.chunks(64 * 1024) {
        let rows: Vec<Result<Vec<f32>, String>> = part
            .par_iter()
            .map(|(number, line)| {
                row(line, width).map_err(|problem| format!("line {}: {problem}", number + 1))
            })
            .collect();
        for row in rows {
            match row {
                Ok(row) => numbers.extend(row),
                Err(problem) => return (table(numbers, width), Some(problem)),
            }
        }
        if numbers.len() > MAX_NUMBERS {
            break;
        }
    }
    (table(numbers, width), None)
}

fn row(line: &[u8], width: usize) -> Result<Vec<f32>, String> {
    let line =
        std::str::from_utf8(line).map_err(|_| "expected numbers, got bytes that are no text")?;
    let cells = line.trim().split('\t');
    let numbers: Vec<f32> = cells
        .map(|cell| {
            let cell = cell.trim();
            cell.parse().map_err(|_| {
                let shown: String = cell.chars().take(40).collect();
                format!("expected a number, got {shown:?}")
            })
        })
        .collect::<Result<_, String>>()?;
    if numbers.len() == width {
        Ok(numbers)
    } else {
        Err(format!("expected {width} numbers, got {}", numbers.len()))
    }
}

/// How a raw number is written: little-endian, in single or double precision.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Single,
    Double,
}

impl Number {
    fn size_bytes(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    fn read(self, bytes: &[u8]) -> f32 {
        match self {
            Self::Single => f32::from_le_bytes(bytes.try_into().unwrap_or_default()),
            Self::Double => f64::from_le_bytes(bytes.try_into().unwrap_or_default()) as f32,
        }
    }
}

/// As many whole points as there are in the bytes, and why there are not as many as the shape says.
pub(super) fn from_raw(
    shape: &[u64],
    bytes: &[u8],
    number: Number,
) -> (Array2<f32>, Option<String>) {
    let none = |problem: String| (Array2::zeros((0, 0)), Some(problem));
    let &[points, width] = shape else {
        return none(format!(
            "expected a tensor_shape of points and dimensions, got {shape:?}"
        ));
    };
    let usable = usize::try_from(width)
        .ok()
        .filter(|width| (1..=MAX_NUMBERS).contains(width));
    let Some(width) = usable else {
        return none(format!(
            "expected 1 to {MAX_NUMBERS} dimensions, got {width}"
        ));
    };
    let asked = usize::try_from(points).unwrap_or(usize::MAX);
    let size = number.size_bytes();
    let there = bytes.len() / size / width;
    let numbers = bytes
        .chunks_exact(size)
        .take(asked.min(there).min(MAX_POINTS + 1).saturating_mul(width))
        .map(|bytes| number.read(bytes))
        .collect();
    let expected = u128::from(points) * width as u128 * size as u128;
    let problem = (bytes.len() as u128 != expected).then(|| {
        format!(
            "expected {expected} bytes for {points} points of {width} numbers, got {}",
            bytes.len()
        )
    });
    (table(numbers, width), problem)
}

fn table(numbers: Vec<f32>, width: usize) -> Array2<f32> {
    let rows = numbers.len() / width;
    Array2::from_shape_vec((rows, width), numbers).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(content: &str) -> (Vec<f32>, Vec<usize>, Option<String>) {
        let (points, problem) = from_text(content.as_bytes());
        (
            points.iter().copied().collect(),
            points.shape().to_vec(),
            problem,
        )
    }

    #[test]
    fn text_up_to_the_first_malformed_line() {
        let good = text("1\t-2.5e-3\r\n\ninf\tnan\n");
        assert_eq!(good.0[..3], [1.0, -2.5e-3, f32::INFINITY]);
        assert!(good.0[3].is_nan());
        assert_eq!((good.1, good.2), (vec![2, 2], None));

        let cut = text("1\t2\n3\t4\n5");
        assert_eq!(cut.0, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(cut.2.as_deref(), Some("line 3: expected 2 numbers, got 1"));
        assert_eq!(
            text("1\nx\n").2.as_deref(),
            Some("line 2: expected a number, got \"x\"")
        );
        assert_eq!(text("\n").1, [0, 0]);
        assert!(text("").2.is_some());
    }

    #[test]
    fn raw_numbers_and_their_shape() {
        let bytes: Vec<u8> = [1.0_f32, 2.0, 3.0, 4.0, 5.0, 6.0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let (points, problem) = from_raw(&[2, 3], &bytes, Number::Single);
        assert_eq!(points, ndarray::arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]));
        assert_eq!(problem, None);
        let (points, problem) = from_raw(&[2, 3], &bytes[..23], Number::Single);
        assert_eq!(points.dim(), (1, 3));
        assert_eq!(
            problem.as_deref(),
            Some("expected 24 bytes for 2 points of 3 numbers, got 23")
        );
        // Nothing is set aside for what a shape claims.
        let (points, problem) = from_raw(&[u64::MAX, 3], &bytes, Number::Single);
        assert_eq!(points.dim(), (2, 3));
        assert!(problem.is_some());
        for shape in [&[][..], &[2], &[2, 0], &[1, u64::MAX], &[1, 2, 3]] {
            assert_eq!(
                from_raw(shape, &bytes, Number::Single).0.len(),
                0,
                "{shape:?}"
            );
        }
    }
}

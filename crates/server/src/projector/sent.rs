//! Embeddings whose files were sent: which of them holds the points, and what is in them.

use std::cmp::Ordering;
use std::sync::Arc;

use ndarray::Array2;

use super::{Embedding, metadata, npy, tensor};
use crate::error::Failure;
use crate::shelf;
use crate::wire::EmbeddingNotice;

/// Largest files together.
pub(crate) const MAX_UPLOAD_BYTES: usize = 512 << 20;

/// Most memory that sent embeddings take; one larger is kept alone.
const MAX_KEPT_BYTES: usize = 1 << 30;

/// Most sent embeddings that are kept.
const MAX_KEPT: usize = 16;

/// A file that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SentFile<'a> {
    /// What its sender calls it.
    pub(crate) name: &'a str,
    pub(crate) bytes: &'a [u8],
}

/// A file, read as if it held points.
struct Read<'a> {
    file: SentFile<'a>,
    points: Array2<f32>,
    /// Why the rest of it is not.
    problem: Option<String>,
}

impl<'a> Read<'a> {
    fn of(file: SentFile<'a>) -> Self {
        let (points, problem) = if npy::is(file.bytes) {
            npy::read(file.bytes)
        } else {
            tensor::from_text(file.bytes)
        };
        Self {
            file,
            points,
            problem,
        }
    }

    /// Whether the file begins as one of points does: with a line of numbers alone.
    fn has_points(&self) -> bool {
        self.points.nrows() > 0
    }

    /// The points of two such files are in the one with the higher rank.
    fn rank(&self) -> (bool, usize) {
        (npy::is(self.file.bytes), self.points.ncols())
    }

    fn refusal(&self) -> String {
        let problem = self.problem.as_deref().unwrap_or_default();
        format!("{problem}: {}", self.file.name)
    }
}

/// The embedding in one file of points, and maybe one of metadata, in either order: points are lines of numbers alone,
/// or an array of NumPy. Where both files are of numbers, the points are those with more columns.
pub(crate) fn read(file: SentFile<'_>, other: Option<SentFile<'_>>) -> Result<Embedding, Failure> {
    let file = Read::of(file);
    let (points, labels) = match other.map(Read::of) {
        None => (file, None),
        Some(other) => match (file.has_points(), other.has_points()) {
            (true, false) => (file, Some(other)),
            (false, true) => (other, Some(file)),
            (false, false) => {
                return Err(Failure::unprocessable(format!(
                    "expected a file of vectors; {}; {}",
                    file.refusal(),
                    other.refusal()
                )));
            }
            (true, true) => match file.rank().cmp(&other.rank()) {
                Ordering::Greater => (file, Some(other)),
                Ordering::Less => (other, Some(file)),
                Ordering::Equal => {
                    return Err(Failure::unprocessable(format!(
                        "expected a file of vectors and one of labels, got two of {} numbers a line: {} and {}",
                        file.points.ncols(),
                        file.file.name,
                        other.file.name
                    )));
                }
            },
        },
    };
    if !points.has_points() {
        return Err(Failure::unprocessable(format!(
            "expected a file of vectors; {}",
            points.refusal()
        )));
    }
    let mut notices: Vec<EmbeddingNotice> = Vec::new();
    let name = points.file.name;
    let points = tensor::bounded(points.points, points.problem, name, &mut notices);
    if let Some(labels) = labels.as_ref().filter(|labels| npy::is(labels.file.bytes)) {
        return Err(Failure::unprocessable(format!(
            "expected labels as text, got an array of NumPy: {}",
            labels.file.name
        )));
    }
    let columns = labels.map_or_else(Vec::new, |labels| {
        let SentFile { name, bytes } = labels.file;
        metadata::read(bytes, points.nrows(), name, &mut notices)
    });
    let mut embedding = Embedding {
        file_name: Some(name.to_owned()),
        points,
        columns,
        sprite: None,
        sprite_version: String::new(),
        has_bookmarks: false,
        notices,
    };
    embedding.tell_odd_points(name);
    Ok(embedding)
}

/// The embeddings that were sent lately.
#[derive(Debug)]
pub(crate) struct Shelf(shelf::Shelf<Embedding>);

impl Default for Shelf {
    fn default() -> Self {
        Self(shelf::Shelf::new(MAX_KEPT_BYTES))
    }
}

impl Shelf {
    /// Keeps an embedding; its name cannot be guessed.
    pub(crate) fn put(&self, embedding: Embedding) -> Result<String, Failure> {
        let size_bytes = kept_bytes(&embedding);
        self.0.put(embedding, size_bytes)
    }

    /// The embedding of that name, if it is still there.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Embedding>, Failure> {
        self.0.get(name).ok_or_else(|| {
            Failure::not_found("this embedding is not in memory any more; send its files again")
                .about("name")
        })
    }
}

/// How much memory an embedding takes, and at least so much that not too many are kept.
fn kept_bytes(embedding: &Embedding) -> usize {
    let texts: usize = embedding
        .columns
        .iter()
        .flat_map(|column| &column.values)
        .map(|text| size_of::<String>() + text.len())
        .sum();
    let numbers = embedding.points.len() * size_of::<f32>();
    (numbers + texts).max(MAX_KEPT_BYTES / MAX_KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = "1\t2\t3\n4\t5\t6\n";

    fn file<'a>(name: &'a str, text: &'a str) -> SentFile<'a> {
        SentFile {
            name,
            bytes: text.as_bytes(),
        }
    }

    /// What is read of two files, whichever comes first.
    fn read_both(vectors: &str, labels: &str) -> Embedding {
        let (vectors, labels) = (file("v.tsv", vectors), file("m.tsv", labels));
        let found = read(vectors, Some(labels)).unwrap();
        let other = read(labels, Some(vectors)).unwrap();
        assert_eq!(
            (&found.points, &found.columns),
            (&other.points, &other.columns)
        );
        assert_eq!(found.notices, other.notices);
        assert_eq!(found.file_name.as_deref(), Some("v.tsv"));
        found
    }

    fn refusal(first: &str, second: Option<&str>) -> String {
        let second = second.map(|text| file("b.tsv", text));
        read(file("a.tsv", first), second)
            .unwrap_err()
            .into_message()
    }

    #[test]
    fn points_are_lines_of_numbers_alone() {
        for labels in ["ant\nbee\n", "name\tsize\nant\t1\nbee\t2\n", "7\n8\n"] {
            let found = read_both(VECTORS, labels);
            assert_eq!(found.points.dim(), (2, 3), "{labels}");
            assert_eq!(found.columns[0].values.len(), 2, "{labels}");
            assert_eq!(found.notices, [], "{labels}");
        }
        let alone = read(file("v.tsv", VECTORS), None).unwrap();
        assert_eq!((alone.points.dim(), alone.columns.len()), ((2, 3), 0));
    }

    #[test]
    fn what_is_damaged_is_told_and_the_rest_shows() {
        let message = |found: &Embedding| -> Vec<String> {
            let notices = found.notices.iter();
            notices.map(|notice| notice.message.clone()).collect()
        };
        let found = read_both("1\t2\t3\n4\tx\t6\n", "7\n8\n");
        assert_eq!(found.points.dim(), (1, 3));
        assert_eq!(
            message(&found),
            [
                "line 2: expected a number, got \"x\": v.tsv",
                "expected 1 lines of metadata, got 2: m.tsv"
            ]
        );
        let found = read(file("v.tsv", "1\tinf\n2\t3\n"), None).unwrap();
        assert_eq!(
            message(&found),
            ["expected 0 points of values that are not finite, got 1: v.tsv"]
        );
    }

    #[test]
    fn files_without_points_are_refused() {
        assert_eq!(
            refusal("ant\n", None),
            "expected a file of vectors; line 1: expected a number, got \"ant\": a.tsv"
        );
        assert_eq!(
            refusal("", None),
            "expected a file of vectors; expected a line of numbers for each point, got an empty file: a.tsv"
        );
        assert_eq!(
            refusal("ant\n", Some("1,2\n")),
            "expected a file of vectors; line 1: expected a number, got \"ant\": a.tsv; line 1: expected a number, got \"1,2\": b.tsv"
        );
        assert_eq!(
            refusal("1\t2\n", Some("3\t4\n")),
            "expected a file of vectors and one of labels, got two of 2 numbers a line: a.tsv and b.tsv"
        );
    }

    #[test]
    fn an_array_of_numpy_holds_points_whatever_is_beside_it() {
        let array = |width: u8| {
            let header =
                format!("{{'descr': '<f4', 'fortran_order': False, 'shape': (1, {width})}}");
            let mut bytes = b"\x93NUMPY\x01\0".to_vec();
            bytes.extend([header.len() as u8, 0]);
            bytes.extend(header.as_bytes());
            bytes.extend(vec![0; 4 * usize::from(width)]);
            bytes
        };
        let (narrow, wide) = (array(1), array(3));
        let of = |name, bytes| SentFile { name, bytes };
        let found = read(file("m.tsv", "7\n"), Some(of("v.npy", &narrow))).unwrap();
        assert_eq!(found.file_name.as_deref(), Some("v.npy"));
        assert_eq!(found.columns[0].values, ["7"]);
        let two = read(of("a.npy", &narrow), Some(of("b.npy", &wide)));
        assert_eq!(
            two.unwrap_err().into_message(),
            "expected labels as text, got an array of NumPy: a.npy"
        );
    }

    proptest::proptest! {
        /// Whatever is sent is read as what its shape says, or refused.
        #[test]
        fn any_bytes_are_read_or_refused(
            first in files_of_any_kind(),
            second in proptest::option::of(files_of_any_kind()),
        ) {
            let of = |name, bytes| SentFile { name, bytes };
            let second = second.as_deref().map(|bytes| of("second", bytes));
            if let Ok(found) = read(of("first", &first), second) {
                let rows = found.points.nrows();
                proptest::prop_assert!(rows > 0 && found.points.ncols() > 0);
                for column in &found.columns {
                    proptest::prop_assert_eq!(column.values.len(), rows);
                }
            }
        }
    }

    /// Bytes, and such as begin like the files that are read.
    fn files_of_any_kind() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
        use proptest::prelude::*;
        let bytes = || prop::collection::vec(any::<u8>(), 0..64);
        let text = "[0-9a-z.,+-]{0,4}(\\t[0-9.-]{1,3}){0,3}\n";
        let lines = prop::collection::vec(text, 0..6).prop_map(|lines| lines.concat().into_bytes());
        let kind = prop::sample::select(vec!["<f4", "<f8", ">f4", "|O"]);
        let array = (kind, any::<u64>(), 0..5_u64, any::<bool>(), bytes()).prop_map(
            |(kind, rows, width, is_short, data)| {
                let rows = if is_short { rows % 9 } else { rows };
                let header = format!(
                    "{{'descr': '{kind}', 'fortran_order': False, 'shape': ({rows}, {width}), }}"
                );
                let mut file = b"\x93NUMPY\x01\0".to_vec();
                file.extend((header.len() as u16).to_le_bytes());
                file.extend(header.as_bytes());
                file.extend(data);
                file
            },
        );
        let cut = array.clone().prop_flat_map(|file| {
            let length = file.len();
            (Just(file), 0..=length).prop_map(|(mut file, length)| {
                file.truncate(length);
                file
            })
        });
        prop_oneof![bytes(), lines, array, cut]
    }

    #[test]
    fn a_small_embedding_takes_its_share() {
        let alone = read(file("v.tsv", VECTORS), None).unwrap();
        assert_eq!(kept_bytes(&alone), 64 << 20);
    }
}

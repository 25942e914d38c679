//! Labels of the points: a line for each, columns separated by tabs.

use super::notice::{counts, notice};
use crate::wire::{EmbeddingColumn, EmbeddingNotice, EmbeddingNoticeKind as Kind};

/// Largest file of metadata.
pub(crate) const MAX_METADATA_BYTES: u64 = 256 << 20;

/// Most columns that are shown.
const MAX_COLUMNS: usize = 100;

/// Longest text that is shown.
const MAX_TEXT_CHARS: usize = 1_000;

/// The columns of a file. As TensorBoard has it, the first line names them where it has a tab; a single column has no
/// name.
pub(crate) fn read(
    bytes: &[u8],
    points: usize,
    path: &str,
    notices: &mut Vec<EmbeddingNotice>,
) -> Vec<EmbeddingColumn> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let mut lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        lines.next();
    }
    let names: Vec<&str> = match text.split('\n').next() {
        Some(first) if first.contains('\t') => {
            lines.next();
            first.trim_end_matches('\r').split('\t').collect()
        }
        _ => vec![""],
    };
    let shown = names.len().min(MAX_COLUMNS);
    let mut cut = names.len() > shown;
    let mut columns: Vec<EmbeddingColumn> = names
        .iter()
        .take(shown)
        .map(|name| EmbeddingColumn {
            name: clipped(name, &mut cut),
            values: Vec::with_capacity(points),
        })
        .collect();
    let mut got = 0_usize;
    for line in lines {
        got += 1;
        if got > points {
            continue;
        }
        let mut cells = line.split('\t');
        for column in &mut columns {
            column
                .values
                .push(clipped(cells.next().unwrap_or_default(), &mut cut));
        }
    }
    for column in &mut columns {
        column.values.resize(points, String::new());
    }
    if got != points {
        notices.push(counts(
            Kind::MetadataLength,
            path,
            "lines of metadata",
            points as u64,
            got as u64,
        ));
    }
    if cut {
        let most = format!(
            "expected at most {MAX_COLUMNS} columns and texts of {MAX_TEXT_CHARS} characters; the rest is left out"
        );
        notices.push(notice(Kind::MetadataSize, path, most));
    }
    columns
}

fn clipped(text: &str, cut: &mut bool) -> String {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => {
            *cut = true;
            format!("{}…", &text[..end])
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, points: usize, expected: &[(&str, &[&str])]) -> Vec<EmbeddingNotice> {
        let mut notices = Vec::new();
        let columns = read(text.as_bytes(), points, "m.tsv", &mut notices);
        let got: Vec<(&str, Vec<&str>)> = columns
            .iter()
            .map(|column| {
                (
                    column.name.as_str(),
                    column.values.iter().map(String::as_str).collect(),
                )
            })
            .collect();
        let expected: Vec<(&str, Vec<&str>)> = expected
            .iter()
            .map(|(name, values)| (*name, values.to_vec()))
            .collect();
        assert_eq!(got, expected, "{text:?}");
        notices
    }

    #[test]
    fn a_header_only_where_there_are_tabs() {
        assert_eq!(check("a\nb\n", 2, &[("", &["a", "b"])]), []);
        assert_eq!(check("a\nb", 2, &[("", &["a", "b"])]), []);
        // An empty label is a label.
        assert_eq!(check("a\n\n", 2, &[("", &["a", ""])]), []);
        assert_eq!(
            check(
                "x\ty\r\n1\t2\r\n3\r\n",
                2,
                &[("x", &["1", "3"]), ("y", &["2", ""])]
            ),
            []
        );
    }

    #[test]
    fn a_wrong_length_is_told_and_the_rest_shows() {
        let notices = check("a\nb\nc\n", 2, &[("", &["a", "b"])]);
        assert_eq!(notices.len(), 1);
        assert_eq!(
            notices[0].message,
            "expected 2 lines of metadata, got 3: m.tsv"
        );
        assert_eq!((notices[0].expected, notices[0].got), (Some(2), Some(3)));
        let notices = check(
            "x\ty\na\tb\n",
            3,
            &[("x", &["a", "", ""]), ("y", &["b", "", ""])],
        );
        assert_eq!(notices[0].kind, Kind::MetadataLength);
        assert_eq!((notices[0].expected, notices[0].got), (Some(3), Some(1)));
        assert_eq!(check("", 1, &[("", &[""])])[0].got, Some(0));
    }

    #[test]
    fn long_texts_are_cut() {
        let long = "é".repeat(MAX_TEXT_CHARS + 1);
        let cut = format!("{}…", "é".repeat(MAX_TEXT_CHARS));
        let notices = check(&long, 1, &[("", &[&cut])]);
        assert_eq!(notices[0].kind, Kind::MetadataSize);
    }
}

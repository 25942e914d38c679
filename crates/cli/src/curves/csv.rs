//! Tables as text: commas, semicolons, tabs or bars between the cells, names of columns in the first line.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::str;

use anyhow::{Context as _, Result, anyhow};
use csv::{ByteRecord, ReaderBuilder};

use super::table::{LabelTexts, Request, Table, find_column};

/// What may stand between cells.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// Bytes read at once.
const BUFFER: usize = 1 << 18;

pub(super) fn read(path: &Path, request: &Request<'_>) -> Result<Table> {
    let place = || path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut file = BufReader::with_capacity(BUFFER, file);
    let start = file.fill_buf().with_context(place)?;
    let delimiter = delimiter(start);
    let mark = if start.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    file.consume(mark);
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(file);
    let names: Vec<String> = reader
        .byte_headers()
        .with_context(place)?
        .iter()
        .map(|name| String::from_utf8_lossy(name).trim().to_owned())
        .collect();
    let index = |name: &str| find_column(&names, name).with_context(place);
    let label = index(request.label)?;
    let numbers: Vec<(usize, &str)> = request
        .scores
        .iter()
        .map(String::as_str)
        .chain(request.weight)
        .map(|name| Ok((index(name)?, name)))
        .collect::<Result<_>>()?;
    let mut labels = LabelTexts::default();
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); numbers.len()];
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).with_context(place)? {
        let at = || {
            let line = record.position().map_or(0, csv::Position::line);
            format!("line {line} of {}", path.display())
        };
        let cell = |index: usize| record.get(index).unwrap_or_default().trim_ascii();
        let text = cell(label);
        if text.is_empty() {
            return Err(anyhow!(
                "expected a label in column {}, got nothing",
                request.label
            ))
            .with_context(at);
        }
        labels.push(request.label, text).with_context(at)?;
        for (column, &(index, name)) in columns.iter_mut().zip(&numbers) {
            let text = cell(index);
            let number = number(text, delimiter).ok_or_else(|| {
                anyhow!(
                    "expected a finite number in column {name}, got {}",
                    shown(text)
                )
            });
            column.push(number.with_context(at)?);
        }
    }
    let weights = request.weight.and_then(|_| columns.pop());
    Ok(Table {
        labels: labels.finish(),
        scores: columns,
        weights,
    })
}

/// The delimiter that the first line has most of; a comma where it has none.
fn delimiter(start: &[u8]) -> u8 {
    let line = start
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for &byte in line {
        if byte == b'"' {
            quoted = !quoted;
        } else if let Some(at) = DELIMITERS.iter().position(|&delimiter| delimiter == byte)
            && !quoted
        {
            counts[at] += 1;
        }
    }
    // Of equals the first: `rev` because `max_by_key` takes the last.
    counts
        .iter()
        .zip(DELIMITERS)
        .rev()
        .max_by_key(|&(count, _)| *count)
        .map_or(b',', |(_, delimiter)| delimiter)
}

/// A finite number; where cells are not delimited by commas, a comma may be its decimal sign.
fn number(text: &[u8], delimiter: u8) -> Option<f64> {
    let text = str::from_utf8(text).ok()?;
    let number: f64 = match text.parse() {
        Ok(number) => number,
        Err(_) if delimiter != b',' && !text.contains('.') => {
            text.replacen(',', ".", 1).parse().ok()?
        }
        Err(_) => return None,
    };
    number.is_finite().then_some(number)
}

fn shown(text: &[u8]) -> String {
    if text.is_empty() {
        "nothing".to_owned()
    } else {
        format!("{:?}", String::from_utf8_lossy(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found() {
        for (start, expected) in [
            ("y,p\n1;2;3;4", b','),
            ("y;p,q;w\n", b';'),
            ("\"a,b,c\"\tp\n", b'\t'),
            ("y|p", b'|'),
            ("y", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(start.as_bytes()), expected, "{start}");
        }
    }

    #[test]
    fn numbers_may_have_a_decimal_comma() {
        assert_eq!(number(b"0.5", b','), Some(0.5));
        assert_eq!(number(b"0,5", b';'), Some(0.5));
        assert_eq!(number(b"0,5", b','), None);
        assert_eq!(number(b"1.000,5", b';'), None);
        assert_eq!(number(b"nan", b';'), None);
        assert_eq!(number(b"-1e-3", b','), Some(-1e-3));
    }
}

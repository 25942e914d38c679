//! Tables of numpy: an archive with a one-dimensional array for each column.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use ndarray::{Array1, ArrayD, OwnedRepr};
use ndarray_npy::{NpzReader, ReadNpyError, ReadNpzError, ReadableElement};

use super::table::{Labels, Request, Table, find_column, first_not_finite};

type Archive = NpzReader<BufReader<File>>;

pub(super) fn read(path: &Path, request: &Request<'_>) -> Result<Table> {
    let place = || path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut archive = NpzReader::new(BufReader::new(file)).with_context(place)?;
    let names: Vec<String> = archive
        .names()
        .with_context(place)?
        .into_iter()
        .map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_owned())
        .collect();
    let mut samples = None;
    let mut column = |name: &str| {
        find_column(&names, name)?;
        let values = column(&mut archive, name)?;
        match &samples {
            Some((first, length)) if *length != values.len() => bail!(
                "expected arrays of one length, got {length} in {first} and {} in {name}",
                values.len()
            ),
            _ => samples = Some((name.to_owned(), values.len())),
        }
        if let Some((row, value)) = first_not_finite(&values) {
            bail!("expected finite numbers in {name}, got {value} at index {row}");
        }
        Ok(values)
    };
    let mut read = || -> Result<Table> {
        Ok(Table {
            labels: Labels::Numbers(column(request.label)?),
            scores: request
                .scores
                .iter()
                .map(|name| column(name))
                .collect::<Result<_>>()?,
            weights: request.weight.map(&mut column).transpose()?,
        })
    };
    read().with_context(place)
}

/// An array of any kind of numbers.
fn column(archive: &mut Archive, name: &str) -> Result<Vec<f64>> {
    macro_rules! first_fitting {
        ($($number:ty: $to_f64:expr),*) => {$(
            if let Some(values) = typed::<$number>(archive, name)? {
                return Ok(values.into_iter().map($to_f64).collect());
            }
        )*};
    }
    first_fitting!(
        f64: f64::from, f32: f64::from, i64: |value| value as f64, i32: f64::from, i16: f64::from, i8: f64::from,
        u64: |value| value as f64, u32: f64::from, u16: f64::from, u8: f64::from
    );
    match typed::<bool>(archive, name)? {
        Some(values) => Ok(values.into_iter().map(f64::from).collect()),
        None => Err(anyhow!(
            "expected numbers of 8 to 64 bits or truths in {name}, got an array of another dtype"
        )),
    }
}

/// An array, if it is of this type.
fn typed<T: ReadableElement + Clone>(archive: &mut Archive, name: &str) -> Result<Option<Vec<T>>> {
    let name_in_archive = format!("{name}.npy");
    let array: ArrayD<T> = match archive.by_name::<OwnedRepr<T>, _>(&name_in_archive) {
        Ok(array) => array,
        Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(_))) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
    };
    let shape = array.shape().to_vec();
    // A column of a table, as `y.reshape(-1, 1)` gives it, is one too.
    let array: Array1<T> = match shape.as_slice() {
        [_] | [_, 1] => array.into_flat(),
        _ => bail!("expected one dimension in {name}, got shape {shape:?}"),
    };
    Ok(Some(array.into_raw_vec_and_offset().0))
}

//! Tables as Parquet files.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, bail};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes as _, DataType};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::table::{LabelTexts, Labels, Request, Table, find_column, first_not_finite};

/// Values decoded at once.
const BATCH: usize = 1 << 16;

pub(super) fn read(path: &Path, request: &Request<'_>) -> Result<Table> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    read_file(file, request).with_context(|| path.display().to_string())
}

fn read_file(file: File, request: &Request<'_>) -> Result<Table> {
    let reader = SerializedFileReader::new(file)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<String> = schema
        .columns()
        .iter()
        .map(|column| column.path().string())
        .collect();
    let values = |name: &str| -> Result<Values> {
        let index = find_column(&names, name)?;
        let descriptor = schema.column(index);
        if descriptor.max_rep_level() > 0 {
            bail!("expected one value a row in column {name}, got lists");
        }
        let mut values = Values::new(name, &descriptor)?;
        for group in 0..reader.num_row_groups() {
            values.append(reader.get_row_group(group)?.get_column_reader(index)?)?;
        }
        Ok(values)
    };
    let numbers = |name: &str| values(name)?.finite_numbers();
    let labels = values(request.label)?;
    Ok(Table {
        labels: match labels.cells {
            Cells::Texts(texts) => texts.finish(),
            Cells::Numbers(_) => Labels::Numbers(labels.finite_numbers()?),
        },
        scores: request
            .scores
            .iter()
            .map(|name| numbers(name))
            .collect::<Result<_>>()?,
        weights: request.weight.map(numbers).transpose()?,
    })
}

/// The values of a column so far.
struct Values {
    name: String,
    /// Of how many levels a value consists that is there.
    present: i16,
    unsigned: bool,
    half: bool,
    cells: Cells,
    rows: usize,
}

enum Cells {
    Numbers(Vec<f64>),
    Texts(LabelTexts),
}

impl Values {
    fn new(name: &str, column: &ColumnDescriptor) -> Result<Self> {
        use parquet::basic::Type;
        let logical = column.logical_type_ref();
        let half = matches!(logical, Some(LogicalType::Float16));
        let unsigned = matches!(
            column.converted_type(),
            ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64
        );
        let is_decimal = column.converted_type() == ConvertedType::DECIMAL;
        let cells = match column.physical_type() {
            Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE
                if !is_decimal =>
            {
                Cells::Numbers(Vec::new())
            }
            Type::FIXED_LEN_BYTE_ARRAY if half => Cells::Numbers(Vec::new()),
            Type::BYTE_ARRAY if !is_decimal => Cells::Texts(LabelTexts::default()),
            other => bail!(
                "expected numbers, truths or texts in column {name}, got {}",
                if is_decimal {
                    "decimals".to_owned()
                } else {
                    format!("{other} values")
                }
            ),
        };
        Ok(Self {
            name: name.to_owned(),
            present: column.max_def_level(),
            unsigned,
            half,
            cells,
            rows: 0,
        })
    }

    fn finite_numbers(self) -> Result<Vec<f64>> {
        let name = self.name;
        match self.cells {
            Cells::Texts(_) => bail!("expected numbers in column {name}, got texts"),
            Cells::Numbers(numbers) => match first_not_finite(&numbers) {
                Some((row, value)) => bail!(
                    "expected finite numbers in column {name}, got {value} in row {}",
                    row + 1
                ),
                None => Ok(numbers),
            },
        }
    }

    fn append(&mut self, reader: ColumnReader) -> Result<()> {
        let unsigned = self.unsigned;
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                self.numbers(reader, |&value| Ok(f64::from(value)))
            }
            ColumnReader::Int32ColumnReader(reader) => self.numbers(reader, |&value| {
                Ok(if unsigned {
                    f64::from(value as u32)
                } else {
                    f64::from(value)
                })
            }),
            ColumnReader::Int64ColumnReader(reader) => self.numbers(reader, |&value| {
                Ok(if unsigned {
                    value as u64 as f64
                } else {
                    value as f64
                })
            }),
            ColumnReader::FloatColumnReader(reader) => {
                self.numbers(reader, |&value| Ok(f64::from(value)))
            }
            ColumnReader::DoubleColumnReader(reader) => self.numbers(reader, |&value| Ok(value)),
            ColumnReader::FixedLenByteArrayColumnReader(reader) if self.half => {
                self.numbers(reader, |value| {
                    let bytes = value
                        .as_bytes()
                        .try_into()
                        .context("a half with other than two bytes")?;
                    Ok(half_from_bits(u16::from_le_bytes(bytes)))
                })
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                let name = self.name.clone();
                self.each(reader, |cells, value| match cells {
                    Cells::Texts(texts) => texts.push(&name, value.data()),
                    Cells::Numbers(_) => Err(changed(&name)),
                })
            }
            _ => Err(changed(&self.name)),
        }
    }

    fn numbers<T: DataType>(
        &mut self,
        reader: ColumnReaderImpl<T>,
        number: impl Fn(&T::T) -> Result<f64>,
    ) -> Result<()> {
        let name = self.name.clone();
        self.each(reader, |cells, value| match cells {
            Cells::Numbers(numbers) => {
                numbers.push(number(value)?);
                Ok(())
            }
            Cells::Texts(_) => Err(changed(&name)),
        })
    }

    fn each<T: DataType>(
        &mut self,
        mut reader: ColumnReaderImpl<T>,
        mut push: impl FnMut(&mut Cells, &T::T) -> Result<()>,
    ) -> Result<()> {
        let (mut levels, mut values) = (Vec::new(), Vec::new());
        loop {
            levels.clear();
            values.clear();
            let (rows, ..) = reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
            if rows == 0 {
                return Ok(());
            }
            if let Some(missing) = levels.iter().position(|&level| level < self.present) {
                bail!(
                    "expected a value in column {}, got nothing in row {}",
                    self.name,
                    self.rows + missing + 1
                );
            }
            for value in &values {
                push(&mut self.cells, value)?;
            }
            self.rows += rows;
        }
    }
}

/// A row group that is not of the file's schema.
fn changed(name: &str) -> anyhow::Error {
    anyhow!("column {name} changes its type within the file")
}

/// The value of a 16-bit float.
fn half_from_bits(bits: u16) -> f64 {
    let (exponent, fraction) = (
        i32::from(bits >> 10 & 0x1f),
        f64::from(bits & 0x3ff) / 1024.0,
    );
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-14),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    };
    if bits & 0x8000 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

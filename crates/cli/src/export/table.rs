//! Tables as files: CSV, JSON, Parquet.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

/// Rows of a Parquet file that are kept until they are written as one group.
const GROUP: usize = 1 << 16;

/// What tables are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A line for each row, names in the first
    Csv,
    /// A list of objects; not a number and infinities are texts
    Json,
    /// Columns, compressed
    Parquet,
}

impl Format {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Float,
}

/// Name and kind of each column.
pub(super) type Columns = &'static [(&'static str, Kind)];

/// An element of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Int(i64),
    Float(f64),
}

/// A table that is being written. Its file is made with its first row.
pub(super) struct Table {
    path: PathBuf,
    format: Format,
    columns: Columns,
    rows: u64,
    sink: Option<Sink>,
}

enum Sink {
    Csv(Box<csv::Writer<File>>),
    Json(BufWriter<File>),
    Parquet(Box<Groups>),
}

impl Table {
    pub(super) fn new(folder: &Path, name: &str, format: Format, columns: Columns) -> Self {
        Self {
            path: folder.join(name).with_extension(format.extension()),
            format,
            columns,
            rows: 0,
            sink: None,
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a row: a cell for each column, of its kind.
    pub(super) fn add(&mut self, row: &[Cell<'_>]) -> Result<()> {
        debug_assert_eq!(row.len(), self.columns.len());
        let context = || format!("cannot write {}", self.path.display());
        let sink = match &mut self.sink {
            Some(sink) => sink,
            none => none.insert(Sink::new(&self.path, self.format, self.columns)?),
        };
        match sink {
            Sink::Csv(writer) => writer
                .write_record(row.iter().map(Cell::text))
                .with_context(context)?,
            Sink::Json(file) => {
                let start = if self.rows == 0 { "[\n" } else { ",\n" };
                let object: serde_json::Map<String, serde_json::Value> = self
                    .columns
                    .iter()
                    .zip(row)
                    .map(|((name, _), cell)| ((*name).to_owned(), cell.json()))
                    .collect();
                file.write_all(start.as_bytes()).with_context(context)?;
                serde_json::to_writer(file, &object).with_context(context)?;
            }
            Sink::Parquet(groups) => groups.add(row).with_context(context)?,
        }
        self.rows += 1;
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn finish(&mut self) -> Result<()> {
        let context = || format!("cannot write {}", self.path.display());
        match self.sink.take() {
            None => Ok(()),
            Some(Sink::Csv(mut writer)) => writer.flush().with_context(context),
            Some(Sink::Json(mut file)) => file
                .write_all(b"\n]\n")
                .and_then(|()| file.flush())
                .with_context(context),
            Some(Sink::Parquet(groups)) => groups.finish().with_context(context),
        }
    }
}

impl Sink {
    fn new(path: &Path, format: Format, columns: Columns) -> Result<Self> {
        let file =
            File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(file);
                writer.write_record(columns.iter().map(|(name, _)| name))?;
                Self::Csv(Box::new(writer))
            }
            Format::Json => Self::Json(BufWriter::new(file)),
            Format::Parquet => Self::Parquet(Box::new(Groups::new(file, columns)?)),
        })
    }
}

impl Cell<'_> {
    /// Numbers as they are read back without loss.
    fn text(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
        }
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => (*text).into(),
            Self::Int(number) => (*number).into(),
            Self::Float(number) if number.is_finite() => (*number).into(),
            // JSON has no numbers for these.
            Self::Float(number) if number.is_nan() => "NaN".into(),
            Self::Float(number) if *number > 0.0 => "Infinity".into(),
            Self::Float(_) => "-Infinity".into(),
        }
    }
}

/// A Parquet file, and the rows of the group that comes next.
struct Groups {
    writer: SerializedFileWriter<File>,
    columns: Vec<Column>,
    len: usize,
}

enum Column {
    Text(Vec<ByteArray>),
    Int(Vec<i64>),
    Float(Vec<f64>),
}

impl Groups {
    fn new(file: File, columns: Columns) -> Result<Self> {
        let fields = columns.iter().map(|(name, kind)| {
            let (physical, converted) = match kind {
                Kind::Text => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
                Kind::Int => (Physical::INT64, ConvertedType::NONE),
                Kind::Float => (Physical::DOUBLE, ConvertedType::NONE),
            };
            let field = Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::REQUIRED)
                .with_converted_type(converted);
            Ok(Arc::new(field.build()?))
        });
        let schema = Type::group_type_builder("schema")
            .with_fields(fields.collect::<Result<_>>()?)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?,
            columns: columns
                .iter()
                .map(|(_, kind)| match kind {
                    Kind::Text => Column::Text(Vec::new()),
                    Kind::Int => Column::Int(Vec::new()),
                    Kind::Float => Column::Float(Vec::new()),
                })
                .collect(),
            len: 0,
        })
    }

    fn add(&mut self, row: &[Cell<'_>]) -> Result<()> {
        for (column, cell) in self.columns.iter_mut().zip(row) {
            match (column, cell) {
                (Column::Text(texts), Cell::Text(text)) => texts.push(ByteArray::from(*text)),
                (Column::Int(numbers), Cell::Int(number)) => numbers.push(*number),
                (Column::Float(numbers), Cell::Float(number)) => numbers.push(*number),
                _ => anyhow::bail!("a cell is not of its column's kind"),
            }
        }
        self.len += 1;
        if self.len == GROUP {
            self.write()?;
        }
        Ok(())
    }

    fn write(&mut self) -> Result<()> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            let Some(mut writer) = group.next_column()? else {
                break;
            };
            match column {
                Column::Text(texts) => {
                    let typed = writer.typed::<ByteArrayType>();
                    typed.write_batch(texts, None, None)?;
                    texts.clear();
                }
                Column::Int(numbers) => {
                    writer
                        .typed::<Int64Type>()
                        .write_batch(numbers, None, None)?;
                    numbers.clear();
                }
                Column::Float(numbers) => {
                    writer
                        .typed::<DoubleType>()
                        .write_batch(numbers, None, None)?;
                    numbers.clear();
                }
            }
            writer.close()?;
        }
        group.close()?;
        self.len = 0;
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        if self.len > 0 {
            self.write()?;
        }
        self.writer.close()?;
        Ok(())
    }
}

//! `glassboard inspect`: the events of files as lines, or what they amount to.
//!
//! Files are read record by record; nothing but the tags themselves is kept.

mod digest;
mod files;
mod filter;
mod lines;
mod value;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use glassboard_events::{Damage, DamageKind, EventView, Item, Record, RecordReader, WireError};
use indicatif::ProgressBar;

use crate::Status;
use crate::args::InspectArguments;
use crate::output::byte_bar;

use self::digest::Digest;
use self::files::{EventFile, event_files};
use self::filter::TagFilter;
use self::lines::Lines;

/// How many records lie between two moves of the bar.
const RECORDS_PER_MOVE: u64 = 1024;

/// What is done with the content of files.
trait Visitor {
    /// A file begins.
    fn file(&mut self, file: &EventFile) -> Result<()>;
    /// A record is an event.
    fn event(&mut self, record: Record<'_>, event: EventView<'_>) -> Result<()>;
    /// A place cannot be read.
    fn damage(&mut self, damage: Damage) -> Result<()>;
    /// Whether nothing more is wanted.
    fn done(&self) -> bool;
    /// All files are read.
    fn end(&mut self) -> Result<()>;
}

/// Prints the events of a file or folder.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<Status> {
    let filter = TagFilter::new(arguments.tag.as_deref())?;
    let files = event_files(&arguments.path)?;
    let stdout = io::stdout();
    // Lines and a bar on one screen would write over each other.
    let bar = byte_bar(stdout.is_terminal() && !arguments.digest);
    bar.set_length(files.iter().map(|file| file.size_bytes).sum());
    let out = BufWriter::new(stdout.lock());
    if arguments.digest {
        read_all(&files, &mut Digest::new(out, filter, arguments.json), &bar)?;
    } else {
        let limit = arguments.limit.unwrap_or(u64::MAX);
        read_all(
            &files,
            &mut Lines::new(out, filter, arguments.json, limit),
            &bar,
        )?;
    }
    Ok(Status::Success)
}

fn read_all(files: &[EventFile], visitor: &mut impl Visitor, bar: &ProgressBar) -> Result<()> {
    let mut read_before = 0;
    for file in files {
        if visitor.done() {
            break;
        }
        read_file(file, visitor, bar, read_before)?;
        read_before += file.size_bytes;
    }
    bar.finish_and_clear();
    visitor.end()
}

fn read_file(
    file: &EventFile,
    visitor: &mut impl Visitor,
    bar: &ProgressBar,
    read_before: u64,
) -> Result<()> {
    visitor.file(file)?;
    let source = open(&file.path)?;
    let mut reader = RecordReader::new(source);
    let unreadable = || format!("cannot read {}", file.path.display());
    let mut records: u64 = 0;
    while !visitor.done() {
        // The end is final here: what the file may grow by later is not waited for.
        let (item, offset) = match reader.next().with_context(unreadable)? {
            Some(Item::Record(record)) => {
                visit_record(record, visitor)?;
                records += 1;
                (None, record.offset)
            }
            Some(Item::Damage(damage)) => (Some(damage), damage.offset),
            None => match reader.finish().with_context(unreadable)? {
                Some(damage) => (Some(damage), damage.offset),
                None => break,
            },
        };
        if let Some(damage) = item {
            visitor.damage(damage)?;
        }
        if records.is_multiple_of(RECORDS_PER_MOVE) {
            bar.set_position(read_before + offset);
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

fn visit_record(record: Record<'_>, visitor: &mut impl Visitor) -> Result<()> {
    match EventView::parse(record.data) {
        Ok(event) => visitor.event(record, event),
        Err(_) => visitor.damage(not_an_event(record)),
    }
}

fn not_an_event(record: Record<'_>) -> Damage {
    Damage {
        offset: record.offset,
        lost_bytes: record.frame_len(),
        kind: DamageKind::Protobuf,
    }
}

/// Hands each value of an event that the filter lets through to `each`; a value that cannot
/// be read is damage of the record.
fn values<'r>(
    record: Record<'r>,
    summary: glassboard_events::SummaryView<'r>,
    mut each: impl FnMut(Result<glassboard_events::ValueView<'r>, Damage>) -> Result<()>,
) -> Result<()> {
    for value in summary.values() {
        each(value.map_err(|_: WireError| not_an_event(record)))?;
    }
    Ok(())
}

/// Ends a stream of output: what is buffered may meet a closed pipe only here.
fn flush(out: &mut impl Write) -> Result<()> {
    Ok(out.flush()?)
}

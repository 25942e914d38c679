//! A trace file from its first byte to its last: one event after the other, and on behind what is damaged.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::build::Builder;
use crate::number::{integer, nanoseconds, number};
use crate::scan::{Kind, Misfit, Scanner};
use crate::{Metadata, Notice, NoticeKind, Trace};

/// Longest name of an event, lane or category that is kept, in bytes.
pub const MAX_NAME_BYTES: usize = 1 << 10;

/// Longest text of a key or a number.
const MAX_WORD_BYTES: usize = 64;

/// Most texts beside the events that are kept.
const MAX_METADATA: usize = 64;

/// Most (inflated) text that is read. A small archive could hold any amount.
pub const MAX_TEXT_BYTES: u64 = 64 << 30;

/// What a gzip file begins with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// One event as it stands in the file.
#[derive(Default)]
pub(crate) struct RawEvent {
    /// The first byte of `ph`: which kind of event this is.
    pub(crate) phase: u8,
    pub(crate) name: Vec<u8>,
    pub(crate) category: Vec<u8>,
    /// Process and thread are numbers or texts.
    pub(crate) process: Vec<u8>,
    pub(crate) thread: Vec<u8>,
    pub(crate) time: Option<i64>,
    pub(crate) duration: Option<i64>,
    /// Where it begins in the text.
    pub(crate) offset: u64,
    /// `args.name` and `args.labels`, of metadata.
    pub(crate) label: Vec<u8>,
    pub(crate) sort_index: Option<i64>,
    /// `args["External id"]`: which operator a kernel was started by.
    pub(crate) external: u32,
    pub(crate) occupancy: Option<f64>,
    pub(crate) blocks_per_sm: Option<f64>,
}

impl RawEvent {
    fn clear(&mut self) {
        let Self {
            name,
            category,
            process,
            thread,
            label,
            ..
        } = std::mem::take(self);
        // The buffers are used again.
        *self = Self {
            name: emptied(name),
            category: emptied(category),
            process: emptied(process),
            thread: emptied(thread),
            label: emptied(label),
            ..Self::default()
        };
    }
}

fn emptied(mut buffer: Vec<u8>) -> Vec<u8> {
    buffer.clear();
    buffer
}

/// The text of a file, inflated when it is gzipped.
pub(crate) fn inflated<'a>(source: impl Read + 'a) -> Box<dyn Read + 'a> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    // What cannot be read now is reported when it is read again.
    let is_gzip = source
        .fill_buf()
        .is_ok_and(|start| start.starts_with(&GZIP_MAGIC));
    if is_gzip {
        Box::new(MultiGzDecoder::new(source))
    } else {
        Box::new(source)
    }
}

/// Reads a trace. What is wrong with it is in [`Trace::notices`].
///
/// Not generic, so that it is compiled (and optimised) once, here.
pub(crate) fn read(source: &mut dyn Read) -> Trace {
    let mut reader = Reader {
        scanner: Scanner::new(inflated(source).take(MAX_TEXT_BYTES)),
        builder: Builder::default(),
        event: RawEvent::default(),
        word: Vec::new(),
        metadata: Vec::new(),
        damage: None,
        damaged: 0,
    };
    let found = reader.file();
    reader.finish(&found)
}

struct Reader<R> {
    scanner: Scanner<R>,
    builder: Builder,
    event: RawEvent,
    word: Vec<u8>,
    metadata: Vec<Metadata>,
    /// The first place that is damaged.
    damage: Option<Misfit>,
    damaged: u64,
}

/// What the file is at its outermost level.
enum Found {
    /// Events, and the end of the file.
    Whole,
    /// Events, and then the text ends before its end.
    Cut(Misfit),
    /// No list of events.
    Nothing(Misfit),
}

impl<R: Read> Reader<R> {
    fn file(&mut self) -> Found {
        self.scanner.skip_mark();
        match self.scanner.peek_token() {
            // Chrome's format allows the list alone, and the list without its end.
            Some(b'[') => match self.events() {
                Ok(()) => Found::Whole,
                Err(_) if self.scanner.failure().is_none() && self.damage.is_none() => Found::Whole,
                Err(misfit) => Found::Cut(misfit),
            },
            Some(b'{') => {
                self.scanner.take(b'{');
                match self.members() {
                    Ok(true) => Found::Whole,
                    Ok(false) => Found::Nothing(self.scanner.misfit("traceEvents")),
                    Err((misfit, true)) => Found::Cut(misfit),
                    // Damaged ahead of the events: they may be there nevertheless.
                    Err((misfit, false)) => self.behind_damage(misfit),
                }
            }
            _ => Found::Nothing(self.scanner.misfit("an object or a list of events")),
        }
    }

    fn behind_damage(&mut self, misfit: Misfit) -> Found {
        if !self.scanner.seek_event() {
            return Found::Nothing(misfit);
        }
        self.damaged_at(misfit);
        match self.list() {
            Ok(()) => Found::Whole,
            Err(misfit) => Found::Cut(misfit),
        }
    }

    /// The members of the outermost object; whether events were among them.
    fn members(&mut self) -> Result<bool, (Misfit, bool)> {
        let mut found = false;
        if self.scanner.take(b'}') {
            return Ok(false);
        }
        loop {
            let member = self.member(&mut found);
            member.map_err(|misfit| (misfit, found))?;
            if self.scanner.take(b'}') {
                return Ok(found);
            }
            let comma = self.scanner.expect(b',', "a comma or the end of the trace");
            comma.map_err(|misfit| (misfit, found))?;
        }
    }

    fn member(&mut self, found: &mut bool) -> Result<(), Misfit> {
        let mut key = Vec::new();
        self.scanner.key(&mut key, MAX_WORD_BYTES)?;
        if key == b"traceEvents" && self.scanner.peek_token() == Some(b'[') {
            *found = true;
            return self.events();
        }
        let kind = self.scanner.scalar(&mut self.word, MAX_NAME_BYTES)?;
        if kind != Kind::Nested && self.metadata.len() < MAX_METADATA {
            self.metadata.push(Metadata {
                name: lossy(&key),
                text: lossy(&self.word),
            });
        }
        Ok(())
    }

    /// The list of events.
    fn events(&mut self) -> Result<(), Misfit> {
        self.scanner.expect(b'[', "a list of events")?;
        if self.scanner.take(b']') {
            return Ok(());
        }
        self.list()
    }

    /// The events of the list from here on, and its end.
    fn list(&mut self) -> Result<(), Misfit> {
        loop {
            match self.next_event() {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(misfit) if misfit.got.is_none() => return Err(misfit),
                Err(misfit) => {
                    self.damaged_at(misfit);
                    if !self.scanner.seek_event() {
                        return Err(self.scanner.misfit("the end of the list of events"));
                    }
                }
            }
        }
    }

    /// Reads one event and what is behind it: a comma (true) or the end of the list.
    fn next_event(&mut self) -> Result<bool, Misfit> {
        // A comma before the end, as handwritten traces have it.
        if self.scanner.take(b']') {
            return Ok(false);
        }
        self.read_event()?;
        self.builder.add(&self.event);
        if self.scanner.take(b']') {
            return Ok(false);
        }
        self.scanner
            .expect(b',', "a comma or the end of the list of events")?;
        Ok(true)
    }

    fn damaged_at(&mut self, misfit: Misfit) {
        self.damaged += 1;
        self.damage.get_or_insert(misfit);
    }

    fn read_event(&mut self) -> Result<(), Misfit> {
        self.event.clear();
        if self.scanner.peek_token() != Some(b'{') {
            return Err(self.scanner.misfit("an event"));
        }
        let event = &mut self.event;
        event.offset = self.scanner.offset();
        self.scanner.take(b'{');
        if self.scanner.take(b'}') {
            return Ok(());
        }
        loop {
            let word = &mut self.word;
            self.scanner.key(word, MAX_WORD_BYTES)?;
            match word.as_slice() {
                b"ph" => {
                    self.scanner.scalar(word, MAX_WORD_BYTES)?;
                    event.phase = word.first().copied().unwrap_or_default();
                }
                b"name" => {
                    self.scanner.scalar(&mut event.name, MAX_NAME_BYTES)?;
                }
                b"cat" => {
                    self.scanner.scalar(&mut event.category, MAX_NAME_BYTES)?;
                }
                b"pid" => {
                    self.scanner.scalar(&mut event.process, MAX_NAME_BYTES)?;
                }
                b"tid" => {
                    self.scanner.scalar(&mut event.thread, MAX_NAME_BYTES)?;
                }
                b"ts" => {
                    let kind = self.scanner.scalar(word, MAX_WORD_BYTES)?;
                    event.time = (kind == Kind::Bare).then(|| nanoseconds(word)).flatten();
                }
                b"dur" => {
                    let kind = self.scanner.scalar(word, MAX_WORD_BYTES)?;
                    event.duration = (kind == Kind::Bare).then(|| nanoseconds(word)).flatten();
                }
                b"args" if self.scanner.peek_token() == Some(b'{') => {
                    args(&mut self.scanner, event, word)?;
                }
                _ => self.scanner.skip()?,
            }
            if self.scanner.take(b'}') {
                return Ok(());
            }
            self.scanner
                .expect(b',', "a comma or the end of an event")?;
        }
    }

    fn finish(mut self, found: &Found) -> Trace {
        let mut notices = Vec::new();
        let mut note = |kind, message| notices.push(Notice { kind, message });
        if self.damaged > 0 {
            let first = self.damage.map(|misfit| told(&misfit)).unwrap_or_default();
            note(
                NoticeKind::Damaged,
                match self.damaged {
                    1 => format!("{first}; reading went on behind it"),
                    more => format!(
                        "{first}; this and {} more places are damaged, reading went on behind them",
                        more - 1
                    ),
                },
            );
        }
        let failure = self.scanner.failure().map(ToString::to_string);
        let is_too_long = self.scanner.offset() >= MAX_TEXT_BYTES;
        let (kind, misfit) = match found {
            Found::Whole => (None, None),
            Found::Cut(misfit) => (Some(NoticeKind::Cut), Some(misfit)),
            Found::Nothing(misfit) => (Some(NoticeKind::NoTrace), Some(misfit)),
        };
        match (kind, failure) {
            (_, Some(failure)) => {
                let bytes = self.scanner.offset();
                note(
                    NoticeKind::Cut,
                    format!(
                        "could not be read beyond {bytes} bytes of its text: {failure}; what is before is shown"
                    ),
                );
            }
            (Some(_), None) if is_too_long => note(
                NoticeKind::TooLarge,
                format!(
                    "expected at most {MAX_TEXT_BYTES} bytes of text, got more; the first of them are shown"
                ),
            ),
            (Some(NoticeKind::Cut), None) => {
                let misfit = misfit.map(told).unwrap_or_default();
                note(
                    NoticeKind::Cut,
                    format!("{misfit}: the file is cut off; what is before is shown"),
                );
            }
            (Some(kind), None) => {
                let misfit = misfit.map(told).unwrap_or_default();
                note(kind, format!("{misfit}: this is no trace"));
            }
            (None, None) => {}
        }
        let metadata = std::mem::take(&mut self.metadata);
        self.builder.finish(metadata, notices)
    }
}

/// `expected a comma, got 'x' at byte 12`.
fn told(misfit: &Misfit) -> String {
    let Misfit {
        offset,
        expected,
        got,
    } = misfit;
    match got {
        None => format!("expected {expected}, got the end of the file at byte {offset}"),
        Some(byte) => format!(
            "expected {expected}, got '{}' at byte {offset}",
            byte.escape_ascii()
        ),
    }
}

/// What matters of an event's arguments.
fn args<R: Read>(
    scanner: &mut Scanner<R>,
    event: &mut RawEvent,
    word: &mut Vec<u8>,
) -> Result<(), Misfit> {
    scanner.expect(b'{', "arguments")?;
    if scanner.take(b'}') {
        return Ok(());
    }
    loop {
        scanner.key(word, MAX_WORD_BYTES)?;
        match word.as_slice() {
            b"name" | b"labels" if event.phase == b'M' || event.phase == 0 => {
                scanner.scalar(&mut event.label, MAX_NAME_BYTES)?;
            }
            b"sort_index" => {
                scanner.scalar(word, MAX_WORD_BYTES)?;
                event.sort_index = integer(word);
            }
            b"External id" | b"external id" => {
                scanner.scalar(word, MAX_WORD_BYTES)?;
                event.external = integer(word).unwrap_or_default();
            }
            b"est. achieved occupancy %" => {
                scanner.scalar(word, MAX_WORD_BYTES)?;
                event.occupancy = number(word);
            }
            b"blocks per SM" => {
                scanner.scalar(word, MAX_WORD_BYTES)?;
                event.blocks_per_sm = number(word);
            }
            _ => scanner.skip()?,
        }
        if scanner.take(b'}') {
            return Ok(());
        }
        scanner.expect(b',', "a comma or the end of the arguments")?;
    }
}

/// Bytes of a file as text.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

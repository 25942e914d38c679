use std::{fmt, str::FromStr, sync::Arc};

use crate::{
    MediaFacts, StoreError,
    ingest::{Entry, EntryList},
    live::{self, ItemRange, Part},
};

/// Where one stored value is. As text (`3-120-99-0`: file, offset, length, value) it is fit for URLs.
///
/// It stays good until the file is replaced or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Locator {
    pub(crate) file: u32,
    pub(crate) offset: u64,
    pub(crate) len: u32,
    pub(crate) value_index: u32,
}

impl Locator {
    /// Length in bytes of the record that holds the value.
    pub fn record_bytes(&self) -> u64 {
        u64::from(self.len)
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            offset,
            len,
            value_index,
        } = self;
        write!(f, "{file}-{offset}-{len}-{value_index}")
    }
}

impl FromStr for Locator {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let malformed = || StoreError::MalformedLocator {
            got: text.to_owned(),
        };
        let mut parts = text.split('-');
        let mut next = || {
            let digits = parts
                .next()
                .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            digits
                .and_then(|digits| digits.parse::<u64>().ok())
                .ok_or_else(malformed)
        };
        let narrow = |number: u64| u32::try_from(number).map_err(|_| malformed());
        let locator = Self {
            file: narrow(next()?)?,
            offset: next()?,
            len: narrow(next()?)?,
            value_index: narrow(next()?)?,
        };
        if parts.next().is_some() {
            return Err(malformed());
        }
        Ok(locator)
    }
}

/// One step of a series whose values stay in their files.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocatorEntry {
    /// Step.
    pub step: i64,
    /// Wall time in seconds since the Unix epoch.
    pub wall_time_secs: f64,
    /// Whether a restart superseded it.
    pub superseded: bool,
    /// Where the value is.
    pub locator: Locator,
    /// What is known of it without reading it.
    pub media: MediaFacts,
}

/// The values of one tag and plugin of a run, in the order in which they were written.
#[derive(Debug, Clone)]
pub struct LocatorSeries {
    entries: Arc<[LocatorEntry]>,
}

impl LocatorSeries {
    /// `files`: for each part the number of its file.
    pub(crate) fn new(parts: &[Part<EntryList>], files: &[u32]) -> Self {
        let live = live::live_ranges(parts);
        let mut entries = Vec::new();
        let mut live = live.iter().copied().peekable();
        for (part_index, (part, file)) in parts.iter().zip(files).enumerate() {
            for (index, entry) in part.items.0.iter().enumerate() {
                while live
                    .next_if(|range| ends_before(range, part_index, index))
                    .is_some()
                {}
                let is_live = live
                    .peek()
                    .is_some_and(|range| range.part == part_index && range.start <= index);
                entries.push(public_entry(entry, *file, !is_live));
            }
        }
        Self {
            entries: entries.into(),
        }
    }

    /// Every value that was logged, superseded ones included.
    pub fn entries(&self) -> &[LocatorEntry] {
        &self.entries
    }

    /// The live values; their steps are strictly increasing.
    pub fn live(&self) -> impl Iterator<Item = &LocatorEntry> {
        self.entries.iter().filter(|entry| !entry.superseded)
    }
}

fn ends_before(range: &ItemRange, part: usize, index: usize) -> bool {
    range.part < part || (range.part == part && range.end <= index)
}

fn public_entry(entry: &Entry, file: u32, superseded: bool) -> LocatorEntry {
    LocatorEntry {
        step: entry.step,
        wall_time_secs: entry.wall_time_secs,
        superseded,
        locator: Locator {
            file,
            offset: entry.offset,
            len: entry.len,
            value_index: entry.value_index,
        },
        media: entry.media,
    }
}

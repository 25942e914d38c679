//! Parsing a stretch of a file on one thread.

use std::{collections::HashMap, sync::Arc};

use glassboard_events::{
    Content, Damage, DamageKind, EventView, FrameScanner, PlainScalar, Record, Scan, SessionStatus,
    ValueView, What, WireError, scalar_from_tensor,
};

use super::{
    entry::{Entry, WHOLE_EVENT},
    file::WallRange,
    media::MediaFacts,
    metadata::TagMetadata,
};
use crate::{Point, live::StartMark, plugin};

/// What one thread found in one stretch of a file, and what it has learned about the file's tags before.
///
/// Emptied and used again for the next stretch, so that tags are looked up and buffers allocated once a file.
#[derive(Debug, Default)]
pub(super) struct Piece {
    index_of: HashMap<Arc<str>, usize>,
    tags: Vec<PieceTag>,
    last_tag: usize,
    pub(super) starts: Vec<i64>,
    pub(super) damage: Vec<Damage>,
    pub(super) records: u64,
    pub(super) walls: WallRange,
    pub(super) summary_walls: WallRange,
}

#[derive(Debug)]
pub(super) struct PieceTag {
    pub(super) name: Arc<str>,
    /// Index of the tag that came after this one the last time: mostly the one that comes next.
    successor: usize,
    pub(super) scalars: PieceSeries<Point>,
    pub(super) blobs: Vec<(Arc<str>, PieceSeries<Entry>)>,
    /// Tensors that came before any metadata of their tag was seen by this thread.
    pub(super) untyped: Vec<Untyped>,
    /// The first metadata of the tag that this thread has seen.
    pub(super) metadata: Option<Arc<TagMetadata>>,
    /// The latest metadata, as it lay in the file and decoded: nearly always the same again.
    latest_metadata: Box<[u8]>,
    latest_plugin: Option<Arc<str>>,
}

/// A tensor whose plugin an earlier stretch of the file may tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Untyped {
    pub(super) entry: Entry,
    pub(super) scalar: Option<f64>,
}

#[derive(Debug)]
pub(super) struct PieceSeries<T> {
    pub(super) items: Vec<T>,
    /// As in [`crate::live::Part`], but within this stretch.
    pub(super) marks: Vec<StartMark>,
    starts_seen: usize,
}

impl<T> Default for PieceSeries<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            marks: Vec::new(),
            starts_seen: 0,
        }
    }
}

impl<T> PieceSeries<T> {
    #[inline]
    fn push(&mut self, item: T, starts: usize) {
        if self.starts_seen != starts {
            self.starts_seen = starts;
            self.marks.push(StartMark {
                at: self.items.len(),
                starts,
            });
        }
        self.items.push(item);
    }

    fn clear(&mut self) {
        self.items.clear();
        self.marks.clear();
        self.starts_seen = 0;
    }
}

/// Where parsing a stretch ended.
#[derive(Debug)]
pub(super) struct End {
    pub(super) scanner: FrameScanner,
    /// Bytes needed from the scanner's offset on before more can be said.
    pub(super) at_least: u64,
}

impl Piece {
    /// Forgets what was found, keeps what was learned.
    pub(super) fn clear(&mut self) {
        for tag in &mut self.tags {
            tag.scalars.clear();
            tag.untyped.clear();
            for (_, series) in &mut tag.blobs {
                series.clear();
            }
        }
        self.starts.clear();
        self.damage.clear();
        self.records = 0;
        self.walls = WallRange::default();
        self.summary_walls = WallRange::default();
    }

    pub(super) fn tags(&self) -> &[PieceTag] {
        &self.tags
    }

    /// Parses `bytes`, which begin at the scanner's offset.
    pub(super) fn parse(&mut self, mut scanner: FrameScanner, bytes: &[u8]) -> End {
        let start = scanner.offset();
        loop {
            let at = (scanner.offset() - start) as usize;
            match scanner.next(bytes.get(at..).unwrap_or_default()) {
                Scan::Record(record) => {
                    self.records += 1;
                    if self.take_record(&record).is_err() {
                        self.damage.push(Damage {
                            offset: record.offset,
                            lost_bytes: record.frame_len(),
                            kind: DamageKind::Protobuf,
                        });
                    }
                }
                Scan::Damage(damage) => self.damage.push(damage),
                Scan::NeedMore { at_least } => return End { scanner, at_least },
            }
        }
    }

    #[inline]
    fn take_record(&mut self, record: &Record<'_>) -> Result<(), WireError> {
        if let Some(scalar) = PlainScalar::parse(record.data)
            && let Some(index) = self.plain_tag_index(scalar.tag)
        {
            self.walls.add(scalar.wall_time);
            self.summary_walls.add(scalar.wall_time);
            let point = Point {
                step: scalar.step,
                wall_time_secs: scalar.wall_time,
                value: f64::from(scalar.value),
            };
            self.tags[index].scalars.push(point, self.starts.len());
            return Ok(());
        }
        self.take_event(record)
    }

    fn take_event(&mut self, record: &Record<'_>) -> Result<(), WireError> {
        let event = EventView::parse(record.data)?;
        self.walls.add(event.wall_time);
        let whole = |value_index| Entry {
            step: event.step,
            wall_time_secs: event.wall_time,
            offset: record.offset,
            len: record.data.len() as u32,
            value_index,
            media: MediaFacts::default(),
        };
        match event.what {
            What::Summary(summary) => {
                self.summary_walls.add(event.wall_time);
                for (index, value) in summary.values().enumerate() {
                    self.take_value(&value?, whole(index as u32))?;
                }
            }
            What::SessionLog(SessionStatus::Start) => self.starts.push(event.step),
            What::GraphDef(_) => {
                self.take_blob(plugin::RUN_GRAPH_TAG, plugin::GRAPHS, whole(WHOLE_EVENT));
            }
            What::TaggedRunMetadata { tag, .. } => {
                self.take_blob(tag, plugin::RUN_METADATA, whole(WHOLE_EVENT));
            }
            _ => {}
        }
        Ok(())
    }

    #[inline]
    fn take_value(&mut self, value: &ValueView<'_>, mut entry: Entry) -> Result<(), WireError> {
        let index = self.tag_index(value.tag);
        let starts = self.starts.len();
        let tag = &mut self.tags[index];
        if let Some(metadata) = value.metadata {
            tag.note_metadata(metadata)?;
        }
        let plugin = match value.content {
            Content::SimpleValue(value) => {
                tag.scalars.push(entry.point(f64::from(value)), starts);
                return Ok(());
            }
            Content::Image(image) => {
                entry.media = MediaFacts::of_image(image);
                plugin::IMAGES
            }
            Content::Histo(_) => plugin::HISTOGRAMS,
            Content::Audio(_) => plugin::AUDIO,
            Content::Tensor(tensor) => {
                let scalar = || scalar_from_tensor(tensor);
                // Of the tag's metadata a value may have none, because some writers send it once.
                match tag.latest_plugin.clone() {
                    None => tag.untyped.push(Untyped {
                        entry,
                        scalar: scalar(),
                    }),
                    Some(plugin) if &*plugin == plugin::SCALARS => match scalar() {
                        Some(value) => tag.scalars.push(entry.point(value), starts),
                        None => tag.blobs_of(&plugin).push(entry, starts),
                    },
                    Some(plugin) => {
                        entry.media = MediaFacts::of_tensor(&plugin, tensor);
                        tag.blobs_of(plugin::named(&plugin)).push(entry, starts);
                    }
                }
                return Ok(());
            }
            Content::None if value.metadata.is_none() => return Ok(()),
            _ => {
                let plugin = tag.latest_plugin.clone().unwrap_or_default();
                tag.blobs_of(plugin::named(&plugin)).push(entry, starts);
                return Ok(());
            }
        };
        tag.blobs_of(plugin).push(entry, starts);
        Ok(())
    }

    fn take_blob(&mut self, tag: &str, plugin: &str, entry: Entry) {
        let index = self.tag_index(tag);
        let starts = self.starts.len();
        self.tags[index].blobs_of(plugin).push(entry, starts);
    }

    /// As [`Self::tag_index`] for a tag that may not be UTF-8; then `None`.
    #[inline]
    fn plain_tag_index(&mut self, name: &[u8]) -> Option<usize> {
        let guess = self.tags.get(self.last_tag)?.successor;
        if *self.tags.get(guess)?.name.as_bytes() == *name {
            self.last_tag = guess;
            return Some(guess);
        }
        Some(self.tag_index(std::str::from_utf8(name).ok()?))
    }

    #[inline]
    fn tag_index(&mut self, name: &str) -> usize {
        let guess = self
            .tags
            .get(self.last_tag)
            .map_or(0, |last| last.successor);
        let index = match self.tags.get(guess) {
            Some(tag) if *tag.name == *name => guess,
            _ => self.look_up(name),
        };
        self.last_tag = index;
        index
    }

    #[cold]
    fn look_up(&mut self, name: &str) -> usize {
        let index = if let Some(index) = self.index_of.get(name) {
            *index
        } else {
            let index = self.tags.len();
            let name: Arc<str> = name.into();
            self.index_of.insert(Arc::clone(&name), index);
            self.tags.push(PieceTag::new(name));
            index
        };
        if let Some(last) = self.tags.get_mut(self.last_tag) {
            last.successor = index;
        }
        index
    }
}

impl PieceTag {
    fn new(name: Arc<str>) -> Self {
        Self {
            name,
            successor: 0,
            scalars: PieceSeries::default(),
            blobs: Vec::new(),
            untyped: Vec::new(),
            metadata: None,
            latest_metadata: Box::default(),
            latest_plugin: None,
        }
    }

    fn note_metadata(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        if self.latest_plugin.is_some() && *self.latest_metadata == *bytes {
            return Ok(());
        }
        let metadata = Arc::new(TagMetadata::decode(bytes)?);
        self.latest_metadata = bytes.into();
        self.latest_plugin = Some(Arc::clone(&metadata.plugin));
        self.metadata.get_or_insert(metadata);
        Ok(())
    }

    fn blobs_of(&mut self, plugin: &str) -> &mut PieceSeries<Entry> {
        let index = if let Some(index) = self.blobs.iter().position(|(name, _)| **name == *plugin) {
            index
        } else {
            self.blobs.push((plugin.into(), PieceSeries::default()));
            self.blobs.len() - 1
        };
        &mut self.blobs[index].1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.scalars.items.is_empty()
            && self.untyped.is_empty()
            && self.blobs.iter().all(|(_, series)| series.items.is_empty())
    }
}

impl Entry {
    pub(super) fn point(&self, value: f64) -> Point {
        Point {
            step: self.step,
            wall_time_secs: self.wall_time_secs,
            value,
        }
    }
}

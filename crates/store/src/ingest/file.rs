//! What is known of one event file: built piece by piece, frozen for readers.

use std::{collections::HashMap, sync::Arc};

use glassboard_events::Damage;
use rayon::prelude::*;

use super::{
    entry::{Entry, EntryList},
    metadata::TagMetadata,
    piece::{Piece, PieceSeries, PieceTag},
};
use crate::{
    Point,
    column::{ColumnBuilder, ScalarColumn},
    live::StartMark,
    plugin,
};

/// Damaged places of one file that are listed; all are counted.
const MAX_DAMAGE_LISTED: usize = 1_000;

/// Smallest and largest finite wall time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct WallRange(pub(crate) Option<(f64, f64)>);

impl WallRange {
    #[inline]
    pub(crate) fn add(&mut self, wall_time_secs: f64) {
        if wall_time_secs.is_finite() {
            self.0 = Some(match self.0 {
                None => (wall_time_secs, wall_time_secs),
                Some((min, max)) => (min.min(wall_time_secs), max.max(wall_time_secs)),
            });
        }
    }

    pub(crate) fn join(&mut self, other: Self) {
        if let Some((min, max)) = other.0 {
            self.add(min);
            self.add(max);
        }
    }
}

/// Damaged places: the first ones listed, all counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct DamageLog {
    pub(crate) count: u64,
    pub(crate) places: Vec<Damage>,
}

impl DamageLog {
    fn add(&mut self, damage: Damage) {
        self.count += 1;
        if self.places.len() < MAX_DAMAGE_LISTED {
            self.places.push(damage);
        }
    }
}

/// What one file holds, as readers see it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileData {
    pub(crate) tags: Vec<Arc<FileTag>>,
    /// Steps of the session STARTs.
    pub(crate) starts: Arc<[i64]>,
    pub(crate) damage: Arc<DamageLog>,
    pub(crate) records: u64,
    pub(crate) points: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) walls: WallRange,
    /// Wall times of summaries alone.
    pub(crate) summary_walls: WallRange,
}

/// One tag of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileTag {
    pub(crate) name: Arc<str>,
    pub(crate) metadata: Option<Arc<TagMetadata>>,
    pub(crate) scalars: Option<FileSeries<ScalarColumn>>,
    /// By plugin.
    pub(crate) blobs: Vec<(Arc<str>, FileSeries<EntryList>)>,
}

/// One series of one file.
#[derive(Debug, Clone)]
pub(crate) struct FileSeries<C> {
    pub(crate) items: Arc<C>,
    pub(crate) marks: Arc<[StartMark]>,
}

impl FileTag {
    fn memory_bytes(&self) -> usize {
        let scalars = self.scalars.as_ref().map_or(0, |series| {
            series.items.memory_bytes() + series.marks.len() * size_of::<StartMark>()
        });
        let blobs = self.blobs.iter().map(|(plugin, series)| {
            plugin.len()
                + series.items.0.capacity() * size_of::<Entry>()
                + series.marks.len() * size_of::<StartMark>()
        });
        let metadata = self
            .metadata
            .as_ref()
            .map_or(0, |metadata| metadata.memory_bytes());
        size_of::<Self>() + self.name.len() + scalars + blobs.sum::<usize>() + metadata
    }
}

/// Grows [`FileData`].
#[derive(Debug, Default)]
pub(super) struct FileBuilder {
    index_of: HashMap<Arc<str>, usize>,
    tags: Vec<TagBuilder>,
    starts: Vec<i64>,
    damage: DamageLog,
    records: u64,
    walls: WallRange,
    summary_walls: WallRange,
    frozen: FileData,
}

#[derive(Debug)]
struct TagBuilder {
    name: Arc<str>,
    metadata: Option<Arc<TagMetadata>>,
    scalars: SeriesBuilder<ColumnBuilder>,
    blobs: Vec<(Arc<str>, SeriesBuilder<EntriesBuilder>)>,
    changed: bool,
}

#[derive(Debug, Default)]
struct SeriesBuilder<B> {
    items: B,
    marks: Vec<StartMark>,
    starts_seen: usize,
}

#[derive(Debug, Default)]
struct EntriesBuilder(Arc<EntryList>);

trait Append {
    type Item: Copy;
    fn len(&self) -> usize;
    fn append(&mut self, items: &[Self::Item]);
}

impl Append for ColumnBuilder {
    type Item = Point;

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn append(&mut self, items: &[Point]) {
        Self::append(self, items);
    }
}

impl Append for EntriesBuilder {
    type Item = Entry;

    fn len(&self) -> usize {
        self.0.0.len()
    }

    fn append(&mut self, items: &[Entry]) {
        Arc::make_mut(&mut self.0).0.extend_from_slice(items);
    }
}

impl<B: Append> SeriesBuilder<B> {
    /// `starts_before`: STARTs of the file before the piece that `series` is of.
    fn append(&mut self, series: &PieceSeries<B::Item>, starts_before: usize) {
        if series.items.is_empty() {
            return;
        }
        let at = self.items.len();
        self.mark(at, starts_before);
        for mark in &series.marks {
            self.mark(at + mark.at, starts_before + mark.starts);
        }
        self.items.append(&series.items);
    }

    /// Notes that `starts` STARTs lie before item `at` and those after it.
    fn mark(&mut self, at: usize, starts: usize) {
        if self.starts_seen == starts {
            return;
        }
        self.starts_seen = starts;
        match self.marks.last_mut() {
            Some(last) if last.at == at => last.starts = starts,
            _ => self.marks.push(StartMark { at, starts }),
        }
    }
}

impl FileBuilder {
    /// Takes over what was found in consecutive stretches of the file.
    pub(super) fn absorb(&mut self, pieces: &[Piece]) {
        let mut starts_before = Vec::with_capacity(pieces.len());
        let mut work = Vec::new();
        for (piece_index, piece) in pieces.iter().enumerate() {
            starts_before.push(self.starts.len());
            self.starts.extend_from_slice(&piece.starts);
            for damage in &piece.damage {
                self.damage.add(*damage);
            }
            self.records += piece.records;
            self.walls.join(piece.walls);
            self.summary_walls.join(piece.summary_walls);
            for tag in piece.tags().iter().filter(|tag| !tag.is_empty()) {
                work.push((self.tag_index(&tag.name), piece_index, tag));
            }
        }
        // By tag, and for each tag in the order of the file.
        work.sort_unstable_by_key(|(tag, piece, _)| (*tag, *piece));
        let mut of_tag: Vec<&[(usize, usize, &PieceTag)]> = vec![&[]; self.tags.len()];
        for group in work.chunk_by(|a, b| a.0 == b.0) {
            if let Some(slot) = group.first().and_then(|(tag, ..)| of_tag.get_mut(*tag)) {
                *slot = group;
            }
        }
        let append = |(tag, group): (&mut TagBuilder, &[(usize, usize, &PieceTag)])| {
            for (_, piece, found) in group {
                tag.append(found, starts_before[*piece]);
            }
        };
        if pieces.len() > 1 {
            self.tags
                .par_iter_mut()
                .zip(of_tag.into_par_iter())
                .for_each(append);
        } else {
            self.tags.iter_mut().zip(of_tag).for_each(append);
        }
    }

    fn tag_index(&mut self, name: &Arc<str>) -> usize {
        if let Some(index) = self.index_of.get(name) {
            return *index;
        }
        let index = self.tags.len();
        self.index_of.insert(Arc::clone(name), index);
        self.tags.push(TagBuilder {
            name: Arc::clone(name),
            metadata: None,
            scalars: SeriesBuilder::default(),
            blobs: Vec::new(),
            changed: false,
        });
        index
    }

    /// What the file holds as far as it is read.
    pub(super) fn freeze(&mut self) -> FileData {
        let frozen = &mut self.frozen;
        for (index, tag) in self.tags.iter_mut().enumerate() {
            if std::mem::take(&mut tag.changed) {
                let tag = Arc::new(tag.freeze());
                match frozen.tags.get_mut(index) {
                    Some(slot) => *slot = tag,
                    None => frozen.tags.push(tag),
                }
            }
        }
        if frozen.starts.len() != self.starts.len() {
            frozen.starts = self.starts.as_slice().into();
        }
        if frozen.damage.count != self.damage.count {
            frozen.damage = Arc::new(self.damage.clone());
        }
        frozen.records = self.records;
        frozen.walls = self.walls;
        frozen.summary_walls = self.summary_walls;
        let scalars = frozen.tags.iter().filter_map(|tag| tag.scalars.as_ref());
        frozen.points = scalars.map(|series| series.items.len() as u64).sum();
        let tags: usize = frozen.tags.iter().map(|tag| tag.memory_bytes()).sum();
        let bookkeeping = self.index_of.capacity() * (size_of::<(Arc<str>, usize)>() + 1)
            + self.tags.capacity() * size_of::<TagBuilder>()
            + self.starts.capacity() * size_of::<i64>() * 2;
        frozen.memory_bytes = (size_of::<Self>() + tags + bookkeeping) as u64;
        frozen.clone()
    }
}

impl TagBuilder {
    fn append(&mut self, found: &PieceTag, starts_before: usize) {
        self.changed = true;
        if self.metadata.is_none() {
            self.metadata.clone_from(&found.metadata);
        }
        if !found.untyped.is_empty() {
            self.append_untyped(found, starts_before);
        }
        self.scalars.append(&found.scalars, starts_before);
        for (plugin, series) in &found.blobs {
            self.blobs_of(plugin).append(series, starts_before);
        }
    }

    /// Tensors without metadata, which come before all others of the stretch.
    fn append_untyped(&mut self, found: &PieceTag, starts_before: usize) {
        let plugin = self
            .metadata
            .as_ref()
            .map(|metadata| Arc::clone(&metadata.plugin));
        let plugin = plugin.unwrap_or_default();
        for untyped in &found.untyped {
            match untyped.scalar {
                Some(value) if *plugin == *plugin::SCALARS => {
                    self.scalars.mark(self.scalars.items.len(), starts_before);
                    self.scalars.items.append(&[untyped.entry.point(value)]);
                }
                _ => {
                    let series = self.blobs_of(plugin::named(&plugin));
                    series.mark(series.items.len(), starts_before);
                    series.items.append(&[untyped.entry]);
                }
            }
        }
    }

    fn blobs_of(&mut self, plugin: &str) -> &mut SeriesBuilder<EntriesBuilder> {
        let index = if let Some(index) = self.blobs.iter().position(|(name, _)| **name == *plugin) {
            index
        } else {
            self.blobs.push((plugin.into(), SeriesBuilder::default()));
            self.blobs.len() - 1
        };
        &mut self.blobs[index].1
    }

    fn freeze(&mut self) -> FileTag {
        let scalars = (self.scalars.items.len() > 0).then(|| FileSeries {
            items: self.scalars.items.settle(),
            marks: self.scalars.marks.as_slice().into(),
        });
        let blobs = self.blobs.iter().map(|(plugin, series)| {
            let series = FileSeries {
                items: Arc::clone(&series.items.0),
                marks: series.marks.as_slice().into(),
            };
            (Arc::clone(plugin), series)
        });
        FileTag {
            name: Arc::clone(&self.name),
            metadata: self.metadata.clone(),
            scalars,
            blobs: blobs.collect(),
        }
    }
}

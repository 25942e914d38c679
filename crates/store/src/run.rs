use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use glassboard_events::{Damage, DamageKind};

use crate::{
    FileEntry, LocatorSeries, RunId, RunName, ScalarSeries, Step, Tag, WallTime,
    column::ScalarColumn,
    ingest::{EntryList, FileData, FileSeries, TagMetadata, WallRange},
    live::{self, Part},
    plugin,
};

/// One run: the event files of one folder, taken together in the order of their names.
#[derive(Debug)]
pub struct Run {
    id: RunId,
    name: RunName,
    files: Vec<Arc<RunFile>>,
    /// Whether the newest file's unfinished last record counts as damage.
    files_are_final: bool,
    index: OnceLock<Index>,
}

/// One file of a run.
#[derive(Debug)]
pub(crate) struct RunFile {
    /// Names the file and its content: another number after it was replaced.
    pub(crate) id: u32,
    pub(crate) entry: FileEntry,
    pub(crate) data: FileData,
    /// What the unread rest is, should the file never grow again.
    pub(crate) tail: Option<Damage>,
}

/// Whether a tag's values are numbers in memory or stay in their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagKind {
    /// [`Run::scalars`] has it.
    Scalar,
    /// [`Run::blobs`] has it.
    Blob,
}

/// One tag of a run under one plugin. The same tag can occur under several plugins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInfo {
    /// The tag.
    pub tag: Tag,
    /// What kind of data: see [`plugin`](crate::plugin); anything else is as in the summary metadata.
    pub plugin: Arc<str>,
    /// Which method of [`Run`] gives the values.
    pub kind: TagKind,
    /// Name to show instead of the tag, from its first summary metadata; often empty.
    pub display_name: Arc<str>,
    /// Description in Markdown, from its first summary metadata; often empty.
    pub description: Arc<str>,
    /// The plugin's own bytes in the tag's first summary metadata; `None` without metadata, and when they
    /// are so long that they stay in the file.
    pub plugin_content: Option<Arc<[u8]>>,
}

/// The series of all files, joined.
#[derive(Debug)]
struct Index {
    tags: Vec<TagInfo>,
    scalars: BTreeMap<Tag, ScalarSeries>,
    blobs: BTreeMap<Tag, Vec<BlobSource>>,
}

#[derive(Debug)]
struct BlobSource {
    plugin: Arc<str>,
    parts: Parts<EntryList>,
    series: OnceLock<LocatorSeries>,
}

/// The parts of one series as they are collected file by file.
#[derive(Debug)]
struct Parts<C> {
    parts: Vec<Part<C>>,
    /// For each part the file's place among the run's files, and its number.
    files: Vec<(usize, u32)>,
}

impl Run {
    pub(crate) fn new(
        id: RunId,
        name: RunName,
        files: Vec<Arc<RunFile>>,
        files_are_final: bool,
    ) -> Self {
        Self {
            id,
            name,
            files,
            files_are_final,
            index: OnceLock::new(),
        }
    }

    /// Names this run as long as the store lives.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Its folder relative to the log directory.
    pub fn name(&self) -> &RunName {
        &self.name
    }

    /// What it has logged, by tag, then by plugin.
    pub fn tags(&self) -> &[TagInfo] {
        &self.index().tags
    }

    /// One tag under one plugin.
    pub fn tag(&self, plugin: &str, tag: &str) -> Option<&TagInfo> {
        let tags = self.tags();
        let key = |info: &TagInfo| {
            (tag, plugin)
                .cmp(&(info.tag.as_str(), &*info.plugin))
                .reverse()
        };
        let index = tags.binary_search_by(key).ok()?;
        tags.get(index)
    }

    /// The scalars of a tag.
    pub fn scalars(&self, tag: &str) -> Option<ScalarSeries> {
        self.index().scalars.get(tag).cloned()
    }

    /// The values of a tag that stay in their files.
    pub fn blobs(&self, plugin: &str, tag: &str) -> Option<LocatorSeries> {
        let sources = self.index().blobs.get(tag)?;
        let source = sources.iter().find(|source| *source.plugin == *plugin)?;
        let series = source.series.get_or_init(|| {
            let files: Vec<u32> = source.parts.files.iter().map(|(_, id)| *id).collect();
            LocatorSeries::new(&source.parts.parts, &files)
        });
        Some(series.clone())
    }

    /// Wall time of the first event.
    pub fn first_wall_time(&self) -> Option<WallTime> {
        self.walls().0.map(|(first, _)| WallTime(first))
    }

    /// Wall time of the last event.
    pub fn last_wall_time(&self) -> Option<WallTime> {
        self.walls().0.map(|(_, last)| WallTime(last))
    }

    /// Largest live step of any tag.
    pub fn last_step(&self) -> Option<Step> {
        let index = self.index();
        let scalars = index
            .scalars
            .values()
            .filter_map(|series| series.last().map(|point| point.step));
        let sources = index.blobs.values().flatten();
        let blobs = sources.filter_map(|source| live::last_step(&source.parts.parts));
        scalars.chain(blobs).max().map(Step)
    }

    /// Number of scalar points, superseded ones included.
    pub fn points(&self) -> u64 {
        self.files.iter().map(|file| file.data.points).sum()
    }

    /// Bytes of its event files.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.entry.size_bytes).sum()
    }

    /// Number of its event files.
    pub fn file_count(&self) -> usize {
        self.files.len()
    }

    /// When a file of it was last written, where known.
    pub fn modified(&self) -> Option<SystemTime> {
        self.files
            .iter()
            .filter_map(|file| file.entry.modified)
            .max()
    }

    /// Number of records read well.
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.data.records).sum()
    }

    /// Number of damaged places in its files.
    pub fn damaged_records(&self) -> u64 {
        self.damage_by_file().map(|(_, count, _)| count).sum()
    }

    pub(crate) fn files(&self) -> &[Arc<RunFile>] {
        &self.files
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.data.memory_bytes).sum()
    }

    /// Each file with the number of its damaged places, the unfinished record at its end included when that is one.
    pub(crate) fn damage_by_file(
        &self,
    ) -> impl Iterator<Item = (&Arc<RunFile>, u64, Option<Damage>)> {
        let newest = self.files.len().saturating_sub(1);
        self.files.iter().enumerate().map(move |(index, file)| {
            // The newest file's writer may be about to finish the record; no other file has a writer any more.
            let hopeful = index == newest && !self.files_are_final;
            let tail = file
                .tail
                .filter(|tail| !(hopeful && tail.kind == DamageKind::CutTail));
            (
                file,
                file.data.damage.count + u64::from(tail.is_some()),
                tail,
            )
        })
    }

    fn walls(&self) -> WallRange {
        let mut walls = WallRange::default();
        for file in &self.files {
            walls.join(file.data.walls);
        }
        walls
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(&self.files))
    }
}

impl Index {
    fn new(files: &[Arc<RunFile>]) -> Self {
        let purges = Purges::new(files);
        let mut scalars: BTreeMap<Tag, Parts<ScalarColumn>> = BTreeMap::new();
        let mut blobs: BTreeMap<Tag, BTreeMap<Arc<str>, Parts<EntryList>>> = BTreeMap::new();
        let mut metadata: BTreeMap<Tag, &TagMetadata> = BTreeMap::new();
        for (place, file) in files.iter().enumerate() {
            for tag in &file.data.tags {
                let name = Tag::from(&tag.name);
                if let Some(found) = &tag.metadata {
                    metadata.entry(name.clone()).or_insert(found);
                }
                if let Some(series) = &tag.scalars {
                    scalars
                        .entry(name.clone())
                        .or_default()
                        .push(series, place, file, &purges);
                }
                if tag.blobs.is_empty() {
                    continue;
                }
                let by_plugin = blobs.entry(name).or_default();
                for (plugin, series) in &tag.blobs {
                    by_plugin
                        .entry(Arc::clone(plugin))
                        .or_default()
                        .push(series, place, file, &purges);
                }
            }
        }
        let info = |tag: &Tag, plugin: &Arc<str>, kind| {
            let metadata = metadata.get(tag);
            TagInfo {
                tag: tag.clone(),
                plugin: Arc::clone(plugin),
                kind,
                display_name: metadata
                    .map(|metadata| Arc::clone(&metadata.display_name))
                    .unwrap_or_default(),
                description: metadata
                    .map(|metadata| Arc::clone(&metadata.description))
                    .unwrap_or_default(),
                plugin_content: metadata.and_then(|metadata| metadata.content.clone()),
            }
        };
        let scalars_plugin: Arc<str> = plugin::SCALARS.into();
        let mut tags: Vec<TagInfo> = scalars
            .keys()
            .map(|tag| info(tag, &scalars_plugin, TagKind::Scalar))
            .collect();
        for (tag, by_plugin) in &blobs {
            // Tensors that are no scalars share the tag of scalars only in broken files; they stay reachable.
            let others = by_plugin
                .keys()
                .filter(|plugin| !(***plugin == *plugin::SCALARS && scalars.contains_key(tag)));
            tags.extend(others.map(|plugin| info(tag, plugin, TagKind::Blob)));
        }
        tags.sort_by(|a, b| (&a.tag, &a.plugin).cmp(&(&b.tag, &b.plugin)));
        let scalars = scalars
            .into_iter()
            .map(|(tag, parts)| (tag, ScalarSeries::new(parts.finish(&purges).parts)));
        let blobs = blobs.into_iter().map(|(tag, by_plugin)| {
            let sources = by_plugin.into_iter().map(|(plugin, parts)| BlobSource {
                plugin,
                parts: parts.finish(&purges),
                series: OnceLock::new(),
            });
            (tag, sources.collect())
        });
        Self {
            tags,
            scalars: scalars.collect(),
            blobs: blobs.collect(),
        }
    }
}

/// What the STARTs of a run's files purge.
struct Purges {
    /// For each file how many of its STARTs purge nothing: the first of the run, wherever it is.
    idle: Vec<usize>,
    /// For each file the smallest step of its purging STARTs.
    smallest: Vec<Option<i64>>,
}

impl Purges {
    fn new(files: &[Arc<RunFile>]) -> Self {
        let first = files.iter().position(|file| !file.data.starts.is_empty());
        let idle: Vec<usize> = (0..files.len())
            .map(|place| usize::from(Some(place) == first))
            .collect();
        let smallest = files
            .iter()
            .zip(&idle)
            .map(|(file, idle)| file.data.starts.iter().skip(*idle).copied().min());
        Self {
            smallest: smallest.collect(),
            idle,
        }
    }

    /// Smallest step of the purging STARTs in the files between `after` and `before`.
    fn between(&self, after: usize, before: usize) -> Option<i64> {
        self.smallest
            .get(after + 1..before)?
            .iter()
            .copied()
            .flatten()
            .min()
    }
}

impl<C> Default for Parts<C> {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl<C> Parts<C> {
    fn push(&mut self, series: &FileSeries<C>, place: usize, file: &RunFile, purges: &Purges) {
        self.close_last(place, purges);
        self.parts.push(Part {
            items: Arc::clone(&series.items),
            marks: Arc::clone(&series.marks),
            starts: Arc::clone(&file.data.starts),
            idle_starts: purges.idle.get(place).copied().unwrap_or_default(),
            purged_after: None,
        });
        self.files.push((place, file.id));
    }

    fn finish(mut self, purges: &Purges) -> Self {
        self.close_last(purges.idle.len(), purges);
        self
    }

    fn close_last(&mut self, before: usize, purges: &Purges) {
        if let (Some(part), Some((place, _))) = (self.parts.last_mut(), self.files.last()) {
            part.purged_after = purges.between(*place, before);
        }
    }
}

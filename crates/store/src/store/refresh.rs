use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use parking_lot::Mutex;
use rayon::prelude::*;

use super::{Changes, Store};
use crate::{
    FileEntry, Listing, Notice, NoticeKind, RunName,
    ingest::{FileData, FileLoader, LONG_FILE_BYTES, ReadHow, Watch},
    run::RunFile,
};

/// Reads files; remembers of each how far.
#[derive(Debug, Default)]
pub(super) struct Loader {
    files: HashMap<String, Tracked>,
    next_file_id: u32,
}

/// One file as the loader knows it.
#[derive(Debug)]
struct Tracked {
    id: u32,
    /// The file as listed when it was last read to its end; `None` while it is not.
    read_as: Option<FileEntry>,
    loader: FileLoader,
}

/// One file that has something to be read.
struct Job<'a> {
    entry: &'a FileEntry,
    tracked: Tracked,
    /// Whether an earlier refresh has read the file to its end.
    known: bool,
    outcome: Outcome,
}

#[derive(Debug, Default)]
struct Outcome {
    grew: bool,
    replaced: Option<&'static str>,
    failed: Option<io::Error>,
}

impl Loader {
    pub(super) fn refresh(&mut self, store: &Store, stop: &AtomicBool) -> Changes {
        let Listing {
            files,
            models,
            projectors,
            traces,
            notices,
        } = store.dir().list();
        // They are not read before somebody asks for one.
        store.board.set_models(models);
        store.board.set_projectors(projectors);
        store.board.set_traces(traces);
        let mut notices: BTreeSet<Notice> = notices.into_iter().collect();
        self.drop_vanished(store, &files);
        let mut jobs = self.jobs(&files);
        count(store, &files, &jobs);
        // Long files one after the other, each on all cores; then the others, one per core.
        let (mut long, mut short): (Vec<_>, Vec<_>) = jobs
            .drain(..)
            .partition(|job| job.unread() >= LONG_FILE_BYTES);
        let ids = Mutex::new(&mut self.next_file_id);
        short
            .par_iter_mut()
            .for_each(|job| job.run(store, stop, false, &ids));
        for job in &mut long {
            job.run(store, stop, true, &ids);
        }
        let mut grown: BTreeMap<RunName, usize> = BTreeMap::new();
        for job in short.into_iter().chain(long) {
            let Job {
                entry,
                tracked,
                known,
                outcome,
            } = job;
            if known && outcome.grew && outcome.replaced.is_none() {
                *grown.entry(entry.run.clone()).or_default() += 1;
            }
            if let Some(how) = outcome.replaced {
                store.board.add_event_notice(Notice {
                    kind: NoticeKind::Replaced,
                    path: entry.path.clone(),
                    message: format!("{how}; it was read again from its start"),
                });
            }
            if let Some(error) = outcome.failed
                && error.kind() != io::ErrorKind::NotFound
            {
                notices.insert(Notice {
                    kind: NoticeKind::Unreadable,
                    path: entry.path.clone(),
                    message: format!("cannot be read: {error}"),
                });
            }
            self.files.insert(entry.path.clone(), tracked);
        }
        note_two_writers(store, &files, &grown);
        store.board.set_scan_notices(notices);
        store.publish()
    }

    fn drop_vanished(&mut self, store: &Store, files: &[FileEntry]) {
        let present: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        self.files.retain(|path, _| present.contains(path.as_str()));
        let (gone_files, gone_runs) = store.board.retain(|path| present.contains(path));
        for run in &gone_runs {
            store.board.add_event_notice(Notice {
                kind: NoticeKind::Vanished,
                path: run.to_string(),
                message: "the run is no longer in the log directory".into(),
            });
        }
        let in_gone_run = |path: &str| {
            let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
            gone_runs.iter().any(|run| run.as_str() == folder)
        };
        for path in gone_files.into_iter().filter(|path| !in_gone_run(path)) {
            store.board.add_event_notice(Notice {
                kind: NoticeKind::Vanished,
                path,
                message: "the file is no longer in the log directory".into(),
            });
        }
    }

    fn jobs<'a>(&mut self, files: &'a [FileEntry]) -> Vec<Job<'a>> {
        let mut jobs = Vec::new();
        for entry in files {
            let unchanged = self
                .files
                .get(&entry.path)
                .is_some_and(|file| file.read_as.as_ref() == Some(entry));
            if unchanged {
                continue;
            }
            let tracked = self.files.remove(&entry.path).unwrap_or_else(|| {
                self.next_file_id += 1;
                Tracked {
                    id: self.next_file_id,
                    read_as: None,
                    loader: FileLoader::default(),
                }
            });
            jobs.push(Job {
                entry,
                known: tracked.read_as.is_some(),
                tracked,
                outcome: Outcome::default(),
            });
        }
        jobs
    }
}

impl Job<'_> {
    fn unread(&self) -> u64 {
        self.entry
            .size_bytes
            .saturating_sub(self.tracked.loader.offset())
    }

    fn run(&mut self, store: &Store, stop: &AtomicBool, cut: bool, ids: &Mutex<&mut u32>) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        match self.read(store, stop, cut, ids) {
            Ok(()) if !stop.load(Ordering::Relaxed) => {
                self.tracked.read_as = Some(self.entry.clone());
                store.counters.files_read.fetch_add(1, Ordering::Relaxed);
            }
            Ok(()) => {}
            Err(error) => self.outcome.failed = Some(error),
        }
    }

    fn read(
        &mut self,
        store: &Store,
        stop: &AtomicBool,
        cut: bool,
        ids: &Mutex<&mut u32>,
    ) -> io::Result<()> {
        let source = store.dir().open(self.entry)?;
        if let Some(how) = self.replaced(&*source)? {
            let mut next_id = ids.lock();
            **next_id += 1;
            self.outcome.replaced = Some(how);
            self.tracked = Tracked {
                id: **next_id,
                read_as: None,
                loader: FileLoader::default(),
            };
        }
        let before = self.tracked.loader.offset();
        let watch = JobWatch {
            store,
            stop,
            entry: self.entry,
            id: self.tracked.id,
        };
        let how = ReadHow {
            cut,
            file_is_final: store.options.once,
        };
        let result = self.tracked.loader.read_on(&*source, how, &watch);
        self.outcome.grew = self.tracked.loader.offset() > before;
        watch.put(
            self.tracked.loader.freeze(),
            self.tracked.loader.tail_damage(),
        );
        if store.board.is_due() {
            store.publish();
        }
        result
    }

    /// How the file came to be another one than was read before, if it did.
    fn replaced(&self, source: &dyn glassboard_events::ReadAt) -> io::Result<Option<&'static str>> {
        let Some(read_as) = &self.tracked.read_as else {
            return Ok(None);
        };
        if read_as.identity != self.entry.identity {
            return Ok(Some("another file has taken this name"));
        }
        if source.len()? < read_as.size_bytes {
            return Ok(Some("the file has become shorter"));
        }
        if !self.tracked.loader.recognises(source)? {
            return Ok(Some("the file has been overwritten"));
        }
        Ok(None)
    }
}

struct JobWatch<'a> {
    store: &'a Store,
    stop: &'a AtomicBool,
    entry: &'a FileEntry,
    id: u32,
}

impl JobWatch<'_> {
    fn put(&self, data: FileData, tail: Option<glassboard_events::Damage>) {
        let file = RunFile {
            id: self.id,
            entry: self.entry.clone(),
            data,
            tail,
        };
        self.store.board.put(&self.entry.run, file);
    }
}

impl Watch for JobWatch<'_> {
    fn read(&self, bytes: u64) -> bool {
        self.store
            .counters
            .bytes_read
            .fetch_add(bytes, Ordering::Relaxed);
        !self.stop.load(Ordering::Relaxed)
    }

    fn wants_update(&self) -> bool {
        self.store.board.is_due()
    }

    fn update(&self, data: FileData) {
        self.put(data, None);
        self.store.publish();
    }
}

/// Two writers show in two ways: two files grow between the same two looks, or the times of their summaries
/// overlap. (A writer that hands over to its successor does neither.)
fn note_two_writers(store: &Store, files: &[FileEntry], grown: &BTreeMap<RunName, usize>) {
    let runs: BTreeSet<&RunName> = files.iter().map(|file| &file.run).collect();
    for run in runs {
        let growing = grown.get(run).copied().unwrap_or_default();
        let message = if growing > 1 {
            format!(
                "{growing} event files of this run are growing at the same time: their points supersede one another"
            )
        } else if overlapping(&store.board.files_of(run)) {
            "event files of this run were written at the same time: their points supersede one another".to_owned()
        } else {
            continue;
        };
        store.board.add_event_notice(Notice {
            kind: NoticeKind::TwoWriters,
            path: run.to_string(),
            message,
        });
    }
}

fn overlapping(files: &[Arc<RunFile>]) -> bool {
    let mut walls: Vec<(f64, f64)> = files
        .iter()
        .filter_map(|file| file.data.summary_walls.0)
        .collect();
    walls.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut until = f64::NEG_INFINITY;
    for (first, last) in walls {
        if first < until {
            return true;
        }
        until = until.max(last);
    }
    false
}

/// Sets what there is to read and what is read already.
fn count(store: &Store, files: &[FileEntry], jobs: &[Job<'_>]) {
    let counters = &store.counters;
    let total: u64 = files.iter().map(|file| file.size_bytes).sum();
    let unread: u64 = jobs.iter().map(Job::unread).sum();
    counters.bytes_total.store(total, Ordering::Relaxed);
    counters
        .bytes_read
        .store(total.saturating_sub(unread), Ordering::Relaxed);
    counters
        .files_total
        .store(files.len() as u64, Ordering::Relaxed);
    counters
        .files_read
        .store((files.len() - jobs.len()) as u64, Ordering::Relaxed);
}

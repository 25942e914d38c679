use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::Changes;
use crate::{FileEntry, Notice, Run, RunId, RunName, Snapshot, run::RunFile};

/// Time between two snapshots while loading.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(200);

/// Notices of past events that are kept.
const MAX_EVENT_NOTICES: usize = 1_000;

/// Where the loading threads put what they have, and snapshots are made of it.
pub(super) struct Board {
    files_are_final: bool,
    state: Mutex<State>,
    snapshot: ArcSwap<Snapshot>,
}

struct State {
    runs: BTreeMap<RunName, BoardRun>,
    ids: HashMap<RunName, RunId>,
    /// What stands in the way at present; new with every scan.
    scan_notices: BTreeSet<Notice>,
    /// What has happened: replaced and vanished files, two writers.
    event_notices: BTreeSet<Notice>,
    models: Arc<[FileEntry]>,
    projectors: Arc<[FileEntry]>,
    traces: Arc<[FileEntry]>,
    changes: Changes,
    published_at: Instant,
}

struct BoardRun {
    id: RunId,
    files: BTreeMap<String, Arc<RunFile>>,
    /// The run as published; `None` when a file has changed since.
    published: Option<Arc<Run>>,
}

impl Board {
    pub(super) fn new(files_are_final: bool) -> Self {
        Self {
            files_are_final,
            state: Mutex::new(State {
                runs: BTreeMap::new(),
                ids: HashMap::new(),
                scan_notices: BTreeSet::new(),
                event_notices: BTreeSet::new(),
                models: Arc::default(),
                projectors: Arc::default(),
                traces: Arc::default(),
                changes: Changes::default(),
                published_at: Instant::now(),
            }),
            snapshot: ArcSwap::default(),
        }
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Puts a file up, in place of what was there under its path.
    pub(super) fn put(&self, name: &RunName, file: RunFile) {
        let mut state = self.state.lock();
        let State {
            runs, ids, changes, ..
        } = &mut *state;
        let next_id = RunId(ids.len() as u32);
        let id = *ids.entry(name.clone()).or_insert(next_id);
        let run = runs.entry(name.clone()).or_insert_with(|| {
            changes.runs_changed = true;
            BoardRun {
                id,
                files: BTreeMap::new(),
                published: None,
            }
        });
        let before = run.files.get(&file.entry.path);
        let series = |file: &RunFile| -> usize {
            file.data
                .tags
                .iter()
                .map(|tag| usize::from(tag.scalars.is_some()) + tag.blobs.len())
                .sum()
        };
        changes.tags_changed |= match before {
            // The tags of one content only grow in number.
            Some(before) if before.id == file.id => series(before) != series(&file),
            Some(_) => true,
            None => series(&file) > 0,
        };
        touch(changes, id);
        run.published = None;
        run.files.insert(file.entry.path.clone(), Arc::new(file));
    }

    /// Takes down the files that `stays` denies, and the runs that have none left; returns the former's paths
    /// and the latter's names.
    pub(super) fn retain(&self, stays: impl Fn(&str) -> bool) -> (Vec<String>, Vec<RunName>) {
        let mut state = self.state.lock();
        let State { runs, changes, .. } = &mut *state;
        let (mut files, mut gone_runs) = (Vec::new(), Vec::new());
        runs.retain(|name, run| {
            let before = run.files.len();
            run.files.retain(|path, _| {
                let keeps = stays(path);
                if !keeps {
                    files.push(path.clone());
                }
                keeps
            });
            if run.files.len() != before {
                run.published = None;
                changes.tags_changed = true;
                touch(changes, run.id);
            }
            if run.files.is_empty() {
                changes.runs_changed = true;
                gone_runs.push(name.clone());
            }
            !run.files.is_empty()
        });
        (files, gone_runs)
    }

    /// The files of a run as they are up now.
    pub(super) fn files_of(&self, run: &RunName) -> Vec<Arc<RunFile>> {
        let state = self.state.lock();
        state
            .runs
            .get(run)
            .map(|run| run.files.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Sets what stands in the way at present.
    pub(super) fn set_scan_notices(&self, notices: BTreeSet<Notice>) {
        let mut state = self.state.lock();
        if state.scan_notices != notices {
            state.scan_notices = notices;
            state.changes.notices_changed = true;
        }
    }

    /// Sets which model files there are at present.
    pub(super) fn set_models(&self, mut models: Vec<FileEntry>) {
        models.sort_by(|a, b| a.path.cmp(&b.path));
        let mut state = self.state.lock();
        if *state.models != *models {
            state.models = models.into();
            state.changes.models_changed = true;
        }
    }

    /// Sets which configurations of the projector there are at present.
    pub(super) fn set_projectors(&self, mut projectors: Vec<FileEntry>) {
        projectors.sort_by(|a, b| a.path.cmp(&b.path));
        let mut state = self.state.lock();
        if *state.projectors != *projectors {
            state.projectors = projectors.into();
            state.changes.projectors_changed = true;
        }
    }

    /// Sets which traces there are at present.
    pub(super) fn set_traces(&self, mut traces: Vec<FileEntry>) {
        traces.sort_by(|a, b| a.path.cmp(&b.path));
        let mut state = self.state.lock();
        if *state.traces != *traces {
            state.traces = traces.into();
            state.changes.traces_changed = true;
        }
    }

    /// Notes something that has happened.
    pub(super) fn add_event_notice(&self, notice: Notice) {
        let mut state = self.state.lock();
        if state.event_notices.len() < MAX_EVENT_NOTICES && state.event_notices.insert(notice) {
            state.changes.notices_changed = true;
        }
    }

    /// Whether the last snapshot is old enough for another one while loading.
    pub(super) fn is_due(&self) -> bool {
        self.state.lock().published_at.elapsed() >= PUBLISH_INTERVAL
    }

    /// Publishes a snapshot of what is up now, if that differs from the last.
    pub(super) fn publish(&self) -> Changes {
        let mut state = self.state.lock();
        let State {
            runs,
            scan_notices,
            event_notices,
            models,
            projectors,
            traces,
            changes,
            published_at,
            ..
        } = &mut *state;
        *published_at = Instant::now();
        let revision = self.snapshot.load().revision;
        if changes.is_empty() {
            return Changes {
                revision,
                ..Changes::default()
            };
        }
        let runs = runs.iter_mut().map(|(name, run)| {
            let BoardRun {
                id,
                files,
                published,
            } = run;
            let make = || {
                let files = files.values().cloned().collect();
                Arc::new(Run::new(*id, name.clone(), files, self.files_are_final))
            };
            Arc::clone(published.get_or_insert_with(make))
        });
        let notices = scan_notices.union(event_notices).cloned().collect();
        let snapshot = Snapshot::new(
            revision + 1,
            runs.collect(),
            notices,
            Arc::clone(models),
            Arc::clone(projectors),
            Arc::clone(traces),
        );
        self.snapshot.store(Arc::new(snapshot));
        Changes {
            revision: revision + 1,
            ..std::mem::take(changes)
        }
    }
}

fn touch(changes: &mut Changes, id: RunId) {
    if !changes.touched_runs.contains(&id) {
        changes.touched_runs.push(id);
    }
}

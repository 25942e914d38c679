use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use glassboard_events::Damage;

use crate::{FileEntry, Notice, Run, RunId, RunName, run::RunFile};

/// What is loaded at one moment. Never changes; the store publishes a new one when something has.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Grows by one with every snapshot.
    pub revision: u64,
    runs: Vec<Arc<Run>>,
    by_name: OnceLock<HashMap<RunName, usize>>,
    by_id: OnceLock<HashMap<RunId, usize>>,
    by_file: OnceLock<HashMap<u32, Arc<RunFile>>>,
    notices: Arc<[Notice]>,
    models: Arc<[FileEntry]>,
    projectors: Arc<[FileEntry]>,
    traces: Arc<[FileEntry]>,
}

/// The damage of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDamage {
    /// The run it belongs to.
    pub run: RunName,
    /// Path relative to the log directory.
    pub path: String,
    /// Number of records read well.
    pub records: u64,
    /// Number of damaged places.
    pub damaged: u64,
    /// The places, the first 1,000 of them.
    pub places: Vec<Damage>,
}

impl Snapshot {
    pub(crate) fn new(
        revision: u64,
        mut runs: Vec<Arc<Run>>,
        notices: Arc<[Notice]>,
        models: Arc<[FileEntry]>,
        projectors: Arc<[FileEntry]>,
        traces: Arc<[FileEntry]>,
    ) -> Self {
        let start = |run: &Run| run.first_wall_time().map_or(f64::INFINITY, |wall| wall.0);
        runs.sort_by(|a, b| {
            start(a)
                .total_cmp(&start(b))
                .then_with(|| a.name().cmp(b.name()))
        });
        Self {
            revision,
            runs,
            notices,
            models,
            projectors,
            traces,
            ..Self::default()
        }
    }

    /// The runs, by the wall time of their first event, then by name.
    pub fn runs(&self) -> &[Arc<Run>] {
        &self.runs
    }

    /// The run of a name.
    pub fn run_by_name(&self, name: &str) -> Option<&Arc<Run>> {
        let by_name = self.by_name.get_or_init(|| {
            let runs = self.runs.iter().enumerate();
            runs.map(|(index, run)| (run.name().clone(), index))
                .collect()
        });
        self.runs.get(*by_name.get(name)?)
    }

    /// The run of an id.
    pub fn run_by_id(&self, id: RunId) -> Option<&Arc<Run>> {
        let by_id = self.by_id.get_or_init(|| {
            let runs = self.runs.iter().enumerate();
            runs.map(|(index, run)| (run.id(), index)).collect()
        });
        self.runs.get(*by_id.get(&id)?)
    }

    /// Things a person should know that are not damage inside files.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The model files of the log directory, by path.
    pub fn models(&self) -> &[FileEntry] {
        &self.models
    }

    /// The configurations of the embedding projector, by path.
    pub fn projectors(&self) -> &[FileEntry] {
        &self.projectors
    }

    /// The profiler's traces in the log directory, by path.
    pub fn traces(&self) -> &[FileEntry] {
        &self.traces
    }

    /// The files with damage, by run and path.
    pub fn damage(&self) -> Vec<FileDamage> {
        let mut damage = Vec::new();
        for run in &self.runs {
            for (file, damaged, tail) in run.damage_by_file().filter(|(_, damaged, _)| *damaged > 0)
            {
                let mut places = file.data.damage.places.clone();
                places.extend(tail);
                damage.push(FileDamage {
                    run: run.name().clone(),
                    path: file.entry.path.clone(),
                    records: file.data.records,
                    damaged,
                    places,
                });
            }
        }
        damage.sort_by(|a, b| (&a.run, &a.path).cmp(&(&b.run, &b.path)));
        damage
    }

    /// Number of damaged places in all files.
    pub fn damaged_records(&self) -> u64 {
        self.runs.iter().map(|run| run.damaged_records()).sum()
    }

    /// Number of files with at least one damaged place.
    pub fn damaged_files(&self) -> u64 {
        let files = self.runs.iter().flat_map(|run| run.damage_by_file());
        files.filter(|(_, damaged, _)| *damaged > 0).count() as u64
    }

    /// Number of scalar points, superseded ones included.
    pub fn points(&self) -> u64 {
        self.runs.iter().map(|run| run.points()).sum()
    }

    /// Number of records read well.
    pub fn records(&self) -> u64 {
        self.runs.iter().map(|run| run.records()).sum()
    }

    /// Bytes of memory that the loaded series take.
    pub fn memory_bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.memory_bytes()).sum()
    }

    /// Bytes of all event files.
    pub fn size_bytes(&self) -> u64 {
        self.runs.iter().map(|run| run.size_bytes()).sum()
    }

    pub(crate) fn file(&self, id: u32) -> Option<&Arc<RunFile>> {
        let by_file = self.by_file.get_or_init(|| {
            let files = self.runs.iter().flat_map(|run| run.files());
            files.map(|file| (file.id, Arc::clone(file))).collect()
        });
        by_file.get(&id)
    }
}

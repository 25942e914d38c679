//! What every request handler shares.

use std::path::PathBuf;
use std::sync::Arc;

use glassboard_store::{Run, Snapshot, Store};

use crate::blob_key::KeyRing;
use crate::error::{Failure, ServerError};
use crate::explain::Explaining;
use crate::graph;
use crate::hparams;
use crate::live::LiveHub;
use crate::model_file::SentModel;
use crate::profile;
use crate::projector;
use crate::shelf::Shelf;
use crate::wire;
use crate::workers::Workers;
use crate::workspace::WorkspaceFile;

/// Most memory that model files take that were sent to be explained; one larger file is kept alone.
const MAX_SENT_MODELS_BYTES: usize = 512 << 20;

/// Shared state of the request handlers; a clone is cheap.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

/// The parts of [`App`].
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) window_title: String,
    /// Nothing is followed after the first load.
    pub(crate) load_once: bool,
    pub(crate) keys: KeyRing,
    pub(crate) live: LiveHub,
    pub(crate) workspace: WorkspaceFile,
    pub(crate) graphs: graph::Cache,
    pub(crate) hparams: hparams::Cache,
    pub(crate) embeddings: projector::Cache,
    /// Embeddings whose files were sent.
    pub(crate) sent_embeddings: projector::Shelf,
    pub(crate) projections: projector::Projections,
    pub(crate) traces: profile::Traces,
    pub(crate) workers: Workers,
    /// Model files that were sent to be explained.
    pub(crate) sent_models: Shelf<SentModel>,
    pub(crate) explaining: Explaining,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Everything a server needs beside its store. `folder`: where the workspace file is.
    pub(crate) fn of_store(
        store: Arc<Store>,
        window_title: String,
        load_once: bool,
        folder: Option<PathBuf>,
    ) -> Result<Self, ServerError> {
        Ok(Self(Arc::new(Shared {
            window_title,
            load_once,
            keys: KeyRing::new()?,
            live: LiveHub::new(),
            workspace: WorkspaceFile::new(folder),
            graphs: graph::Cache::default(),
            hparams: hparams::Cache::default(),
            embeddings: projector::Cache::default(),
            sent_embeddings: projector::Shelf::default(),
            projections: projector::Projections::default(),
            traces: profile::Traces::default(),
            workers: Workers::default(),
            sent_models: Shelf::new(MAX_SENT_MODELS_BYTES),
            explaining: Explaining::default(),
            store,
        })))
    }

    /// Runs `work` where it may take its time: encoding, compression and file reads must
    /// not hold up other requests.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let app = self.clone();
        match tokio::task::spawn_blocking(move || work(&app)).await {
            Ok(result) => result,
            Err(stopped) => Err(Failure::internal(format!(
                "the request could not be finished: {stopped}"
            ))),
        }
    }
}

impl Shared {
    pub(crate) fn status(&self) -> wire::Status {
        let snapshot = self.store.snapshot();
        let progress = self.store.progress();
        wire::Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            window_title: self.window_title.clone(),
            logdir: self.store.logdir_name(),
            phase: match (progress.loaded, self.load_once) {
                (false, _) => wire::Phase::Loading,
                (true, true) => wire::Phase::Done,
                (true, false) => wire::Phase::Following,
            },
            bytes_read: progress.bytes_read,
            bytes_total: progress.bytes_total,
            files_read: progress.files_read,
            files_total: progress.files_total,
            runs: snapshot.runs().len() as u64,
            models: snapshot.models().len() as u64,
            projectors: snapshot.projectors().len() as u64,
            traces: snapshot.traces().len() as u64,
            points: snapshot.points(),
            memory_bytes: snapshot.memory_bytes(),
            damaged_records: snapshot.damaged_records(),
            damaged_files: snapshot.damaged_files(),
            workspace_writable: self.workspace.writable(),
            revision: snapshot.revision,
            notices: snapshot
                .notices()
                .iter()
                .map(|notice| wire::Notice {
                    kind: notice.kind.as_str().to_owned(),
                    path: notice.path.clone(),
                    message: notice.message.clone(),
                })
                .collect(),
        }
    }
}

/// The run of that name, or a 404 that says which names there are.
pub(crate) fn run_by_name<'s>(snapshot: &'s Snapshot, name: &str) -> Result<&'s Arc<Run>, Failure> {
    snapshot.run_by_name(name).ok_or_else(|| {
        let known: Vec<&str> = snapshot
            .runs()
            .iter()
            .take(5)
            .map(|run| run.name().as_str())
            .collect();
        let known = match (known.is_empty(), snapshot.runs().len() > known.len()) {
            (true, _) => "there are no runs yet".to_owned(),
            (false, true) => format!(
                "there are {}: {}, …",
                snapshot.runs().len(),
                known.join(", ")
            ),
            (false, false) => format!("there are: {}", known.join(", ")),
        };
        Failure::not_found(format!("no run named {name:?}; {known}")).about("run")
    })
}

/// A 404 for a tag that a run does not have under a plugin.
pub(crate) fn unknown_tag(run: &Run, plugin: &str, tag: &str) -> Failure {
    let known: Vec<&str> = run
        .tags()
        .iter()
        .filter(|info| &*info.plugin == plugin)
        .take(5)
        .map(|info| info.tag.as_str())
        .collect();
    let known = if known.is_empty() {
        format!("the run has no {plugin}")
    } else {
        format!("the run has: {}", known.join(", "))
    };
    Failure::not_found(format!(
        "no tag {tag:?} of {plugin} in run {:?}; {known}",
        run.name().as_str()
    ))
    .about("tag")
}

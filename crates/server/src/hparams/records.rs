//! The records of one run.

use std::collections::HashMap;
use std::sync::Arc;

use glassboard_events::proto::hparams::{
    Experiment, HParamsPluginData, SessionEndInfo, SessionStartInfo, h_params_plugin_data::Data,
};
use glassboard_store::{Locator, LocatorEntry, Run, Store, StoredValue};
use parking_lot::Mutex;
use prost::Message as _;

use super::PLUGIN;
use crate::wire::{HparamNotice, HparamNoticeKind};

const EXPERIMENT_TAG: &str = "_hparams_/experiment";
const SESSION_START_TAG: &str = "_hparams_/session_start_info";
const SESSION_END_TAG: &str = "_hparams_/session_end_info";

/// Of a tag that a run logged more often, only so many of the newest records are read.
const MAX_RECORDS: usize = 64;

/// Records kept decoded; beyond this the cache begins anew.
const MAX_CACHED: usize = 20_000;

/// Where a record was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// Event file, relative to the log directory.
    pub(super) path: String,
    pub(super) wall_time_secs: f64,
}

/// What one run logged, each in the order of writing.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) experiments: Vec<Experiment>,
    pub(super) starts: Vec<(Source, SessionStartInfo)>,
    pub(super) ends: Vec<(Source, SessionEndInfo)>,
}

/// Decoded content, or the sentence that says why there is none.
type Decoded = Arc<Result<Data, String>>;

/// Records that were read from their files; those that stand alone under their tag are in the store's memory.
#[derive(Default)]
pub(crate) struct Cache(Mutex<HashMap<Locator, Decoded>>);

/// The records of a run; `None` when it has none. Those that cannot be read become notices.
pub(super) fn of(
    store: &Store,
    cache: &Cache,
    run: &Run,
    notices: &mut Vec<HparamNotice>,
) -> Option<Records> {
    let mut found = false;
    let mut records = Records::default();
    for tag in [EXPERIMENT_TAG, SESSION_START_TAG, SESSION_END_TAG] {
        let Some(series) = run.blobs(PLUGIN, tag) else {
            continue;
        };
        found = true;
        let entries = series.entries();
        let newest = entries.get(entries.len().saturating_sub(MAX_RECORDS)..);
        for entry in newest.unwrap_or_default() {
            let source = || Source {
                path: store.path_of(&entry.locator).unwrap_or_default(),
                wall_time_secs: entry.wall_time_secs,
            };
            let alone = entries.len() == 1;
            match &*read(store, cache, run, tag, entry, alone) {
                Ok(Data::Experiment(experiment)) if tag == EXPERIMENT_TAG => {
                    records.experiments.push(experiment.clone());
                }
                Ok(Data::SessionStartInfo(start)) if tag == SESSION_START_TAG => {
                    records.starts.push((source(), start.clone()));
                }
                Ok(Data::SessionEndInfo(end)) if tag == SESSION_END_TAG => {
                    records.ends.push((source(), *end));
                }
                other => {
                    let why = match other {
                        Ok(_) => "another kind of record",
                        Err(message) => message,
                    };
                    let path = source().path;
                    // One notice for a file and tag.
                    let message =
                        format!("tag {tag:?}: expected the hyperparameters' record, got {why}");
                    if !notices
                        .iter()
                        .any(|known| known.path == path && known.message == message)
                    {
                        notices.push(HparamNotice {
                            kind: HparamNoticeKind::Unreadable,
                            hparam: String::new(),
                            run: run.name().as_str().to_owned(),
                            path,
                            message,
                        });
                    }
                }
            }
        }
    }
    found.then_some(records)
}

fn read(
    store: &Store,
    cache: &Cache,
    run: &Run,
    tag: &str,
    entry: &LocatorEntry,
    alone: bool,
) -> Decoded {
    if alone
        && let Some(content) = run
            .tag(PLUGIN, tag)
            .and_then(|info| info.plugin_content.as_ref())
    {
        return Arc::new(decode(content));
    }
    if let Some(known) = cache.0.lock().get(&entry.locator) {
        return Arc::clone(known);
    }
    let decoded: Decoded = Arc::new(content(store, &entry.locator).and_then(|it| decode(&it)));
    let mut cached = cache.0.lock();
    if cached.len() >= MAX_CACHED {
        cached.clear();
    }
    cached.insert(entry.locator, Arc::clone(&decoded));
    decoded
}

fn content(store: &Store, locator: &Locator) -> Result<Vec<u8>, String> {
    let value = store
        .read_value(locator)
        .map_err(|error| error.to_string())?;
    let StoredValue::Summary(value) = value else {
        return Err("no summary".to_owned());
    };
    let plugin = value.metadata.and_then(|metadata| metadata.plugin_data);
    plugin
        .map(|plugin| plugin.content)
        .ok_or_else(|| "a summary without metadata".to_owned())
}

fn decode(content: &[u8]) -> Result<Data, String> {
    HParamsPluginData::decode(content)
        .map_err(|error| error.to_string())?
        .data
        .ok_or_else(|| "an empty message".to_owned())
}

//! The log directory as a whole: status, runs, tags, damage.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::extract::State;
use glassboard_store::Run;

use crate::app::App;
use crate::error::Failure;
use crate::markdown::markdown_to_html;
use crate::natural::natural_cmp;
use crate::wire;

/// How long after its last growth a run counts as live.
const LIVE_FOR: Duration = Duration::from_mins(1);

/// The loader, the log directory and the counts.
#[utoipa::path(
    get,
    path = "/status",
    tag = "logdir",
    operation_id = "getStatus",
    responses((status = 200, body = wire::Status))
)]
pub(crate) async fn status(State(app): State<App>) -> Result<Json<wire::Status>, Failure> {
    app.blocking(|app| Ok(Json(app.status()))).await
}

/// All runs, ordered by first wall time, then by name.
#[utoipa::path(
    get,
    path = "/runs",
    tag = "logdir",
    operation_id = "listRuns",
    responses((status = 200, body = wire::RunList))
)]
pub(crate) async fn runs(State(app): State<App>) -> Result<Json<wire::RunList>, Failure> {
    app.blocking(|app| {
        let snapshot = app.store.snapshot();
        let now = SystemTime::now();
        Ok(Json(wire::RunList {
            revision: snapshot.revision,
            runs: snapshot
                .runs()
                .iter()
                .map(|run| wire_run(run, now))
                .collect(),
        }))
    })
    .await
}

fn wire_run(run: &Run, now: SystemTime) -> wire::Run {
    let finite = |time: glassboard_store::WallTime| time.0.is_finite().then_some(time.0);
    wire::Run {
        id: run.id().0,
        name: run.name().as_str().to_owned(),
        first_wall_time_secs: run.first_wall_time().and_then(finite),
        last_wall_time_secs: run.last_wall_time().and_then(finite),
        last_step: run.last_step().map(|step| step.0),
        points: run.points(),
        size_bytes: run.size_bytes(),
        files: run.file_count() as u32,
        live: run.modified().is_some_and(|when| is_recent(when, now)),
        damaged_records: run.damaged_records(),
    }
}

/// Whether a file written then counts as live.
pub(crate) fn is_recent(when: SystemTime, now: SystemTime) -> bool {
    match now.duration_since(when) {
        Ok(age) => age < LIVE_FOR,
        // Clocks of two machines differ: the near future is now, the far future is an error.
        Err(ahead) => ahead.duration() < LIVE_FOR,
    }
}

/// What each run has logged, by plugin.
#[utoipa::path(
    get,
    path = "/tags",
    tag = "logdir",
    operation_id = "listTags",
    responses((status = 200, body = wire::TagList))
)]
pub(crate) async fn tags(State(app): State<App>) -> Result<Json<wire::TagList>, Failure> {
    app.blocking(|app| {
        let snapshot = app.store.snapshot();
        Ok(Json(wire::TagList {
            revision: snapshot.revision,
            plugins: tags_by_plugin(snapshot.runs().iter().map(AsRef::as_ref)),
        }))
    })
    .await
}

/// One tag while its runs are gathered.
#[derive(Default)]
struct Gathered<'s> {
    display_name: &'s str,
    description: &'s str,
    runs: Vec<u32>,
}

fn tags_by_plugin<'s>(runs: impl Iterator<Item = &'s Run>) -> Vec<wire::PluginTags> {
    let mut plugins: BTreeMap<&str, BTreeMap<&str, Gathered>> = BTreeMap::new();
    for run in runs {
        for info in run.tags() {
            let tag = plugins
                .entry(&info.plugin)
                .or_default()
                .entry(info.tag.as_str())
                .or_default();
            tag.runs.push(run.id().0);
            // The first run that says something is heard.
            if tag.display_name.is_empty() {
                tag.display_name = &info.display_name;
            }
            if tag.description.is_empty() {
                tag.description = &info.description;
            }
        }
    }
    plugins
        .into_iter()
        .map(|(plugin, tags)| {
            let mut tags: Vec<_> = tags.into_iter().collect();
            tags.sort_by(|(a, _), (b, _)| natural_cmp(a, b));
            wire::PluginTags {
                plugin: plugin.to_owned(),
                tags: tags
                    .into_iter()
                    .map(|(tag, gathered)| wire::TagEntry {
                        tag: tag.to_owned(),
                        display_name: gathered.display_name.to_owned(),
                        description_html: markdown_to_html(gathered.description),
                        runs: gathered.runs,
                    })
                    .collect(),
            }
        })
        .collect()
}

/// Every damaged place of the event files, the first 1,000 of each file.
#[utoipa::path(
    get,
    path = "/damage",
    tag = "logdir",
    operation_id = "listDamage",
    responses((status = 200, body = wire::DamageList))
)]
pub(crate) async fn damage(State(app): State<App>) -> Result<Json<wire::DamageList>, Failure> {
    app.blocking(|app| {
        let files = app.store.snapshot().damage();
        Ok(Json(wire::DamageList {
            files: files
                .into_iter()
                .map(|file| wire::FileDamage {
                    run: file.run.as_str().to_owned(),
                    path: file.path,
                    records: file.records,
                    damaged: file.damaged,
                    places: file
                        .places
                        .iter()
                        .map(|place| wire::DamagedPlace {
                            offset: place.offset,
                            lost_bytes: place.lost_bytes,
                            kind: place.kind.as_str().to_owned(),
                            message: place.to_string(),
                        })
                        .collect(),
                })
                .collect(),
        }))
    })
    .await
}

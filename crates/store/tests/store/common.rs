//! Event files made by hand, and what a store makes of them.

use std::sync::Arc;

use glassboard_events::{
    frame::append_frame,
    proto::tensorboard::{Event, SessionLog, Summary, event, session_log, summary},
};
use glassboard_store::{ScalarRequest, ScriptedLogdir, Snapshot, Store, StoreOptions};
use prost::Message;

/// One frame around some bytes.
pub(crate) fn frame(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    append_frame(&mut bytes, data).unwrap();
    bytes
}

/// One framed event.
pub(crate) fn event(wall_time: f64, step: i64, what: event::What) -> Vec<u8> {
    let event = Event {
        wall_time,
        step,
        what: Some(what),
        ..Event::default()
    };
    frame(&event.encode_to_vec())
}

/// The first record of a file.
pub(crate) fn version(wall_time: f64) -> Vec<u8> {
    event(
        wall_time,
        0,
        event::What::FileVersion("brain.Event:2".into()),
    )
}

/// A session START.
pub(crate) fn session_start(step: i64) -> Vec<u8> {
    let log = SessionLog {
        status: session_log::SessionStatus::Start as i32,
        ..SessionLog::default()
    };
    event(1.0, step, event::What::SessionLog(log))
}

/// An event with one value.
pub(crate) fn value_event(wall_time: f64, step: i64, value: summary::Value) -> Vec<u8> {
    event(
        wall_time,
        step,
        event::What::Summary(Summary { value: vec![value] }),
    )
}

/// A scalar of the old style.
pub(crate) fn scalar_at(wall_time: f64, tag: &str, step: i64, value: f32) -> Vec<u8> {
    let value = summary::Value {
        tag: tag.into(),
        value: Some(summary::value::Value::SimpleValue(value)),
        ..summary::Value::default()
    };
    value_event(wall_time, step, value)
}

/// A scalar whose wall time follows its step.
pub(crate) fn scalar(tag: &str, step: i64, value: f32) -> Vec<u8> {
    scalar_at(1000.0 + step as f64, tag, step, value)
}

/// A file of scalars `loss` with these steps; the values count from 0.
pub(crate) fn losses(steps: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let mut bytes = version(1.0);
    for (index, step) in steps.into_iter().enumerate() {
        bytes.extend(scalar("loss", step, index as f32));
    }
    bytes
}

/// A store of a scripted log directory that follows it.
pub(crate) fn store_of(dir: &ScriptedLogdir) -> Arc<Store> {
    Store::new(Arc::new(dir.clone()), StoreOptions::default())
}

/// What a store that takes the files as complete makes of them.
pub(crate) fn load_once(dir: &ScriptedLogdir) -> Arc<Snapshot> {
    let store = Store::new(
        Arc::new(dir.clone()),
        StoreOptions {
            once: true,
            ..StoreOptions::default()
        },
    );
    store.refresh();
    store.snapshot()
}

/// All live points of a tag as `(step, value)`; empty when there is no such series.
pub(crate) fn live(snapshot: &Snapshot, run: &str, tag: &str) -> Vec<(i64, f64)> {
    let series = snapshot.run_by_name(run).and_then(|run| run.scalars(tag));
    series.map_or_else(Vec::new, |series| {
        let answer = series.query(&ScalarRequest::default()).unwrap();
        answer
            .live
            .step
            .into_iter()
            .zip(answer.live.value)
            .collect()
    })
}

/// The kinds of notices of a snapshot with their paths.
pub(crate) fn notices(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    snapshot
        .notices()
        .iter()
        .map(|notice| (notice.kind.as_str(), notice.path.clone()))
        .collect()
}

/// Kinds, offsets and lost bytes of the damage of the only damaged file.
pub(crate) fn damage(snapshot: &Snapshot) -> Vec<(&'static str, u64, u64)> {
    let damage = snapshot.damage();
    assert!(damage.len() <= 1, "{damage:?}");
    let places = damage.into_iter().flat_map(|file| file.places);
    places
        .map(|place| (place.kind.as_str(), place.offset, place.lost_bytes))
        .collect()
}

//! Log directories: finding runs, loading and following their event files, and answering what a dashboard asks.
//!
//! - [`Store`] loads a [`Logdir`] and follows it; readers take a [`Snapshot`] and never wait for the loader.
//! - [`Snapshot`] holds [`Run`]s, and these their series by tag.
//! - [`ScalarSeries`] keeps every point that was logged, compressed; [`ScalarSeries::query`] reduces to
//!   pixels what a chart shows, never the data.
//! - [`LocatorSeries`] says where values lie that stay in their files: pictures, sound, tensors, histograms,
//!   text, graphs. [`Store::read_value`] reads one.
//! - [`Snapshot::models`] lists the model files beside the logs; [`Store::open_model`] opens one;
//!   [`Snapshot::traces`] and [`Store::open_trace`] do so for a profiler's traces.
//!
//! ```
//! use std::sync::Arc;
//! use glassboard_store::{LocalLogdir, ScalarRequest, Store, StoreOptions};
//! # use glassboard_events::{EventFileWriter, proto::tensorboard::{Event, Summary, event, summary}};
//! # let dir = tempfile::tempdir()?;
//! # let mut writer = EventFileWriter::create(&dir.path().join("train"), "")?;
//! # for step in 0..3 {
//! #     let value = summary::Value {
//! #         tag: "loss".into(),
//! #         value: Some(summary::value::Value::SimpleValue(0.5)),
//! #         ..summary::Value::default()
//! #     };
//! #     let what = Some(event::What::Summary(Summary { value: vec![value] }));
//! #     writer.write_event(&Event { step, what, ..Event::default() })?;
//! # }
//! # writer.flush()?;
//! # let logs = dir.path();
//!
//! let store = Store::new(Arc::new(LocalLogdir::new(logs)), StoreOptions::default());
//! store.refresh();
//! let snapshot = store.snapshot();
//! let run = snapshot.run_by_name("train").expect("the folder `train` holds an event file");
//! let loss = run.scalars("loss").expect("`loss` was logged");
//! let answer = loss.query(&ScalarRequest { pixels: 1_000, ..ScalarRequest::default() })?;
//! assert_eq!(answer.live.step, [0, 1, 2]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Left to others: frames and messages (`glassboard-events`), turning values into pictures and JSON (the server).

mod column;
mod error;
mod follow;
mod group;
pub mod histogram;
mod ingest;
mod live;
mod locator;
mod logdir;
mod names;
mod notice;
pub mod plugin;
mod point;
mod query;
mod run;
mod series;
pub mod smooth;
mod snapshot;
mod stats;
mod store;

pub use self::{
    error::StoreError,
    follow::{FollowHandle, FollowOptions},
    group::{Band, GroupAnswer, GroupRequest, group_curve},
    ingest::MediaFacts,
    locator::{Locator, LocatorEntry, LocatorSeries},
    logdir::{
        EVENT_FILE_MARK, FileEntry, FileIdentity, Listing, LocalLogdir, Logdir, MODEL_FILE_ENDINGS,
        MultiLogdir, PROJECTOR_CONFIG, ScriptedLogdir, TRACE_FILE_ENDINGS,
    },
    names::{RunId, RunName, Step, Tag, WallTime},
    notice::{Notice, NoticeKind},
    point::Point,
    query::{Columns, ScalarAnswer, ScalarRequest, XAxis},
    run::{Run, TagInfo, TagKind},
    series::ScalarSeries,
    snapshot::{FileDamage, Snapshot},
    stats::ScalarStats,
    store::{Changes, Progress, Store, StoreOptions, StoredValue},
};

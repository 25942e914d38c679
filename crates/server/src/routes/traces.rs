//! Traces of a profiler: lists, tables, windows of the timeline.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::response::{IntoResponse, Response};
use glassboard_events::ReadAt;
use glassboard_trace::{Filter, KernelTimes, NoticeKind, OperatorTimes, Trace, WindowQuery};
use serde::Deserialize;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use crate::app::App;
use crate::columns::{CONTENT_TYPE as COLUMNS, ColumnWriter};
use crate::error::Failure;
use crate::extract::Query;
use crate::natural::natural_cmp;
use crate::profile::{Key, Progress, Source};
use crate::wire::{self, TraceSort};

/// How long an answer on a trace that is being read waits for its end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Most rows of a table in one answer.
const MAX_ROWS: usize = 100_000;

/// Rows of a table unless asked otherwise.
const DEFAULT_ROWS: usize = 100;

/// Most pixels of a timeline.
const MAX_WIDTH: u32 = 16_384;

/// Most events that a search lists.
const MAX_HITS: usize = 1_000;

/// Bytes of a file that are sent at once.
const CHUNK_BYTES: usize = 1 << 18;

/// A file that was written so lately may not be complete.
const FRESH: Duration = Duration::from_secs(10);

/// Which trace.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceParams {
    /// Path below the log directory.
    path: String,
}

/// Which part of a trace.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceStepParams {
    /// Path below the log directory.
    path: String,
    /// Only events that begin within the step at this position.
    step: Option<usize>,
}

/// Which rows of a table.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceTableParams {
    /// Path below the log directory.
    path: String,
    /// Only events of this category.
    category: Option<String>,
    /// Only events that begin within the step at this position.
    step: Option<usize>,
    /// Only names that contain this, whatever the case.
    #[serde(default)]
    find: String,
    /// What the rows are sorted by; own time when left out.
    sort: Option<TraceSort>,
    /// The smallest first.
    #[serde(default)]
    ascending: bool,
    /// Rows that are passed over.
    #[serde(default)]
    offset: usize,
    /// Rows that are wanted: 100 when left out, at most 100,000.
    limit: Option<usize>,
}

/// Which part of the timeline.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceTimelineParams {
    /// Path below the log directory.
    path: String,
    /// Where it begins, nanoseconds.
    from: u64,
    /// Where it ends, nanoseconds.
    to: u64,
    /// How many pixels it is wide.
    width: u32,
    /// Positions of the lanes that are wanted, with commas between them; all when left out.
    lanes: Option<String>,
    /// Spans with an event whose name contains this are marked.
    #[serde(default)]
    find: String,
}

/// What is searched for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceSearchParams {
    /// Path below the log directory.
    path: String,
    /// Part of a name, whatever the case.
    find: String,
}

/// Which event.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TraceEventParams {
    /// Path below the log directory.
    path: String,
    /// Number of the event, as the timeline and the search tell it.
    event: usize,
}

/// Every profiler trace in the log directory.
#[utoipa::path(
    get,
    path = "/traces",
    tag = "traces",
    operation_id = "listTraces",
    responses((status = 200, body = wire::TraceList))
)]
pub(crate) async fn traces(State(app): State<App>) -> Json<wire::TraceList> {
    let snapshot = app.store.snapshot();
    let mut traces: Vec<wire::TraceEntry> = snapshot
        .traces()
        .iter()
        .map(|trace| wire::TraceEntry {
            path: trace.path.clone(),
            run: trace.run.as_str().to_owned(),
            size_bytes: trace.size_bytes,
            modified_secs: trace
                .modified
                .and_then(|when| when.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map(|since| since.as_secs_f64()),
        })
        .collect();
    traces.sort_by(|a, b| natural_cmp(&a.path, &b.path));
    Json(wire::TraceList { traces })
}

/// What a trace holds. The first request begins to read it; answers come within half a second and say how far that is.
#[utoipa::path(
    get,
    path = "/trace",
    tag = "traces",
    operation_id = "getTrace",
    params(TraceParams),
    responses((status = 200, body = wire::TraceState), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn trace(
    State(app): State<App>,
    Query(params): Query<TraceParams>,
) -> Result<Json<wire::TraceState>, Failure> {
    let path = params.path.clone();
    let (job, entry) = app
        .blocking(move |app| {
            let (entry, source) = app.store.open_trace(&path)?;
            Ok((app.traces.job(&entry, source)?, entry))
        })
        .await?;
    // Out of patience is no failure: the answer says how far it is.
    let _ = tokio::time::timeout(PATIENCE, job.ended()).await;
    let answer = |phase, bytes_read, bytes_total, overview| wire::TraceState {
        phase,
        bytes_read,
        bytes_total,
        overview,
    };
    Ok(Json(match job.progress()? {
        Progress::Reading {
            bytes_read,
            bytes_total,
        } => answer(wire::TracePhase::Reading, bytes_read, bytes_total, None),
        Progress::Cancelled => answer(wire::TracePhase::Cancelled, 0, entry.size_bytes, None),
        Progress::Done(trace) => {
            let is_fresh = entry
                .modified
                .and_then(|when| SystemTime::now().duration_since(when).ok())
                .is_some_and(|age| age < FRESH);
            let overview = app
                .blocking(move |_| Ok(overview(&trace, &params.path, is_fresh)))
                .await?;
            let size = entry.size_bytes;
            answer(wire::TracePhase::Done, size, size, Some(overview))
        }
    }))
}

/// Ends the reading of a trace.
#[utoipa::path(
    post,
    path = "/trace/cancel",
    tag = "traces",
    operation_id = "cancelTrace",
    params(TraceParams),
    responses((status = 204), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    Query(params): Query<TraceParams>,
) -> Result<axum::http::StatusCode, Failure> {
    if app.traces.cancel(&params.path) {
        Ok(axum::http::StatusCode::NO_CONTENT)
    } else {
        let path = params.path;
        Err(Failure::not_found(format!("this trace is not being read: {path}")).about("path"))
    }
}

/// Time by category.
#[utoipa::path(
    get,
    path = "/trace/categories",
    tag = "traces",
    operation_id = "getTraceCategories",
    params(TraceStepParams),
    responses((status = 200, body = Vec<wire::TraceCategory>), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn categories(
    State(app): State<App>,
    Query(params): Query<TraceStepParams>,
) -> Result<Json<Vec<wire::TraceCategory>>, Failure> {
    app.blocking(move |app| {
        let (_, trace) = ready(app, &params.path)?;
        let filter = filter(&trace, None, params.step)?;
        Ok(Json(category_times(&trace, &filter)))
    })
    .await
}

/// What took time on the host, by name.
#[utoipa::path(
    get,
    path = "/trace/operators",
    tag = "traces",
    operation_id = "getTraceOperators",
    params(TraceTableParams),
    responses(
        (status = 200, body = wire::TraceOperators),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn operators(
    State(app): State<App>,
    Query(params): Query<TraceTableParams>,
) -> Result<Json<wire::TraceOperators>, Failure> {
    app.blocking(move |app| {
        let (_, trace) = ready(app, &params.path)?;
        let filter = filter(&trace, params.category.clone(), params.step)?;
        let rows = trace.operators(&filter);
        let self_ns = rows.iter().map(|row| row.self_ns).sum();
        let device_self_ns = rows.iter().map(|row| row.device_self_ns).sum();
        let rows = found(rows, &params.find, |row| &row.name);
        let total = rows.len() as u64;
        let sort = params.sort.unwrap_or(TraceSort::Own);
        let rows = page(rows, &params, |a, b| compare_operators(sort, a, b));
        let rows = rows.into_iter().map(|row| wire::TraceOperator {
            name: row.name,
            category: row.category,
            calls: row.calls,
            total_ns: row.total_ns,
            self_ns: row.self_ns,
            min_ns: row.min_ns,
            max_ns: row.max_ns,
            device_total_ns: row.device_total_ns,
            device_self_ns: row.device_self_ns,
        });
        Ok(Json(wire::TraceOperators {
            total,
            self_ns,
            device_self_ns,
            rows: rows.collect(),
        }))
    })
    .await
}

/// What took time on the device, by name.
#[utoipa::path(
    get,
    path = "/trace/kernels",
    tag = "traces",
    operation_id = "getTraceKernels",
    params(TraceTableParams),
    responses(
        (status = 200, body = wire::TraceKernels),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn kernels(
    State(app): State<App>,
    Query(params): Query<TraceTableParams>,
) -> Result<Json<wire::TraceKernels>, Failure> {
    app.blocking(move |app| {
        let (_, trace) = ready(app, &params.path)?;
        let filter = filter(&trace, params.category.clone(), params.step)?;
        let rows = trace.kernels(&filter);
        let total_ns = rows.iter().map(|row| row.total_ns).sum();
        let rows = found(rows, &params.find, |row| &row.name);
        let total = rows.len() as u64;
        let sort = params.sort.unwrap_or(TraceSort::Total);
        let rows = page(rows, &params, |a, b| compare_kernels(sort, a, b));
        let rows = rows.into_iter().map(|row| wire::TraceKernel {
            name: row.name,
            category: row.category,
            calls: row.calls,
            total_ns: row.total_ns,
            min_ns: row.min_ns,
            max_ns: row.max_ns,
            occupancy_percent: row.occupancy_percent,
            blocks_per_sm: row.blocks_per_sm,
        });
        Ok(Json(wire::TraceKernels {
            total,
            total_ns,
            rows: rows.collect(),
        }))
    })
    .await
}

/// A part of the timeline, reduced to what its pixels can show: columns behind a header.
#[utoipa::path(
    get,
    path = "/trace/timeline",
    tag = "traces",
    operation_id = "getTraceTimeline",
    params(TraceTimelineParams),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/x-glassboard-columns", description = "The header is a `TraceWindow`"),
        (status = 400, body = wire::ApiError),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn timeline(
    State(app): State<App>,
    Query(params): Query<TraceTimelineParams>,
) -> Result<Response, Failure> {
    app.blocking(move |app| {
        let (_, trace) = ready(app, &params.path)?;
        if params.from >= params.to {
            let (from, to) = (params.from, params.to);
            let message = format!("parameter to: expected more than from ({from}), got {to}");
            return Err(Failure::bad_request(message).about("to"));
        }
        if !(1..=MAX_WIDTH).contains(&params.width) {
            let width = params.width;
            let message = format!("parameter width: expected 1 to {MAX_WIDTH} pixels, got {width}");
            return Err(Failure::bad_request(message).about("width"));
        }
        let lanes = params.lanes.as_deref().map(lane_numbers).transpose()?;
        let window = trace.window(&WindowQuery {
            from_ns: params.from,
            to_ns: params.to,
            width: params.width,
            lanes,
            find: params.find,
        });
        Ok(([(CONTENT_TYPE, COLUMNS)], columns(&trace, &window)?).into_response())
    })
    .await
}

/// Events whose names contain a text.
#[utoipa::path(
    get,
    path = "/trace/search",
    tag = "traces",
    operation_id = "searchTrace",
    params(TraceSearchParams),
    responses((status = 200, body = wire::TraceHits), (status = 404, body = wire::ApiError))
)]
pub(crate) async fn search(
    State(app): State<App>,
    Query(params): Query<TraceSearchParams>,
) -> Result<Json<wire::TraceHits>, Failure> {
    app.blocking(move |app| {
        let (_, trace) = ready(app, &params.path)?;
        let found = trace.search(&params.find, MAX_HITS);
        let hits = found.hits.iter().filter_map(|hit| {
            let event = trace.events().get(hit.event)?;
            Some(wire::TraceHit {
                event: hit.event as u64,
                start_ns: event.start_ns,
                duration_ns: event.duration_ns,
                lane: event.lane() as u32,
                row: event.row(),
            })
        });
        Ok(Json(wire::TraceHits {
            count: found.count,
            total_ns: found.total_ns,
            hits: hits.collect(),
        }))
    })
    .await
}

/// All that is known of one event.
#[utoipa::path(
    get,
    path = "/trace/event",
    tag = "traces",
    operation_id = "getTraceEvent",
    params(TraceEventParams),
    responses(
        (status = 200, body = wire::TraceDetail),
        (status = 404, body = wire::ApiError),
        (status = 422, body = wire::ApiError)
    )
)]
pub(crate) async fn event(
    State(app): State<App>,
    Query(params): Query<TraceEventParams>,
) -> Result<Json<wire::TraceDetail>, Failure> {
    app.blocking(move |app| {
        let path = &params.path;
        let (key, trace) = ready(app, path)?;
        let event = trace.events().get(params.event).ok_or_else(|| {
            let (asked, events) = (params.event, trace.events().len());
            Failure::not_found(format!("no event {asked}; the trace has {events}")).about("event")
        })?;
        let (entry, source) = app.store.open_trace(path)?;
        if Key::of(&entry) != key {
            return Err(Failure::unprocessable(format!(
                "the file has been written since it was read; open it again: {path}"
            )));
        }
        let arguments = arguments(source, event.offset)
            .map_err(|error| Failure::unprocessable(format!("{error}: {path}")))?;
        Ok(Json(wire::TraceDetail {
            name: trace.name(event).to_owned(),
            category: trace.category(event).to_owned(),
            start_ns: event.start_ns,
            duration_ns: event.duration_ns,
            self_ns: event.self_ns,
            device_total_ns: trace.device_time(event).1,
            lane: event.lane() as u32,
            row: event.row(),
            arguments,
        }))
    })
    .await
}

/// The file itself, as it was written.
#[utoipa::path(
    get,
    path = "/trace/file",
    tag = "traces",
    operation_id = "getTraceFile",
    params(TraceParams),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, body = wire::ApiError)
    )
)]
pub(crate) async fn file(
    State(app): State<App>,
    Query(params): Query<TraceParams>,
) -> Result<Response, Failure> {
    let (entry, source) = app
        .blocking(move |app| Ok(app.store.open_trace(&params.path)?))
        .await?;
    let (send, receive) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(2);
    let size = entry.size_bytes;
    tokio::task::spawn_blocking(move || {
        let mut at = 0;
        while at < size {
            let mut chunk = vec![0; CHUNK_BYTES.min((size - at) as usize)];
            let read = source
                .read_at(at, &mut chunk)
                .and_then(|count| match count {
                    // Shorter than it was: the length that was promised cannot be kept.
                    0 => Err(io::ErrorKind::UnexpectedEof.into()),
                    count => Ok(count),
                });
            let chunk = read.map(|count| {
                chunk.truncate(count);
                at += count as u64;
                Bytes::from(chunk)
            });
            let is_over = chunk.is_err();
            // An error says that nobody listens any more.
            if send.blocking_send(chunk).is_err() || is_over {
                return;
            }
        }
    });
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, size.to_string()),
        (CONTENT_DISPOSITION, "attachment".to_owned()),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(receive))).into_response())
}

fn ready(app: &App, path: &str) -> Result<(Key, Arc<Trace>), Failure> {
    app.traces.ready(path).ok_or_else(|| {
        Failure::not_found(format!("no trace that is read; ask for it first: {path}")).about("path")
    })
}

fn filter(trace: &Trace, category: Option<String>, step: Option<usize>) -> Result<Filter, Failure> {
    if let Some(step) = step.filter(|&step| step >= trace.steps().len()) {
        let steps = trace.steps().len();
        let message = format!("no step at position {step}; the trace has {steps}");
        return Err(Failure::not_found(message).about("step"));
    }
    Ok(Filter { category, step })
}

fn found<T>(rows: Vec<T>, find: &str, name: impl Fn(&T) -> &str) -> Vec<T> {
    if find.is_empty() {
        return rows;
    }
    let wanted = find.to_lowercase();
    let is_wanted = |row: &T| name(row).to_lowercase().contains(&wanted);
    rows.into_iter().filter(is_wanted).collect()
}

/// The rows that are wanted, sorted; equal ones stay in the order in which they were.
fn page<T>(
    mut rows: Vec<T>,
    params: &TraceTableParams,
    compare: impl Fn(&T, &T) -> Ordering,
) -> Vec<T> {
    rows.sort_by(|a, b| {
        let order = compare(a, b);
        if params.ascending {
            order
        } else {
            order.reverse()
        }
    });
    let limit = params.limit.unwrap_or(DEFAULT_ROWS).min(MAX_ROWS);
    rows.into_iter().skip(params.offset).take(limit).collect()
}

/// By mean duration, without dividing.
fn by_mean(a: (u64, u64), b: (u64, u64)) -> Ordering {
    let ((a_total, a_calls), (b_total, b_calls)) = (a, b);
    (u128::from(a_total) * u128::from(b_calls)).cmp(&(u128::from(b_total) * u128::from(a_calls)))
}

fn compare_operators(sort: TraceSort, a: &OperatorTimes, b: &OperatorTimes) -> Ordering {
    match sort {
        TraceSort::Name => natural_cmp(&a.name, &b.name),
        TraceSort::Category => natural_cmp(&a.category, &b.category),
        TraceSort::Calls => a.calls.cmp(&b.calls),
        TraceSort::Total => a.total_ns.cmp(&b.total_ns),
        TraceSort::Mean => by_mean((a.total_ns, a.calls), (b.total_ns, b.calls)),
        TraceSort::Min => a.min_ns.cmp(&b.min_ns),
        TraceSort::Max => a.max_ns.cmp(&b.max_ns),
        TraceSort::DeviceTotal => a.device_total_ns.cmp(&b.device_total_ns),
        TraceSort::DeviceSelf => a.device_self_ns.cmp(&b.device_self_ns),
        TraceSort::Own | TraceSort::Occupancy | TraceSort::Blocks => a.self_ns.cmp(&b.self_ns),
    }
}

fn compare_kernels(sort: TraceSort, a: &KernelTimes, b: &KernelTimes) -> Ordering {
    // Those that do not say it come last.
    let figure = |value: Option<f64>| value.unwrap_or(f64::NEG_INFINITY);
    match sort {
        TraceSort::Name => natural_cmp(&a.name, &b.name),
        TraceSort::Category => natural_cmp(&a.category, &b.category),
        TraceSort::Calls => a.calls.cmp(&b.calls),
        TraceSort::Mean => by_mean((a.total_ns, a.calls), (b.total_ns, b.calls)),
        TraceSort::Min => a.min_ns.cmp(&b.min_ns),
        TraceSort::Max => a.max_ns.cmp(&b.max_ns),
        TraceSort::Occupancy => figure(a.occupancy_percent).total_cmp(&figure(b.occupancy_percent)),
        TraceSort::Blocks => figure(a.blocks_per_sm).total_cmp(&figure(b.blocks_per_sm)),
        TraceSort::Total | TraceSort::Own | TraceSort::DeviceTotal | TraceSort::DeviceSelf => {
            a.total_ns.cmp(&b.total_ns)
        }
    }
}

fn lane_numbers(text: &str) -> Result<Vec<usize>, Failure> {
    let numbers = text.split(',').filter(|part| !part.is_empty());
    let numbers: Result<Vec<usize>, _> = numbers.map(str::parse).collect();
    numbers.map_err(|error| {
        Failure::bad_request(format!("parameter lanes: {error}, got {text:?}")).about("lanes")
    })
}

fn columns(trace: &Trace, window: &glassboard_trace::Window) -> Result<Vec<u8>, Failure> {
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let spans = &window.spans;
    let mut rows: [Vec<f64>; 9] = std::array::from_fn(|_| Vec::with_capacity(spans.len()));
    for span in spans {
        let Some(event) = trace.events().get(span.event) else {
            continue;
        };
        let name = *known.entry(trace.name(event)).or_insert_with_key(|name| {
            names.push((*name).to_owned());
            names.len() - 1
        });
        let cells = [
            span.start_ns as f64,
            span.end_ns as f64,
            span.event as f64,
            f64::from(span.count),
            event.lane() as f64,
            f64::from(event.row()),
            name as f64,
            event.category() as f64,
            f64::from(u8::from(span.is_hit)),
        ];
        for (column, cell) in rows.iter_mut().zip(cells) {
            column.push(cell);
        }
    }
    let count = u32::try_from(spans.len()).map_err(|_| Failure::too_large("too many spans"))?;
    let mut writer = ColumnWriter::default();
    let [start, end, event, events, lane, row, name, category, hit] =
        rows.map(|column| writer.column(&column));
    writer.finish(&wire::TraceWindow {
        count,
        pixel_ns: window.pixel_ns,
        names,
        categories: trace.categories().map(str::to_owned).collect(),
        columns: wire::TraceWindowColumns {
            start,
            end,
            event,
            events,
            lane,
            row,
            name,
            category,
            hit,
        },
    })
}

/// What the file says of the event at an offset of its text.
fn arguments(source: Arc<dyn ReadAt>, offset: u64) -> io::Result<Vec<wire::TraceText>> {
    let mut magic = [0; 2];
    let is_gzip = source.read_at(0, &mut magic)? == 2 && magic == [0x1f, 0x8b];
    // A plain file is opened at the event; a gzipped one has to be inflated up to it.
    let found = if is_gzip {
        glassboard_trace::arguments(Source::from(source, 0), offset)
    } else {
        glassboard_trace::arguments(Source::from(source, offset), 0)
    };
    let texts = found?.into_iter();
    Ok(texts
        .map(|(name, text)| wire::TraceText { name, text })
        .collect())
}

fn category_times(trace: &Trace, filter: &Filter) -> Vec<wire::TraceCategory> {
    let rows = trace.category_times(filter).into_iter();
    rows.map(|row| wire::TraceCategory {
        category: row.category,
        calls: row.calls,
        total_ns: row.total_ns,
        self_ns: row.self_ns,
        is_device: row.is_device,
    })
    .collect()
}

fn overview(trace: &Trace, path: &str, is_fresh: bool) -> wire::TraceOverview {
    let lanes = trace.lanes().iter().map(|lane| wire::TraceLane {
        process: lane.process.clone(),
        labels: lane.labels.clone(),
        process_id: lane.process_id.clone(),
        thread: lane.thread.clone(),
        thread_id: lane.thread_id.clone(),
        rows: lane.rows,
        events: lane.len() as u64,
    });
    let steps = trace.steps().iter().map(|step| wire::TraceStep {
        name: step.name.clone(),
        number: step.number,
        start_ns: step.start_ns,
        duration_ns: step.duration_ns,
        spent_ns: step.spent_ns.to_vec(),
    });
    let metadata = trace.metadata().iter().map(|text| wire::TraceText {
        name: text.name.clone(),
        text: text.text.clone(),
    });
    let notices = trace.notices().iter().map(|notice| {
        let kind = match notice.kind {
            NoticeKind::Cut => wire::TraceNoticeKind::Cut,
            NoticeKind::TooLarge => wire::TraceNoticeKind::TooLarge,
            NoticeKind::NoTrace => wire::TraceNoticeKind::NoTrace,
            _ => wire::TraceNoticeKind::Damaged,
        };
        let hint = if is_fresh && kind == wire::TraceNoticeKind::Cut {
            " (the file was written just now and may not be complete)"
        } else {
            ""
        };
        wire::TraceNotice {
            kind,
            message: format!("{}{hint}: {path}", notice.message),
        }
    });
    wire::TraceOverview {
        events: trace.events().len() as u64,
        duration_ns: trace.duration_ns(),
        has_device: trace.has_device(),
        device_busy_ns: trace.device_busy_ns(),
        lanes: lanes.collect(),
        categories: category_times(trace, &Filter::default()),
        steps: steps.collect(),
        metadata: metadata.collect(),
        notices: notices.collect(),
    }
}

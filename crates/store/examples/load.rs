//! Loads a log directory, or one series made up in memory, and prints what it took:
//! `cargo run --release -p glassboard-store --example load -- DIR [REPEATS]`, or `-- --series POINTS`.
#![allow(clippy::print_stdout)]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use glassboard_events::{
    frame::append_frame,
    proto::tensorboard::{Event, Summary, event, summary},
};
use glassboard_store::{
    LocalLogdir, Logdir, ScalarRequest, ScalarSeries, ScriptedLogdir, Store, StoreOptions, XAxis,
    smooth::Smoothing,
};
use prost::Message;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["--series", points] => {
            let dir: Arc<dyn Logdir> = Arc::new(made_up(points.parse().unwrap_or(1_000_000)));
            load(&dir);
        }
        [dir, rest @ ..] => {
            let dir: Arc<dyn Logdir> = Arc::new(LocalLogdir::new(PathBuf::from(dir)));
            let repeats = rest.first().and_then(|text| text.parse().ok()).unwrap_or(1);
            for _ in 0..repeats {
                load(&dir);
            }
        }
        [] => println!("usage: load DIR [REPEATS] | --series POINTS"),
    }
    // How much the process holds, where the system tells.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        for line in status
            .lines()
            .filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS"))
        {
            println!("{line}");
        }
    }
}

/// One tag, with the clock of a training loop: regular but for some jitter and a pause now and then.
fn made_up(points: usize) -> ScriptedLogdir {
    let dir = ScriptedLogdir::new();
    let mut bytes = Vec::new();
    let mut wall_time = 1.7e9;
    let mut noise = 1_u64;
    for step in 0..points {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let unit = (noise >> 40) as f64 / f64::from(1 << 24);
        wall_time += 0.05 + 0.005 * unit + if step % 1_000 == 999 { 30.0 } else { 0.0 };
        let value = summary::Value {
            tag: "loss".into(),
            value: Some(summary::value::Value::SimpleValue(
                ((-(step as f64) / points as f64 * 3.0).exp() + unit * 0.1) as f32,
            )),
            ..summary::Value::default()
        };
        let what = Some(event::What::Summary(Summary { value: vec![value] }));
        let event = Event {
            wall_time,
            step: step as i64,
            what,
            ..Event::default()
        };
        if append_frame(&mut bytes, &event.encode_to_vec()).is_err() {
            return dir;
        }
    }
    dir.put("run/events.out.tfevents.1", bytes);
    dir
}

fn load(dir: &Arc<dyn Logdir>) {
    let start = Instant::now();
    let options = StoreOptions {
        threads: None,
        once: true,
    };
    let store = Store::new(Arc::clone(dir), options);
    store.refresh();
    let secs = start.elapsed().as_secs_f64();
    let snapshot = store.snapshot();
    let (points, memory) = (snapshot.points(), snapshot.memory_bytes());
    println!(
        "{secs:.3} s, {} runs, {points} points ({:.1} M/s), {} bytes read ({:.0} MB/s), {memory} bytes held ({:.2} per point), {} damaged",
        snapshot.runs().len(),
        points as f64 / secs / 1e6,
        snapshot.size_bytes(),
        snapshot.size_bytes() as f64 / secs / 1e6,
        memory as f64 / points.max(1) as f64,
        snapshot.damaged_records(),
    );
    let first = snapshot
        .runs()
        .first()
        .and_then(|run| Some((run, run.tags().first()?)));
    let Some(series) = first.and_then(|(run, info)| run.scalars(info.tag.as_str())) else {
        return;
    };
    let plain = || ScalarRequest {
        pixels: 1_000,
        ..ScalarRequest::default()
    };
    let smoothed = |smoothing| ScalarRequest {
        smoothing: Some(smoothing),
        ..plain()
    };
    time("step", &series, &plain());
    time(
        "wall time",
        &series,
        &ScalarRequest {
            x: XAxis::Wall,
            ..plain()
        },
    );
    time(
        "log step",
        &series,
        &ScalarRequest {
            x_log: true,
            ..plain()
        },
    );
    time(
        "exponential",
        &series,
        &smoothed(Smoothing::Exponential { weight: 0.6 }),
    );
    time(
        "time-weighted",
        &series,
        &smoothed(Smoothing::TimeWeighted { weight: 0.6 }),
    );
    time(
        "gaussian",
        &series,
        &smoothed(Smoothing::Gaussian { sigma: 10.0 }),
    );
    time(
        "running mean",
        &series,
        &smoothed(Smoothing::RunningMean { window: 100 }),
    );
}

/// First request and the quickest of some more, on 1,000 pixels.
fn time(what: &str, series: &ScalarSeries, request: &ScalarRequest) {
    let once = || -> (Duration, usize) {
        let start = Instant::now();
        let shown = series
            .query(request)
            .map_or(0, |answer| answer.live.x.len());
        (start.elapsed(), shown)
    };
    let (first, shown) = once();
    let quickest = (0..10).map(|_| once().0).min().unwrap_or_default();
    println!(
        "  {} points on 1,000 px by {what}: {:.2} ms at first, {:.2} ms at best, {shown} shown",
        series.len(),
        first.as_secs_f64() * 1e3,
        quickest.as_secs_f64() * 1e3,
    );
}

//! Loads a log directory once and prints what it took: `cargo run --release -p glassboard-store --example load -- DIR [REPEATS]`.
#![allow(clippy::print_stdout)]

use std::{path::PathBuf, sync::Arc, time::Instant};

use glassboard_store::{LocalLogdir, ScalarRequest, Store, StoreOptions};

fn main() {
    let mut args = std::env::args_os().skip(1);
    let Some(dir) = args.next().map(PathBuf::from) else {
        println!("usage: load DIR [REPEATS]");
        return;
    };
    let repeats = args
        .next()
        .and_then(|text| text.to_str()?.parse().ok())
        .unwrap_or(1);
    for _ in 0..repeats {
        let start = Instant::now();
        let options = StoreOptions {
            threads: None,
            once: true,
        };
        let store = Store::new(Arc::new(LocalLogdir::new(&dir)), options);
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
        if let Some((run, info)) = snapshot
            .runs()
            .first()
            .and_then(|run| Some((run, run.tags().first()?)))
            && let Some(series) = run.scalars(info.tag.as_str())
        {
            for round in ["first", "again"] {
                let start = Instant::now();
                let answer = series.query(&ScalarRequest {
                    pixels: 1_000,
                    ..ScalarRequest::default()
                });
                let millis = start.elapsed().as_secs_f64() * 1e3;
                let shown = answer.map_or(0, |answer| answer.live.x.len());
                println!(
                    "  {} of {}: 1,000 px {round} {millis:.2} ms, {shown} points shown",
                    info.tag,
                    series.len()
                );
            }
        }
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

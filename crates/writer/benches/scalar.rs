//! How many scalars a second one thread logs, to disk: `cargo bench -p glassboard-writer`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use glassboard_writer::{ScalarStyle, SummaryWriter};

/// Calls between two flushes.
const BATCH: u64 = 1_000_000;

fn add_scalar(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("add_scalar");
    group
        .throughput(Throughput::Elements(BATCH))
        .sample_size(10)
        .measurement_time(Duration::from_secs(10));
    for (name, style) in [
        ("simple", ScalarStyle::SimpleValue),
        ("tensor", ScalarStyle::Tensor),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| (0..iterations).map(|_| log(style)).sum());
        });
    }
    group.finish();
}

/// Time from the first call to the end of the flush.
fn log(style: ScalarStyle) -> Duration {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let writer = SummaryWriter::new(dir.path()).expect("a writer");
    let start = Instant::now();
    for step in 0..BATCH {
        let value = black_box(step as f64 * 1e-3);
        writer
            .add_scalar_as("loss/train", value, step, style)
            .expect("a record");
    }
    writer.flush().expect("a flush");
    start.elapsed()
}

criterion_group!(benches, add_scalar);
criterion_main!(benches);

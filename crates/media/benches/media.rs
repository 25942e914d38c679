//! How long a histogram and a picture take: `cargo bench -p glassboard-media`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use glassboard_media::{Bins, Histogram, Picture};
use ndarray::{Array1, Array3};

/// Values spread over many bins, positive and negative, without a random number generator.
fn values(count: usize) -> Array1<f32> {
    Array1::from_shape_fn(count, |i| ((i as f32 * 0.618_034).fract() - 0.5).powi(3))
}

fn histograms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("histogram of 1 M values");
    let values = values(1_000_000);
    group
        .throughput(Throughput::Elements(values.len() as u64))
        .sample_size(20);
    for (name, bins) in [
        ("tensorflow", Bins::TensorFlow),
        ("auto", Bins::Auto),
        ("stone", Bins::Stone),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| Histogram::count(black_box(&values), &bins, None));
        });
    }
    group.finish();
}

fn pictures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("picture of 512 x 512");
    let smooth = Array3::from_shape_fn((3, 512, 512), |(c, y, x)| {
        ((x + c * 40) as f32 * 0.02).sin() * (y as f32 * 0.03).cos() * 0.5 + 0.5
    });
    group.throughput(Throughput::Bytes(3 * 512 * 512));
    group.bench_function("from tensor", |bencher| {
        bencher.iter(|| Picture::from_tensor(black_box(&smooth), "CHW"));
    });
    let picture = Picture::from_tensor(&smooth, "CHW").expect("a picture");
    group.bench_function("to png", |bencher| {
        bencher.iter(|| black_box(&picture).to_png());
    });
    group.bench_function("rescale by 0.5", |bencher| {
        bencher.iter(|| black_box(&picture).rescaled(0.5));
    });
    group.finish();
}

criterion_group!(benches, histograms, pictures);
criterion_main!(benches);

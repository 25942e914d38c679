//! How long the curves of ten million samples take.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use glassboard_metrics::{CurveOptions, precision_recall_curve, roc_curve};
use ndarray::ArrayView1;

const SAMPLES: usize = 10_000_000;

/// Uniform numbers in [0, 1), by splitmix64.
fn uniform(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    })
}

fn curves(criterion: &mut Criterion) {
    let labels: Vec<i64> = uniform(1)
        .take(SAMPLES)
        .map(|u| i64::from(u < 0.5))
        .collect();
    let scores: Vec<f64> = uniform(2).take(SAMPLES).collect();
    let single: Vec<f32> = scores.iter().map(|&score| score as f32).collect();
    let weights: Vec<f64> = uniform(3).take(SAMPLES).collect();
    let plain = CurveOptions::default();
    let weighted = CurveOptions {
        sample_weight: Some(ArrayView1::from(&weights)),
        ..CurveOptions::default()
    };
    let mut group = criterion.benchmark_group("10 M samples");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5));
    // What is returned is dropped outside of the time taken.
    let size = BatchSize::PerIteration;
    group.bench_function("roc_curve f64", |bencher| {
        bencher.iter_batched(
            || (),
            |()| roc_curve(black_box(&labels), &scores, &plain),
            size,
        );
    });
    group.bench_function("roc_curve f32", |bencher| {
        bencher.iter_batched(
            || (),
            |()| roc_curve(black_box(&labels), &single, &plain),
            size,
        );
    });
    group.bench_function("roc_curve f64 weighted", |bencher| {
        bencher.iter_batched(
            || (),
            |()| roc_curve(black_box(&labels), &scores, &weighted),
            size,
        );
    });
    group.bench_function("precision_recall_curve f64", |bencher| {
        bencher.iter_batched(
            || (),
            |()| precision_recall_curve(black_box(&labels), &scores, &plain),
            size,
        );
    });
    group.bench_function("precision_recall_curve f32", |bencher| {
        bencher.iter_batched(
            || (),
            |()| precision_recall_curve(black_box(&labels), &single, &plain),
            size,
        );
    });
    group.finish();
}

criterion_group!(benches, curves);
criterion_main!(benches);

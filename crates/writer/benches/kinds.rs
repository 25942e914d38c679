//! How long the calls take that log more than a number: `cargo bench -p glassboard-writer --bench kinds`.
//!
//! Inputs are those that PyTorch's writer was timed with (`cargo xtask bench` runs both).

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use glassboard_writer::{CurveOptions, EmbeddingOptions, SummaryWriter, VideoOptions};
use ndarray::{Array, Array1, Array2, Array3, Array4, Array5, Dimension, ShapeBuilder};

/// Numbers in 0 ... 1 that look random.
fn uniform<D: Dimension, Sh: ShapeBuilder<Dim = D>>(shape: Sh) -> Array<f32, D> {
    let mut state = 1_u64;
    Array::from_shape_simple_fn(shape, || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 24) as f32
    })
}

/// Numbers that are about normally distributed.
fn normal(count: usize) -> Array1<f32> {
    let uniform = uniform((count, 12));
    uniform
        .rows()
        .into_iter()
        .map(|row| row.sum() - 6.0)
        .collect()
}

/// A picture as a camera sees it: smooth, with a little noise.
fn photo() -> Array3<f32> {
    let noise = uniform((3, 256, 256));
    Array3::from_shape_fn((3, 256, 256), |(c, y, x)| {
        let (column, row) = (x as f32 / 40.0, y as f32 / 30.0);
        let smooth = (column + c as f32).sin() * (row - column).cos() * 0.4 + 0.5;
        smooth + (noise[[c, y, x]] - 0.5) * 0.02
    })
}

fn kinds(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let writer = SummaryWriter::new(dir.path()).expect("a writer");
    let mut time = |name: &str, log: &mut dyn FnMut()| {
        criterion.bench_function(name, |bencher| bencher.iter(&mut *log));
    };

    for count in [10_000, 1_000_000] {
        let values = normal(count);
        time(&format!("add_histogram/{count}"), &mut || {
            writer
                .add_histogram("w", black_box(&values), 0)
                .expect("a record");
        });
    }
    for (name, image) in [("noise", uniform((3, 256, 256))), ("photo", photo())] {
        time(&format!("add_image/3x256x256 {name}"), &mut || {
            writer
                .add_image("im", black_box(&image), 0, "CHW")
                .expect("a record");
        });
    }
    let images: Array4<f32> = uniform((16, 3, 64, 64));
    time("add_images/16x3x64x64", &mut || {
        writer
            .add_images("ims", black_box(&images), 0, "NCHW")
            .expect("a record");
    });
    let predictions: Array1<f64> = uniform(100_000).mapv(f64::from);
    let labels = predictions.mapv(|p| i64::from((p * 1000.0).fract() < p));
    time("add_pr_curve/100000", &mut || {
        writer
            .add_pr_curve(
                "pr",
                black_box(&labels),
                black_box(&predictions),
                0,
                &CurveOptions::default(),
            )
            .expect("a record");
    });
    let points: Array2<f64> = uniform((2000, 64)).mapv(f64::from);
    let metadata: Vec<String> = (0..2000).map(|i| i.to_string()).collect();
    let mut step = 0;
    time("add_embedding/2000x64", &mut || {
        let options = EmbeddingOptions {
            metadata: Some(&metadata),
            ..EmbeddingOptions::default()
        };
        writer
            .add_embedding(black_box(&points), step, &options)
            .expect("files");
        step = (step + 1) % 4;
    });
    let video: Array5<f32> = uniform((1, 16, 3, 64, 64));
    time("add_video/1x16x3x64x64", &mut || {
        writer
            .add_video("vid", black_box(&video), 0, &VideoOptions::default())
            .expect("a record");
    });
    let sound = normal(44_100);
    time("add_audio/44100", &mut || {
        writer
            .add_audio("snd", black_box(&sound), 0, 44_100)
            .expect("a record");
    });
}

criterion_group!(benches, kinds);
criterion_main!(benches);

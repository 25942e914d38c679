//! Projections against their definitions.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_projection::{
    Metric, Pca, PcaOptions, PcaSolver, ProjectionError, Report, Stage, TsneOptions, TsneStart,
    UmapOptions, nearest_neighbors, nearest_to, pca, tsne, umap,
};
use ndarray::{Array2, ArrayView1, Axis, arr2};
use proptest::prelude::*;
use std::{
    ops::ControlFlow,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Groups of points around corners that are far apart, and the group of each point.
fn groups(points: usize, dimensions: usize, groups: usize) -> (Array2<f32>, Vec<usize>) {
    let mut random = fastrand::Rng::with_seed(7);
    let group: Vec<usize> = (0..points).map(|point| point % groups).collect();
    let data = Array2::from_shape_fn((points, dimensions), |(row, column)| {
        let corner = if column % groups == group[row] {
            10.0
        } else {
            0.0
        };
        corner + random.f32()
    });
    (data, group)
}

/// Share of points whose nearest neighbour in the layout is of their group.
fn kept_together(layout: &Array2<f32>, group: &[usize]) -> f64 {
    let near = nearest_neighbors(layout.view(), 1, Metric::Euclidean, &()).unwrap();
    let kept =
        (0..group.len()).filter(|point| group[near.indices[(*point, 0)] as usize] == group[*point]);
    kept.count() as f64 / group.len() as f64
}

fn options_of(solver: PcaSolver, components: usize) -> PcaOptions {
    PcaOptions {
        solver,
        components,
        ..PcaOptions::default()
    }
}

#[test]
fn components_of_a_known_ellipse() {
    // Points along (3, 4) / 5 at ±5 and along (-4, 3) / 5 at ±1, around (10, 20).
    let points = arr2(&[[13.0, 24.0], [7.0, 16.0], [9.2, 20.6], [10.8, 19.4]]);
    let result = pca(points.view(), &PcaOptions::default(), &()).unwrap();
    assert_eq!(result.mean.to_vec(), [10.0, 20.0]);
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
    assert!(
        close(result.explained_variance[0], 50.0 / 3.0),
        "{result:?}"
    );
    assert!(close(result.explained_variance[1], 2.0 / 3.0), "{result:?}");
    assert!(
        close(result.explained_variance_ratio[0], 50.0 / 52.0),
        "{result:?}"
    );
    assert!(close(result.components[(0, 0)], 0.6) && close(result.components[(0, 1)], 0.8));
    // The largest entry is positive.
    assert!(close(result.components[(1, 0)], 0.8) && close(result.components[(1, 1)], -0.6));
    assert!((result.coordinates[(0, 0)] - 5.0).abs() < 1e-6);
    assert!((result.coordinates[(2, 1)] + 1.0).abs() < 1e-6);
}

fn assert_components_are_right(points: &Array2<f32>, result: &Pca) {
    let mean = points.mean_axis(Axis(0)).unwrap();
    let centered = points - &mean;
    for (index, component) in result.components.rows().into_iter().enumerate() {
        for (other, against) in result.components.rows().into_iter().enumerate() {
            let expected = f64::from(u8::from(index == other));
            assert!((component.dot(&against) - expected).abs() < 1e-4);
        }
        // An eigenvector of the covariance: what the covariance makes of it is a multiple of it.
        let direction = component.mapv(|value| value as f32);
        let along = centered.dot(&direction);
        let image = centered.t().dot(&along) / (points.nrows() - 1) as f32;
        let variance = result.explained_variance[index] as f32;
        let largest = result.explained_variance[0] as f32;
        for (got, expected) in image.iter().zip(direction.mapv(|value| value * variance)) {
            assert!((got - expected).abs() <= 2e-3 * largest, "{got} {expected}");
        }
    }
}

#[test]
fn solvers_agree() {
    let mut random = fastrand::Rng::with_seed(3);
    for (rows, columns) in [(300, 20), (20, 300)] {
        let points = Array2::from_shape_fn((rows, columns), |(_, column)| {
            100.0 + random.f32() * 100.0 / (1.0 + column as f32)
        });
        let exact = pca(points.view(), &options_of(PcaSolver::Exact, 3), &()).unwrap();
        let random = pca(points.view(), &options_of(PcaSolver::Randomized, 3), &()).unwrap();
        assert_components_are_right(&points, &exact);
        for (a, b) in exact
            .explained_variance
            .iter()
            .zip(&random.explained_variance)
        {
            assert!((a - b).abs() < 1e-4 * a, "{a} {b}");
        }
        for (a, b) in exact.components.iter().zip(&random.components) {
            assert!((a - b).abs() < 2e-3, "{a} {b}");
        }
    }
}

#[test]
fn equal_points_have_no_variance() {
    let points = Array2::from_elem((5, 3), 7.0_f32);
    let result = pca(points.view(), &PcaOptions::default(), &()).unwrap();
    assert_eq!(result.explained_variance_ratio, [0.0, 0.0, 0.0]);
    assert!(result.coordinates.iter().all(|value| *value == 0.0));
    let layout = umap(points.view(), &UmapOptions::default(), &()).unwrap();
    assert!(layout.iter().all(|value| value.is_finite()));
    let options = TsneOptions {
        perplexity: 2.0,
        ..TsneOptions::default()
    };
    let layout = tsne(points.view(), &options, &()).unwrap().coordinates;
    assert!(layout.iter().all(|value| value.is_finite()));
}

#[test]
fn layouts_keep_groups_together() {
    let (points, group) = groups(300, 12, 4);
    for dimensions in [2, 3] {
        let options = TsneOptions {
            dimensions,
            perplexity: 20.0,
            iterations: 500,
            ..TsneOptions::default()
        };
        let layout = tsne(points.view(), &options, &()).unwrap();
        assert_eq!(layout.coordinates.dim(), (300, dimensions));
        assert_eq!(kept_together(&layout.coordinates, &group), 1.0);
        assert!(
            layout.kl_divergence > 0.0 && layout.kl_divergence < 2.0,
            "{layout:?}"
        );

        let options = UmapOptions {
            dimensions,
            ..UmapOptions::default()
        };
        let layout = umap(points.view(), &options, &()).unwrap();
        assert_eq!(kept_together(&layout, &group), 1.0);
    }
}

#[test]
fn a_seed_gives_one_layout_on_any_number_of_cores() {
    let (points, _) = groups(200, 6, 3);
    let once = || {
        let options = TsneOptions {
            iterations: 60,
            perplexity: 10.0,
            ..TsneOptions::default()
        };
        let layout = tsne(points.view(), &options, &()).unwrap().coordinates;
        (
            layout,
            umap(points.view(), &UmapOptions::default(), &()).unwrap(),
        )
    };
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    };
    assert_eq!(pool(1).install(once), pool(4).install(once));
    let other = UmapOptions {
        seed: 1,
        ..UmapOptions::default()
    };
    assert_ne!(umap(points.view(), &other, &()).unwrap(), once().1);
    let by_chance = |seed| {
        let options = TsneOptions {
            start: TsneStart::Random,
            iterations: 5,
            seed,
            ..TsneOptions::default()
        };
        tsne(points.view(), &options, &()).unwrap().coordinates
    };
    assert_eq!(by_chance(1), by_chance(1));
    assert_ne!(by_chance(1), by_chance(2));
}

#[test]
fn progress_is_told_and_ends_the_work() {
    let (points, _) = groups(120, 5, 2);
    let options = TsneOptions {
        iterations: 40,
        perplexity: 10.0,
        ..TsneOptions::default()
    };
    let seen = Mutex::new(Vec::new());
    let watch = |report: Report<'_>| {
        if report.stage == Stage::Layout {
            assert_eq!(report.layout.unwrap().dim(), (120, 2));
        }
        seen.lock()
            .unwrap()
            .push((report.stage, report.done, report.total));
        ControlFlow::Continue(())
    };
    tsne(points.view(), &options, &watch).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.contains(&(Stage::Neighbors, 120, 120)), "{seen:?}");
    assert!(seen.iter().any(|(stage, ..)| *stage == Stage::Components));
    assert_eq!(seen.last(), Some(&(Stage::Layout, 40, 40)));

    // Stopped at every place there is.
    for stage in [Stage::Neighbors, Stage::Components, Stage::Layout] {
        let calls = AtomicUsize::new(0);
        let stop = |report: Report<'_>| {
            if report.stage == stage {
                calls.fetch_add(1, Ordering::Relaxed);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        assert_eq!(
            tsne(points.view(), &options, &stop),
            Err(ProjectionError::Stopped)
        );
        assert_eq!(
            umap(points.view(), &UmapOptions::default(), &stop),
            Err(ProjectionError::Stopped)
        );
        assert!(calls.into_inner() >= 2);
    }
}

#[test]
fn bad_data_and_options_are_refused() {
    let mut points = Array2::<f32>::zeros((50, 3));
    let message = |error: ProjectionError| error.to_string();
    let options = TsneOptions::default();
    points[(7, 2)] = f32::NAN;
    assert_eq!(
        message(pca(points.view(), &PcaOptions::default(), &()).unwrap_err()),
        "expected finite values, got NaN in row 7, column 2"
    );
    points[(7, 2)] = 0.0;
    assert_eq!(
        message(tsne(points.slice(ndarray::s![..2, ..]), &options, &()).unwrap_err()),
        "t-SNE needs at least 3 points, got 2"
    );
    assert_eq!(
        message(tsne(points.slice(ndarray::s![..30, ..]), &options, &()).unwrap_err()),
        "perplexity: expected less than the number of points (30), got 30"
    );
    for (wrong, expected) in [
        (
            TsneOptions {
                perplexity: f64::NAN,
                ..options.clone()
            },
            "perplexity: expected at least 1, got NaN",
        ),
        (
            TsneOptions {
                theta: 1.5,
                ..options.clone()
            },
            "theta: expected 0 to 1, got 1.5",
        ),
        (
            TsneOptions {
                learning_rate: Some(0.0),
                ..options.clone()
            },
            "learning_rate: expected a number above 0, got 0",
        ),
        (
            TsneOptions {
                iterations: 0,
                ..options.clone()
            },
            "iterations: expected at least 1, got 0",
        ),
        (
            TsneOptions {
                early_exaggeration: 0.5,
                ..options.clone()
            },
            "early_exaggeration: expected at least 1, got 0.5",
        ),
    ] {
        assert_eq!(
            message(tsne(points.view(), &wrong, &()).unwrap_err()),
            expected
        );
    }
    assert_eq!(
        message(
            pca(
                points.slice(ndarray::s![..1, ..]),
                &PcaOptions::default(),
                &()
            )
            .unwrap_err()
        ),
        "PCA needs at least 2 points, got 1"
    );
    assert_eq!(
        message(umap(Array2::zeros((9, 0)).view(), &UmapOptions::default(), &()).unwrap_err()),
        "expected points of at least one dimension, got none"
    );
    let flat = TsneOptions {
        dimensions: 4,
        ..TsneOptions::default()
    };
    assert_eq!(
        message(tsne(points.view(), &flat, &()).unwrap_err()),
        "dimensions: expected 2 or 3, got 4"
    );
    assert_eq!(
        message(nearest_neighbors(points.view(), 50, Metric::Euclidean, &()).unwrap_err()),
        "finding 50 neighbors needs at least 51 points, got 50"
    );
    assert_eq!(
        message(nearest_to(points.view(), 50, 3, Metric::Euclidean).unwrap_err()),
        "point: expected below 50, got 50"
    );
}

/// The definition, pair by pair.
fn distance(a: &ArrayView1<'_, f32>, b: &ArrayView1<'_, f32>, metric: Metric) -> f64 {
    let (a, b) = (a.mapv(f64::from), b.mapv(f64::from));
    match metric {
        Metric::Cosine => {
            let lengths = a.dot(&a).sqrt() * b.dot(&b).sqrt();
            if lengths > 0.0 {
                (1.0 - a.dot(&b) / lengths).max(0.0)
            } else {
                1.0
            }
        }
        _ => (&a - &b).mapv(|value| value * value).sum().sqrt(),
    }
}

proptest! {
    #[test]
    fn neighbors_are_the_nearest(
        points in (2_usize..90, 1_usize..9).prop_flat_map(|(rows, columns)| {
            proptest::collection::vec(-8_i8..8, rows * columns)
                .prop_map(move |values| Array2::from_shape_vec((rows, columns), values).unwrap().mapv(f32::from))
        }),
        far in proptest::bool::ANY,
        cosine in proptest::bool::ANY,
        k in 1_usize..20,
    ) {
        let points = if far { points + 5000.0 } else { points };
        let metric = if cosine { Metric::Cosine } else { Metric::Euclidean };
        let k = k.min(points.nrows() - 1);
        let near = nearest_neighbors(points.view(), k, metric, &()).unwrap();
        for point in 0..points.nrows() {
            let mut expected: Vec<f32> = (0..points.nrows())
                .filter(|other| *other != point)
                .map(|other| distance(&points.row(point), &points.row(other), metric) as f32)
                .collect();
            expected.sort_by(f32::total_cmp);
            let row = near.indices.row(point);
            prop_assert!(row.iter().all(|index| *index as usize != point));
            for (index, (got, expected)) in near.distances.row(point).iter().zip(&expected).enumerate() {
                prop_assert!((got - expected).abs() <= 1e-4 * expected.max(1e-3), "{index}: {got} {expected}");
            }
            if !cosine {
                let alone = nearest_to(points.view(), point, k, metric).unwrap();
                for (got, (_, expected)) in near.distances.row(point).iter().zip(&alone) {
                    prop_assert!((got - expected).abs() <= 1e-4 * expected.max(1e-3));
                }
            }
        }
    }
}

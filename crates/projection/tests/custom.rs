//! Axes between groups of points, against the definition.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_projection::{ProjectionError, custom_axis};
use ndarray::{Array2, arr2};
use proptest::prelude::*;

#[test]
fn a_point_is_at_its_product_with_the_difference_of_the_centroids() {
    // `king − man + woman` with numbers that can be followed by hand.
    let points = arr2(&[
        [1.0_f32, 0.0, 2.0],
        [3.0, 0.0, 2.0],
        [0.0, 4.0, 2.0],
        [0.0, 6.0, 2.0],
        [1.0, 1.0, 7.0],
    ]);
    let axis = custom_axis(points.view(), &[0, 1], &[3, 2]).unwrap();
    assert_eq!(axis.direction.to_vec(), [-2.0, 5.0, 0.0]);
    assert!((axis.length - 29.0_f64.sqrt()).abs() < 1e-12);
    assert_eq!(axis.coordinates.to_vec(), [-2.0, -6.0, 20.0, 30.0, 3.0]);
    // The other way round everything is mirrored; a row named twice counts once.
    let back = custom_axis(points.view(), &[2, 3, 3, 2, 3], &[1, 0]).unwrap();
    assert_eq!(back.coordinates, axis.coordinates.mapv(|value| -value));
    assert_eq!(back.length, axis.length);
}

#[test]
fn groups_with_one_centre_make_a_flat_axis() {
    let points = arr2(&[[0.1_f32, 9.0], [0.3, 9.0], [0.2, 9.0], [5.0, 1.0]]);
    for (from, to) in [
        (&[0_usize, 1][..], &[0_usize, 1][..]),
        (&[0, 1, 2], &[2, 0, 1]),
        (&[3], &[3]),
    ] {
        let axis = custom_axis(points.view(), from, to).unwrap();
        assert_eq!(axis.length, 0.0);
        assert_eq!(axis.direction.to_vec(), [0.0, 0.0]);
        assert_eq!(axis.coordinates.to_vec(), [0.0; 4]);
    }
    // Also far from zero, where sums round; and near things are still apart.
    let thirds = arr2(&[[1e6_f32], [1e6 + 1.0], [1e6 + 2.0]]);
    let axis = custom_axis(thirds.view(), &[0, 1, 2], &[1]).unwrap();
    assert_eq!(axis.length, 0.0);
    let axis = custom_axis(thirds.view(), &[0], &[1]).unwrap();
    assert_eq!(axis.length, 1.0);
}

#[test]
fn what_is_no_axis_is_refused() {
    let points = arr2(&[[0.0_f32, 1.0], [2.0, 1.0]]);
    let message = |error: ProjectionError| error.to_string();
    assert_eq!(
        message(custom_axis(points.view(), &[0], &[]).unwrap_err()),
        "the centroid of to needs at least 1 points, got 0"
    );
    assert_eq!(
        message(custom_axis(points.view(), &[0, 2], &[1]).unwrap_err()),
        "from: expected rows below 2, got 2"
    );
    let odd = arr2(&[[0.0_f32, f32::NAN], [2.0, 1.0]]);
    assert!(matches!(
        custom_axis(odd.view(), &[1], &[1]).unwrap_err(),
        ProjectionError::NotFinite {
            row: 0,
            column: 1,
            ..
        }
    ));
    let none = Array2::zeros((3, 0));
    assert_eq!(
        custom_axis(none.view(), &[0], &[1]).unwrap_err(),
        ProjectionError::NoDimensions
    );
}

proptest! {
    #[test]
    fn axes_are_as_defined(
        (points, from, to) in (1_usize..60, 1_usize..9).prop_flat_map(|(rows, columns)| {
            let values = proptest::collection::vec(-100.0_f32..100.0, rows * columns);
            let group = || proptest::collection::btree_set(0..rows, 1..=rows);
            (
                values.prop_map(move |values| Array2::from_shape_vec((rows, columns), values).unwrap()),
                group(),
                group(),
            )
        }),
    ) {
        let rows = |group: &std::collections::BTreeSet<usize>| group.iter().copied().collect::<Vec<_>>();
        let axis = custom_axis(points.view(), &rows(&from), &rows(&to)).unwrap();
        let mean = |group: &std::collections::BTreeSet<usize>, column: usize| {
            group.iter().map(|row| f64::from(points[(*row, column)])).sum::<f64>() / group.len() as f64
        };
        let direction: Vec<f64> = (0..points.ncols())
            .map(|column| mean(&to, column) - mean(&from, column))
            .collect();
        for (got, expected) in axis.direction.iter().zip(&direction) {
            prop_assert!((got - expected).abs() < 1e-7, "{got} {expected}");
        }
        for (row, got) in points.rows().into_iter().zip(&axis.coordinates) {
            let expected: f64 = row.iter().zip(&direction).map(|(x, d)| f64::from(*x) * d).sum();
            let scale: f64 = row.iter().zip(&direction).map(|(x, d)| (f64::from(*x) * d).abs()).sum();
            prop_assert!((f64::from(*got) - expected).abs() <= 1e-6 * scale + 1e-5, "{got} {expected}");
        }
        let length = direction.iter().map(|value| value * value).sum::<f64>().sqrt();
        prop_assert!((axis.length - length).abs() < 1e-7);
        // The centroids themselves lie a length squared apart.
        let at = |group: &std::collections::BTreeSet<usize>| {
            group.iter().map(|row| f64::from(axis.coordinates[*row])).sum::<f64>() / group.len() as f64
        };
        let apart = at(&to) - at(&from);
        prop_assert!((apart - length * length).abs() <= 1e-3 * (1.0 + length * length), "{apart} {length}");
    }
}

use glassboard_events::{Tensor, TensorData, proto::tensorboard::HistogramProto};

use super::{BASIS_POINTS, Histogram, common_edges};

fn of_buckets(buckets: &[(f64, f64, f64)]) -> Histogram {
    let rows = buckets
        .iter()
        .flat_map(|(left, right, count)| [*left, *right, *count])
        .collect();
    let tensor = Tensor {
        shape: vec![buckets.len() as u64, 3],
        data: TensorData::F64(rows),
    };
    Histogram::from_tensor(&tensor).unwrap()
}

fn proto(min: f64, max: f64, num: f64, limits: &[f64], counts: &[f64]) -> HistogramProto {
    HistogramProto {
        min,
        max,
        num,
        bucket_limit: limits.to_vec(),
        bucket: counts.to_vec(),
        ..HistogramProto::default()
    }
}

#[track_caller]
fn check_percentiles(buckets: &[(f64, f64, f64)], expected: [f64; BASIS_POINTS.len()]) {
    let got = of_buckets(buckets).percentiles();
    for (got, expected) in got.iter().zip(&expected) {
        assert!(
            (got - expected).abs() <= expected.abs() * 1e-12,
            "expected {expected:?}, got {got:?}"
        );
    }
}

// The expected figures of the next five are what TensorBoard 2.21's `compressor.compress_histogram` returns.

#[test]
fn percentiles_of_plain_buckets() {
    check_percentiles(
        &[
            (0.0, 1.0, 1.0),
            (1.0, 2.0, 2.0),
            (2.0, 3.0, 3.0),
            (3.0, 4.0, 4.0),
        ],
        [
            0.0,
            0.668,
            1.2935,
            2.028_333_333_333_333_3,
            2.666_666_666_666_666_5,
            3.22875,
            3.60325,
            3.833,
            4.0,
        ],
    );
}

#[test]
fn percentiles_with_empty_buckets_between() {
    check_percentiles(
        &[
            (-3.5, -1.0, 4.0),
            (-1.0, 0.0, 0.0),
            (0.0, 0.5, 0.0),
            (0.5, 2.0, 6.0),
        ],
        [
            -3.5, -3.0825, -2.508_125, -1.571_875, 0.75, 1.22875, 1.60325, 1.833, 2.0,
        ],
    );
}

#[test]
fn percentiles_of_a_single_value() {
    check_percentiles(&[(7.0, 7.0, 5.0)], [7.0; 9]);
}

#[test]
fn percentiles_of_a_narrow_middle() {
    check_percentiles(
        &[(-1e-3, 0.0, 1.0), (0.0, 1e-6, 9998.0), (1e-6, 1.0, 1.0)],
        [
            -0.001,
            6.671_334_266_853_37e-8,
            1.586_317_263_452_690_5e-7,
            3.084_616_923_384_677e-7,
            5e-7,
            6.915_383_076_615_323e-7,
            8.413_682_736_547_309e-7,
            9.332_866_573_314_662e-7,
            1.0,
        ],
    );
}

#[test]
fn percentiles_with_empty_ends() {
    check_percentiles(
        &[
            (0.0, 1.0, 0.0),
            (1.0, 2.0, 5.0),
            (2.0, 4.0, 5.0),
            (4.0, 9.0, 0.0),
        ],
        [0.0, 0.2672, 0.6348, 1.234, 2.0, 2.766, 3.3652, 3.7328, 9.0],
    );
}

#[test]
fn percentiles_of_nothing_are_zeros() {
    check_percentiles(&[], [0.0; 9]);
    assert_eq!(Histogram::default().percentiles(), [0.0; 9]);
}

#[test]
fn empty_ends_are_dropped_before_the_outer_edges_move() {
    let limits = [-f64::MAX, -1.0, 0.0, 1.0, 2.0, f64::MAX];
    let histogram = Histogram::from_proto(&proto(
        -0.5,
        0.25,
        7.0,
        &limits,
        &[0.0, 0.0, 3.0, 4.0, 0.0, 0.0],
    ))
    .unwrap();
    assert_eq!(histogram.left, [-0.5, 0.0]);
    assert_eq!(histogram.right, [0.0, 0.25]);
    assert_eq!(histogram.counts, [3.0, 4.0]);
    assert_eq!(histogram.uncounted(), 0.0);
}

#[test]
fn values_in_one_bucket_give_one_bucket_from_min_to_max() {
    let histogram =
        Histogram::from_proto(&proto(2.0, 2.0, 3.0, &[1.0, 5.0, 9.0], &[0.0, 3.0, 0.0])).unwrap();
    assert_eq!(
        (histogram.left, histogram.right, histogram.counts),
        (vec![2.0], vec![2.0], vec![3.0])
    );
}

#[test]
fn no_bucket_ends_before_it_begins_whatever_the_figures_say() {
    let histogram =
        Histogram::from_proto(&proto(5.0, -5.0, 3.0, &[1.0, 0.0, 9.0], &[1.0, 1.0, 1.0])).unwrap();
    assert!(
        histogram
            .left
            .iter()
            .zip(&histogram.right)
            .all(|(left, right)| left <= right)
    );
}

#[test]
fn a_histogram_of_nothing_has_no_buckets() {
    let histogram = Histogram::from_proto(&proto(0.0, 0.0, 0.0, &[1.0], &[0.0])).unwrap();
    assert_eq!(histogram.counts, [0.0; 0]);
    let tensor = Tensor {
        shape: vec![0, 3],
        data: TensorData::F32(vec![]),
    };
    assert_eq!(Histogram::from_tensor(&tensor).unwrap().counts, [0.0; 0]);
}

#[test]
fn limits_and_buckets_must_be_as_many() {
    let error = Histogram::from_proto(&proto(0.0, 1.0, 1.0, &[1.0], &[1.0, 2.0])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "histogram: expected as many limits as buckets, got 1 limits of 2 buckets"
    );
}

#[test]
fn tensors_of_other_shapes_are_refused() {
    let tensor = Tensor {
        shape: vec![2, 2],
        data: TensorData::F32(vec![0.0; 4]),
    };
    let error = Histogram::from_tensor(&tensor).unwrap_err();
    assert_eq!(
        error.to_string(),
        "histogram: expected a numeric tensor of shape [k, 3], got shape [2, 2]"
    );
}

#[test]
fn uncounted_are_the_values_in_no_bucket() {
    let histogram =
        Histogram::from_proto(&proto(0.0, 1.0, 10.0, &[0.5, 1.0], &[3.0, 4.0])).unwrap();
    assert_eq!(histogram.uncounted(), 3.0);
}

#[test]
fn zero_lies_in_one_bucket() {
    assert_eq!(
        of_buckets(&[(-1.0, 0.0, 2.0), (0.0, 1.0, 3.0)]).zero_bucket(),
        3.0
    );
    assert_eq!(
        of_buckets(&[(-2.0, -1.0, 2.0), (-1.0, 0.0, 3.0)]).zero_bucket(),
        3.0
    );
    assert_eq!(of_buckets(&[(0.0, 0.0, 5.0)]).zero_bucket(), 5.0);
    assert_eq!(of_buckets(&[(1.0, 2.0, 5.0)]).zero_bucket(), 0.0);
}

#[test]
fn rebinning_spreads_a_bucket_over_the_bins_it_overlaps() {
    let histogram = of_buckets(&[(0.0, 1.0, 4.0), (1.0, 3.0, 6.0)]);
    assert_eq!(
        histogram.rebin(&[0.0, 0.5, 1.5, 3.0]),
        [2.0, 2.0 + 1.5, 4.5]
    );
    assert_eq!(histogram.rebin(&[0.0, 3.0]), [10.0]);
    assert_eq!(histogram.rebin(&[]), [0.0; 0]);
}

#[test]
fn rebinning_puts_a_bucket_without_width_where_its_value_is() {
    let histogram = of_buckets(&[(1.0, 1.0, 4.0)]);
    assert_eq!(histogram.rebin(&[0.0, 1.0, 2.0]), [0.0, 4.0]);
    assert_eq!(histogram.rebin(&[0.0, 0.5, 1.0]), [0.0, 4.0]);
    assert_eq!(histogram.rebin(&[2.0, 3.0]), [0.0]);
}

#[test]
fn common_edges_cover_all_histograms() {
    let (a, b) = (
        of_buckets(&[(0.0, 1.0, 1.0)]),
        of_buckets(&[(-1.0, 0.5, 1.0)]),
    );
    assert_eq!(common_edges(&[&a, &b], 4), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    assert_eq!(common_edges(&[], 4), [0.0; 0]);
}

#[test]
fn an_edge_at_zero_is_zero() {
    let histogram = of_buckets(&[(-0.3, 0.3, 1.0)]);
    assert_eq!(common_edges(&[&histogram], 30)[15], 0.0);
}

#[test]
fn a_single_value_gets_a_range_around_it() {
    for value in [0.0, 1.0, -1.0, 50.0, -50.0] {
        let histogram = of_buckets(&[(value, value, 3.0)]);
        let edges = common_edges(&[&histogram], 30);
        assert!(edges[0] < value && value < edges[30], "{edges:?}");
        assert_eq!(histogram.rebin(&edges).iter().sum::<f64>(), 3.0);
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rebinning_loses_nothing(
            widths in prop::collection::vec((0.0_f64..10.0, 0_u32..100), 1..40),
            bins in 1_usize..50,
            start in -100.0_f64..100.0,
        ) {
            let mut left = start;
            let buckets: Vec<(f64, f64, f64)> = widths
                .iter()
                .map(|(width, count)| {
                    let bucket = (left, left + width, f64::from(*count));
                    left += width;
                    bucket
                })
                .collect();
            let histogram = of_buckets(&buckets);
            let counts = histogram.rebin(&common_edges(&[&histogram], bins));
            let expected: f64 = histogram.counts.iter().sum();
            prop_assert!((counts.iter().sum::<f64>() - expected).abs() <= 1e-6 * expected.max(1.0));
        }

        #[test]
        fn percentiles_never_decrease(
            counts in prop::collection::vec(0_u32..10, 1..30),
        ) {
            let buckets: Vec<(f64, f64, f64)> = counts
                .iter()
                .enumerate()
                .map(|(index, count)| (index as f64, index as f64 + 1.0, f64::from(*count)))
                .collect();
            prop_assert!(of_buckets(&buckets).percentiles().is_sorted());
        }
    }
}

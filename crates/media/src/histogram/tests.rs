use super::*;
use proptest::prelude::*;

/// Edges and the bin a value belongs to, found the slow way.
fn tensorflow_edges() -> Vec<f64> {
    tensorflow::count::<f64>(&[]).edges.to_vec()
}

fn check_tensorflow(value: f64) {
    let binned = tensorflow::count(&[value]);
    let edges = &binned.edges;
    let expected = if value == edges[1548] {
        Some(1547)
    } else {
        edges
            .windows(2)
            .position(|pair| pair[0] <= value && value < pair[1])
    };
    assert_eq!(
        binned.counts.iter().position(|&count| count > 0),
        expected,
        "bin of {value:e}"
    );
}

#[test]
fn tensorflow_has_1549_edges() {
    let edges = tensorflow_edges();
    assert_eq!(edges.len(), 1549);
    assert_eq!((edges[774], edges[775], edges[773]), (0.0, 1e-12, -1e-12));
    assert!(edges.is_sorted_by(|a, b| a < b));
    // `v = 1e-12; while v < 1e20: v *= 1.1` leaves this as the last value in Python.
    assert_eq!(edges[1548], 9.920_775_621_859_783e19);
}

#[test]
fn tensorflow_bins_are_exact_at_and_beside_every_edge() {
    for edge in tensorflow_edges() {
        for value in [edge, edge.next_up(), edge.next_down()] {
            check_tensorflow(value);
        }
    }
    for value in [
        0.0,
        -0.0,
        f64::MIN_POSITIVE,
        -5e-324,
        1e300,
        -1e300,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ] {
        check_tensorflow(value);
    }
}

proptest! {
    #[test]
    fn tensorflow_bins_are_exact_anywhere(value in any::<f64>(), exponent in -14.0..21.0_f64, mantissa in -10.0..10.0_f64) {
        check_tensorflow(value);
        check_tensorflow(mantissa * 10_f64.powf(exponent));
    }

    #[test]
    fn pairwise_sum_is_close_to_the_exact_one(values in prop::collection::vec(-1000..1000_i32, 0..700)) {
        let exact: i64 = values.iter().map(|&value| i64::from(value)).sum();
        let values: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
        prop_assert_eq!(summation::sum(&values), exact as f64);
    }

    #[test]
    fn every_finite_value_is_counted_once(values in prop::collection::vec(-1e6..1e6_f64, 1..300), bins in 1..50_usize) {
        let histogram = Histogram::count(&values, &Bins::Count(bins), None).unwrap();
        prop_assert_eq!(histogram.bucket_counts.iter().sum::<f64>(), values.len() as f64);
        prop_assert!(histogram.bucket_limits[0] <= histogram.min);
        prop_assert!(histogram.bucket_limits.last() >= Some(&histogram.max));
    }

    #[test]
    fn joining_bins_loses_no_value(values in prop::collection::vec(-1e3..1e3_f64, 1..200), max_bins in 1..40_usize) {
        let histogram = Histogram::count(&values, &Bins::TensorFlow, Some(max_bins)).unwrap();
        prop_assert_eq!(histogram.bucket_counts.iter().sum::<f64>(), values.len() as f64);
        prop_assert_eq!(histogram.bucket_limits.len(), histogram.bucket_counts.len());
        prop_assert!(histogram.bucket_limits.is_sorted_by(|a, b| a < b));
    }
}

#[test]
fn strided_arrays_are_counted_whole() {
    let array = ndarray::Array2::from_shape_fn((3, 4), |(y, x)| (10 * y + x) as f32);
    let columns = Histogram::count(
        &array.t().slice(ndarray::s![1..3, ..]),
        &Bins::Count(2),
        None,
    )
    .unwrap();
    assert_eq!(
        (columns.min, columns.max, columns.num, columns.sum),
        (1.0, 22.0, 6.0, 69.0)
    );
}

//! The bin rules give what `NumPy` gives on the same values; `data/make_histograms.py` wrote the expectations.

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

use glassboard_media::{Bins, Histogram, MediaError};
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn number(value: &Value) -> f64 {
    value
        .as_str()
        .map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
}

fn bins(value: &Value) -> Bins {
    match value {
        Value::String(name) => name.parse().unwrap(),
        Value::Array(_) => Bins::Edges(numbers(value)),
        count => Bins::Count(count.as_u64().unwrap() as usize),
    }
}

#[test]
fn edges_and_counts_are_those_of_numpy() {
    let file: Value = serde_json::from_str(include_str!("data/histograms.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() > 150, "{} cases", cases.len());
    for case in cases {
        let name = format!("{} by {}", case["input"], case["bins"]);
        let values = numbers(&file["inputs"][case["input"].as_str().unwrap()]);
        let result = Histogram::count(&values, &bins(&case["bins"]), None);
        if case.get("error").is_some() {
            assert_eq!(
                result,
                Err(MediaError::NothingCounted {
                    values: values.len()
                }),
                "{name}"
            );
            continue;
        }
        let histogram = result.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            histogram.bucket_limits,
            numbers(&case["edges"]),
            "{name}: edges"
        );
        assert_eq!(
            histogram.bucket_counts[0], 0.0,
            "{name}: the first bucket is empty"
        );
        assert_eq!(
            histogram.bucket_counts[1..],
            numbers(&case["counts"]),
            "{name}: counts"
        );
        assert_eq!(histogram.num, values.len() as f64, "{name}: num");
    }
}

#[test]
fn nan_and_infinity_are_in_the_statistics_only() {
    let values = [1.0, f64::NAN, 2.0];
    let histogram = Histogram::count(&values, &Bins::TensorFlow, None).unwrap();
    assert!(histogram.min.is_nan() && histogram.max.is_nan() && histogram.sum.is_nan());
    assert_eq!(
        (histogram.num, histogram.bucket_counts.iter().sum::<f64>()),
        (3.0, 2.0)
    );

    let values = [f64::INFINITY, 1.0, f64::NEG_INFINITY];
    let histogram = Histogram::count(&values, &Bins::TensorFlow, None).unwrap();
    assert_eq!(
        (histogram.min, histogram.max),
        (f64::NEG_INFINITY, f64::INFINITY)
    );
    assert_eq!(histogram.bucket_counts.iter().sum::<f64>(), 1.0);
}

#[test]
fn what_cannot_be_binned_says_why() {
    let check = |values: &[f64], bins: Bins, max_bins: Option<usize>, expected: &str| {
        let error = Histogram::count(values, &bins, max_bins).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check(
        &[],
        Bins::TensorFlow,
        None,
        "empty histogram input: expected at least one value, got none",
    );
    check(
        &[f64::NAN, f64::NAN],
        Bins::TensorFlow,
        None,
        "empty histogram: expected at least one of 2 values between the outer edges, got none",
    );
    for rule in [Bins::Auto, Bins::Scott, Bins::Stone, Bins::Count(3)] {
        check(
            &[1.0, f64::INFINITY],
            rule,
            None,
            "cannot choose bins: expected finite values, got a range of 1 to inf",
        );
    }
    check(
        &[1.0, f64::NAN],
        Bins::Sqrt,
        None,
        "cannot choose bins: expected finite values, got a range of NaN to NaN",
    );
    check(
        &[1.0],
        Bins::Count(0),
        None,
        "number of bins must be positive: expected at least 1, got 0",
    );
    check(
        &[1.0],
        Bins::TensorFlow,
        Some(0),
        "max_bins must be positive: expected at least 1, got 0",
    );
    check(
        &[1.0],
        Bins::Edges(vec![2.0, 1.0]),
        None,
        "bin edges must increase: expected at least two non-decreasing numbers, got [2.0, 1.0]",
    );
    check(
        &[1.0],
        Bins::Edges(vec![2.0]),
        None,
        "bin edges must increase: expected at least two non-decreasing numbers, got 1 of them",
    );
    check(
        &[1.0, 1.0_f64.next_up()],
        Bins::Count(5),
        None,
        "too many bins for the range of the values: cannot make 5 bins between 1 and 1.0000000000000002",
    );
    assert_eq!(
        "median".parse::<Bins>().unwrap_err().to_string(),
        "unknown bin rule: expected tensorflow, auto, fd, doane, scott, stone, rice, sturges or sqrt, got \"median\""
    );
}

#[test]
fn max_bins_joins_neighbours_from_the_left() {
    // Ten bins of one value each, three at a time: the last block holds one.
    let values: Vec<i32> = (0..10).collect();
    let histogram = Histogram::count(&values, &Bins::Count(10), Some(3)).unwrap();
    assert_eq!(histogram.bucket_counts, [0.0, 3.0, 3.0, 3.0, 1.0]);
    let expected = [0.0, 2.7, 5.4, 8.1, 9.0];
    for (limit, expected) in histogram.bucket_limits.iter().zip(expected) {
        assert!(
            (limit - expected).abs() < 1e-12,
            "{limit} is not {expected}"
        );
    }
}

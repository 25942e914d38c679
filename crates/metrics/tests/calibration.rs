//! Calibration curves beside `sklearn.calibration.calibration_curve` 1.9.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_metrics::{
    CalibrationBin, CurveOptions, confusion_matrix_at_thresholds, expected_calibration_error,
};
use proptest::prelude::*;

const LABELS: [i32; 12] = [0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0];
const SCORES: [f64; 12] = [
    0.0, 0.05, 0.2, 0.2, 0.21, 0.35, 0.4, 0.55, 0.6, 0.8, 1.0, 0.95,
];

fn bins(labels: &[i32], scores: &[f64], count: usize) -> Option<Vec<CalibrationBin>> {
    confusion_matrix_at_thresholds(labels, scores, &CurveOptions::default())
        .unwrap()
        .calibration(count)
}

/// Mean score, share of positives, and samples of each bin.
fn assert_bins(count: usize, expected: &[(f64, f64, f64)], error: f64) {
    let bins = bins(&LABELS, &SCORES, count).unwrap();
    assert_eq!(bins.len(), expected.len(), "{bins:?}");
    for (bin, (score, share, samples)) in bins.iter().zip(expected) {
        assert!((bin.mean_score - score).abs() < 1e-15, "{bin:?}");
        assert_eq!((bin.positive_share, bin.samples), (*share, *samples));
    }
    assert!((expected_calibration_error(&bins) - error).abs() < 1e-15);
}

#[test]
fn as_scikit_learn_borders_belong_to_the_lower_bin() {
    let five = [
        (0.1125, 0.25, 4.0),
        (0.32, 2.0 / 3.0, 3.0),
        (0.575, 0.5, 2.0),
        (0.8, 1.0, 1.0),
        (0.975, 0.5, 2.0),
    ];
    assert_bins(5, &five, 0.240_833_333_333_333_32);
    let ten = [
        (0.025, 0.0, 2.0),
        (0.2, 0.5, 2.0),
        (0.21, 0.0, 1.0),
        (0.375, 1.0, 2.0),
        (0.575, 0.5, 2.0),
        (0.8, 1.0, 1.0),
        (0.975, 0.5, 2.0),
    ];
    assert_bins(10, &ten, 0.284_166_666_666_666_6);
}

#[test]
fn what_is_no_probability_has_no_calibration() {
    assert_eq!(bins(&[0, 1], &[0.5, 1.5], 10), None);
    assert_eq!(bins(&[0, 1], &[-0.1, 0.5], 10), None);
    assert_eq!(bins(&[0, 1], &[0.1, 0.5], 0), None);
    assert_eq!(expected_calibration_error(&[]), 0.0);
    let sure = bins(&[0, 0, 1, 1], &[1.0, 1.0, 0.0, 0.0], 10).unwrap();
    assert_eq!(expected_calibration_error(&sure), 1.0);
}

proptest! {
    #[test]
    fn bins_hold_every_sample_once_and_lie_within_their_borders(
        samples in prop::collection::vec((0..2_i32, 0.0..=1.0_f64), 2..200),
        count in 1..20_usize,
    ) {
        let (mut labels, scores): (Vec<_>, Vec<_>) = samples.into_iter().unzip();
        labels[0] = 0;
        labels[1] = 1;
        let bins = bins(&labels, &scores, count).unwrap();
        prop_assert_eq!(bins.iter().map(|bin| bin.samples).sum::<f64>(), labels.len() as f64);
        let positives: f64 = bins.iter().map(|bin| bin.samples * bin.positive_share).sum();
        prop_assert!((positives - f64::from(labels.iter().sum::<i32>())).abs() < 1e-9);
        prop_assert!(bins.windows(2).all(|two| two[0].mean_score < two[1].mean_score));
        let error = expected_calibration_error(&bins);
        prop_assert!((0.0..=1.0).contains(&error));
    }
}

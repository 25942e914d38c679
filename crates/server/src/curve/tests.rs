use glassboard_events::proto::tensorboard::{
    DataType, TensorProto, TensorShapeProto, summary, tensor_shape_proto::Dim,
};

use super::*;

fn value(shape: &[i64], values: &[f32]) -> StoredValue {
    let dim = |&size: &i64| Dim {
        size,
        ..Dim::default()
    };
    StoredValue::Summary(summary::Value {
        value: Some(Value::Tensor(TensorProto {
            dtype: DataType::DtFloat.into(),
            tensor_shape: Some(TensorShapeProto {
                dim: shape.iter().map(dim).collect(),
                ..TensorShapeProto::default()
            }),
            float_val: values.to_vec(),
            ..TensorProto::default()
        })),
        ..summary::Value::default()
    })
}

fn pr(rows: [&[f32]; 6]) -> (Curve, Option<Problem>) {
    let count = rows[0].len() as i64;
    let value = value(&[6, count], &rows.concat());
    let rows =
        Rows::of(value, CurvePlugin::PrCurves).unwrap_or_else(|problem| panic!("{problem:?}"));
    rows.curve(7, 1.5)
}

/// Scores 0.8 and 0.35 of positive samples, 0.4 and 0.1 of negative ones, at thresholds 0, 0.25, 0.5, 0.75 and 1.
const GOOD: [&[f32]; 6] = [
    &[2.0, 2.0, 1.0, 1.0, 0.0],
    &[2.0, 1.0, 0.0, 0.0, 0.0],
    &[0.0, 1.0, 2.0, 2.0, 2.0],
    &[0.0, 0.0, 1.0, 1.0, 2.0],
    &[0.5, 2.0 / 3.0, 1.0, 1.0, 0.0],
    &[1.0, 1.0, 0.5, 0.5, 0.0],
];

#[test]
fn everything_comes_from_the_counts() {
    let (curve, problem) = pr(GOOD);
    assert_eq!(problem, None);
    assert_eq!((curve.step, curve.wall_time_secs), (7, 1.5));
    assert_eq!(curve.threshold, [0.0, 0.25, 0.5, 0.75, 1.0]);
    assert_eq!(
        curve.precision,
        [Some(0.5), Some(2.0 / 3.0), Some(1.0), Some(1.0), None]
    );
    assert_eq!(curve.recall, [1.0, 1.0, 0.5, 0.5, 0.0].map(Some));
    assert_eq!(
        curve.false_positive_rate,
        [1.0, 0.5, 0.0, 0.0, 0.0].map(Some)
    );
    assert_eq!(
        curve.false_negative_rate,
        [0.0, 0.0, 0.5, 0.5, 1.0].map(Some)
    );
    assert_eq!((curve.positives, curve.negatives), (Some(2.0), Some(2.0)));
    // 0.5 * 1 + 0.5 * 2/3, and 1 - 1/2 * 1/2 / 2 of the square.
    assert_eq!(curve.average_precision, Some(0.5 + 1.0 / 3.0));
    assert_eq!(curve.roc_auc, Some(0.875));
    // F1 is 0.8 at 0.25; J is 0.5 at 0.25, 0.5 and 0.75, and the highest of equals wins.
    assert_eq!((curve.best_f1, curve.youden), (Some(1), Some(3)));
}

#[test]
fn a_class_that_does_not_occur_has_no_area() {
    let (curve, problem) = pr([
        &[0.0, 0.0],
        &[4.0, 1.0],
        &[0.0, 3.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
        &[0.0, 0.0],
    ]);
    assert_eq!(problem, None);
    assert_eq!((curve.average_precision, curve.roc_auc), (None, None));
    assert_eq!(curve.recall, [None, None]);
    assert_eq!((curve.best_f1, curve.youden), (None, None));
    assert_eq!((curve.positives, curve.negatives), (Some(0.0), Some(4.0)));
}

#[test]
fn what_lies_below_the_lowest_threshold_counts() {
    // At threshold 0 one sample of each class is not taken for positive.
    let (curve, problem) = pr([
        &[1.0, 1.0],
        &[1.0, 0.0],
        &[1.0, 2.0],
        &[1.0, 1.0],
        &[0.5, 1.0],
        &[0.5, 0.5],
    ]);
    assert_eq!(problem, None);
    assert_eq!((curve.positives, curve.negatives), (Some(2.0), Some(2.0)));
    assert_eq!(curve.average_precision, Some(0.75));
    assert_eq!(curve.roc_auc, Some(0.625));
}

#[test]
fn counts_that_contradict_themselves_are_said_and_what_can_be_is_shown() {
    let with = |row: usize, at: usize, value: f32| {
        let mut rows = GOOD.map(<[f32]>::to_vec);
        rows[row][at] = value;
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        pr(rows.try_into().unwrap_or_else(|_| unreachable!("six rows")))
    };
    for (row, at, value, kind, message) in [
        (
            0,
            1,
            f32::NAN,
            Kind::NotFinite,
            "true positives at threshold 0.2500: expected a finite number, got NaN",
        ),
        (
            1,
            2,
            -1.0,
            Kind::Negative,
            "false positives at threshold 0.5000: expected 0 or more, got -1",
        ),
        (
            3,
            2,
            5.0,
            Kind::Totals,
            "true positives and false negatives at threshold 0.5000: expected 2 together as at threshold 0, got 6",
        ),
    ] {
        let (curve, problem) = with(row, at, value);
        let problem = problem.unwrap_or_else(|| panic!("{kind:?}"));
        assert_eq!((problem.kind, problem.message.as_str()), (kind, message));
        assert_eq!((curve.average_precision, curve.roc_auc), (None, None));
        // The rates that the file holds are drawn.
        assert_eq!(
            curve.precision[..2],
            [Some(0.5), Some(f64::from(2.0_f32 / 3.0))]
        );
    }
    let (curve, problem) = with(4, 1, 0.9);
    assert_eq!(problem.map(|problem| problem.kind), Some(Kind::Rates));
    assert_eq!(curve.precision[1], Some(2.0 / 3.0));
    assert!(curve.average_precision.is_some());
}

#[test]
fn more_hits_at_a_higher_threshold_are_said() {
    let (curve, problem) = pr([
        &[1.0, 2.0],
        &[1.0, 0.0],
        &[0.0, 1.0],
        &[1.0, 0.0],
        &[0.5, 1.0],
        &[0.5, 1.0],
    ]);
    assert_eq!(problem.map(|problem| problem.kind), Some(Kind::Order));
    assert_eq!(curve.roc_auc, None);
}

#[test]
fn a_value_that_is_no_curve_is_said() {
    for (value, message) in [
        (value(&[5, 2], &[0.0; 10]), "got one of shape [5, 2]"),
        (value(&[6, 0], &[]), "got one of shape [6, 0]"),
        (value(&[12], &[0.0; 12]), "got one of shape [12]"),
        (StoredValue::Graph(Vec::new()), "got no summary"),
    ] {
        let problem = Rows::of(value, CurvePlugin::RocCurves).err();
        let problem = problem.unwrap_or_else(|| panic!("{message}"));
        assert_eq!(problem.kind, Kind::Unreadable);
        assert!(problem.message.ends_with(message), "{}", problem.message);
    }
}

#[test]
fn a_long_curve_is_thinned_where_it_cannot_be_told_apart() {
    // Everything happens between thresholds 0.4999 and 0.5001.
    let count = 100_001;
    let hits: Vec<f32> = (0..count)
        .map(|at| (50_010 - at).clamp(0, 20) as f32)
        .collect();
    let misses: Vec<f32> = hits.iter().map(|hits| 20.0 - hits).collect();
    let precision: Vec<f32> = hits
        .iter()
        .map(|&hits| if hits > 0.0 { 0.5 } else { 0.0 })
        .collect();
    let recall: Vec<f32> = hits.iter().map(|hits| hits / 20.0).collect();
    let (curve, problem) = pr([&hits, &hits, &misses, &misses, &precision, &recall]);
    assert_eq!(problem, None);
    assert_eq!(curve.thresholds_total, 100_001);
    assert!(curve.threshold.len() < 2_100, "{}", curve.threshold.len());
    assert_eq!(curve.threshold.last(), Some(&1.0));
    let mut rates: Vec<f64> = curve.recall.iter().flatten().copied().collect();
    rates.dedup();
    assert_eq!(rates.len(), 21);
    assert_eq!(curve.roc_auc, Some(0.5));
}

/// Counts of samples at thresholds 0, 1/20, … 1: positive and negative ones by the threshold just below their score.
fn histogram(samples: &[(usize, f32, f32)], thresholds: usize) -> [Vec<f32>; 6] {
    let at_least = |at: usize, of: fn(&(usize, f32, f32)) -> f32| {
        samples
            .iter()
            .filter(|(place, ..)| *place >= at)
            .map(of)
            .sum::<f32>()
    };
    let hits: Vec<f32> = (0..thresholds)
        .map(|at| at_least(at, |one| one.1))
        .collect();
    let alarms: Vec<f32> = (0..thresholds)
        .map(|at| at_least(at, |one| one.2))
        .collect();
    let rest = |row: &[f32]| row.iter().map(|one| row[0] - one).collect::<Vec<f32>>();
    let share = |one: &[f32], other: &[f32]| -> Vec<f32> {
        let both = one.iter().zip(other);
        both.map(|(a, b)| if a + b > 0.0 { a / (a + b) } else { 0.0 })
            .collect()
    };
    [
        hits.clone(),
        alarms.clone(),
        rest(&alarms),
        rest(&hits),
        share(&hits, &alarms),
        hits.iter().map(|one| one / hits[0]).collect(),
    ]
}

#[test]
fn calibration_takes_samples_to_lie_in_the_middle_of_their_thresholds() {
    // Between 0.05 and 0.1 one of four is positive, between 0.5 and 0.55 both are, at 1 one of two is.
    let samples = [(1, 1.0, 3.0), (10, 2.0, 0.0), (20, 1.0, 1.0)];
    let rows = histogram(&samples, 21);
    let (curve, problem) = pr(rows.each_ref().map(Vec::as_slice));
    assert_eq!(problem, None);
    let calibration = curve.calibration.unwrap_or_default();
    let near = |one: &[f64], other: [f64; 3]| {
        one.len() == 3 && one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-12)
    };
    assert!(
        near(&calibration.mean_score, [0.075, 0.525, 1.0]),
        "{calibration:?}"
    );
    assert_eq!(calibration.positive_share, [0.25, 1.0, 0.5]);
    assert_eq!(calibration.samples, [4.0, 2.0, 2.0]);
    let error = (4.0 * 0.175 + 2.0 * 0.475 + 2.0 * 0.5) / 8.0;
    assert!((calibration.expected_error - error).abs() < 1e-12);
}

#[test]
fn few_thresholds_and_contradictions_have_no_calibration() {
    assert_eq!(pr(GOOD).0.calibration, None);
    let mut rows = histogram(&[(1, 1.0, 3.0), (10, 2.0, 0.0)], 21);
    rows[2][5] += 2.0;
    let (curve, problem) = pr(rows.each_ref().map(Vec::as_slice));
    assert!(problem.is_some());
    assert_eq!(curve.calibration, None);
}

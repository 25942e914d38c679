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

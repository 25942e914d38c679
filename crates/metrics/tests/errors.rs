//! What is refused, and how it is said.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_metrics::{
    Area, Average, AveragePrecisionOptions, Costs, CurveOptions, MetricsError, MultiClass,
    RocAucOptions, auc, average_precision_score, det_curve, precision_recall_curve, roc_auc_score,
    roc_curve,
};
use ndarray::{Array2, ArrayView1};

#[track_caller]
fn assert_says<T: std::fmt::Debug>(result: Result<T, MetricsError>, expected: &str) {
    assert_eq!(result.unwrap_err().to_string(), expected);
}

#[test]
fn labels_must_say_which_is_positive() {
    let scores = [0.1, 0.2, 0.3];
    let plain = CurveOptions::default();
    assert_says(
        roc_curve(&[1, 2, 2], &scores, &plain),
        "y_true takes value in {1, 2} and pos_label is not specified: either make y_true take value in {0, 1} or \
         {-1, 1} or pass pos_label explicitly",
    );
    assert_says(
        roc_curve(&[0, 1, 2], &scores, &plain),
        "multiclass format is not supported: expected binary labels in y_true",
    );
    assert_says(
        roc_curve(&[0.5, 1.0, 0.0], &scores, &CurveOptions::default()),
        "continuous format is not supported: expected binary labels in y_true",
    );
    let two = CurveOptions {
        pos_label: Some(2),
        ..CurveOptions::default()
    };
    assert_eq!(
        roc_curve(&[0, 1, 2], &scores, &two).unwrap().tpr,
        [0.0, 1.0, 1.0]
    );
    assert_says(
        det_curve(&[0, 1, 2], &scores, &two),
        "only one class is present in y_true: detection error tradeoff curve is not defined in that case",
    );
    assert_says(
        average_precision_score(
            &[1, 2, 2],
            &scores,
            &AveragePrecisionOptions {
                pos_label: Some(3),
                ..AveragePrecisionOptions::default()
            },
        ),
        "pos_label=3 is not a valid label: expected one of {1, 2}",
    );
}

#[test]
fn numbers_must_be_finite_and_as_many() {
    let plain = CurveOptions::default();
    assert_says(
        precision_recall_curve(&[0, 1, 1], &[0.1, f64::NAN, f64::INFINITY], &plain),
        "input contains NaN: expected finite numbers, got NaN in y_score at index 1",
    );
    assert_says(
        precision_recall_curve(&[0, 1, 1], &[0.1, 0.2, f32::NEG_INFINITY], &plain),
        "input contains infinity: expected finite numbers, got -inf in y_score at index 2",
    );
    assert_says(
        precision_recall_curve(&[0.0, f64::NAN], &[0.1, 0.2], &CurveOptions::default()),
        "input contains NaN: expected finite numbers, got NaN in y_true at index 1",
    );
    assert_says(
        precision_recall_curve(&[0, 1], &[0.1], &plain),
        "found input variables with inconsistent numbers of samples: [2, 1]",
    );
    let weighted = |weights: &'static [f64]| CurveOptions {
        sample_weight: Some(ArrayView1::from(weights)),
        ..CurveOptions::default()
    };
    assert_says(
        precision_recall_curve(&[0, 1], &[0.1, 0.2], &weighted(&[1.0])),
        "found input variables with inconsistent numbers of samples: [2, 2, 1]",
    );
    assert_says(
        precision_recall_curve(&[0, 1], &[0.1, 0.2], &weighted(&[0.0, 0.0])),
        "sample weights must contain at least one non-zero number",
    );
    assert_says(
        precision_recall_curve(&[0, 1], &[0.1, 0.2], &weighted(&[1.0, f64::NAN])),
        "input contains NaN: expected finite numbers, got NaN in sample_weight at index 1",
    );
    let nothing: (&[i64], &[f64]) = (&[], &[]);
    assert_says(
        precision_recall_curve(nothing.0, nothing.1, &plain),
        "found array with 0 samples while a minimum of 1 is required",
    );
}

#[test]
fn areas_need_a_curve() {
    assert_says(
        auc(&[0.0], &[0.0]),
        "at least 2 points are needed to compute area under curve, but x has 1",
    );
    assert_says(
        auc(&[0.0, 1.0, 0.5], &[0.0, 1.0, 1.0]),
        "x is neither increasing nor decreasing: x[2] turns round",
    );
    assert_says(
        auc(&[0.0, 1.0], &[0.0]),
        "found input variables with inconsistent numbers of samples: [2, 1]",
    );
    assert_eq!(auc(&[1.0, 0.5, 0.0], &[1.0, 1.0, 0.0]).unwrap(), 0.75);
    for max_fpr in [0.0, -1.0, 1.5, f64::NAN] {
        let options = RocAucOptions {
            max_fpr: Some(max_fpr),
            ..RocAucOptions::default()
        };
        assert_says(
            roc_auc_score(&[0, 1], &[0.1, 0.2], &options),
            &format!("expected max_fpr in range (0, 1], got: {max_fpr}"),
        );
    }
    assert_says(
        Costs::new(-1.0, 2.0),
        "expected finite costs of 0 or more, got -1 and 2",
    );
}

fn classes(scores: &Array2<f64>, options: &RocAucOptions<'_, i64>) -> Result<Area, MetricsError> {
    roc_auc_score(&[0, 1, 2], scores.view(), options)
}

/// `[samples, classes]`: each sample is of the class that it is most likely of.
fn probabilities() -> Array2<f64> {
    let rows = vec![0.5, 0.25, 0.25, 0.2, 0.6, 0.2, 0.1, 0.1, 0.8];
    Array2::from_shape_vec((3, 3), rows).unwrap()
}

#[test]
fn several_classes_must_fit_together() {
    let scores = probabilities();
    let ovr = RocAucOptions {
        multi_class: Some(MultiClass::OneVersusRest),
        ..RocAucOptions::default()
    };
    let ovo = RocAucOptions {
        multi_class: Some(MultiClass::OneVersusOne),
        ..RocAucOptions::default()
    };
    assert_eq!(classes(&scores, &ovr).unwrap().value.one(), Some(1.0));
    assert_says(
        classes(&scores, &RocAucOptions::default()),
        "multi_class must be in ('ovo', 'ovr')",
    );
    assert_says(
        classes(
            &scores,
            &RocAucOptions {
                max_fpr: Some(0.5),
                ..ovr
            },
        ),
        "partial AUC computation not available in multiclass setting, max_fpr must be None, received max_fpr=0.5",
    );
    assert_says(
        classes(&(&scores * 2.0), &ovr),
        "target scores need to be probabilities for multiclass roc_auc, i.e. they should sum up to 1.0 over classes: \
         got 2 in row 0",
    );
    assert_says(
        classes(
            &scores,
            &RocAucOptions {
                average: Some(Average::Samples),
                ..ovr
            },
        ),
        "average must be one of ('micro', 'macro', 'weighted', None) for multiclass problems, got samples",
    );
    assert_says(
        classes(
            &scores,
            &RocAucOptions {
                average: Some(Average::Micro),
                ..ovo
            },
        ),
        "average must be one of ('macro', 'weighted', None) for multiclass problems, got micro",
    );
    assert_says(
        classes(
            &scores,
            &RocAucOptions {
                average: None,
                ..ovo
            },
        ),
        "average=None is not implemented for multi_class='ovo'",
    );
    let weights = [1.0; 3];
    assert_says(
        classes(
            &scores,
            &RocAucOptions {
                sample_weight: Some(ArrayView1::from(&weights)),
                ..ovo
            },
        ),
        "sample_weight is not supported for multiclass one-vs-one ROC AUC, sample_weight must be None in this case",
    );
}

#[test]
fn classes_labels_and_columns_must_be_as_many() {
    let scores = probabilities();
    let ovr = RocAucOptions {
        multi_class: Some(MultiClass::OneVersusRest),
        ..RocAucOptions::default()
    };
    for (labels, expected) in [
        (vec![0, 1, 1], "parameter labels must be unique"),
        (vec![0, 2, 1], "parameter labels must be ordered"),
        (
            vec![0, 1],
            "number of given labels, 2, not equal to the number of columns in y_score, 3",
        ),
        (
            vec![0, 1, 3],
            "y_true contains labels not in parameter labels: 2",
        ),
    ] {
        let labels = Some(ArrayView1::from(&labels));
        assert_says(classes(&scores, &RocAucOptions { labels, ..ovr }), expected);
    }
    assert_says(
        roc_auc_score(&[0, 1, 1], scores.view(), &ovr),
        "number of classes in y_true, 2, not equal to the number of columns in y_score, 3",
    );
    assert_says(
        roc_auc_score(&[0, 1, 2], &[0.1, 0.2, 0.3], &ovr),
        "y_score needs to be of shape (n_samples, n_classes), got y_score.shape=(3,)",
    );
    let indicators = Array2::from_shape_vec((2, 2), vec![0, 1, 2, 1]).unwrap();
    let two = Array2::from_shape_vec((2, 2), vec![0.5; 4]).unwrap();
    assert_says(
        roc_auc_score(indicators.view(), two.view(), &RocAucOptions::default()),
        "multiclass-multioutput format is not supported: expected binary labels in y_true",
    );
    let fixed = AveragePrecisionOptions {
        pos_label: Some(2),
        ..AveragePrecisionOptions::default()
    };
    assert_says(
        average_precision_score(&[0, 1, 2], scores.view(), &fixed),
        "parameter pos_label is fixed to 1 for multiclass y_true: expected no pos_label or 1, got 2",
    );
}

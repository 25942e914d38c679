//! scikit-learn's own results, exactly.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_metrics::{
    AreaValue, Average, AveragePrecisionOptions, CurveOptions, Label, MetricsError, MultiClass,
    RocAucOptions, Score, average_precision_score, det_curve, precision_recall_curve,
    roc_auc_score, roc_curve,
};
use ndarray::{Array2, ArrayView1, ArrayView2};
use serde_json::Value as Json;

fn golden() -> Json {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/golden/curves/curves.json"
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Numbers, or "nan", "inf" and "-inf".
fn number(value: &Json) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn numbers(value: &Json) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// What a call returned, in the form of the recording.
type Outcome = Result<Vec<Vec<f64>>, MetricsError>;

fn one(result: Result<glassboard_metrics::Area, MetricsError>) -> Outcome {
    Ok(vec![vec![result?.value.one().unwrap()]])
}

fn call<L: Label, S: Score>(
    name: &str,
    labels: &[L],
    scores: &[S],
    weights: Option<&[f64]>,
) -> Outcome {
    let sample_weight = weights.map(ArrayView1::from);
    let options = CurveOptions {
        sample_weight,
        drop_intermediate: match name {
            "precision_recall_curve_drop" => Some(true),
            "roc_curve_keep" => Some(false),
            _ => None,
        },
        ..CurveOptions::default()
    };
    match name {
        "precision_recall_curve" | "precision_recall_curve_drop" => {
            let curve = precision_recall_curve(labels, scores, &options)?;
            let thresholds = curve.thresholds.into_iter().map(Score::to_f64).collect();
            Ok(vec![curve.precision, curve.recall, thresholds])
        }
        "roc_curve" | "roc_curve_keep" => {
            let curve = roc_curve(labels, scores, &options)?;
            Ok(vec![curve.fpr, curve.tpr, curve.thresholds])
        }
        "det_curve" => {
            let curve = det_curve(labels, scores, &options)?;
            Ok(vec![curve.fpr, curve.fnr, curve.thresholds])
        }
        "roc_auc_score" | "roc_auc_score_max_fpr_0.3" => {
            let options = RocAucOptions {
                sample_weight,
                max_fpr: name.contains("max_fpr").then_some(0.3),
                ..RocAucOptions::default()
            };
            one(roc_auc_score(labels, scores, &options))
        }
        "average_precision_score" => {
            let options = AveragePrecisionOptions {
                sample_weight,
                ..AveragePrecisionOptions::default()
            };
            one(average_precision_score(labels, scores, &options))
        }
        other => panic!("unknown call {other}"),
    }
}

/// Whether both are the same bit for bit, but for the sign of zero.
fn same(a: &[Vec<f64>], b: &[Vec<f64>]) -> bool {
    let equal = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| a.len() == b.len() && a.iter().zip(b).all(equal))
}

fn expected(result: &Json) -> Result<Vec<Vec<f64>>, (&str, &str)> {
    match result.get("returns") {
        Some(Json::Array(arrays)) => Ok(arrays.iter().map(numbers).collect()),
        Some(value) => Ok(vec![vec![number(value)]]),
        None => Err((
            result["raises"].as_str().unwrap(),
            result["message"].as_str().unwrap(),
        )),
    }
}

/// Whether a refusal is the same: our texts begin as scikit-learn's, in lower case and without its quotes.
fn same_refusal(error: &MetricsError, kind: &str, message: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['\'', '`'], "");
    match error {
        // scikit-learn fails by accident here, with one of three messages and two types.
        MetricsError::NoSamples => ["ValueError", "IndexError"].contains(&kind),
        MetricsError::NotANumber { .. } => message == "Input contains NaN.",
        MetricsError::Infinite { .. } => message.starts_with("Input contains infinity"),
        MetricsError::ScoreShape { got, .. } => {
            message.ends_with(&format!("`y_score.shape={got}`."))
        }
        _ => {
            let ours = plain(&error.to_string());
            let theirs = plain(message);
            let begin = |text: &str| text.chars().take(30).collect::<String>();
            kind == "ValueError" && begin(&ours) == begin(&theirs)
        }
    }
}

fn check<L: Label, S: Score>(
    place: &str,
    result: &Json,
    labels: &[L],
    scores: &[S],
    weights: Option<&[f64]>,
) {
    let call_name = place.split_once('/').unwrap().1;
    let outcome = call(call_name, labels, scores, weights);
    match (&outcome, expected(result)) {
        (Ok(ours), Ok(theirs)) => assert!(same(ours, &theirs), "{place}: {ours:?} for {theirs:?}"),
        (Err(ours), Err((kind, message))) => {
            assert!(
                same_refusal(ours, kind, message),
                "{place}: {ours} for {kind}: {message}"
            );
        }
        (ours, theirs) => panic!("{place}: {ours:?} for {theirs:?}"),
    }
}

#[test]
fn every_binary_case_is_exact_for_every_type_of_label() {
    let golden = golden();
    let mut checked = 0;
    for (name, case) in golden.as_object().unwrap() {
        if name == "multiclass_ovr_ovo" {
            continue;
        }
        let floats = numbers(&case["y_true"]);
        let integers: Vec<i64> = floats.iter().map(|&label| label as i64).collect();
        let scores = numbers(&case["y_score"]);
        let weights = case["sample_weight"]
            .as_array()
            .map(|_| numbers(&case["sample_weight"]));
        let weights = weights.as_deref();
        for (call_name, result) in case["results"].as_object().unwrap() {
            let place = format!("{name}/{call_name}");
            check(&place, result, &floats, &scores, weights);
            check(&place, result, &integers, &scores, weights);
            if integers.iter().all(|label| [0, 1].contains(label)) {
                let booleans: Vec<bool> = integers.iter().map(|&label| label == 1).collect();
                check(&place, result, &booleans, &scores, weights);
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 18 * 8);
}

#[test]
fn single_precision_scores_give_the_same_where_they_hold_the_same_numbers() {
    let golden = golden();
    for name in ["all_equal", "ties", "seed"] {
        let case = &golden[name];
        let labels = numbers(&case["y_true"]);
        let scores = numbers(&case["y_score"]);
        let single: Vec<f32> = scores.iter().map(|&score| score as f32).collect();
        let double = roc_curve(&labels, &scores, &CurveOptions::default()).unwrap();
        let ours = roc_curve(&labels, &single, &CurveOptions::default()).unwrap();
        assert_eq!((&ours.fpr, &ours.tpr), (&double.fpr, &double.tpr), "{name}");
        let rounded: Vec<f64> = double
            .thresholds
            .iter()
            .map(|&at| f64::from(at as f32))
            .collect();
        assert_eq!(ours.thresholds, rounded, "{name}");
    }
}

#[test]
fn several_classes_are_exact() {
    let golden = golden();
    let case = &golden["multiclass_ovr_ovo"];
    let labels: Vec<i64> = numbers(&case["y_true"])
        .iter()
        .map(|&label| label as i64)
        .collect();
    let rows: Vec<Vec<f64>> = case["y_score"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    let table = Array2::from_shape_vec((labels.len(), 4), rows.concat()).unwrap();
    let results = case["results"].as_object().unwrap();
    assert_eq!(results.len(), 4);
    for (name, result) in results {
        let options = RocAucOptions {
            multi_class: Some(if name.contains("ovr") {
                MultiClass::OneVersusRest
            } else {
                MultiClass::OneVersusOne
            }),
            average: Some(if name.ends_with("macro") {
                Average::Macro
            } else {
                Average::Weighted
            }),
            ..RocAucOptions::default()
        };
        // As rows lie, and as columns lie: strides do not matter.
        let columns = table.t().as_standard_layout().into_owned();
        let views: [ArrayView2<'_, f64>; 2] = [table.view(), columns.t()];
        for view in views {
            let area = roc_auc_score(&labels, view, &options).unwrap();
            assert_eq!(
                area.value,
                AreaValue::One(number(&result["returns"])),
                "{name}"
            );
            assert_eq!(area.warnings, []);
        }
    }
}

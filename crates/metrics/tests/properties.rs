//! What the definitions say, counted one by one, for any input.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_metrics::{
    Area, AreaValue, Average, AveragePrecisionOptions, Costs, CurveOptions, MultiClass,
    OperatingPoint, RocAucOptions, Warning, auc, average_precision_score,
    confusion_matrix_at_thresholds, det_curve, precision_recall_curve, roc_auc_score, roc_curve,
};
use ndarray::{Array1, Array2, ArrayView1, s};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value as Json;

/// Labels, scores with many ties, and weights, some of them zero.
fn samples(most: usize) -> impl Strategy<Value = Vec<(bool, f64, f64)>> {
    let score = prop_oneof![
        (-5_i32..5).prop_map(|tenth| f64::from(tenth) / 2.0),
        -1e3..1e3,
        Just(-0.0)
    ];
    let weight = prop_oneof![Just(0.0), Just(1.0), 0.1..3.0];
    vec((any::<bool>(), score, weight), 1..most)
}

/// Counts at a threshold, by looking at every sample.
fn counted(samples: &[(bool, f64, f64)], threshold: f64, weight: fn(f64) -> f64) -> [f64; 4] {
    let sum = |positive: bool, taken: bool| {
        samples
            .iter()
            .filter(|(label, score, _)| *label == positive && (*score >= threshold) == taken)
            .map(|sample| weight(sample.2))
            .sum()
    };
    [
        sum(true, true),
        sum(false, true),
        sum(true, false),
        sum(false, false),
    ]
}

fn columns(samples: &[(bool, f64, f64)]) -> (Vec<bool>, Vec<f64>, Vec<f64>) {
    let labels = samples.iter().map(|sample| sample.0).collect();
    let scores = samples.iter().map(|sample| sample.1).collect();
    (
        labels,
        scores,
        samples.iter().map(|sample| sample.2).collect(),
    )
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #[test]
    fn counts_are_those_of_the_definition(samples in samples(60)) {
        let (labels, scores, _) = columns(&samples);
        let counts = confusion_matrix_at_thresholds(&labels, &scores, &CurveOptions::default()).unwrap();
        let mut distinct = scores.clone();
        distinct.sort_by(|a, b| b.partial_cmp(a).unwrap());
        distinct.dedup();
        prop_assert_eq!(&counts.thresholds, &distinct);
        let (misses, rejections) = (counts.false_negatives(), counts.true_negatives());
        for (at, &threshold) in distinct.iter().enumerate() {
            let ours = [counts.true_positives[at], counts.false_positives[at], misses[at], rejections[at]];
            prop_assert_eq!(ours, counted(&samples, threshold, |_| 1.0));
        }
    }

    #[test]
    fn weights_count_as_often_as_they_say(samples in samples(60)) {
        let (labels, scores, weights) = columns(&samples);
        prop_assume!(weights.iter().any(|&weight| weight != 0.0));
        let options = CurveOptions { sample_weight: Some(ArrayView1::from(&weights)), ..CurveOptions::default() };
        let counts = confusion_matrix_at_thresholds(&labels, &scores, &options).unwrap();
        let heavy: Vec<_> = samples.iter().copied().filter(|sample| sample.2 != 0.0).collect();
        prop_assert!(counts.thresholds.iter().all(|at| heavy.iter().any(|sample| sample.1 == *at)));
        for (at, &threshold) in counts.thresholds.iter().enumerate() {
            let [hits, alarms, ..] = counted(&heavy, threshold, |weight| weight);
            prop_assert!(near(counts.true_positives[at], hits) && near(counts.false_positives[at], alarms));
        }
    }

    #[test]
    fn areas_are_those_of_the_definition(samples in samples(60)) {
        let (labels, scores, _) = columns(&samples);
        let area = |area: Area| area.value.one().unwrap();
        let ours = area(roc_auc_score(&labels, &scores, &RocAucOptions::default()).unwrap());
        // How often a positive sample scores above a negative one; ties count half.
        let (mut wins, mut pairs) = (0.0, 0.0);
        for a in samples.iter().filter(|sample| sample.0) {
            for b in samples.iter().filter(|sample| !sample.0) {
                pairs += 1.0;
                wins += if a.1 > b.1 { 1.0 } else if a.1 == b.1 { 0.5 } else { 0.0 };
            }
        }
        let as_defined = if pairs == 0.0 { ours.is_nan() } else { near(ours, wins / pairs) };
        prop_assert!(as_defined);

        let ours = area(average_precision_score(&labels, &scores, &AveragePrecisionOptions::default()).unwrap());
        // The mean over positives of the precision at their score.
        let positives = labels.iter().filter(|&&label| label).count() as f64;
        let precisions: f64 = samples
            .iter()
            .filter(|sample| sample.0)
            .map(|sample| {
                let [hits, alarms, ..] = counted(&samples, sample.1, |_| 1.0);
                hits / (hits + alarms)
            })
            .sum();
        let expected = if positives == 0.0 { 0.0 } else { precisions / positives };
        prop_assert!(near(ours, expected));
    }

    #[test]
    fn dropped_points_change_no_area(samples in samples(80)) {
        let (labels, scores, weights) = columns(&samples);
        prop_assume!(samples.iter().any(|s| s.0 && s.2 != 0.0) && samples.iter().any(|s| !s.0 && s.2 != 0.0));
        let options = CurveOptions { sample_weight: Some(ArrayView1::from(&weights)), ..CurveOptions::default() };
        let counts = confusion_matrix_at_thresholds(&labels, &scores, &options).unwrap();
        let (all, few) = (counts.roc_curve(false), counts.roc_curve(true));
        prop_assert!(few.fpr.len() <= all.fpr.len());
        prop_assert!(near(auc(&all.fpr, &all.tpr).unwrap(), auc(&few.fpr, &few.tpr).unwrap()));
        let (all, few) = (counts.precision_recall_curve(false), counts.precision_recall_curve(true));
        prop_assert_eq!(few.precision.len(), few.thresholds.len() + 1);
        for (at, threshold) in few.thresholds.iter().enumerate() {
            let before = all.thresholds.iter().position(|other| other == threshold).unwrap();
            prop_assert_eq!((few.precision[at], few.recall[at]), (all.precision[before], all.recall[before]));
        }
        let (all, few) = (counts.det_curve(false), counts.det_curve(true));
        prop_assert!(few.thresholds.iter().all(|threshold| all.thresholds.contains(threshold)));
    }

    #[test]
    fn operating_points_are_the_best(samples in samples(40), cost in 0.0..10.0) {
        let (labels, scores, _) = columns(&samples);
        let counts = confusion_matrix_at_thresholds(&labels, &scores, &CurveOptions::default()).unwrap();
        let costs = Costs::new(1.0, cost).unwrap();
        let choices: Vec<OperatingPoint> = scores
            .iter()
            .copied()
            .chain([f64::INFINITY])
            .map(|threshold| counts.at_threshold(threshold))
            .collect();
        for choice in &choices {
            let [hits, alarms, misses, rejections] = counted(&samples, choice.threshold, |_| 1.0);
            prop_assert_eq!(
                [choice.true_positives, choice.false_positives, choice.false_negatives, choice.true_negatives],
                [hits, alarms, misses, rejections]
            );
        }
        let best = |worth: &dyn Fn(&OperatingPoint) -> f64| choices.iter().map(worth).fold(f64::NEG_INFINITY, f64::max);
        match counts.best_f1() {
            Some(point) => prop_assert!(near(point.f1(), best(&OperatingPoint::f1))),
            None => prop_assert!(!labels.contains(&true)),
        }
        match counts.youden() {
            Some(point) => prop_assert!(near(point.youden_j(), best(&OperatingPoint::youden_j))),
            None => prop_assert!(!labels.contains(&true) || !labels.contains(&false)),
        }
        prop_assert!(near(-counts.lowest_cost(costs).cost(costs), best(&|point| -point.cost(costs))));
    }

    #[test]
    fn single_precision_is_double_precision_of_the_same_numbers(
        samples in vec((any::<bool>(), any::<f32>().prop_filter("finite", |score| score.is_finite())), 1..60),
    ) {
        let (labels, single): (Vec<bool>, Vec<f32>) = samples.into_iter().unzip();
        let double: Vec<f64> = single.iter().map(|&score| f64::from(score)).collect();
        let options = CurveOptions::default();
        let single = confusion_matrix_at_thresholds(&labels, &single, &options).unwrap();
        let double = confusion_matrix_at_thresholds(&labels, &double, &options).unwrap();
        let widened: Vec<f64> = single.thresholds.iter().map(|&at| f64::from(at)).collect();
        prop_assert_eq!(widened, double.thresholds);
        prop_assert_eq!(single.true_positives, double.true_positives);
        prop_assert_eq!(single.false_positives, double.false_positives);
    }
}

/// So many samples that they are sorted in many buckets, by many tasks.
fn many(distinct: u64) -> (Vec<i64>, Vec<f64>, Vec<f64>) {
    let mut state = 7_u64;
    let mut next = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state >> 11
    };
    let mut samples = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..150_000 {
        samples.0.push((next() % 2) as i64);
        samples
            .1
            .push((next() % distinct) as f64 / distinct as f64 - 0.5);
        samples.2.push((next() % 4) as f64 / 3.0);
    }
    samples
}

#[test]
fn buckets_do_not_show() {
    for distinct in [1, 2, 1000, 1 << 40] {
        let (labels, scores, weights) = many(distinct);
        // Stable and falling, summed one after the other, as numpy does.
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].partial_cmp(&scores[a]).unwrap());
        for sample_weight in [None, Some(ArrayView1::from(&weights))] {
            let options = CurveOptions {
                sample_weight,
                ..CurveOptions::default()
            };
            let counts = confusion_matrix_at_thresholds(&labels, &scores, &options).unwrap();
            let weight = |sample: usize| {
                if sample_weight.is_some() {
                    weights[sample]
                } else {
                    1.0
                }
            };
            let (mut hits, mut alarms) = (0.0, 0.0);
            let mut expected: Vec<(f64, f64, f64)> = Vec::new();
            for &sample in order.iter().filter(|&&sample| weight(sample) != 0.0) {
                *(if labels[sample] == 1 {
                    &mut hits
                } else {
                    &mut alarms
                }) += weight(sample);
                if expected.last().is_some_and(|last| last.0 == scores[sample]) {
                    expected.pop();
                }
                expected.push((scores[sample], hits, alarms));
            }
            let ours = counts
                .thresholds
                .iter()
                .zip(&counts.true_positives)
                .zip(&counts.false_positives);
            assert!(
                ours.map(|((&at, &hits), &alarms)| (at, hits, alarms))
                    .eq(expected),
                "{distinct}"
            );
        }
    }
}

#[test]
fn strides_do_not_matter() {
    let table = Array2::from_shape_fn((50, 4), |(row, column)| {
        ((row * 7 + column * 3) % 11) as f64
    });
    let labels = Array1::from_shape_fn(100, |row| u8::from(row * 5 % 3 == 0));
    let (every_second, backwards) = (labels.slice(s![..;2]), table.slice(s![..;-1, 2]));
    let options = CurveOptions::default();
    let ours = roc_curve(every_second, backwards, &options).unwrap();
    let copied = (every_second.to_vec(), backwards.to_vec());
    assert_eq!(ours, roc_curve(&copied.0, &copied.1, &options).unwrap());
}

#[test]
fn averages_over_labels_and_samples() {
    // sklearn.metrics.roc_auc_score and average_precision_score, 1.9.1
    let labels =
        Array2::from_shape_vec((4, 3), vec![1_i64, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 1]).unwrap();
    let scores = Array2::from_shape_vec(
        (4, 3),
        vec![0.8, 0.3, 0.6, 0.4, 0.9, 0.5, 0.3, 0.2, 0.7, 0.1, 0.6, 0.4],
    )
    .unwrap();
    let weights = [1.0, 2.0, 0.5, 1.5];
    let expected: Json = serde_json::from_str(include_str!("averages.json")).unwrap();
    let averages = [
        ("micro", Some(Average::Micro)),
        ("macro", Some(Average::Macro)),
        ("samples", Some(Average::Samples)),
        ("weighted", Some(Average::Weighted)),
        ("None", None),
    ];
    for (name, average) in averages {
        for (kind, sample_weight) in [
            ("plain", None),
            ("weighted", Some(ArrayView1::from(&weights))),
        ] {
            let expected = &expected[kind][name];
            let options = RocAucOptions {
                average,
                sample_weight,
                ..RocAucOptions::default()
            };
            assert_area(
                &roc_auc_score(labels.view(), scores.view(), &options).unwrap(),
                &expected["roc_auc"],
            );
            let options = AveragePrecisionOptions {
                average,
                sample_weight,
                ..AveragePrecisionOptions::default()
            };
            let ours = average_precision_score(labels.view(), scores.view(), &options).unwrap();
            assert_area(&ours, &expected["average_precision"]);
        }
    }
}

#[track_caller]
fn assert_area(area: &Area, expected: &Json) {
    match &area.value {
        AreaValue::One(value) => assert_eq!(*value, expected.as_f64().unwrap()),
        AreaValue::PerClass(values) => assert_eq!(serde_json::json!(values), *expected),
    }
}

#[test]
fn one_class_alone_has_warnings() {
    let scores = [0.2, 0.4, 0.6];
    let options = CurveOptions::default();
    let positives = roc_curve(&[1, 1, 1], &scores, &options).unwrap();
    assert_eq!(positives.warnings, [Warning::NoNegativeSamples]);
    assert!(positives.fpr.iter().all(|rate| rate.is_nan()));
    let negatives = roc_curve(&[0, 0, 0], &scores, &options).unwrap();
    assert_eq!(negatives.warnings, [Warning::NoPositiveSamples]);
    let curve = precision_recall_curve(&[0, 0, 0], &scores, &options).unwrap();
    assert_eq!(curve.warnings, [Warning::NoPositiveClass]);
    assert_eq!(curve.recall, [1.0, 1.0, 1.0, 0.0]);
    let area = roc_auc_score(&[0, 0, 0], &scores, &RocAucOptions::default()).unwrap();
    assert!(area.value.one().unwrap().is_nan());
    assert_eq!(area.warnings, [Warning::OneClass]);
    assert!(
        Warning::OneClass.is_undefined_metric() && !Warning::NoPositiveClass.is_undefined_metric()
    );
    // Only one of three classes lacks positives and negatives enough.
    let table = Array2::from_shape_vec((2, 3), vec![0.2, 0.3, 0.5, 0.6, 0.2, 0.2]).unwrap();
    let options = RocAucOptions {
        multi_class: Some(MultiClass::OneVersusRest),
        labels: Some(ArrayView1::from(&[0, 1, 2])),
        average: None,
        ..RocAucOptions::default()
    };
    let area = roc_auc_score(&[0, 2], table.view(), &options).unwrap();
    assert_eq!(area.warnings, [Warning::OneClass]);
    assert!(det_curve(&[0, 0, 0], &scores, &CurveOptions::default()).is_err());
}

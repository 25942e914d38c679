//! What a chart gets: against the points themselves, reduced by hand.

use std::sync::Arc;

use glassboard_store::{
    ScalarAnswer, ScalarRequest, ScalarSeries, ScriptedLogdir, StoreError, XAxis,
    smooth::{self, Smoothing},
};
use proptest::prelude::*;

use crate::common::{load_once, scalar_at, version};

const FILE: &str = "run/events.out.tfevents.1";

/// Points `(step, wall, value)` of a tag as a series.
fn series_of(points: &[(i64, f64, f32)]) -> ScalarSeries {
    both(points, &[]).0
}

fn both(points: &[(i64, f64, f32)], others: &[(i64, f32)]) -> (ScalarSeries, Option<ScalarSeries>) {
    let mut bytes = version(1.0);
    for (step, wall, value) in points {
        bytes.extend(scalar_at(*wall, "y", *step, *value));
    }
    for (step, value) in others {
        bytes.extend(scalar_at(1.0, "x", *step, *value));
    }
    let dir = ScriptedLogdir::new();
    dir.put(FILE, bytes);
    let snapshot = load_once(&dir);
    let run = Arc::clone(snapshot.run_by_name("run").unwrap());
    (run.scalars("y").unwrap(), run.scalars("x"))
}

/// Values that wander, with a NaN or an infinity now and then.
fn wander(index: usize) -> f32 {
    match index % 997 {
        100 => f32::NAN,
        200 => f32::INFINITY,
        300 | 301 => f32::NEG_INFINITY,
        _ => ((index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / 1e6,
    }
}

fn wandering(count: usize) -> Vec<(i64, f64, f32)> {
    (0..count)
        .map(|index| (index as i64 * 3, 1e9 + index as f64 * 0.5, wander(index)))
        .collect()
}

fn query(series: &ScalarSeries, request: &ScalarRequest) -> ScalarAnswer {
    series.query(request).unwrap()
}

fn column_of(x: f64, low: f64, high: f64, pixels: u32, log: bool) -> usize {
    let scaled = |x: f64| if log { x.log10() } else { x };
    let per_unit = if high > low {
        f64::from(pixels) / (scaled(high) - scaled(low))
    } else {
        0.0
    };
    (((scaled(x) - scaled(low)) * per_unit) as usize).min(pixels as usize - 1)
}

/// The reduction point by point: what must come out, by the numbers of the points in range.
fn reduced_by_hand(
    xs: &[f64],
    values: &[f64],
    low: f64,
    high: f64,
    pixels: u32,
    log: bool,
) -> Vec<usize> {
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); pixels as usize];
    for (index, x) in xs.iter().enumerate() {
        if *x >= low && *x <= high && (!log || *x > 0.0) {
            columns[column_of(*x, low, high, pixels, log)].push(index);
        }
    }
    let mut picked = Vec::new();
    for column in columns.iter().filter(|column| !column.is_empty()) {
        picked.push(column[0]);
        picked.push(column[column.len() - 1]);
        let finite = column
            .iter()
            .copied()
            .filter(|index| values[*index].is_finite());
        picked.extend(
            finite
                .clone()
                .reduce(|a, b| if values[b] < values[a] { b } else { a }),
        );
        picked.extend(finite.reduce(|a, b| if values[b] > values[a] { b } else { a }));
        for kind in [
            f64::is_nan,
            |value: f64| value == f64::INFINITY,
            |value: f64| value == f64::NEG_INFINITY,
        ] {
            picked.extend(column.iter().copied().find(|index| kind(values[*index])));
        }
    }
    picked.sort_unstable();
    picked.dedup();
    picked
}

#[track_caller]
fn check_reduction(points: &[(i64, f64, f32)], request: &ScalarRequest, xs: &[f64]) {
    let answer = query(&series_of(points), request);
    let values: Vec<f64> = points.iter().map(|point| f64::from(point.2)).collect();
    let placed = || {
        xs.iter()
            .copied()
            .filter(|x| x.is_finite() && (!request.x_log || *x > 0.0))
    };
    let low = request
        .x_min
        .or_else(|| placed().reduce(f64::min))
        .unwrap_or(0.0);
    let high = request
        .x_max
        .or_else(|| placed().reduce(f64::max))
        .unwrap_or(0.0);
    let expected = reduced_by_hand(xs, &values, low, high, request.pixels, request.x_log);
    let rows = answer
        .live
        .x
        .iter()
        .zip(&answer.live.step)
        .zip(&answer.live.value);
    let got: Vec<(f64, i64, u64)> = rows
        .filter(|((x, _), _)| **x >= low && **x <= high)
        .map(|((x, step), value)| (*x, *step, value.to_bits()))
        .collect();
    let expected: Vec<(f64, i64, u64)> = expected
        .iter()
        .map(|index| (xs[*index], points[*index].0, values[*index].to_bits()))
        .collect();
    assert_eq!(got, expected, "{request:?}");
    let in_range: Vec<usize> = (0..xs.len())
        .filter(|index| {
            xs[*index] >= low && xs[*index] <= high && (!request.x_log || xs[*index] > 0.0)
        })
        .collect();
    assert_eq!(answer.points_in_range as usize, in_range.len());
    assert_eq!(answer.reduced, got.len() < in_range.len());
    let count = |kind: fn(f64) -> bool| {
        in_range
            .iter()
            .filter(|index| kind(values[**index]))
            .count() as u64
    };
    assert_eq!(answer.nan, count(f64::is_nan));
    assert_eq!(answer.pos_inf, count(|value| value == f64::INFINITY));
    assert_eq!(answer.neg_inf, count(|value| value == f64::NEG_INFINITY));
}

#[test]
fn pixel_columns_hold_the_points_that_matter_on_every_axis() {
    let points = wandering(6_000);
    let steps: Vec<f64> = points.iter().map(|point| point.0 as f64).collect();
    let walls: Vec<f64> = points.iter().map(|point| point.1).collect();
    let relative: Vec<f64> = walls.iter().map(|wall| wall - walls[0]).collect();
    for pixels in [1, 7, 100, 10_000] {
        for (x, xs) in [
            (XAxis::Step, &steps),
            (XAxis::Wall, &walls),
            (XAxis::Relative, &relative),
        ] {
            let request = ScalarRequest {
                x,
                pixels,
                ..ScalarRequest::default()
            };
            check_reduction(&points, &request, xs);
            check_reduction(
                &points,
                &ScalarRequest {
                    x_log: true,
                    ..request.clone()
                },
                xs,
            );
            let (low, high) = (xs[1_111], xs[4_777]);
            check_reduction(
                &points,
                &ScalarRequest {
                    x_min: Some(low),
                    x_max: Some(high),
                    ..request
                },
                xs,
            );
        }
    }
}

#[test]
fn wall_times_that_jump_back_and_are_not_finite_keep_their_points() {
    let mut points = wandering(3_000);
    points[1_500].1 = 5.0;
    points[2_000].1 = f64::NAN;
    for point in &mut points[2_500..] {
        point.1 -= 700.0;
    }
    let walls: Vec<f64> = points.iter().map(|point| point.1).collect();
    for pixels in [1, 50] {
        let request = ScalarRequest {
            x: XAxis::Wall,
            pixels,
            ..ScalarRequest::default()
        };
        check_reduction(&points, &request, &walls);
    }
    let everything = query(
        &series_of(&points),
        &ScalarRequest {
            x: XAxis::Step,
            ..ScalarRequest::default()
        },
    );
    assert_eq!(everything.live.x.len(), 3_000);
}

#[test]
fn zooming_in_shows_real_points_and_one_neighbour_on_either_side() {
    let points = wandering(10_000);
    let series = series_of(&points);
    let zoom = |low: f64, high: f64| {
        let request = ScalarRequest {
            x_min: Some(low),
            x_max: Some(high),
            pixels: 500,
            ..ScalarRequest::default()
        };
        query(&series, &request)
    };
    let answer = zoom(3_000.0, 3_030.0);
    assert_eq!(
        answer.live.step,
        (999..=1_011).map(|index| index * 3).collect::<Vec<_>>()
    );
    assert_eq!(
        (answer.points_in_range, answer.reduced, answer.points_total),
        (11, false, 10_000)
    );
    assert_eq!((answer.x_first, answer.x_last), (Some(0.0), Some(29_997.0)));
    let between = zoom(3_001.0, 3_002.0);
    assert_eq!(
        (between.live.step.as_slice(), between.points_in_range),
        ([3_000, 3_003].as_slice(), 0)
    );
    let far_right = zoom(1e6, 2e6);
    assert_eq!(far_right.live.step, [29_997]);
    let far_left = zoom(-5.0, -1.0);
    assert_eq!(far_left.live.step, [0]);
}

#[test]
fn every_point_comes_without_pixels() {
    let points = wandering(5_000);
    let answer = query(&series_of(&points), &ScalarRequest::default());
    assert_eq!(answer.live.step.len(), 5_000);
    assert!(!answer.reduced);
    let expected: Vec<u64> = points
        .iter()
        .map(|point| f64::from(point.2).to_bits())
        .collect();
    assert_eq!(
        answer
            .live
            .value
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn another_tag_as_axis_is_carried_forward() {
    let points: Vec<(i64, f64, f32)> = (0..10).map(|step| (step, 1.0, step as f32)).collect();
    let (series, other) = both(&points, &[(2, 0.5), (5, 1.5), (9, 2.5)]);
    let request = ScalarRequest {
        x: XAxis::Tag(other.unwrap()),
        pixels: 10,
        ..ScalarRequest::default()
    };
    let answer = query(&series, &request);
    // Steps 0 and 1 have no x yet; of each x the first and the last point are shown.
    assert_eq!(answer.live.step, [2, 4, 5, 8, 9]);
    assert_eq!(answer.live.x, [0.5, 0.5, 1.5, 1.5, 2.5]);
    assert_eq!((answer.points_in_range, answer.reduced), (8, true));
    assert_eq!((answer.x_first, answer.x_last), (Some(0.5), Some(2.5)));
}

#[test]
fn single_point_and_single_x_have_a_place() {
    let answer = query(
        &series_of(&[(5, 1.0, 2.0)]),
        &ScalarRequest {
            pixels: 800,
            ..ScalarRequest::default()
        },
    );
    assert_eq!((answer.live.x, answer.live.value), (vec![5.0], vec![2.0]));
    for x_log in [false, true] {
        let points: Vec<(i64, f64, f32)> = (0..5).map(|index| (index, 7.0, index as f32)).collect();
        let request = ScalarRequest {
            x: XAxis::Wall,
            pixels: 800,
            x_log,
            ..ScalarRequest::default()
        };
        let answer = query(&series_of(&points), &request);
        assert_eq!(answer.live.step, [0, 4]);
        assert_eq!(answer.points_in_range, 5);
    }
}

#[test]
fn impossible_parameters_are_named() {
    let series = series_of(&[(5, 1.0, 2.0)]);
    let named = |request: &ScalarRequest| match series.query(request) {
        Err(StoreError::OutOfRange { parameter, .. }) => parameter,
        other => panic!("{other:?}"),
    };
    let plain = ScalarRequest::default;
    assert_eq!(
        named(&ScalarRequest {
            x_min: Some(f64::NAN),
            ..plain()
        }),
        "x_min"
    );
    assert_eq!(
        named(&ScalarRequest {
            x_min: Some(2.0),
            x_max: Some(1.0),
            ..plain()
        }),
        "x_max"
    );
    assert_eq!(
        named(&ScalarRequest {
            pixels: 1_000_000,
            ..plain()
        }),
        "pixels"
    );
    let smoothing = |smoothing| ScalarRequest {
        smoothing: Some(smoothing),
        ..plain()
    };
    assert_eq!(
        named(&smoothing(Smoothing::Exponential { weight: 1.0 })),
        "smoothing.weight"
    );
    assert_eq!(
        named(&smoothing(Smoothing::Exponential { weight: f64::NAN })),
        "smoothing.weight"
    );
    assert_eq!(
        named(&smoothing(Smoothing::TimeWeighted { weight: -0.1 })),
        "smoothing.weight"
    );
    assert_eq!(
        named(&smoothing(Smoothing::Gaussian { sigma: 0.0 })),
        "smoothing.sigma"
    );
    assert_eq!(
        named(&smoothing(Smoothing::RunningMean { window: 0 })),
        "smoothing.window"
    );
}

fn close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (index, (got, expected)) in got.iter().zip(expected).enumerate() {
        let same = got.to_bits() == expected.to_bits()
            || (got - expected).abs() <= 1e-9 * expected.abs().max(1.0);
        assert!(
            same || got.is_nan() && expected.is_nan(),
            "at {index}: expected {expected}, got {got}"
        );
    }
}

#[test]
fn smoothing_is_over_all_points_whatever_is_shown() {
    let points = wandering(5_000);
    let series = series_of(&points);
    let values: Vec<f64> = points.iter().map(|point| f64::from(point.2)).collect();
    let steps: Vec<f64> = points.iter().map(|point| point.0 as f64).collect();
    let range = steps[4_999] - steps[0];
    let cases = [
        (
            Smoothing::Exponential { weight: 0.9 },
            smooth::exponential(&values, 0.9),
        ),
        (
            Smoothing::TimeWeighted { weight: 0.5 },
            smooth::time_weighted(&steps, &values, 0.5, range),
        ),
        (
            Smoothing::Gaussian { sigma: 7.5 },
            smooth::gaussian(&values, 7.5),
        ),
        (
            Smoothing::RunningMean { window: 12 },
            smooth::running_mean(&values, 12),
        ),
    ];
    for (smoothing, expected) in cases {
        for pixels in [0, 100, 100] {
            let request = ScalarRequest {
                pixels,
                smoothing: Some(smoothing),
                ..ScalarRequest::default()
            };
            let live = query(&series, &request).live;
            let at_steps: Vec<f64> = live
                .step
                .iter()
                .map(|step| expected[(step / 3) as usize])
                .collect();
            close(&live.smoothed.unwrap(), &at_steps);
        }
    }
}

/// TensorBoard's `data_transformer.ts`, line by line.
fn exponential_as_tensorboard(values: &[f64], weight: f64) -> Vec<f64> {
    let constant = values.iter().all(|value| *value == values[0]);
    let (mut last, mut count) = (0.0, 0);
    let smooth = |value: &f64| {
        if constant || !value.is_finite() {
            return *value;
        }
        last = last * weight + (1.0 - weight) * value;
        count += 1;
        last / (1.0 - weight.powi(count))
    };
    values.iter().map(smooth).collect()
}

#[test]
fn exponential_smoothing_is_tensorboards() {
    let values = [5.0, f64::NAN, 7.0, 6.0, f64::INFINITY, 8.0, -3.0];
    for weight in [0.0, 0.3, 0.6, 0.99, 0.999] {
        close(
            &smooth::exponential(&values, weight),
            &exponential_as_tensorboard(&values, weight),
        );
    }
    assert_eq!(smooth::exponential(&[0.1; 5], 0.6), [0.1; 5]);
    let constant: Vec<(i64, f64, f32)> = (0..3_000).map(|step| (step, 1.0, 0.1)).collect();
    let smoothing = Some(Smoothing::Exponential { weight: 0.6 });
    let live = query(
        &series_of(&constant),
        &ScalarRequest {
            smoothing,
            ..ScalarRequest::default()
        },
    )
    .live;
    assert_eq!(live.smoothed.unwrap(), live.value);
}

#[test]
fn other_smoothings_by_hand() {
    // Weights exp(-k²/2) for k = 0, 1, 2, within four standard deviations.
    let (g0, g1, g2) = (1.0, (-0.5_f64).exp(), (-2.0_f64).exp());
    let expected = [
        (g0 + 2.0 * g1 + 4.0 * g2) / (g0 + g1 + g2),
        (g1 + 2.0 * g0 + 4.0 * g1) / (g0 + 2.0 * g1),
        (g2 + 2.0 * g1 + 4.0 * g0) / (g0 + g1 + g2),
    ];
    close(&smooth::gaussian(&[1.0, 2.0, 4.0], 1.0), &expected);
    let gap = smooth::gaussian(&[1.0, f64::NAN, 4.0], 1.0);
    close(
        &gap,
        &[
            (g0 + 4.0 * g2) / (g0 + g2),
            f64::NAN,
            (g2 + 4.0 * g0) / (g0 + g2),
        ],
    );
    close(
        &smooth::running_mean(&[1.0, 2.0, 6.0, 7.0], 3),
        &[1.5, 3.0, 5.0, 6.5],
    );
    close(
        &smooth::running_mean(&[1.0, 2.0, 6.0, 7.0], 2),
        &[1.5, 4.0, 6.5, 7.0],
    );
    close(
        &smooth::running_mean(&[1.0, f64::INFINITY, 6.0], 3),
        &[1.0, f64::INFINITY, 6.0],
    );
    // A distance of one unit (a thousandth of the range) halves the past.
    close(
        &smooth::time_weighted(&[0.0, 1.0, 3.0], &[1.0, 2.0, 4.0], 0.5, 1_000.0),
        &[1.0, 2.5 / 1.5, 4.625 / 1.375],
    );
}

#[test]
fn stats_are_those_of_the_points_in_range() {
    let points = wandering(6_000);
    let series = series_of(&points);
    let smoothed = smooth::exponential(
        &points
            .iter()
            .map(|point| f64::from(point.2))
            .collect::<Vec<_>>(),
        0.8,
    );
    for (low, high) in [
        (None, None),
        (Some(100), Some(9_000)),
        (Some(3), Some(6)),
        (None, Some(17_997)),
        (Some(17_998), None),
    ] {
        let inside: Vec<usize> = (0..points.len())
            .filter(|index| {
                low.is_none_or(|low| points[*index].0 >= low)
                    && high.is_none_or(|high| points[*index].0 <= high)
            })
            .collect();
        let finite: Vec<f64> = inside
            .iter()
            .map(|index| f64::from(points[*index].2))
            .filter(|value| value.is_finite())
            .collect();
        let stats = series
            .stats(low, high, Some(Smoothing::Exponential { weight: 0.8 }))
            .unwrap();
        assert_eq!(stats.count as usize, inside.len());
        assert_eq!((stats.count - stats.non_finite) as usize, finite.len());
        assert_eq!(
            stats.min.map(|point| point.value),
            finite.iter().copied().reduce(f64::min)
        );
        assert_eq!(
            stats.max.map(|point| point.value),
            finite.iter().copied().reduce(f64::max)
        );
        assert_eq!(
            stats.first.map(|point| point.step),
            inside.first().map(|index| points[*index].0)
        );
        assert_eq!(
            stats.last.map(|point| point.step),
            inside.last().map(|index| points[*index].0)
        );
        if let (Some(mean), Some(first), Some(last)) = (stats.mean, inside.first(), inside.last()) {
            close(&[mean], &[finite.iter().sum::<f64>() / finite.len() as f64]);
            close(
                &[stats.first_smoothed.unwrap(), stats.last_smoothed.unwrap()],
                &[smoothed[*first], smoothed[*last]],
            );
        }
    }
}

#[test]
fn stats_at_one_step_give_the_nearest_point() {
    let points: Vec<(i64, f64, f32)> = (0..3_000)
        .map(|index| (index * 10, 1.0, index as f32))
        .collect();
    let series = series_of(&points);
    for (step, nearest) in [
        (0, 0),
        (4, 0),
        (5, 0),
        (6, 10),
        (20_480, 20_480),
        (10_237, 10_240),
        (-7, 0),
        (99_999, 29_990),
    ] {
        let stats = series.stats(Some(step), Some(step), None).unwrap();
        assert_eq!(stats.last.unwrap().step, nearest, "nearest to {step}");
    }
}

proptest! {
    #[test]
    fn reduction_is_that_by_hand(
        count in 1_usize..2_500,
        pixels in 1_u32..200,
        seed in any::<u32>(),
        gap in 1_i64..50,
        x_log in any::<bool>(),
        zoom in prop::option::of((0.0_f64..1.0, 0.0_f64..1.0)),
    ) {
        let mut step = 0;
        let points: Vec<(i64, f64, f32)> = (0..count)
            .map(|index| {
                let mixed = (index as u32).wrapping_mul(2_654_435_761).wrapping_add(seed);
                step += 1 + i64::from(mixed >> 8) % gap;
                (step, f64::from(mixed % 1_000), wander(index + seed as usize % 997))
            })
            .collect();
        let xs: Vec<f64> = points.iter().map(|point| point.0 as f64).collect();
        let whole = xs[count - 1] - xs[0];
        let range = zoom.map(|(a, b)| (xs[0] + a.min(b) * whole, xs[0] + a.max(b) * whole));
        let request = ScalarRequest {
            pixels,
            x_log,
            x_min: range.map(|range| range.0),
            x_max: range.map(|range| range.1),
            ..ScalarRequest::default()
        };
        check_reduction(&points, &request, &xs);
        let walls: Vec<f64> = points.iter().map(|point| point.1).collect();
        let request = ScalarRequest { x: XAxis::Wall, pixels, ..ScalarRequest::default() };
        check_reduction(&points, &request, &walls);
    }
}

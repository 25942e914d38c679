use proptest::prelude::*;

use super::{CHUNK_POINTS, Chunk, ColumnBuilder, ScalarColumn};
use crate::Point;

fn bits(points: &[Point]) -> Vec<(i64, u64, u64)> {
    points
        .iter()
        .map(|point| {
            (
                point.step,
                point.wall_time_secs.to_bits(),
                point.value.to_bits(),
            )
        })
        .collect()
}

fn decoded(column: &ScalarColumn) -> Vec<Point> {
    column
        .chunks()
        .iter()
        .flat_map(|chunk| chunk.points())
        .collect()
}

#[track_caller]
fn check_round_trip(points: &[Point]) -> usize {
    let mut builder = ColumnBuilder::default();
    builder.append(points);
    let column = builder.settle();
    assert_eq!(bits(&decoded(&column)), bits(points));
    assert_eq!(column.len(), points.len());
    column.memory_bytes()
}

fn regular(count: usize, value: impl Fn(usize) -> f64) -> Vec<Point> {
    (0..count)
        .map(|index| Point {
            step: index as i64 * 10,
            wall_time_secs: 1.7e9 + index as f64 * 0.25,
            value: value(index),
        })
        .collect()
}

/// A few decimal digits of disorder, the same in every run.
fn noise(index: usize) -> f64 {
    let mixed = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[test]
fn random_singles_take_little_more_than_four_bytes() {
    let points = regular(100 * CHUNK_POINTS, |index| f64::from(noise(index) as f32));
    let bytes = check_round_trip(&points);
    assert!(
        bytes <= points.len() * 19 / 4,
        "{bytes} bytes for {} points",
        points.len()
    );
}

#[test]
fn jittering_clock_and_pauses_stay_below_eight_bytes() {
    let mut wall = 1.7e9;
    let points: Vec<Point> = (0..100 * CHUNK_POINTS)
        .map(|index| {
            wall += 0.05 + noise(index) * 0.01 + if index % 100 == 99 { 60.0 } else { 0.0 };
            Point {
                step: index as i64,
                wall_time_secs: wall,
                value: f64::from(noise(index * 7) as f32),
            }
        })
        .collect();
    let bytes = check_round_trip(&points);
    assert!(
        bytes <= points.len() * 8,
        "{bytes} bytes for {} points",
        points.len()
    );
}

#[test]
fn constant_series_take_almost_nothing() {
    let bytes = check_round_trip(&regular(100 * CHUNK_POINTS, |_| 0.001));
    assert!(bytes < 100 * 400, "{bytes} bytes");
}

#[test]
fn signalling_nans_and_negative_zero_keep_their_bits() {
    let odd = [
        0x7ff0_0000_2000_0000,
        0xfff8_0000_0000_0001,
        0x7ff0_0000_0000_0001,
        1 << 63,
        0x7ff8_0000_0000_0000,
    ];
    for bits in odd {
        check_round_trip(&regular(3, |_| f64::from_bits(bits)));
        check_round_trip(&regular(3, |index| {
            if index == 1 {
                f64::from_bits(bits)
            } else {
                0.5
            }
        }));
    }
}

#[test]
fn summary_counts_and_extremes_are_exact() {
    let values = [
        3.0,
        f64::NAN,
        -1.0,
        f64::INFINITY,
        -1.0,
        7.0,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let chunk = Chunk::encode(&regular(values.len(), |index| values[index])).unwrap();
    let summary = chunk.summary();
    assert_eq!(
        (
            summary.nan,
            summary.pos_inf,
            summary.neg_inf,
            summary.finite()
        ),
        (2, 1, 1, 4)
    );
    let extremes = summary.extremes.unwrap();
    assert_eq!(
        (extremes.min.0, extremes.min.1.step, extremes.min.1.value),
        (2, 20, -1.0)
    );
    assert_eq!(
        (extremes.max.0, extremes.max.1.step, extremes.max.1.value),
        (5, 50, 7.0)
    );
    assert_eq!(summary.mean, 2.0);
    assert!(summary.increasing);
}

#[test]
fn mean_of_huge_values_does_not_overflow() {
    let chunk = Chunk::encode(&regular(4, |_| f64::MAX)).unwrap();
    assert_eq!(chunk.summary().mean, f64::MAX);
}

/// Points of every kind from a seed: proptest would take seconds to make as many one by one.
fn any_points(most: usize) -> impl Strategy<Value = Vec<Point>> {
    (any::<u64>(), 1..most).prop_map(|(seed, count)| {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed ^ (mixed >> 31)
        };
        // Some chunks are all alike, others hold everything.
        let kinds = 1 + next() % 6;
        let mut last_step = 0_i64;
        let points = (0..count).map(|_| {
            last_step = match next() % kinds {
                0 => last_step.wrapping_add(10),
                1 => last_step.wrapping_add((next() % 100) as i64),
                2 => last_step,
                3 => -((next() % 1_000) as i64),
                4 => [i64::MIN, i64::MAX, 0][(next() % 3) as usize],
                _ => next() as i64,
            };
            let mut float = || match next() % kinds {
                0 => f64::from((next() % 1_000) as u16) / 8.0,
                1 => f64::from(f32::from_bits(next() as u32)),
                2 => 1.7e9 + (next() % 1_000_000) as f64 * 1e-3,
                3 => [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0][(next() % 4) as usize],
                _ => f64::from_bits(next()),
            };
            Point {
                step: last_step,
                wall_time_secs: float(),
                value: float(),
            }
        });
        points.collect()
    })
}

proptest! {
    #[test]
    fn every_bit_comes_back(points in any_points(2500)) {
        check_round_trip(&points);
    }

    #[test]
    fn appending_in_pieces_with_pauses_gives_the_same_column(
        points in any_points(3000),
        cuts in prop::collection::vec((0_usize..900, any::<bool>()), 0..8),
    ) {
        let mut builder = ColumnBuilder::default();
        let mut rest = points.as_slice();
        for (length, pause) in cuts {
            let (piece, after) = rest.split_at(length.min(rest.len()));
            builder.append(piece);
            if pause {
                builder.settle();
            }
            rest = after;
        }
        builder.append(rest);
        prop_assert_eq!(builder.len(), points.len());
        prop_assert_eq!(bits(&decoded(&builder.settle())), bits(&points));
    }
}

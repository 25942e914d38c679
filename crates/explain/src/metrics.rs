//! How well a map explains a score: what happens to the score when what the map points to is removed.

use std::cmp::Ordering;

use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView2, ArrayView3, ArrayViewD, Axis};

use crate::{ExplainError, Result};

/// The eight neighbours of a pixel (row, column) and their weights in its replacement.
const NEIGHBOURS: [(isize, isize, f64); 8] = [
    (1, 1, 1.0 / 12.0),
    (0, 1, 1.0 / 6.0),
    (-1, 1, 1.0 / 12.0),
    (1, -1, 1.0 / 12.0),
    (0, -1, 1.0 / 6.0),
    (-1, -1, 1.0 / 12.0),
    (1, 0, 1.0 / 6.0),
    (-1, 0, 1.0 / 6.0),
];
/// How much smaller than at the beginning the residual of replaced pixels must become.
const IMPUTE_TOLERANCE: f64 = 1e-10;
/// What keeps the mean of three numbers from being divided by 0.
const ARCC_EPSILON: f32 = 1e-8;

/// Drop in confidence: by how much each score falls, 0 when it rises.
///
/// # Shapes
/// all `[N]`, f32.
pub fn drop_in_confidence(before: ArrayView1<'_, f32>, after: ArrayView1<'_, f32>) -> Array1<f32> {
    (&before - &after).mapv(|drop| drop.max(0.0))
}

/// Increase in confidence: 1 for each score that rises, 0 for the others.
///
/// # Shapes
/// all `[N]`, f32.
pub fn increase_in_confidence(
    before: ArrayView1<'_, f32>,
    after: ArrayView1<'_, f32>,
) -> Array1<f32> {
    (&after - &before).mapv(|rise| f32::from(u8::from(rise > 0.0)))
}

/// The pixels that stay when the most relevant are removed: 1 for those, 0 for the removed.
///
/// Those below the percentile of the map stay (numpy's linear interpolation between ranks). To remove the least relevant,
/// give 1 minus the map.
///
/// # Shapes
/// `map` and result: `[H, W]`, f32.
///
/// # Errors
/// [`ExplainError::WrongOption`] for a percentile beyond 0 ... 100, [`ExplainError::Shape`] for an empty map.
pub fn kept_below_percentile(map: ArrayView2<'_, f32>, percentile: f64) -> Result<Array2<f32>> {
    if !(0.0..=100.0).contains(&percentile) {
        return Err(ExplainError::WrongOption {
            option: "percentile",
            expected: "0 to 100",
            got: percentile.to_string(),
        });
    }
    let mut sorted: Vec<f32> = map.iter().copied().collect();
    sorted.sort_by(f32::total_cmp);
    let place = percentile / 100.0 * sorted.len().saturating_sub(1) as f64;
    let below = place.floor();
    let at = |index: f64| sorted.get(index as usize).copied();
    let (Some(low), Some(high)) = (at(below), at(place.ceil())) else {
        return Err(ExplainError::Shape {
            what: "map".to_owned(),
            expected: "[H, W] with at least one pixel".to_owned(),
            got: map.shape().to_vec(),
        });
    };
    let threshold = low + (high - low) * (place - below) as f32;
    Ok(map.mapv(|value| f32::from(u8::from(value < threshold))))
}

/// The pixels that stay when those are removed that Otsu's threshold calls relevant: 1 for those, 0 for the removed.
///
/// The threshold, on 256 levels, separates the map into two parts whose variance between them is largest (N. Otsu 1979).
/// (pytorch-grad-cam's `percentile="auto"` keeps the other part.)
///
/// # Shapes
/// `map` and result: `[H, W]`, f32; the map in 0 ... 1.
pub fn kept_below_otsu(map: ArrayView2<'_, f32>) -> Array2<f32> {
    let levels = map.mapv(|value| (value * 255.0) as u8);
    let mut counts = [0_u64; 256];
    for &level in &levels {
        counts[usize::from(level)] += 1;
    }
    let total = levels.len() as f64;
    let sum: f64 = counts
        .iter()
        .zip(0_u32..)
        .map(|(&n, level)| n as f64 * f64::from(level))
        .sum();
    let (mut best, mut threshold) = (0.0, 0);
    let (mut count_below, mut sum_below) = (0.0, 0.0);
    for (&n, level) in counts.iter().zip(0_u8..=255) {
        count_below += n as f64;
        sum_below += n as f64 * f64::from(level);
        let count_above = total - count_below;
        if count_below == 0.0 || count_above == 0.0 {
            continue;
        }
        let apart = sum_below / count_below - (sum - sum_below) / count_above;
        let between = count_below * count_above * apart * apart;
        if between > best {
            (best, threshold) = (between, level);
        }
    }
    levels.mapv(|level| f32::from(u8::from(level <= threshold)))
}

/// Pixels in the order in which a map calls them relevant, the most relevant first; equal ones from top left.
///
/// # Shapes
/// `map`: `[H, W]`; result: `H W` indices `row * W + column`.
pub fn relevance_order(map: ArrayView2<'_, f32>) -> Vec<usize> {
    let values: Vec<f32> = map.iter().copied().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| match (values.get(a), values.get(b)) {
        (Some(a), Some(b)) => b.total_cmp(a),
        _ => Ordering::Equal,
    });
    order
}

/// The area below a curve of scores at evenly spaced steps from 0 to 1, by the trapezoidal rule: what insertion and
/// deletion are summed up to (RISE, arXiv:1806.07421).
pub fn area_below(scores: ArrayView1<'_, f32>) -> f32 {
    match scores.len() {
        0 => 0.0,
        1 => scores[0],
        count => {
            let ends = f64::midpoint(f64::from(scores[0]), f64::from(scores[count - 1]));
            let all: f64 = scores.iter().map(|&score| f64::from(score)).sum();
            ((all - ends) / (count - 1) as f64) as f32
        }
    }
}

/// Replaces removed pixels by what their neighbours suggest, for ROAD (Rong et al. 2022, arXiv:2202.00449, appendix D).
///
/// Every removed pixel becomes the weighted mean of its eight neighbours, removed or not: 1/6 for those beside it, 1/12 for
/// those at its corners, renormalised at the picture's edge. These equations are symmetric and positive definite, and solved
/// by conjugate gradients. Add noise of your own (the reference: 0.01 times a normal number). Without any kept pixel, all
/// become 0.
///
/// # Shapes
/// - `image` and result: `[C, H, W]`, f32
/// - `kept`: `[H, W]`, 0 where a pixel is removed
///
/// # Errors
/// [`ExplainError::Shape`].
pub fn impute_linear(image: ArrayView3<'_, f32>, kept: ArrayView2<'_, f32>) -> Result<Array3<f32>> {
    let (_, height, width) = image.dim();
    if kept.dim() != (height, width) {
        return Err(ExplainError::Shape {
            what: "mask of kept pixels".to_owned(),
            expected: format!("[{height}, {width}]"),
            got: kept.shape().to_vec(),
        });
    }
    let system = System::new(kept);
    let mut imputed = image.to_owned();
    for mut channel in imputed.outer_iter_mut() {
        let solution = system.solve(channel.view());
        for (&(row, column), value) in system.removed.iter().zip(solution) {
            channel[[row, column]] = value as f32;
        }
    }
    Ok(imputed)
}

/// The equations of the removed pixels.
struct System {
    removed: Vec<(usize, usize)>,
    /// For each, its factor and its removed neighbours (index, weight) and kept ones (row, column, weight).
    diagonal: Vec<f64>,
    unknown: Vec<Vec<(usize, f64)>>,
    known: Vec<Vec<(usize, usize, f64)>>,
}

impl System {
    fn new(kept: ArrayView2<'_, f32>) -> Self {
        let mut index = Array2::from_elem(kept.dim(), None);
        let mut removed = Vec::new();
        for ((row, column), &kept) in kept.indexed_iter() {
            if kept == 0.0 {
                index[[row, column]] = Some(removed.len());
                removed.push((row, column));
            }
        }
        let mut system = Self {
            diagonal: vec![0.0; removed.len()],
            unknown: vec![Vec::new(); removed.len()],
            known: vec![Vec::new(); removed.len()],
            removed,
        };
        for (i, &(row, column)) in system.removed.iter().enumerate() {
            for (down, right, weight) in NEIGHBOURS {
                let (Some(row), Some(column)) = (
                    row.checked_add_signed(down),
                    column.checked_add_signed(right),
                ) else {
                    continue;
                };
                let Some(neighbour) = index.get([row, column]) else {
                    continue;
                };
                system.diagonal[i] += weight;
                match neighbour {
                    Some(j) => system.unknown[i].push((*j, weight)),
                    None => system.known[i].push((row, column, weight)),
                }
            }
        }
        system
    }

    fn times(&self, x: &[f64]) -> Vec<f64> {
        self.diagonal
            .iter()
            .zip(&self.unknown)
            .zip(x)
            .map(|((diagonal, neighbours), own)| {
                let around: f64 = neighbours.iter().map(|&(j, weight)| weight * x[j]).sum();
                diagonal * own - around
            })
            .collect()
    }

    fn solve(&self, channel: ArrayView2<'_, f32>) -> Vec<f64> {
        let right: Vec<f64> = self
            .known
            .iter()
            .map(|known| {
                let terms = known.iter();
                terms
                    .map(|&(row, column, weight)| weight * f64::from(channel[[row, column]]))
                    .sum()
            })
            .collect();
        let mut x = vec![0.0; right.len()];
        let mut residual = right;
        let mut direction = residual.clone();
        let mut squared = dot(&residual, &residual);
        let enough = squared * IMPUTE_TOLERANCE * IMPUTE_TOLERANCE;
        // Exact after as many rounds as there are unknowns; in practice after a few hundred.
        for _ in 0..x.len().saturating_mul(2) {
            if squared <= enough {
                break;
            }
            let image = self.times(&direction);
            let step = squared / dot(&direction, &image);
            for (((x, residual), direction), image) in
                x.iter_mut().zip(&mut residual).zip(&direction).zip(&image)
            {
                *x += step * direction;
                *residual -= step * image;
            }
            let before = squared;
            squared = dot(&residual, &residual);
            let share = squared / before;
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + share * *direction;
            }
        }
        x
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// ROAD of both orders: `(least relevant first - most relevant first) / 2`, each the score's change.
///
/// # Shapes
/// all `[N]`, f32.
pub fn road_combined(
    least_relevant_first: ArrayView1<'_, f32>,
    most_relevant_first: ArrayView1<'_, f32>,
) -> Array1<f32> {
    (&least_relevant_first - &most_relevant_first) / 2.0
}

/// Complexity of maps: the mean of their absolute values.
///
/// # Shapes
/// `maps`: `[N, ...]`, f32; result: `[N]`.
pub fn complexity(maps: ArrayViewD<'_, f32>) -> Array1<f32> {
    maps.axis_iter(Axis(0))
        .map(|map| {
            let sum: f64 = map.iter().map(|&value| f64::from(value.abs())).sum();
            (sum / map.len().max(1) as f64) as f32
        })
        .collect()
}

/// Coherency of maps with those of the pictures seen through them: Pearson's correlation r of each pair, as `(r + 1) / 2`.
///
/// # Shapes
/// both `[N, ...]`, f32; result: `[N]`.
///
/// # Errors
/// [`ExplainError::Shape`] when they differ in shape.
pub fn coherency(maps: ArrayViewD<'_, f32>, again: ArrayViewD<'_, f32>) -> Result<Array1<f32>> {
    if maps.shape() != again.shape() {
        return Err(ExplainError::Shape {
            what: "maps of the masked pictures".to_owned(),
            expected: format!("{:?}", maps.shape()),
            got: again.shape().to_vec(),
        });
    }
    let centred = |map: ArrayViewD<'_, f32>| {
        let values: Array1<f64> = map.iter().map(|&value| f64::from(value)).collect();
        let mean = values.mean().unwrap_or_default();
        values - mean
    };
    let pairs = maps.axis_iter(Axis(0)).zip(again.axis_iter(Axis(0)));
    Ok(pairs
        .map(|(a, b)| {
            let (a, b) = (centred(a), centred(b));
            let spread = (a.dot(&a) * b.dot(&b)).sqrt();
            let correlation = if spread == 0.0 {
                0.0
            } else {
                a.dot(&b) / spread
            };
            f64::midpoint(correlation, 1.0) as f32
        })
        .collect())
}

/// ARCC (arXiv:2605.14641): the harmonic mean of coherency, 1 - complexity, and twice [`road_combined`], cut to 0 ... 1.
///
/// # Shapes
/// all `[N]`, f32.
pub fn arcc(
    coherency: ArrayView1<'_, f32>,
    complexity: ArrayView1<'_, f32>,
    road: ArrayView1<'_, f32>,
) -> Array1<f32> {
    let parts = coherency.iter().zip(complexity).zip(road);
    parts
        .map(|((coherency, complexity), road)| {
            let road = (2.0 * road).clamp(0.0, 1.0);
            let inverse = |value: f32| 1.0 / (value + ARCC_EPSILON);
            3.0 / (inverse(*coherency) + inverse(1.0 - complexity) + inverse(road))
        })
        .collect()
}

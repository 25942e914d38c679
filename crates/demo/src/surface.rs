//! The loss around the trained network: on a plane through its weights.
//!
//! The plane is spanned by two random directions, each filter of which is as long as the network's own filter: Li, Xu,
//! Taylor, Studer, Goldstein, "Visualizing the Loss Landscape of Neural Nets" (2018), section 4,
//! `d_ij <- d_ij / ||d_ij|| ||theta_ij||`, with Gaussian d. As there, biases stay as they are.

use crate::{digits::Digit, network::Weights, training::Trainer};
use glassboard_writer::Mesh;
use ndarray::Array3;
use std::{
    f64::consts::{LN_10, TAU},
    ops::ControlFlow,
};

/// Points along each side of the plane.
pub(crate) const SIDE: usize = 17;

/// Digits that the loss is the mean of: there are 289 places to read them at.
pub(crate) const DIGITS: usize = 32;

/// How far the plane reaches to each side of the network: as far as the directions are long.
const REACH: f32 = 1.0;

/// Colours from the least loss to the greatest: matplotlib's viridis at equal distances.
const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 45, 123],
    [59, 82, 139],
    [44, 114, 142],
    [33, 145, 140],
    [40, 174, 128],
    [93, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];

/// Seen from both sides, in soft light from above.
const CONFIG: &str = r##"{"camera": {"cls": "PerspectiveCamera", "fov": 50}, "lights": [{"cls": "AmbientLight", "color": "#ffffff", "intensity": 0.6}, {"cls": "DirectionalLight", "color": "#ffffff", "intensity": 0.5, "position": [1, 2, 1]}], "material": {"cls": "MeshStandardMaterial", "roughness": 0.9, "metalness": 0, "side": 2}}"##;

/// The loss at each place of the plane.
pub(crate) struct Surface {
    /// Row by row, [`SIDE`] each, in nats. The middle one is the trained network's.
    losses: Vec<f64>,
}

impl Surface {
    /// Tries the places of the plane; `row_done` is told after every row of them, and may stop it: then there is no
    /// surface.
    pub(crate) fn around(
        trainer: &Trainer,
        digits: &[Digit],
        rng: &mut fastrand::Rng,
        row_done: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Option<Self> {
        let weights = trainer.weights();
        let along = direction(&weights, rng);
        let across = direction(&weights, rng);
        let mut losses = Vec::with_capacity(SIDE * SIDE);
        for row in 0..SIDE {
            for column in 0..SIDE {
                let (a, b) = (place(column), place(row));
                let moved: Vec<Vec<f32>> = weights
                    .iter()
                    .zip(along.iter().zip(&across))
                    .map(|(weights, (along, across))| {
                        let steps = along.iter().zip(across);
                        let moved = |(value, (along, across)): (&f32, (&f32, &f32))| {
                            value + a * along + b * across
                        };
                        weights.values.iter().zip(steps).map(moved).collect()
                    })
                    .collect();
                losses.push(trainer.loss_with(&moved, digits));
            }
            if row_done().is_break() {
                return None;
            }
        }
        Some(Self { losses })
    }

    /// The plane as a mesh: x and z are the two directions, y is log10(1 + loss); dark is a small loss.
    pub(crate) fn mesh(&self) -> Mesh {
        let heights: Vec<f64> = self
            .losses
            .iter()
            .map(|loss| loss.ln_1p() / LN_10)
            .collect();
        let least = heights.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let vertices = Array3::from_shape_fn((1, SIDE * SIDE, 3), |(_, at, axis)| match axis {
            0 => place(at % SIDE),
            1 => heights[at] as f32,
            _ => place(at / SIDE),
        });
        let colors = Array3::from_shape_fn((1, SIDE * SIDE, 3), |(_, at, channel)| {
            let share = (heights[at] - least) / (greatest - least).max(f64::MIN_POSITIVE);
            viridis(share)[channel]
        });
        // Two triangles to a square, with their fronts up.
        let corner = |at: usize, row: usize, column: usize| {
            let squares = SIDE - 1;
            (at / squares + row) * SIDE + at % squares + column
        };
        let faces = Array3::from_shape_fn(
            (1, 2 * (SIDE - 1) * (SIDE - 1), 3),
            |(_, triangle, point)| {
                let square = triangle / 2;
                let corners = if triangle % 2 == 0 {
                    [(0, 0), (1, 0), (0, 1)]
                } else {
                    [(1, 0), (1, 1), (0, 1)]
                };
                let (row, column) = corners[point];
                corner(square, row, column) as i32
            },
        );
        Mesh::new(&vertices)
            .faces(&faces)
            .colors(&colors)
            .config_json(CONFIG)
    }
}

/// How far from the network a row or column of the plane is.
fn place(at: usize) -> f32 {
    REACH * (2.0 * at as f32 / (SIDE - 1) as f32 - 1.0)
}

/// A random direction in which the weights may go, each of its filters as long as the network's. Biases do not move.
fn direction(weights: &[Weights], rng: &mut fastrand::Rng) -> Vec<Vec<f32>> {
    weights
        .iter()
        .map(|weights| {
            let count = weights.values.len();
            // A filter is a slice of a convolution's [out, in, height, width], a column of a linear layer's [in, out].
            let (filters, run) = match *weights.shape.as_slice() {
                [out, _, _, _] if out > 0 => (out, count / out),
                [_, out] if out > 0 => (out, 1),
                _ => return vec![0.0; count],
            };
            let filter_of = |at: usize| at / run.max(1) % filters;
            let random: Vec<f32> = (0..count).map(|_| normal(rng)).collect();
            let mut squares = vec![[0.0_f64; 2]; filters];
            for (at, (own, random)) in weights.values.iter().zip(&random).enumerate() {
                let [own_sum, random_sum] = &mut squares[filter_of(at)];
                *own_sum += f64::from(*own).powi(2);
                *random_sum += f64::from(*random).powi(2);
            }
            let scaled = |(at, random): (usize, &f32)| {
                let [own, other] = squares[filter_of(at)];
                random * (own / other.max(f64::MIN_POSITIVE)).sqrt() as f32
            };
            random.iter().enumerate().map(scaled).collect()
        })
        .collect()
}

/// A number of the standard normal distribution, by Box and Muller's formula.
fn normal(rng: &mut fastrand::Rng) -> f32 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    (radius * (TAU * rng.f64()).cos()) as f32
}

/// A colour of the scale, 0 to 255 each; `share` 0 to 1.
fn viridis(share: f64) -> [f32; 3] {
    let last = VIRIDIS.len() - 1;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let below = (at as usize).min(last - 1);
    let rest = (at - below as f64) as f32;
    [0, 1, 2].map(|channel| {
        let [from, to] = [below, below + 1].map(|stop| f32::from(VIRIDIS[stop][channel]));
        from + (to - from) * rest
    })
}

#[cfg(test)]
mod tests {
    use super::{DIGITS, SIDE, Surface, direction, place, viridis};
    use crate::{digits::Split, network::Weights, training::Trainer};
    use std::ops::ControlFlow;

    #[test]
    fn the_middle_of_the_plane_is_the_network() {
        let split = Split::new(&mut fastrand::Rng::with_seed(1));
        let digits = &split.validation[..DIGITS];
        let trainer = Trainer::new(1);
        let mut rows = 0;
        let mut rng = fastrand::Rng::with_seed(5);
        let surface = Surface::around(&trainer, digits, &mut rng, &mut || {
            rows += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(rows, SIDE);
        assert_eq!(surface.losses.len(), SIDE * SIDE);
        assert_eq!(
            surface.losses[SIDE * SIDE / 2],
            trainer.judge(digits).loss,
            "exactly: nothing is added to any weight"
        );
        assert!(surface.losses.iter().all(|loss| loss.is_finite()));
        // Elsewhere it is another network.
        assert!((surface.losses[0] - surface.losses[SIDE * SIDE / 2]).abs() > 1e-3);
    }

    #[test]
    fn it_stops_when_asked() {
        let split = Split::new(&mut fastrand::Rng::with_seed(1));
        let mut rng = fastrand::Rng::with_seed(5);
        let stop = &mut || ControlFlow::Break(());
        let surface = Surface::around(&Trainer::new(1), &split.validation[..2], &mut rng, stop);
        assert!(surface.is_none());
    }

    #[test]
    fn filters_of_a_direction_are_as_long_as_the_network_s() {
        let weights = [
            Weights {
                name: "convolution".to_owned(),
                shape: vec![2, 1, 2, 2],
                values: vec![1.0, 1.0, 1.0, 1.0, 0.0, 3.0, 4.0, 0.0],
            },
            Weights {
                name: "linear".to_owned(),
                shape: vec![2, 3],
                values: vec![3.0, 0.0, 1.0, 4.0, 2.0, 0.0],
            },
            Weights {
                name: "bias".to_owned(),
                shape: vec![3],
                values: vec![1.0, 2.0, 3.0],
            },
        ];
        let found = direction(&weights, &mut fastrand::Rng::with_seed(2));
        let length = |of: &[f32]| of.iter().map(|value| value * value).sum::<f32>().sqrt();
        let close = |found: f32, expected: f32| {
            assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        };
        close(length(&found[0][..4]), 2.0);
        close(length(&found[0][4..]), 5.0);
        for (column, expected) in [5.0, 2.0, 1.0].into_iter().enumerate() {
            close(length(&[found[1][column], found[1][3 + column]]), expected);
        }
        assert_eq!(found[2], [0.0; 3]);
    }

    #[test]
    fn places_and_colors_go_from_end_to_end() {
        assert_eq!([0, SIDE / 2, SIDE - 1].map(place), [-1.0, 0.0, 1.0]);
        assert_eq!(viridis(0.0), [68.0, 1.0, 84.0]);
        assert_eq!(viridis(0.0625), [69.5, 23.0, 103.5]);
        assert_eq!(viridis(1.0), [253.0, 231.0, 37.0]);
    }
}

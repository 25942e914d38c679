//! The curve that says how close two points of the layout seem.

/// `1 / (1 + a · d^(2b))` of a distance `d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Curve {
    pub(super) a: f32,
    pub(super) b: f32,
}

/// Distances at which the curve is fitted, as in umap-learn.
const SAMPLES: usize = 300;

impl Curve {
    /// The curve closest, by least squares, to one that is 1 up to `min_dist` and falls with `exp(-d / spread)` behind
    /// (umap-learn's `find_ab_params`).
    pub(super) fn fit(spread: f32, min_dist: f32) -> Self {
        let (spread, min_dist) = (f64::from(spread), f64::from(min_dist));
        let wanted: Vec<(f64, f64)> = (0..SAMPLES)
            .map(|at| {
                let distance = 3.0 * spread * at as f64 / (SAMPLES - 1) as f64;
                let closeness = if distance < min_dist {
                    1.0
                } else {
                    (-(distance - min_dist) / spread).exp()
                };
                (distance, closeness)
            })
            .collect();

        // Levenberg and Marquardt's method, from (1, 1).
        let (mut a, mut b) = (1.0_f64, 1.0_f64);
        let mut damping = 1e-3;
        let mut error = squared_error(&wanted, a, b);
        for _ in 0..200 {
            // Normal equations of the step: `[[aa, ab], [ab, bb]] · step = [ra, rb]`.
            let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for &(distance, closeness) in &wanted {
                if distance == 0.0 {
                    continue;
                }
                let power = distance.powf(2.0 * b);
                let value = 1.0 / (1.0 + a * power);
                let by_a = -value * value * power;
                let by_b = -value * value * a * power * 2.0 * distance.ln();
                let rest = closeness - value;
                aa += by_a * by_a;
                ab += by_a * by_b;
                bb += by_b * by_b;
                ra += by_a * rest;
                rb += by_b * rest;
            }
            let (da, db) = (aa * (1.0 + damping), bb * (1.0 + damping));
            let determinant = da * db - ab * ab;
            let step = (
                (ra * db - rb * ab) / determinant,
                (rb * da - ra * ab) / determinant,
            );
            let tried = squared_error(&wanted, a + step.0, b + step.1);
            if tried < error {
                (a, b) = (a + step.0, b + step.1);
                let gained = error - tried;
                error = tried;
                damping *= 0.1;
                if gained <= 1e-15 * error {
                    break;
                }
            } else {
                damping *= 10.0;
                if damping > 1e12 {
                    break;
                }
            }
        }
        Self {
            a: a as f32,
            b: b as f32,
        }
    }
}

fn squared_error(wanted: &[(f64, f64)], a: f64, b: f64) -> f64 {
    wanted
        .iter()
        .map(|&(distance, closeness)| {
            (closeness - 1.0 / (1.0 + a * distance.powf(2.0 * b))).powi(2)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::Curve;

    /// Values of umap-learn 0.5.12's `find_ab_params`.
    #[test]
    fn the_curve_is_umap_learns() {
        for (spread, min_dist, a, b) in [
            (1.0, 0.1, 1.576_943_5, 0.895_060_9),
            (1.0, 0.5, 0.583_030_34, 1.334_166_9),
            (1.0, 0.0, 1.932_808_4, 0.790_495),
            (2.0, 0.1, 0.544_660_54, 0.842_055_43),
        ] {
            let curve = Curve::fit(spread, min_dist);
            assert!(
                (curve.a - a).abs() < 2e-5 && (curve.b - b).abs() < 2e-5,
                "{curve:?}, expected {a} {b}"
            );
        }
    }
}

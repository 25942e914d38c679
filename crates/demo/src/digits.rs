//! The data: 1,797 real handwritten digits, carried inside the crate (credit in `data/README.md`).

/// Pixels along each side of a digit.
pub(crate) const SIDE: usize = 8;

/// Pixels of a digit.
pub(crate) const PIXELS: usize = SIDE * SIDE;

/// The digits 0 to 9.
pub(crate) const CLASSES: usize = 10;

/// The darkest value a pixel has in the file.
const FULL_INK: f32 = 16.0;

/// Of every so many digits, one is kept for validation.
const VALIDATION_EVERY: usize = 5;

const FILE: &[u8] = include_bytes!("../data/digits.bin");

/// One handwritten digit.
#[derive(Clone, Debug)]
pub(crate) struct Digit {
    /// What the writer meant, 0 to 9.
    pub(crate) label: u8,
    /// Row by row, 0 (paper) to 1 (ink).
    pub(crate) ink: [f32; PIXELS],
}

/// The digits to learn from, and those to be judged by, which are never learned from.
pub(crate) struct Split {
    pub(crate) training: Vec<Digit>,
    pub(crate) validation: Vec<Digit>,
}

impl Split {
    /// Shuffles all digits and keeps a fifth for validation. The same generator gives the same split.
    pub(crate) fn new(rng: &mut fastrand::Rng) -> Self {
        let mut digits = all();
        rng.shuffle(&mut digits);
        let training = digits.split_off(digits.len() / VALIDATION_EVERY);
        Self {
            training,
            validation: digits,
        }
    }
}

fn all() -> Vec<Digit> {
    let (records, _) = FILE.as_chunks::<{ PIXELS + 1 }>();
    records
        .iter()
        .map(|[label, pixels @ ..]| Digit {
            label: *label,
            ink: pixels.map(|pixel| f32::from(pixel) / FULL_INK),
        })
        .collect()
}

/// A digit as another hand might have drawn it: slightly turned, scaled and shifted.
///
/// Every pixel is read from where it was before, between pixels by bilinear interpolation; outside is paper.
pub(crate) fn redrawn(digit: &Digit, rng: &mut fastrand::Rng) -> Digit {
    let mut within = |limit: f32| (rng.f32() * 2.0 - 1.0) * limit;
    let (sin, cos) = within(0.15).sin_cos();
    let scale = 1.0 + within(0.1);
    let (shift_x, shift_y) = (within(0.6), within(0.6));
    let middle = (SIDE as f32 - 1.0) / 2.0;

    let mut ink = [0.0; PIXELS];
    for (at, pixel) in ink.iter_mut().enumerate() {
        let x = (at % SIDE) as f32 - middle - shift_x;
        let y = (at / SIDE) as f32 - middle - shift_y;
        *pixel = between(
            &digit.ink,
            (cos * x + sin * y) / scale + middle,
            (cos * y - sin * x) / scale + middle,
        );
    }
    Digit {
        label: digit.label,
        ink,
    }
}

fn between(ink: &[f32; PIXELS], x: f32, y: f32) -> f32 {
    let at = |x: f32, y: f32| {
        let inside = 0.0..SIDE as f32;
        if inside.contains(&x) && inside.contains(&y) {
            ink[y as usize * SIDE + x as usize]
        } else {
            0.0
        }
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    (at(left, top) * (1.0 - right) + at(left + 1.0, top) * right) * (1.0 - down)
        + (at(left, top + 1.0) * (1.0 - right) + at(left + 1.0, top + 1.0) * right) * down
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Digit, PIXELS, Split, all, between, redrawn};

    #[test]
    fn the_file_holds_what_its_readme_says() {
        let digits = all();
        assert_eq!(digits.len(), 1797);
        let mut per_class = [0; CLASSES];
        for digit in &digits {
            per_class[usize::from(digit.label)] += 1;
            assert!(digit.ink.iter().all(|ink| (0.0..=1.0).contains(ink)));
        }
        // As scikit-learn's documentation counts them.
        assert_eq!(
            per_class,
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        );
    }

    #[test]
    fn no_digit_is_both_learned_from_and_judged_by() {
        let split = Split::new(&mut fastrand::Rng::with_seed(1));
        assert_eq!((split.training.len(), split.validation.len()), (1438, 359));
        let again = Split::new(&mut fastrand::Rng::with_seed(1));
        assert_eq!(split.validation[0].ink, again.validation[0].ink);
        let twins = |digit: &&Digit| split.training.iter().any(|other| other.ink == digit.ink);
        assert_eq!(split.validation.iter().filter(twins).count(), 0);
    }

    #[test]
    fn redrawing_moves_ink_and_makes_none() {
        let digit = &all()[0];
        assert_eq!(between(&digit.ink, 3.0, 2.0), digit.ink[19]);
        assert_eq!(between(&digit.ink, -1.5, 2.0), 0.0);
        let mut rng = fastrand::Rng::with_seed(7);
        let redrawn = redrawn(digit, &mut rng);
        assert_eq!(redrawn.label, digit.label);
        assert_ne!(redrawn.ink, digit.ink);
        assert!(redrawn.ink.iter().all(|ink| (0.0..=1.0).contains(ink)));
        let total = |ink: &[f32; PIXELS]| ink.iter().sum::<f32>();
        assert!((total(&redrawn.ink) / total(&digit.ink) - 1.0).abs() < 0.4);
    }
}

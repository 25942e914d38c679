//! The loss of a training as a sound: the better the network, the deeper the tone.

use std::f64::consts::{LN_10, TAU};

/// Samples per second, and how long the sound is.
pub(crate) const SAMPLE_RATE: u32 = 8_000;
pub(crate) const SECONDS: u32 = 4;

/// The tone of who guesses among ten digits: of a loss of ln 10.
const GUESSING_HERTZ: f64 = 880.0;

/// A loss of an eighth is an octave deeper.
const EXPONENT: f64 = 1.0 / 3.0;

/// What a small loudspeaker plays and a sample rate of 8,000 holds.
const LOWEST_HERTZ: f64 = 55.0;
const HIGHEST_HERTZ: f64 = 3_520.0;

const AMPLITUDE: f64 = 0.5;

/// Seconds until the sound is at its loudest, and again at its end: a sudden start clicks.
const FADE_SECS: f64 = 0.02;

/// The tone of a loss in nats: 880 (loss / ln 10)^(1/3) hertz, within 55 and 3,520.
fn hertz(loss: f64) -> f64 {
    (GUESSING_HERTZ * (loss / LN_10).powf(EXPONENT)).clamp(LOWEST_HERTZ, HIGHEST_HERTZ)
}

/// One tone for each loss in turn, all equally long; the wave goes on from one to the next.
///
/// # Shapes
/// `[32,000]`: four seconds, -0.5 to 0.5.
pub(crate) fn of(losses: &[f64]) -> Vec<f32> {
    let samples = (SAMPLE_RATE * SECONDS) as usize;
    let rate = f64::from(SAMPLE_RATE);
    let mut phase = 0.0_f64;
    (0..samples)
        .map(|at| {
            let loss = losses.get(at * losses.len() / samples);
            phase = (phase + loss.copied().map_or(0.0, hertz) / rate).fract();
            let from_an_end = at.min(samples - 1 - at) as f64 / rate;
            let volume = (from_an_end / FADE_SECS).min(1.0);
            (AMPLITUDE * volume * (TAU * phase).sin()) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{hertz, of};
    use std::f64::consts::LN_10;

    #[test]
    fn an_eighth_of_the_loss_is_an_octave_deeper() {
        assert_eq!(hertz(LN_10), 880.0);
        assert!((hertz(LN_10 / 8.0) - 440.0).abs() < 1e-9);
        assert_eq!(hertz(0.0), 55.0);
        assert_eq!(hertz(1e9), 3_520.0);
    }

    #[test]
    fn the_pitch_follows_the_loss() {
        let sound = of(&[LN_10, LN_10 / 8.0]);
        assert_eq!(sound.len(), 32_000);
        let waves = |part: &[f32]| {
            part.windows(2)
                .filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0)
                .count()
        };
        // Two seconds of 880 hertz, then two of 440.
        assert!(waves(&sound[..16_000]).abs_diff(1_760) <= 1);
        assert!(waves(&sound[16_000..]).abs_diff(880) <= 1);
        assert!(sound.iter().all(|sample| sample.abs() <= 0.5));
        assert!(sound[0].abs() < 0.01 && sound[31_999].abs() < 0.01);
        assert!(of(&[]).iter().all(|sample| *sample == 0.0));
    }
}

//! Lanczos resampling as Pillow computes it.
//!
//! Two passes, columns first, with 8-bit values between them and fixed-point weights of 22 bits, so that the result
//! is Pillow's bit by bit. Formula of a weight at distance x (in units of the filter's scale):
//! `sinc(x) * sinc(x / 3)` for |x| < 3, normalised to a sum of 1.

use std::f64::consts::PI;

use crate::{Channels, Picture};

/// Half width of the filter in source pixels when enlarging.
const LOBES: f64 = 3.0;
/// Fraction bits of a weight: what 32 bits leave beside an 8-bit value and two bits of headroom.
const PRECISION_BITS: u32 = 32 - 8 - 2;

/// The weights that make one target pixel out of source pixels `start ..`.
struct Taps {
    start: usize,
    weights: Vec<i32>,
}

/// The picture in a new size.
pub(crate) fn lanczos(picture: &Picture, width: u32, height: u32) -> Picture {
    if (width, height) == (picture.width(), picture.height()) {
        return picture.clone();
    }
    let channels = picture.channels();
    let bytes = channels.count();
    let mut pixels = picture.pixels().to_vec();
    // Colours under a transparent pixel must not bleed into their neighbours.
    if channels == Channels::Rgba {
        pixels
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(premultiply);
    }
    if width != picture.width() {
        pixels = resize_columns(&pixels, picture.width() as usize, width as usize, bytes);
    }
    if height != picture.height() {
        pixels = resize_rows(
            &pixels,
            picture.height() as usize,
            height as usize,
            width as usize * bytes,
        );
    }
    if channels == Channels::Rgba {
        pixels
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .for_each(unpremultiply);
    }
    Picture::from_parts(width, height, channels, pixels)
}

fn resize_columns(pixels: &[u8], from: usize, to: usize, bytes: usize) -> Vec<u8> {
    let taps = taps(from, to);
    let mut out = Vec::with_capacity(pixels.len() / from.max(1) * to);
    for line in pixels.chunks_exact(from * bytes) {
        for tap in &taps {
            for channel in 0..bytes {
                let samples = line.iter().skip(tap.start * bytes + channel).step_by(bytes);
                out.push(weighted_sum(samples.copied(), &tap.weights));
            }
        }
    }
    out
}

fn resize_rows(pixels: &[u8], from: usize, to: usize, row_bytes: usize) -> Vec<u8> {
    let taps = taps(from, to);
    let mut out = Vec::with_capacity(row_bytes * to);
    for tap in &taps {
        for column in 0..row_bytes {
            let samples = pixels
                .iter()
                .skip(tap.start * row_bytes + column)
                .step_by(row_bytes);
            out.push(weighted_sum(samples.copied(), &tap.weights));
        }
    }
    out
}

fn weighted_sum(samples: impl Iterator<Item = u8>, weights: &[i32]) -> u8 {
    let half = 1 << (PRECISION_BITS - 1);
    let sum = samples
        .zip(weights)
        .fold(half, |sum: i32, (sample, weight)| {
            sum.wrapping_add(i32::from(sample).wrapping_mul(*weight))
        });
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let filter_scale = scale.max(1.0);
    let support = LOBES * filter_scale;
    let inverse = 1.0 / filter_scale;
    (0..to)
        .map(|target| {
            let centre = (target as f64 + 0.5) * scale;
            let start = (centre - support + 0.5).max(0.0) as usize;
            let end = ((centre + support + 0.5) as usize).min(from);
            let raw: Vec<f64> = (start..end)
                .map(|source| lanczos3((source as f64 - centre + 0.5) * inverse))
                .collect();
            let sum: f64 = raw.iter().fold(0.0, |sum, weight| sum + weight);
            let weights = raw
                .iter()
                .map(|weight| fixed_point(if sum == 0.0 { *weight } else { weight / sum }));
            Taps {
                start,
                weights: weights.collect(),
            }
        })
        .collect()
}

fn fixed_point(weight: f64) -> i32 {
    let scaled = weight * f64::from(1 << PRECISION_BITS);
    (if weight < 0.0 {
        scaled - 0.5
    } else {
        scaled + 0.5
    }) as i32
}

fn lanczos3(x: f64) -> f64 {
    if (-LOBES..LOBES).contains(&x) {
        sinc(x) * sinc(x / LOBES)
    } else {
        0.0
    }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let x = x * PI;
    x.sin() / x
}

fn premultiply(pixel: &mut [u8; 4]) {
    let alpha = u32::from(pixel[3]);
    for byte in &mut pixel[..3] {
        // Division by 255, rounded, without dividing.
        let product = u32::from(*byte) * alpha + 128;
        *byte = (((product >> 8) + product) >> 8) as u8;
    }
}

fn unpremultiply(pixel: &mut [u8; 4]) {
    let alpha = u32::from(pixel[3]);
    if alpha == 0 || alpha == 255 {
        return;
    }
    for byte in &mut pixel[..3] {
        *byte = (u32::from(*byte) * 255 / alpha).min(255) as u8;
    }
}

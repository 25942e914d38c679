//! PNG files that are small without taking long.
//!
//! A training loop waits for this. The fastest compressor does well on noise, where nothing can be gained; for
//! everything else it leaves files up to twenty times as large as they could be. So a few rows are tried first.

use png::{DeflateCompression, Filter};

use crate::{Channels, MediaError, Picture};

/// Rows in the middle that show what a picture is like.
const SAMPLE_ROWS: usize = 16;

/// As fast as it gets.
const FASTEST: DeflateCompression = DeflateCompression::FdeflateUltraFast;
/// The level from which on more time gains little.
const GOOD: DeflateCompression = DeflateCompression::Level(4);
/// For pictures that take no time at all.
const BETTER: DeflateCompression = DeflateCompression::Level(6);

/// Pictures of up to this many bytes, and those that shrink to less than 1/8, are compressed in several ways.
const SMALL_BYTES: usize = 64 << 10;

/// The picture as a file.
///
/// # Errors
/// [`MediaError::Png`].
pub(crate) fn encode(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    let (width, channels) = (picture.width(), picture.channels());
    let pixels = picture.pixels();
    let row_bytes = width as usize * channels.count();
    let rows = pixels.len() / row_bytes.max(1);
    let first = rows.saturating_sub(SAMPLE_ROWS) / 2;
    let sample_bytes = row_bytes * SAMPLE_ROWS.min(rows);
    let sample = pixels.get(row_bytes * first..).unwrap_or_default();
    let sample = sample.get(..sample_bytes).unwrap_or_default();

    let file = |pixels: &[u8], deflate, filter| {
        let height = (pixels.len() / row_bytes.max(1)) as u32;
        compress(pixels, [width, height], channels, deflate, filter)
    };
    // Less than a tenth can be gained.
    let is_noise = file(sample, FASTEST, Filter::Adaptive)?.len() * 10 > sample.len() * 9;
    if is_noise && pixels.len() > SMALL_BYTES {
        return file(pixels, FASTEST, Filter::Adaptive);
    }
    let mut best = file(pixels, GOOD, Filter::Adaptive)?;
    if pixels.len() <= SMALL_BYTES || best.len() < pixels.len() / 8 {
        // Drawings and masks: filters may only disturb.
        for (deflate, filter) in [(BETTER, Filter::Adaptive), (GOOD, Filter::NoFilter)] {
            let other = file(pixels, deflate, filter)?;
            if other.len() < best.len() {
                best = other;
            }
        }
    }
    Ok(best)
}

fn compress(
    pixels: &[u8],
    [width, height]: [u32; 2],
    channels: Channels,
    deflate: DeflateCompression,
    filter: Filter,
) -> Result<Vec<u8>, MediaError> {
    let failed = |error: png::EncodingError| MediaError::Png {
        reason: error.to_string(),
    };
    let mut file = Vec::with_capacity(pixels.len() / 2 + 128);
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(match channels {
        Channels::Rgb => png::ColorType::Rgb,
        Channels::Rgba => png::ColorType::Rgba,
    });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_deflate_compression(deflate);
    encoder.set_filter(filter);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, Axis, concatenate};

    use super::*;

    /// Bytes of the file of a picture, which holds the same pixels.
    fn file_bytes(picture: &Picture) -> usize {
        let file = picture.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        assert!(pixels == picture.pixels());
        file.len()
    }

    fn picture(brightness: impl Fn(usize, usize, usize) -> u8) -> Picture {
        let tensor = Array3::from_shape_fn((256, 256, 3), |(y, x, c)| brightness(y, x, c));
        Picture::from_tensor(&tensor, "HWC").unwrap()
    }

    /// A byte that looks random.
    fn noise(y: usize, x: usize, c: usize) -> u8 {
        let mut state = ((y * 256 + x) * 3 + c) as u64;
        for _ in 0..3 {
            state = (state ^ state >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        (state >> 56) as u8
    }

    fn smooth(y: usize, x: usize, c: usize) -> u8 {
        let (row, column) = (y as f32 / 30.0, x as f32 / 40.0);
        (((column + c as f32).sin() * (row - column).cos() * 0.4 + 0.5) * 255.0) as u8
    }

    #[test]
    fn files_are_about_as_small_as_those_of_pillow() {
        // Bytes that Pillow 13 writes for the same pixels with its defaults.
        let cases = [
            ("noise", picture(noise), 197_171),
            ("smooth", picture(smooth), 45_822),
            ("one colour", picture(|_, _, _| 0), 270),
            ("ramp", picture(|_, x, _| x as u8), 721),
            (
                "grid",
                picture(|y, x, _| if y % 8 == 0 || x % 8 == 0 { 255 } else { 0 }),
                928,
            ),
        ];
        for (name, picture, pillow) in cases {
            let ours = file_bytes(&picture);
            assert!(
                ours * 10 <= pillow * 11,
                "{name}: {ours} bytes, Pillow {pillow}"
            );
        }
    }

    #[test]
    fn every_kind_of_picture_survives() {
        for (height, width) in [(1, 1), (3, 7), (17, 300)] {
            let tensor = Array3::from_shape_fn((height, width, 3), |(y, x, c)| noise(y, x, c));
            file_bytes(&Picture::from_tensor(&tensor, "HWC").unwrap());
            let opacity = Array3::from_elem((height, width, 1), 99);
            let tensor = concatenate![Axis(2), tensor, opacity];
            file_bytes(&Picture::from_tensor(&tensor, "HWC").unwrap());
        }
    }
}

//! Videos made from tensors.

use ndarray::{ArrayView5, ArrayViewD, Axis, Ix5};

use crate::element::{AsTensor, Element, ElementKind};
use crate::{MediaError, palette};

/// Largest width and height that a GIF can name.
const MAX_SIDE: usize = u16::MAX as usize;
/// Most bytes of pixels in all frames: far above what an event can carry as a GIF.
const MAX_VIDEO_BYTES: usize = 1 << 33;

/// A video of 8-bit RGB frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Video {
    width: u16,
    height: u16,
    channels: u8,
    frames: Vec<Vec<[u8; 3]>>,
}

impl Video {
    /// Makes a video of a tensor whose axes are named by `dataformats`: any permutation of `NTCHW` or `TCHW`, in
    /// upper or lower case.
    ///
    /// Values become brightness as in [`Picture::from_tensor`](crate::Picture::from_tensor), but that 8-bit ones
    /// are divided by 255 and multiplied by it again, as the reference does.
    ///
    /// # Shapes
    /// `NTCHW`: N videos of T frames; C is 1 (gray) or 3 (RGB). Several videos are shown as one, in a grid: N is
    /// filled up with black to the next power of two P; there are `2^floor(floor(log2 N) / 2)` rows of equal length,
    /// each from left to right.
    ///
    /// # Errors
    /// [`MediaError::UnknownVideoFormat`], [`MediaError::RankMismatch`], [`MediaError::ChannelCount`],
    /// [`MediaError::EmptyPicture`], [`MediaError::VideoTooLarge`].
    pub fn from_tensor<V>(tensor: &V, dataformats: &str) -> Result<Self, MediaError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let tensor = tensor.as_tensor();
        let shape = tensor.shape().to_vec();
        let videos = to_nthwc(tensor, dataformats)?;
        if !matches!(videos.len_of(Axis(4)), 1 | 3) {
            return Err(MediaError::ChannelCount {
                expected: "1 or 3",
                got: videos.len_of(Axis(4)),
                shape,
                dataformats: dataformats.to_owned(),
            });
        }
        // The casts clip to 0 ... 255, truncate, and make 0 of NaN.
        match V::Elem::KIND {
            ElementKind::Byte => Self::assemble(&videos, |value: V::Elem| {
                (value.to_f32() / 255.0 * 255.0) as u8
            }),
            ElementKind::Unit => {
                Self::assemble(&videos, |value: V::Elem| (value.to_f32() * 255.0) as u8)
            }
        }
    }

    /// Lays the videos of a batch `[N, T, H, W, C]` out in a grid.
    fn assemble<T: Copy>(
        videos: &ArrayView5<'_, T>,
        brightness: impl Fn(T) -> u8,
    ) -> Result<Self, MediaError> {
        let (count, frames, cell_height, cell_width, channels) = videos.dim();
        let (columns, rows) = columns_and_rows(count);
        let (width, height) = (
            columns.saturating_mul(cell_width),
            rows.saturating_mul(cell_height),
        );
        let bytes = width
            .checked_mul(height)
            .and_then(|pixels| pixels.checked_mul(frames)?.checked_mul(3));
        let (Some(0..=MAX_VIDEO_BYTES), 0..=MAX_SIDE, 0..=MAX_SIDE) = (bytes, width, height) else {
            return Err(MediaError::VideoTooLarge {
                width,
                height,
                frames,
            });
        };
        let mut result = vec![vec![[0; 3]; width * height]; frames];
        for (n, video) in videos.outer_iter().enumerate() {
            let (left, top) = (n % columns * cell_width, n / columns * cell_height);
            for (frame, cell) in result.iter_mut().zip(video.outer_iter()) {
                let lines = frame.chunks_exact_mut(width).skip(top);
                for (line, values) in lines.zip(cell.outer_iter()) {
                    for (pixel, values) in line.iter_mut().skip(left).zip(values.outer_iter()) {
                        // One gray value for all three, or one for each.
                        for (byte, &value) in pixel.iter_mut().zip(values.iter().cycle()) {
                            *byte = brightness(value);
                        }
                    }
                }
            }
        }
        Ok(Self {
            width: width as u16,
            height: height as u16,
            channels: channels as u8,
            frames: result,
        })
    }

    /// Columns of the grid of all videos.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Rows of the grid of all videos.
    pub fn height(&self) -> u16 {
        self.height
    }

    /// Channels of the tensor, 1 or 3.
    pub fn channels(&self) -> u8 {
        self.channels
    }

    /// Pixels of each frame, row by row: red, green, blue.
    pub fn frames(&self) -> &[Vec<[u8; 3]>] {
        &self.frames
    }

    /// The video as an animated GIF that repeats for ever.
    ///
    /// Every frame has a palette of its own: its exact colours when there are at most 256, else the 256 that lose
    /// least. `dither` mixes them by spreading errors over the neighbours, which shows smooth gradients better and
    /// flickers. Frame times are whole hundredths of a second, at least one.
    ///
    /// # Errors
    /// [`MediaError::FramesPerSecond`]; [`MediaError::Gif`].
    pub fn to_gif(&self, frames_per_sec: f64, dither: bool) -> Result<Vec<u8>, MediaError> {
        let hundredths = (100.0 / frames_per_sec).round();
        if !(frames_per_sec > 0.0 && hundredths <= f64::from(u16::MAX)) {
            return Err(MediaError::FramesPerSecond {
                got: frames_per_sec,
            });
        }
        let failed = |error: gif::EncodingError| MediaError::Gif {
            reason: error.to_string(),
        };
        let mut file = Vec::new();
        let mut encoder =
            gif::Encoder::new(&mut file, self.width, self.height, &[]).map_err(failed)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(failed)?;
        for pixels in &self.frames {
            let indexed = palette::reduce(pixels, usize::from(self.width), dither);
            let frame = gif::Frame {
                width: self.width,
                height: self.height,
                delay: (hundredths as u16).max(1),
                palette: Some(indexed.palette.into_flattened()),
                buffer: indexed.indices.into(),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).map_err(failed)?;
        }
        drop(encoder);
        Ok(file)
    }
}

/// Columns and rows of the grid of `count` videos.
fn columns_and_rows(count: usize) -> (usize, usize) {
    let rows = 1 << (count.ilog2() / 2);
    (count.next_power_of_two() / rows, rows)
}

/// The tensor with its axes brought into the order `N, T, H, W, C`.
fn to_nthwc<'a, T>(
    tensor: ArrayViewD<'a, T>,
    dataformats: &str,
) -> Result<ArrayView5<'a, T>, MediaError> {
    let mut letters = dataformats.to_ascii_uppercase().into_bytes();
    let mut sorted = letters.clone();
    sorted.sort_unstable();
    if !matches!(sorted.as_slice(), b"CHNTW" | b"CHTW") {
        return Err(MediaError::UnknownVideoFormat {
            got: dataformats.to_owned(),
        });
    }
    let shape = tensor.shape().to_vec();
    let mismatch = || MediaError::RankMismatch {
        dataformats: dataformats.to_owned(),
        expected: dataformats.len(),
        got: shape.clone(),
    };
    if letters.len() != tensor.ndim() {
        return Err(mismatch());
    }
    if tensor.is_empty() {
        return Err(MediaError::EmptyPicture { got: shape });
    }
    let mut tensor = tensor;
    if letters.len() == 4 {
        letters.insert(0, b'N');
        tensor = tensor.insert_axis(Axis(0));
    }
    let order = *b"NTHWC";
    let position = |letter| {
        letters
            .iter()
            .position(|&l| l == letter)
            .unwrap_or_default()
    };
    tensor
        .into_dimensionality::<Ix5>()
        .map(|tensor| tensor.permuted_axes(order.map(position)))
        .map_err(|_| mismatch())
}

#[cfg(test)]
mod tests {
    use ndarray::{Array4, Array5, ArrayD};

    use super::*;

    #[test]
    fn grids_are_powers_of_two() {
        // n_rows and n_cols of the reference's `_prepare_video`.
        let cases = [
            (1, (1, 1)),
            (2, (2, 1)),
            (3, (4, 1)),
            (4, (2, 2)),
            (5, (4, 2)),
            (8, (4, 2)),
            (9, (8, 2)),
            (16, (4, 4)),
            (17, (8, 4)),
        ];
        for (count, expected) in cases {
            assert_eq!(columns_and_rows(count), expected, "{count} videos");
        }
    }

    #[test]
    fn videos_lie_side_by_side_and_the_rest_is_black() {
        // Video n is of brightness (n + 1) / 8 throughout.
        let videos = Array5::from_shape_fn((5, 2, 1, 2, 3), |(n, ..)| (n + 1) as f32 / 8.0);
        let video = Video::from_tensor(&videos, "NTCHW").unwrap();
        assert_eq!(
            (video.width(), video.height(), video.channels()),
            (12, 4, 1)
        );
        assert_eq!(video.frames().len(), 2);
        for frame in video.frames() {
            for (i, pixel) in frame.iter().enumerate() {
                let (x, y) = (i % 12, i / 12);
                let n = y / 2 * 4 + x / 3;
                let expected = if n < 5 {
                    ((n + 1) as f32 / 8.0 * 255.0) as u8
                } else {
                    0
                };
                assert_eq!(*pixel, [expected; 3], "{x}, {y}");
            }
        }
        let moved = videos.view().permuted_axes([1, 3, 4, 2, 0]);
        assert_eq!(Video::from_tensor(&moved, "thwcn").unwrap(), video);
    }

    #[test]
    fn bytes_go_through_floats_as_in_the_reference() {
        let bytes = Array4::from_shape_fn((1, 1, 1, 256), |(.., x)| x as u8);
        let video = Video::from_tensor(&bytes, "TCHW").unwrap();
        for (x, pixel) in video.frames()[0].iter().enumerate() {
            let through = (x as f32 / 255.0 * 255.0) as u8;
            assert_eq!(*pixel, [through; 3]);
        }
    }

    #[test]
    fn a_gif_holds_the_frames() {
        let video = Array4::from_shape_fn((3, 3, 8, 16), |(t, c, y, x)| {
            (t * 40 + c * 20 + y * 16 + x) as f32 / 255.0
        });
        let video = Video::from_tensor(&video, "TCHW").unwrap();
        let file = video.to_gif(4.0, false).unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(file.as_slice()).unwrap();
        assert_eq!((decoder.width(), decoder.height()), (16, 8));
        assert_eq!(decoder.repeat(), gif::Repeat::Infinite);
        for expected in video.frames() {
            let frame = decoder.read_next_frame().unwrap().unwrap();
            assert_eq!(frame.delay, 25);
            let pixels: Vec<[u8; 3]> = frame.buffer.chunks(4).map(|p| [p[0], p[1], p[2]]).collect();
            assert_eq!(pixels, *expected);
        }
        assert!(decoder.read_next_frame().unwrap().is_none());
    }

    #[test]
    fn errors_say_what_was_expected() {
        let zeros = |shape: &[usize]| ArrayD::<f32>::zeros(shape);
        let check = |shape: &[usize], dataformats: &str, expected: &str| {
            let error = Video::from_tensor(&zeros(shape), dataformats).unwrap_err();
            assert_eq!(error.to_string(), expected);
        };
        check(
            &[1, 1, 3, 2, 2],
            "NCTHX",
            "unknown dataformats of a video: expected a permutation of NTCHW or TCHW, got \"NCTHX\"",
        );
        check(
            &[3, 2, 2],
            "NTCHW",
            "dataformats \"NTCHW\" does not fit the tensor: expected 5 axes, got shape [3, 2, 2]",
        );
        check(
            &[1, 1, 4, 2, 2],
            "NTCHW",
            "wrong number of channels: expected 1 or 3, got 4 in shape [1, 1, 4, 2, 2] read as \"NTCHW\"",
        );
        check(
            &[1, 0, 3, 2, 2],
            "NTCHW",
            "empty picture: expected every axis to be at least 1 long, got shape [1, 0, 3, 2, 2]",
        );
        check(
            &[1, 1, 1, 1, 70_000],
            "NTCHW",
            "video too large: expected at most 65535 x 65535 pixels, and 8 GiB of them, got 1 frames of 70000 x 1",
        );
        let video = Video::from_tensor(&zeros(&[1, 1, 1, 1]), "TCHW").unwrap();
        for fps in [0.0, -1.0, f64::NAN, 1e-9] {
            assert_eq!(
                video.to_gif(fps, false).unwrap_err().to_string(),
                format!("wrong frames per second: expected a number from 0.0016 on, got {fps}")
            );
        }
        // Faster than a GIF can be: the shortest time there is.
        assert!(video.to_gif(1e9, false).is_ok());
    }
}

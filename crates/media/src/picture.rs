//! RGB and RGBA pictures made from tensors.

use ndarray::{ArrayView4, Axis};

use crate::element::{AsTensor, Element, ElementKind};
use crate::{MediaError, boxes, grid, png_file, resize};

/// Most bytes of pixels in one picture: what a protobuf message can carry.
const MAX_PICTURE_BYTES: u64 = 1 << 31;

/// Colour layout of a [`Picture`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, opacity (not premultiplied).
    Rgba,
}

impl Channels {
    /// Bytes of one pixel: 3 or 4.
    pub fn count(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// A picture of 8-bit pixels.
///
/// # Shapes
/// `pixels`: `[height, width, channels]` in row-major order, u8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    channels: Channels,
    pixels: Vec<u8>,
}

impl Picture {
    /// Makes a picture of a tensor whose axes are named by `dataformats`: any permutation of `HW`, `CHW` or `NCHW`,
    /// in upper or lower case.
    ///
    /// `u8` values are taken as brightness. Every other type is multiplied by 255 in 32-bit float, clipped to
    /// 0 ... 255 and truncated, as the reference does; so 0.999 becomes 254 and an `i32` picture with values above 1
    /// is white. NaN becomes 0 (the reference leaves it undefined).
    ///
    /// # Shapes
    /// - `HW`: gray, repeated into three channels.
    /// - `CHW`: C is 1 (gray), 3 (RGB) or 4 (RGBA).
    /// - `NCHW`: N pictures with C 1 or 3, as one grid of at most eight columns, row by row, without gaps; cells
    ///   left over are black.
    ///
    /// # Errors
    /// [`MediaError::UnknownDataformats`], [`MediaError::RankMismatch`], [`MediaError::ChannelCount`],
    /// [`MediaError::EmptyPicture`], [`MediaError::PictureTooLarge`].
    pub fn from_tensor<V>(tensor: &V, dataformats: &str) -> Result<Self, MediaError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let tensor = tensor.as_tensor();
        let shape = tensor.shape().to_vec();
        let is_batch = shape.len() == 4;
        let nhwc = grid::to_nhwc(tensor, dataformats)?;
        let channels = match (nhwc.len_of(Axis(3)), is_batch) {
            (1 | 3, _) => Channels::Rgb,
            (4, false) => Channels::Rgba,
            (got, is_batch) => {
                return Err(MediaError::ChannelCount {
                    expected: if is_batch { "1 or 3" } else { "1, 3 or 4" },
                    got,
                    shape,
                    dataformats: dataformats.to_owned(),
                });
            }
        };
        match V::Elem::KIND {
            ElementKind::Byte => {
                Self::assemble(&nhwc, channels, |value: V::Elem| value.to_f32() as u8)
            }
            // The cast clips to 0 ... 255, truncates, and makes 0 of NaN.
            ElementKind::Unit => Self::assemble(&nhwc, channels, |value: V::Elem| {
                (value.to_f32() * 255.0) as u8
            }),
        }
    }

    /// Lays the pictures of a batch out in a grid.
    fn assemble<T: Copy>(
        nhwc: &ArrayView4<'_, T>,
        channels: Channels,
        brightness: impl Fn(T) -> u8,
    ) -> Result<Self, MediaError> {
        let (count, cell_height, cell_width, depth) = nhwc.dim();
        let (columns, rows) = grid::columns_and_rows(count);
        let (width, height) = checked_size(
            columns as u64 * cell_width as u64,
            rows as u64 * cell_height as u64,
        )?;
        let pixel_bytes = channels.count();
        let row_bytes = width as usize * pixel_bytes;
        let mut pixels = vec![0; row_bytes * height as usize];
        for (column, row, cell) in grid::cells(nhwc) {
            let left = column * cell_width * pixel_bytes;
            let lines = pixels.chunks_exact_mut(row_bytes).skip(row * cell_height);
            for (line, values) in lines.zip(cell.outer_iter()) {
                let targets = line.chunks_exact_mut(pixel_bytes).skip(left / pixel_bytes);
                for (pixel, values) in targets.zip(values.outer_iter()) {
                    if depth == 1 {
                        pixel.fill(values.first().map_or(0, |&value| brightness(value)));
                    } else {
                        for (byte, &value) in pixel.iter_mut().zip(values) {
                            *byte = brightness(value);
                        }
                    }
                }
            }
        }
        Ok(Self {
            width,
            height,
            channels,
            pixels,
        })
    }

    /// A picture of pixels that are already there; `pixels` must hold `height * width * channels` bytes.
    pub(crate) fn from_parts(width: u32, height: u32, channels: Channels, pixels: Vec<u8>) -> Self {
        debug_assert_eq!(
            pixels.len(),
            width as usize * height as usize * channels.count()
        );
        Self {
            width,
            height,
            channels,
            pixels,
        }
    }

    /// Columns.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Colour layout.
    pub fn channels(&self) -> Channels {
        self.channels
    }

    /// All bytes, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Paints the pixels of columns `x` and rows `y` (both inclusive) red, green, blue and opaque; what lies outside
    /// of the picture is left out.
    pub(crate) fn fill(&mut self, (x0, x1): (i64, i64), (y0, y1): (i64, i64), colour: [u8; 4]) {
        let columns = clip(x0, x1, self.width);
        let bytes = self.channels.count();
        let row_bytes = self.width as usize * bytes;
        let rows = clip(y0, y1, self.height);
        for line in self
            .pixels
            .chunks_exact_mut(row_bytes)
            .take(rows.end)
            .skip(rows.start)
        {
            for pixel in line
                .chunks_exact_mut(bytes)
                .take(columns.end)
                .skip(columns.start)
            {
                pixel.copy_from_slice(&colour[..bytes]);
            }
        }
    }

    /// The bytes of one pixel, or nothing where there is no pixel.
    pub(crate) fn pixel_mut(&mut self, x: i64, y: i64) -> Option<&mut [u8]> {
        let x = usize::try_from(x)
            .ok()
            .filter(|&x| x < self.width as usize)?;
        let y = usize::try_from(y).ok()?;
        let bytes = self.channels.count();
        let at = (y * self.width as usize + x) * bytes;
        self.pixels.get_mut(at..at + bytes)
    }

    /// Draws bounding boxes: red lines two pixels wide, and under each label a red field at the lower left corner
    /// inside of its box with the text in black. Corners are truncated to whole pixels; what lies outside of the
    /// picture is not drawn.
    ///
    /// `labels` are drawn only when there is exactly one for each box, as the reference does. They are drawn in a
    /// small built-in ASCII font; other characters become an empty frame.
    ///
    /// # Shapes
    /// `boxes`: `[N, 4]`, each row x min, y min, x max, y max in pixels.
    ///
    /// # Errors
    /// [`MediaError::BoxesShape`].
    pub fn draw_boxes<B, L>(&mut self, boxes: &B, labels: &[L]) -> Result<(), MediaError>
    where
        B: AsTensor<Elem: Element> + ?Sized,
        L: AsRef<str>,
    {
        boxes::draw(self, &boxes.as_tensor(), labels)
    }

    /// Writes a line of text in black, in the small built-in ASCII font of labels, to the right of `left` and below
    /// `top`; other characters become an empty frame, and what lies outside of the picture is not drawn.
    pub fn write_text(&mut self, left: u32, top: u32, text: &str) {
        boxes::write(self, left.into(), top.into(), text);
    }

    /// The picture scaled by a factor with a Lanczos filter (three lobes), as Pillow's `resize` computes it; both
    /// sides are truncated to whole pixels. A size that stays the same gives the same pixels.
    ///
    /// # Errors
    /// [`MediaError::Rescale`] when no pixel would be left or the factor is not a finite number,
    /// [`MediaError::PictureTooLarge`].
    pub fn rescaled(&self, factor: f64) -> Result<Self, MediaError> {
        let wrong = MediaError::Rescale {
            got: factor,
            width: self.width,
            height: self.height,
        };
        if !factor.is_finite() {
            return Err(wrong);
        }
        let (width, height) = (
            f64::from(self.width) * factor,
            f64::from(self.height) * factor,
        );
        if width < 1.0 || height < 1.0 {
            return Err(wrong);
        }
        // A float too large for u64 becomes the largest one, which the check refuses.
        let (width, height) = checked_size(width as u64, height as u64)?;
        Ok(resize::lanczos(self, width, height))
    }

    /// The picture as a PNG file: about as small as other writers make it, in a small part of their time.
    ///
    /// # Errors
    /// [`MediaError::Png`].
    pub fn to_png(&self) -> Result<Vec<u8>, MediaError> {
        png_file::encode(self)
    }
}

/// The part of `from ..= to` that lies in `0 .. length`.
fn clip(from: i64, to: i64, length: u32) -> std::ops::Range<usize> {
    let length = i64::from(length);
    from.clamp(0, length) as usize..to.saturating_add(1).clamp(0, length) as usize
}

/// Width and height as a picture can have them.
pub(crate) fn checked_size(width: u64, height: u64) -> Result<(u32, u32), MediaError> {
    let too_large = MediaError::PictureTooLarge {
        width,
        height,
        limit: MAX_PICTURE_BYTES,
    };
    let bytes = width
        .checked_mul(height)
        .and_then(|pixels| pixels.checked_mul(4));
    match (bytes, u32::try_from(width), u32::try_from(height)) {
        (Some(bytes), Ok(width), Ok(height)) if bytes <= MAX_PICTURE_BYTES => Ok((width, height)),
        _ => Err(too_large),
    }
}

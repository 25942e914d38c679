//! Files of pictures and of numbers.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, Rgb, RgbImage};
use ndarray::{ArrayD, ArrayViewD};
use ndarray_npy::{ReadNpyExt as _, ViewNpyError, ViewNpyExt as _};

use crate::{ExplainError, Result, cam::range};

/// Longest side of a picture that is decoded.
pub const MAX_SIDE: u32 = 16_384;
/// Most pixels of a picture that is decoded.
const MAX_PIXELS: u64 = 100_000_000;
/// Most memory that decoding may take: a picture that is small as a file can be huge.
const MAX_DECODED_BYTES: u64 = 512 << 20;
/// What an array of numpy begins with.
const NPY_MAGIC: &[u8] = b"\x93NUMPY";

/// What an input is made of.
#[derive(Clone, Debug)]
pub enum Source {
    /// A picture.
    Picture(DynamicImage),
    /// An input as the model takes it: `[C, H, W]` or `[1, C, H, W]`.
    Numbers(ArrayD<f32>),
}

impl Source {
    /// Decodes PNG, JPEG (turned as its metadata say) or an array of numpy.
    ///
    /// # Errors
    /// When the bytes are none of these, are cut off, or would take more memory than is reasonable.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(NPY_MAGIC) {
            return numbers(bytes).map(Self::Numbers);
        }
        picture(bytes).map(Self::Picture)
    }

    /// How much memory it takes.
    pub fn size_bytes(&self) -> usize {
        match self {
            Self::Picture(picture) => picture.as_bytes().len(),
            Self::Numbers(numbers) => numbers.len() * size_of::<f32>(),
        }
    }

    /// The picture with sides of at most so many pixels; of numbers the first channel, from its smallest to its largest
    /// value.
    pub fn thumbnail(&self, side: u32) -> RgbImage {
        let picture = match self {
            Self::Picture(picture) => picture.to_rgb8(),
            Self::Numbers(numbers) => {
                let (height, width) = self.size();
                let plane: Vec<f32> = numbers.iter().copied().take(height * width).collect();
                let (low, high) = range(plane.iter());
                let level = |value: f32| {
                    ((value - low) / (high - low).max(f32::MIN_POSITIVE) * 255.0) as u8
                };
                RgbImage::from_fn(width as u32, height as u32, |x, y| {
                    let at = y as usize * width + x as usize;
                    Rgb([plane.get(at).map_or(0, |value| level(*value)); 3])
                })
            }
        };
        if picture.width().max(picture.height()) <= side {
            return picture;
        }
        DynamicImage::ImageRgb8(picture)
            .thumbnail(side, side)
            .to_rgb8()
    }

    /// Height and width.
    pub fn size(&self) -> (usize, usize) {
        match self {
            Self::Picture(picture) => (picture.height() as usize, picture.width() as usize),
            Self::Numbers(numbers) => match *numbers.shape() {
                [.., height, width] => (height, width),
                _ => (0, 0),
            },
        }
    }
}

fn numbers(bytes: &[u8]) -> Result<ArrayD<f32>> {
    // A view knows whether there are as many bytes as the header says, before anything is allocated.
    match ArrayViewD::<f32>::view_npy(bytes) {
        Ok(view) => Ok(view.to_owned()),
        Err(ViewNpyError::MisalignedData) => {
            ArrayD::<f32>::read_npy(bytes).map_err(|_| ExplainError::NotFinite { what: "array" })
        }
        Err(error) => Err(ExplainError::Numbers(error)),
    }
}

fn picture(bytes: &[u8]) -> Result<DynamicImage> {
    let undecodable = ExplainError::Undecodable;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| undecodable(image::ImageError::IoError(error)))?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(undecodable)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let is_large = pixels > MAX_PIXELS || width.max(height) > MAX_SIDE;
    if is_large || decoder.total_bytes() > MAX_DECODED_BYTES {
        return Err(ExplainError::TooManyPixels {
            limit: MAX_PIXELS / 1_000_000,
            width,
            height,
        });
    }
    let orientation = decoder.orientation().map_err(undecodable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(undecodable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

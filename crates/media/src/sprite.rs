//! All pictures of an embedding in one.

use ndarray::Axis;

use crate::element::{AsTensor, Element};
use crate::picture::checked_size;
use crate::{Channels, MediaError, Picture, grid};

/// The pictures of an embedding's points in one square picture, as the embedding projector takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sprite {
    picture: Picture,
    count: usize,
    image_width: u32,
    image_height: u32,
}

impl Sprite {
    /// Lays pictures out row by row, `ceil(sqrt(N))` in each, in a black picture as high as it is wide (higher where
    /// the pictures are).
    ///
    /// Values of every type, 8-bit ones too, are multiplied by 255 in 64-bit float, clipped to 0 ... 255 and truncated,
    /// as the reference does. A sprite over 8,192 pixels wide is more than the projector shows.
    ///
    /// # Shapes
    /// `images`: `[N, C, H, W]` with C 1 or 3.
    ///
    /// # Errors
    /// [`MediaError::RankMismatch`], [`MediaError::ChannelCount`], [`MediaError::EmptyPicture`],
    /// [`MediaError::PictureTooLarge`].
    pub fn from_tensor<V>(images: &V) -> Result<Self, MediaError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        const DATAFORMATS: &str = "NCHW";
        let tensor = images.as_tensor();
        let shape = tensor.shape().to_vec();
        let nhwc = grid::to_nhwc(tensor, DATAFORMATS)?;
        let (count, image_height, image_width, depth) = nhwc.dim();
        if !matches!(depth, 1 | 3) {
            return Err(MediaError::ChannelCount {
                expected: "1 or 3",
                got: depth,
                shape,
                dataformats: DATAFORMATS.to_owned(),
            });
        }
        let columns = (count as f64).sqrt().ceil() as usize;
        let wide = columns as u64 * image_width as u64;
        let high = count.div_ceil(columns) as u64 * image_height as u64;
        let (width, height) = checked_size(wide, high.max(wide))?;
        let row_bytes = 3 * width as usize;
        let mut pixels = vec![0; row_bytes * height as usize];
        for (i, image) in nhwc.outer_iter().enumerate() {
            let (left, top) = (i % columns * image_width, i / columns * image_height);
            let lines = pixels.chunks_exact_mut(row_bytes).skip(top);
            for (line, values) in lines.zip(image.axis_iter(Axis(0))) {
                let targets = line.chunks_exact_mut(3).skip(left);
                for (pixel, values) in targets.zip(values.outer_iter()) {
                    // One gray value for all three, or one for each. The cast clips and truncates.
                    for (byte, value) in pixel.iter_mut().zip(values.iter().cycle()) {
                        *byte = (value.to_f64() * 255.0) as u8;
                    }
                }
            }
        }
        Ok(Self {
            picture: Picture::from_parts(width, height, Channels::Rgb, pixels),
            count,
            image_width: image_width as u32,
            image_height: image_height as u32,
        })
    }

    /// All pictures in one.
    pub fn picture(&self) -> &Picture {
        &self.picture
    }

    /// How many pictures there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Columns of each.
    pub fn image_width(&self) -> u32 {
        self.image_width
    }

    /// Rows of each.
    pub fn image_height(&self) -> u32 {
        self.image_height
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    #[test]
    fn pictures_lie_in_a_square() {
        // Five pictures of 2 x 1 pixels: three in a row.
        let images = Array4::from_shape_fn((5, 1, 1, 2), |(n, ..)| (n + 1) as f32 / 10.0);
        let sprite = Sprite::from_tensor(&images).unwrap();
        let size = (sprite.picture().width(), sprite.picture().height());
        assert_eq!(size, (6, 6));
        assert_eq!((sprite.image_width(), sprite.image_height()), (2, 1));
        assert_eq!(sprite.count(), 5);
        let red: Vec<u8> = sprite
            .picture()
            .pixels()
            .iter()
            .step_by(3)
            .copied()
            .collect();
        let value = |n: u8| (f64::from((f32::from(n)) / 10.0) * 255.0) as u8;
        let mut expected = vec![0; 36];
        for n in 1..=5 {
            let at = usize::from(n - 1) * 2;
            expected[at] = value(n);
            expected[at + 1] = value(n);
        }
        assert_eq!(red, expected);
    }

    #[test]
    fn high_pictures_have_room() {
        let sprite = Sprite::from_tensor(&Array4::<u8>::ones((2, 3, 5, 2))).unwrap();
        let picture = sprite.picture();
        assert_eq!((picture.width(), picture.height()), (4, 5));
        assert!(picture.pixels().iter().all(|&byte| byte == 255));
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = Sprite::from_tensor(&Array4::<f32>::zeros((2, 2, 4, 4))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wrong number of channels: expected 1 or 3, got 2 in shape [2, 2, 4, 4] read as \"NCHW\""
        );
    }
}

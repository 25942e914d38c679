//! Pictures, figures, videos and sounds.

use glassboard_events::proto::tensorboard::summary;
use glassboard_media::{AsTensor, Audio, Element, MediaError, Picture, Video};
use ndarray::{Axis, Slice};

use crate::summary_writer::for_tag;
use crate::{At, SummaryWriter, WriterError, record};

/// How [`SummaryWriter::add_image_with_boxes`] draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxesOptions<'a> {
    /// Names of the picture's axes.
    pub dataformats: &'a str,
    /// Factor by which the picture is scaled after drawing, with a Lanczos filter.
    pub rescale: f64,
    /// One for each box; not drawn when their number differs from that of the boxes.
    pub labels: &'a [&'a str],
}

impl Default for BoxesOptions<'_> {
    fn default() -> Self {
        Self {
            dataformats: "CHW",
            rescale: 1.0,
            labels: &[],
        }
    }
}

/// How [`SummaryWriter::add_video`] makes a GIF.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoOptions<'a> {
    /// Names of the tensor's axes.
    pub dataformats: &'a str,
    /// Frames per second.
    pub fps: f64,
    /// Whether to mix the 256 colours of a frame to show more; see [`Video::to_gif`].
    pub dither: bool,
}

impl Default for VideoOptions<'_> {
    fn default() -> Self {
        Self {
            dataformats: "NTCHW",
            fps: 4.0,
            dither: false,
        }
    }
}

impl SummaryWriter {
    /// Logs a picture whose axes are named by `dataformats`, such as `"CHW"`; see [`Picture::from_tensor`] for
    /// shapes, axis orders and how values become brightness.
    ///
    /// # Errors
    /// [`WriterError::Media`] when the tensor is no picture; else as [`Self::add_scalar`].
    pub fn add_image<V>(
        &self,
        tag: &str,
        image: &V,
        at: impl Into<At>,
        dataformats: &str,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let picture = Picture::from_tensor(image, dataformats).map_err(for_tag(tag))?;
        self.put_picture(tag, &picture, &picture, at.into())
    }

    /// Logs several pictures as one grid of at most eight columns; see [`Picture::from_tensor`].
    ///
    /// # Shapes
    /// `images`: four axes as `dataformats` names them, such as `"NCHW"`; C is 1 or 3.
    ///
    /// # Errors
    /// As [`Self::add_image`].
    pub fn add_images<V>(
        &self,
        tag: &str,
        images: &V,
        at: impl Into<At>,
        dataformats: &str,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        self.add_image(tag, images, at, dataformats)
    }

    /// Logs a picture with bounding boxes drawn on it; see [`Picture::draw_boxes`].
    ///
    /// # Shapes
    /// - `image`: as [`Self::add_image`].
    /// - `boxes`: `[N, 4]`, each row x min, y min, x max, y max in pixels.
    ///
    /// # Errors
    /// As [`Self::add_image`].
    pub fn add_image_with_boxes<V, B>(
        &self,
        tag: &str,
        image: &V,
        boxes: &B,
        at: impl Into<At>,
        options: &BoxesOptions<'_>,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
        B: AsTensor<Elem: Element> + ?Sized,
    {
        let mut picture = Picture::from_tensor(image, options.dataformats).map_err(for_tag(tag))?;
        picture
            .draw_boxes(boxes, options.labels)
            .map_err(for_tag(tag))?;
        let scaled = picture.rescaled(options.rescale).map_err(for_tag(tag))?;
        self.put_picture(tag, &scaled, &picture, at.into())
    }

    /// Logs the pixels of one picture with the size of another: the reference notes the size before scaling.
    fn put_picture(
        &self,
        tag: &str,
        pixels: &Picture,
        size: &Picture,
        at: At,
    ) -> Result<(), WriterError> {
        let image = summary::Image {
            height: size.height() as i32,
            width: size.width() as i32,
            colorspace: size.channels().count() as i32,
            encoded_image_string: pixels.to_png().map_err(for_tag(tag))?,
        };
        self.put(&record::event(tag, summary::value::Value::Image(image), at))
    }

    /// Logs a rendered figure, or several as one grid of at most eight columns. Opacity is left out, as the reference
    /// does.
    ///
    /// # Shapes
    /// `rgba`: `[H, W, 4]` or `[N, H, W, 4]`, u8: red, green, blue, opacity.
    ///
    /// # Errors
    /// As [`Self::add_image`].
    pub fn add_figure<V>(&self, tag: &str, rgba: &V, at: impl Into<At>) -> Result<(), WriterError>
    where
        V: AsTensor<Elem = u8> + ?Sized,
    {
        let mut figure = rgba.as_tensor();
        let shape = figure.shape().to_vec();
        let dataformats = if shape.len() == 4 { "NHWC" } else { "HWC" };
        if let [.., depth] = *shape
            && (3..=4).contains(&shape.len())
        {
            if depth != 4 {
                return Err(for_tag(tag)(MediaError::ChannelCount {
                    expected: "4",
                    got: depth,
                    shape,
                    dataformats: dataformats.to_owned(),
                }));
            }
            figure.slice_axis_inplace(Axis(shape.len() - 1), Slice::from(..3));
        }
        self.add_image(tag, &figure, at, dataformats)
    }

    /// Logs a video as an animated GIF, which dashboards show among the pictures; see [`Video::from_tensor`] for
    /// axis orders, how values become brightness and how several videos become one.
    ///
    /// # Shapes
    /// `video`: as `options.dataformats` names them, `[N, T, C, H, W]` by default; C is 1 or 3.
    ///
    /// # Errors
    /// [`WriterError::Media`] when the tensor is no video or the options mean nothing; else as [`Self::add_scalar`].
    pub fn add_video<V>(
        &self,
        tag: &str,
        video: &V,
        at: impl Into<At>,
        options: &VideoOptions<'_>,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let video = Video::from_tensor(video, options.dataformats).map_err(for_tag(tag))?;
        let gif = video
            .to_gif(options.fps, options.dither)
            .map_err(for_tag(tag))?;
        let image = summary::Image {
            height: video.height().into(),
            width: video.width().into(),
            colorspace: video.channels().into(),
            encoded_image_string: gif,
        };
        let value = summary::value::Value::Image(image);
        self.put(&record::event(tag, value, at.into()))
    }

    /// Logs a sound as a WAV file of 16-bit samples. Amplitudes beyond -1 and 1 are clipped; see
    /// [`Audio::from_tensor`].
    ///
    /// # Shapes
    /// `sound`: `[frames]`, or `[frames, 2]` or `[2, frames]` for stereo, axes of length 1 aside.
    ///
    /// # Errors
    /// [`WriterError::Media`] when the tensor is no sound; else as [`Self::add_scalar`].
    pub fn add_audio<V>(
        &self,
        tag: &str,
        sound: &V,
        at: impl Into<At>,
        sample_rate: u32,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        let sound = Audio::from_tensor(sound, sample_rate).map_err(for_tag(tag))?;
        let audio = summary::Audio {
            sample_rate: sound.sample_rate() as f32,
            num_channels: sound.channels().into(),
            length_frames: sound.frames() as i64,
            encoded_audio_string: sound.to_wav(),
            content_type: "audio/wav".to_owned(),
        };
        let value = summary::value::Value::Audio(audio);
        self.put(&record::event(tag, value, at.into()))
    }
}

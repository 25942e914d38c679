//! Sounds made from tensors.

use std::any::TypeId;

use half::f16;
use ndarray::{ArrayView2, Axis};

use crate::MediaError;
use crate::element::{AsTensor, Element};

/// Bytes before the samples of a WAV file.
const WAV_HEADER_BYTES: u32 = 44;
const BYTES_PER_SAMPLE: u32 = 2;

/// A sound of 16-bit samples.
///
/// # Shapes
/// `samples`: `[frames, channels]` in row-major order, i16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audio {
    sample_rate: u32,
    channels: u16,
    samples: Vec<i16>,
}

impl Audio {
    /// Makes a sound of amplitudes in -1 ... 1.
    ///
    /// Amplitudes beyond are clipped. They are multiplied by 32767 in the tensor's own float type and truncated, as
    /// the reference does; so -1 becomes -32767 and 0.5 becomes 16383. NaN becomes 0 and the half-precision 1.0,
    /// whose product 32768 wraps around in the reference, 32767.
    ///
    /// # Shapes
    /// Axes of length 1 do not count; then `[frames]` is mono, `[frames, 2]` or `[2, frames]` is stereo.
    ///
    /// # Errors
    /// [`MediaError::AudioShape`], [`MediaError::AudioTooLong`], [`MediaError::SampleRate`].
    pub fn from_tensor<V>(tensor: &V, sample_rate: u32) -> Result<Self, MediaError>
    where
        V: AsTensor<Elem: Element> + ?Sized,
    {
        if sample_rate == 0 {
            return Err(MediaError::SampleRate);
        }
        let tensor = tensor.as_tensor();
        let shape = tensor.shape().to_vec();
        let wrong_shape = || MediaError::AudioShape { got: shape.clone() };
        let mut squeezed = tensor.view();
        for axis in (0..squeezed.ndim()).rev() {
            if squeezed.len_of(Axis(axis)) == 1 {
                squeezed = squeezed.index_axis_move(Axis(axis), 0);
            }
        }
        let frames: ArrayView2<'_, V::Elem> = match squeezed.ndim() {
            0 | 1 => {
                let frames = squeezed.len();
                squeezed.into_shape_with_order((frames, 1))
            }
            2 => squeezed.into_dimensionality(),
            _ => return Err(wrong_shape()),
        }
        .map_err(|_| wrong_shape())?;
        let frames = match frames.dim() {
            (0, _) => return Err(wrong_shape()),
            (_, 1 | 2) => frames,
            (2, _) => frames.reversed_axes(),
            _ => return Err(wrong_shape()),
        };
        let limit = (u32::MAX - WAV_HEADER_BYTES) / BYTES_PER_SAMPLE;
        if u32::try_from(frames.len()).map_or(true, |samples| samples > limit) {
            return Err(MediaError::AudioTooLong {
                limit,
                got: frames.len(),
            });
        }
        let sample = sample_of::<V::Elem>();
        Ok(Self {
            sample_rate,
            channels: frames.ncols() as u16,
            samples: frames.iter().map(|&amplitude| sample(amplitude)).collect(),
        })
    }

    /// Frames per second.
    pub fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// 1 for mono, 2 for stereo.
    pub fn channels(&self) -> u16 {
        self.channels
    }

    /// Number of frames: samples of one channel.
    pub fn frames(&self) -> usize {
        self.samples.len() / usize::from(self.channels)
    }

    /// All samples, frame by frame.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The sound as a WAV file: RIFF header of 44 bytes, 16-bit PCM.
    pub fn to_wav(&self) -> Vec<u8> {
        // `from_tensor` has checked that all lengths fit.
        let data_bytes = self.samples.len() as u32 * BYTES_PER_SAMPLE;
        let frame_bytes = self.channels * BYTES_PER_SAMPLE as u16;
        let bytes_per_sec = self.sample_rate.wrapping_mul(u32::from(frame_bytes));
        let mut file = Vec::with_capacity((WAV_HEADER_BYTES + data_bytes) as usize);
        file.extend_from_slice(b"RIFF");
        file.extend_from_slice(&(WAV_HEADER_BYTES - 8 + data_bytes).to_le_bytes());
        file.extend_from_slice(b"WAVEfmt ");
        file.extend_from_slice(&16_u32.to_le_bytes());
        file.extend_from_slice(&1_u16.to_le_bytes()); // PCM
        file.extend_from_slice(&self.channels.to_le_bytes());
        file.extend_from_slice(&self.sample_rate.to_le_bytes());
        file.extend_from_slice(&bytes_per_sec.to_le_bytes());
        file.extend_from_slice(&frame_bytes.to_le_bytes());
        file.extend_from_slice(&(8 * BYTES_PER_SAMPLE as u16).to_le_bytes());
        file.extend_from_slice(b"data");
        file.extend_from_slice(&data_bytes.to_le_bytes());
        file.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        file
    }
}

/// How an amplitude becomes a sample: the product is rounded to the tensor's own float type. The casts clip and
/// make 0 of NaN.
fn sample_of<T: Element>() -> fn(T) -> i16 {
    const FULL: f32 = i16::MAX as f32;
    if TypeId::of::<T>() == TypeId::of::<f64>() {
        |amplitude| (amplitude.to_f64().clamp(-1.0, 1.0) * f64::from(FULL)) as i16
    } else if TypeId::of::<T>() == TypeId::of::<f16>() {
        // 32767 itself is not a half-precision number.
        |amplitude| {
            let full = f16::from_f32(FULL).to_f32();
            f16::from_f32(amplitude.to_f32().clamp(-1.0, 1.0) * full).to_f32() as i16
        }
    } else {
        |amplitude| (amplitude.to_f32().clamp(-1.0, 1.0) * FULL) as i16
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, ArrayD, array};

    use super::*;

    #[test]
    fn amplitudes_are_clipped_and_truncated() {
        let sound = Audio::from_tensor(&[0.0_f32, 1.0, -1.0, 0.5, -0.5, 7.0, -7.0, f32::NAN], 8000)
            .unwrap();
        assert_eq!(
            sound.samples(),
            [0, 32767, -32767, 16383, -16383, 32767, -32767, 0]
        );
        assert_eq!(
            Audio::from_tensor(&[true, false], 1).unwrap().samples(),
            [32767, 0]
        );
        let half = [f16::ONE, f16::NEG_ONE, f16::from_f32(0.5)];
        assert_eq!(
            Audio::from_tensor(&half, 1).unwrap().samples(),
            [32767, -32768, 16384]
        );
        // 0.1 * 32767 is 3276.7; as a 64-bit product just so.
        assert_eq!(Audio::from_tensor(&[0.1], 1).unwrap().samples(), [3276]);
    }

    #[test]
    fn shapes_are_mono_or_stereo() {
        let check = |shape: &[usize], expected: Option<(u16, usize)>| {
            let tensor = ArrayD::<f32>::zeros(shape);
            let got =
                Audio::from_tensor(&tensor, 44100).map(|sound| (sound.channels(), sound.frames()));
            assert_eq!(got.ok(), expected, "{shape:?}");
        };
        check(&[5], Some((1, 5)));
        check(&[1, 5, 1], Some((1, 5)));
        check(&[], Some((1, 1)));
        check(&[5, 2], Some((2, 5)));
        check(&[2, 5], Some((2, 5)));
        check(&[2, 2], Some((2, 2)));
        check(&[3, 5], None);
        check(&[2, 5, 2], None);
        check(&[0], None);
        check(&[0, 2], None);
    }

    #[test]
    fn stereo_is_interleaved_and_other_readers_agree() {
        let frames = array![[0.0_f32, 1.0], [0.5, -1.0], [0.25, 0.0]];
        let interleaved = [0, 32767, 16383, -32767, 8191, 0];
        for tensor in [frames.clone(), frames.t().to_owned()] {
            let sound = Audio::from_tensor(&tensor, 22050).unwrap();
            assert_eq!(sound.samples(), interleaved);
            let mut reader = hound::WavReader::new(std::io::Cursor::new(sound.to_wav())).unwrap();
            let spec = reader.spec();
            assert_eq!(
                (spec.channels, spec.sample_rate, spec.bits_per_sample),
                (2, 22050, 16)
            );
            let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
            assert_eq!(samples, interleaved);
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = Audio::from_tensor(&Array2::<f32>::zeros((3, 4)), 8000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wrong shape of sound: expected [frames], [frames, 2] or [2, frames] with at least one frame (axes of \
             length 1 aside), got [3, 4]"
        );
        let error = Audio::from_tensor(&[0.0_f32], 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wrong sample rate: expected at least 1 frame per second, got 0"
        );
    }
}

//! The kernels of the first layer as they change, frame by frame.

use crate::network::{Parameter, Weights};
use ndarray::Array5;

/// The parameter that is shown.
const KERNELS: &str = "conv1.weight";

/// Frames of a training, its end not counted: as many as eight seconds show.
const FRAMES: usize = 40;

/// Frames per second.
pub(crate) const FRAMES_PER_SEC: f64 = 5.0;

/// Numbers along each side of a kernel, and kernels in a row.
const KERNEL_SIDE: usize = 3;
const COLUMNS: usize = 4;

/// Pixels along each number, and around each kernel.
const SCALE: usize = 12;
const GAP: usize = 4;

/// Neither negative (blue), nothing (white) nor positive (red).
const BETWEEN: [u8; 3] = [128; 3];

/// The kernels at evenly spaced steps, and in the end.
pub(crate) struct Film {
    every: usize,
    /// `[12, 1, 3, 3]` each, row by row.
    frames: Vec<Vec<f32>>,
}

impl Film {
    /// Of a training of so many steps.
    pub(crate) fn new(steps: usize) -> Self {
        Self {
            every: steps.div_ceil(FRAMES),
            frames: Vec::new(),
        }
    }

    /// The parameters before a step.
    pub(crate) fn step(&mut self, step: usize, parameters: &[Parameter]) {
        if step.is_multiple_of(self.every)
            && let Some(kernels) = parameters.iter().find(|it| it.name == KERNELS)
        {
            self.frames.push(kernels.values.clone());
        }
    }

    /// The video: as many frames a second as [`FRAMES_PER_SEC`]. Twelve kernels lie in three rows; blue is negative,
    /// white nothing, red positive. Full blue and red are the greatest size that a number has in the whole video, so
    /// that frames can be compared.
    ///
    /// # Shapes
    /// `[1, T, 3, H, W]`, u8.
    pub(crate) fn into_video(mut self, trained: &[Weights]) -> Array5<u8> {
        let last = trained.iter().find(|weights| weights.name == KERNELS);
        self.frames.extend(last.map(|last| last.values.clone()));
        let greatest = self
            .frames
            .iter()
            .flatten()
            .fold(f32::MIN_POSITIVE, |greatest, value| {
                greatest.max(value.abs())
            });
        let kernels = self.frames.first().map_or(0, Vec::len) / (KERNEL_SIDE * KERNEL_SIDE);
        let cell = KERNEL_SIDE * SCALE + GAP;
        let (height, width) = (kernels.div_ceil(COLUMNS) * cell + GAP, COLUMNS * cell + GAP);
        let mut video = Array5::from_shape_fn(
            (1, self.frames.len(), 3, height, width),
            |(_, _, channel, _, _)| BETWEEN[channel],
        );
        for (at, frame) in self.frames.iter().enumerate() {
            for (number, value) in frame.iter().enumerate() {
                let (kernel, place) = (
                    number / (KERNEL_SIDE * KERNEL_SIDE),
                    number % (KERNEL_SIDE * KERNEL_SIDE),
                );
                let top = GAP + kernel / COLUMNS * cell + place / KERNEL_SIDE * SCALE;
                let left = GAP + kernel % COLUMNS * cell + place % KERNEL_SIDE * SCALE;
                let color = color(value / greatest);
                for y in top..top + SCALE {
                    for x in left..left + SCALE {
                        for (channel, byte) in color.into_iter().enumerate() {
                            video[[0, at, channel, y, x]] = byte;
                        }
                    }
                }
            }
        }
        video
    }
}

/// From blue (-1) by white (0) to red (1).
fn color(share: f32) -> [u8; 3] {
    let rest = (255.0 * (1.0 - share.abs())).round() as u8;
    if share < 0.0 {
        [rest, rest, 255]
    } else {
        [255, rest, rest]
    }
}

#[cfg(test)]
mod tests {
    use super::{Film, GAP, SCALE, color};
    use crate::network::{Parameter, Weights};

    #[test]
    fn frames_are_evenly_spaced_and_the_last_is_what_was_learnt() {
        let kernels = |value: f32| {
            let mut values = vec![0.0; 12 * 9];
            values[9] = value;
            values
        };
        let mut film = Film::new(90);
        for step in 0..90 {
            film.step(
                step,
                &[Parameter {
                    name: "conv1.weight".to_owned(),
                    values: kernels(step as f32 / 90.0),
                    gradient: Vec::new(),
                }],
            );
        }
        let video = film.into_video(&[Weights {
            name: "conv1.weight".to_owned(),
            shape: vec![12, 1, 3, 3],
            values: kernels(-1.0),
        }]);
        // Steps 0, 3, ..., 87, and the end.
        assert_eq!(video.shape(), [1, 31, 3, 124, 164]);
        // The first number of the second kernel.
        let at = |frame: usize| {
            let (y, x) = (GAP, 2 * GAP + 3 * SCALE);
            [0, 1, 2].map(|channel| video[[0, frame, channel, y, x]])
        };
        assert_eq!(at(0), [255, 255, 255]);
        assert_eq!(at(15), color(0.5));
        assert_eq!(at(30), [0, 0, 255]);
        assert_eq!(video[[0, 30, 0, 0, 0]], 128);
    }

    #[test]
    fn colors_go_from_blue_to_red() {
        assert_eq!(color(-1.0), [0, 0, 255]);
        assert_eq!(color(0.0), [255, 255, 255]);
        assert_eq!(color(0.2), [255, 204, 204]);
        assert_eq!(color(1.0), [255, 0, 0]);
    }
}

//! What a run writes down about itself.

mod judged;

use crate::{
    TRACED_STEPS,
    digits::{CLASSES, Digit, PIXELS, SIDE},
    film::{FRAMES_PER_SEC, Film},
    network::Weights,
    sound,
    surface::{self, Surface},
    training::{Judgement, Reading, Step},
};
use glassboard::{
    model::ModelGraph,
    summary::{Counting, Format, Record, Summary, TextOptions},
};
use glassboard_writer::{
    BoxesOptions, Category, Chart, Hparams, HparamsOptions, Layout, SummaryWriter, VideoOptions,
    WriterError,
};
use ndarray::{Array1, Array2, Array3, Array4};
use std::fmt::Write;

/// How many digits a grid shows.
const SHOWN: usize = 32;

/// Pixels of a picture along each pixel of a digit: in a grid, and alone.
const GRID_SCALE: usize = 4;
const CLOSE_SCALE: usize = 24;

/// Ink darker than this is inside the box around a digit.
const INK_IN_BOX: f32 = 0.1;

/// The log of one run.
pub(crate) struct RunLog {
    writer: SummaryWriter,
}

/// What a run was told to do, in words and numbers.
pub(crate) struct Plan {
    pub(crate) learning_rate: f64,
    pub(crate) batch_size: usize,
    pub(crate) epochs: u32,
    pub(crate) training: usize,
    pub(crate) validation: usize,
    pub(crate) seed: u64,
}

impl RunLog {
    /// Starts with what is known before the first step.
    pub(crate) fn start(
        writer: SummaryWriter,
        plan: &Plan,
        network: &ModelGraph,
    ) -> Result<Self, WriterError> {
        writer.add_text("about", &plan.describe(network), 0)?;
        writer.add_model_graph(network, 0)?;
        writer.add_custom_scalars(&Layout::new([Category::new(
            "Learning",
            [
                Chart::multiline(
                    "loss, of batches and of the validation digits",
                    ["train/loss$", "validation/loss$"],
                ),
                Chart::multiline("accuracy", ["train/accuracy$", "validation/accuracy$"]),
                Chart::margin(
                    "loss over an epoch: mean, least, greatest",
                    "epoch/loss",
                    "epoch/loss_min",
                    "epoch/loss_max",
                ),
            ],
        )]))?;
        Ok(Self { writer })
    }

    /// One batch.
    pub(crate) fn batch(
        &self,
        step: usize,
        epoch: f64,
        learning_rate: f64,
        seen: &Step,
    ) -> Result<(), WriterError> {
        self.writer.add_scalar("train/loss", seen.loss, step)?;
        self.writer
            .add_scalar("train/accuracy", seen.accuracy, step)?;
        self.writer
            .add_scalar("train/gradient_norm", seen.gradient_norm, step)?;
        self.writer
            .add_scalar("train/learning_rate", learning_rate, step)?;
        self.writer.add_scalar("train/epoch", epoch, step)
    }

    /// The parameters and their gradients, a histogram each.
    pub(crate) fn histograms(&self, step: usize, seen: &Step) -> Result<(), WriterError> {
        for parameter in &seen.parameters {
            self.writer.add_histogram(
                &format!("weights/{}", parameter.name),
                &parameter.values,
                step,
            )?;
            self.writer.add_histogram(
                &format!("gradients/{}", parameter.name),
                &parameter.gradient,
                step,
            )?;
        }
        Ok(())
    }

    /// The losses of an epoch's batches, and how the network did on the validation digits after it.
    pub(crate) fn epoch(
        &self,
        step: usize,
        losses: &[f64],
        judged: &Judgement,
        validation: &[Digit],
    ) -> Result<(), WriterError> {
        self.writer.add_scalar(
            "epoch/loss",
            losses.iter().sum::<f64>() / losses.len() as f64,
            step,
        )?;
        self.writer.add_scalar(
            "epoch/loss_min",
            losses.iter().copied().fold(f64::INFINITY, f64::min),
            step,
        )?;
        self.writer.add_scalar(
            "epoch/loss_max",
            losses.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            step,
        )?;
        self.writer
            .add_scalar("validation/loss", judged.loss, step)?;
        self.writer
            .add_scalar("validation/accuracy", judged.accuracy, step)?;
        self.writer
            .add_text("confusion", &confusion(judged, validation), step)?;
        self.mistakes(step, judged, validation)
    }

    /// The digits of a batch as the network sees them.
    pub(crate) fn samples(&self, step: usize, batch: &[Digit]) -> Result<(), WriterError> {
        let shown: Vec<&Digit> = batch.iter().take(SHOWN).collect();
        self.writer
            .add_images("digits/batch", &grid(&shown), step, "NCHW")
    }

    /// The digits that were read wrong, the surest mistake alone with a box around its ink.
    fn mistakes(
        &self,
        step: usize,
        judged: &Judgement,
        validation: &[Digit],
    ) -> Result<(), WriterError> {
        let mut wrong: Vec<(&Digit, Reading)> = validation
            .iter()
            .zip(judged.readings.iter().copied())
            .filter(|(digit, reading)| digit.label != reading.class)
            .collect();
        wrong.sort_by(|a, b| b.1.probability.total_cmp(&a.1.probability));
        let Some((surest, reading)) = wrong.first() else {
            return Ok(());
        };

        let shown: Vec<&Digit> = wrong.iter().take(SHOWN).map(|(digit, _)| *digit).collect();
        self.writer
            .add_images("digits/misread", &grid(&shown), step, "NCHW")?;

        let label = format!("{} read as {}", surest.label, reading.class);
        let options = BoxesOptions {
            dataformats: "CHW",
            labels: &[&label],
            ..BoxesOptions::default()
        };
        self.writer.add_image_with_boxes(
            "digits/surest_mistake",
            &close_up(surest),
            &ink_box(surest),
            step,
            &options,
        )
    }

    /// What a few steps spent their time on, as a profiler writes it.
    pub(crate) fn trace(&self, trace: &[u8]) -> Result<(), WriterError> {
        self.writer
            .add_profiler_trace(trace, Some("demo"))
            .map(drop)
    }

    /// The whole training at once: how the kernels changed, and how the loss sounds.
    pub(crate) fn training(
        &self,
        step: usize,
        film: Film,
        trained: &[Weights],
        losses: &[f64],
    ) -> Result<(), WriterError> {
        let options = VideoOptions {
            fps: FRAMES_PER_SEC,
            ..VideoOptions::default()
        };
        let video = film.into_video(trained);
        self.writer
            .add_video("kernels/conv1", &video, step, &options)?;
        let sound = Array1::from(sound::of(losses));
        self.writer
            .add_audio("loss/as_a_sound", &sound, step, sound::SAMPLE_RATE)
    }

    /// The loss around the trained network.
    pub(crate) fn surface(&self, step: usize, surface: &Surface) -> Result<(), WriterError> {
        self.writer.add_mesh("loss_surface", &surface.mesh(), step)
    }

    /// The hyperparameters with how well they did, and an end to the file.
    pub(crate) fn finish(
        self,
        plan: &Plan,
        judged: &Judgement,
        step: usize,
    ) -> Result<(), WriterError> {
        let hparams = Hparams::new()
            .with("learning_rate", plan.learning_rate)
            .with("batch_size", plan.batch_size as f64)
            .with("epochs", f64::from(plan.epochs))
            .with("optimizer", "Adam");
        let metrics = [
            ("hparam/accuracy", judged.accuracy),
            ("hparam/loss", judged.loss),
        ];
        let options = HparamsOptions {
            run_name: Some("hparams".to_owned()),
            at: step.into(),
        };
        self.writer.add_hparams(&hparams, metrics, &options)?;
        self.stop()
    }

    /// An end to the file, whether or not the run came to its own.
    pub(crate) fn stop(self) -> Result<(), WriterError> {
        self.writer.close()
    }
}

impl Plan {
    fn describe(&self, network: &ModelGraph) -> String {
        let layers = summary(network).write(Format::Markdown, &TextOptions::default());
        format!(
            "# Handwritten digits, learning rate {rate}\n\n\
             A small CNN learns to read {training} digits of 8x8 pixels and is judged by {validation} others. What its \
             layers make of one digit:\n\n{layers}\n\n\
             It minimises the cross-entropy of each batch of $N = {batch}$ digits with Adam, where $p_i(c)$ is the \
             probability it gives class $c$ for digit $i$, and $y_i$ is what the writer meant:\n\n\
             $$L = -\\frac{{1}}{{N}} \\sum_{{i=1}}^{{N}} \\ln p_i(y_i)$$\n\n\
             Every digit is turned, scaled and shifted a little each time it is shown. The learning rate rises evenly \
             for the first twentieth of the {epochs} epochs, then falls as half a cosine to 0. Seed: `{seed}`.\n\n\
             ## What else is here\n\n\
             - **Curves**: precision-recall and ROC of each class against the rest, over the validation digits, before \
             the first step and after every epoch.\n\
             - **Projector**: what the layer before the last makes of the validation digits, before the first step, \
             after the first epoch, half way and in the end.\n\
             - **Mesh**: the loss on a plane through the trained weights, spanned by two random directions whose \
             filters are as long as the network's ([Li et al. 2018](https://arxiv.org/abs/1712.09913)). {side} x {side} \
             places; each is the mean over the first {digits} validation digits. Height: \
             $\\log_{{10}}(1 + L)$; the network is in the middle.\n\
             - **Images**: `kernels/conv1` is a film of the first layer's kernels: blue is negative, red positive.\n\
             - **Audio**: the loss of every batch as a tone of $880 \\sqrt[3]{{L / \\ln 10}}$ hertz: guessing sounds like \
             880.\n\
             - **Profile**: what {traced} of the first steps spent their time on.\n",
            rate = self.learning_rate,
            training = self.training,
            validation = self.validation,
            batch = self.batch_size,
            epochs = self.epochs,
            seed = self.seed,
            side = surface::SIDE,
            digits = surface::DIGITS,
            traced = TRACED_STEPS.len(),
        )
    }
}

/// The table of a network's layers.
pub(crate) fn summary(network: &ModelGraph) -> Summary {
    Summary::new(Record::from_graph(network), Counting::Current)
}

/// The confusion matrix as a Markdown table.
fn confusion(judged: &Judgement, digits: &[Digit]) -> String {
    let mut counts = [[0_u32; CLASSES]; CLASSES];
    for (digit, reading) in digits.iter().zip(&judged.readings) {
        counts[usize::from(digit.label)][usize::from(reading.class)] += 1;
    }
    let mut table = format!(
        "{:.1} % of {} validation digits were read right. Rows: what was written; columns: what was read.\n\n|",
        judged.accuracy * 100.0,
        digits.len()
    );
    let heads: Vec<String> = (0..CLASSES).map(|class| class.to_string()).collect();
    let heads = heads.join(" | ");
    // Writing to a string cannot fail.
    let _ = writeln!(table, "   | {heads} |\n|---|{}", "--:|".repeat(CLASSES));
    for (class, row) in counts.iter().enumerate() {
        let cells = row.iter().enumerate().map(|(read, count)| match count {
            0 => " |".to_owned(),
            count if read == class => format!(" **{count}** |"),
            count => format!(" {count} |"),
        });
        let _ = writeln!(table, "| **{class}** |{}", cells.collect::<String>());
    }
    table
}

/// Dark ink on white paper, 0 to 255, every pixel repeated `scale` times along each side.
fn picture(digit: &Digit, scale: usize) -> Array3<u8> {
    Array3::from_shape_fn((1, SIDE * scale, SIDE * scale), |(_, y, x)| {
        (255.0 * (1.0 - digit.ink[(y / scale * SIDE + x / scale) % PIXELS])) as u8
    })
}

/// `[N, 1, 32, 32]`, u8.
fn grid(digits: &[&Digit]) -> Array4<u8> {
    let pictures: Vec<Array3<u8>> = digits
        .iter()
        .map(|digit| picture(digit, GRID_SCALE))
        .collect();
    Array4::from_shape_fn(
        (pictures.len(), 1, SIDE * GRID_SCALE, SIDE * GRID_SCALE),
        |(n, c, y, x)| pictures[n][[c, y, x]],
    )
}

/// `[3, 192, 192]`, u8: the box is drawn in red.
fn close_up(digit: &Digit) -> Array3<u8> {
    let grey = picture(digit, CLOSE_SCALE);
    Array3::from_shape_fn((3, SIDE * CLOSE_SCALE, SIDE * CLOSE_SCALE), |(_, y, x)| {
        grey[[0, y, x]]
    })
}

/// The smallest box around a digit's ink in its close-up: `[1, 4]`, left, top, right, bottom in pixels.
fn ink_box(digit: &Digit) -> Array2<f32> {
    let inked = || (0..PIXELS).filter(|at| digit.ink[*at] > INK_IN_BOX);
    let (left, right) = (
        inked().map(|at| at % SIDE).min(),
        inked().map(|at| at % SIDE).max(),
    );
    let (top, bottom) = (
        inked().map(|at| at / SIDE).min(),
        inked().map(|at| at / SIDE).max(),
    );
    let low = |side: Option<usize>| (side.unwrap_or(0) * CLOSE_SCALE) as f32;
    let high = |side: Option<usize>| ((side.unwrap_or(SIDE - 1) + 1) * CLOSE_SCALE - 1) as f32;
    Array2::from_shape_fn((1, 4), |(_, edge)| {
        [low(left), low(top), high(right), high(bottom)][edge]
    })
}

#[cfg(test)]
mod tests {
    use super::{confusion, ink_box, picture};
    use crate::{
        digits::{Digit, PIXELS},
        training::{Judgement, Reading},
    };
    use ndarray::Array2;

    fn digit_with_ink_at(label: u8, places: &[usize]) -> Digit {
        let mut ink = [0.0; PIXELS];
        for place in places {
            ink[*place] = 1.0;
        }
        Digit { label, ink }
    }

    #[test]
    fn the_box_is_around_the_ink() {
        // Row 1, column 2, and row 3, column 5, of pixels 24 wide.
        let digit = digit_with_ink_at(1, &[10, 29]);
        assert_eq!(
            ink_box(&digit).as_slice(),
            Some([48.0, 24.0, 143.0, 95.0].as_slice())
        );
        assert_eq!(picture(&digit, 2)[[0, 3, 5]], 0);
        assert_eq!(picture(&digit, 2)[[0, 4, 5]], 255);
    }

    #[test]
    fn confusion_counts_what_was_read_as_what() {
        let digits = [
            digit_with_ink_at(3, &[]),
            digit_with_ink_at(3, &[]),
            digit_with_ink_at(7, &[]),
        ];
        let readings = [3, 8, 7]
            .map(|class| Reading {
                class,
                probability: 0.9,
            })
            .to_vec();
        let table = confusion(
            &Judgement {
                loss: 0.1,
                accuracy: 2.0 / 3.0,
                readings,
                probabilities: Vec::new(),
                features: Array2::zeros((3, 0)),
            },
            &digits,
        );
        assert!(
            table.starts_with("66.7 % of 3 validation digits"),
            "{table}"
        );
        assert!(
            table.contains("| **3** | | | | **1** | | | | | 1 | |"),
            "{table}"
        );
        assert!(
            table.contains("| **7** | | | | | | | | **1** | | |"),
            "{table}"
        );
    }
}

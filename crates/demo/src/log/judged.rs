//! How the network reads the digits that it never learned from: curves of each class, and what it sees in each digit.

use super::RunLog;
use crate::{
    digits::{CLASSES, Digit, SIDE},
    training::Judgement,
};
use glassboard_writer::{CurveOptions, EmbeddingOptions, Sprite, WriterError};
use ndarray::Array4;

/// Pixels of a digit's picture along each pixel of the digit.
const SPRITE_SCALE: usize = 4;

/// The layer whose results are logged as points.
const EMBEDDING: &str = "penultimate";

impl RunLog {
    /// Precision-recall and ROC of each class against the rest.
    pub(crate) fn curves(
        &self,
        step: usize,
        judged: &Judgement,
        digits: &[Digit],
    ) -> Result<(), WriterError> {
        let options = CurveOptions::default();
        for class in 0..CLASSES {
            let labels: Vec<u8> = digits
                .iter()
                .map(|digit| u8::from(usize::from(digit.label) == class))
                .collect();
            let scores: Vec<f32> = judged
                .probabilities
                .iter()
                .map(|row| row[class].min(1.0))
                .collect();
            self.writer
                .add_pr_curve(&format!("pr/{class}"), &labels, &scores, step, &options)?;
            self.writer
                .add_roc_curve(&format!("roc/{class}"), &labels, &scores, step, &options)?;
        }
        Ok(())
    }

    /// What the layer before the last makes of each digit, with the digits' pictures and how they were read.
    pub(crate) fn embedding(
        &self,
        step: usize,
        judged: &Judgement,
        digits: &[Digit],
    ) -> Result<(), WriterError> {
        let rows: Vec<String> = digits
            .iter()
            .zip(&judged.readings)
            .map(|(digit, reading)| {
                let verdict = if digit.label == reading.class {
                    "right"
                } else {
                    "wrong"
                };
                let (label, read) = (digit.label, reading.class);
                format!("{label}\t{read}\t{:.4}\t{verdict}", reading.probability)
            })
            .collect();
        let header = ["digit", "read as", "probability", "verdict"].map(str::to_owned);
        let pictures = Array4::from_shape_fn(
            (digits.len(), 1, SIDE * SPRITE_SCALE, SIDE * SPRITE_SCALE),
            |(digit, _, y, x)| 1.0 - digits[digit].ink[y / SPRITE_SCALE * SIDE + x / SPRITE_SCALE],
        );
        let sprite = Sprite::from_tensor(&pictures).map_err(|source| WriterError::Media {
            tag: EMBEDDING.to_owned(),
            source,
        })?;
        let options = EmbeddingOptions {
            tag: EMBEDDING,
            metadata: Some(&rows),
            metadata_header: &header,
            sprite: Some(&sprite),
        };
        self.writer.add_embedding(&judged.features, step, &options)
    }
}

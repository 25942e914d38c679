//! Files of the embedding projector.

mod projector_config;
mod tsv;

use std::fs;
use std::path::Path;

use glassboard_media::{AsTensor, Sprite};
use ndarray::Ix2;

use crate::summary_writer::for_tag;
use crate::{At, SummaryWriter, WriterError};

pub use tsv::TsvNumber;

/// What [`SummaryWriter::add_embedding`] knows of the points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbeddingOptions<'a> {
    /// Name of the embedding.
    pub tag: &'a str,
    /// One line for each point: a label, or several columns separated by tabs. Line breaks become spaces.
    pub metadata: Option<&'a [String]>,
    /// Names of the columns; empty when there is one column, which has none.
    pub metadata_header: &'a [String],
    /// One picture for each point.
    pub sprite: Option<&'a Sprite>,
}

impl Default for EmbeddingOptions<'_> {
    fn default() -> Self {
        Self {
            tag: "default",
            metadata: None,
            metadata_header: &[],
            sprite: None,
        }
    }
}

impl SummaryWriter {
    /// Writes points for the embedding projector, with labels and pictures: the files `tensors.tsv`, `metadata.tsv`
    /// and `sprite.png` in `<log_dir>/<step, five digits>/<tag>/`, and their names in
    /// `<log_dir>/projector_config.pbtxt`. They are complete when this returns; there is no event.
    ///
    /// Numbers are written as Python prints them. What is in the configuration already, by this writer or another,
    /// stays; an embedding with the same tag and step is replaced. In the folder's name `%`, `/` and `\` of the tag
    /// become `%25`, `%2f` and `%5c`.
    ///
    /// # Shapes
    /// `matrix`: `[N, D]`, one point each row.
    ///
    /// # Errors
    /// [`WriterError::EmbeddingShape`], [`WriterError::EmbeddingLength`], [`WriterError::ProjectorConfig`] before
    /// anything is written; [`WriterError::Media`]; [`WriterError::File`].
    pub fn add_embedding<V>(
        &self,
        matrix: &V,
        at: impl Into<At>,
        options: &EmbeddingOptions<'_>,
    ) -> Result<(), WriterError>
    where
        V: AsTensor<Elem: TsvNumber> + ?Sized,
    {
        let matrix = matrix.as_tensor();
        let shape = matrix.shape().to_vec();
        let tag = options.tag;
        let matrix =
            matrix
                .into_dimensionality::<Ix2>()
                .map_err(|_| WriterError::EmbeddingShape {
                    tag: tag.to_owned(),
                    got: shape,
                })?;
        let points = matrix.nrows();
        let one_each = |what, got| match got {
            Some(got) if got != points => Err(WriterError::EmbeddingLength {
                tag: tag.to_owned(),
                what,
                points,
                got,
            }),
            _ => Ok(()),
        };
        one_each("metadata", options.metadata.map(<[String]>::len))?;
        one_each("label images", options.sprite.map(Sprite::count))?;

        let step = format!("{:05}", at.into().step_or_zero());
        let folder = format!("{step}/{}", encoded(tag));
        let dir = self.log_dir().join(&step).join(encoded(tag));
        let config = self.log_dir().join("projector_config.pbtxt");
        projector_config::check(&config)?;
        let sprite = options.sprite.map(|sprite| sprite.picture().to_png());
        let sprite = sprite.transpose().map_err(for_tag(tag))?;

        fs::create_dir_all(&dir).map_err(WriterError::file("create", &dir))?;
        write(&dir.join("tensors.tsv"), &tsv::matrix(&matrix))?;
        if let Some(metadata) = options.metadata {
            let text = tsv::metadata(metadata, options.metadata_header);
            write(&dir.join("metadata.tsv"), text.as_bytes())?;
        }
        if let Some(png) = sprite {
            write(&dir.join("sprite.png"), &png)?;
        }
        let embedding = projector_config::Embedding {
            tensor_name: &format!("{tag}:{step}"),
            folder: &folder,
            has_metadata: options.metadata.is_some(),
            single_image_dim: options
                .sprite
                .map(|sprite| [sprite.image_width(), sprite.image_height()]),
        };
        projector_config::add(&config, &embedding)
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), WriterError> {
    fs::write(path, bytes).map_err(WriterError::file("write", path))
}

/// The tag as the name of one folder.
fn encoded(tag: &str) -> String {
    tag.replace('%', "%25")
        .replace('/', "%2f")
        .replace('\\', "%5c")
}

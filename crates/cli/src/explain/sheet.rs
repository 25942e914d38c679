//! Pictures side by side, into a file or a log directory.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use glassboard_media::{Picture, ndarray::Array3 as MediaArray};
use glassboard_writer::SummaryWriter;
use ndarray::{Array3, ArrayD, s};
use ndarray_npy::NpzWriter;

use super::ModelArguments;

/// Pixels between tiles.
const GAP: usize = 4;
/// Height of the line below a tile that names it.
const CAPTION: usize = 14;
/// A tile is enlarged by whole numbers until its longer side has so many pixels, so that small inputs can be seen.
const LEGIBLE: usize = 160;

/// A picture with its name.
pub(super) struct Tile {
    pub(super) name: String,
    /// `[H, W, 3]`
    pub(super) pixels: Array3<u8>,
    /// The numbers that it shows.
    pub(super) values: ArrayD<f32>,
}

/// Tiles in rows, with their names.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) rows: Vec<Vec<Tile>>,
    /// `[classes]`: what the model returned, where it was asked.
    pub(super) scores: Option<ArrayD<f32>>,
}

impl Sheet {
    pub(super) fn of_row(tiles: Vec<Tile>) -> Self {
        Self {
            rows: vec![tiles],
            scores: None,
        }
    }

    /// Writes all of it as one picture, the numbers behind it, or each tile as an image of its name.
    pub(super) fn write(self, arguments: &ModelArguments, kind: &str) -> Result<()> {
        if let Some(logdir) = &arguments.logdir {
            let writer = SummaryWriter::new(logdir)?;
            for tile in self.rows.iter().flatten() {
                let tag = format!("{kind}/{}", tile.name);
                writer.add_image(&tag, &as_media(&tile.pixels), 0, "HWC")?;
            }
            writer.close()?;
            return Ok(());
        }
        let Some(output) = &arguments.output else {
            bail!("expected -o or --logdir");
        };
        if output
            .extension()
            .is_some_and(|extension| extension == "npz")
        {
            return self.write_numbers(output);
        }
        let png = self.draw()?.to_png()?;
        fs::write(output, png).with_context(|| output.display().to_string())
    }

    fn write_numbers(&self, output: &Path) -> Result<()> {
        let file = fs::File::create(output).with_context(|| output.display().to_string())?;
        let mut npz = NpzWriter::new(file);
        if let Some(scores) = &self.scores {
            npz.add_array("scores", scores)?;
        }
        for tile in self.rows.iter().flatten() {
            npz.add_array(tile.name.replace(['/', ' '], "_"), &tile.values)?;
        }
        npz.finish()?;
        Ok(())
    }

    fn draw(self) -> Result<Picture> {
        let count = self.rows.iter().map(Vec::len).sum::<usize>();
        let rows: Vec<Vec<Tile>> = if count > 1 {
            let enlarge = |tile: Tile| Tile {
                pixels: enlarged(&tile.pixels),
                ..tile
            };
            self.rows
                .into_iter()
                .map(|row| row.into_iter().map(enlarge).collect())
                .collect()
        } else {
            self.rows
        };
        if count <= 1 {
            let only = rows.into_iter().flatten().next();
            let pixels = only.map_or_else(|| Array3::zeros((1, 1, 3)), |tile| tile.pixels);
            return Ok(Picture::from_tensor(&as_media(&pixels), "HWC")?);
        }
        let side = |of: fn(&Tile) -> usize| rows.iter().flatten().map(of).max().unwrap_or(1);
        let height = side(|tile| tile.pixels.dim().0) + CAPTION + GAP;
        let width = side(|tile| tile.pixels.dim().1) + GAP;
        let columns = rows.iter().map(Vec::len).max().unwrap_or(1);
        let size = (rows.len() * height + GAP, columns * width + GAP, 3);
        let mut sheet = Array3::from_elem(size, 255);
        let mut captions = Vec::new();
        for (row, tiles) in rows.iter().enumerate() {
            for (column, tile) in tiles.iter().enumerate() {
                let (top, left) = (row * height + GAP, column * width + GAP);
                let (tall, wide, _) = tile.pixels.dim();
                sheet
                    .slice_mut(s![top..top + tall, left..left + wide, ..])
                    .assign(&tile.pixels);
                captions.push((left as u32, (top + tall + 1) as u32, tile.name.as_str()));
            }
        }
        let mut picture = Picture::from_tensor(&as_media(&sheet), "HWC")?;
        for (left, top, name) in captions {
            picture.write_text(left, top, name);
        }
        Ok(picture)
    }
}

/// In the order of rows, as pictures are made of.
fn as_media(pixels: &Array3<u8>) -> MediaArray<u8> {
    pixels.as_standard_layout().into_owned()
}

fn enlarged(pixels: &Array3<u8>) -> Array3<u8> {
    let (height, width, channels) = pixels.dim();
    let times = (LEGIBLE / height.max(width).max(1)).max(1);
    Array3::from_shape_fn(
        (height * times, width * times, channels),
        |(y, x, channel)| pixels[[y / times, x / times, channel]],
    )
}

//! Kernels and feature maps in one picture, and what other methods find.

use glassboard_media::Colormap;
use ndarray::{Array3, ArrayView2, ArrayView3, ArrayViewD, Axis, Ix3, Ix5, s};

use crate::ascent::standardize;
use crate::cam::range;
use crate::saliency::{Saliency, as_picture, strongest_channel};
use crate::{ExplainError, Result};

/// Most pixels along a side of a picture.
const MAX_SIDE: usize = 1 << 15;
/// How large a tile is shown at least, if no enlargement is given.
const COMFORTABLE_SIDE: usize = 24;

/// How tiles are shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridLook {
    /// Colours of the values.
    pub colormap: Colormap,
    /// Most tiles that are shown: filters, or feature maps.
    pub limit: usize,
    /// Most input channels of a kernel that are shown side by side.
    pub limit_inputs: usize,
    /// Tiles in a row; as many as make the picture about square, or a row for each filter, if not given.
    pub columns: Option<usize>,
    /// Pixels between tiles and around them.
    pub padding: usize,
    /// How many times as large a value is shown; so that tiles can be seen, if not given.
    pub enlarge: Option<usize>,
    /// Whether all tiles have one scale, or each its own.
    pub one_scale: bool,
    /// Colour between the tiles.
    pub background: [u8; 3],
}

impl Default for GridLook {
    fn default() -> Self {
        Self {
            colormap: Colormap::Viridis,
            limit: 100,
            limit_inputs: 16,
            columns: None,
            padding: 1,
            enlarge: None,
            one_scale: false,
            background: [255; 3],
        }
    }
}

impl GridLook {
    /// For kernels: blue is negative, white 0, red positive.
    pub fn kernels() -> Self {
        Self {
            colormap: Colormap::Bwr,
            // White is a value.
            background: [64; 3],
            ..Self::default()
        }
    }
}

/// The kernels of a layer. Zero is in the middle of the scale: `x / (2 max|x|) + 1/2`, of each filter or of all.
///
/// Filters over three channels are shown in colour, one tile each; filters over one channel in one tile, too. Others get a
/// row, with a tile for each input channel; 3-d kernels also for each layer in depth. A matrix is one tile.
///
/// # Shapes
/// - `weights`: `[O, I, kH, kW]`, `[O, I, k]`, `[O, I, kD, kH, kW]` or `[O, I]`, f32
/// - result: `[H, W, 3]`, u8
///
/// # Errors
/// [`ExplainError::Shape`], [`ExplainError::NotFinite`].
pub fn kernel_grid(weights: ArrayViewD<'_, f32>, look: &GridLook) -> Result<Array3<u8>> {
    let shape = weights.shape().to_vec();
    let wrong_shape = || ExplainError::Shape {
        what: "weights of a layer".to_owned(),
        expected:
            "[O, I, kH, kW], [O, I, k], [O, I, kD, kH, kW] or [O, I], without an axis of length 0"
                .to_owned(),
        got: shape.clone(),
    };
    let full = match *shape.as_slice() {
        [rows, columns] => [1, 1, 1, rows, columns],
        [filters, inputs, k] => [filters, inputs, 1, 1, k],
        [filters, inputs, height, width] => [filters, inputs, 1, height, width],
        [filters, inputs, depth, height, width] => [filters, inputs, depth, height, width],
        _ => return Err(wrong_shape()),
    };
    if full.contains(&0) {
        return Err(wrong_shape());
    }
    all_finite(&weights, "weights")?;
    let weights = weights.to_shape(full).map_err(|_| wrong_shape())?;
    let weights = weights
        .view()
        .into_dimensionality::<Ix5>()
        .map_err(|_| wrong_shape())?;
    let filters = weights.slice(s![..look.limit.max(1).min(full[0]), .., .., .., ..]);
    let furthest = |values: &mut dyn Iterator<Item = &f32>| {
        values.fold(0.0_f32, |most, value| most.max(value.abs()))
    };
    let of_all = furthest(&mut filters.iter());
    let [_, inputs, depth, ..] = full;
    let in_colour = inputs == 3 && depth == 1;
    let mut tiles = Vec::new();
    for filter in filters.outer_iter() {
        let most = if look.one_scale {
            of_all
        } else {
            furthest(&mut filter.iter())
        };
        let unit = |value: f32| {
            if most == 0.0 {
                0.5
            } else {
                value / (2.0 * most) + 0.5
            }
        };
        if in_colour {
            let mut tile = Array3::zeros((full[3], full[4], 3));
            for ((channel, y, x), &value) in filter.index_axis(Axis(1), 0).indexed_iter() {
                tile[[y, x, channel]] = (unit(value) * 255.0) as u8;
            }
            tiles.push(tile);
        } else {
            for input in filter.outer_iter().take(look.limit_inputs.max(1)) {
                tiles.extend(
                    input
                        .outer_iter()
                        .map(|map| coloured(map, look.colormap, unit)),
                );
            }
        }
    }
    let in_a_row = tiles.len() / filters.len_of(Axis(0)).max(1);
    let columns = look.columns.or((in_a_row > 1).then_some(in_a_row));
    lay_out(&tiles, columns, look)
}

/// The feature maps of a layer for one picture, each scaled to its smallest and largest value, or all to those of all.
///
/// # Shapes
/// - `maps`: `[C, H, W]`, f32
/// - result: `[H, W, 3]`, u8
///
/// # Errors
/// [`ExplainError::Shape`], [`ExplainError::NotFinite`].
pub fn feature_grid(maps: ArrayView3<'_, f32>, look: &GridLook) -> Result<Array3<u8>> {
    if maps.is_empty() {
        return Err(ExplainError::Shape {
            what: "feature maps".to_owned(),
            expected: "[C, H, W] without an axis of length 0".to_owned(),
            got: maps.shape().to_vec(),
        });
    }
    all_finite(&maps.view().into_dyn(), "feature maps")?;
    let maps = maps.slice(s![..look.limit.max(1).min(maps.len_of(Axis(0))), .., ..]);
    let of_all = range(maps.iter());
    let tiles: Vec<_> = maps
        .outer_iter()
        .map(|map| {
            let (low, high) = if look.one_scale {
                of_all
            } else {
                range(map.iter())
            };
            let unit = |value: f32| {
                if high > low {
                    (value - low) / (high - low)
                } else {
                    0.0
                }
            };
            coloured(map, look.colormap, unit)
        })
        .collect();
    lay_out(&tiles, look.columns, look)
}

/// One map in colours.
///
/// # Shapes
/// `map`: `[H, W]`, 0 ... 1; result: `[H, W, 3]`, u8.
pub fn heat(map: ArrayView2<'_, f32>, colormap: Colormap) -> Array3<u8> {
    coloured(map, colormap, |value| value)
}

fn all_finite(values: &ArrayViewD<'_, f32>, what: &'static str) -> Result<()> {
    if values.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(ExplainError::NotFinite { what })
    }
}

fn coloured(map: ArrayView2<'_, f32>, colormap: Colormap, unit: impl Fn(f32) -> f32) -> Array3<u8> {
    let (height, width) = map.dim();
    let mut tile = Array3::zeros((height, width, 3));
    for (&value, mut pixel) in map.iter().zip(tile.lanes_mut(Axis(2))) {
        pixel
            .iter_mut()
            .zip(colormap.of_unit(unit(value)))
            .for_each(|(to, from)| *to = from);
    }
    tile
}

/// Tiles of one size in rows.
fn lay_out(tiles: &[Array3<u8>], columns: Option<usize>, look: &GridLook) -> Result<Array3<u8>> {
    let (height, width) = tiles
        .first()
        .map_or((0, 0), |tile| (tile.dim().0, tile.dim().1));
    let longer = height.max(width).max(1);
    let enlarge = look
        .enlarge
        .unwrap_or(COMFORTABLE_SIDE.div_ceil(longer))
        .max(1);
    let (cell_height, cell_width) = (
        height * enlarge + look.padding,
        width * enlarge + look.padding,
    );
    let squarest = (tiles.len() as f64 * cell_height as f64 / cell_width.max(1) as f64)
        .sqrt()
        .ceil();
    let columns = columns
        .unwrap_or(squarest as usize)
        .clamp(1, tiles.len().max(1));
    let rows = tiles.len().div_ceil(columns);
    let sides = [
        rows * cell_height + look.padding,
        columns * cell_width + look.padding,
    ];
    if let Some(side) = sides.iter().find(|side| **side > MAX_SIDE) {
        return Err(ExplainError::WrongOption {
            option: "limit",
            expected: "fewer tiles, or smaller ones: a picture of at most 32768 pixels a side",
            got: format!("{side} pixels"),
        });
    }
    let mut picture = Array3::zeros((sides[0], sides[1], 3));
    for mut pixel in picture.lanes_mut(Axis(2)) {
        pixel
            .iter_mut()
            .zip(look.background)
            .for_each(|(to, from)| *to = from);
    }
    for (index, tile) in tiles.iter().enumerate() {
        let top = look.padding + index / columns * cell_height;
        let left = look.padding + index % columns * cell_width;
        for ((y, x, channel), &value) in tile.indexed_iter() {
            let (top, left) = (top + y * enlarge, left + x * enlarge);
            picture
                .slice_mut(s![top..top + enlarge, left..left + enlarge, channel])
                .fill(value);
        }
    }
    Ok(picture)
}

/// What a saliency method has found, as a picture: paths of what is seen (guided methods) in their colours around grey,
/// else the strongest channel of each pixel in the colours of a map, its largest value at the end of the scale.
///
/// # Shapes
/// `found`: `[C, H, W]`; result: `[H, W, 3]`, u8.
pub fn saliency_picture(
    method: Saliency,
    found: ArrayView3<'_, f32>,
    colormap: Colormap,
) -> Array3<u8> {
    if matches!(method, Saliency::GuidedBackprop | Saliency::GuidedGradCam) {
        return in_colour(as_picture(found.into_dyn()).view());
    }
    let map = strongest_channel(found);
    let max = map.iter().fold(0.0_f32, |max, value| max.max(*value));
    heat((map / max.max(f32::MIN_POSITIVE)).view(), colormap)
}

/// What an ascent has made, as a picture.
///
/// # Shapes
/// `found`: `[C, H, W]`; result: `[H, W, 3]`, u8.
pub fn ascent_picture(found: ArrayView3<'_, f32>, look: AscentLook) -> Array3<u8> {
    // FlashTorch's: how bright, and how strong in colour.
    let (saturation, brightness) = match look {
        AscentLook::Dream => (0.15, 0.7),
        AscentLook::Excited => (0.1, 0.5),
    };
    in_colour(standardize(found.into_dyn(), saturation, brightness).view())
}

/// What an ascent began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AscentLook {
    /// A picture.
    Dream,
    /// Noise.
    Excited,
}

/// `[C, H, W]`, 0 to 1, as pixels.
fn in_colour(picture: ArrayViewD<'_, f32>) -> Array3<u8> {
    let Ok(picture) = picture.into_dimensionality::<Ix3>() else {
        return Array3::zeros((1, 1, 3));
    };
    let (channels, height, width) = picture.dim();
    Array3::from_shape_fn((height, width, 3), |(y, x, channel)| {
        let value = picture[[channel.min(channels - 1), y, x]];
        (value.clamp(0.0, 1.0) * 255.0).round() as u8
    })
}

//! The 256 colours of one GIF frame.
//!
//! Frames with at most 256 colours keep them exactly. Others are cut by Wu's method (X. Wu, "Efficient Statistical
//! Computations for Optimal Color Quantization", Graphics Gems II, 1991): boxes in a cube of 32 x 32 x 32 cells are
//! split where that lowers the squared error most; a few rounds of k-means over the cells then move each colour to
//! the mean of what is shown in it.

use std::collections::HashMap;

/// Most colours of a GIF frame.
pub(crate) const MAX_COLOURS: usize = 256;

/// Rounds of k-means. Each lowers the error; after three the eye sees no difference.
const REFINEMENTS: usize = 3;

/// Bits of each colour channel that choose a cell, and cells along one side of the cube of sums, whose planes 0
/// are empty.
const CELL_BITS: u32 = 5;
const SIDE: usize = (1 << CELL_BITS) + 1;

type Rgb = [u8; 3];

/// Colours and, for each pixel, which of them it shows.
#[derive(Debug)]
pub(crate) struct Indexed {
    pub(crate) palette: Vec<Rgb>,
    pub(crate) indices: Vec<u8>,
}

/// Reduces a picture of `width` pixels a row to at most 256 colours. With `dither`, errors are spread to the
/// neighbours as Floyd and Steinberg do, if there are errors at all.
pub(crate) fn reduce(pixels: &[Rgb], width: usize, dither: bool) -> Indexed {
    if let Some(exact) = exact(pixels) {
        return exact;
    }
    let cells = Cells::of(pixels);
    let mut palette = refine(cut(&cells), &cells);
    palette.sort_unstable();
    palette.dedup();
    let nearest = Nearest::new(&palette);
    let indices = if dither {
        dithered(pixels, width, &nearest)
    } else {
        let mut known = (None, 0);
        pixels
            .iter()
            .map(|&pixel| {
                // Neighbours are often the same.
                if known.0 != Some(pixel) {
                    known = (Some(pixel), nearest.index(pixel.map(i32::from)));
                }
                known.1
            })
            .collect()
    };
    Indexed { palette, indices }
}

/// The picture as it is when it has few enough colours.
fn exact(pixels: &[Rgb]) -> Option<Indexed> {
    let mut known: HashMap<Rgb, u8> = HashMap::with_capacity(MAX_COLOURS);
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(pixels.len());
    for &pixel in pixels {
        let index = if let Some(&index) = known.get(&pixel) {
            index
        } else {
            let index = u8::try_from(palette.len()).ok()?;
            palette.push(pixel);
            known.insert(pixel, index);
            index
        };
        indices.push(index);
    }
    Some(Indexed { palette, indices })
}

/// What is known of the pixels in a cell or a box: their number, the sums of their channels, and of their squares.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    sum: [f64; 3],
    squares: f64,
}

impl Moments {
    fn add(&mut self, other: &Self, sign: f64) {
        self.count += sign * other.count;
        for (sum, other) in self.sum.iter_mut().zip(other.sum) {
            *sum += sign * other;
        }
        self.squares += sign * other.squares;
    }

    /// The squared length of the sum, over the number: the larger, the smaller the error of the mean.
    fn explained(&self) -> f64 {
        if self.count > 0.0 {
            self.sum.iter().map(|sum| sum * sum).sum::<f64>() / self.count
        } else {
            0.0
        }
    }

    /// Squared error when all pixels are shown in their mean.
    fn error(&self) -> f64 {
        self.squares - self.explained()
    }

    fn mean(&self) -> [f64; 3] {
        self.sum.map(|sum| sum / self.count)
    }
}

/// The cube of cells, and those cells of it that hold pixels.
struct Cells {
    /// Sums over all cells up to and including each.
    sums: Vec<Moments>,
    filled: Vec<Moments>,
}

impl Cells {
    fn of(pixels: &[Rgb]) -> Self {
        let mut sums = vec![Moments::default(); SIDE * SIDE * SIDE];
        for pixel in pixels {
            let [r, g, b] = pixel.map(|channel| usize::from(channel >> (8 - CELL_BITS)) + 1);
            let values = pixel.map(f64::from);
            if let Some(cell) = sums.get_mut(at(r, g, b)) {
                cell.count += 1.0;
                for (sum, value) in cell.sum.iter_mut().zip(values) {
                    *sum += value;
                }
                cell.squares += values.iter().map(|value| value * value).sum::<f64>();
            }
        }
        let filled = sums
            .iter()
            .filter(|cell| cell.count > 0.0)
            .copied()
            .collect();
        for stride in [1, SIDE, SIDE * SIDE] {
            for i in 0..sums.len() {
                // The cell before this one along the axis; planes 0 have none.
                if !(i / stride).is_multiple_of(SIDE)
                    && let Some(&before) = sums.get(i - stride)
                    && let Some(cell) = sums.get_mut(i)
                {
                    cell.add(&before, 1.0);
                }
            }
        }
        Self { sums, filled }
    }

    /// Moments of a box: cells above `low` and up to `high` along each axis.
    fn of_box(&self, low: [usize; 3], high: [usize; 3]) -> Moments {
        let mut moments = Moments::default();
        for corner in 0..8_u8 {
            let side = |axis: usize| corner >> axis & 1 == 0;
            let [r, g, b] = [0, 1, 2].map(|axis| if side(axis) { high[axis] } else { low[axis] });
            let sign = if corner.count_ones() % 2 == 0 {
                1.0
            } else {
                -1.0
            };
            if let Some(sum) = self.sums.get(at(r, g, b)) {
                moments.add(sum, sign);
            }
        }
        moments
    }
}

fn at(r: usize, g: usize, b: usize) -> usize {
    (r * SIDE + g) * SIDE + b
}

/// Cells above `low` and up to `high`, and what showing them in one colour costs.
#[derive(Clone, Copy)]
struct ColourBox {
    low: [usize; 3],
    high: [usize; 3],
    moments: Moments,
}

impl ColourBox {
    fn new(cells: &Cells, low: [usize; 3], high: [usize; 3]) -> Self {
        let moments = cells.of_box(low, high);
        Self { low, high, moments }
    }

    /// The two parts with the smallest error; none when all pixels are in one cell.
    fn split(&self, cells: &Cells) -> Option<[Self; 2]> {
        let mut best = None;
        let mut most_explained = self.moments.explained();
        for axis in 0..3 {
            for cut in self.low[axis] + 1..self.high[axis] {
                let mut middle_high = self.high;
                middle_high[axis] = cut;
                let near = cells.of_box(self.low, middle_high);
                let mut far = self.moments;
                far.add(&near, -1.0);
                if near.count < 0.5 || far.count < 0.5 {
                    continue;
                }
                let explained = near.explained() + far.explained();
                if explained > most_explained {
                    most_explained = explained;
                    best = Some((axis, cut));
                }
            }
        }
        let (axis, cut) = best?;
        let (mut near_high, mut far_low) = (self.high, self.low);
        near_high[axis] = cut;
        far_low[axis] = cut;
        Some([
            Self::new(cells, self.low, near_high),
            Self::new(cells, far_low, self.high),
        ])
    }
}

/// Means of at most 256 boxes: the one with the largest error is split until there are enough.
fn cut(cells: &Cells) -> Vec<[f64; 3]> {
    let mut boxes = vec![ColourBox::new(cells, [0; 3], [SIDE - 1; 3])];
    let mut whole = Vec::new();
    while boxes.len() + whole.len() < MAX_COLOURS {
        let worst = (0..boxes.len()).max_by(|&a, &b| {
            boxes[a]
                .moments
                .error()
                .total_cmp(&boxes[b].moments.error())
        });
        let Some(worst) = worst else { break };
        let worst = boxes.swap_remove(worst);
        match worst.split(cells) {
            Some(parts) => boxes.extend(parts),
            None => whole.push(worst),
        }
    }
    boxes
        .iter()
        .chain(&whole)
        .map(|part| part.moments.mean())
        .collect()
}

/// Moves each colour to the mean of the cells nearest to it, a few times.
fn refine(mut colours: Vec<[f64; 3]>, cells: &Cells) -> Vec<Rgb> {
    let rounded = |colours: &[[f64; 3]]| -> Vec<Rgb> {
        colours
            .iter()
            // The cast keeps it in 0 ... 255.
            .map(|colour| colour.map(|channel| channel.round() as u8))
            .collect()
    };
    for _ in 0..REFINEMENTS {
        let nearest = Nearest::new(&rounded(&colours));
        let mut groups = vec![Moments::default(); colours.len()];
        for cell in &cells.filled {
            let index = nearest.index(cell.mean().map(|channel| channel.round() as i32));
            if let Some(group) = groups.get_mut(usize::from(index)) {
                group.add(cell, 1.0);
            }
        }
        for (colour, group) in colours.iter_mut().zip(&groups) {
            if group.count > 0.0 {
                *colour = group.mean();
            }
        }
    }
    rounded(&colours)
}

/// Finds the palette's colour nearest to another.
struct Nearest {
    palette: Vec<Rgb>,
    /// Colours with their numbers in the palette, by rising green.
    by_green: Vec<([i32; 3], u8)>,
}

impl Nearest {
    fn new(palette: &[Rgb]) -> Self {
        let numbered = palette.iter().zip(0..=u8::MAX);
        let mut by_green: Vec<_> = numbered
            .map(|(colour, number)| (colour.map(i32::from), number))
            .collect();
        by_green.sort_unstable_by_key(|&([_, green, _], number)| (green, number));
        Self {
            palette: palette.to_vec(),
            by_green,
        }
    }

    /// Number of the nearest colour; channels may lie outside of 0 ... 255.
    fn index(&self, [r, g, b]: [i32; 3]) -> u8 {
        let start = self
            .by_green
            .partition_point(|([_, green, _], _)| *green < g);
        let (below, above) = self.by_green.split_at_checked(start).unwrap_or_default();
        let (mut distance, mut nearest) = (i32::MAX, 0);
        // Farther in green alone is farther: so each search ends early.
        let mut search = |([red, green, blue], number): &([i32; 3], u8)| {
            let green = (green - g) * (green - g);
            if green < distance {
                let here = green + (red - r) * (red - r) + (blue - b) * (blue - b);
                if here < distance {
                    (distance, nearest) = (here, *number);
                }
                true
            } else {
                false
            }
        };
        let (mut below, mut above) = (below.iter().rev(), above.iter());
        let (mut look_below, mut look_above) = (true, true);
        while look_below || look_above {
            look_below = look_below && below.next().is_some_and(&mut search);
            look_above = look_above && above.next().is_some_and(&mut search);
        }
        nearest
    }
}

/// Shows each pixel, plus what its neighbours to the left and above got wrong, in the nearest colour.
fn dithered(pixels: &[Rgb], width: usize, nearest: &Nearest) -> Vec<u8> {
    // Sixteenths of errors, for this row and the next; one pixel wider at both ends.
    let mut here = vec![[0_i32; 3]; width + 2];
    let mut below = here.clone();
    let mut indices = Vec::with_capacity(pixels.len());
    for row in pixels.chunks(width) {
        for (x, pixel) in row.iter().enumerate() {
            let mut wanted = pixel.map(i32::from);
            for (channel, error) in wanted.iter_mut().zip(here[x + 1]) {
                *channel = (*channel + error / 16).clamp(0, 255);
            }
            let index = nearest.index(wanted);
            let shown = nearest.palette[usize::from(index)].map(i32::from);
            for channel in 0..3 {
                let error = wanted[channel] - shown[channel];
                here[x + 2][channel] += 7 * error;
                below[x][channel] += 3 * error;
                below[x + 1][channel] += 5 * error;
                below[x + 2][channel] += error;
            }
            indices.push(index);
        }
        std::mem::swap(&mut here, &mut below);
        below.fill([0; 3]);
    }
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean squared error of a channel.
    fn error(pixels: &[Rgb], shown: &Indexed) -> f64 {
        let squares: i32 = pixels
            .iter()
            .zip(&shown.indices)
            .flat_map(|(pixel, &index)| {
                let colour = shown.palette[usize::from(index)];
                [0, 1, 2].map(|i| i32::from(pixel[i]) - i32::from(colour[i]))
            })
            .map(|difference| difference * difference)
            .sum();
        f64::from(squares) / (3 * pixels.len()) as f64
    }

    /// 64 x 64 pixels: red along x, green along y, blue along both, four times.
    fn gradient() -> Vec<Rgb> {
        let pixel = |i: usize| {
            let (x, y) = (i % 64, i / 64);
            [(4 * x) as u8, (4 * y) as u8, ((x + y) * 7 % 256) as u8]
        };
        (0..64 * 64).map(pixel).collect()
    }

    #[test]
    fn few_colours_are_kept() {
        let pixels: Vec<Rgb> = (0..1000).map(|i| [(i % 256) as u8, 7, 0]).collect();
        let shown = reduce(&pixels, 10, false);
        assert_eq!(shown.palette.len(), 256);
        assert_eq!(error(&pixels, &shown), 0.0);
    }

    #[test]
    fn many_colours_lose_less_than_with_pillow() {
        let pixels = gradient();
        let shown = reduce(&pixels, 64, false);
        assert!(shown.palette.len() <= MAX_COLOURS);
        // Pillow 13, Image.quantize(256, dither=NONE): median cut 48.8, maximum coverage 46.5, octree 152.6.
        let error = error(&pixels, &shown);
        assert!(error < 46.5, "{error}");
    }

    #[test]
    fn the_nearest_colour_is_found() {
        let palette: Vec<Rgb> = (0..200_u32)
            .map(|i| [0, 8, 16].map(|shift| (i.wrapping_mul(2_654_435_761) >> shift) as u8))
            .collect();
        let nearest = Nearest::new(&palette);
        let distance = |colour: [i32; 3], shown: Rgb| -> i32 {
            let channels = colour.into_iter().zip(shown);
            channels.map(|(a, b)| (a - i32::from(b)).pow(2)).sum()
        };
        for colour in gradient().into_iter().map(|pixel| pixel.map(i32::from)) {
            let found = palette[usize::from(nearest.index(colour))];
            let least = palette.iter().map(|&shown| distance(colour, shown)).min();
            assert_eq!(Some(distance(colour, found)), least);
        }
    }

    #[test]
    fn dithering_keeps_the_mean() {
        let pixels = gradient();
        let [plain, dithered] = [false, true].map(|dither| reduce(&pixels, 64, dither));
        let shift = |shown: &Indexed| -> f64 {
            // How far the mean red of a row lies from the original's, over all rows.
            let rows = pixels.chunks(64).zip(shown.indices.chunks(64));
            rows.map(|(row, indices)| {
                let original: f64 = row.iter().map(|pixel| f64::from(pixel[0])).sum();
                let red = |&index: &u8| f64::from(shown.palette[usize::from(index)][0]);
                (original - indices.iter().map(red).sum::<f64>()).abs() / 64.0
            })
            .sum()
        };
        assert!(
            shift(&dithered) < shift(&plain),
            "{} {}",
            shift(&dithered),
            shift(&plain)
        );
        assert!(error(&pixels, &dithered) > error(&pixels, &plain));
    }
}

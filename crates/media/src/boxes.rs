//! Bounding boxes and their labels, as the reference draws them with Pillow.

use ndarray::{ArrayViewD, Ix2};

use crate::element::Element;
use crate::{MediaError, Picture, font};

const RED: [u8; 4] = [255, 0, 0, 255];

/// Corners of a box in pixels, as they were given.
struct Corners {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

/// Draws `boxes` (`[N, 4]`: x min, y min, x max, y max) one after the other.
pub(crate) fn draw<T: Element, L: AsRef<str>>(
    picture: &mut Picture,
    boxes: &ArrayViewD<'_, T>,
    labels: &[L],
) -> Result<(), MediaError> {
    let wrong = || MediaError::BoxesShape {
        got: boxes.shape().to_vec(),
    };
    let rows = boxes
        .view()
        .into_dimensionality::<Ix2>()
        .map_err(|_| wrong())?;
    if rows.ncols() != 4 {
        return Err(wrong());
    }
    let labelled = labels.len() == rows.nrows();
    for (i, row) in rows.outer_iter().enumerate() {
        let mut numbers = row.iter().map(|value| value.to_f64());
        let mut next = || numbers.next().unwrap_or_default();
        let corners = Corners {
            left: next(),
            top: next(),
            right: next(),
            bottom: next(),
        };
        outline(picture, &corners);
        if let Some(label) = labels
            .get(i)
            .filter(|label| labelled && !label.as_ref().is_empty())
        {
            draw_label(picture, &corners, label.as_ref());
        }
    }
    Ok(())
}

/// Four lines two pixels wide: down the left side, along the bottom, up the right side, back along the top.
fn outline(picture: &mut Picture, corners: &Corners) {
    // Pillow truncates towards zero; Rust's cast does too, and makes 0 of NaN.
    let (left, right) = (corners.left as i32, corners.right as i32);
    let (top, bottom) = (corners.top as i32, corners.bottom as i32);
    let [left, right, top, bottom] = [left, right, top, bottom].map(i64::from);
    vertical(picture, left, top, bottom);
    horizontal(picture, bottom, left, right);
    vertical(picture, right, bottom, top);
    horizontal(picture, top, right, left);
}

/// The second pixel of the width lies to the right of a line that goes down, to the left of one that goes up.
fn vertical(picture: &mut Picture, x: i64, from: i64, to: i64) {
    let columns = match from.cmp(&to) {
        std::cmp::Ordering::Less => (x, x + 1),
        std::cmp::Ordering::Equal => (x, x),
        std::cmp::Ordering::Greater => (x - 1, x),
    };
    picture.fill(columns, (from.min(to), from.max(to)), RED);
}

/// The second pixel of the width lies below a line that goes right, above one that goes left.
fn horizontal(picture: &mut Picture, y: i64, from: i64, to: i64) {
    let rows = match from.cmp(&to) {
        std::cmp::Ordering::Less => (y, y + 1),
        std::cmp::Ordering::Equal => (y, y),
        std::cmp::Ordering::Greater => (y - 1, y),
    };
    picture.fill((from.min(to), from.max(to)), rows, RED);
}

/// A red field at the box's lower left corner, 5 % of the text's height larger than it, and the text in black.
fn draw_label(picture: &mut Picture, corners: &Corners, label: &str) {
    let extent = font::extent(label);
    let height = extent.height as f64;
    let margin = (0.05 * height).ceil();
    let columns = (corners.left, corners.left + extent.width as f64);
    let rows = (corners.bottom - height - 2.0 * margin, corners.bottom);
    let whole = |(from, to): (f64, f64)| (i64::from(from as i32), i64::from(to as i32));
    picture.fill(whole(columns), whole(rows), RED);

    // Pillow rounds a half to the right in x and upwards in y.
    let pen = i64::from((corners.left + margin + 0.5).floor() as i32);
    let line_top = i64::from((corners.bottom - height - margin - 0.5).ceil() as i32);
    write(picture, pen, line_top, label);
}

/// Text in black, from the pen to the right, below the top of its line.
pub(crate) fn write(picture: &mut Picture, mut pen: i64, line_top: i64, text: &str) {
    for glyph in text.chars().filter_map(font::glyph) {
        for (x, y, coverage) in glyph.pixels() {
            if let Some(pixel) = picture.pixel_mut(pen + x, line_top + y) {
                darken(pixel, coverage);
            }
        }
        pen += glyph.advance;
    }
}

/// Blends black over a pixel; opacity, where there is any, becomes full where black covers.
fn darken(pixel: &mut [u8], coverage: u8) {
    let keep = u32::from(255 - coverage);
    for (i, byte) in pixel.iter_mut().enumerate() {
        let ink = if i == 3 { u32::from(coverage) * 255 } else { 0 };
        // Division by 255, rounded, without dividing.
        let sum = u32::from(*byte) * keep + ink + 128;
        *byte = (((sum >> 8) + sum) >> 8) as u8;
    }
}

//! The built-in font of labels; `assets/make_label_font.py` made the file and says how it is laid out.

use std::sync::LazyLock;

/// ASCII from the space to the tilde, then a frame for every other character.
static FONT: &[u8] = include_bytes!("../assets/label_font.bin");

/// First character in the font.
const FIRST: char = ' ';
/// Index of the frame that stands for characters which are not in the font.
const FRAME: usize = ('~' as usize) - (FIRST as usize) + 1;

static GLYPHS: LazyLock<Vec<Glyph>> = LazyLock::new(|| parse(FONT));

/// The picture of one character.
#[derive(Clone, Copy)]
pub(crate) struct Glyph {
    /// Columns to the next character.
    pub(crate) advance: i64,
    /// Columns from the pen to the mask.
    left: i64,
    /// Rows from the top of the line to the mask.
    top: i64,
    width: usize,
    height: usize,
    /// How much each pixel is covered, row by row.
    mask: &'static [u8],
}

impl Glyph {
    /// Every pixel of the mask: column from the pen, row from the top of the line, coverage.
    pub(crate) fn pixels(&self) -> impl Iterator<Item = (i64, i64, u8)> {
        let rows = self.mask.chunks_exact(self.width.max(1)).zip(self.top..);
        rows.flat_map(|(row, y)| {
            row.iter()
                .zip(self.left..)
                .map(move |(&coverage, x)| (x, y, coverage))
        })
    }
}

/// Columns and rows that a text covers, relative to the pen and the top of its line; both ends inclusive-exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) width: i64,
    pub(crate) height: i64,
}

pub(crate) fn glyph(character: char) -> Option<Glyph> {
    let index = (character as usize)
        .checked_sub(FIRST as usize)
        .filter(|&index| index < FRAME)
        .unwrap_or(FRAME);
    GLYPHS.get(index).copied()
}

/// Size of the smallest rectangle that holds the masks of all characters and the pen's way; height 0 without ink.
pub(crate) fn extent(text: &str) -> Extent {
    let (mut pen, mut right) = (0, 0);
    let (mut top, mut bottom) = (i64::MAX, i64::MIN);
    for glyph in text.chars().filter_map(glyph) {
        if glyph.height > 0 {
            right = right.max(pen + glyph.left + glyph.width as i64);
            top = top.min(glyph.top);
            bottom = bottom.max(glyph.top + glyph.height as i64);
        }
        pen += glyph.advance;
    }
    Extent {
        width: right.max(pen),
        height: bottom.saturating_sub(top).max(0),
    }
}

fn parse(mut bytes: &'static [u8]) -> Vec<Glyph> {
    let mut glyphs = Vec::with_capacity(FRAME + 1);
    while let Some((&[advance, left, top, width, height], rest)) = bytes.split_first_chunk() {
        let (width, height) = (usize::from(width), usize::from(height));
        let Some((mask, rest)) = rest.split_at_checked(width * height) else {
            break;
        };
        let left = i64::from(left.cast_signed());
        glyphs.push(Glyph {
            advance: i64::from(advance),
            left,
            top: i64::from(top),
            width,
            height,
            mask,
        });
        bytes = rest;
    }
    glyphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn font_is_whole() {
        assert_eq!(parse(FONT).len(), FRAME + 1);
        let used: usize = parse(FONT).iter().map(|glyph| 5 + glyph.mask.len()).sum();
        assert_eq!(used, FONT.len());
    }

    #[test]
    fn extent_is_that_of_the_renderer() {
        // Pillow's `ImageFont.load_default().getbbox(text)`, right and bottom minus top.
        let cases = [
            ("cat", 13, 8),
            ("Person 0.93", 54, 8),
            ("gy", 12, 8),
            ("To. fi", 21, 9),
            ("", 0, 0),
        ];
        for (text, width, height) in cases {
            assert_eq!(extent(text), Extent { width, height }, "{text:?}");
        }
    }
}

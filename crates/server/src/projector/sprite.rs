//! Pictures of the points in one large picture.

use super::notice::{counts, notice};
use crate::wire::{EmbeddingNotice, EmbeddingNoticeKind as Kind};

/// Largest file of a sprite.
pub(crate) const MAX_SPRITE_BYTES: u64 = 256 << 20;

/// Longest side: graphics hardware refuses larger textures, and TensorBoard larger sprites.
const MAX_SIDE: u32 = 8_192;

/// Sizes of a sprite and of the pictures in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sprite {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) image_width: u32,
    pub(crate) image_height: u32,
}

/// The sizes, from the picture's header and the configuration's `single_image_dim`.
pub(crate) fn read(
    bytes: &[u8],
    single_image_dim: &[u64],
    points: usize,
    path: &str,
    notices: &mut Vec<EmbeddingNotice>,
) -> Option<Sprite> {
    let mut refuse = |problem: String| {
        notices.push(notice(Kind::Sprite, path, problem));
        None
    };
    let Some((width, height)) = size(bytes) else {
        return refuse("expected a PNG or JPEG picture".to_owned());
    };
    if width > MAX_SIDE || height > MAX_SIDE {
        return refuse(format!(
            "expected a sprite of at most {MAX_SIDE} x {MAX_SIDE} pixels, got {width} x {height}"
        ));
    }
    let dims: Vec<u32> = single_image_dim
        .iter()
        .filter_map(|dim| u32::try_from(*dim).ok())
        .collect();
    let (image_width, image_height) = match dims[..] {
        // One number stands for a square.
        [side] => (side, side),
        [width, height] => (width, height),
        _ => (0, 0),
    };
    if !(1..=width).contains(&image_width) || !(1..=height).contains(&image_height) {
        return refuse(format!(
            "expected a single_image_dim within {width} x {height} pixels, got {single_image_dim:?}"
        ));
    }
    let pictures = u64::from(width / image_width) * u64::from(height / image_height);
    if pictures < points as u64 {
        notices.push(counts(
            Kind::Sprite,
            path,
            "pictures in the sprite",
            points as u64,
            pictures,
        ));
    }
    Some(Sprite {
        width,
        height,
        image_width,
        image_height,
    })
}

/// Width and height of a PNG or JPEG file, above zero.
fn size(bytes: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        if bytes.get(12..16)? != b"IHDR" {
            return None;
        }
        let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        (number(16)?, number(20)?)
    } else {
        jpeg_size(bytes)?
    };
    (width > 0 && height > 0).then_some((width, height))
}

/// From the first start of a frame (ITU T.81, B.2.2).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    if number(0)? != 0xffd8 {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = number(at)?;
        match marker {
            0xffff => at += 1,
            // All starts of frames, without tables (C4, CC) and the reserved C8.
            0xffc0..=0xffcf if !matches!(marker, 0xffc4 | 0xffc8 | 0xffcc) => {
                return Some((u32::from(number(at + 7)?), u32::from(number(at + 5)?)));
            }
            0xff01..=0xffff => at += 2 + usize::from(number(at + 2)?.max(2)),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn check(bytes: &[u8], dims: &[u64], points: usize) -> (Option<Sprite>, Vec<String>) {
        let mut notices = Vec::new();
        let sprite = read(bytes, dims, points, "s.png", &mut notices);
        (
            sprite,
            notices.into_iter().map(|notice| notice.message).collect(),
        )
    }

    #[test]
    fn sizes_of_png_and_jpeg() {
        let (sprite, notices) = check(&png(40, 20), &[10, 5], 16);
        let expected = Sprite {
            width: 40,
            height: 20,
            image_width: 10,
            image_height: 5,
        };
        assert_eq!((sprite, notices), (Some(expected), vec![]));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc2\0\x0b\x08\0\x14\0\x28";
        assert_eq!(check(jpeg, &[10, 5], 1).0, Some(expected));
    }

    #[test]
    fn what_cannot_be_shown_is_told() {
        let (sprite, notices) = check(&png(9_000, 20), &[10, 10], 2);
        assert_eq!(sprite, None);
        assert_eq!(
            notices,
            ["expected a sprite of at most 8192 x 8192 pixels, got 9000 x 20: s.png"]
        );
        for (bytes, dims) in [
            (&b"GIF89a"[..], &[1, 1][..]),
            (&png(8, 8), &[]),
            (&png(8, 8), &[9, 1]),
            (&png(8, 8), &[0, 1]),
            (&png(0, 8), &[1, 1]),
            (&png(8, 8)[..20], &[1, 1]),
            (b"\xff\xd8\xff\xe0\xff\xff", &[1, 1]),
        ] {
            let (sprite, notices) = check(bytes, dims, 1);
            assert_eq!((sprite, notices.len()), (None, 1), "{dims:?}");
        }
        let (sprite, notices) = check(&png(8, 8), &[4], 5);
        assert!(sprite.is_some());
        assert_eq!(notices, ["expected 5 pictures in the sprite, got 4: s.png"]);
    }
}

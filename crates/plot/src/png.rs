//! Drawings as pixels.

use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::PlotError;

/// Inter, under the SIL Open Font License (`assets/OFL.txt`): the same letters on all machines.
const REGULAR: &[u8] = include_bytes!("../assets/Inter-Regular.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../assets/Inter-SemiBold.otf");
/// The largest scale: a picture of three curves is then some 11,000 pixels wide.
const MAX_SCALE: f32 = 8.0;

/// Renders a drawing at `scale` pixels per unit.
pub(crate) fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    if !(scale > 0.0 && scale <= MAX_SCALE) {
        return Err(PlotError::Scale {
            max: MAX_SCALE,
            scale,
        });
    }
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_source(resvg::usvg::fontdb::Source::Binary(Arc::new(REGULAR)));
    fonts.load_font_source(resvg::usvg::fontdb::Source::Binary(Arc::new(SEMI_BOLD)));
    fonts.set_sans_serif_family("Inter");
    // Names in other scripts: rather in some font of this machine than not at all.
    if !svg.chars().all(is_covered) {
        fonts.load_system_fonts();
    }
    let tree =
        Tree::from_str(svg, &options).map_err(|error| PlotError::Render(error.to_string()))?;
    let size = tree.size();
    let (width, height) = (
        (size.width() * scale).round().max(1.0) as u32,
        (size.height() * scale).round().max(1.0) as u32,
    );
    let mut pixels = Pixmap::new(width, height)
        .ok_or_else(|| PlotError::Render(format!("{width} × {height} pixels")))?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixels.as_mut(),
    );
    // The ground is opaque: the alpha of all pixels is 255.
    let rgb: Vec<u8> = pixels
        .data()
        .chunks_exact(4)
        .flat_map(|pixel| pixel.iter().take(3).copied())
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    encoder.set_compression(::png::Compression::Balanced);
    let per_metre = (f64::from(scale) * 96.0 / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(::png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: ::png::Unit::Meter,
    }));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()?;
    Ok(bytes)
}

/// Whether our own font has a character; see `assets/make_font.py`.
fn is_covered(character: char) -> bool {
    matches!(character,
        '\n' | '\u{20}'..='\u{17f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{45f}' | '\u{2010}'..='\u{2026}'
        | '\u{2030}'..='\u{203f}' | '\u{2070}'..='\u{209f}' | '\u{20ac}' | '\u{2190}'..='\u{2199}'
        | '\u{2200}'..='\u{226f}' | '●' | '◆' | '▲' | '\u{fffd}')
}

//! Pictures from files, as a model's input.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use glassboard_explain::input::{MAX_SIDE, Preparation, Prepared, Source};

/// Reads `224` or `224x320`.
pub(super) fn size(text: &str) -> Result<(usize, usize), String> {
    let (height, width) = text.split_once('x').unwrap_or((text, text));
    let side = |text: &str| {
        text.parse()
            .ok()
            .filter(|side| (1..=MAX_SIDE as usize).contains(side))
            .ok_or_else(|| format!("expected a side from 1 to {MAX_SIDE}, got {text:?}"))
    };
    Ok((side(height)?, side(width)?))
}

/// Reads a picture, or numbers that are an input already.
pub(super) fn read(preparation: &Preparation, path: &Path) -> Result<Prepared> {
    let read = || -> Result<Prepared> {
        let source = Source::decode(&fs::read(path)?)?;
        Ok(preparation.prepare(&source)?)
    };
    read().with_context(|| path.display().to_string())
}

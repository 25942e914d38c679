//! Readers of model files.

mod layers;
mod onnx;
mod pickle;
mod pt2;
mod pth;
mod safetensors;
mod zip;

use std::{path::Path, sync::Arc};

pub(crate) use self::onnx::element_type as onnx_element_type;
pub use self::onnx::{OnnxNode, OnnxNodeContent, list_onnx, list_onnx_bytes};

use crate::{
    ModelError, ModelGraph, Result,
    source::{ReadAt, Region, Source},
};
use zip::Archive;

/// Reads a model's file: a program of `torch.export` (`.pt2`), ONNX, or weights (`.safetensors`, or a state dict of
/// `torch.save`). What kind it is is seen from its content.
///
/// Weights stay in the file: it is kept open as long as the graph lives, and [`Tensor::read`](crate::Tensor::read)
/// reads from it.
///
/// ```
/// # fn main() -> Result<(), glassboard_model::ModelError> {
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/summary/net.pt2");
/// let net = glassboard_model::read(path)?;
/// assert_eq!(net.name(), "Net");
/// assert_eq!(net.parameter_count(), 54_273);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// When the file cannot be read, or is not what its format asks for.
pub fn read(path: impl AsRef<Path>) -> Result<ModelGraph> {
    read_region(&Source::open(path.as_ref())?.region())
}

/// Reads a model from memory. `name` is what messages call it.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(name: impl AsRef<Path>, bytes: Vec<u8>) -> Result<ModelGraph> {
    read_region(&Source::memory(name.as_ref().to_owned(), bytes).region())
}

/// Reads a model of `len` bytes from wherever `bytes` are. `name` is what messages call it; files beside it, such as
/// ONNX's external data, are not looked for.
///
/// # Errors
/// As [`read`].
pub fn read_from(name: impl AsRef<Path>, len: u64, bytes: Arc<dyn ReadAt>) -> Result<ModelGraph> {
    read_region(&Source::other(name.as_ref().to_owned(), len, bytes).region())
}

fn read_region(region: &Region) -> Result<ModelGraph> {
    let mut start = [0; 16];
    let len = region.len().min(start.len() as u64) as usize;
    region.read_at("file", 0, &mut start[..len])?;
    let start = &start[..len];
    if Archive::is_likely(start) {
        let archive = Archive::open(region.clone())?;
        if pt2::is_archive(&archive) {
            return pt2::read(&archive);
        }
        let is_script = archive
            .entries()
            .iter()
            .any(|entry| entry.name.contains("/code/"));
        if pth::is_archive(&archive) && !is_script {
            return pth::read(&archive);
        }
        let got = if is_script {
            "a TorchScript archive"
        } else {
            "another zip archive"
        };
        return Err(unknown(region, got));
    }
    if safetensors::is_likely(start) {
        return safetensors::read(region);
    }
    if onnx::is_likely(start) {
        return onnx::read(region);
    }
    let got = match start {
        [] => "an empty file",
        [0x80, 2..=5, ..] => {
            "a bare pickle (written by a PyTorch before 1.6, or by another program)"
        }
        _ => "something else",
    };
    Err(unknown(region, got))
}

fn unknown(region: &Region, got: &str) -> ModelError {
    ModelError::UnknownFormat {
        got: got.to_owned(),
        path: region.path().to_owned(),
    }
}

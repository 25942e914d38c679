use std::{io, path::PathBuf};

/// What can go wrong with a model's file, or with the input it is asked about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The file could not be opened or read.
    #[error("cannot {action}: {source}: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is none of the kinds that are read.
    #[error(
        "expected a model (.pt2, .onnx) or weights (.safetensors, .pth, .pt), got {got}: {}",
        path.display()
    )]
    UnknownFormat {
        /// What the file looks like.
        got: String,
        /// The file.
        path: PathBuf,
    },
    /// A part of the file is not what its format asks for.
    #[error("{part}: expected {expected}, got {got}: {}", path.display())]
    Malformed {
        /// Which part of the file.
        part: String,
        /// What the format asks for.
        expected: String,
        /// What there is.
        got: String,
        /// The file.
        path: PathBuf,
    },
    /// A part of the file is not the JSON it should be.
    #[error("{part}: {source}: {}", path.display())]
    Json {
        /// Which part of the file.
        part: String,
        /// What is wrong with it, and where.
        source: serde_json::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file was written in another version of its format.
    #[error("{format}: expected version {expected}, got {got}: {}", path.display())]
    Version {
        /// Name of the format.
        format: &'static str,
        /// Versions that are read.
        expected: &'static str,
        /// Version of the file.
        got: String,
        /// The file.
        path: PathBuf,
    },
    /// A pickle asks for code that is not on the list of harmless names. Nothing was run.
    #[error(
        "expected only tensors and containers, got a pickle that asks for {global}, which is not run: {}",
        path.display()
    )]
    ForbiddenGlobal {
        /// `module.name` as the pickle says it.
        global: String,
        /// The file.
        path: PathBuf,
    },
    /// A tensor's bytes do not lie within the file.
    #[error(
        "tensor {tensor}: expected bytes {start}..{end} to lie within the {available} bytes there are: {}",
        path.display()
    )]
    TensorExtent {
        /// The tensor's name.
        tensor: String,
        /// First byte.
        start: u128,
        /// Byte behind the last.
        end: u128,
        /// Bytes of the file, or of the part of it that holds the tensor.
        available: u64,
        /// The file.
        path: PathBuf,
    },
    /// A tensor's bytes were asked for, and the graph does not say where they are.
    #[error("tensor {tensor}: its values are not known: {reason}")]
    NoValues {
        /// The tensor's name.
        tensor: String,
        /// Why.
        reason: &'static str,
    },
    /// More or fewer inputs were given than the model takes.
    #[error("expected {expected} inputs ({names}), got {got}")]
    InputCount {
        /// Inputs of the model.
        expected: usize,
        /// Their names.
        names: String,
        /// Inputs given.
        got: usize,
    },
    /// The input cannot go through the model.
    #[error("{layer}: expected {expected}, got {got}")]
    InputDoesNotFit {
        /// The layer, or the model's input, where it fails.
        layer: String,
        /// What the layer takes.
        expected: String,
        /// What reaches it.
        got: String,
    },
    /// A shape is not written as this program reads it.
    #[error("expected a shape such as 1x3x224x224 or 2x7:int64, got {got:?}")]
    ShapeText {
        /// The text.
        got: String,
    },
}

/// The result of everything that reads a model.
pub type Result<T, E = ModelError> = std::result::Result<T, E>;

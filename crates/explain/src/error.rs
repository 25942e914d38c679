/// What can go wrong while a model is explained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// Something of another shape than it should be.
    #[error("{what}: expected shape {expected}, got {got:?}")]
    Shape {
        /// What was given.
        what: String,
        /// Which shape it should have.
        expected: String,
        /// Which shape it has.
        got: Vec<usize>,
    },
    /// A layer whose output has no place in the picture.
    #[error(
        "layer is not spatial: expected [N, C, H, W] or [N, C, D, H, W], got {got:?}; give a reshape that brings the channels to axis 1 and the picture's axes behind it"
    )]
    NotSpatial {
        /// Shape of its output.
        got: Vec<usize>,
    },
    /// A method was asked for without what it looks at.
    #[error("{method} needs {needs}, got none")]
    Missing {
        /// Name of the method.
        method: &'static str,
        /// What it needs.
        needs: &'static str,
    },
    /// Values that are not numbers.
    #[error("{what}: expected finite values, got NaN or infinity")]
    NotFinite {
        /// What was given.
        what: &'static str,
    },
    /// A name that is not known.
    #[error("unknown {what}: expected one of {expected}, got {got:?}{}", did_you_mean(.nearest.as_ref()))]
    UnknownName {
        /// What it should name.
        what: &'static str,
        /// Names that are known.
        expected: String,
        /// As it was given.
        got: String,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// A class that the output does not have.
    #[error("class out of range: expected 0 to {last}, got {got}", last = .classes.saturating_sub(1))]
    ClassOutOfRange {
        /// Index as it was given.
        got: usize,
        /// Number of classes.
        classes: usize,
    },
    /// More positions than a method can work on.
    #[error("{method}: expected at most {limit} positions in a layer, got {got}")]
    TooManyPositions {
        /// Name of the method.
        method: &'static str,
        /// Most positions.
        limit: usize,
        /// Positions of the layer.
        got: usize,
    },
    /// An option has a value that means nothing.
    #[error("option {option}: expected {expected}, got {got}")]
    WrongOption {
        /// Name of the option.
        option: &'static str,
        /// What it can be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// Operations of a model that the engine does not run.
    #[error("unknown operations: {}", operations_text(.operations))]
    UnknownOperations {
        /// Each operation with the layer that it is in.
        operations: Vec<(String, String)>,
    },
    /// A file of weights has no program to run.
    #[error("expected a model with its program (.pt2, .onnx), got weights only")]
    NoProgram,
    /// A device that this build cannot use.
    #[error("this build cannot use {feature}: it was built without the feature `{feature}`")]
    DeviceNotBuilt {
        /// What it would have to be built with.
        feature: &'static str,
    },
    /// A value that a layer cannot take.
    #[error("{layer} ({operation}): expected {expected}, got {got}")]
    DoesNotFit {
        /// Path of the layer.
        layer: String,
        /// Operation within it.
        operation: String,
        /// What it takes.
        expected: String,
        /// What it was given.
        got: String,
    },
    /// More or fewer inputs than the model takes.
    #[error("expected {expected} inputs, got {got}")]
    InputCount {
        /// Inputs of the model.
        expected: usize,
        /// Inputs given.
        got: usize,
    },
    /// A value that was asked for is not in a run.
    #[error("value {value} was not kept by the run")]
    NotKept {
        /// Its name.
        value: String,
    },
    /// A model that returns nothing.
    #[error("the model returns no tensor")]
    NoOutput,
    /// A layer that the model does not have, or that never runs.
    #[error("no layer {layer:?} that runs{}", nearest_text(.nearest))]
    UnknownLayer {
        /// Path as it was given.
        layer: String,
        /// Paths that are most like it.
        nearest: Vec<String>,
    },
    /// A model, or a layer, without a convolution.
    #[error("no convolution found; name the layer")]
    NoConvolution,
    /// A filter that a layer does not have.
    #[error("filter out of range: expected 0 to {last}, got {got}", last = .filters.saturating_sub(1))]
    FilterOutOfRange {
        /// Index as it was given.
        got: usize,
        /// Number of filters.
        filters: usize,
    },
    /// The work was stopped by the one who asked for it.
    #[error("stopped")]
    Cancelled,
    /// A model's file could not be read.
    #[cfg(feature = "engine")]
    #[error(transparent)]
    Model(#[from] glassboard_model::ModelError),
    /// A model whose input is no picture.
    #[error("expected a model that takes pictures of 1 or 3 channels, got one that takes {got}")]
    NotPictures {
        /// Shape of its input.
        got: String,
    },
    /// A picture that is larger than what is decoded.
    #[error("expected a picture of at most {limit} megapixels, got {width}x{height}")]
    TooManyPixels {
        /// Most pixels, in millions.
        limit: u64,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A picture that cannot be decoded.
    #[cfg(feature = "input")]
    #[error("cannot decode the picture: expected PNG, JPEG or an array of numpy (.npy); {0}")]
    Undecodable(image::ImageError),
    /// Numbers that cannot be read.
    #[cfg(feature = "input")]
    #[error("cannot read the array: expected .npy of float32; {0}")]
    Numbers(ndarray_npy::ViewNpyError),
    /// A list of names that is none.
    #[error("expected a name for each class: a line each, or JSON numbered from 0")]
    NotLabels,
    /// A class that is called by a name that it does not have.
    #[error("no class {got:?}{}", nearest_text(.nearest))]
    UnknownClass {
        /// As it was given.
        got: String,
        /// The name that is most like it.
        nearest: Vec<String>,
    },
    /// A class that is called by a name while none has one.
    #[error("expected the number of a class, got {got:?}; names need a list of labels")]
    NoLabels {
        /// As it was given.
        got: String,
    },
    /// A picture could not be made.
    #[error(transparent)]
    Media(#[from] glassboard_media::MediaError),
}

fn operations_text(operations: &[(String, String)]) -> String {
    let texts: Vec<String> = operations
        .iter()
        .map(|(operation, layer)| format!("{operation} in {layer}"))
        .collect();
    texts.join(", ")
}

fn nearest_text(nearest: &[String]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", nearest.join(" or "))
}

fn did_you_mean(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

impl ExplainError {
    /// An unknown name, with the known one that is most like it.
    pub(crate) fn unknown_name<'a>(
        what: &'static str,
        got: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        /// How alike a name must be to be proposed: from 0 to 1.
        const ALIKE: f64 = 0.6;
        let nearest = known
            .clone()
            .map(|name| (strsim::jaro_winkler(name, got), name))
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, name)| name.to_owned());
        Self::UnknownName {
            what,
            expected: known.collect::<Vec<_>>().join(", "),
            got: got.to_owned(),
            nearest,
        }
    }
}

/// The result of everything that explains a model.
pub type Result<T, E = ExplainError> = std::result::Result<T, E>;

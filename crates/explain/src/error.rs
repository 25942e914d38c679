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
    #[error("unknown {what}: expected one of {expected}, got {got:?}{}", did_you_mean(.nearest))]
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
    /// A picture could not be made.
    #[error(transparent)]
    Media(#[from] glassboard_media::MediaError),
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
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

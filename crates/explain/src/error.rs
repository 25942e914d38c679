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
}

/// The result of everything that explains a model.
pub type Result<T, E = ExplainError> = std::result::Result<T, E>;

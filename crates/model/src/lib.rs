//! What a neural network is made of: model files as one graph, and the summary table.

pub mod summary;

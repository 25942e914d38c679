//! Plugin names: what kind of data a tag holds.

/// Scalars, whether simple values or tensors of one number.
pub const SCALARS: &str = "scalars";
/// Pictures.
pub const IMAGES: &str = "images";
/// Histograms, of which distributions are made too.
pub const HISTOGRAMS: &str = "histograms";
/// Sound.
pub const AUDIO: &str = "audio";
/// Text.
pub const TEXT: &str = "text";
/// Tensors without a plugin name.
pub const TENSOR: &str = "tensor";
/// Graphs of operations.
pub const GRAPHS: &str = "graphs";
/// Memory and compute time of one step of a graph.
pub const RUN_METADATA: &str = "graph_tagged_run_metadata";
/// The tag under which a run's graph is listed, as TensorBoard's data server names it.
pub const RUN_GRAPH_TAG: &str = "__run_graph__";

/// The plugin's own name, or [`TENSOR`] where the metadata has none.
pub(crate) fn named(plugin: &str) -> &str {
    if plugin.is_empty() { TENSOR } else { plugin }
}

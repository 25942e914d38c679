//! The graphs of a function that TensorFlow has traced, in a `RunMetadata`.

use super::fields::{Field, Fields};
use super::{Graph, graph_def};

/// Fields of `RunMetadata` and of its `FunctionGraphs`.
const PARTITION_GRAPHS: u32 = 3;
const FUNCTION_GRAPHS: u32 = 4;
const PRE_OPTIMIZATION_GRAPH: u32 = 2;

/// Reads the functions as they were written; where there are none, the graphs that were run.
pub(crate) fn read(run_metadata: &[u8]) -> Graph {
    let mut functions = Vec::new();
    let mut partitions = Vec::new();
    for (tag, bytes) in messages(run_metadata) {
        match tag {
            FUNCTION_GRAPHS => functions.extend(
                messages(bytes)
                    .filter(|(tag, _)| *tag == PRE_OPTIMIZATION_GRAPH)
                    .map(|(_, graph)| graph),
            ),
            PARTITION_GRAPHS => partitions.push(bytes),
            _ => {}
        }
    }
    graph_def::read_all(if functions.is_empty() {
        partitions
    } else {
        functions
    })
}

fn messages(bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    Fields::of(bytes).filter_map(|field| match field {
        Ok((tag, Field::Bytes(bytes))) => Some((tag, bytes)),
        _ => None,
    })
}

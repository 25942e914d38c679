//! Graphs that were read lately: the page asks for a graph once and for its nodes one by one.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Graph;

/// Most nodes that are kept in all graphs together.
const MAX_NODES: usize = 400_000;

/// Most graphs that are kept.
const MAX_GRAPHS: usize = 8;

/// Names a graph and the state of what it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A value in an event file.
    Value(String),
    /// A model file, in the state that it is in.
    File(String),
    /// A model that was sent.
    Upload(String),
}

/// The graphs, the one that was used last behind all others.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Vec<(Key, Arc<Graph>)>>);

impl Cache {
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Graph>> {
        let mut graphs = self.0.lock();
        let at = graphs.iter().position(|(known, _)| known == key)?;
        let found = graphs.remove(at);
        let graph = Arc::clone(&found.1);
        graphs.push(found);
        Some(graph)
    }

    pub(crate) fn put(&self, key: Key, graph: Arc<Graph>) {
        let mut graphs = self.0.lock();
        graphs.retain(|(known, _)| *known != key);
        graphs.push((key, graph));
        let nodes = |graphs: &[(Key, Arc<Graph>)]| -> usize {
            graphs.iter().map(|(_, graph)| graph.len()).sum()
        };
        while graphs.len() > MAX_GRAPHS || (graphs.len() > 1 && nodes(&graphs) > MAX_NODES) {
            graphs.remove(0);
        }
    }

    /// The graph of a key, read by `read` if it is not there. Two that ask at once may both read.
    pub(crate) fn get_or_read<E>(
        &self,
        key: Key,
        read: impl FnOnce() -> Result<Graph, E>,
    ) -> Result<Arc<Graph>, E> {
        if let Some(graph) = self.get(&key) {
            return Ok(graph);
        }
        let graph = Arc::new(read()?);
        self.put(key, Arc::clone(&graph));
        Ok(graph)
    }
}

//! Layers by their path: the tree of modules out of names with dots.

use std::collections::HashMap;

use crate::{DType, ModelBuilder, ModuleId, TensorRole};

/// Deepest nesting of layers. Names are split at dots, and each part is a layer.
pub(super) const MAX_DEPTH: usize = 64;

/// Longest path; what is longer counts as the model's own, so that paths of parents do not outgrow the file.
const MAX_PATH_BYTES: usize = 4096;

/// The layers of a model under construction.
pub(super) struct Layers {
    by_path: HashMap<String, ModuleId>,
}

impl Layers {
    pub(super) fn new(builder: &ModelBuilder) -> Self {
        Self {
            by_path: HashMap::from([(String::new(), builder.root())]),
        }
    }

    /// The layer with this path, which is added with its parents if it is not there.
    pub(super) fn get(&mut self, builder: &mut ModelBuilder, path: &str) -> ModuleId {
        if let Some(found) = self.by_path.get(path) {
            return *found;
        }
        let mut module = builder.root();
        if path.len() > MAX_PATH_BYTES {
            return module;
        }
        let mut end = 0;
        // Behind the deepest level the rest is one name.
        for (depth, part) in path.splitn(MAX_DEPTH, '.').enumerate() {
            end += part.len() + usize::from(depth > 0);
            let part_path = path.get(..end).unwrap_or(path);
            module = if let Some(found) = self.by_path.get(part_path) {
                *found
            } else {
                let added = builder.untyped_module(module, part);
                self.by_path.insert(part_path.to_owned(), added);
                added
            };
        }
        module
    }

    /// The layer that holds a tensor of this name.
    pub(super) fn holder(&mut self, builder: &mut ModelBuilder, tensor: &str) -> ModuleId {
        let path = tensor.rsplit_once('.').map_or("", |(path, _)| path);
        self.get(builder, path)
    }
}

/// What a tensor of a file that only has names is: batch normalisation's statistics and everything that is not a
/// float are buffers, the rest counts as a parameter.
pub(super) fn guess_role(name: &str, dtype: DType) -> TensorRole {
    const STATISTICS: [&str; 3] = ["running_mean", "running_var", "num_batches_tracked"];
    let short = name.rsplit('.').next().unwrap_or(name);
    if STATISTICS.contains(&short) || !dtype.is_float() {
        TensorRole::Buffer
    } else {
        TensorRole::Parameter { trainable: None }
    }
}

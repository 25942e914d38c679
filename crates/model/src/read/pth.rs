//! State dicts as `torch.save` writes them: a zip archive with a pickle (`data.pkl`) and a file per storage (`data/0`).

use std::collections::HashMap;

use super::{
    layers::{Layers, guess_role},
    pickle::{Object, ObjectId, Pickle, STORAGES},
    zip::Archive,
};
use crate::{
    DType, ModelBuilder, ModelError, ModelGraph, Result, TensorRole,
    graph::{Tensor, TensorData},
    source::Region,
};

/// Where training scripts put the state dict within a checkpoint.
const STATE_DICT_KEYS: [&str; 6] = [
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "module",
    "model_ema",
];

/// A tensor of a state dict, as far as it is the same for a file of weights and for an exported program.
pub(super) struct StoredTensor {
    pub(super) name: String,
    pub(super) dtype: DType,
    pub(super) shape: Vec<u64>,
    pub(super) data: TensorData,
    /// Whether it was saved as a parameter, and whether that asked for gradients.
    parameter: Option<bool>,
}

/// What a file of `torch.save` holds.
pub(super) struct StateDict {
    pub(super) tensors: Vec<StoredTensor>,
    /// Paths of layers, those without tensors too.
    pub(super) layers: Vec<String>,
}

pub(super) fn is_archive(archive: &Archive) -> bool {
    pickle_prefix(archive).is_some()
}

pub(super) fn read(archive: &Archive) -> Result<ModelGraph> {
    let state = read_state_dict(archive)?;
    let mut builder = ModelBuilder::new("");
    let mut layers = Layers::new(&builder);
    for path in &state.layers {
        layers.get(&mut builder, path);
    }
    for stored in state.tensors {
        let role = match stored.parameter {
            Some(trainable) => TensorRole::Parameter {
                trainable: Some(trainable),
            },
            None => guess_role(&stored.name, stored.dtype),
        };
        let tensor = Tensor {
            module: layers.holder(&mut builder, &stored.name),
            name: stored.name,
            dtype: stored.dtype,
            shape: stored.shape,
            role,
            tied_to: None,
            data: stored.data,
        };
        tensor.check()?;
        builder.push_tensor(tensor);
    }
    Ok(builder.build())
}

/// The folder within the archive, whose name the writer chose.
fn pickle_prefix(archive: &Archive) -> Option<&str> {
    archive
        .entries()
        .iter()
        .find_map(|entry| entry.name.strip_suffix("data.pkl"))
        .filter(|prefix| prefix.is_empty() || prefix.ends_with('/'))
}

pub(super) fn read_state_dict(archive: &Archive) -> Result<StateDict> {
    let region = archive.region();
    let prefix = pickle_prefix(archive)
        .ok_or_else(|| region.malformed("archive", "an entry data.pkl", "none"))?;
    if let Some(order) = archive.find(&format!("{prefix}byteorder")) {
        let order = archive.read(order)?;
        if order != b"little" {
            return Err(region.malformed(
                "byteorder",
                "little",
                String::from_utf8_lossy(&order).into_owned(),
            ));
        }
    }
    let stream = archive.read(archive.expect(&format!("{prefix}data.pkl"))?)?;
    let pickle = Pickle::read(region, &stream)?;
    Finder {
        archive,
        prefix,
        pickle: &pickle,
        storages: HashMap::new(),
    }
    .state_dict()
}

struct Finder<'a> {
    archive: &'a Archive,
    prefix: &'a str,
    pickle: &'a Pickle,
    storages: HashMap<String, TensorData>,
}

impl Finder<'_> {
    fn state_dict(mut self) -> Result<StateDict> {
        let found = self.find_dict();
        let Some(dict) = found else {
            return Err(self.malformed(
                "file",
                "a state dict (a dict of tensors, perhaps within a checkpoint)",
                "none",
            ));
        };
        let mut tensors = Vec::new();
        for (key, value) in self.pickle.dict(dict).unwrap_or_default() {
            if let Some(name) = self.pickle.text(*key)
                && let Some(tensor) = self.tensor(name, *value)?
            {
                tensors.push(tensor);
            }
        }
        Ok(StateDict {
            tensors,
            layers: self.layers(dict),
        })
    }

    /// The dict itself if it holds tensors, else the likeliest of those within it.
    fn find_dict(&self) -> Option<ObjectId> {
        let top = self.pickle.top();
        let items = self.pickle.dict(top)?;
        if items.is_empty() || self.holds_tensors(top) {
            return Some(top);
        }
        let named = STATE_DICT_KEYS
            .iter()
            .filter_map(|key| self.pickle.item(top, key))
            .find(|dict| self.holds_tensors(*dict));
        named.or_else(|| {
            items
                .iter()
                .map(|(_, value)| *value)
                .find(|dict| self.holds_tensors(*dict))
        })
    }

    fn holds_tensors(&self, dict: ObjectId) -> bool {
        self.pickle
            .dict(dict)
            .unwrap_or_default()
            .iter()
            .any(|(key, value)| {
                let is_call = self.pickle.call(*value).is_some_and(|(name, _)| {
                    name.starts_with("torch._utils._rebuild") || name.ends_with("Parameter")
                });
                is_call && self.pickle.text(*key).is_some()
            })
    }

    /// PyTorch notes the version of each layer's entries, and so every layer.
    fn layers(&self, dict: ObjectId) -> Vec<String> {
        let Object::Dict {
            state: Some(state), ..
        } = self.pickle.get(dict)
        else {
            return Vec::new();
        };
        let metadata = self.pickle.item(*state, "_metadata");
        metadata
            .and_then(|metadata| self.pickle.dict(metadata))
            .unwrap_or_default()
            .iter()
            .filter_map(|(path, _)| self.pickle.text(*path))
            .map(str::to_owned)
            .collect()
    }

    fn tensor(&mut self, name: &str, object: ObjectId) -> Result<Option<StoredTensor>> {
        let pickle = self.pickle;
        let Some((function, arguments)) = pickle.call(object) else {
            return Ok(None);
        };
        match function.rsplit('.').next() {
            Some("_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                let [data, requires_grad, ..] = arguments else {
                    return Err(self.malformed(name, "the parts of a parameter", "fewer"));
                };
                let Some((inner, _)) = pickle.call(*data) else {
                    return Err(self.malformed(name, "a tensor", "something else"));
                };
                // Parameters within parameters would recurse as deep as the file likes.
                if !inner.starts_with("torch._utils._rebuild_tensor") {
                    return Err(self.malformed(name, "a tensor", inner));
                }
                let mut tensor = self.tensor(name, *data)?;
                if let (Some(tensor), Object::Bool(flag)) =
                    (&mut tensor, pickle.get(*requires_grad))
                {
                    tensor.parameter = Some(*flag);
                }
                Ok(tensor)
            }
            Some("_rebuild_tensor" | "_rebuild_tensor_v2") => {
                self.rebuilt(name, arguments, None).map(Some)
            }
            Some("_rebuild_tensor_v3") => {
                let dtype = arguments
                    .get(6)
                    .and_then(|dtype| pickle.global(*dtype))
                    .and_then(|name| DType::from_name(name.rsplit('.').next()?))
                    .ok_or_else(|| self.malformed(name, "a known element type", "none"))?;
                self.rebuilt(name, arguments, Some(dtype)).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A tensor of storage, offset, size and strides.
    fn rebuilt(
        &mut self,
        name: &str,
        arguments: &[ObjectId],
        dtype: Option<DType>,
    ) -> Result<StoredTensor> {
        let pickle = self.pickle;
        let [storage, offset, size, strides, ..] = arguments else {
            return Err(self.malformed(name, "the parts of a tensor", "fewer"));
        };
        let Object::Outside(outside) = pickle.get(*storage) else {
            return Err(self.malformed(name, "a storage", "something else"));
        };
        // ('storage', type, key, location, number of elements)
        let Some([_, class, key, ..]) = pickle.tuple(*outside) else {
            return Err(self.malformed(name, "the parts of a storage", "fewer"));
        };
        let stored_dtype = pickle
            .global(*class)
            .and_then(|class| {
                let class = class.rsplit('.').next()?;
                STORAGES.iter().find(|(name, _)| *name == class)
            })
            .map(|(_, dtype)| *dtype);
        let (Some(stored_dtype), Some(key)) = (stored_dtype, pickle.text(*key)) else {
            return Err(self.malformed(name, "a storage of a known type", "another"));
        };
        let dims = |id: ObjectId| -> Option<Vec<u64>> {
            let sizes = pickle.elements(id)?.iter();
            sizes
                .map(|size| u64::try_from(pickle.int(*size)?).ok())
                .collect()
        };
        let offset = pickle
            .int(*offset)
            .and_then(|offset| u64::try_from(offset).ok());
        let (Some(offset), Some(shape), Some(strides)) = (offset, dims(*size), dims(*strides))
        else {
            return Err(self.malformed(name, "an offset, a shape and strides", "others"));
        };
        let data = match self.storage(key)? {
            TensorData::Stored { region, .. } => TensorData::Stored {
                region,
                offset,
                strides,
            },
            other => other,
        };
        Ok(StoredTensor {
            name: name.to_owned(),
            dtype: dtype.unwrap_or(stored_dtype),
            shape,
            data,
            parameter: None,
        })
    }

    fn storage(&mut self, key: &str) -> Result<TensorData> {
        if let Some(found) = self.storages.get(key) {
            return Ok(found.clone());
        }
        let entry = self.archive.expect(&format!("{}data/{key}", self.prefix))?;
        let data = match self.archive.stored(entry)? {
            Some(region) => TensorData::Stored {
                region,
                offset: 0,
                strides: Vec::new(),
            },
            None => TensorData::Unknown("they are packed in the archive"),
        };
        self.storages.insert(key.to_owned(), data.clone());
        Ok(data)
    }

    fn malformed(&self, name: &str, expected: &str, got: &str) -> ModelError {
        let region: &Region = self.archive.region();
        region.malformed(name, expected, got)
    }
}

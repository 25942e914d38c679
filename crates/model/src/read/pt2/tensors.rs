//! The tensors of an archive: raw files with a table beside them, or files of `torch.save`.

use std::collections::HashMap;

use super::{
    read_json,
    schema::{self, PayloadConfig, TensorMeta},
};
use crate::{
    DType, Dim, ModelError, Result, TensorRole,
    graph::{TensorData, contiguous_strides},
    read::{layers::guess_role, pth, zip::Archive},
    source::Region,
};

/// A tensor as the archive keeps it.
pub(super) struct StoredTensor {
    pub(super) dtype: DType,
    pub(super) shape: Vec<u64>,
    pub(super) requires_grad: Option<bool>,
    pub(super) is_parameter: bool,
    pub(super) data: TensorData,
}

/// The archive's tensors by name, in the order of the archive.
#[derive(Default)]
pub(super) struct StoredTensors {
    tensors: Vec<(String, Option<StoredTensor>)>,
    by_name: HashMap<String, usize>,
}

impl StoredTensors {
    fn add(&mut self, name: String, tensor: StoredTensor) {
        self.by_name.insert(name.clone(), self.tensors.len());
        self.tensors.push((name, Some(tensor)));
    }

    pub(super) fn take(&mut self, name: &str) -> Option<StoredTensor> {
        let position = *self.by_name.get(name)?;
        self.tensors.get_mut(position)?.1.take()
    }

    /// Those that were not taken.
    pub(super) fn take_rest(&mut self) -> impl Iterator<Item = (String, StoredTensor)> + use<> {
        let rest = std::mem::take(self).tensors.into_iter();
        rest.filter_map(|(name, stored)| Some((name, stored?)))
    }

    /// From files of `torch.save` within the archive; one that is not there holds nothing.
    pub(super) fn legacy(archive: &Archive, names: &[&str]) -> Result<Self> {
        let mut tensors = Self::default();
        for name in names {
            let Some(entry) = archive.find(name) else {
                continue;
            };
            let Some(region) = archive.stored(entry)? else {
                return Err(archive
                    .region()
                    .malformed(*name, "stored bytes", "packed ones"));
            };
            if region.len() == 0 {
                continue;
            }
            for stored in pth::read_state_dict(&Archive::open(region)?)?.tensors {
                let role = guess_role(&stored.name, stored.dtype);
                tensors.add(
                    stored.name,
                    StoredTensor {
                        dtype: stored.dtype,
                        shape: stored.shape,
                        requires_grad: None,
                        is_parameter: matches!(role, TensorRole::Parameter { .. }),
                        data: stored.data,
                    },
                );
            }
        }
        Ok(tensors)
    }

    pub(super) fn current(archive: &Archive, root: &str, model: &str) -> Result<Self> {
        let weights = format!("{root}data/weights/{model}");
        let constants = format!("{root}data/constants/{model}");
        if archive.find(&format!("{weights}.pt")).is_some() {
            let names = [format!("{weights}.pt"), format!("{constants}.pt")];
            return Self::legacy(archive, &names.each_ref().map(String::as_str));
        }
        let mut tensors = Self::default();
        for (folder, config) in [
            ("weights", format!("{weights}_weights_config.json")),
            ("constants", format!("{constants}_constants_config.json")),
        ] {
            if archive.find(&config).is_none() {
                continue;
            }
            let json = read_json(archive, &config)?;
            let config: PayloadConfig =
                serde_json::from_slice(&json).map_err(|source| ModelError::Json {
                    part: config,
                    source,
                    path: archive.region().path().to_owned(),
                })?;
            let mut payloads: Vec<_> = config.config.into_iter().collect();
            payloads.sort_by(|(left, _), (right, _)| left.cmp(right));
            for (name, payload) in payloads {
                // Objects that are no tensors have no such entry.
                let Some(meta) = &payload.tensor_meta else {
                    continue;
                };
                let path = format!("{root}data/{folder}/{}", payload.path_name);
                let data = if payload.use_pickle {
                    TensorData::Unknown("they are pickled within the archive")
                } else {
                    payload_data(archive, &path, &name, meta)?
                };
                let shape = fixed_shape(archive.region(), &name, meta)?;
                tensors.add(
                    name.clone(),
                    StoredTensor {
                        dtype: known_dtype(archive.region(), &name, meta)?,
                        shape,
                        requires_grad: Some(meta.requires_grad),
                        is_parameter: payload.is_param,
                        data,
                    },
                );
            }
        }
        Ok(tensors)
    }
}

pub(super) fn known_dtype(region: &Region, name: &str, meta: &TensorMeta) -> Result<DType> {
    meta.dtype().ok_or_else(|| {
        region.malformed(
            format!("tensor {name}"),
            "a known element type",
            format!("type {}", meta.dtype),
        )
    })
}

pub(super) fn fixed_shape(region: &Region, name: &str, meta: &TensorMeta) -> Result<Vec<u64>> {
    let fixed: Option<Vec<u64>> = meta.sizes.iter().map(|size| size.dim().fixed()).collect();
    fixed.ok_or_else(|| region.malformed(format!("tensor {name}"), "a fixed shape", "another"))
}

fn payload_data(
    archive: &Archive,
    path: &str,
    name: &str,
    meta: &TensorMeta,
) -> Result<TensorData> {
    let Some(region) = archive.stored(archive.expect(path)?)? else {
        return Ok(TensorData::Unknown("they are packed in the archive"));
    };
    let shape = fixed_shape(archive.region(), name, meta)?;
    let strides: Option<Vec<u64>> = meta.strides.iter().map(|step| step.dim().fixed()).collect();
    let offset = meta
        .storage_offset
        .as_ref()
        .map_or(Dim::Fixed(0), schema::SymInt::dim);
    let (Some(strides), Some(offset)) = (strides, offset.fixed()) else {
        return Err(archive.region().malformed(
            format!("tensor {name}"),
            "fixed strides and offset",
            "others",
        ));
    };
    let strides = if strides.len() == shape.len() {
        strides
    } else {
        contiguous_strides(&shape)
    };
    Ok(TensorData::Stored {
        region,
        offset,
        strides,
    })
}

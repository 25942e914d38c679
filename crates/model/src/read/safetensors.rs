//! Weights in the safetensors format.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | length *n* of the header, little-endian |
//! | *n* | JSON: name → `dtype`, `shape`, `data_offsets` (begin, end within the data); texts under `__metadata__` |
//! | rest | the tensors' elements, row by row, without gaps |
//!
//! <https://github.com/huggingface/safetensors#format>, whose checks are kept: nothing overlaps, nothing is left over.

use std::fmt;

use serde::{Deserialize, Deserializer, de};

use super::layers::{Layers, guess_role};
use crate::{
    DType, ModelBuilder, ModelError, ModelGraph, Result,
    graph::{Tensor, TensorData, contiguous_strides},
    source::Region,
};

/// The format's own limit.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Whether bytes begin as such a file does.
pub(super) fn is_likely(start: &[u8]) -> bool {
    start.get(8) == Some(&b'{')
}

pub(super) fn read(region: &Region) -> Result<ModelGraph> {
    let mut length = [0; 8];
    region.read_at("safetensors length", 0, &mut length)?;
    let length = u64::from_le_bytes(length);
    if length > MAX_HEADER_BYTES {
        return Err(region.malformed(
            "safetensors header",
            format!("at most {MAX_HEADER_BYTES} bytes"),
            length.to_string(),
        ));
    }
    let header = region.named_part("safetensors header", 8, length)?.read()?;
    let header: Header = serde_json::from_slice(&header).map_err(|source| ModelError::Json {
        part: "safetensors header".to_owned(),
        source,
        path: region.path().to_owned(),
    })?;
    let data_start = 8 + length;
    let data = region.named_part("safetensors data", data_start, region.len() - data_start)?;
    check_extents(&header, &data)?;

    let mut builder = ModelBuilder::new("");
    let mut layers = Layers::new(&builder);
    for (name, entry) in header.tensors {
        let dtype = dtype(&entry.dtype).ok_or_else(|| {
            region.malformed(
                format!("tensor {name}"),
                "a known element type",
                format!("{:?}", entry.dtype),
            )
        })?;
        let [begin, end] = entry.data_offsets;
        let tensor = Tensor {
            role: guess_role(&name, dtype),
            module: layers.holder(&mut builder, &name),
            data: TensorData::Stored {
                region: data.named_part(&name, begin, end - begin)?,
                offset: 0,
                strides: contiguous_strides(&entry.shape),
            },
            name,
            dtype,
            shape: entry.shape,
            tied_to: None,
        };
        tensor.check()?;
        if tensor.size_bytes() != end - begin {
            return Err(region.malformed(
                format!("tensor {}", tensor.name),
                format!(
                    "{} bytes for {dtype} {:?}",
                    tensor.size_bytes(),
                    tensor.shape
                ),
                (end - begin).to_string(),
            ));
        }
        builder.push_tensor(tensor);
    }
    builder.graph().metadata = header.metadata;
    Ok(builder.build())
}

fn check_extents(header: &Header, data: &Region) -> Result<()> {
    let mut extents: Vec<(&str, [u64; 2])> = header
        .tensors
        .iter()
        .map(|(name, entry)| (name.as_str(), entry.data_offsets))
        .collect();
    extents.sort_by_key(|(_, extent)| *extent);
    let mut reached = 0;
    for (name, [begin, end]) in extents {
        if end > data.len() {
            return Err(ModelError::TensorExtent {
                tensor: name.to_owned(),
                start: begin.into(),
                end: end.into(),
                available: data.len(),
                path: data.path().to_owned(),
            });
        }
        if begin != reached || end < begin {
            return Err(data.malformed(
                format!("tensor {name}"),
                format!("bytes from {reached} on"),
                format!("{begin}..{end}"),
            ));
        }
        reached = end;
    }
    if reached == data.len() {
        return Ok(());
    }
    Err(data.malformed(
        "safetensors data",
        format!("{reached} bytes"),
        data.len().to_string(),
    ))
}

fn dtype(name: &str) -> Option<DType> {
    Some(match name {
        "BOOL" => DType::Bool,
        "U8" => DType::U8,
        "U16" => DType::U16,
        "U32" => DType::U32,
        "U64" => DType::U64,
        "I8" => DType::I8,
        "I16" => DType::I16,
        "I32" => DType::I32,
        "I64" => DType::I64,
        "F4" => DType::F4E2M1,
        "F8_E4M3" => DType::F8E4M3FN,
        "F8_E4M3FNUZ" => DType::F8E4M3FNUZ,
        "F8_E5M2" => DType::F8E5M2,
        "F8_E5M2FNUZ" => DType::F8E5M2FNUZ,
        "F8_E8M0" => DType::F8E8M0,
        "F16" => DType::F16,
        "BF16" => DType::BF16,
        "F32" => DType::F32,
        "F64" => DType::F64,
        "C64" => DType::Complex64,
        _ => return None,
    })
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// The header in the order of the file, each name once.
struct Header {
    tensors: Vec<(String, Entry)>,
    metadata: Vec<(String, String)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Header;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of tensors")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header {
                    tensors: Vec::new(),
                    metadata: Vec::new(),
                };
                let mut names = std::collections::HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    if !names.insert(name.clone()) {
                        return Err(de::Error::custom(format!("{name:?} is there twice")));
                    }
                    if name == "__metadata__" {
                        let texts: std::collections::BTreeMap<String, String> = map.next_value()?;
                        header.metadata = texts.into_iter().collect();
                    } else {
                        header.tensors.push((name, map.next_value()?));
                    }
                }
                Ok(header)
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

//! `application/x-glassboard-columns`: numbers as they lie in memory, behind a JSON header.
//!
//! | bytes | content |
//! |---|---|
//! | 0–3 | the letters `GBC1` |
//! | 4–7 | length J of the header, u32 |
//! | 8 to 8+J | the header: UTF-8 JSON ([`ScalarHeader`]), padded with spaces so that 8+J is a multiple of 8 |
//! | from 8+J | the columns; each begins at [`ColumnRef::offset`] from here, a multiple of 8 |
//!
//! All numbers are little-endian.

use std::collections::BTreeMap;

use glassboard_store::Columns;

use crate::error::Failure;
use crate::wire::{ColumnRef, ColumnSet, Dtype, ScalarHeader};

/// The content type.
pub const CONTENT_TYPE: &str = "application/x-glassboard-columns";

/// The first four bytes.
pub const MAGIC: [u8; 4] = *b"GBC1";

/// The binary part while it is put together.
#[derive(Default)]
pub(crate) struct ColumnWriter {
    bytes: Vec<u8>,
}

impl ColumnWriter {
    /// Appends the columns of some points and says where they lie.
    pub(crate) fn add(&mut self, points: &Columns) -> ColumnSet {
        let mut columns = BTreeMap::from([
            ("x".to_owned(), self.column(points.x.iter().copied())),
            // Steps beyond 2^53 lose their last digits here, as they do in JavaScript anyway.
            (
                "step".to_owned(),
                self.column(points.step.iter().map(|&step| step as f64)),
            ),
            (
                "wall".to_owned(),
                self.column(points.wall_time_secs.iter().copied()),
            ),
            (
                "value".to_owned(),
                self.column(points.value.iter().copied()),
            ),
        ]);
        if let Some(smoothed) = &points.smoothed {
            columns.insert("smooth".to_owned(), self.column(smoothed.iter().copied()));
        }
        ColumnSet {
            count: points.x.len() as u32,
            columns,
        }
    }

    fn column(&mut self, values: impl ExactSizeIterator<Item = f64>) -> ColumnRef {
        let offset = self.bytes.len() as u64;
        self.bytes.reserve(values.len() * size_of::<f64>());
        for value in values {
            self.bytes.extend_from_slice(&value.to_le_bytes());
        }
        ColumnRef {
            dtype: Dtype::F64,
            offset,
        }
    }

    /// The whole answer.
    pub(crate) fn finish(self, header: &ScalarHeader) -> Result<Vec<u8>, Failure> {
        let mut json =
            serde_json::to_vec(header).map_err(|error| Failure::internal(error.to_string()))?;
        json.resize(json.len().next_multiple_of(8), b' ');
        let length = u32::try_from(json.len())
            .map_err(|_| Failure::too_large("too many series for one answer; ask for fewer"))?;
        let mut answer = Vec::with_capacity(8 + json.len() + self.bytes.len());
        answer.extend_from_slice(&MAGIC);
        answer.extend_from_slice(&length.to_le_bytes());
        answer.append(&mut json);
        answer.extend_from_slice(&self.bytes);
        Ok(answer)
    }
}

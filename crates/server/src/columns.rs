//! `application/x-glassboard-columns`: numbers as they lie in memory, behind a JSON header.
//!
//! | bytes | content |
//! |---|---|
//! | 0–3 | the letters `GBC1` |
//! | 4–7 | length J of the header, u32 |
//! | 8 to 8+J | the header: UTF-8 JSON, padded with spaces so that 8+J is a multiple of 8 |
//! | from 8+J | the columns; each begins at [`ColumnRef::offset`] from here, a multiple of 8; two names may share one |
//!
//! All numbers are little-endian.

use std::collections::BTreeMap;

use glassboard_store::Columns;
use serde::Serialize;

use crate::error::Failure;
use crate::wire::{ColumnRef, ColumnSet, Dtype, XAxis};

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
    /// Appends the columns of some points and says where they lie. The axis that is the step or the wall time is not
    /// written twice.
    pub(crate) fn add(&mut self, points: &Columns, axis: &XAxis) -> ColumnSet {
        // Steps beyond 2^53 lose their last digits here, as they do in JavaScript anyway.
        let steps: Vec<f64> = points.step.iter().map(|&step| step as f64).collect();
        let step = self.column(&steps);
        let wall = self.column(&points.wall_time_secs);
        let x = match axis {
            XAxis::Step => step,
            XAxis::Wall => wall,
            XAxis::Relative | XAxis::Tag { .. } => self.column(&points.x),
        };
        let value = self.column(&points.value);
        let mut columns = BTreeMap::from([
            ("x".to_owned(), x),
            ("step".to_owned(), step),
            ("wall".to_owned(), wall),
            ("value".to_owned(), value),
        ]);
        if let Some(smoothed) = &points.smoothed {
            columns.insert("smooth".to_owned(), self.column(smoothed));
        }
        ColumnSet {
            count: points.step.len() as u32,
            columns,
        }
    }

    /// Appends a column in the narrowest type that holds each of its numbers exactly: most values were logged in
    /// single precision, and most steps are small.
    pub(crate) fn column(&mut self, values: &[f64]) -> ColumnRef {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let offset = self.bytes.len() as u64;
        let single = |&value: &f64| value.is_nan() || f64::from(value as f32) == value;
        let dtype = if values.iter().all(single) {
            let bytes = values
                .iter()
                .flat_map(|&value| (value as f32).to_le_bytes());
            self.bytes.extend(bytes);
            Dtype::F32
        } else {
            let bytes = values.iter().flat_map(|value| value.to_le_bytes());
            self.bytes.extend(bytes);
            Dtype::F64
        };
        ColumnRef { dtype, offset }
    }

    /// The whole answer.
    pub(crate) fn finish(self, header: &impl Serialize) -> Result<Vec<u8>, Failure> {
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

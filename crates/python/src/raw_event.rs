//! Ready-made protobuf messages as events.
//!
//! They are put into their event byte by byte, so that fields we do not know are kept. A field that is written twice
//! has its last value.

use std::time::{SystemTime, UNIX_EPOCH};

use glassboard_events::frame::append_frame_with;
use glassboard_writer::At;
use prost::encoding::{WireType, encode_key, encode_varint};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::invalid_input;

/// Fields of `Event`.
const WALL_TIME: u32 = 1;
const STEP: u32 = 2;
const GRAPH_DEF: u32 = 4;
const SUMMARY: u32 = 5;
const TAGGED_RUN_METADATA: u32 = 8;
/// Fields of `TaggedRunMetadata`.
const TAG: u32 = 1;
const RUN_METADATA: u32 = 2;
/// The tag under which the reference writes what belongs to a graph.
const GRAPH_METADATA_TAG: &str = "step1";

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(frame, module)?)
}

/// A record with its length and checksums.
#[pyfunction]
fn frame<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
    let mut frame = Vec::with_capacity(data.len() + 16);
    append_frame_with(&mut frame, |out| out.extend_from_slice(data))
        .map_err(|error| invalid_input(py, format!("data: {error}")))?;
    Ok(PyBytes::new(py, &frame))
}

/// An event with another time and, if there is one, another step.
pub(crate) fn event(event: &[u8], at: At) -> Vec<u8> {
    let mut out = event.to_vec();
    push_when(&mut out, at);
    out
}

/// The event of a summary.
pub(crate) fn summary(summary: &[u8], at: At) -> Vec<u8> {
    let mut out = Vec::with_capacity(summary.len() + 32);
    push_when(&mut out, at);
    push_bytes(&mut out, SUMMARY, summary);
    out
}

/// The event of a graph.
pub(crate) fn graph(graph_def: &[u8], at: At) -> Vec<u8> {
    let mut out = Vec::with_capacity(graph_def.len() + 32);
    push_when(&mut out, at);
    push_bytes(&mut out, GRAPH_DEF, graph_def);
    out
}

/// The event of what was measured of a graph.
pub(crate) fn graph_metadata(run_metadata: &[u8], at: At) -> Vec<u8> {
    let mut tagged = Vec::new();
    push_bytes(&mut tagged, TAG, GRAPH_METADATA_TAG.as_bytes());
    push_bytes(&mut tagged, RUN_METADATA, run_metadata);
    let mut out = Vec::new();
    push_when(&mut out, at);
    push_bytes(&mut out, TAGGED_RUN_METADATA, &tagged);
    out
}

/// Where in the training the event belongs, now if that says no time.
fn push_when(out: &mut Vec<u8>, at: At) {
    let wall_time_secs = at.wall_time_secs.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.unwrap_or_default().as_secs_f64()
    });
    encode_key(WALL_TIME, WireType::SixtyFourBit, out);
    out.extend_from_slice(&wall_time_secs.to_le_bytes());
    if let Some(step) = at.step {
        encode_key(STEP, WireType::Varint, out);
        encode_varint(step.cast_unsigned(), out);
    }
}

fn push_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    encode_key(field, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

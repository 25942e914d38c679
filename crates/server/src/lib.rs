//! The HTTP API, the live stream and the embedded page of Glassboard.

pub mod wire;

//! Models whose bytes are somewhere else than in a file.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::{io, path::Path, sync::Arc};

use glassboard_model::{ModelError, ReadAt, read, read_from};

/// Gives a few bytes at a time, and ends where it is told to.
#[derive(Debug)]
struct Slow(Vec<u8>);

impl ReadAt for Slow {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(1000);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

#[test]
fn a_model_is_the_same_wherever_its_bytes_are() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/summary/net.pt2");
    let bytes = std::fs::read(&path).unwrap();
    let len = bytes.len() as u64;
    let there = read_from("net.pt2", len, Arc::new(Slow(bytes.clone()))).unwrap();
    let here = read(&path).unwrap();
    assert_eq!(there.nodes, here.nodes);
    assert_eq!(there.modules, here.modules);
    assert_eq!(
        there.tensors[0].read().unwrap(),
        here.tensors[0].read().unwrap()
    );

    // It has become shorter since its length was asked for.
    let cut = bytes[..bytes.len() / 2].to_vec();
    let error = read_from("net.pt2", len, Arc::new(Slow(cut))).unwrap_err();
    assert!(matches!(error, ModelError::Io { .. }), "{error}");
}

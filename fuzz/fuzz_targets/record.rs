//! See [`glassboard_fuzz::record`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| glassboard_fuzz::record(data));

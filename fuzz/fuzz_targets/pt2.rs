//! See [`glassboard_fuzz::pt2`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| glassboard_fuzz::pt2(data));

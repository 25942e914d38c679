//! See [`glassboard_fuzz::trace`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| glassboard_fuzz::trace(data));

//! See [`glassboard_fuzz::event`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| glassboard_fuzz::event(data));

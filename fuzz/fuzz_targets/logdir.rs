//! See [`glassboard_fuzz::logdir`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| glassboard_fuzz::logdir(data));

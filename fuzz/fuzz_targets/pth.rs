//! See [`glassboard_fuzz::pth`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| glassboard_fuzz::pth(data));

//! The `glassboard` command.
fn main() {}

//! `cargo xtask proto` and `cargo xtask openapi`: write the committed generated files anew.
//!
//! Each file has a test that compares it with its source; with the variable set, the test writes it first.

use crate::{
    setup,
    shell::{cargo, run},
};

/// The Rust code of `proto/`.
pub(crate) fn proto() -> anyhow::Result<()> {
    let test = [
        "test",
        "--package",
        "glassboard-events",
        "--test",
        "generated",
    ];
    run(cargo().args(test).env("UPDATE_PROTO", "1"))
}

/// The description of the HTTP API, and the page's types made from it.
pub(crate) fn openapi() -> anyhow::Result<()> {
    setup::web_packages()?;
    let test = [
        "test",
        "--package",
        "glassboard-server",
        "--test",
        "openapi",
    ];
    run(cargo().args(test).env("UPDATE_OPENAPI", "1"))?;
    run(setup::npm().args(["run", "types"]))
}

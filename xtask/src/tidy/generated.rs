//! Committed files that a program writes are what that program writes today.
//!
//! The protobuf code and the API's description have tests beside their crates for that; here are the page's types.

use crate::{setup, shell};
use anyhow::{Context, ensure};
use std::fs;

/// Fails when the page's types are not those of the API's description.
pub(crate) fn check() -> anyhow::Result<()> {
    setup::web_packages()?;
    let path = shell::root().join("web/src/lib/api/types.ts");
    let committed = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    shell::output(setup::npm().args(["run", "--silent", "types"]))?;
    let fresh = fs::read_to_string(&path)?;
    if fresh != committed {
        // A check changes nothing.
        fs::write(&path, &committed)?;
    }
    ensure!(
        fresh == committed,
        "web/src/lib/api/types.ts is not what web/openapi.json says: run `cargo xtask openapi`"
    );
    Ok(())
}

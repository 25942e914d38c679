//! The committed OpenAPI document is the one of the code.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::{env, fs, path::Path};

#[test]
fn the_committed_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    let current = glassboard_server::openapi_json().unwrap();
    if env::var_os("UPDATE_OPENAPI").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed == current,
        "web/openapi.json is out of date; run `UPDATE_OPENAPI=1 cargo test -p glassboard-server --test openapi`"
    );
}

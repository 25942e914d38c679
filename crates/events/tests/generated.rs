//! The committed message types are those that `proto/` describes.
//!
//! They are committed, so that users of the crate need neither a protobuf compiler
//! nor its build time. `UPDATE_PROTO=1` (what `cargo xtask proto` sets) writes them anew.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::path::Path;

#[test]
fn generated_messages_are_current() {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let proto = crate_dir.join("../../proto");
    let files = [
        "tensorboard/event.proto",
        "tensorboard/graph.proto",
        "plugins/plugins.proto",
        "plugins/custom_scalar.proto",
        "plugins/hparams.proto",
    ];
    let descriptors = protox::compile(files, [&proto]).expect("the .proto files compile");
    let out = tempfile::tempdir().expect("a temporary folder");
    prost_build::Config::new()
        .out_dir(out.path())
        .btree_map(["."])
        .compile_fds(descriptors)
        .expect("code is generated");
    for name in ["tensorboard", "plugins", "custom_scalar", "hparams"] {
        let fresh = std::fs::read_to_string(out.path().join(format!("{name}.rs"))).unwrap();
        let committed = crate_dir.join(format!("src/proto/{name}.rs"));
        if std::env::var_os("UPDATE_PROTO").is_some() {
            std::fs::write(&committed, &fresh).unwrap();
        }
        let have = std::fs::read_to_string(&committed).unwrap_or_default();
        assert!(
            have == fresh,
            "{} is not what proto/ describes: run `cargo xtask proto`",
            committed.display()
        );
    }
}

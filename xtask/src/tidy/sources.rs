//! Rules about single files: what may be named in them, where files are touched, where wire formats live.

use crate::shell::{command, files_below, output, root};
use anyhow::Context;
use std::{fs, path::Path};

/// Past this a file is looked at for a second idea; not an error, a list.
const LONG_FILE_LINES: usize = 600;

/// What belongs to one machine or one registry, and so to no file of the project. Split so that this file passes.
const FORBIDDEN: [&str; 9] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("debian", ".org"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
];

/// Where a rule is broken, a line each.
pub(crate) fn problems() -> anyhow::Result<Vec<String>> {
    let root = root();
    let mut problems = Vec::new();
    let tracked = output(command("git").args(["ls-files"]))?;
    for name in tracked.lines() {
        let path = root.join(name);
        // Binary files, and links to files that are gone, hold no text to check.
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        check_words(name, &text, &mut problems);
        if Path::new(name)
            .extension()
            .is_some_and(|ending| ending == "rs")
        {
            check_rust(name, &text, &mut problems);
        }
        let handwritten = [".rs", ".ts", ".svelte", ".mjs", ".py"]
            .iter()
            .any(|ending| name.ends_with(ending));
        if handwritten && !is_generated(&text) && text.lines().count() > LONG_FILE_LINES {
            eprintln!(
                "{name}: {} lines; is there a second idea in it?",
                text.lines().count()
            );
        }
    }
    for needed in [
        "Cargo.lock",
        "web/package-lock.json",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ] {
        if !root.join(needed).is_file() {
            problems.push(format!("{needed}: missing"));
        }
    }
    check_crates(&root, &mut problems)?;
    Ok(problems)
}

fn check_words(name: &str, text: &str, problems: &mut Vec<String>) {
    // Cargo writes its registry into its own lock file.
    if name.ends_with("Cargo.lock") {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        for word in FORBIDDEN.iter().filter(|word| line.contains(*word)) {
            problems.push(format!("{name}:{}: names `{word}`", number + 1));
        }
    }
}

fn check_rust(name: &str, text: &str, problems: &mut Vec<String>) {
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    // Invariant: the store reaches files only through its `Logdir` trait.
    let in_store = name.starts_with("crates/store/src/") && !name.contains("tests");
    if in_store && !name.contains("local") && has(&["std::fs", "fs::File", "fs::read"]) {
        problems.push(format!(
            "{name}: touches files; only the local disk's Logdir may"
        ));
    }
    // Invariant: wire types live in the server, printed ones in the command; a reader may describe its file's JSON.
    let ours = name.starts_with("crates/")
        && !name.starts_with("crates/server/")
        && !name.starts_with("crates/cli/")
        && !name.starts_with("crates/model/src/read/");
    if ours
        && has(&[
            "derive(Serialize",
            "derive(Deserialize",
            ", Serialize",
            "serde::Serialize",
            "ToSchema",
        ])
    {
        problems.push(format!(
            "{name}: derives a wire format; wire types live in crates/server"
        ));
    }
}

fn check_crates(root: &Path, problems: &mut Vec<String>) -> anyhow::Result<()> {
    for manifest in files_below(&root.join("crates"), &["Cargo.toml"]) {
        let folder = manifest.parent().context("a manifest is in a folder")?;
        let lib = [folder.join("src/lib.rs"), folder.join("src/main.rs")]
            .into_iter()
            .find(|path| path.is_file());
        let Some(lib) = lib else { continue };
        if !fs::read_to_string(&lib)?.starts_with("//! ") {
            problems.push(format!(
                "{}: opens without saying what the crate does",
                lib.display()
            ));
        }
        let text = fs::read_to_string(&manifest)?;
        if !text.contains("[lints]\nworkspace = true") {
            problems.push(format!(
                "{}: does not take the workspace's lints",
                manifest.display()
            ));
        }
        if !text.contains("license.workspace = true") {
            problems.push(format!(
                "{}: does not take the workspace's licence",
                manifest.display()
            ));
        }
    }
    Ok(())
}

fn is_generated(text: &str) -> bool {
    text.lines()
        .take(5)
        .any(|line| line.contains("@generated") || line.contains("auto-generated"))
}

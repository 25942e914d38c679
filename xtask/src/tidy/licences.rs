//! Every dependency's licence against the list in `deny.toml`.
//!
//! `cargo deny` checks more (advisories, duplicates) and is used where it is installed; the licences themselves are
//! checked here always, so that no one has to build it first.

use crate::shell::{cargo, output, root, run, succeeds};
use anyhow::Context;
use std::{collections::BTreeSet, fs};

/// Packages that are built in, on any system, and whose licence is not in the list: a line each.
pub(crate) fn problems() -> anyhow::Result<Vec<String>> {
    if succeeds(cargo().args(["deny", "--version"])) {
        run(cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    }
    let path = root().join("deny.toml");
    let deny = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let allowed = allowed(&deny).context("deny.toml has no list `allow = [` of licences")?;
    let edges = [
        "--edges=normal,build",
        "--target=all",
        "--prefix=none",
        "--format={p}|{l}",
    ];
    let tree = output(
        cargo()
            .args(["tree", "--locked", "--workspace"])
            .args(edges),
    )?;
    let mut packages: Vec<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    packages.sort_unstable();
    packages.dedup();
    let mut problems = Vec::new();
    for package in packages {
        match package.split_once('|') {
            Some((_, licence)) if permits(licence, &allowed) => {}
            Some((name, "")) => problems.push(format!("{name}: names no licence")),
            Some((name, licence)) => {
                problems.push(format!("{name}: licence {licence} is not in deny.toml"));
            }
            // Between the trees of two workspace members.
            None => {}
        }
    }
    Ok(problems)
}

/// The strings of the first `allow` list.
fn allowed(deny: &str) -> Option<BTreeSet<&str>> {
    let (_, list) = deny.split_once("\nallow = [")?;
    let (list, _) = list.split_once("\n]")?;
    Some(list.split('"').skip(1).step_by(2).collect())
}

/// Whether an SPDX expression can be satisfied with the allowed licences alone. `AND` binds tighter than `OR`.
fn permits(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    // Old manifests write `MIT/Apache-2.0` for `OR`.
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let permitted = any_of(&tokens, &mut at, allowed);
    permitted && at == tokens.len()
}

fn any_of(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut permitted = all_of(tokens, at, allowed);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        permitted |= all_of(tokens, at, allowed);
    }
    permitted
}

fn all_of(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut permitted = one(tokens, at, allowed);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        permitted &= one(tokens, at, allowed);
    }
    permitted
}

fn one(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let Some(token) = tokens.get(*at) else {
        return false;
    };
    *at += 1;
    if *token == "(" {
        let permitted = any_of(tokens, at, allowed);
        let closed = tokens.get(*at) == Some(&")");
        *at += 1;
        return permitted && closed;
    }
    // An exception only gives more rights.
    if tokens.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    allowed.contains(token)
}

#[cfg(test)]
mod tests {
    use super::{allowed, permits};
    use std::collections::BTreeSet;

    #[test]
    fn expressions_are_read_as_spdx_reads_them() {
        let allowed = BTreeSet::from(["MIT", "Apache-2.0"]);
        let permits = |expression| permits(expression, &allowed);
        assert!(permits("MIT"));
        assert!(permits("GPL-3.0 OR MIT"));
        assert!(permits("MIT/Unlicense"));
        assert!(permits("Apache-2.0 WITH LLVM-exception"));
        assert!(permits("(GPL-2.0 OR MIT) AND Apache-2.0"));
        assert!(!permits("MIT AND GPL-3.0"));
        assert!(!permits("GPL-3.0 OR MIT AND Zlib"));
        assert!(!permits("(MIT"));
        assert!(!permits(""));
    }

    #[test]
    fn the_list_is_found() {
        let deny = "[licenses]\nallow = [\n  \"MIT\", # ours\n  \"Zlib\",\n]\n";
        assert_eq!(allowed(deny), Some(BTreeSet::from(["MIT", "Zlib"])));
    }
}

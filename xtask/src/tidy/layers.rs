//! Who may know whom among the crates, from `cargo metadata`.

use crate::shell::{cargo, output};
use anyhow::Context;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The crates of ours that each crate may use. A crate that is not listed may not exist.
const MAY_USE: &[(&str, &[&str])] = &[
    ("glassboard-events", &[]),
    (
        "glassboard-explain",
        &["glassboard-media", "glassboard-model"],
    ),
    ("glassboard-media", &[]),
    ("glassboard-metrics", &[]),
    ("glassboard-model", &[]),
    ("glassboard-plot", &["glassboard-metrics"]),
    ("glassboard-projection", &[]),
    ("glassboard-trace", &[]),
    (
        "glassboard-writer",
        &[
            "glassboard-events",
            "glassboard-media",
            "glassboard-metrics",
            "glassboard-model",
        ],
    ),
    ("glassboard-store", &["glassboard-events"]),
    (
        "glassboard-server",
        &[
            "glassboard-store",
            "glassboard-events",
            "glassboard-explain",
            "glassboard-media",
            "glassboard-metrics",
            "glassboard-model",
            "glassboard-projection",
            "glassboard-trace",
        ],
    ),
    (
        "glassboard",
        &[
            "glassboard-writer",
            "glassboard-store",
            "glassboard-media",
            "glassboard-metrics",
            "glassboard-model",
            "glassboard-explain",
            "glassboard-projection",
            "glassboard-events",
        ],
    ),
    (
        "glassboard-demo",
        &[
            "glassboard",
            "glassboard-writer",
            "glassboard-events",
            "glassboard-media",
        ],
    ),
    (
        "glassboard-cli",
        &[
            "glassboard-demo",
            "glassboard-explain",
            "glassboard-media",
            "glassboard-server",
            "glassboard-metrics",
            "glassboard-model",
            "glassboard-plot",
            "glassboard-store",
            "glassboard-writer",
            "glassboard-events",
        ],
    ),
    ("xtask", &[]),
    // Ours, but built apart: see fuzz/Cargo.toml.
    (
        "glassboard-fuzz",
        &[
            "glassboard-events",
            "glassboard-model",
            "glassboard-store",
            "glassboard-trace",
        ],
    ),
    (
        "glassboard-python",
        &[
            "glassboard-cli",
            "glassboard-events",
            "glassboard-explain",
            "glassboard-media",
            "glassboard-metrics",
            "glassboard-model",
            "glassboard-plot",
            "glassboard-projection",
            "glassboard-store",
            "glassboard-writer",
        ],
    ),
];

/// What a crate's users must never have to compile.
const MUST_NOT_REACH: &[(&str, &[&str])] = &[
    ("glassboard-events", HEAVY),
    ("glassboard-media", HEAVY),
    ("glassboard-writer", HEAVY),
    ("glassboard-store", HEAVY),
    ("glassboard-metrics", HEAVY),
    ("glassboard-model", HEAVY),
    ("glassboard-plot", HEAVY),
    ("glassboard-projection", HEAVY),
    ("glassboard-trace", HEAVY),
    ("glassboard", HEAVY),
];
const HEAVY: &[&str] = &[
    "axum",
    "hyper",
    "tokio",
    "burn",
    "burn-core",
    "rust-embed",
    "utoipa",
];

/// The only crates that may name a heavy dependency directly.
const HEAVY_ALLOWED: [(&str, &[&str]); 3] = [
    // The facade only with its feature `burn`.
    (
        "burn",
        &["glassboard", "glassboard-demo", "glassboard-explain"],
    ),
    ("axum", &["glassboard-server"]),
    ("tokio", &["glassboard-server", "glassboard-cli"]),
];

/// The workspace and everything it builds on.
pub(crate) struct Graph {
    metadata: Value,
}

impl Graph {
    /// Asks cargo; the network is not needed once the packages are there.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let json =
            output(cargo().args(["metadata", "--format-version=1", "--locked", "--no-deps"]))?;
        Ok(Self {
            metadata: serde_json::from_str(&json)?,
        })
    }

    /// Every package, ours and others'.
    fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().into_iter().flatten()
    }

    /// The packages of this workspace.
    fn ours(&self) -> impl Iterator<Item = &Value> {
        self.packages()
            .filter(|package| package["source"].is_null())
    }

    /// Where a rule is broken, a line each.
    pub(crate) fn problems(&self) -> anyhow::Result<Vec<String>> {
        let may_use: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
        let names: BTreeSet<&str> = self.ours().map(name).collect();
        let mut problems = Vec::new();
        for package in self.ours() {
            let name = name(package);
            let Some(allowed) = may_use.get(name) else {
                problems.push(format!(
                    "{name}: a crate without a place in xtask/src/tidy/layers.rs"
                ));
                continue;
            };
            for dependency in package["dependencies"].as_array().into_iter().flatten() {
                let used = dependency["name"].as_str().unwrap_or_default();
                // Tests and examples may look at a crate from any side.
                if dependency["kind"] == "dev" {
                    continue;
                }
                if names.contains(used) && !allowed.contains(&used) {
                    problems.push(format!("{name} must not use {used}"));
                }
                for (heavy, users) in HEAVY_ALLOWED {
                    if used == heavy && !users.contains(&name) {
                        problems.push(format!(
                            "{name} must not use {heavy}: only {} may",
                            users.join(" and ")
                        ));
                    }
                }
            }
        }
        for (name, heavy) in MUST_NOT_REACH {
            let tree = output(cargo().args([
                "tree",
                "--locked",
                "--package",
                name,
                "--edges=normal,build",
                "--prefix=none",
                "--format={p}",
            ]))
            .with_context(|| format!("the dependencies of {name}"))?;
            let reached: BTreeSet<&str> = tree
                .lines()
                .filter_map(|line| line.split(' ').next())
                .collect();
            for heavy in heavy.iter().filter(|heavy| reached.contains(**heavy)) {
                problems.push(format!("whoever uses {name} compiles {heavy}"));
            }
        }
        Ok(problems)
    }
}

/// The name of a package in cargo's metadata.
fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}

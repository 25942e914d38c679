//! Names of classes.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value as Json;

/// Names by class number; empty if none were given.
#[derive(Debug, Default)]
pub(super) struct Labels(Vec<String>);

impl Labels {
    /// Reads a line for each class, a JSON list of names, or ImageNet's index: an object that has, under each
    /// number, a name, or an identifier and a name.
    pub(super) fn read(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let is_json = text.trim_start().starts_with(['[', '{']);
        if !is_json {
            return Ok(Self(text.lines().map(str::to_owned).collect()));
        }
        let json: Json = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
        let name = |json: &Json| match json {
            Json::String(name) => Some(name.clone()),
            Json::Array(parts) => parts.last()?.as_str().map(str::to_owned),
            _ => None,
        };
        let names: Option<Vec<String>> = match &json {
            Json::Array(names) => names.iter().map(name).collect(),
            Json::Object(names) => (0..names.len())
                .map(|class| names.get(&class.to_string()).and_then(name))
                .collect(),
            _ => None,
        };
        let Some(names) = names else {
            bail!(
                "expected a name for each class, numbered from 0: {}",
                path.display()
            );
        };
        Ok(Self(names))
    }

    /// The name of a class, or its number.
    pub(super) fn name(&self, class: usize) -> String {
        match self.0.get(class) {
            Some(name) => name.clone(),
            None => format!("class {class}"),
        }
    }

    /// The number of a class that is given by its number or name.
    pub(super) fn class(&self, text: &str) -> Result<usize> {
        if let Ok(class) = text.parse() {
            return Ok(class);
        }
        let is_it = |name: &String| name.eq_ignore_ascii_case(text);
        if let Some(class) = self.0.iter().position(is_it) {
            return Ok(class);
        }
        if self.0.is_empty() {
            bail!("expected the number of a class, got {text:?}; names need --labels");
        }
        let nearest = self
            .0
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, text).total_cmp(&strsim::jaro_winkler(b, text)))
            .map_or("", String::as_str);
        bail!("no class {text:?}; did you mean {nearest:?}?")
    }
}

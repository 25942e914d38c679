//! Names of classes.

use glassboard_model::ModelGraph;
use serde_json::Value as Json;

use super::CLASSES_KEY;
use crate::{ExplainError, Result};

/// Names by class number; empty if none were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(Vec<String>);

impl Labels {
    /// Reads a line for each class, a JSON list of names, or `ImageNet`'s index: an object that has, under each
    /// number, a name, or an identifier and a name.
    ///
    /// # Errors
    /// [`ExplainError::NotLabels`].
    pub fn parse(text: &str) -> Result<Self> {
        if !text.trim_start().starts_with(['[', '{']) {
            return Ok(Self(text.lines().map(str::to_owned).collect()));
        }
        let json: Json = serde_json::from_str(text).map_err(|_| ExplainError::NotLabels)?;
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
        names.map(Self).ok_or(ExplainError::NotLabels)
    }

    /// The names that a model's file holds ([`CLASSES_KEY`]).
    pub fn of_model(graph: &ModelGraph) -> Self {
        let text = graph.metadata.iter().find(|(name, _)| name == CLASSES_KEY);
        Self(text.map_or_else(Vec::new, |(_, text)| {
            text.lines().map(str::to_owned).collect()
        }))
    }

    /// The names, by number.
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The name of a class, or its number.
    pub fn name(&self, class: usize) -> String {
        match self.0.get(class) {
            Some(name) => name.clone(),
            None => format!("class {class}"),
        }
    }

    /// The number of a class that is given by its number or name.
    ///
    /// # Errors
    /// [`ExplainError::NoLabels`], [`ExplainError::UnknownClass`].
    pub fn class(&self, text: &str) -> Result<usize> {
        if let Ok(class) = text.parse() {
            return Ok(class);
        }
        let is_it = |name: &String| name.eq_ignore_ascii_case(text);
        if let Some(class) = self.0.iter().position(is_it) {
            return Ok(class);
        }
        let alike = |name: &String| strsim::jaro_winkler(name, text);
        let nearest = self
            .0
            .iter()
            .max_by(|a, b| alike(a).total_cmp(&alike(b)))
            .ok_or_else(|| ExplainError::NoLabels {
                got: text.to_owned(),
            })?;
        Err(ExplainError::UnknownClass {
            got: text.to_owned(),
            nearest: vec![nearest.clone()],
        })
    }
}

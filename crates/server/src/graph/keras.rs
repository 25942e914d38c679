//! Keras models as JSON (`Model.to_json`): the layers and what they take from one another.
//!
//! Keras 2 tells the connections of a functional model as `inbound_nodes: [[["dense", 0, 0, {}], …]]`, Keras 3 by
//! `keras_history: ["dense", 0, 0]` within the arguments. A model may be a layer of another one.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::build::{Builder, input};
use super::{From, Graph, Input, setting};
use crate::wire::{GraphKind, GraphNodeKind, GraphNoticeKind};

/// Reads the JSON of a model.
///
/// # Errors
/// A sentence that says what was expected and what came.
pub(crate) fn read(json: &[u8]) -> Result<Graph, String> {
    let model: Json = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    let Some(config) = model.get("config").filter(|config| !config.is_null()) else {
        return Err("expected the JSON of a Keras model with a `config`, got none".to_owned());
    };
    let mut walk = Walk {
        builder: Builder::new(GraphKind::Layers),
        without_layers: Vec::new(),
    };
    let title = text(config, "name").or_else(|| text(&model, "class_name"));
    walk.builder.set_title(title.unwrap_or_default());
    for name in ["class_name", "keras_version", "backend"] {
        if let Some(text) = text(&model, name) {
            walk.builder.add_metadata(setting(name, text));
        }
    }
    walk.model(&model, None);
    if !walk.without_layers.is_empty() {
        let count = walk.without_layers.len() as u64;
        let what = "layers without a name or class:";
        walk.builder.notice(
            GraphNoticeKind::Unreadable,
            count,
            what,
            walk.without_layers,
        );
    }
    Ok(walk.builder.finish())
}

struct Walk {
    builder: Builder,
    without_layers: Vec<String>,
}

/// What stands for a layer to those that take its result: what makes it, and what takes its input.
#[derive(Clone, Default)]
struct Ends {
    makes: Vec<u32>,
    takes: Vec<u32>,
}

impl Walk {
    /// Adds the layers of a model and says where it begins and ends.
    fn model(&mut self, model: &Json, group: Option<u32>) -> Ends {
        let config = model.get("config").unwrap_or(&Json::Null);
        // A sequential model of old files is the list itself.
        let layers = config.get("layers").unwrap_or(config);
        let layers = layers.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_functional = layers.iter().any(|layer| {
            layer
                .get("inbound_nodes")
                .and_then(Json::as_array)
                .is_some_and(|nodes| !nodes.is_empty())
        });
        let mut by_name: HashMap<&str, Ends> = HashMap::new();
        let mut first: Option<Ends> = None;
        let mut last = Ends::default();
        for layer in layers {
            let name = text(layer, "name").or_else(|| text(layer.get("config")?, "name"));
            let class_name = text(layer, "class_name");
            let (Some(name), Some(class_name)) = (name, class_name) else {
                self.without_layers.push(shown(layer));
                continue;
            };
            let ends = self.layer(layer, name, class_name, group);
            if !is_functional {
                self.connect(&ends, &last.makes);
            }
            first.get_or_insert_with(|| ends.clone());
            last = ends.clone();
            by_name.insert(name, ends);
        }
        if !is_functional {
            let takes = first.map(|first| first.takes).unwrap_or_default();
            return Ends {
                makes: last.makes,
                takes,
            };
        }
        for layer in layers {
            let name = text(layer, "name").or_else(|| text(layer.get("config")?, "name"));
            let Some(ends) = name.and_then(|name| by_name.get(name)).cloned() else {
                continue;
            };
            let mut sources = Vec::new();
            sources_of(layer.get("inbound_nodes"), &mut sources);
            for source in sources {
                match by_name.get(source.as_str()) {
                    Some(source) => self.connect(&ends, &source.makes.clone()),
                    None => self.miss(&ends, source),
                }
            }
        }
        let named = |key: &str| {
            let mut names = Vec::new();
            sources_of(config.get(key), &mut names);
            names
        };
        let all = |names: Vec<String>, side: fn(&Ends) -> &Vec<u32>| -> Vec<u32> {
            let ends = names.iter().filter_map(|name| by_name.get(name.as_str()));
            ends.flat_map(|ends| side(ends).iter().copied()).collect()
        };
        Ends {
            makes: all(named("output_layers"), |ends| &ends.makes),
            takes: all(named("input_layers"), |ends| &ends.takes),
        }
    }

    fn layer(&mut self, layer: &Json, name: &str, class_name: &str, group: Option<u32>) -> Ends {
        let config = layer.get("config").unwrap_or(&Json::Null);
        let has_layers = config.get("layers").is_some_and(Json::is_array);
        if has_layers && self.builder.may_nest(group) {
            let Some(inner) = self.builder.group(group, name, name, class_name) else {
                return Ends::default();
            };
            return self.model(layer, Some(inner));
        }
        let kind = if class_name == "InputLayer" {
            GraphNodeKind::Input
        } else {
            GraphNodeKind::Operation
        };
        let Some(number) = self.builder.add(group, name, kind, class_name) else {
            return Ends::default();
        };
        let dtype = match config.get("dtype") {
            Some(Json::String(dtype)) => Some(dtype.clone()),
            Some(policy) => policy
                .get("config")
                .and_then(|config| text(config, "name"))
                .map(str::to_owned),
            None => None,
        };
        let shape = ["batch_shape", "batch_input_shape"]
            .iter()
            .find_map(|key| config.get(key))
            .and_then(Json::as_array)
            .map(|sizes| super::shape_text(sizes.iter().map(size)));
        let output = self.builder.output(shape, dtype);
        if let Some(node) = self.builder.node_mut(number) {
            node.outputs = vec![output];
            let settings = config.as_object().into_iter().flat_map(Map::iter);
            node.attributes = settings
                .filter(|(name, value)| *name != "name" && !value.is_null())
                .map(|(name, value)| setting(name, &shown(value)))
                .collect();
        }
        Ends {
            makes: vec![number],
            takes: vec![number],
        }
    }

    fn connect(&mut self, ends: &Ends, makers: &[u32]) {
        for taker in &ends.takes {
            if let Some(node) = self.builder.node_mut(*taker) {
                node.inputs
                    .extend(makers.iter().map(|maker| input("", *maker, 0)));
            }
        }
    }

    fn miss(&mut self, ends: &Ends, source: String) {
        let taker = ends.takes.first();
        if let Some(node) = taker.and_then(|taker| self.builder.node_mut(*taker)) {
            node.inputs.push(Input {
                name: String::new(),
                from: From::Nothing(source),
                port: 0,
                control: false,
            });
        }
    }
}

fn text<'a>(json: &'a Json, key: &str) -> Option<&'a str> {
    json.get(key)?.as_str()
}

/// A size; an open one is null.
fn size(size: &Json) -> String {
    match size {
        Json::Null => "?".to_owned(),
        size => shown(size),
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The layers named in connections: `["dense", 0, 0]` wherever it stands. `serde_json` bounds how deep that can be.
fn sources_of(connections: Option<&Json>, sources: &mut Vec<String>) {
    match connections {
        Some(Json::Array(items)) => {
            if let [Json::String(name), Json::Number(_), Json::Number(_), ..] = items.as_slice() {
                sources.push(name.clone());
                return;
            }
            for item in items {
                sources_of(Some(item), sources);
            }
        }
        Some(Json::Object(items)) => {
            for item in items.values() {
                sources_of(Some(item), sources);
            }
        }
        _ => {}
    }
}

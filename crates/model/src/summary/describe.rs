//! A model as PyTorch prints it: nested, with what each layer was made with.

use crate::graph::{Attribute, CallId, ModelGraph, Node, Step, ValueId};

/// The class of a layer whose class the file does not say.
const UNNAMED_CLASS: &str = "Module";

/// The nested form of `print(model)`.
///
/// A file does not keep what a layer was made with. What its operations and parameters show is given: sizes, kernel,
/// stride, padding, groups, and whether there is a bias. The rest is left out.
pub fn describe(graph: &ModelGraph) -> String {
    if graph.modules.is_empty() {
        return String::new();
    }
    // Children stand behind their parents, so that all that a module needs is made before it.
    let mut texts: Vec<String> = vec![String::new(); graph.modules.len()];
    for index in (0..graph.modules.len()).rev() {
        texts[index] = module(graph, index, &texts);
    }
    texts.swap_remove(0)
}

fn module(graph: &ModelGraph, index: usize, texts: &[String]) -> String {
    let module = &graph.modules[index];
    let class = module.class_name.as_deref().unwrap_or(UNNAMED_CLASS);
    let made_with = module
        .calls
        .first()
        .map(|&call| arguments(graph, class, call))
        .unwrap_or_default();
    let children: Vec<(&str, &str)> = module
        .children
        .iter()
        .map(|&id| (graph[id].name.as_str(), texts[id.index()].as_str()))
        .collect();
    if children.is_empty() {
        return format!("{class}({made_with})");
    }
    let mut lines = vec![format!("{class}(")];
    if !made_with.is_empty() {
        lines.push(format!("  {made_with}"));
    }
    if class == "ModuleList" {
        lines.extend(runs(&children));
    } else {
        lines.extend(
            children
                .iter()
                .map(|(name, text)| format!("  ({name}): {}", indented(text))),
        );
    }
    lines.push(")".to_owned());
    lines.join("\n")
}

/// Equal neighbours in a list as one line: `(0-5): 6 x Block(`.
fn runs(children: &[(&str, &str)]) -> Vec<String> {
    let run = |run: &[(&str, &str)]| match run {
        [(name, text)] => format!("  ({name}): {}", indented(text)),
        [(first, text), .., (last, _)] => {
            format!("  ({first}-{last}): {} x {}", run.len(), indented(text))
        }
        [] => String::new(),
    };
    children
        .chunk_by(|one, other| one.1 == other.1)
        .map(run)
        .collect()
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n  ")
}

/// What stands in the parentheses, in the words of the class in PyTorch.
fn arguments(graph: &ModelGraph, class: &str, call: CallId) -> String {
    let nodes = graph[call].body.iter().filter_map(|step| match step {
        Step::Node(node) => Some(&graph[*node]),
        Step::Call(_) => None,
    });
    let find = |part: &str| {
        nodes
            .clone()
            .find(|node| node.short_op().to_ascii_lowercase().contains(part))
    };
    let parts = match class {
        "Linear" => find("linear").and_then(|node| linear(graph, node)),
        "Embedding" => find("embedding").and_then(|node| {
            let shape = parameter(graph, node, "weight", 0)?;
            Some(vec![shape.first()?.to_string(), shape.get(1)?.to_string()])
        }),
        "Dropout" | "Dropout1d" | "Dropout2d" | "Dropout3d" => find("dropout").and_then(|node| {
            let p = node.attribute("p")?;
            Some(vec![format!("p={p}"), "inplace=False".to_owned()])
        }),
        "Flatten" => find("flatten").map(|node| {
            let axis = |name: &str, default: i64| {
                node.attribute(name)
                    .and_then(Attribute::as_int)
                    .unwrap_or(default)
            };
            vec![
                format!("start_dim={}", axis("start_dim", 0)),
                format!("end_dim={}", axis("end_dim", -1)),
            ]
        }),
        "Softmax" | "LogSoftmax" => find("softmax")
            .and_then(|node| Some(vec![format!("dim={}", node.attribute("dim")?.as_int()?)])),
        "ReLU" | "ReLU6" | "SiLU" | "Hardswish" | "Hardsigmoid" => nodes
            .clone()
            .next()
            .filter(|node| node.short_op().ends_with('_'))
            .map(|_| vec!["inplace=True".to_owned()]),
        _ if class.starts_with("ConvTranspose") => None,
        _ if class.starts_with("Conv") => find("conv").and_then(|node| convolution(graph, node)),
        _ if class.starts_with("BatchNorm") => {
            find("batch_norm").and_then(|node| batch_norm(graph, node))
        }
        _ if class.starts_with("LayerNorm") => find("layer_norm").and_then(|node| {
            let shape = node.attribute("normalized_shape")?.as_ints()?;
            let has_weight = node.input("weight").is_some();
            let eps = node
                .attribute("eps")
                .map_or_else(|| "1e-05".to_owned(), ToString::to_string);
            Some(vec![
                tuple(shape),
                format!("eps={eps}"),
                format!("elementwise_affine={}", truth(has_weight)),
            ])
        }),
        _ if class.starts_with("AdaptiveAvgPool") || class.starts_with("AdaptiveMaxPool") => {
            find("adaptive").and_then(|node| {
                let size = node.attribute("output_size")?;
                let size = size.as_ints().map_or_else(|| size.to_string(), tuple);
                Some(vec![format!("output_size={size}")])
            })
        }
        _ if class.starts_with("MaxPool") => find("max_pool").and_then(max_pool),
        _ => None,
    };
    parts.unwrap_or_default().join(", ")
}

fn linear(graph: &ModelGraph, node: &Node) -> Option<Vec<String>> {
    let weight = parameter(graph, node, "weight", 1)?;
    let (out, into) = (weight.first()?, weight.get(1)?);
    let has_bias = given(node, "bias", 2).is_some();
    Some(vec![
        format!("in_features={into}"),
        format!("out_features={out}"),
        format!("bias={}", truth(has_bias)),
    ])
}

fn convolution(graph: &ModelGraph, node: &Node) -> Option<Vec<String>> {
    let weight = parameter(graph, node, "weight", 1)?;
    let groups = node
        .attribute("groups")
        .and_then(Attribute::as_int)
        .unwrap_or(1);
    let (out, kernel) = (weight.first()?, weight.get(2..)?);
    let into = weight.get(1)?.saturating_mul(u64::try_from(groups).ok()?);
    let kernel: Vec<i64> = kernel.iter().map(|&side| side as i64).collect();
    let setting = |name: &str, default: i64| -> Vec<i64> {
        match node.attribute(name) {
            Some(attribute) => match (attribute.as_int(), attribute.as_ints()) {
                (Some(one), _) | (None, Some(&[one])) => vec![one; kernel.len()],
                (None, Some(all)) => all.to_vec(),
                (None, None) => vec![default; kernel.len()],
            },
            None => vec![default; kernel.len()],
        }
    };
    let mut parts = vec![
        into.to_string(),
        out.to_string(),
        format!("kernel_size={}", tuple(&kernel)),
        format!("stride={}", tuple(&setting("stride", 1))),
    ];
    for (name, default) in [("padding", 0), ("dilation", 1)] {
        let sides = setting(name, default);
        if sides.iter().any(|&side| side != default) {
            parts.push(format!("{name}={}", tuple(&sides)));
        }
    }
    if groups != 1 {
        parts.push(format!("groups={groups}"));
    }
    if given(node, "bias", 2).is_none() {
        parts.push("bias=False".to_owned());
    }
    Some(parts)
}

fn batch_norm(graph: &ModelGraph, node: &Node) -> Option<Vec<String>> {
    let running = given(node, "running_mean", 3);
    let channels = running.or_else(|| given(node, "weight", 1))?;
    let channels = graph[channels].shape.as_ref()?.first()?.to_string();
    let setting = |name: &str, default: &str| {
        node.attribute(name)
            .map_or_else(|| default.to_owned(), ToString::to_string)
    };
    Some(vec![
        channels,
        format!("eps={}", setting("eps", "1e-05")),
        format!("momentum={}", setting("momentum", "0.1")),
        format!("affine={}", truth(given(node, "weight", 1).is_some())),
        format!("track_running_stats={}", truth(running.is_some())),
    ])
}

fn max_pool(node: &Node) -> Option<Vec<String>> {
    let kernel = node.attribute("kernel_size")?;
    let setting = |name: &str, default: &str| {
        node.attribute(name)
            .map_or_else(|| default.to_owned(), sides)
    };
    let kernel = sides(kernel);
    Some(vec![
        format!("kernel_size={kernel}"),
        format!("stride={}", setting("stride", &kernel)),
        format!("padding={}", setting("padding", "0")),
        format!("dilation={}", setting("dilation", "1")),
        format!(
            "ceil_mode={}",
            node.attribute("ceil_mode")
                .map_or_else(|| "False".to_owned(), ToString::to_string)
        ),
    ])
}

/// An input by name, or by place where the format has no names.
fn given(node: &Node, name: &str, place: usize) -> Option<ValueId> {
    let is_named = node.inputs.iter().any(|input| !input.name.is_empty());
    if is_named {
        node.input(name)
    } else {
        node.inputs.get(place)?.value
    }
}

fn parameter(graph: &ModelGraph, node: &Node, name: &str, place: usize) -> Option<Vec<u64>> {
    let shape = graph[given(node, name, place)?].shape.as_ref()?;
    shape.iter().map(crate::Dim::fixed).collect()
}

/// One number where all sides are equal, as programmers write it.
fn sides(attribute: &Attribute) -> String {
    match attribute.as_ints() {
        Some([first, rest @ ..]) if rest.iter().all(|side| side == first) => first.to_string(),
        Some(sides) => tuple(sides),
        None => attribute.to_string(),
    }
}

fn tuple(numbers: &[i64]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    if texts.len() == 1 {
        format!("({},)", texts.concat())
    } else {
        format!("({})", texts.join(", "))
    }
}

fn truth(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

//! Shapes that a file does not carry: sizes given for the model's inputs, and what follows from them.

mod dims;
mod rules;

use std::{collections::HashMap, str::FromStr};

use crate::{
    Attribute, DType, Dim, ModelError, ModelGraph, NodeId, Result, ValueId, graph::shape_text,
};

/// What is put into a model: a shape, and perhaps a type. As text `1x3x224x224` or `2x7:int64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputShape {
    /// Sizes, batch included; empty for a single number.
    pub shape: Vec<u64>,
    /// Type of the elements; `None` for the one the model asks for.
    pub dtype: Option<DType>,
}

impl FromStr for InputShape {
    type Err = ModelError;

    fn from_str(text: &str) -> Result<Self> {
        let error = || ModelError::ShapeText {
            got: text.to_owned(),
        };
        let (sizes, dtype) = match text.split_once(':') {
            Some((sizes, dtype)) => (sizes, Some(DType::from_name(dtype).ok_or_else(error)?)),
            None => (text, None),
        };
        let shape = if sizes.is_empty() && dtype.is_some() {
            Vec::new()
        } else {
            sizes
                .split(['x', ','])
                .map(|size| size.trim().parse().map_err(|_| error()))
                .collect::<Result<_>>()?
        };
        Ok(Self { shape, dtype })
    }
}

impl ModelGraph {
    /// Puts inputs of these shapes into the model: symbolic sizes get their numbers, and where the file has no shapes
    /// they are inferred. Returns the operations whose results stay unknown, each once.
    ///
    /// An exported program holds for the sizes it was exported with; what it left open can be chosen within its range.
    ///
    /// # Errors
    /// When the number of inputs, a shape or a type is not what the model takes, with the layer where that shows.
    pub fn set_inputs(&mut self, inputs: &[InputShape]) -> Result<Vec<String>> {
        if inputs.len() != self.inputs.len() {
            let names: Vec<&str> = self
                .inputs
                .iter()
                .map(|input| self[*input].name.as_str())
                .collect();
            return Err(ModelError::InputCount {
                expected: self.inputs.len(),
                names: names.join(", "),
                got: inputs.len(),
            });
        }
        let mut sizes = HashMap::new();
        for (value, given) in self.inputs.clone().into_iter().zip(inputs) {
            self.bind_input(value, given, &mut sizes)?;
        }
        self.check_ranges(&sizes)?;
        for value in &mut self.values {
            for dim in value.shape.iter_mut().flatten() {
                *dim = dim.with_sizes(&sizes);
            }
        }
        for node in &mut self.nodes {
            for (_, attribute) in &mut node.attributes {
                if let Attribute::Dims(dims) = attribute {
                    for dim in dims {
                        *dim = dim.with_sizes(&sizes);
                    }
                }
            }
        }
        self.check_inputs(inputs)?;
        self.infer_shapes()
    }

    /// Infers the shapes that are not known yet, as far as it goes. Returns the operations whose results stay unknown,
    /// each once.
    ///
    /// # Errors
    /// When shapes that are known do not fit together.
    pub fn infer_shapes(&mut self) -> Result<Vec<String>> {
        let mut rules = rules::Rules::new(self);
        let mut unknown: Vec<String> = Vec::new();
        for position in 0..self.nodes.len() {
            let node = NodeId(position as u32);
            if !rules.infer(self, node)? {
                let op = &self[node].op;
                if !unknown.contains(op) {
                    unknown.push(op.clone());
                }
            }
        }
        Ok(unknown)
    }

    fn bind_input(
        &mut self,
        value: ValueId,
        given: &InputShape,
        sizes: &mut HashMap<String, u64>,
    ) -> Result<()> {
        let known = &self[value];
        let misfit = || misfit_of(known.dtype, known.shape.as_deref(), &known.name, given);
        if let (Some(expected), Some(got)) = (known.dtype, given.dtype)
            && expected != got
        {
            return Err(misfit());
        }
        let Some(shape) = &known.shape else {
            let shape = given.shape.iter().copied().map(Dim::Fixed).collect();
            self[value].shape = Some(shape);
            return Ok(());
        };
        if shape.len() != given.shape.len() {
            return Err(misfit());
        }
        let mut bound = shape.clone();
        for (dim, size) in bound.iter_mut().zip(&given.shape) {
            match dim {
                Dim::Fixed(expected) if expected == size => {}
                Dim::Fixed(_) => return Err(misfit()),
                Dim::Symbol(name) => {
                    // A formula is checked when all names have their sizes.
                    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
                    if is_name && *sizes.entry(name.clone()).or_insert(*size) != *size {
                        return Err(misfit());
                    }
                }
                Dim::Unknown => *dim = Dim::Fixed(*size),
            }
        }
        let dtype = given.dtype.or(known.dtype);
        let value = &mut self[value];
        value.shape = Some(bound);
        value.dtype = dtype;
        Ok(())
    }

    fn check_ranges(&self, sizes: &HashMap<String, u64>) -> Result<()> {
        for range in &self.size_ranges {
            let Some(size) = sizes.get(&range.name) else {
                continue;
            };
            let is_below = range.min.is_some_and(|min| *size < min);
            let is_above = range.max.is_some_and(|max| *size > max);
            if is_below || is_above {
                let max = range.max.map_or(String::new(), |max| format!("={max}"));
                return Err(ModelError::InputDoesNotFit {
                    layer: format!("input size {}", range.name),
                    expected: format!("{}..{max}", range.min.unwrap_or(0)),
                    got: size.to_string(),
                });
            }
        }
        Ok(())
    }

    fn check_inputs(&self, inputs: &[InputShape]) -> Result<()> {
        for (value, given) in self.inputs.iter().zip(inputs) {
            let known = &self[*value];
            let differs = known
                .shape
                .iter()
                .flatten()
                .zip(&given.shape)
                .any(|(dim, size)| dim.fixed().is_some_and(|fixed| fixed != *size));
            if differs {
                return Err(misfit_of(
                    known.dtype,
                    known.shape.as_deref(),
                    &known.name,
                    given,
                ));
            }
        }
        Ok(())
    }

    /// How a node is named in messages: its layer and what it does.
    fn place(&self, node: NodeId) -> String {
        let node = &self[node];
        let module = &self[self[node.call].module];
        match (module.path.as_str(), module.class_name.as_deref()) {
            ("", _) => format!("{} ({})", node.name, node.op),
            (path, Some(class)) => format!("{path} ({class})"),
            (path, None) => format!("{path} ({})", node.op),
        }
    }
}

fn misfit_of(
    dtype: Option<DType>,
    shape: Option<&[Dim]>,
    name: &str,
    given: &InputShape,
) -> ModelError {
    let typed = |dtype: Option<DType>, shape: String| match dtype {
        Some(dtype) => format!("{dtype} {shape}"),
        None => shape,
    };
    let got: Vec<Dim> = given.shape.iter().copied().map(Dim::Fixed).collect();
    ModelError::InputDoesNotFit {
        layer: format!("input {name}"),
        expected: typed(dtype, shape_text(shape)),
        got: typed(given.dtype.or(dtype), shape_text(Some(&got))),
    }
}

#[cfg(test)]
mod tests;

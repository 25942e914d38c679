//! Numbers that are followed from node to node: sizes that a model computes with.

use super::{MAX_NUMBERS, Step, axis_or_end, signed};
use crate::infer::dims::{axis, product_dim, quotient, sum};
use crate::{Attribute, DType, Dim, ModelGraph, TensorId};

impl Step<'_> {
    /// Whole numbers of an input that is a constant.
    pub(super) fn signed_numbers(&self, position: usize) -> Option<Vec<i64>> {
        self.numbers
            .get(&self.value(position)?)?
            .iter()
            .map(signed)
            .collect()
    }

    /// The whole numbers that a node computes from known ones.
    pub(super) fn numbers_made(&self) -> Option<Vec<Dim>> {
        let numbers = |position| self.numbers.get(&self.value(position)?);
        match self.node.op.as_str() {
            "Shape" => {
                let shape = self.shape(0)?;
                let start = axis_or_end(self.int("start", 0), shape.len());
                let end = axis_or_end(self.int("end", i64::MAX), shape.len());
                Some(shape.get(start..end)?.to_vec())
            }
            "Size" => Some(vec![product_dim(self.shape(0)?)]),
            "Constant" => match self.node.attributes.first()? {
                (_, Attribute::Tensor(tensor)) => tensor_numbers(self.graph, *tensor),
                (_, Attribute::Int(number)) => Some(vec![Dim::from_signed(*number)]),
                (_, Attribute::Ints(numbers)) => Some(
                    numbers
                        .iter()
                        .map(|number| Dim::from_signed(*number))
                        .collect(),
                ),
                _ => None,
            },
            "Identity" | "Cast" | "Squeeze" | "Unsqueeze" => numbers(0).cloned(),
            "Reshape" if self.shape(0).is_none_or(|shape| shape.len() <= 1) => numbers(0).cloned(),
            "Concat" => {
                let mut all = Vec::new();
                for position in 0..self.node.inputs.len() {
                    all.extend(numbers(position)?.iter().cloned());
                }
                Some(all)
            }
            "Gather" => {
                let from = numbers(0)?;
                let at = self.signed_numbers(1)?;
                at.into_iter()
                    .map(|at| from.get(axis(at, from.len())?).cloned())
                    .collect()
            }
            "Slice" => {
                let from = numbers(0)?;
                let (start, end) = (self.signed_numbers(1)?, self.signed_numbers(2)?);
                let step = self.signed_numbers(4).unwrap_or(vec![1]);
                if step != [1] {
                    return None;
                }
                let start = axis_or_end(*start.first()?, from.len());
                let end = axis_or_end(*end.first()?, from.len());
                Some(from.get(start..end).unwrap_or_default().to_vec())
            }
            "Mul" | "Add" | "Sub" | "Div" => {
                let (left, right) = (numbers(0)?, numbers(1)?);
                let len = left.len().max(right.len());
                (0..len)
                    .map(|position| {
                        let left = left.get(position.min(left.len().checked_sub(1)?))?;
                        let right = right.get(position.min(right.len().checked_sub(1)?))?;
                        Some(self.arithmetic(left, right))
                    })
                    .collect()
            }
            _ => None,
        }
    }

    pub(super) fn arithmetic(&self, left: &Dim, right: &Dim) -> Dim {
        match self.node.op.as_str() {
            "Mul" => product_dim(&[left.clone(), right.clone()]),
            "Div" => match (left, right) {
                (Dim::Fixed(left), Dim::Fixed(right)) if *right > 0 => Dim::Fixed(left / right),
                _ => quotient(std::slice::from_ref(left), std::slice::from_ref(right)),
            },
            "Add" => sum([left, right]),
            _ => match (signed(left), signed(right)) {
                (Some(left), Some(right)) => left
                    .checked_sub(right)
                    .map_or(Dim::Unknown, Dim::from_signed),
                _ => Dim::Unknown,
            },
        }
    }

    /// Floats of an input that is a short constant.
    pub(super) fn floats(&self, position: usize) -> Option<Vec<f64>> {
        let tensor = &self.graph[self.graph.value_tensor(self.value(position)?)?];
        if tensor.dtype != DType::F32 || tensor.element_count() > MAX_NUMBERS {
            return None;
        }
        let bytes = tensor.read().ok()?;
        let floats = bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
        Some(floats.collect())
    }
}

/// A constant's whole numbers, if it is short.
pub(super) fn tensor_numbers(graph: &ModelGraph, id: TensorId) -> Option<Vec<Dim>> {
    let tensor = &graph[id];
    if tensor.shape.len() > 1 || tensor.element_count() > MAX_NUMBERS {
        return None;
    }
    let bytes = match tensor.dtype {
        DType::I64 | DType::I32 => tensor.read().ok()?,
        _ => return None,
    };
    Some(match tensor.dtype {
        DType::I64 => bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| Dim::from_signed(i64::from_le_bytes(*bytes)))
            .collect(),
        _ => bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| Dim::from_signed(i32::from_le_bytes(*bytes).into()))
            .collect(),
    })
}

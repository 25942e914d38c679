//! Shapes of what layers compute: windows, products, recurrences.

use super::{Outcome, Shape, Step, misfit};
use crate::infer::dims::{Misfit, broadcast, product_dim};
use crate::{Attribute, Dim};

impl Step<'_> {
    pub(super) fn normalization(&self) -> Outcome {
        let Some(shape) = self.shape(0) else {
            return Ok(None);
        };
        if self.node.op == "BatchNormalization"
            && let (Some(Dim::Fixed(channels)), Some([Dim::Fixed(scale)])) =
                (shape.get(1), self.shape(1))
            && channels != scale
        {
            return Err(misfit(format!("{scale} channels"), shape));
        }
        let mut shapes = vec![Some(shape.to_vec())];
        if self.node.op == "Dropout" {
            shapes.push(Some(shape.to_vec()));
        }
        Ok(Some(shapes))
    }

    pub(super) fn convolution(&self) -> Outcome {
        let (Some(input), Some(weight)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        check_rank(input, weight.len())?;
        let group = u64::try_from(self.int("group", 1)).unwrap_or(1);
        if let (Some(Dim::Fixed(channels)), Some(Dim::Fixed(per_group))) =
            (input.get(1), weight.get(1))
            && per_group.checked_mul(group) != Some(*channels)
        {
            return Err(misfit(
                format!("{} channels", per_group.saturating_mul(group)),
                input,
            ));
        }
        let mut shape = vec![
            input.first().cloned().unwrap_or(Dim::Unknown),
            weight.first().cloned().unwrap_or(Dim::Unknown),
        ];
        shape.extend(self.windows(input, &sides(weight))?);
        Ok(Some(vec![Some(shape)]))
    }

    pub(super) fn pool(&self) -> Outcome {
        let (Some(input), Some(sides)) = (self.shape(0), self.ints("kernel_shape")) else {
            return Ok(None);
        };
        check_rank(input, sides.len() + 2)?;
        let sides: Vec<Option<u64>> = sides
            .into_iter()
            .map(|side| u64::try_from(side).ok())
            .collect();
        let mut shape = input.get(..2).unwrap_or_default().to_vec();
        shape.extend(self.windows(input, &sides)?);
        Ok(Some(vec![Some(shape.clone()), Some(shape)]))
    }

    /// How often a window fits along each axis behind the second:
    /// ⌊(size + padding − dilation·(side − 1) − 1) / stride⌋ + 1.
    pub(super) fn windows(
        &self,
        input: &[Dim],
        sides: &[Option<u64>],
    ) -> std::result::Result<Vec<Dim>, Misfit> {
        let rank = sides.len();
        let strides = self.ints("strides").unwrap_or(vec![1; rank]);
        let dilations = self.ints("dilations").unwrap_or(vec![1; rank]);
        let pads = self.ints("pads").unwrap_or(vec![0; rank * 2]);
        let auto_pad = self
            .node
            .attribute("auto_pad")
            .and_then(Attribute::as_text)
            .unwrap_or("NOTSET");
        let is_ceil = self.int("ceil_mode", 0) != 0;
        let mut dims = Vec::new();
        for (position, side) in sides.iter().enumerate() {
            let at = |list: &[i64], position: usize| list.get(position).copied().unwrap_or(1);
            let (Some(Dim::Fixed(size)), Some(side)) = (input.get(position + 2), side) else {
                dims.push(Dim::Unknown);
                continue;
            };
            let size = i128::from(*size);
            let stride = i128::from(at(&strides, position)).max(1);
            if auto_pad.starts_with("SAME") {
                dims.push(Dim::Fixed((size + stride - 1).div_euclid(stride) as u64));
                continue;
            }
            let padding = if auto_pad == "VALID" {
                0
            } else {
                i128::from(pads.get(position).copied().unwrap_or(0))
                    + i128::from(pads.get(position + rank).copied().unwrap_or(0))
            };
            let reach = i128::from(at(&dilations, position)) * (i128::from(*side) - 1) + 1;
            let free = size + padding - reach;
            if free < 0 {
                return Err(misfit(
                    format!("at least {} along axis {}", reach - padding, position + 2),
                    input,
                ));
            }
            let mut count = free.div_euclid(stride) + 1;
            if is_ceil && free % stride != 0 {
                // The last window must begin within the input or the padding before it.
                let begin = i128::from(pads.get(position).copied().unwrap_or(0));
                count += i128::from(count * stride < size + begin);
            }
            dims.push(Dim::Fixed(count as u64));
        }
        Ok(dims)
    }

    pub(super) fn transposed_convolution(&self) -> Outcome {
        let (Some(input), Some(weight)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        check_rank(input, weight.len())?;
        if let (Some(Dim::Fixed(channels)), Some(Dim::Fixed(expected))) =
            (input.get(1), weight.first())
            && channels != expected
        {
            return Err(misfit(format!("{expected} channels"), input));
        }
        let group = u64::try_from(self.int("group", 1)).unwrap_or(1);
        let channels = product_dim(&[
            weight.get(1).cloned().unwrap_or(Dim::Unknown),
            Dim::Fixed(group),
        ]);
        let mut shape = vec![input.first().cloned().unwrap_or(Dim::Unknown), channels];
        let rank = weight.len() - 2;
        let list = |name: &str, default: i64| self.ints(name).unwrap_or(vec![default; rank]);
        let (strides, dilations) = (list("strides", 1), list("dilations", 1));
        let extra = list("output_padding", 0);
        let pads = self.ints("pads").unwrap_or(vec![0; rank * 2]);
        let given = self.ints("output_shape");
        for (position, side) in sides(weight).into_iter().enumerate() {
            let at =
                |list: &[i64], position: usize| list.get(position).copied().map_or(0, i128::from);
            let size = input.get(position + 2).and_then(Dim::fixed);
            let found = match (&given, size, side) {
                (Some(given), ..) => at(given, position),
                (None, Some(size), Some(side)) => {
                    at(&strides, position) * (i128::from(size) - 1)
                        + at(&extra, position)
                        + (i128::from(side) - 1) * at(&dilations, position)
                        + 1
                        - at(&pads, position)
                        - at(&pads, position + rank)
                }
                _ => -1,
            };
            shape.push(u64::try_from(found).map_or(Dim::Unknown, Dim::Fixed));
        }
        Ok(Some(vec![Some(shape)]))
    }

    pub(super) fn gemm(&self) -> Outcome {
        let (Some(left), Some(right)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        let pair = |shape: &[Dim], is_transposed: bool| match shape {
            [first, second] if is_transposed => Some([second.clone(), first.clone()]),
            [first, second] => Some([first.clone(), second.clone()]),
            _ => None,
        };
        let Some([inner, columns]) = pair(right, self.int("transB", 0) != 0) else {
            return Ok(None);
        };
        let Some([rows, features]) = pair(left, self.int("transA", 0) != 0) else {
            return Err(misfit(format!("[?, {inner}]"), left));
        };
        check_equal(&inner, &features, left)?;
        Ok(Some(vec![Some(vec![rows, columns])]))
    }

    pub(super) fn matmul(&self) -> Outcome {
        let (Some(left), Some(right)) = (self.shape(0), self.shape(1)) else {
            return Ok(None);
        };
        let (Some(features), Some(_)) = (left.last(), right.last()) else {
            return Ok(None);
        };
        let inner = &right[right.len().saturating_sub(2)];
        check_equal(inner, features, left)?;
        let batch = |shape: &[Dim]| shape[..shape.len().saturating_sub(2)].to_vec();
        let mut shape = broadcast(&batch(left), &batch(right))?;
        if let [.., rows, _] = left {
            shape.push(rows.clone());
        }
        if let [.., _, columns] = right {
            shape.push(columns.clone());
        }
        Ok(Some(vec![Some(shape)]))
    }

    pub(super) fn resize(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        if let Some(sizes) = self.value(3).and_then(|value| self.numbers.get(&value))
            && sizes.len() == shape.len()
        {
            return Some(sizes.clone());
        }
        let scales = self.floats(2).or_else(|| self.floats(1))?;
        if scales.len() != shape.len() {
            return None;
        }
        let scaled = shape.iter().zip(scales).map(|(dim, scale)| match dim {
            dim if scale == 1.0 => dim.clone(),
            Dim::Fixed(size) => Dim::Fixed((*size as f64 * scale).floor().max(0.0) as u64),
            _ => Dim::Unknown,
        });
        Some(scaled.collect())
    }

    /// Y is [steps, directions, batch, hidden], or with `layout` 1 [batch, steps, directions, hidden]; `Y_h` and `Y_c` are
    /// [directions, batch, hidden], or [batch, directions, hidden].
    pub(super) fn recurrent(&self) -> Option<Vec<Option<Shape>>> {
        let [first, second, _] = self.shape(0)? else {
            return None;
        };
        let hidden = self
            .node
            .attribute("hidden_size")
            .and_then(Attribute::as_int);
        let hidden = Dim::from_signed(hidden?);
        let is_both = self
            .node
            .attribute("direction")
            .and_then(Attribute::as_text)
            == Some("bidirectional");
        let directions = Dim::Fixed(1 + u64::from(is_both));
        let (all, last) = if self.int("layout", 0) == 0 {
            (
                vec![
                    first.clone(),
                    directions.clone(),
                    second.clone(),
                    hidden.clone(),
                ],
                vec![directions, second.clone(), hidden],
            )
        } else {
            (
                vec![
                    first.clone(),
                    second.clone(),
                    directions.clone(),
                    hidden.clone(),
                ],
                vec![first.clone(), directions, hidden],
            )
        };
        Some(vec![Some(all), Some(last.clone()), Some(last)])
    }
}

/// Sizes behind the first two.
pub(super) fn sides(weight: &[Dim]) -> Vec<Option<u64>> {
    weight.iter().skip(2).map(Dim::fixed).collect()
}

pub(super) fn check_rank(input: &[Dim], rank: usize) -> std::result::Result<(), Misfit> {
    if input.len() == rank && rank >= 2 {
        return Ok(());
    }
    Err(misfit(format!("{rank} dimensions"), input))
}

pub(super) fn check_equal(
    inner: &Dim,
    features: &Dim,
    left: &[Dim],
) -> std::result::Result<(), Misfit> {
    if let (Dim::Fixed(inner), Dim::Fixed(features)) = (inner, features)
        && inner != features
    {
        return Err(misfit(format!("{inner} features"), left));
    }
    Ok(())
}

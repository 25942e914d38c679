//! Shapes of what only moves, joins, cuts or reduces elements.

use super::{MAX_RANK, Outcome, Shape, Step, misfit, signed};
use crate::infer::dims::{axis, broadcast, product_dim, quotient, sum};
use crate::{Attribute, Dim};

impl Step<'_> {
    pub(super) fn flatten(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let at = match self.int("axis", 1) {
            at if at == shape.len() as i64 => shape.len(),
            at => axis(at, shape.len())?,
        };
        Some(vec![product_dim(&shape[..at]), product_dim(&shape[at..])])
    }

    pub(super) fn reshape(&self) -> Outcome {
        let Some(target) = self.value(1).and_then(|value| self.numbers.get(&value)) else {
            // The length of the list of sizes is at least the rank.
            let rank = match self.shape(1) {
                Some([Dim::Fixed(rank)]) => {
                    usize::try_from(*rank).ok().filter(|rank| *rank <= MAX_RANK)
                }
                _ => None,
            };
            return Ok(rank.map(|rank| vec![Some(vec![Dim::Unknown; rank])]));
        };
        let Some(input) = self.shape(0) else {
            return Ok(None);
        };
        let keeps_zero = self.int("allowzero", 0) != 0;
        let mut open = None;
        let mut shape = Vec::new();
        for (position, size) in target.iter().enumerate() {
            shape.push(match (size, signed(size)) {
                (_, Some(0)) if !keeps_zero => input.get(position).cloned().unwrap_or(Dim::Unknown),
                (_, Some(-1)) => {
                    open = Some(position);
                    Dim::Fixed(1)
                }
                _ => size.clone(),
            });
        }
        if let Some(open) = open {
            shape[open] = quotient(input, &shape);
        }
        let (from, to) = (product_dim(input), product_dim(&shape));
        let is_wrong = match (&from, &to) {
            (Dim::Fixed(from), Dim::Fixed(to)) => from != to,
            // A whole number was asked for, and the sizes do not divide.
            (Dim::Fixed(_), Dim::Unknown) => open.is_some_and(|open| {
                shape
                    .iter()
                    .enumerate()
                    .all(|(position, dim)| position == open || dim.fixed().is_some())
            }),
            _ => false,
        };
        if is_wrong {
            let wanted: Vec<String> = target.iter().map(ToString::to_string).collect();
            return Err(misfit(
                format!("what reshapes to [{}]", wanted.join(", ")),
                input,
            ));
        }
        Ok(Some(vec![Some(shape)]))
    }

    pub(super) fn transpose(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        match self.ints("perm") {
            Some(order) => order
                .into_iter()
                .map(|from| shape.get(axis(from, shape.len())?).cloned())
                .collect(),
            None => Some(shape.iter().rev().cloned().collect()),
        }
    }

    pub(super) fn concat(&self) -> Outcome {
        let Some(shapes) = (0..self.node.inputs.len())
            .map(|position| self.shape(position))
            .collect::<Option<Vec<_>>>()
        else {
            return Ok(None);
        };
        let Some(first) = shapes.first() else {
            return Ok(None);
        };
        let Some(along) = axis(self.int("axis", 0), first.len()) else {
            return Ok(None);
        };
        let mut result = first.to_vec();
        for shape in &shapes {
            if shape.len() != first.len() {
                return Err(misfit(format!("{} dimensions", first.len()), shape));
            }
            for (position, (known, dim)) in result.iter_mut().zip(*shape).enumerate() {
                if position == along {
                    continue;
                }
                match (&*known, dim) {
                    (Dim::Fixed(left), Dim::Fixed(right)) if left != right => {
                        return Err(misfit(format!("{left} along axis {position}"), shape));
                    }
                    (Dim::Fixed(_), _) => {}
                    _ => *known = dim.clone(),
                }
            }
        }
        result[along] = sum(shapes.iter().filter_map(|shape| shape.get(along)));
        Ok(Some(vec![Some(result)]))
    }

    pub(super) fn split(&self) -> Option<Vec<Option<Shape>>> {
        let shape = self.shape(0)?;
        let along = axis(self.int("axis", 0), shape.len())?;
        let count = self.node.outputs.len() as u64;
        let given = self.signed_numbers(1).or_else(|| self.ints("split"));
        let sizes: Vec<Dim> = match (given, &shape[along]) {
            (Some(sizes), _) => sizes.into_iter().map(Dim::from_signed).collect(),
            (None, Dim::Fixed(size)) => {
                let each = size.div_ceil(count.max(1));
                (0..count)
                    .map(|part| {
                        Dim::Fixed(each.min(size.saturating_sub(part.saturating_mul(each))))
                    })
                    .collect()
            }
            _ => vec![Dim::Unknown; count as usize],
        };
        Some(
            sizes
                .into_iter()
                .map(|size| {
                    let mut part = shape.to_vec();
                    part[along] = size;
                    Some(part)
                })
                .collect(),
        )
    }

    pub(super) fn slice(&self) -> Option<Shape> {
        let mut shape = self.shape(0)?.to_vec();
        let starts = self.signed_numbers(1).or_else(|| self.ints("starts"));
        let ends = self.signed_numbers(2).or_else(|| self.ints("ends"));
        let axes = self.signed_numbers(3).or_else(|| self.ints("axes"));
        let (Some(starts), Some(ends)) = (starts, ends) else {
            return Some(vec![Dim::Unknown; shape.len()]);
        };
        let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.signed_numbers(4).unwrap_or(vec![1; starts.len()]);
        for (((at, start), end), step) in axes.iter().zip(starts).zip(ends).zip(steps) {
            let at = axis(*at, shape.len())?;
            let is_all = start == 0 && end >= i64::from(i32::MAX) && step == 1;
            if is_all {
                continue;
            }
            shape[at] = match shape[at].fixed().and_then(|size| i64::try_from(size).ok()) {
                Some(size) => Dim::Fixed(slice_len(size, start, end, step)),
                None => Dim::Unknown,
            };
        }
        Some(shape)
    }

    pub(super) fn squeeze(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let is_squeezed: Vec<bool> = match self.axes(1) {
            Some(axes) => {
                let axes: Option<Vec<usize>> =
                    axes.into_iter().map(|at| axis(at, shape.len())).collect();
                let axes = axes?;
                (0..shape.len())
                    .map(|position| axes.contains(&position))
                    .collect()
            }
            None => shape.iter().map(|dim| *dim == Dim::Fixed(1)).collect(),
        };
        let kept = shape
            .iter()
            .zip(is_squeezed)
            .filter(|(_, squeezed)| !squeezed);
        Some(kept.map(|(dim, _)| dim.clone()).collect())
    }

    pub(super) fn unsqueeze(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let axes = self.axes(1)?;
        let rank = shape.len() + axes.len();
        let axes: Option<Vec<usize>> = axes.into_iter().map(|at| axis(at, rank)).collect();
        let axes = axes?;
        let mut rest = shape.iter();
        (0..rank)
            .map(|position| {
                if axes.contains(&position) {
                    Some(Dim::Fixed(1))
                } else {
                    rest.next().cloned()
                }
            })
            .collect()
    }

    pub(super) fn gather(&self) -> Option<Shape> {
        let (from, at) = (self.shape(0)?, self.shape(1)?);
        let along = axis(self.int("axis", 0), from.len())?;
        let mut shape = from[..along].to_vec();
        shape.extend_from_slice(at);
        shape.extend_from_slice(&from[along + 1..]);
        Some(shape)
    }

    pub(super) fn constant(&self) -> Option<Shape> {
        match self.node.attributes.first()? {
            (_, Attribute::Tensor(tensor)) => Some(
                self.graph[*tensor]
                    .shape
                    .iter()
                    .copied()
                    .map(Dim::Fixed)
                    .collect(),
            ),
            (_, Attribute::Ints(numbers)) => Some(vec![Dim::Fixed(numbers.len() as u64)]),
            (_, Attribute::Floats(numbers)) => Some(vec![Dim::Fixed(numbers.len() as u64)]),
            (_, Attribute::Texts(texts)) => Some(vec![Dim::Fixed(texts.len() as u64)]),
            (_, Attribute::Int(_) | Attribute::Float(_) | Attribute::Text(_)) => Some(Vec::new()),
            _ => None,
        }
    }

    pub(super) fn expand(&self) -> Outcome {
        let target = self.value(1).and_then(|value| self.numbers.get(&value));
        let (Some(shape), Some(target)) = (self.shape(0), target) else {
            return Ok(None);
        };
        Ok(Some(vec![Some(broadcast(shape, target)?)]))
    }

    pub(super) fn tile(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let times = self.numbers.get(&self.value(1)?)?;
        let tiled = shape.iter().zip(times);
        Some(
            tiled
                .map(|(dim, times)| product_dim(&[dim.clone(), times.clone()]))
                .collect(),
        )
    }

    pub(super) fn pad(&self) -> Option<Shape> {
        let mut shape = self.shape(0)?.to_vec();
        let pads = self.signed_numbers(1).or_else(|| self.ints("pads"))?;
        let axes = self
            .signed_numbers(3)
            .unwrap_or_else(|| (0..shape.len() as i64).collect());
        for (position, at) in axes.iter().enumerate() {
            let at = axis(*at, shape.len())?;
            let both = pads
                .get(position)?
                .checked_add(*pads.get(position + axes.len())?)?;
            if both == 0 {
                continue;
            }
            shape[at] = match shape[at] {
                Dim::Fixed(size) => size
                    .checked_add_signed(both)
                    .map_or(Dim::Unknown, Dim::Fixed),
                _ => Dim::Unknown,
            };
        }
        Some(shape)
    }

    pub(super) fn reduce(&self) -> Option<Shape> {
        let shape = self.shape(0)?;
        let given = if self.value(1).is_some() {
            Some(self.signed_numbers(1)?)
        } else {
            self.ints("axes")
        };
        let axes: Vec<i64> = match given {
            Some(axes) if !axes.is_empty() => axes,
            _ if self.int("noop_with_empty_axes", 0) != 0 => return Some(shape.to_vec()),
            _ => (0..shape.len() as i64).collect(),
        };
        self.reduced(shape, &axes)
    }

    pub(super) fn arg_reduce(&self) -> Option<Shape> {
        self.reduced(self.shape(0)?, &[self.int("axis", 0)])
    }

    pub(super) fn reduced(&self, shape: &[Dim], axes: &[i64]) -> Option<Shape> {
        let axes: Option<Vec<usize>> = axes.iter().map(|at| axis(*at, shape.len())).collect();
        let axes = axes?;
        let keeps = self.int("keepdims", 1) != 0;
        let kept = shape.iter().enumerate().filter_map(|(position, dim)| {
            match (axes.contains(&position), keeps) {
                (false, _) => Some(dim.clone()),
                (true, true) => Some(Dim::Fixed(1)),
                (true, false) => None,
            }
        });
        Some(kept.collect())
    }

    pub(super) fn top_k(&self) -> Option<Vec<Option<Shape>>> {
        let mut shape = self.shape(0)?.to_vec();
        let along = axis(self.int("axis", -1), shape.len())?;
        shape[along] = self.numbers.get(&self.value(1)?)?.first()?.clone();
        Some(vec![Some(shape.clone()), Some(shape)])
    }

    pub(super) fn blocks(&self, to_space: bool) -> Option<Shape> {
        let [batch, channels, height, width] = self.shape(0)? else {
            return None;
        };
        let side = Dim::from_signed(self.int("blocksize", 0));
        let times = |dim: &Dim, factors: &[&Dim]| {
            let mut factors: Vec<Dim> = factors.iter().map(|factor| (*factor).clone()).collect();
            factors.push(dim.clone());
            product_dim(&factors)
        };
        let over = |dim: &Dim, divisors: &[Dim]| quotient(std::slice::from_ref(dim), divisors);
        let square = [side.clone(), side.clone()];
        Some(if to_space {
            vec![
                batch.clone(),
                over(channels, &square),
                times(height, &[&side]),
                times(width, &[&side]),
            ]
        } else {
            let each = std::slice::from_ref(&side);
            vec![
                batch.clone(),
                times(channels, &[&side, &side]),
                over(height, each),
                over(width, each),
            ]
        })
    }
}

/// Number of elements of Python's `[start:end:step]`.
pub(super) fn slice_len(size: i64, start: i64, end: i64, step: i64) -> u64 {
    if size == 0 {
        return 0;
    }
    let clamp = |at: i64, low: i64, high: i64| {
        let at = if at < 0 { at.saturating_add(size) } else { at };
        at.clamp(low, high)
    };
    let count = match step {
        1.. => {
            let (start, end) = (clamp(start, 0, size), clamp(end, 0, size));
            (end - start).max(0).div_euclid(step) + i64::from((end - start).max(0) % step != 0)
        }
        0 => 0,
        ..0 => {
            let (start, end) = (clamp(start, 0, size - 1), clamp(end, -1, size - 1));
            let span = (start - end).max(0);
            let step = step.saturating_neg();
            span.div_euclid(step) + i64::from(span % step != 0)
        }
    };
    count.max(0) as u64
}

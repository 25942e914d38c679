//! Moving elements about: what every operation on shapes is made of.

use burn::tensor::{Int, Slice, Tensor, TensorData};

use super::array::{Array, Data, Fit, Misfit, count};

/// The most dimensions, once neighbours that behave alike are joined, that an operation is run with.
const MAX_RANK: usize = 8;

/// Sizes before, at and behind an axis.
pub(crate) fn around(shape: &[usize], axis: usize) -> [usize; 3] {
    [
        count(&shape[..axis]),
        shape[axis],
        count(&shape[axis + 1..]),
    ]
}

/// An axis counted from the front.
pub(crate) fn axis(axis: i64, rank: usize) -> Fit<usize> {
    let from_front = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_front)
        .ok()
        .filter(|found| *found < rank)
        .ok_or_else(|| Misfit::new(format!("an axis of {rank} dimensions"), axis.to_string()))
}

/// The shape that two shapes are stretched to.
pub(crate) fn broadcast_shape(left: &[usize], right: &[usize]) -> Fit<Vec<usize>> {
    let rank = left.len().max(right.len());
    let size = |shape: &[usize], at: usize| {
        let missing = rank - shape.len();
        if at < missing { 1 } else { shape[at - missing] }
    };
    (0..rank)
        .map(|at| match (size(left, at), size(right, at)) {
            (left, right) if left == right => Ok(left),
            (1, right) => Ok(right),
            (left, 1) => Ok(left),
            _ => Err(Misfit::new(
                "shapes that can be stretched to one",
                format!("{left:?} and {right:?}"),
            )),
        })
        .collect()
}

impl Array {
    /// Applies what works on each element alone.
    pub(crate) fn map(&self, apply: impl FnOnce(Tensor<1>) -> Tensor<1>) -> Fit<Self> {
        Ok(Self::from_row(apply(self.row()?), self.shape()))
    }

    /// Puts the axes into another order: axis `order[i]` becomes axis `i`.
    pub(crate) fn permute(&self, order: &[usize]) -> Fit<Self> {
        let rank = self.shape().len();
        let mut seen = vec![false; rank];
        for at in order {
            match seen.get_mut(*at) {
                Some(seen) if !*seen => *seen = true,
                _ => {
                    return Err(Misfit::new(
                        format!("an order of {rank} axes"),
                        format!("{order:?}"),
                    ));
                }
            }
        }
        if order.len() != rank {
            return Err(Misfit::new(
                format!("an order of {rank} axes"),
                format!("{order:?}"),
            ));
        }
        let shape: Vec<usize> = order.iter().map(|at| self.shape()[*at]).collect();
        match self.data() {
            Data::Whole(values) => {
                let strides = strides(self.shape());
                let steps: Vec<usize> = order.iter().map(|at| strides[*at]).collect();
                let moved = walk(&shape, &steps, 0)
                    .map(|at| values[at])
                    .collect::<Vec<_>>();
                Ok(Self::whole(moved, &shape))
            }
            Data::Float(row) => {
                if rank > MAX_RANK {
                    return Err(Misfit::new(
                        format!("at most {MAX_RANK} dimensions"),
                        rank.to_string(),
                    ));
                }
                // Ones in front that stay where they are.
                let extra = MAX_RANK - rank;
                let mut from = [1; MAX_RANK];
                from[extra..].copy_from_slice(self.shape());
                let mut axes = [0_isize; MAX_RANK];
                for (at, axis) in axes.iter_mut().enumerate() {
                    *axis = if at < extra {
                        at as isize
                    } else {
                        (order[at - extra] + extra) as isize
                    };
                }
                let moved = row.clone().reshape(from).permute(axes);
                Ok(Self::from_row(moved.reshape([count(&shape)]), &shape))
            }
        }
    }

    /// Exchanges two axes.
    pub(crate) fn transpose(&self, left: usize, right: usize) -> Fit<Self> {
        let mut order: Vec<usize> = (0..self.shape().len()).collect();
        order.swap(left, right);
        self.permute(&order)
    }

    /// Every `step`th element of an axis from `start` to, but without, `end`; `step` is 1 or more.
    pub(crate) fn slice(&self, axis: usize, start: usize, end: usize, step: usize) -> Fit<Self> {
        let [before, size, behind] = around(self.shape(), axis);
        let end = end.min(size);
        let start = start.min(end);
        let step = step.max(1);
        let len = (end - start).div_ceil(step);
        let mut shape = self.shape().to_vec();
        shape[axis] = len;
        if len == size {
            return Ok(self.clone());
        }
        match self.data() {
            Data::Whole(_) => {
                let indices: Vec<i64> = (0..len).map(|at| (start + at * step) as i64).collect();
                self.take(axis, &indices)
            }
            Data::Float(row) => {
                if count(&shape) == 0 {
                    return Err(Misfit::new("a part with elements", format!("{shape:?}")));
                }
                let part = row.clone().reshape([before, size, behind]).slice([
                    Slice::full(),
                    Slice::new(start as isize, Some(end as isize), step as isize),
                    Slice::full(),
                ]);
                Ok(Self::from_row(part.reshape([count(&shape)]), &shape))
            }
        }
    }

    /// The elements of an axis at these places, negative ones counted from the end.
    pub(crate) fn take(&self, axis: usize, indices: &[i64]) -> Fit<Self> {
        let [before, size, behind] = around(self.shape(), axis);
        let places: Fit<Vec<usize>> = indices
            .iter()
            .map(|index| {
                let from_front = if *index < 0 {
                    index + size as i64
                } else {
                    *index
                };
                usize::try_from(from_front)
                    .ok()
                    .filter(|place| *place < size)
                    .ok_or_else(|| Misfit::new(format!("an index below {size}"), index.to_string()))
            })
            .collect();
        let places = places?;
        let mut shape = self.shape().to_vec();
        shape[axis] = places.len();
        match self.data() {
            Data::Whole(values) => {
                let mut taken = Vec::with_capacity(count(&shape));
                for outer in 0..before {
                    for place in &places {
                        let start = (outer * size + place) * behind;
                        taken.extend_from_slice(&values[start..start + behind]);
                    }
                }
                Ok(Self::whole(taken, &shape))
            }
            Data::Float(row) => {
                if count(&shape) == 0 {
                    return Err(Misfit::new("a part with elements", format!("{shape:?}")));
                }
                let len = places.len();
                let places: Vec<i32> = places.iter().map(|place| *place as i32).collect();
                let places: Tensor<1, Int> = Tensor::from_data(
                    TensorData::new(places, [len]),
                    &row.device().without_autodiff(),
                );
                let taken = row
                    .clone()
                    .reshape([before, size, behind])
                    .select(1, places);
                Ok(Self::from_row(taken.reshape([count(&shape)]), &shape))
            }
        }
    }

    /// Puts arrays behind one another along an axis.
    pub(crate) fn concat(arrays: &[Self], axis: usize) -> Fit<Self> {
        let Some(first) = arrays.first() else {
            return Err(Misfit::new("something to put together", "nothing"));
        };
        let mut shape = first.shape().to_vec();
        shape[axis] = 0;
        for array in arrays {
            let mut alike = array.shape().to_vec();
            if alike.len() == shape.len() {
                alike[axis] = shape[axis];
            }
            if alike != shape {
                return Err(Misfit::new(
                    format!("the shape {:?} but for axis {axis}", first.shape()),
                    format!("{:?}", array.shape()),
                ));
            }
            shape[axis] += array.shape()[axis];
        }
        if arrays.iter().all(|array| !array.is_float()) {
            let mut joined = Vec::with_capacity(count(&shape));
            for outer in 0..count(&shape[..axis]) {
                for array in arrays {
                    let [_, size, behind] = around(array.shape(), axis);
                    let values = array.numbers()?;
                    joined.extend_from_slice(
                        &values[outer * size * behind..(outer + 1) * size * behind],
                    );
                }
            }
            return Ok(Self::whole(joined, &shape));
        }
        let parts: Fit<Vec<Tensor<3>>> = arrays
            .iter()
            .filter(|array| !array.is_empty())
            .map(|array| array.shaped(around(array.shape(), axis)))
            .collect();
        let parts = parts?;
        if parts.is_empty() {
            return Err(Misfit::new("something to put together", "nothing"));
        }
        let joined = Tensor::cat(parts, 1);
        Ok(Self::from_row(joined.reshape([count(&shape)]), &shape))
    }

    /// Stretches axes of size 1, and adds axes in front.
    pub(crate) fn expand(&self, shape: &[usize]) -> Fit<Self> {
        if self.shape() == shape {
            return Ok(self.clone());
        }
        if broadcast_shape(self.shape(), shape)? != shape {
            return Err(Misfit::new(
                format!("a shape that stretches to {shape:?}"),
                format!("{:?}", self.shape()),
            ));
        }
        match self.data() {
            Data::Whole(values) => {
                let missing = shape.len() - self.shape().len();
                let own = strides(self.shape());
                let steps: Vec<usize> = (0..shape.len())
                    .map(|at| match at.checked_sub(missing) {
                        Some(at) if self.shape()[at] != 1 => own[at],
                        _ => 0,
                    })
                    .collect();
                let stretched = walk(shape, &steps, 0)
                    .map(|at| values[at])
                    .collect::<Vec<_>>();
                Ok(Self::whole(stretched, shape))
            }
            Data::Float(row) => {
                let [to, from, _] = joined(shape, self.shape(), self.shape())?;
                let stretched = row.clone().reshape(from).expand(to);
                Ok(Self::from_row(stretched.reshape([count(shape)]), shape))
            }
        }
    }

    /// Repeats the whole array along each axis.
    pub(crate) fn repeat(&self, times: &[usize]) -> Fit<Self> {
        let extra = times.len().checked_sub(self.shape().len()).ok_or_else(|| {
            Misfit::new(
                format!("numbers for {} axes", self.shape().len()),
                format!("{times:?}"),
            )
        })?;
        let mut shape = vec![1; extra];
        shape.extend_from_slice(self.shape());
        let mut repeated = self.with_shape(&shape)?;
        for (axis, times) in times.iter().enumerate() {
            if *times == 0 {
                return Err(Misfit::new("at least one repeat", "0"));
            }
            if *times > 1 {
                repeated = Self::concat(&vec![repeated; *times], axis)?;
            }
        }
        Ok(repeated)
    }

    /// Turns an axis around.
    pub(crate) fn flip(&self, axis: usize) -> Fit<Self> {
        let indices: Vec<i64> = (0..self.shape()[axis] as i64).rev().collect();
        self.take(axis, &indices)
    }

    /// Puts `before` and `behind` elements of this value around an axis; negative numbers cut off.
    pub(crate) fn pad(&self, axis: usize, before: i64, behind: i64, value: f64) -> Fit<Self> {
        let size = self.shape()[axis] as i64;
        let start = (-before).max(0);
        let end = size - (-behind).max(0);
        if start >= end {
            return Err(Misfit::new(
                "padding that leaves something",
                format!("{before} and {behind} at size {size}"),
            ));
        }
        let kept = self.slice(axis, start as usize, end as usize, 1)?;
        let border = |size: i64| {
            let mut shape = kept.shape().to_vec();
            shape[axis] = size as usize;
            match kept.data() {
                Data::Whole(_) => Self::whole(vec![value as i64; count(&shape)], &shape),
                Data::Float(row) => {
                    let options = (&row.device().without_autodiff(), row.dtype());
                    Self::from_row(Tensor::full([count(&shape)], value, options), &shape)
                }
            }
        };
        let mut parts = Vec::new();
        if before > 0 {
            parts.push(border(before));
        }
        parts.push(kept.clone());
        if behind > 0 {
            parts.push(border(behind));
        }
        if parts.len() == 1 {
            return Ok(kept);
        }
        Self::concat(&parts, axis)
    }

    /// With other elements at these places, counted row by row.
    pub(crate) fn replaced(&self, places: &[i64], new: &Self) -> Fit<Self> {
        let len = self.len();
        if places.len() != new.len() {
            return Err(Misfit::new(
                format!("{} elements", places.len()),
                format!("shape {:?}", new.shape()),
            ));
        }
        // Each element is one of the old or one of the new ones, so that gradients find their way.
        let mut sources: Vec<i64> = (0..len as i64).collect();
        for (number, place) in places.iter().enumerate() {
            let source = usize::try_from(*place)
                .ok()
                .and_then(|at| sources.get_mut(at));
            *source
                .ok_or_else(|| Misfit::new(format!("a place below {len}"), place.to_string()))? =
                (len + number) as i64;
        }
        let both = [self.with_shape(&[len])?, new.with_shape(&[places.len()])?];
        Self::concat(&both, 0)?
            .take(0, &sources)?
            .with_shape(self.shape())
    }

    /// Combines two arrays element by element, stretching both to one shape.
    pub(crate) fn zip(
        &self,
        other: &Self,
        apply: impl FnOnce(Tensor<MAX_RANK>, Tensor<MAX_RANK>) -> Tensor<MAX_RANK>,
    ) -> Fit<Self> {
        let shape = broadcast_shape(self.shape(), other.shape())?;
        let [_, left, right] = joined(&shape, self.shape(), other.shape())?;
        let combined = apply(self.row()?.reshape(left), other.row()?.reshape(right));
        Ok(Self::from_row(combined.reshape([count(&shape)]), &shape))
    }

    /// Combines whole numbers element by element, stretching both to one shape.
    pub(crate) fn zip_whole(&self, other: &Self, apply: impl Fn(i64, i64) -> i64) -> Fit<Self> {
        let shape = broadcast_shape(self.shape(), other.shape())?;
        let left = self.expand(&shape)?.numbers()?;
        let right = other.expand(&shape)?.numbers()?;
        let combined: Vec<i64> = left
            .iter()
            .zip(&right)
            .map(|(left, right)| apply(*left, *right))
            .collect();
        Ok(Self::whole(combined, &shape))
    }
}

/// Strides in elements of a shape.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    let mut step = 1;
    for (stride, size) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step *= size;
    }
    strides
}

/// The places that are reached by going through a shape row by row with these steps.
fn walk(shape: &[usize], steps: &[usize], start: usize) -> impl Iterator<Item = usize> {
    let total = count(shape);
    let (shape, steps) = (shape.to_vec(), steps.to_vec());
    (0..total).map(move |position| {
        let mut rest = position;
        let mut place = start;
        for (size, step) in shape.iter().zip(&steps).rev() {
            place += rest % size * step;
            rest /= size;
        }
        place
    })
}

/// A shape and two that stretch to it, with neighbouring axes that behave alike joined, at the rank that operations
/// are run with.
fn joined(shape: &[usize], left: &[usize], right: &[usize]) -> Fit<[[usize; MAX_RANK]; 3]> {
    let rank = shape.len();
    let padded = |own: &[usize]| {
        let mut padded = vec![1; rank - own.len()];
        padded.extend_from_slice(own);
        padded
    };
    let (left, right) = (padded(left), padded(right));
    let mut groups: Vec<[usize; 3]> = Vec::new();
    let mut last = None;
    for at in 0..rank {
        if shape[at] == 1 {
            continue;
        }
        let kind = (left[at] == 1, right[at] == 1);
        match groups.last_mut() {
            Some(group) if last == Some(kind) => {
                group[0] *= shape[at];
                group[1] *= left[at];
                group[2] *= right[at];
            }
            _ => groups.push([shape[at], left[at], right[at]]),
        }
        last = Some(kind);
    }
    let extra = MAX_RANK.checked_sub(groups.len()).ok_or_else(|| {
        Misfit::new(
            format!("shapes that are stretched along at most {MAX_RANK} axes"),
            format!("{left:?} and {right:?}"),
        )
    })?;
    let mut result = [[1; MAX_RANK]; 3];
    for (at, group) in groups.iter().enumerate() {
        for (which, size) in group.iter().enumerate() {
            result[which][extra + at] = *size;
        }
    }
    Ok(result)
}

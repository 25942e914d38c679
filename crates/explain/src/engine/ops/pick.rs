//! Elements by their indices.

use super::{Call, Operation, operations};
use crate::engine::{
    array::{Array, Fit, Misfit, count},
    layout::{axis, broadcast_shape},
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["index_select"] => |call| {
        let x = call.input(0)?;
        let at = axis(call.int_or("dim", 0), x.shape().len())?;
        x.take(at, &call.input(1)?.numbers()?)
    },
    ["Gather"] => |call| {
        let (x, indices) = (call.input(0)?, call.input(1)?);
        let at = axis(call.int_or("axis", 0), x.shape().len())?;
        let found = x.take(at, &indices.numbers()?)?;
        let mut shape = x.shape()[..at].to_vec();
        shape.extend_from_slice(indices.shape());
        shape.extend_from_slice(&x.shape()[at + 1..]);
        found.with_shape(&shape)
    },
    ["gather", "GatherElements"] => |call| {
        let (x, indices) = (call.input(0)?, call.input(1)?);
        let named = call.int("dim").or_else(|| call.int("axis")).unwrap_or(0);
        let at = axis(named, x.shape().len())?;
        if indices.shape().len() != x.shape().len() {
            return Err(Misfit::new(
                format!("indices of {} dimensions", x.shape().len()),
                format!("shape {:?}", indices.shape()),
            ));
        }
        let len = x.shape()[at] as i64;
        let numbers = indices.numbers()?;
        let mut places = Vec::with_capacity(numbers.len());
        for (position, number) in numbers.iter().enumerate() {
            let mut index = unravel(position, indices.shape());
            let number = if *number < 0 { number + len } else { *number };
            index[at] = usize::try_from(number)
                .map_err(|_| Misfit::new(format!("an index below {len}"), number.to_string()))?;
            places.push(ravel(&index, x.shape())?);
        }
        flat(x, &places)?.with_shape(indices.shape())
    },
    ["GatherND"] => |call| {
        let (x, indices) = (call.input(0)?, call.input(1)?);
        let depth = indices.shape().last().copied().unwrap_or(0);
        if call.int_or("batch_dims", 0) != 0 || depth == 0 || depth > x.shape().len() {
            return Err(Misfit::new(
                format!("indices of up to {} axes, batch_dims 0", x.shape().len()),
                format!("shape {:?}", indices.shape()),
            ));
        }
        let (lead, rest) = x.shape().split_at(depth);
        let places: Fit<Vec<i64>> = indices
            .numbers()?
            .chunks(depth)
            .map(|index| place(index, lead))
            .collect();
        let places = places?;
        let mut shape = indices.shape()[..indices.shape().len() - 1].to_vec();
        shape.extend_from_slice(rest);
        x.with_shape(&[count(lead), count(rest)])?
            .take(0, &places)?
            .with_shape(&shape)
    },
    ["ScatterND"] => |call| {
        let (x, indices, updates) = (call.input(0)?, call.input(1)?, call.input(2)?);
        let depth = indices.shape().last().copied().unwrap_or(0);
        if call.text("reduction").is_some_and(|name| name != "none") || depth > x.shape().len() {
            return Err(Misfit::new(
                format!("indices of up to {} axes, no reduction", x.shape().len()),
                format!("shape {:?}", indices.shape()),
            ));
        }
        let (lead, rest) = x.shape().split_at(depth);
        let size = count(rest) as i64;
        let mut places = Vec::new();
        for index in indices.numbers()?.chunks(depth.max(1)) {
            let first = place(index, lead)? * size;
            places.extend(first..first + size);
        }
        x.replaced(&places, updates)
    },
    ["index"] => index,
};

fn unravel(mut position: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (at, size) in index.iter_mut().zip(shape).rev() {
        *at = position % size;
        position /= size;
    }
    index
}

fn ravel(index: &[usize], shape: &[usize]) -> Fit<i64> {
    let mut place = 0;
    for (at, size) in index.iter().zip(shape) {
        if at >= size {
            return Err(Misfit::new(
                format!("an index below {size}"),
                at.to_string(),
            ));
        }
        place = place * size + at;
    }
    Ok(place as i64)
}

/// The place of an index in which negative numbers count from the end.
fn place(index: &[i64], shape: &[usize]) -> Fit<i64> {
    let index: Fit<Vec<usize>> = index
        .iter()
        .zip(shape)
        .map(|(at, size)| {
            let at = if *at < 0 { at + *size as i64 } else { *at };
            usize::try_from(at)
                .map_err(|_| Misfit::new(format!("an index below {size}"), at.to_string()))
        })
        .collect();
    ravel(&index?, shape)
}

fn flat(x: &Array, places: &[i64]) -> Fit<Array> {
    x.with_shape(&[x.len()])?.take(0, places)
}

/// `x[indices]` of PyTorch: an index tensor, or nothing, for each axis from the first on. Index tensors are stretched
/// to one shape, which takes the place of their axes where these are neighbours, and comes first where not.
fn index(call: &Call<'_>) -> Fit<Array> {
    let x = call.input(0)?;
    let rank = x.shape().len();
    let given = call.inputs.get(1..).unwrap_or_default();
    if given.len() > rank {
        return Err(Misfit::new(
            format!("indices for {rank} axes"),
            given.len().to_string(),
        ));
    }
    let mut chosen: Vec<usize> = Vec::new();
    let mut shape = Vec::new();
    for (at, index) in given.iter().enumerate() {
        if let Some(index) = index {
            chosen.push(at);
            shape = broadcast_shape(&shape, index.shape())?;
        }
    }
    let Some(first) = chosen.first().copied() else {
        return Ok(x.clone());
    };
    let is_together = chosen.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    // The chosen axes to the front, and one place for each combination of indices.
    let rest: Vec<usize> = (0..rank).filter(|at| !chosen.contains(at)).collect();
    let order: Vec<usize> = chosen.iter().chain(&rest).copied().collect();
    let moved = x.permute(&order)?;
    let lead: Vec<usize> = chosen.iter().map(|at| x.shape()[*at]).collect();
    let numbers: Fit<Vec<Vec<i64>>> = chosen
        .iter()
        .filter_map(|at| given[*at].as_ref())
        .map(|index| index.expand(&shape)?.numbers())
        .collect();
    let numbers = numbers?;
    let places: Fit<Vec<i64>> = (0..count(&shape))
        .map(|position| {
            let index: Vec<i64> = numbers.iter().map(|numbers| numbers[position]).collect();
            place(&index, &lead)
        })
        .collect();
    let behind: Vec<usize> = rest.iter().map(|at| x.shape()[*at]).collect();
    let found = moved
        .with_shape(&[count(&lead), count(&behind)])?
        .take(0, &places?)?;
    let mut full = shape.clone();
    full.extend_from_slice(&behind);
    let found = found.with_shape(&full)?;
    if !is_together || first == 0 {
        return Ok(found);
    }
    // Back between the axes in front of the chosen ones and those behind.
    let order: Vec<usize> = (0..first)
        .map(|at| shape.len() + at)
        .chain(0..shape.len())
        .chain(shape.len() + first..full.len())
        .collect();
    found.permute(&order)
}

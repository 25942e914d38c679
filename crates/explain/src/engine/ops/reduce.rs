//! Many elements to one: sums, means, extremes, norms.

use burn::tensor::Tensor;

use super::{Call, Operation, operations};
use crate::engine::{
    array::{Array, Fit, Misfit, count},
    layout::axis,
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["mean", "ReduceMean"] => |call| reduce(call, |x| x.mean_dim(1)),
    ["sum", "ReduceSum"] => |call| {
        if call.input(0)?.is_float() {
            return reduce(call, |x| x.sum_dim(1));
        }
        let x = call.float()?;
        let sum = reduce_array(call, &x, |x| x.sum_dim(1))?;
        Ok(Array::whole(sum.numbers()?, sum.shape()))
    },
    ["amax", "ReduceMax"] => |call| reduce(call, |x| x.max_dim(1)),
    ["amin", "ReduceMin"] => |call| reduce(call, |x| x.min_dim(1)),
    ["prod", "ReduceProd"] => |call| {
        let x = call.float()?;
        let product = reduce_array(call, &x, |x| x.prod_dim(1))?;
        if call.input(0)?.is_float() {
            return Ok(product);
        }
        Ok(Array::whole(product.numbers()?, product.shape()))
    },
    ["ReduceL1"] => |call| reduce(call, |x| x.abs().sum_dim(1)),
    ["ReduceL2"] => |call| reduce(call, |x| x.square().sum_dim(1).sqrt()),
    ["ReduceSumSquare"] => |call| reduce(call, |x| x.square().sum_dim(1)),
    ["ReduceLogSumExp", "logsumexp"] => |call| reduce(call, |x| {
        let max = x.clone().max_dim(1).detach();
        (x - max.clone()).exp().sum_dim(1).log() + max
    }),
    ["linalg_vector_norm", "norm"] => |call| {
        let order = call.number("ord").or_else(|| call.number("p")).unwrap_or(2.0);
        match order {
            2.0 => reduce(call, |x| x.square().sum_dim(1).sqrt()),
            1.0 => reduce(call, |x| x.abs().sum_dim(1)),
            f64::INFINITY => reduce(call, |x| x.abs().max_dim(1)),
            order => reduce_with(call, move |x| {
                x.abs().powf_scalar(order).sum_dim(1).powf_scalar(1.0 / order)
            }),
        }
    },
    ["var", "std"] => |call| {
        let unbiased = call.int("unbiased").unwrap_or(1);
        let correction = call.number("correction").unwrap_or(unbiased as f64);
        let is_std = call.node.short_op() == "std";
        reduce_with(call, move |x| {
            let size = x.dims()[1] as f64;
            let centred = x.clone() - x.mean_dim(1);
            let variance = centred.square().sum_dim(1) / (size - correction).max(0.0);
            if is_std { variance.sqrt() } else { variance }
        })
    },
    ["cumsum", "CumSum"] => |call| {
        let x = call.input(0)?;
        let named = call.ints_at(1, "dim")?.and_then(|axes| axes.first().copied());
        let at = axis(named.unwrap_or(0), x.shape().len())?;
        let [before, size, behind] = crate::engine::layout::around(x.shape(), at);
        let sums = call.place.float(x).shaped([before, size, behind])?.cumsum(1);
        let sums = Array::from_tensor(sums).with_shape(x.shape())?;
        if x.is_float() { Ok(sums) } else { Ok(Array::whole(sums.numbers()?, sums.shape())) }
    },
    ["argmax", "ArgMax"] => |call| {
        let x = call.input(0)?;
        let named = call.int("dim").or_else(|| call.int("axis"));
        let flat;
        let (x, at) = match named {
            Some(named) => (x, axis(named, x.shape().len())?),
            None if call.opset > 0 => (x, 0),
            None => {
                flat = x.with_shape(&[x.len()])?;
                (&flat, 0)
            }
        };
        let [before, size, behind] = crate::engine::layout::around(x.shape(), at);
        let values = x.to_vec64();
        let mut places = Vec::with_capacity(before * behind);
        for outer in 0..before {
            for inner in 0..behind {
                let value = |place: usize| values[(outer * size + place) * behind + inner];
                let best = (1..size).fold(0, |best, place| {
                    if value(place) > value(best) { place } else { best }
                });
                places.push(best as i64);
            }
        }
        let mut shape = x.shape().to_vec();
        let keeps = match call.opset {
            0 => call.flag("keepdim"),
            _ => call.int_or("keepdims", 1) != 0,
        };
        if keeps { shape[at] = 1 } else { shape.remove(at); }
        Ok(Array::whole(places, &shape))
    },
};

fn reduce(call: &Call<'_>, apply: fn(Tensor<3>) -> Tensor<3>) -> Fit<Array> {
    reduce_with(call, apply)
}

fn reduce_with(call: &Call<'_>, apply: impl Fn(Tensor<3>) -> Tensor<3>) -> Fit<Array> {
    reduce_array(call, &call.float()?, apply)
}

/// Reduces the axes that the call names; `apply` reduces the middle of three axes to one element.
fn reduce_array(call: &Call<'_>, x: &Array, apply: impl Fn(Tensor<3>) -> Tensor<3>) -> Fit<Array> {
    let rank = x.shape().len();
    let named = match call.opset {
        0 => call.ints("dim"),
        _ => call.ints_at(1, "axes")?,
    };
    let keeps = match call.opset {
        0 => call.flag("keepdim"),
        _ => call.int_or("keepdims", 1) != 0,
    };
    let named = named.filter(|axes| !axes.is_empty());
    if named.is_none() && call.flag("noop_with_empty_axes") {
        return Ok(x.clone());
    }
    let mut axes = match named {
        Some(named) => named
            .iter()
            .map(|at| axis(*at, rank))
            .collect::<Fit<Vec<_>>>()?,
        None => (0..rank).collect(),
    };
    axes.sort_unstable();
    axes.dedup();
    if x.is_empty() {
        return Err(Misfit::new(
            "elements to reduce",
            format!("shape {:?}", x.shape()),
        ));
    }
    // The axes to reduce come last, in their order, and are reduced as one.
    let kept: Vec<usize> = (0..rank).filter(|at| !axes.contains(at)).collect();
    let is_together = axes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let (moved, before, behind) = if is_together {
        let first = axes.first().copied().unwrap_or(0);
        let behind = count(&x.shape()[(first + axes.len()).min(rank)..]);
        (x.clone(), count(&x.shape()[..first]), behind)
    } else {
        let order: Vec<usize> = kept.iter().chain(&axes).copied().collect();
        let before = kept.iter().map(|at| x.shape()[*at]).product();
        (x.permute(&order)?, before, 1)
    };
    let size = x.len() / (before * behind).max(1);
    let reduced = Array::from_tensor(apply(moved.shaped([before, size, behind])?));
    let shape: Vec<usize> = (0..rank)
        .filter_map(|at| match (axes.contains(&at), keeps) {
            (true, true) => Some(1),
            (true, false) => None,
            (false, _) => Some(x.shape()[at]),
        })
        .collect();
    reduced.with_shape(&shape)
}

//! Fully connected layers, normalisations, embeddings.

use burn::tensor::{Int, Tensor, TensorData, module};

use super::{Call, Operation, operations};
use crate::engine::{
    array::{Array, Fit, Misfit, count},
    layout::broadcast_shape,
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["linear"] => |call| {
        plus(linear(&call.float()?, call.input(1)?)?, call.named("bias"))
    },
    ["addmm"] => |call| {
        let product = matmul(call.input(1)?, call.input(2)?)?;
        let (alpha, beta) = (call.number_or("alpha", 1.0), call.number_or("beta", 1.0));
        scaled(product, alpha)?.zip(&scaled(call.float()?, beta)?, |a, b| a + b)
    },
    ["baddbmm"] => |call| {
        let product = matmul(call.input(1)?, call.input(2)?)?;
        let (alpha, beta) = (call.number_or("alpha", 1.0), call.number_or("beta", 1.0));
        scaled(product, alpha)?.zip(&scaled(call.float()?, beta)?, |a, b| a + b)
    },
    ["matmul", "mm", "bmm", "mv", "dot", "MatMul"] => |call| {
        matmul(&call.float()?, &call.place.float(call.input(1)?))
    },
    ["Gemm"] => |call| {
        let left = call.input(0)?;
        let left = if call.flag("transA") { left.transpose_last()? } else { left.clone() };
        let product = if call.flag("transB") {
            linear(&left, call.input(1)?)?
        } else {
            matmul(&left, call.input(1)?)?
        };
        let product = scaled(product, call.number_or("alpha", 1.0))?;
        match call.optional(2) {
            Some(bias) => plus(product, Some(&scaled(bias.clone(), call.number_or("beta", 1.0))?)),
            None => Ok(product),
        }
    },
    ["batch_norm"] => |call| batch_norm(call),
    ["BatchNormalization"] => |call| batch_norm(call),
    ["layer_norm"] => |call| {
        let axes = call.ints("normalized_shape").unwrap_or_default().len();
        let eps = call.number_or("eps", 1e-5);
        layer_norm(&call.float()?, axes, call.named("weight"), call.named("bias"), eps)
    },
    ["LayerNormalization"] => |call| {
        let x = call.float()?;
        let first = crate::engine::layout::axis(call.int_or("axis", -1), x.shape().len())?;
        let axes = x.shape().len() - first;
        let eps = call.number_or("epsilon", 1e-5);
        layer_norm(&x, axes, call.optional(1), call.optional(2), eps)
    },
    ["rms_norm", "RMSNormalization"] => |call| {
        let x = call.float()?;
        let axes = match call.ints("normalized_shape") {
            Some(shape) => shape.len(),
            None => {
                x.shape().len()
                    - crate::engine::layout::axis(call.int_or("axis", -1), x.shape().len())?
            }
        };
        let eps = call.number("eps").or_else(|| call.number("epsilon"));
        let eps = eps.unwrap_or(f64::from(f32::EPSILON));
        let (rows, size) = rows(&x, axes)?;
        let row = x.shaped([rows, size])?;
        let scale = (row.clone().square().mean_dim(1) + eps).sqrt();
        let normal = Array::from_tensor(row / scale).with_shape(x.shape())?;
        affine(normal, call.named("weight").or(call.optional(1)), None)
    },
    ["group_norm"] => |call| {
        let eps = call.number_or("eps", 1e-5);
        let groups = super::size(call.int_or("num_groups", 1))?;
        group_norm(&call.float()?, groups, call.named("weight"), call.named("bias"), eps)
    },
    ["GroupNormalization"] => |call| {
        let eps = call.number_or("epsilon", 1e-5);
        let groups = super::size(call.int_or("num_groups", 1))?;
        group_norm(&call.float()?, groups, call.optional(1), call.optional(2), eps)
    },
    ["instance_norm", "InstanceNormalization"] => |call| {
        let x = call.float()?;
        let eps = call.number("eps").or_else(|| call.number("epsilon")).unwrap_or(1e-5);
        let (weight, bias) = if call.opset > 0 {
            (call.optional(1), call.optional(2))
        } else {
            (call.named("weight"), call.named("bias"))
        };
        let channels = x.shape().get(1).copied().unwrap_or(1);
        group_norm(&x, channels, weight, bias, eps)
    },
    ["embedding"] => |call| embedding(call.input(0)?, call.input(1)?),
    ["LRN"] => |call| {
        let x = call.float()?;
        let size = super::size(call.int_or("size", 5))?;
        let (alpha, beta) = (call.number_or("alpha", 1e-4), call.number_or("beta", 0.75));
        local_response(&x, size, alpha, beta, call.number_or("bias", 1.0))
    },
};

/// Operations with several results, of which the first is the one that is used.
pub(super) const SEVERAL: &[Operation] = &[
    Operation {
        names: &["_native_batch_norm_legit_no_training", "native_batch_norm"],
        run: |call| batch_norm(call).map(|result| vec![result]),
    },
    Operation {
        names: &["native_layer_norm"],
        run: |call| {
            let axes = call.ints("normalized_shape").unwrap_or_default().len();
            let eps = call.number_or("eps", 1e-5);
            let (weight, bias) = (call.named("weight"), call.named("bias"));
            layer_norm(&call.float()?, axes, weight, bias, eps).map(|result| vec![result])
        },
    },
    Operation {
        names: &["native_group_norm"],
        run: |call| {
            let groups = super::size(call.int_or("group", 1))?;
            let eps = call.number_or("eps", 1e-5);
            let (weight, bias) = (call.named("weight"), call.named("bias"));
            group_norm(&call.float()?, groups, weight, bias, eps).map(|result| vec![result])
        },
    },
];

impl Array {
    /// With its last two axes exchanged.
    fn transpose_last(&self) -> Fit<Self> {
        let rank = self.shape().len();
        if rank < 2 {
            return Err(Misfit::new("a matrix", format!("shape {:?}", self.shape())));
        }
        self.transpose(rank - 2, rank - 1)
    }
}

fn scaled(x: Array, factor: f64) -> Fit<Array> {
    if factor == 1.0 {
        return Ok(x);
    }
    x.map(|x| x * factor)
}

fn plus(x: Array, bias: Option<&Array>) -> Fit<Array> {
    match bias {
        Some(bias) => x.zip(bias, |x, bias| x + bias),
        None => Ok(x),
    }
}

/// `x` times the transposed weight, which is not brought into another order for it: those of VGG are 400 MB.
///
/// # Shapes
/// `x`: `[..., in]`, `weight`: `[out, in]` or `[in]`.
fn linear(x: &Array, weight: &Array) -> Fit<Array> {
    let (Some(inner), &[out, size]) = (x.shape().last().copied(), weight.shape()) else {
        return matmul(x, weight);
    };
    if inner != size || inner == 0 {
        return Err(Misfit::new(
            format!("{size} features"),
            format!("{inner} (shape {:?})", x.shape()),
        ));
    }
    let rows = x.shaped([x.len() / inner, inner])?;
    let product = rows.matmul(weight.shaped([out, inner])?.transpose());
    let mut shape = x.shape().to_vec();
    if let Some(last) = shape.last_mut() {
        *last = out;
    }
    Array::from_tensor(product).with_shape(&shape)
}

/// # Shapes
/// `[..., m, k]` times `[..., k, n]`; axes in front are stretched, and a vector is a matrix of one row or column.
pub(super) fn matmul(left: &Array, right: &Array) -> Fit<Array> {
    let (is_left_vector, is_right_vector) = (left.shape().len() == 1, right.shape().len() == 1);
    let left = if is_left_vector {
        left.with_shape(&[1, left.len()])?
    } else {
        left.clone()
    };
    let right = if is_right_vector {
        right.with_shape(&[right.len(), 1])?
    } else {
        right.clone()
    };
    let (left_rank, right_rank) = (left.shape().len(), right.shape().len());
    if left_rank < 2 || right_rank < 2 {
        return Err(Misfit::new("matrices", "numbers"));
    }
    let [m, inner] = [left.shape()[left_rank - 2], left.shape()[left_rank - 1]];
    let [depth, n] = [right.shape()[right_rank - 2], right.shape()[right_rank - 1]];
    if inner != depth {
        return Err(Misfit::new(
            format!("{depth} features"),
            format!("{inner} (shape {:?})", left.shape()),
        ));
    }
    let batch = broadcast_shape(
        &left.shape()[..left_rank - 2],
        &right.shape()[..right_rank - 2],
    )?;
    let product = if right_rank == 2 {
        // One matrix for all: a single large product.
        let rows = count(&left.shape()[..left_rank - 1]);
        let product = left
            .shaped([rows, inner])?
            .matmul(right.shaped([depth, n])?);
        Array::from_tensor(product)
    } else {
        let stretched = |array: &Array, rows: usize, columns: usize| {
            let mut shape = batch.clone();
            shape.extend([rows, columns]);
            array.expand(&shape)?.shaped([count(&batch), rows, columns])
        };
        let product: Tensor<3> = stretched(&left, m, inner)?.matmul(stretched(&right, depth, n)?);
        Array::from_tensor(product)
    };
    let mut shape = batch;
    if !is_left_vector {
        shape.push(m);
    }
    if !is_right_vector {
        shape.push(n);
    }
    product.with_shape(&shape)
}

/// `(x - mean) / sqrt(variance + eps) * weight + bias` with the statistics that training left behind.
fn batch_norm(call: &Call<'_>) -> Fit<Array> {
    let x = call.float()?;
    let (scale, shift) = affine_of_batch_norm(call)?;
    let channels = scale.len();
    if x.shape().get(1) != Some(&channels) {
        return Err(Misfit::new(
            format!("{channels} channels"),
            format!("shape {:?}", x.shape()),
        ));
    }
    let mut shape = vec![1; x.shape().len()];
    shape[1] = channels;
    let (scale, shift) = (scale.with_shape(&shape)?, shift.with_shape(&shape)?);
    x.zip(&scale, |x, scale| x * scale)?
        .zip(&shift, |x, shift| x + shift)
}

/// Batch normalisation as a factor and a term for each channel.
pub(crate) fn affine_of_batch_norm(call: &Call<'_>) -> Fit<(Array, Array)> {
    let is_training = call.flag("training") || call.flag("train") || call.flag("training_mode");
    if is_training {
        return Err(Misfit::new(
            "a model that was exported for evaluation",
            "batch normalisation in training",
        ));
    }
    let is_onnx = call.opset > 0;
    let [weight, bias, mean, variance] = if is_onnx {
        [1, 2, 3, 4].map(|at| call.optional(at))
    } else {
        ["weight", "bias", "running_mean", "running_var"].map(|name| call.named(name))
    };
    let (Some(mean), Some(variance)) = (mean, variance) else {
        return Err(Misfit::new("running statistics", "none"));
    };
    let eps = call.number(if is_onnx { "epsilon" } else { "eps" });
    let eps = eps.unwrap_or(1e-5);
    let deviation = variance.map(|variance| (variance + eps).sqrt())?;
    let scale = match weight {
        Some(weight) => weight.zip(&deviation, |weight, deviation| weight / deviation)?,
        None => deviation.map(Tensor::recip)?,
    };
    let shift = mean.zip(&scale, |mean, scale| -(mean * scale))?;
    Ok((scale, plus(shift, bias)?))
}

fn rows(x: &Array, axes: usize) -> Fit<(usize, usize)> {
    let rank = x.shape().len();
    let first = rank.checked_sub(axes).filter(|_| axes > 0).ok_or_else(|| {
        Misfit::new(
            format!("{axes} dimensions"),
            format!("shape {:?}", x.shape()),
        )
    })?;
    Ok((count(&x.shape()[..first]), count(&x.shape()[first..])))
}

/// Each row to mean 0 and deviation 1.
fn standard(rows: Tensor<2>, eps: f64) -> Tensor<2> {
    let centred = rows.clone() - rows.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    centred / (variance + eps).sqrt()
}

fn affine(x: Array, weight: Option<&Array>, bias: Option<&Array>) -> Fit<Array> {
    let x = match weight {
        Some(weight) => x.zip(weight, |x, weight| x * weight)?,
        None => x,
    };
    plus(x, bias)
}

fn layer_norm(
    x: &Array,
    axes: usize,
    weight: Option<&Array>,
    bias: Option<&Array>,
    eps: f64,
) -> Fit<Array> {
    let (rows, size) = rows(x, axes)?;
    if let Some(weight) = weight
        && weight.len() != size
    {
        return Err(Misfit::new(
            format!("{} features", weight.len()),
            format!("shape {:?}", x.shape()),
        ));
    }
    let normal = standard(x.shaped([rows, size])?, eps);
    affine(
        Array::from_tensor(normal).with_shape(x.shape())?,
        weight,
        bias,
    )
}

fn group_norm(
    x: &Array,
    groups: usize,
    weight: Option<&Array>,
    bias: Option<&Array>,
    eps: f64,
) -> Fit<Array> {
    let [batch, channels] = match x.shape() {
        [batch, channels, ..] if groups > 0 && channels.is_multiple_of(groups) => {
            [*batch, *channels]
        }
        other => {
            return Err(Misfit::new(
                format!("channels in {groups} groups"),
                format!("shape {other:?}"),
            ));
        }
    };
    let rows = batch * groups;
    let normal = standard(x.shaped([rows, x.len() / rows.max(1)])?, eps);
    let normal = Array::from_tensor(normal).with_shape(x.shape())?;
    let mut shape = vec![1; x.shape().len()];
    shape[1] = channels;
    let along = |array: Option<&Array>| array.map(|array| array.with_shape(&shape)).transpose();
    affine(normal, along(weight)?.as_ref(), along(bias)?.as_ref())
}

/// Rows of a table.
fn embedding(table: &Array, indices: &Array) -> Fit<Array> {
    let [rows, width] = table.shape() else {
        return Err(Misfit::new("a table", format!("shape {:?}", table.shape())));
    };
    let numbers = indices.numbers()?;
    if let Some(wrong) = numbers.iter().find(|at| **at < 0 || **at >= *rows as i64) {
        return Err(Misfit::new(
            format!("an index below {rows}"),
            wrong.to_string(),
        ));
    }
    let numbers: Vec<i32> = numbers.iter().map(|number| *number as i32).collect();
    let device = table.row()?.device().without_autodiff();
    let len = numbers.len();
    let places: Tensor<2, Int> = Tensor::from_data(TensorData::new(numbers, [1, len]), &device);
    let found = module::embedding(table.ranked::<2>()?, places);
    let mut shape = indices.shape().to_vec();
    shape.push(*width);
    Array::from_tensor(found).with_shape(&shape)
}

/// `x / (bias + alpha/size * sum of squares of neighbouring channels)^beta`.
fn local_response(x: &Array, size: usize, alpha: f64, beta: f64, bias: f64) -> Fit<Array> {
    let [batch, channels, ..] = x.shape() else {
        return Err(Misfit::new("channels", format!("shape {:?}", x.shape())));
    };
    let plane = x.len() / (batch * channels).max(1);
    let squares = x
        .map(|x| x.clone() * x)?
        .with_shape(&[*batch, *channels, plane])?;
    let front = size.saturating_sub(1) / 2;
    let padded = squares.pad(1, front as i64, (size.max(1) - 1 - front) as i64, 0.0)?;
    let mut sum: Option<Array> = None;
    for at in 0..size.max(1) {
        let part = padded.slice(1, at, at + channels, 1)?;
        sum = Some(match sum {
            Some(sum) => sum.zip(&part, |a, b| a + b)?,
            None => part,
        });
    }
    let Some(sum) = sum else {
        return Ok(x.clone());
    };
    let divisor = sum
        .map(|sum| (sum * (alpha / size as f64) + bias).powf_scalar(beta))?
        .with_shape(x.shape())?;
    x.zip(&divisor, |x, divisor| x / divisor)
}

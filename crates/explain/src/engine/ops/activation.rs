//! Activations.

use burn::tensor::{Tensor, activation};

use super::{Call, Operation, operations};
use crate::engine::{
    array::{Array, Fit, Misfit},
    layout::{around, axis},
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["relu", "Relu"] => |call| call.map(activation::relu),
    ["relu6"] => |call| call.map(|x| x.clamp(0.0, 6.0)),
    ["hardtanh"] => |call| {
        let (min, max) = (call.number_or("min_val", -1.0), call.number_or("max_val", 1.0));
        call.map(|x| x.clamp(min, max))
    },
    ["sigmoid", "Sigmoid"] => |call| call.map(activation::sigmoid),
    ["tanh", "Tanh"] => |call| call.map(Tensor::tanh),
    ["hardsigmoid"] => |call| call.map(|x| hard_sigmoid(x, 1.0 / 6.0, 0.5)),
    ["HardSigmoid"] => |call| {
        let (alpha, beta) = (call.number_or("alpha", 0.2), call.number_or("beta", 0.5));
        call.map(|x| hard_sigmoid(x, alpha, beta))
    },
    ["hardswish", "HardSwish"] => |call| {
        call.map(|x| hard_sigmoid(x.clone(), 1.0 / 6.0, 0.5) * x)
    },
    ["silu"] => |call| call.map(|x| activation::sigmoid(x.clone()) * x),
    ["Swish"] => |call| {
        let alpha = call.number_or("alpha", 1.0);
        call.map(|x| activation::sigmoid(x.clone() * alpha) * x)
    },
    ["mish", "Mish"] => |call| call.map(|x| softplus(x.clone(), 1.0).tanh() * x),
    ["gelu", "Gelu"] => |call| match call.text("approximate") {
        Some("tanh") => call.map(gelu_tanh),
        _ => call.map(gelu),
    },
    ["leaky_relu"] => |call| {
        let slope = call.number_or("negative_slope", 0.01);
        call.map(|x| split_at_zero(x, |negative| negative * slope))
    },
    ["LeakyRelu"] => |call| {
        let slope = call.number_or("alpha", 0.01);
        call.map(|x| split_at_zero(x, |negative| negative * slope))
    },
    ["elu", "Elu"] => |call| {
        let alpha = call.number_or("alpha", 1.0);
        let scale = call.number_or("scale", 1.0);
        call.map(|x| split_at_zero(x, |negative| (negative.exp() - 1.0) * alpha) * scale)
    },
    ["celu", "Celu"] => |call| {
        let alpha = call.number_or("alpha", 1.0);
        call.map(|x| split_at_zero(x, |negative| ((negative / alpha).exp() - 1.0) * alpha))
    },
    ["selu", "Selu"] => |call| {
        // Klambauer et al. 2017, as PyTorch rounds them.
        let alpha = call.number_or("alpha", 1.673_263_242_354_377_2);
        let gamma = call.number_or("gamma", 1.050_700_987_355_480_5);
        call.map(|x| split_at_zero(x, |negative| (negative.exp() - 1.0) * alpha) * gamma)
    },
    ["softplus"] => |call| {
        let beta = call.number_or("beta", 1.0);
        call.map(|x| softplus(x, beta))
    },
    ["Softplus"] => |call| call.map(|x| softplus(x, 1.0)),
    ["log_sigmoid"] => |call| call.map(|x| -softplus(-x, 1.0)),
    ["softsign", "Softsign"] => |call| call.map(|x| x.clone() / (x.abs() + 1.0)),
    ["threshold"] => |call| {
        let (limit, value) = (call.number_or("threshold", 0.0), call.number_or("value", 0.0));
        call.map(|x| x.clone().mask_fill(x.lower_equal_elem(limit), value))
    },
    ["prelu", "_prelu_kernel", "PRelu"] => prelu,
    ["softmax", "_softmax", "_safe_softmax", "Softmax"] => |call| {
        along_axis(call, |x| activation::softmax(x, 1))
    },
    ["log_softmax", "_log_softmax", "LogSoftmax"] => |call| {
        along_axis(call, |x| activation::log_softmax(x, 1))
    },
};

fn hard_sigmoid(x: Tensor<1>, alpha: f64, beta: f64) -> Tensor<1> {
    (x * alpha + beta).clamp(0.0, 1.0)
}

/// `x` where it is positive, something else where it is not.
fn split_at_zero(x: Tensor<1>, below: impl FnOnce(Tensor<1>) -> Tensor<1>) -> Tensor<1> {
    // What grows without bound is kept away from the other branch, whose gradient would be 0 times infinity.
    activation::relu(x.clone()) + below(-activation::relu(-x))
}

/// `log(1 + exp(beta x)) / beta` without overflow.
fn softplus(x: Tensor<1>, beta: f64) -> Tensor<1> {
    let x = x * beta;
    (activation::relu(x.clone()) + (-x.abs()).exp().log1p()) / beta
}

/// `x/2 (1 + erf(x/sqrt 2))`.
fn gelu(x: Tensor<1>) -> Tensor<1> {
    ((x.clone() * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0) * x * 0.5
}

/// `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
fn gelu_tanh(x: Tensor<1>) -> Tensor<1> {
    let cube = x.clone() * x.clone() * x.clone();
    let inner = (cube * 0.044_715 + x.clone()) * (2.0 / std::f64::consts::PI).sqrt();
    (inner.tanh() + 1.0) * x * 0.5
}

fn prelu(call: &Call<'_>) -> Fit<Array> {
    let x = call.float()?;
    let slope = call.input(1)?;
    // ATen has a slope for each channel, ONNX one that is stretched from behind.
    let is_onnx = call.opset > 0;
    let slope = if !is_onnx && slope.len() > 1 && x.shape().len() > 1 {
        let mut shape = vec![1; x.shape().len()];
        shape[1] = slope.len();
        slope.with_shape(&shape)?
    } else {
        slope.clone()
    };
    let positive = x.map(activation::relu)?;
    let negative = x.map(|x| activation::relu(-x))?;
    let negative = negative.zip(&slope, |x, slope| x * slope)?;
    positive.zip(&negative, |positive, negative| positive - negative)
}

fn along_axis(call: &Call<'_>, apply: impl FnOnce(Tensor<3>) -> Tensor<3>) -> Fit<Array> {
    let x = call.float()?;
    if call.opset > 0 && call.opset < 13 && !call.has("axis") {
        return Err(Misfit::new(
            "an axis, as operations of version 13 have it",
            "none",
        ));
    }
    let named = call.int("dim").or_else(|| call.int("axis"));
    let at = axis(named.unwrap_or(-1), x.shape().len().max(1))?;
    if x.shape().is_empty() {
        return x.map(|x| apply(x.reshape([1, 1, 1])).reshape([1]));
    }
    let shape = around(x.shape(), at);
    x.map(|x| {
        let len = shape.iter().product::<usize>();
        apply(x.reshape(shape)).reshape([len])
    })
}

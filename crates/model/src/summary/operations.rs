//! Mult-adds of operations by the shapes of their tensors: the one place of these formulas.

use super::record::product;

/// Mult-adds of one operation of PyTorch (`aten.addmm.default` or `addmm`) or ONNX (`Gemm`), by the shapes of its tensor
/// arguments in order and of its results; states of recurrent layers are left out. `None`: it multiplies no matrices, or the shapes do not fit.
///
/// One mult-add is one multiplication whose product is added to a sum; additions of a bias are none.
///
/// | operation | shapes | mult-adds |
/// |---|---|---|
/// | `mm`, `matmul` of matrices | `[n, k] · [k, m]` | `n · k · m` |
/// | `bmm`, `matmul` | `[…, n, k] · […, k, m]` | elements of the result `· k` |
/// | `addmm`, `baddbmm`, `addbmm` | bias, `a`, `b` | as without the bias |
/// | `linear` | `[…, k]`, weight `[m, k]` | elements of the result `· k` |
/// | `convolution`, `conv1d`… | weight `[out, in / groups, …]` | elements of the result `·` elements of `weight / out` |
/// | transposed convolution | weight `[in, out / groups, …]` | elements of the input `·` elements of `weight / in` |
/// | `lstm`, `gru`, `rnn_tanh`, … | input `[t, b, i]`, weights | `t · b ·` elements of all weight matrices |
/// | attention | `q [b…, l, d]`, `k [b…, s, d]`, `v [b…, s, e]` | `b · l · s · (d + e)` |
///
/// The same numbers are half of what PyTorch's `torch.utils.flop_counter` counts as floating-point operations.
pub fn mult_adds_of_operation(
    name: &str,
    inputs: &[Vec<u64>],
    outputs: &[Vec<u64>],
) -> Option<u64> {
    let name = name
        .trim_start_matches("aten::")
        .trim_start_matches("aten.");
    let name = name.split('.').next()?;
    let tensor = |index: usize| inputs.get(index).map(Vec::as_slice);
    let result = || {
        outputs
            .first()
            .map(|result| product(result.iter().copied()))
    };
    match name {
        "mm" | "bmm" | "matmul" | "mv" | "dot" | "linear" | "MatMul" | "Gemm" => {
            product_of(tensor(0)?, result()?)
        }
        "addmm" | "baddbmm" | "addmv" => product_of(tensor(1)?, result()?),
        // It sums over the batch too.
        "addbmm" => {
            let batch = *tensor(1)?.first()?;
            Some(product_of(tensor(1)?, result()?)?.saturating_mul(batch))
        }
        "conv1d"
        | "conv2d"
        | "conv3d"
        | "convolution"
        | "_convolution"
        | "mkldnn_convolution"
        | "cudnn_convolution"
        | "miopen_convolution"
        | "convolution_overrideable"
        | "Conv" => convolution(tensor(1)?, result()?),
        "conv_transpose1d" | "conv_transpose2d" | "conv_transpose3d" | "ConvTranspose" => {
            convolution(tensor(1)?, product(tensor(0)?.iter().copied()))
        }
        "lstm" | "gru" | "rnn_tanh" | "rnn_relu" => recurrent(tensor(0)?, inputs.get(1..)?, 2),
        "LSTM" | "GRU" | "RNN" => recurrent(tensor(0)?, inputs.get(1..)?, 3),
        _ if name.contains("scaled_dot_product") => attention(tensor(0)?, tensor(1)?, tensor(2)?),
        _ => None,
    }
}

/// Each element of the result sums over the last axis of the left factor.
fn product_of(left: &[u64], result: u64) -> Option<u64> {
    Some(result.saturating_mul(*left.last()?))
}

/// Each of the elements meets the weights of one channel.
fn convolution(weight: &[u64], elements: u64) -> Option<u64> {
    weight.first()?;
    Some(elements.saturating_mul(product(weight.iter().skip(1).copied())))
}

/// Every step of the sequence meets all weights. The biases have an axis less.
fn recurrent(input: &[u64], weights: &[Vec<u64>], weight_axes: usize) -> Option<u64> {
    let (_, steps) = input.split_last()?;
    let weights = weights.iter().filter(|weight| weight.len() == weight_axes);
    let elements = weights
        .map(|weight| product(weight.iter().copied()))
        .fold(0, u64::saturating_add);
    Some(product(steps.iter().copied()).saturating_mul(elements))
}

/// `q · kᵀ`, and the result `· v`.
fn attention(query: &[u64], key: &[u64], value: &[u64]) -> Option<u64> {
    let [batch @ .., positions, width] = query else {
        return None;
    };
    let [.., sources, _] = key else { return None };
    let pairs = product(batch.iter().copied())
        .saturating_mul(*positions)
        .saturating_mul(*sources);
    Some(pairs.saturating_mul(width.saturating_add(*value.last()?)))
}

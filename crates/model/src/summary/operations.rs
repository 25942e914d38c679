//! Mult-adds of operations by the shapes of their tensors: the one place of these formulas.

use super::record::product;

/// Mult-adds of one operation of PyTorch (`aten::addmm`, `aten.addmm.default` or `addmm`), by the shapes of its tensor
/// arguments in order and of its results. `None`: it multiplies no matrices, or the shapes do not fit.
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
        "mm" | "bmm" | "matmul" | "mv" | "dot" | "linear" => product_of(tensor(0)?, result()?),
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
        | "convolution_overrideable" => convolution(tensor(1)?, result()?),
        "conv_transpose1d" | "conv_transpose2d" | "conv_transpose3d" => {
            convolution(tensor(1)?, product(tensor(0)?.iter().copied()))
        }
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

//! Attention.

use burn::tensor::activation::softmax;

use super::{Call, Operation, layers::matmul, operations};
use crate::engine::{
    array::{Array, Fit, Misfit},
    layout::around,
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["scaled_dot_product_attention"] => attention,
};

/// `softmax(Q K^T scale + mask) V` (Vaswani et al. 2017, equation 1).
///
/// # Shapes
/// Queries `[..., L, E]`, keys `[..., S, E]`, values `[..., S, V]`, mask stretched to `[..., L, S]`.
fn attention(call: &Call<'_>) -> Fit<Array> {
    let query = call.float()?;
    let (mut key, mut value) = (call.input(1)?.clone(), call.input(2)?.clone());
    let rank = query.shape().len();
    if rank < 2 || key.shape().len() != rank || value.shape().len() != rank {
        return Err(Misfit::new(
            "queries, keys and values of as many dimensions",
            format!(
                "{:?}, {:?} and {:?}",
                query.shape(),
                key.shape(),
                value.shape()
            ),
        ));
    }
    if call.flag("enable_gqa") && rank > 2 {
        // Heads of keys that serve several heads of queries.
        let heads = key.shape()[rank - 3].max(1);
        let times = query.shape()[rank - 3] / heads;
        let order: Vec<i64> = (0..heads * times)
            .map(|at| (at / times.max(1)) as i64)
            .collect();
        (key, value) = (key.take(rank - 3, &order)?, value.take(rank - 3, &order)?);
    }
    let [queries, width] = [query.shape()[rank - 2], query.shape()[rank - 1]];
    let keys = key.shape()[rank - 2];
    let scale = call.number("scale").unwrap_or(1.0 / (width as f64).sqrt());
    let mut scores = matmul(
        &query.map(|query| query * scale)?,
        &key.transpose(rank - 2, rank - 1)?,
    )?;
    if call.flag("is_causal") {
        let later = (0..queries * keys).map(|at| {
            let is_later = at % keys > at / keys;
            if is_later { f64::NEG_INFINITY } else { 0.0 }
        });
        let later = call.place.floats(later.collect(), &[queries, keys]);
        scores = scores.zip(&later, |scores, later| scores + later)?;
    }
    if let Some(mask) = call.named("attn_mask") {
        let mask = if mask.is_float() {
            mask.clone()
        } else {
            let values = mask.numbers()?.into_iter();
            let values = values.map(|holds| if holds != 0 { 0.0 } else { f64::NEG_INFINITY });
            call.place.floats(values.collect(), mask.shape())
        };
        scores = scores.zip(&mask, |scores, mask| scores + mask)?;
    }
    let shape = around(scores.shape(), rank - 1);
    let weights = scores.map(|scores| {
        let len = shape.iter().product::<usize>();
        softmax(scores.reshape(shape), 1).reshape([len])
    })?;
    matmul(&weights, &value)
}

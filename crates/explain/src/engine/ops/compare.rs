//! Comparisons, truth values, and choices by them.

use burn::tensor::{Bool, Tensor, TensorData};

use super::{Call, Operand, Operation, operations};
use crate::engine::{
    array::{Array, Data, Fit, Misfit},
    layout::broadcast_shape,
};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["eq", "Equal"] => |call| compare(call, |a, b| a == b),
    ["ne"] => |call| compare(call, |a, b| a != b),
    ["lt", "Less"] => |call| compare(call, |a, b| a < b),
    ["le", "LessOrEqual"] => |call| compare(call, |a, b| a <= b),
    ["gt", "Greater"] => |call| compare(call, |a, b| a > b),
    ["ge", "GreaterOrEqual"] => |call| compare(call, |a, b| a >= b),
    ["logical_and", "bitwise_and", "__and__", "And"] => |call| {
        compare(call, |a, b| a != 0.0 && b != 0.0)
    },
    ["logical_or", "bitwise_or", "__or__", "Or"] => |call| {
        compare(call, |a, b| a != 0.0 || b != 0.0)
    },
    ["logical_xor", "Xor"] => |call| compare(call, |a, b| (a != 0.0) != (b != 0.0)),
    ["logical_not", "bitwise_not", "Not"] => |call| {
        let x = call.input(0)?;
        let values: Vec<i64> = x.numbers()?.iter().map(|value| i64::from(*value == 0)).collect();
        Ok(Array::whole(values, x.shape()))
    },
    ["where", "Where"] => |call| choose(call.input(0)?, call.input(1)?, call.input(2)?, call),
    ["masked_fill"] => |call| {
        let value = match call.operand("value") {
            Some(Operand::Array(array)) => array,
            Some(Operand::Int(number)) => Array::whole(vec![number], &[]),
            Some(Operand::Float(number)) => call.place.full(number, &[]),
            None => return Err(Misfit::new("a value to fill with", "none")),
        };
        choose(call.input(1)?, &value, call.input(0)?, call)
    },
};

fn compare(call: &Call<'_>, holds: impl Fn(f64, f64) -> bool) -> Fit<Array> {
    let left = call.input(0)?;
    let right = match call.optional(1) {
        Some(right) => right.clone(),
        None => match call.operand("other") {
            Some(Operand::Float(number)) => call.place.full(number, &[]),
            Some(Operand::Int(number)) => Array::whole(vec![number], &[]),
            _ => return Err(Misfit::new("something to compare with", "none")),
        },
    };
    let shape = broadcast_shape(left.shape(), right.shape())?;
    let left = left.expand(&shape)?.to_vec64();
    let right = right.expand(&shape)?.to_vec64();
    let values: Vec<i64> = left
        .iter()
        .zip(&right)
        .map(|(left, right)| i64::from(holds(*left, *right)))
        .collect();
    Ok(Array::whole(values, &shape))
}

/// `yes` where the condition holds, `no` elsewhere.
fn choose(condition: &Array, yes: &Array, no: &Array, call: &Call<'_>) -> Fit<Array> {
    let shape = broadcast_shape(condition.shape(), yes.shape())?;
    let shape = broadcast_shape(&shape, no.shape())?;
    let condition = condition.expand(&shape)?.numbers()?;
    let (yes, no) = (yes.expand(&shape)?, no.expand(&shape)?);
    if let (Data::Whole(yes), Data::Whole(no)) = (yes.data(), no.data()) {
        let chosen = condition.iter().zip(yes.iter().zip(no.iter()));
        let chosen: Vec<i64> = chosen
            .map(|(holds, (yes, no))| if *holds != 0 { *yes } else { *no })
            .collect();
        return Ok(Array::whole(chosen, &shape));
    }
    let holds: Vec<bool> = condition.iter().map(|holds| *holds != 0).collect();
    let len = holds.len();
    let mask: Tensor<1, Bool> =
        Tensor::from_data(TensorData::new(holds, [len]), &call.place.device);
    let yes = call.place.float(&yes).row()?;
    call.place.float(&no).map(|no| no.mask_where(mask, yes))
}

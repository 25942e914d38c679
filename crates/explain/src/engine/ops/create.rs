//! Tensors out of nothing: constants, ranges, and changes of type.

use glassboard_model::{Attribute, DType};

use super::{Call, Operand, Operation, operations, size};
use crate::engine::array::{Array, Fit, Misfit, count};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["zeros", "new_zeros"] => |call| filled(call, sizes(call)?, &Operand::Float(0.0)),
    ["ones", "new_ones"] => |call| filled(call, sizes(call)?, &Operand::Float(1.0)),
    ["full", "new_full"] => |call| filled(call, sizes(call)?, &fill_value(call)?),
    ["zeros_like"] => |call| filled(call, call.input(0)?.shape().to_vec(), &Operand::Float(0.0)),
    ["ones_like"] => |call| filled(call, call.input(0)?.shape().to_vec(), &Operand::Float(1.0)),
    ["full_like"] => |call| filled(call, call.input(0)?.shape().to_vec(), &fill_value(call)?),
    ["fill"] => |call| {
        let value = call.operand("value").ok_or_else(|| Misfit::new("a value", "none"))?;
        filled(call, call.input(0)?.shape().to_vec(), &value)
    },
    ["zero"] => |call| filled(call, call.input(0)?.shape().to_vec(), &Operand::Float(0.0)),
    ["scalar_tensor"] => |call| {
        let value = call.operand("s").ok_or_else(|| Misfit::new("a value", "none"))?;
        filled(call, Vec::new(), &value)
    },
    ["arange"] => |call| {
        let start = call.operand("start").unwrap_or(Operand::Int(0));
        let end = call.operand("end").ok_or_else(|| Misfit::new("an end", "none"))?;
        range(call, &start, &end, &call.operand("step").unwrap_or(Operand::Int(1)))
    },
    ["Range"] => |call| {
        let given = |at| call.input(at).cloned().map(Operand::Array);
        range(call, &given(0)?, &given(1)?, &given(2)?)
    },
    ["Constant"] => constant,
    ["ConstantOfShape"] => |call| {
        let shape = sizes_of(&call.input(0)?.numbers()?)?;
        // The value, a tensor of one element, is put in front of the inputs by the plan.
        match call.optional(1) {
            Some(value) => filled(call, shape, &Operand::Array(value.clone())),
            None => filled(call, shape, &Operand::Float(0.0)),
        }
    },
    ["Shape"] => |call| {
        let shape: Vec<i64> = call.input(0)?.shape().iter().map(|size| *size as i64).collect();
        let rank = shape.len() as i64;
        let place = |at: i64| if at < 0 { at + rank } else { at }.clamp(0, rank) as usize;
        let start = place(call.int_or("start", 0));
        let end = place(call.int_or("end", rank)).max(start);
        let part = shape.get(start..end).unwrap_or_default();
        Ok(Array::whole(part, &[part.len()]))
    },
    ["Size"] => |call| Ok(Array::whole(vec![call.input(0)?.len() as i64], &[])),
    ["sym_size"] => |call| {
        let shape = call.input(0)?.shape();
        let at = crate::engine::layout::axis(call.int_or("dim", 0), shape.len())?;
        Ok(Array::whole(vec![shape[at] as i64], &[]))
    },
    ["Cast"] => |call| {
        let to = call.int_or("to", 1);
        // ONNX's types of floats: 32, 16, 64 bits and bfloat16.
        retype(call, matches!(to, 1 | 10 | 11 | 16), to == 9)
    },
    ["CastLike"] => |call| retype(call, call.input(1)?.is_float(), false),
    ["to", "_to_copy", "type_as", "float", "_assert_tensor_metadata"] => |call| {
        match call.dtype("dtype") {
            Some(dtype) => retype(call, dtype.is_float(), dtype == DType::Bool),
            None => match call.optional(1) {
                Some(like) => retype(call, like.is_float(), false),
                None => Ok(call.input(0)?.clone()),
            },
        }
    },
};

fn sizes(call: &Call<'_>) -> Fit<Vec<usize>> {
    sizes_of(&call.ints("size").unwrap_or_default())
}

fn sizes_of(numbers: &[i64]) -> Fit<Vec<usize>> {
    numbers.iter().map(|number| size(*number)).collect()
}

fn fill_value(call: &Call<'_>) -> Fit<Operand> {
    call.operand("fill_value")
        .ok_or_else(|| Misfit::new("a value", "none"))
}

#[expect(clippy::unnecessary_wraps)] // the rows of the table return a result
fn filled(call: &Call<'_>, shape: Vec<usize>, value: &Operand) -> Fit<Array> {
    let number = match value {
        Operand::Array(array) => array.to_vec64().first().copied().unwrap_or_default(),
        Operand::Int(number) => *number as f64,
        Operand::Float(number) => *number,
    };
    // A type that is not said is that of the tensor it is made like, or of the value.
    let is_float = call.float_type("dtype").unwrap_or(match value {
        Operand::Array(value) => value.is_float(),
        Operand::Int(_) => call.optional(0).is_some_and(Array::is_float),
        Operand::Float(_) => call.optional(0).is_none_or(Array::is_float) || call.opset > 0,
    });
    if is_float {
        return Ok(call.place.full(number, &shape));
    }
    Ok(Array::whole(vec![number as i64; count(&shape)], &shape))
}

/// The most numbers of a range: positions and indices are far fewer.
const MAX_RANGE: usize = 1 << 24;

fn range(call: &Call<'_>, start: &Operand, end: &Operand, step: &Operand) -> Fit<Array> {
    let number = |operand: &Operand| match operand {
        Operand::Array(array) => array.to_vec64().first().copied().unwrap_or_default(),
        Operand::Int(number) => *number as f64,
        Operand::Float(number) => *number,
    };
    let is_whole = |operand: &Operand| match operand {
        Operand::Array(array) => !array.is_float(),
        Operand::Int(_) => true,
        Operand::Float(_) => false,
    };
    let [from, to, by] = [start, end, step].map(number);
    let len = ((to - from) / by).ceil();
    if !(0.0..=MAX_RANGE as f64).contains(&len) {
        return Err(Misfit::new(
            format!("a range of at most {MAX_RANGE} numbers"),
            format!("{from} to {to} by {by}"),
        ));
    }
    let len = len as usize;
    let is_float = call
        .float_type("dtype")
        .unwrap_or(![start, end, step].into_iter().all(is_whole));
    let values = (0..len).map(|at| from + by * at as f64);
    if is_float {
        return Ok(call.place.floats(values.collect(), &[len]));
    }
    Ok(Array::whole(
        values.map(|value| value as i64).collect::<Vec<_>>(),
        &[len],
    ))
}

/// ONNX's constant as a number or numbers; as a tensor, it is what the plan puts in front of the inputs.
fn constant(call: &Call<'_>) -> Fit<Array> {
    if let Some(tensor) = call.optional(0) {
        return Ok(tensor.clone());
    }
    match call.node.attributes.first().map(|(_, value)| value) {
        Some(Attribute::Int(number)) => Ok(Array::whole(vec![*number], &[])),
        Some(Attribute::Ints(numbers)) => Ok(Array::whole(numbers.clone(), &[numbers.len()])),
        Some(Attribute::Float(number)) => Ok(call.place.floats(vec![*number], &[])),
        Some(Attribute::Floats(numbers)) => {
            Ok(call.place.floats(numbers.clone(), &[numbers.len()]))
        }
        _ => Err(Misfit::new("a constant of numbers", "something else")),
    }
}

fn retype(call: &Call<'_>, to_float: bool, to_bool: bool) -> Fit<Array> {
    let x = call.input(0)?;
    if to_float {
        return Ok(call.place.float(x));
    }
    if to_bool {
        let values = x
            .to_vec64()
            .into_iter()
            .map(|value| i64::from(value != 0.0));
        return Ok(Array::whole(values.collect::<Vec<_>>(), x.shape()));
    }
    Ok(Array::whole(x.numbers()?, x.shape()))
}

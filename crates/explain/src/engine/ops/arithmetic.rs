//! Arithmetic element by element, with shapes stretched to one.

use burn::tensor::Tensor;

use super::{Call, Operand, Operation, operations};
use crate::engine::array::{Array, Fit, Misfit};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["add", "Add"] => |call| sum(call, false, 1.0),
    ["sub", "subtract", "Sub"] => |call| sum(call, false, -1.0),
    ["rsub"] => |call| sum(call, true, -1.0),
    ["mul", "multiply", "Mul"] => |call| {
        let (left, right) = operands(call)?;
        if let Some((left, right)) = both_whole(&left, &right) {
            return left.zip_whole(&right, i64::wrapping_mul);
        }
        match (left, right) {
            (Operand::Array(array), other) | (other, Operand::Array(array))
                if array.is_float() && as_number(&other).is_some() =>
            {
                let number = as_number(&other).unwrap_or(1.0);
                array.map(|x| x * number)
            }
            (left, right) => array(call, &left).zip(&array(call, &right), |a, b| a * b),
        }
    },
    ["div", "divide", "true_divide", "Div"] => divide,
    ["floor_divide"] => |call| {
        let (left, right) = operands(call)?;
        quotient(call, &left, &right, Some("floor"))
    },
    ["pow", "Pow"] => power,
    ["maximum", "Max"] => |call| fold(call, i64::max, Tensor::max_pair),
    ["minimum", "Min"] => |call| fold(call, i64::min, Tensor::min_pair),
    ["Sum"] => |call| fold(call, i64::wrapping_add, |a, b| a + b),
    ["remainder", "fmod", "Mod"] => |call| {
        let (left, right) = operands(call)?;
        match both_whole(&left, &right) {
            Some((left, right)) => left.zip_whole(&right, |a, b| {
                if b == 0 { 0 } else { a.wrapping_rem_euclid(b) }
            }),
            None => array(call, &left).zip(&array(call, &right), Tensor::remainder),
        }
    },
    ["neg", "Neg"] => |call| unary(call, |x| -x, |x| -x),
    ["abs", "Abs"] => |call| unary(call, i64::abs, Tensor::abs),
    ["sign", "sgn", "Sign"] => |call| unary(call, i64::signum, Tensor::sign),
    ["square"] => |call| call.map(|x| x.clone() * x),
    ["sqrt", "Sqrt"] => |call| call.map(Tensor::sqrt),
    ["rsqrt"] => |call| call.map(|x| x.sqrt().recip()),
    ["reciprocal", "Reciprocal"] => |call| call.map(Tensor::recip),
    ["exp", "Exp"] => |call| call.map(Tensor::exp),
    ["expm1"] => |call| call.map(|x| x.exp() - 1.0),
    ["log", "Log"] => |call| call.map(Tensor::log),
    ["log2"] => |call| call.map(|x| x.log() / std::f64::consts::LN_2),
    ["log1p"] => |call| call.map(Tensor::log1p),
    ["erf", "Erf"] => |call| call.map(Tensor::erf),
    ["sin", "Sin"] => |call| call.map(Tensor::sin),
    ["cos", "Cos"] => |call| call.map(Tensor::cos),
    ["floor", "Floor"] => |call| unary(call, |x| x, Tensor::floor),
    ["ceil", "Ceil"] => |call| unary(call, |x| x, Tensor::ceil),
    ["round", "Round"] => |call| unary(call, |x| x, Tensor::round),
    ["clamp", "clip"] => |call| {
        let limit = |name| match call.operand(name) {
            Some(Operand::Array(array)) => number_of(&array).map(Some),
            other => Ok(other.as_ref().and_then(as_number)),
        };
        between(call, limit("min")?, limit("max")?)
    },
    ["clamp_min"] => |call| between(call, call.number("min"), None),
    ["clamp_max"] => |call| between(call, None, call.number("max")),
    ["Clip"] => |call| {
        let limit = |at, name| match call.optional(at) {
            Some(array) => number_of(array).map(Some),
            None => Ok(call.number(name)),
        };
        between(call, limit(1, "min")?, limit(2, "max")?)
    },
    ["addcmul"] => |call| {
        let product = call.input(1)?.zip(call.input(2)?, |a, b| a * b)?;
        let value = call.number_or("value", 1.0);
        call.float()?.zip(&product, |x, y| x + y * value)
    },
};

/// The two operands: of ONNX by position, of `ATen` by name.
fn operands(call: &Call<'_>) -> Fit<(Operand, Operand)> {
    if call.opset > 0 {
        let input = |at| call.input(at).cloned().map(Operand::Array);
        return Ok((input(0)?, input(1)?));
    }
    let missing = |name: &str| Misfit::new(format!("an operand {name}"), "none");
    let left = call.operand("self").or_else(|| call.operand("input"));
    let right = call.operand("other").or_else(|| call.operand("exponent"));
    Ok((
        left.ok_or_else(|| missing("self"))?,
        right.ok_or_else(|| missing("other"))?,
    ))
}

fn as_number(operand: &Operand) -> Option<f64> {
    match operand {
        Operand::Array(array) if array.shape().is_empty() && !array.is_float() => {
            array.to_vec64().first().copied()
        }
        Operand::Array(_) => None,
        Operand::Int(number) => Some(*number as f64),
        Operand::Float(number) => Some(*number),
    }
}

fn number_of(array: &Array) -> Fit<f64> {
    match array.to_vec64().as_slice() {
        [number] => Ok(*number),
        _ => Err(Misfit::new("a number", format!("{:?}", array.shape()))),
    }
}

/// Both operands, where they are whole numbers.
fn both_whole(left: &Operand, right: &Operand) -> Option<(Array, Array)> {
    let whole = |operand: &Operand| match operand {
        Operand::Array(array) if !array.is_float() => Some(array.clone()),
        Operand::Int(number) => Some(Array::whole(vec![*number], &[])),
        _ => None,
    };
    Some((whole(left)?, whole(right)?))
}

fn array(call: &Call<'_>, operand: &Operand) -> Array {
    match operand {
        Operand::Array(array) => call.place.float(array),
        Operand::Int(number) => call.place.full(*number as f64, &[]),
        Operand::Float(number) => call.place.full(*number, &[]),
    }
}

/// `left + sign * alpha * right`, or with the two exchanged.
fn sum(call: &Call<'_>, is_reversed: bool, sign: f64) -> Fit<Array> {
    let (mut left, mut right) = operands(call)?;
    if is_reversed {
        std::mem::swap(&mut left, &mut right);
    }
    let factor = sign * call.number_or("alpha", 1.0);
    if let Some((left, right)) = both_whole(&left, &right) {
        let factor = factor as i64;
        return left.zip_whole(&right, |a, b| a.wrapping_add(b.wrapping_mul(factor)));
    }
    match (&left, &right) {
        (Operand::Array(array), right) if array.is_float() && as_number(right).is_some() => {
            let number = as_number(right).unwrap_or(0.0);
            array.map(|x| x + number * factor)
        }
        (left, Operand::Array(array)) if array.is_float() && as_number(left).is_some() => {
            let number = as_number(left).unwrap_or(0.0);
            array.map(|x| x * factor + number)
        }
        _ => array(call, &left).zip(&array(call, &right), |a, b| {
            if factor == 1.0 { a + b } else { a + b * factor }
        }),
    }
}

fn divide(call: &Call<'_>) -> Fit<Array> {
    let (left, right) = operands(call)?;
    let is_onnx = call.opset > 0;
    let rounding = if is_onnx && both_whole(&left, &right).is_some() {
        Some("trunc")
    } else {
        call.text("rounding_mode")
    };
    quotient(call, &left, &right, rounding)
}

fn quotient(
    call: &Call<'_>,
    left: &Operand,
    right: &Operand,
    rounding: Option<&str>,
) -> Fit<Array> {
    if let (Some((left, right)), Some(rounding)) = (both_whole(left, right), rounding) {
        if right.numbers()?.contains(&0) {
            return Err(Misfit::new("a divisor", "0"));
        }
        return left.zip_whole(&right, |a, b| {
            if rounding == "floor" {
                a.wrapping_div_euclid(b)
            } else {
                a.wrapping_div(b)
            }
        });
    }
    let result = match (left, as_number(right)) {
        (Operand::Array(array), Some(number)) if array.is_float() => array.map(|x| x / number)?,
        _ => array(call, left).zip(&array(call, right), |a, b| a / b)?,
    };
    match rounding {
        Some("floor") => result.map(Tensor::floor),
        Some("trunc") => result.map(|x| x.clone().abs().floor() * x.sign()),
        _ => Ok(result),
    }
}

fn power(call: &Call<'_>) -> Fit<Array> {
    let (left, right) = operands(call)?;
    let exponent = match &right {
        Operand::Array(array) if array.len() == 1 => number_of(array).ok(),
        other => as_number(other),
    };
    let base = array(call, &left);
    match exponent {
        Some(2.0) => base.map(|x| x.clone() * x),
        Some(3.0) => base.map(|x| x.clone().square() * x),
        Some(0.5) => base.map(Tensor::sqrt),
        Some(exponent) if exponent.fract() == 0.0 => base.map(|x| x.powi_scalar(exponent as i32)),
        Some(exponent) => base.map(|x| x.powf_scalar(exponent)),
        None => base.zip(&array(call, &right), Tensor::powf),
    }
}

fn unary(
    call: &Call<'_>,
    whole: impl Fn(i64) -> i64,
    float: impl FnOnce(Tensor<1>) -> Tensor<1>,
) -> Fit<Array> {
    let x = call.input(0)?;
    if x.is_float() {
        return x.map(float);
    }
    let values: Vec<i64> = x.numbers()?.into_iter().map(whole).collect();
    Ok(Array::whole(values, x.shape()))
}

fn fold(
    call: &Call<'_>,
    whole: impl Fn(i64, i64) -> i64,
    float: impl Fn(Tensor<8>, Tensor<8>) -> Tensor<8>,
) -> Fit<Array> {
    let arrays = call.list()?;
    let all_whole = arrays.iter().all(|array| !array.is_float());
    let mut arrays = arrays.into_iter();
    let mut result = arrays.next().unwrap_or_else(|| Array::whole(vec![], &[0]));
    for array in arrays {
        result = if all_whole {
            result.zip_whole(&array, &whole)?
        } else {
            let (left, right) = (call.place.float(&result), call.place.float(&array));
            left.zip(&right, &float)?
        };
    }
    Ok(result)
}

fn between(call: &Call<'_>, min: Option<f64>, max: Option<f64>) -> Fit<Array> {
    let x = call.input(0)?;
    if !x.is_float() {
        let values = x.numbers()?.into_iter().map(|value| {
            let value = min.map_or(value, |min| value.max(min as i64));
            max.map_or(value, |max| value.min(max as i64))
        });
        return Ok(Array::whole(values.collect::<Vec<_>>(), x.shape()));
    }
    match (min, max) {
        (Some(min), Some(max)) => x.map(|x| x.clamp(min, max)),
        (Some(min), None) => x.map(|x| x.clamp_min(min)),
        (None, Some(max)) => x.map(|x| x.clamp_max(max)),
        (None, None) => Ok(x.clone()),
    }
}

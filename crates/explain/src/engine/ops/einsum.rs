//! Sums of products by the names of axes.

use super::{Call, Operation, layers::matmul, operations};
use crate::engine::array::{Array, Fit, Misfit, count};

pub(super) const OPERATIONS: &[Operation] = operations! {
    ["einsum", "Einsum"] => einsum,
};

/// `bhij,bhjd->bhid` as one product of matrices: axes of both operands and of the result stay, those of both but not of
/// the result are summed over.
fn einsum(call: &Call<'_>) -> Fit<Array> {
    let equation: String = call
        .text("equation")
        .unwrap_or_default()
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let wrong = || {
        Misfit::new(
            "two operands with different letters for their axes, and a result",
            equation.clone(),
        )
    };
    let (operands, result) = equation.split_once("->").ok_or_else(wrong)?;
    let (left, right) = operands.split_once(',').ok_or_else(wrong)?;
    let [left, right, result] = [left, right, result].map(|axes| axes.chars().collect::<Vec<_>>());
    let arrays = [call.float()?, call.place.float(call.input(1)?)];
    let is_plain = |axes: &[char]| {
        axes.iter()
            .enumerate()
            .all(|(at, letter)| letter.is_ascii_alphabetic() && !axes[..at].contains(letter))
    };
    let is_found = |letter: &char| left.contains(letter) || right.contains(letter);
    if ![&left, &right, &result]
        .into_iter()
        .all(|axes| is_plain(axes))
        || !result.iter().all(is_found)
        || arrays[0].shape().len() != left.len()
        || arrays[1].shape().len() != right.len()
    {
        return Err(wrong());
    }
    let pick = |from: &[char], holds: &dyn Fn(&char) -> bool| -> Vec<char> {
        from.iter()
            .filter(|letter| holds(letter))
            .copied()
            .collect()
    };
    let batch = pick(&left, &|letter| {
        right.contains(letter) && result.contains(letter)
    });
    let summed = pick(&left, &|letter| {
        right.contains(letter) && !result.contains(letter)
    });
    let rows = pick(&left, &|letter| !right.contains(letter));
    let columns = pick(&right, &|letter| !left.contains(letter));
    if !rows
        .iter()
        .chain(&columns)
        .all(|letter| result.contains(letter))
    {
        return Err(wrong());
    }
    let size = |letter: &char| {
        let find = |axes: &[char], array: &Array| {
            axes.iter()
                .position(|own| own == letter)
                .map(|at| array.shape()[at])
        };
        find(&left, &arrays[0])
            .or_else(|| find(&right, &arrays[1]))
            .unwrap_or(1)
    };
    let sizes = |axes: &[char]| axes.iter().map(size).collect::<Vec<usize>>();
    // The operands as matrices, one for each place of the shared axes.
    let matrices = |array: &Array, axes: &[char], order: [&[char]; 3]| {
        let order_axes: Vec<char> = order.concat();
        let places: Option<Vec<usize>> = order_axes
            .iter()
            .map(|letter| axes.iter().position(|own| own == letter))
            .collect();
        let moved = array.permute(&places.unwrap_or_default())?;
        moved.with_shape(&order.map(|axes| count(&sizes(axes))))
    };
    let product = matmul(
        &matrices(&arrays[0], &left, [&batch, &rows, &summed])?,
        &matrices(&arrays[1], &right, [&batch, &summed, &columns])?,
    )?;
    let made = [batch, rows, columns].concat();
    let order: Option<Vec<usize>> = result
        .iter()
        .map(|letter| made.iter().position(|own| own == letter))
        .collect();
    product
        .with_shape(&sizes(&made))?
        .permute(&order.ok_or_else(wrong)?)
}

//! Arithmetic of sizes of which some are not known.

use crate::Dim;

/// What does not fit, as the sizes that were wanted and those that came.
pub(super) struct Misfit {
    pub(super) expected: String,
    pub(super) got: String,
}

/// The size of two that have to be equal or 1.
pub(super) fn broadcast_dim(left: &Dim, right: &Dim) -> Option<Dim> {
    match (left, right) {
        (Dim::Fixed(1), other) | (other, Dim::Fixed(1)) => Some(other.clone()),
        (left, right) if left == right => Some(left.clone()),
        (Dim::Fixed(left), Dim::Fixed(right)) => (left == right).then_some(Dim::Fixed(*left)),
        (fixed @ Dim::Fixed(_), _) | (_, fixed @ Dim::Fixed(_)) => Some(fixed.clone()),
        _ => Some(Dim::Unknown),
    }
}

/// NumPy's broadcasting.
pub(super) fn broadcast(left: &[Dim], right: &[Dim]) -> Result<Vec<Dim>, Misfit> {
    let rank = left.len().max(right.len());
    let at = |shape: &[Dim], position: usize| {
        (position + shape.len())
            .checked_sub(rank)
            .and_then(|position| shape.get(position).cloned())
            .unwrap_or(Dim::Fixed(1))
    };
    (0..rank)
        .map(|position| {
            broadcast_dim(&at(left, position), &at(right, position)).ok_or_else(|| Misfit {
                expected: format!(
                    "shapes that broadcast to one another, as with {}",
                    crate::graph::shape_text(Some(left))
                ),
                got: crate::graph::shape_text(Some(right)),
            })
        })
        .collect()
}

/// The product of sizes: a number, and the names that are multiplied with it. `None` where a size is not known.
pub(super) fn product(dims: &[Dim]) -> Option<(u64, Vec<&str>)> {
    let mut number = 1_u64;
    let mut names = Vec::new();
    for dim in dims {
        match dim {
            Dim::Fixed(size) => number = number.checked_mul(*size)?,
            Dim::Symbol(name) => names.push(name.as_str()),
            Dim::Unknown => return None,
        }
    }
    names.sort_unstable();
    Some((number, names))
}

/// The product as one size.
pub(super) fn product_dim(dims: &[Dim]) -> Dim {
    match product(dims) {
        Some((number, names)) => match (number, names.as_slice()) {
            (number, []) => Dim::Fixed(number),
            (1, [name]) => Dim::from(*name),
            (number, names) => {
                let names: Vec<String> = names.iter().map(|name| format!("({name})")).collect();
                Dim::from_formula(&format!("{number}*{}", names.join("*")))
            }
        },
        None => Dim::Unknown,
    }
}

/// `left / right` where that is known to be a whole number.
pub(super) fn quotient(left: &[Dim], right: &[Dim]) -> Dim {
    let (Some((number, names)), Some((divisor, divisor_names))) = (product(left), product(right))
    else {
        return Dim::Unknown;
    };
    let mut rest = names;
    for name in divisor_names {
        match rest.iter().position(|own| *own == name) {
            Some(position) => drop(rest.remove(position)),
            None => return Dim::Unknown,
        }
    }
    if divisor == 0 || !number.is_multiple_of(divisor) {
        return Dim::Unknown;
    }
    let mut dims: Vec<Dim> = rest.into_iter().map(Dim::from).collect();
    dims.push(Dim::Fixed(number / divisor));
    product_dim(&dims)
}

pub(super) fn sum<'a>(dims: impl IntoIterator<Item = &'a Dim>) -> Dim {
    let mut number = 0_u64;
    let mut names = Vec::new();
    for dim in dims {
        match dim {
            Dim::Fixed(size) => match number.checked_add(*size) {
                Some(sum) => number = sum,
                None => return Dim::Unknown,
            },
            Dim::Symbol(name) => names.push(name.clone()),
            Dim::Unknown => return Dim::Unknown,
        }
    }
    if names.is_empty() {
        return Dim::Fixed(number);
    }
    if number > 0 {
        names.push(number.to_string());
    }
    Dim::from_formula(&names.join(" + "))
}

/// A position counted from the end where it is negative.
pub(super) fn axis(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis + rank } else { axis };
    (0..rank).contains(&axis).then_some(axis as usize)
}

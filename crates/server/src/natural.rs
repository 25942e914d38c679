//! Natural order: `layer2` before `layer10`.

use std::cmp::Ordering;

/// Compares digit runs by their number and everything else by character; names that
/// differ only in leading zeros fall back to plain order, so that the order is total.
pub(crate) fn natural_cmp(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (digits_x, rest_x) = split_digits(left);
            let (digits_y, rest_y) = split_digits(right);
            (left, right) = (rest_x, rest_y);
            // Without leading zeros a longer number is a larger one.
            let (x, y) = (
                digits_x.trim_start_matches('0'),
                digits_y.trim_start_matches('0'),
            );
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            left = left.get(x.len_utf8()..).unwrap_or_default();
            right = right.get(y.len_utf8()..).unwrap_or_default();
            x.cmp(&y)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::natural_cmp;

    #[test]
    fn numbers_count_as_numbers() {
        let mut names = [
            "a10", "a2", "b1", "a", "a2b", "a02", "a1/x9", "a1/x10", "é1", "",
        ];
        names.sort_by(|a, b| natural_cmp(a, b));
        assert_eq!(
            names,
            [
                "", "a", "a1/x9", "a1/x10", "a02", "a2", "a2b", "a10", "b1", "é1"
            ]
        );
    }
}

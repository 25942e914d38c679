//! Frames of a projection's answer: a header in JSON, and numbers.

use axum::body::Bytes;

use crate::wire::ProjectionFrame;

/// Of the answer.
pub(crate) const CONTENT_TYPE: &str = "application/x-glassboard-projection";

/// One frame: [`wire::ProjectionRequest`](crate::wire::ProjectionRequest) says how it is laid out.
pub(crate) fn frame(
    header: &ProjectionFrame,
    numbers: impl ExactSizeIterator<Item = f32>,
) -> Bytes {
    // A header of ours has neither maps with odd keys nor other things that JSON refuses.
    let mut json = serde_json::to_vec(header).unwrap_or_default();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut bytes = Vec::with_capacity(8 + json.len() + 4 * numbers.len());
    bytes.extend((json.len() as u32).to_le_bytes());
    bytes.extend((numbers.len() as u32).to_le_bytes());
    bytes.extend(json);
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_padded_and_numbers_follow() {
        let bytes = frame(&ProjectionFrame::Waiting, [1.5_f32, -2.0].into_iter());
        let mut expected = vec![20, 0, 0, 0, 2, 0, 0, 0];
        expected.extend(b"{\"kind\":\"waiting\"}  ");
        expected.extend([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]);
        assert_eq!(bytes, expected);
    }
}

//! What is wrong with an embedding, gathered while the rest of it is read.

use crate::wire::{EmbeddingNotice, EmbeddingNoticeKind as Kind};

pub(crate) fn notice(kind: Kind, path: &str, message: impl AsRef<str>) -> EmbeddingNotice {
    EmbeddingNotice {
        kind,
        path: path.to_owned(),
        expected: None,
        got: None,
        message: format!("{}: {path}", message.as_ref()),
    }
}

/// `expected` and `got` are counts of `what`.
pub(crate) fn counts(
    kind: Kind,
    path: &str,
    what: &str,
    expected: u64,
    got: u64,
) -> EmbeddingNotice {
    EmbeddingNotice {
        expected: Some(expected),
        got: Some(got),
        ..notice(kind, path, format!("expected {expected} {what}, got {got}"))
    }
}

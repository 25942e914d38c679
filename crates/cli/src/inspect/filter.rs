//! Which tags are wanted.

use anyhow::{Context as _, Result};
use regex::Regex;

/// A pattern for tags.
pub(super) struct TagFilter {
    pattern: Option<Regex>,
}

impl TagFilter {
    /// A regular expression that may match anywhere; a text with `*` or `?` and no other sign
    /// of a regular expression is a pattern of file names for the whole tag. `None` lets all through.
    pub(super) fn new(pattern: Option<&str>) -> Result<Self> {
        let Some(pattern) = pattern else {
            return Ok(Self { pattern: None });
        };
        let regex = if is_glob(pattern) {
            regex_of_glob(pattern)
        } else {
            pattern.to_owned()
        };
        let regex = Regex::new(&regex).with_context(|| {
            format!("--tag: expected a regular expression or a pattern, got {pattern:?}")
        })?;
        Ok(Self {
            pattern: Some(regex),
        })
    }

    pub(super) fn lets_through(&self, tag: &str) -> bool {
        self.pattern
            .as_ref()
            .is_none_or(|pattern| pattern.is_match(tag))
    }

    /// Whether events without any tag are wanted.
    pub(super) fn is_open(&self) -> bool {
        self.pattern.is_none()
    }
}

fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
        && !pattern.contains(['.', '^', '$', '|', '(', ')', '[', ']', '{', '}', '\\', '+'])
}

fn regex_of_glob(pattern: &str) -> String {
    let body: String = pattern
        .chars()
        .map(|c| match c {
            '*' => ".*".to_owned(),
            '?' => ".".to_owned(),
            c => regex::escape(c.encode_utf8(&mut [0; 4])),
        })
        .collect();
    format!("(?s)^{body}$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_patterns_from_regular_expressions() {
        for (pattern, tag, wanted) in [
            ("loss", "train/loss", true),
            ("^loss", "train/loss", false),
            ("loss/*", "loss/train", true),
            ("loss/*", "my/loss/train", false),
            ("loss/*", "loss", false),
            ("l?ss", "loss", true),
            ("l?ss", "losss", false),
            ("acc|loss", "acc", true),
            ("loss/.*", "my/loss/train", true),
            ("*", "", true),
        ] {
            let filter = TagFilter::new(Some(pattern)).unwrap();
            assert_eq!(filter.lets_through(tag), wanted, "{pattern} {tag}");
        }
        assert!(TagFilter::new(None).unwrap().lets_through("anything"));
        assert!(TagFilter::new(Some("[a")).is_err());
    }
}

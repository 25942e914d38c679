//! What a module's `Display` shows: classes and settings that a visitor is not told.
//!
//! ```text
//! Net {
//!   conv: Conv2d {ch_in: 1, stride: [1, 1], kernel_size: [3, 3], params: 80}
//!   act: Relu
//!   bias: None
//!   params: 80
//! }
//! ```

use glassboard_model::Attribute;

/// A layer, a setting, or anything else that is shown behind a name.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// What stands before the braces; all there is where there are none.
    text: String,
    has_braces: bool,
    entries: Vec<(String, Shown)>,
}

impl Shown {
    pub(super) fn parse(text: &str) -> Self {
        Self::read(&mut &*text)
    }

    /// What the fields lead to.
    pub(super) fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |shown, name| {
            // An enum is shown as its variant, and that as the first of its fields.
            let name = if shown.text == *name { "_0" } else { name };
            let found = shown.entries.iter().find(|(own, _)| own == name);
            found.map(|(_, inner)| inner)
        })
    }

    /// The class, of what looks like a layer.
    pub(super) fn class(&self) -> Option<&str> {
        let class = self.text.split('<').next().unwrap_or_default();
        let is_name = class.starts_with(|first: char| first.is_ascii_uppercase())
            && class.chars().all(|c| c.is_alphanumeric() || c == '_');
        (is_name && class != "None").then_some(class)
    }

    /// The entries that are no layers.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, Attribute)> {
        let entries = self.entries.iter();
        entries
            .filter(|(_, shown)| !shown.has_braces && shown.class().is_none())
            .filter(|(_, shown)| shown.text != "None")
            .map(|(name, shown)| (name.as_str(), setting(&shown.text)))
    }

    /// Reads up to a comma, a line's end or a closing brace, which is left.
    fn read(rest: &mut &str) -> Self {
        let mut depth = 0_u32;
        for (at, character) in rest.char_indices() {
            match character {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                '{' if depth == 0 => {
                    let text = rest[..at].trim().to_owned();
                    *rest = &rest[at + 1..];
                    return Self {
                        text,
                        has_braces: true,
                        entries: Self::read_entries(rest),
                    };
                }
                ',' | '\n' | '}' if depth == 0 => {
                    let text = rest[..at].trim().to_owned();
                    *rest = &rest[at..];
                    return Self {
                        text,
                        ..Self::default()
                    };
                }
                _ => {}
            }
        }
        let text = rest.trim().to_owned();
        *rest = "";
        Self {
            text,
            ..Self::default()
        }
    }

    fn read_entries(rest: &mut &str) -> Vec<(String, Self)> {
        let mut entries = Vec::new();
        loop {
            *rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
            if let Some(behind) = rest.strip_prefix('}') {
                *rest = behind;
                return entries;
            }
            let Some((name, behind)) = rest.split_once(':') else {
                *rest = "";
                return entries;
            };
            *rest = behind;
            entries.push((name.trim().to_owned(), Self::read(rest)));
        }
    }
}

/// A number, numbers, a truth value, or the text as it is.
fn setting(text: &str) -> Attribute {
    let list = text
        .strip_prefix('[')
        .and_then(|inner| inner.strip_suffix(']'));
    let numbers = list.map(|inner| inner.split(',').map(|item| item.trim().parse()).collect());
    match (text, numbers) {
        (_, Some(Ok(numbers))) => Attribute::Ints(numbers),
        ("true", _) => Attribute::Bool(true),
        ("false", _) => Attribute::Bool(false),
        _ => {
            if let Ok(number) = text.parse::<i64>() {
                Attribute::Int(number)
            } else if let Ok(number) = text.parse::<f64>() {
                Attribute::Float(number)
            } else {
                Attribute::Other(text.to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glassboard_model::Attribute;

    use super::Shown;

    #[test]
    fn nested_modules_and_their_settings() {
        let text = "Net {
  blocks: Vec<0..1> {
    0: Block {
      conv: Conv2d {stride: [1, 2], padding: Explicit(1, 1, 1, 1), groups: 2, bias: true, params: 80}
      act: Relu
      choice: Gelu {
        _0: Gelu {
          approximate: false
        }
      }
      down: None
      scale: 0.5
    }
  }
  params: 80
}";
        let shown = Shown::parse(text);
        let at = |path: &[&str]| {
            let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
            shown.at(&path)
        };
        let class = |path: &[&str]| at(path).and_then(Shown::class);
        assert_eq!(class(&[]), Some("Net"));
        assert_eq!(class(&["blocks"]), Some("Vec"));
        assert_eq!(class(&["blocks", "0"]), Some("Block"));
        assert_eq!(class(&["blocks", "0", "act"]), Some("Relu"));
        assert_eq!(class(&["blocks", "0", "choice", "Gelu"]), Some("Gelu"));
        assert_eq!(class(&["blocks", "0", "down"]), None);
        assert_eq!(class(&["blocks", "1"]), None);
        let settings = |path: &[&str]| -> Vec<(String, Attribute)> {
            let settings = at(path).into_iter().flat_map(Shown::settings);
            settings
                .map(|(name, value)| (name.to_owned(), value))
                .collect()
        };
        let named = |name: &str, value| (name.to_owned(), value);
        assert_eq!(
            settings(&["blocks", "0", "conv"]),
            [
                named("stride", Attribute::Ints(vec![1, 2])),
                named(
                    "padding",
                    Attribute::Other("Explicit(1, 1, 1, 1)".to_owned())
                ),
                named("groups", Attribute::Int(2)),
                named("bias", Attribute::Bool(true)),
                named("params", Attribute::Int(80)),
            ]
        );
        assert_eq!(
            settings(&["blocks", "0"]),
            [named("scale", Attribute::Float(0.5))]
        );
    }

    #[test]
    fn whatever_else_is_shown_is_no_error() {
        for text in [
            "",
            "}",
            "{",
            "Net {a",
            "Net {a: {{",
            "a: b: {c}, }}",
            "Net {: [}",
        ] {
            Shown::parse(text);
        }
    }
}

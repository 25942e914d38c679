//! `projector_config.pbtxt`: which embeddings there are, as a protobuf message `ProjectorConfig` in text format.
//!
//! Several writers, also of other programs, may have embeddings in one folder. So the file is read and kept as it is but
//! for the one block that is replaced, under a lock where the file system has locks.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use crate::WriterError;

/// An embedding whose files are written.
pub(super) struct Embedding<'a> {
    pub(super) tensor_name: &'a str,
    /// Where its files are, relative to the configuration.
    pub(super) folder: &'a str,
    pub(super) has_metadata: bool,
    /// Width and height of each picture, if there are pictures.
    pub(super) single_image_dim: Option<[u32; 2]>,
}

impl Embedding<'_> {
    fn to_text(&self) -> String {
        let file = |name: &str| quoted(&format!("{}/{name}", self.folder));
        let mut lines = vec![
            "embeddings {".to_owned(),
            format!("  tensor_name: {}", quoted(self.tensor_name)),
        ];
        if self.has_metadata {
            lines.push(format!("  metadata_path: {}", file("metadata.tsv")));
        }
        if let Some([width, height]) = self.single_image_dim {
            lines.extend([
                "  sprite {".to_owned(),
                format!("    image_path: {}", file("sprite.png")),
                format!("    single_image_dim: {width}"),
                format!("    single_image_dim: {height}"),
                "  }".to_owned(),
            ]);
        }
        lines.push(format!("  tensor_path: {}", file("tensors.tsv")));
        lines.push("}\n".to_owned());
        lines.join("\n")
    }
}

/// Whether a configuration, if there is one, can be added to.
pub(super) fn check(path: &Path) -> Result<(), WriterError> {
    match std::fs::read_to_string(path) {
        Ok(text) => embeddings(&text)
            .map(drop)
            .map_err(|reason| unusable(path, reason)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(unusable(path, "a file that is not UTF-8"))
        }
        Err(error) => Err(WriterError::file("read", path)(error)),
    }
}

/// Adds an embedding to the configuration, in place of the one with the same name.
pub(super) fn add(path: &Path, embedding: &Embedding<'_>) -> Result<(), WriterError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options
        .open(path)
        .map_err(WriterError::file("open", path))?;
    lock(&file).map_err(WriterError::file("lock", path))?;
    let mut old = String::new();
    file.read_to_string(&mut old)
        .map_err(WriterError::file("read", path))?;
    let new = merged(&old, embedding).map_err(|reason| unusable(path, reason))?;
    rewrite(&mut file, &old, &new).map_err(WriterError::file("write", path))
}

/// Waits for other writers, unless the file system has no locks.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => file.lock(),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Puts the new text in place of the old: what they have in common at the start is not written again, so that a
/// new embedding is only appended.
fn rewrite(file: &mut File, old: &str, new: &str) -> io::Result<()> {
    let same = old
        .bytes()
        .zip(new.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    file.seek(SeekFrom::Start(same as u64))?;
    file.write_all(&new.as_bytes()[same..])?;
    file.set_len(new.len() as u64)
}

fn merged(old: &str, embedding: &Embedding<'_>) -> Result<String, &'static str> {
    let name = quoted(embedding.tensor_name);
    let mut new = String::with_capacity(old.len() + 256);
    let mut kept = 0;
    for block in embeddings(old)? {
        if block.tensor_name == Some(name.as_str()) {
            new.push_str(&old[kept..block.range.start]);
            kept = block.range.end;
        }
    }
    new.push_str(&old[kept..]);
    if !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    new.push_str(&embedding.to_text());
    Ok(new)
}

/// An `embeddings { … }` of a configuration, with the line feed behind it.
struct Block<'a> {
    range: Range<usize>,
    /// With its quotes.
    tensor_name: Option<&'a str>,
}

/// All embeddings of a configuration.
fn embeddings(text: &str) -> Result<Vec<Block<'_>>, &'static str> {
    let mut blocks = Vec::new();
    let mut depth = 0_usize;
    // Start of the field at the top, and the name in it.
    let (mut start, mut tensor_name) = (0, None);
    let mut before = "";
    for word in words(text)? {
        let range = word.clone();
        let word = text.get(word).unwrap_or_default();
        match word {
            "{" | "<" => depth += 1,
            "}" | ">" => {
                depth = depth
                    .checked_sub(1)
                    .ok_or("one with a closing brace too many")?;
                if depth == 0 && text[start..].starts_with("embeddings") {
                    let feed = usize::from(text[range.end..].starts_with('\n'));
                    blocks.push(Block {
                        range: start..range.end + feed,
                        tensor_name,
                    });
                }
            }
            _ if depth == 0 => (start, tensor_name) = (range.start, None),
            _ if depth == 1 && before == "tensor_name" => tensor_name = Some(word),
            _ => {}
        }
        before = word;
    }
    if depth > 0 {
        return Err("one with a brace that is not closed");
    }
    Ok(blocks)
}

/// The words of a text: names, numbers, quoted texts and braces; without comments, separators and space.
fn words(text: &str) -> Result<Vec<Range<usize>>, &'static str> {
    let mut words = Vec::new();
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((start, byte)) = bytes.next() {
        match byte {
            b'#' => while bytes.next_if(|&(_, byte)| byte != b'\n').is_some() {},
            b'"' | b'\'' => loop {
                match bytes.next() {
                    Some((_, b'\\')) => drop(bytes.next()),
                    Some((end, quote)) if quote == byte => {
                        words.push(start..end + 1);
                        break;
                    }
                    Some((_, b'\n')) | None => return Err("one with a quote that is not closed"),
                    Some(_) => {}
                }
            },
            b'{' | b'}' | b'<' | b'>' => words.push(start..start + 1),
            b':' | b',' | b';' | b'[' | b']' => {}
            _ if byte.is_ascii_whitespace() => {}
            _ => {
                let mut end = start + 1;
                let inside =
                    |byte: u8| !byte.is_ascii_whitespace() && !b"#\"'{}<>:,;[]".contains(&byte);
                while bytes.next_if(|&(_, byte)| inside(byte)).is_some() {
                    end += 1;
                }
                words.push(start..end);
            }
        }
    }
    Ok(words)
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let mut result = String::with_capacity(text.len() + 2);
    result.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => result.extend(['\\', char]),
            '\n' => result.push_str("\\n"),
            control if control.is_ascii_control() => {
                result.extend(format!("\\{:03o}", control as u32).chars());
            }
            other => result.push(other),
        }
    }
    result.push('"');
    result
}

fn unusable(path: &Path, reason: &'static str) -> WriterError {
    WriterError::ProjectorConfig {
        reason,
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedding<'a>(tensor_name: &'a str, folder: &'a str) -> Embedding<'a> {
        Embedding {
            tensor_name,
            folder,
            has_metadata: false,
            single_image_dim: None,
        }
    }

    #[test]
    fn text_is_as_protobuf_prints_it() {
        let full = Embedding {
            has_metadata: true,
            single_image_dim: Some([4, 5]),
            ..embedding("feat:00007", "00007/feat")
        };
        let expected = r#"embeddings {
  tensor_name: "feat:00007"
  metadata_path: "00007/feat/metadata.tsv"
  sprite {
    image_path: "00007/feat/sprite.png"
    single_image_dim: 4
    single_image_dim: 5
  }
  tensor_path: "00007/feat/tensors.tsv"
}
"#;
        assert_eq!(merged("", &full).unwrap(), expected);
        assert_eq!(quoted("a\"b\\c\nd\x01é"), r#""a\"b\\c\nd\001é""#);
    }

    #[test]
    fn others_stay_as_they_are_and_the_same_name_is_replaced() {
        let foreign =
            "# by hand: }\nmodel_checkpoint_path: 'x{'\nembeddings <\n  tensor_name: \"a:1\"\n>\n";
        let two = merged(foreign, &embedding("b:1", "1/b")).unwrap();
        assert_eq!(
            two,
            format!("{foreign}{}", embedding("b:1", "1/b").to_text())
        );
        let again = merged(&two, &embedding("a:1", "1/a")).unwrap();
        let expected = format!(
            "# by hand: }}\nmodel_checkpoint_path: 'x{{'\n{}{}",
            embedding("b:1", "1/b").to_text(),
            embedding("a:1", "1/a").to_text()
        );
        assert_eq!(again, expected);
        // A file without a line feed at its end.
        let unended = "embeddings { tensor_name: \"a:1\" }";
        assert_eq!(
            merged(unended, &embedding("b:1", "1/b")).unwrap(),
            format!("{unended}\n{}", embedding("b:1", "1/b").to_text())
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        for text in ["embeddings {", "}", "embeddings { tensor_name: \"a }\n}"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("projector_config.pbtxt");
            std::fs::write(&path, text).unwrap();
            let refused = check(&path).unwrap_err();
            assert!(
                matches!(refused, WriterError::ProjectorConfig { .. }),
                "{refused}"
            );
            add(&path, &embedding("a:1", "1/a")).unwrap_err();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("projector_config.pbtxt");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for i in 0..20 {
                        let name = format!("{thread}:{i}");
                        add(path, &embedding(&name, &name)).unwrap();
                    }
                });
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(embeddings(&text).unwrap().len(), 160);
    }
}

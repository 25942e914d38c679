//! File names for what was logged under any name.

use std::collections::HashSet;
use std::path::PathBuf;

/// Longest part of a path that is made of a name; file systems allow 255 bytes.
const LONGEST: usize = 100;

/// Gives each file a name of its own.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// `folder/run/tag/file.extension`, relative to where everything goes. A name that some file system would not take
    /// is changed, and so is one that is taken already.
    pub(super) fn path(
        &mut self,
        folder: &str,
        run: &str,
        tag: &str,
        file: &str,
        extension: &str,
    ) -> PathBuf {
        let parts = [run, tag]
            .into_iter()
            .flat_map(|name| name.split(['/', '\\']))
            .filter(|part| !part.is_empty())
            .map(plain);
        let mut stem = folder.to_owned();
        for part in parts {
            stem.push('/');
            stem.push_str(&part);
        }
        stem.push('/');
        stem.push_str(file);
        let mut path = format!("{stem}.{extension}");
        let mut number = 2;
        // Some file systems take upper and lower case for the same.
        while !self.taken.insert(path.to_lowercase()) {
            path = format!("{stem}-{number}.{extension}");
            number += 1;
        }
        PathBuf::from(path)
    }
}

/// A name with only such characters as every file system takes.
fn plain(part: &str) -> String {
    let mut plain: String = part
        .chars()
        .map(|char| match char {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '=' | '+' | ',' => char,
            char if char.is_alphanumeric() => char,
            _ => '_',
        })
        .collect();
    while plain.len() > LONGEST {
        plain.pop();
    }
    // Neither hidden nor a way up, and no ending that Windows drops.
    if plain.starts_with('.') {
        plain.replace_range(..1, "_");
    }
    if plain.ends_with('.') {
        plain.pop();
        plain.push('_');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_become_paths_that_stay_inside() {
        let mut names = Names::default();
        let mut path = |run, tag| {
            let path = names.path("images", run, tag, "5", "png");
            path.to_string_lossy().into_owned()
        };
        assert_eq!(path("a/b", "tag"), "images/a/b/tag/5.png");
        assert_eq!(path("../..", "x"), "images/__/__/x/5.png");
        assert_eq!(path("C:\\x", "<b>\0"), "images/C_/x/_b__/5.png");
        assert_eq!(path("a/b", "TAG"), "images/a/b/TAG/5-2.png");
        assert_eq!(path("数字", "é"), "images/数字/é/5.png");
        assert_eq!(path(".", "end."), "images/_/end_/5.png");
        assert!(path("run", &"x".repeat(1000)).len() < 130);
    }
}

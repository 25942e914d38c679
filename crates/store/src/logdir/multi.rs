use std::{collections::HashSet, io, path::PathBuf, sync::Arc};

use glassboard_events::ReadAt;

use super::{FileEntry, Listing, LocalLogdir, Logdir};
use crate::{Notice, NoticeKind, RunName};

/// Several folders shown as one log directory, each under a name of its own (`--logdir_spec name:path,…`).
///
/// The runs of a folder named `a` are `a` and `a/…`; a folder without a name adds its runs under their own names.
#[derive(Debug, Clone)]
pub struct MultiLogdir {
    parts: Vec<(String, LocalLogdir)>,
}

impl MultiLogdir {
    /// The folders with their names; an empty name for none.
    pub fn new(parts: Vec<(String, PathBuf)>) -> Self {
        let parts = parts
            .into_iter()
            .map(|(name, path)| (name, LocalLogdir::new(path)))
            .collect();
        Self { parts }
    }
}

impl Logdir for MultiLogdir {
    fn display_name(&self) -> String {
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|(name, dir)| {
                if name.is_empty() {
                    dir.display_name()
                } else {
                    format!("{name}:{}", dir.display_name())
                }
            })
            .collect();
        parts.join(",")
    }

    fn list(&self) -> Listing {
        let mut all = Listing::default();
        let mut seen = HashSet::new();
        for (name, dir) in &self.parts {
            let Listing {
                files,
                models,
                projectors,
                traces,
                notices,
            } = dir.list();
            for (list, found) in [
                (&mut all.files, files),
                (&mut all.models, models),
                (&mut all.projectors, projectors),
                (&mut all.traces, traces),
            ] {
                for mut file in found {
                    file.run = RunName::from(prefixed(name, file.run.as_str()).as_str());
                    file.path = prefixed(name, &file.path);
                    if seen.insert(file.path.clone()) {
                        list.push(file);
                    } else {
                        all.notices.push(Notice {
                            kind: NoticeKind::OddName,
                            message: format!(
                                "two folders have a file of this name; the one in {} is not shown: give the folders different names",
                                dir.display_name()
                            ),
                            path: file.path,
                        });
                    }
                }
            }
            all.notices.extend(notices.into_iter().map(|notice| Notice {
                path: prefixed(name, &notice.path),
                ..notice
            }));
        }
        all
    }

    fn open(&self, file: &FileEntry) -> io::Result<Arc<dyn ReadAt>> {
        // The parts hold local files, which open by their native path whichever part listed them.
        match self.parts.first() {
            Some((_, dir)) => dir.open(file),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn open_beside(
        &self,
        file: &FileEntry,
        name: &str,
    ) -> io::Result<(FileEntry, Arc<dyn ReadAt>)> {
        match self.parts.first() {
            Some((_, dir)) => dir.open_beside(file, name),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn watchable_folders(&self) -> Vec<PathBuf> {
        self.parts
            .iter()
            .flat_map(|(_, dir)| dir.watchable_folders())
            .collect()
    }
}

fn prefixed(name: &str, relative: &str) -> String {
    match (name, relative) {
        ("", relative) => relative.to_owned(),
        (name, ".") => name.to_owned(),
        (name, relative) => format!("{name}/{relative}"),
    }
}

/// Something about the log directory a person should know that is not damage inside a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Notice {
    /// What kind of notice this is.
    pub kind: NoticeKind,
    /// The path it is about, relative to the log directory.
    pub path: String,
    /// The whole sentence in English.
    pub message: String,
}

/// Kinds of [`Notice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoticeKind {
    /// A folder or file that cannot be read.
    Unreadable,
    /// Two files of one run are being written at the same time.
    TwoWriters,
    /// A file became shorter or another one took its place; it was read again from its start.
    Replaced,
    /// A file or a whole run is no longer there.
    Vanished,
    /// A symbolic link that leads back to a folder above it; not followed.
    SymlinkLoop,
    /// A name that is not UTF-8 or is used twice; shown in an escaped form.
    OddName,
}

impl NoticeKind {
    /// The kind as a word for machines: `unreadable`, `two_writers`, `replaced`, `vanished`, `symlink_loop`, `odd_name`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TwoWriters => "two_writers",
            Self::Replaced => "replaced",
            Self::Vanished => "vanished",
            Self::SymlinkLoop => "symlink_loop",
            Self::OddName => "odd_name",
        }
    }
}

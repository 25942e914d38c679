//! The field's own words as types: run, tag, step, wall time.

use std::{borrow::Borrow, fmt, sync::Arc};

/// The step a point was logged at (`global_step`); any integer, not always increasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Step(pub i64);

/// When an event was logged, in seconds since the Unix epoch, exactly as in the file.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct WallTime(pub f64);

/// Names a run as long as its [`Store`](crate::Store) lives; a run that vanishes and comes back keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u32);

/// Path of a run's folder relative to the log directory, `/` between parts; `.` for the log directory itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunName(Arc<str>);

/// The tag of a summary value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Arc<str>);

macro_rules! text_newtype {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<&Arc<str>> for $name {
            fn from(text: &Arc<str>) -> Self {
                Self(Arc::clone(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_newtype!(RunName);
text_newtype!(Tag);

use std::time::{SystemTime, UNIX_EPOCH};

/// Where in the training a value belongs.
///
/// Methods take `impl Into<At>`: an integer is a step, `()` is none, and this type can hold a wall time too.
///
/// ```
/// use glassboard_writer::At;
///
/// assert_eq!(At::from(7), At::step(7));
/// assert_eq!(At::from(Some(7_u64)), At::step(7));
/// assert_eq!(At::from(()), At::default());
/// assert_eq!(At::step(7).wall_time(1.7e9).wall_time_secs, Some(1.7e9));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct At {
    /// Global step of the training; files hold 0 when there is none.
    pub step: Option<i64>,
    /// Seconds since the Unix epoch; now when there is none.
    pub wall_time_secs: Option<f64>,
}

impl At {
    /// A step, now.
    pub fn step(step: i64) -> Self {
        Self {
            step: Some(step),
            wall_time_secs: None,
        }
    }

    /// The same step at a wall time in seconds since the Unix epoch.
    #[must_use]
    pub fn wall_time(self, secs: f64) -> Self {
        Self {
            wall_time_secs: Some(secs),
            ..self
        }
    }

    /// The step that is written.
    pub(crate) fn step_or_zero(self) -> i64 {
        self.step.unwrap_or_default()
    }

    /// The wall time that is written.
    pub(crate) fn wall_time_or_now(self) -> f64 {
        self.wall_time_secs.unwrap_or_else(now_secs)
    }
}

/// Seconds since the Unix epoch.
pub(crate) fn now_secs() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}

impl From<()> for At {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl<T: Into<At>> From<Option<T>> for At {
    fn from(step: Option<T>) -> Self {
        step.map_or_else(Self::default, Into::into)
    }
}

macro_rules! at_from_integers {
    ($($type:ty),*) => {$(
        impl From<$type> for At {
            fn from(step: $type) -> Self {
                // Only steps beyond 2^63 do not fit; they stay the last ones.
                #[allow(irrefutable_let_patterns, clippy::unnecessary_fallible_conversions)]
                let step = i64::try_from(step).unwrap_or(i64::MAX);
                Self::step(step)
            }
        }
    )*};
}

at_from_integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

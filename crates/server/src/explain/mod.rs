//! What models look at: runs them on pictures, if this build can.

#[cfg(feature = "explain")]
mod ask;
#[cfg(feature = "explain")]
mod running;
#[cfg(not(feature = "explain"))]
mod without;
#[cfg(feature = "explain")]
mod work;

#[cfg(feature = "explain")]
pub(crate) use self::running::Explaining;
#[cfg(not(feature = "explain"))]
pub(crate) use self::without::Explaining;

//! How far a projection is, and whether it should go on.

use ndarray::ArrayView2;
use std::ops::ControlFlow;

/// What a projection is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Looks for each point's neighbours; counts points.
    Neighbors,
    /// Computes principal components; counts passes over the data.
    Components,
    /// Moves the points of the layout; counts iterations.
    Layout,
}

/// How far a projection is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Report<'a> {
    /// What it is at.
    pub stage: Stage,
    /// How much of this stage is done.
    pub done: usize,
    /// How much there is to do in this stage.
    pub total: usize,
    /// Where the points are by now, `[points, 2 or 3]`, in [`Stage::Layout`].
    pub layout: Option<ArrayView2<'a, f32>>,
}

/// Who is told how far a projection is, and may stop it.
///
/// Closures `Fn(Report) -> ControlFlow<()>` observe; `()` is for who does not care.
pub trait Observer: Sync {
    /// Called several times a second or more, from any thread. [`ControlFlow::Break`] ends the work soon, with
    /// [`ProjectionError::Stopped`](crate::ProjectionError::Stopped).
    fn observe(&self, report: Report<'_>) -> ControlFlow<()>;
}

impl Observer for () {
    fn observe(&self, _: Report<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F> Observer for F
where
    F: Fn(Report<'_>) -> ControlFlow<()> + Sync,
{
    fn observe(&self, report: Report<'_>) -> ControlFlow<()> {
        self(report)
    }
}

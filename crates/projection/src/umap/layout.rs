//! Moving the points of a layout: those that belong together are pulled, others pushed.

use super::{curve::Curve, forces::Forces, graph::FuzzyGraph};
use std::ops::ControlFlow;

/// No coordinate moves further than this at once, times the learning rate.
const LONGEST_STEP: f32 = 4.0;

/// Stochastic gradient descent on the cross entropy of the two fuzzy graphs (umap-learn's
/// `optimize_layout_euclidean`).
pub(super) struct Optimizer {
    pub(super) curve: Curve,
    pub(super) epochs: usize,
    pub(super) learning_rate: f32,
    pub(super) negative_sample_rate: usize,
}

/// An edge, and when it is drawn next: heavy edges in every epoch, light ones seldom.
struct Scheduled {
    from: u32,
    to: u32,
    every: f32,
    next: f32,
    next_push: f32,
}

impl Optimizer {
    /// The layout after all epochs, row after row; `None` where `report` broke off.
    pub(super) fn run<const D: usize>(
        &self,
        graph: &FuzzyGraph,
        start: Vec<f32>,
        random: &mut fastrand::Rng,
        report: impl Fn(usize, &[f32]) -> ControlFlow<()>,
    ) -> Option<Vec<f32>> {
        let heaviest = graph
            .edges
            .iter()
            .fold(0.0_f32, |most, edge| most.max(edge.weight));
        let pushes = self.negative_sample_rate as f32;
        let mut edges: Vec<Scheduled> = graph
            .edges
            .iter()
            .map(|edge| {
                let every = heaviest / edge.weight;
                Scheduled {
                    from: edge.from,
                    to: edge.to,
                    every,
                    next: every,
                    next_push: every / pushes,
                }
            })
            .collect();
        let forces = Forces::new(self.curve);
        let mut layout = start;
        let points = graph.points as u32;
        for epoch in 0..self.epochs {
            let now = epoch as f32;
            let step = self.learning_rate * (1.0 - now / self.epochs as f32);
            let (places, _) = layout.as_chunks_mut::<D>();
            for edge in &mut edges {
                if edge.next > now {
                    continue;
                }
                let (from, to) = (edge.from as usize, edge.to as usize);
                let mut place = places[from];
                let other = places[to];
                let pull = forces.pull.at(square(place, other));
                for axis in 0..D {
                    let by = clip(pull * (place[axis] - other[axis])) * step;
                    place[axis] += by;
                    places[to][axis] -= by;
                }
                edge.next += edge.every;

                let every_push = edge.every / pushes;
                let due = ((now - edge.next_push) / every_push) as usize;
                for _ in 0..due {
                    let stranger = random.u32(..points) as usize;
                    if stranger == from {
                        continue;
                    }
                    let other = places[stranger];
                    let push = forces.push.at(square(place, other));
                    for axis in 0..D {
                        place[axis] += clip(push * (place[axis] - other[axis])) * step;
                    }
                }
                edge.next_push += due as f32 * every_push;
                places[from] = place;
            }
            if report(epoch + 1, &layout).is_break() {
                return None;
            }
        }
        Some(layout)
    }
}

fn square<const D: usize>(a: [f32; D], b: [f32; D]) -> f32 {
    let mut sum = 0.0;
    for axis in 0..D {
        sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
    }
    sum
}

fn clip(value: f32) -> f32 {
    value.clamp(-LONGEST_STEP, LONGEST_STEP)
}

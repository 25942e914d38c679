//! Steps of the profiler (`ProfilerStep#N`) and what their time was spent on.

use crate::role::Role;
use crate::{Step, Trace};

/// What the name of a step begins with.
const STEP: &str = "ProfilerStep#";

/// The mirror of a step on the device; it spans the kernels that the step has started, not the step.
const DEVICE_ANNOTATION: &str = "gpu_user_annotation";

/// Most steps.
const MAX_STEPS: usize = 100_000;

/// Intervals that do not overlap, in order.
#[derive(Debug, Default)]
struct Intervals(Vec<(u64, u64)>);

impl Intervals {
    fn union(mut all: Vec<(u64, u64)>) -> Self {
        all.sort_unstable();
        let mut merged: Vec<(u64, u64)> = Vec::new();
        for (start, end) in all {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        Self(merged)
    }

    fn without(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut others = other.0.iter().copied().peekable();
        for &(mut start, end) in &self.0 {
            while others.peek().is_some_and(|&(_, taken)| taken <= start) {
                others.next();
            }
            while let Some(&(taken, until)) = others.peek() {
                if taken >= end {
                    break;
                }
                if taken > start {
                    rest.push((start, taken));
                }
                start = start.max(until);
                if until >= end {
                    break;
                }
                others.next();
            }
            if start < end {
                rest.push((start, end));
            }
        }
        Self(rest)
    }

    fn total(&self) -> u64 {
        self.0.iter().map(|(start, end)| end - start).sum()
    }

    /// Time within `from..to`.
    fn within(&self, from: u64, to: u64) -> u64 {
        let first = self.0.partition_point(|&(_, end)| end <= from);
        let inside = self.0[first..].iter().take_while(|&&(start, _)| start < to);
        inside
            .map(|&(start, end)| end.min(to) - start.max(from))
            .sum()
    }
}

/// Finds the steps of a trace, and how long its device was busy.
pub(crate) fn find(trace: &mut Trace) {
    let name_roles: Vec<bool> = trace
        .names
        .iter()
        .map(|name| name.starts_with(STEP))
        .collect();
    let mut steps: Vec<Step> = Vec::new();
    for event in &trace.events {
        if !name_roles[event.name as usize]
            || &*trace.categories[usize::from(event.category)] == DEVICE_ANNOTATION
            || trace.roles[usize::from(event.category)].is_device()
        {
            continue;
        }
        if steps.len() < MAX_STEPS {
            let name = &trace.names[event.name as usize];
            steps.push(Step {
                name: name.to_string(),
                number: name[STEP.len()..].parse().ok(),
                start_ns: event.start_ns,
                duration_ns: event.duration_ns,
                spent_ns: [0; Role::ALL.len()],
            });
        }
    }
    steps.sort_by_key(|step| (step.start_ns, step.number));

    let mut taken = Intervals::default();
    for role in Role::ALL {
        if role == Role::Other {
            break;
        }
        let of_role = trace
            .events
            .iter()
            .filter(|event| trace.role(event) == role);
        // Calls within calls of a kind add nothing, but are no harm either.
        let all = Intervals::union(
            of_role
                .map(|event| (event.start_ns, event.end_ns()))
                .filter(|(start, end)| start < end)
                .collect(),
        );
        if role == Role::Kernel {
            trace.device_busy_ns = 0;
        }
        let own = all.without(&taken);
        if role.is_device() {
            trace.device_busy_ns += own.total();
        }
        for step in &mut steps {
            step.spent_ns[role as usize] = own.within(
                step.start_ns,
                step.start_ns.saturating_add(step.duration_ns),
            );
        }
        let mut both = taken.0;
        both.extend(own.0);
        taken = Intervals::union(both);
    }
    for step in &mut steps {
        let known: u64 = step.spent_ns.iter().sum();
        step.spent_ns[Role::Other as usize] = step.duration_ns.saturating_sub(known);
    }
    trace.steps = steps;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        let all = Intervals::union(vec![(5, 7), (0, 2), (2, 3), (6, 10), (20, 30)]);
        assert_eq!(all.0, [(0, 3), (5, 10), (20, 30)]);
        assert_eq!(all.total(), 18);
        assert_eq!(all.within(1, 6), 3);
        assert_eq!(all.within(3, 5), 0);
        assert_eq!(all.within(0, 100), 18);
        let other = Intervals::union(vec![(1, 2), (6, 21), (25, 26)]);
        assert_eq!(
            all.without(&other).0,
            [(0, 1), (2, 3), (5, 6), (21, 25), (26, 30)]
        );
        assert_eq!(other.without(&Intervals::default()).0, other.0);
        assert_eq!(other.without(&other).total(), 0);
        let within = Intervals(vec![(0, 10)]);
        assert_eq!(Intervals(vec![(2, 3), (4, 5)]).without(&within).total(), 0);
        assert_eq!(
            within.without(&Intervals(vec![(2, 3), (4, 5)])).0,
            [(0, 2), (3, 4), (5, 10)]
        );
    }
}

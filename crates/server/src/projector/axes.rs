//! Axes of a custom projection: the points that a request means, and where all points are along an axis between them.

use glassboard_projection::{ProjectionError, custom_axis};
use ndarray::Array2;
use rayon::prelude::*;
use regex::{Regex, RegexBuilder};

use super::Embedding;
use crate::error::Failure;
use crate::wire::{
    PointGroup, PointGroupFound, ProjectionAxis, ProjectionAxisFound, ProjectionRequest,
};

/// Most axes of a picture.
const MAX_AXES: usize = 3;

/// Longest text or pattern.
const MAX_TEXT_CHARS: usize = 1_000;

/// Most points that are named one by one.
const MAX_POINTS: usize = 30_000;

/// A pattern that needs more is refused: `(a{1000}){1000}` is short.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// Axes as they are asked for.
#[derive(Debug, Clone)]
pub(crate) struct Axes {
    axes: Vec<ProjectionAxis>,
    column: Option<String>,
}

impl Axes {
    /// The axes of a request, none of them too large.
    pub(super) fn of_request(request: &ProjectionRequest) -> Result<Self, Failure> {
        let count = request.axes.len();
        if !(1..=MAX_AXES).contains(&count) {
            return Err(Failure::bad_request(format!(
                "parameter axes: expected 1 to {MAX_AXES} axes, got {count}"
            ))
            .about("axes"));
        }
        for (place, group) in groups(&request.axes) {
            check_size(group).map_err(|problem| {
                Failure::bad_request(format!("{place}: {problem}")).about(place)
            })?;
        }
        Ok(Self {
            axes: request.axes.clone(),
            column: request.column.clone(),
        })
    }

    /// Refuses a column and points that the embedding does not have.
    pub(super) fn check(&self, embedding: &Embedding) -> Result<(), Failure> {
        if let Some(name) = &self.column
            && !embedding.columns.iter().any(|column| column.name == *name)
        {
            let known: Vec<_> = embedding
                .columns
                .iter()
                .map(|column| format!("{:?}", column.name))
                .collect();
            return Err(Failure::bad_request(format!(
                "parameter column: expected one of [{}], got {name:?}",
                known.join(", ")
            ))
            .about("column"));
        }
        let count = embedding.points.nrows();
        for (place, group) in groups(&self.axes) {
            let PointGroup::Points { points } = group else {
                continue;
            };
            if let Some(point) = points.iter().find(|point| **point as usize >= count) {
                return Err(Failure::bad_request(format!(
                    "{place}: expected points below {count}, got {point}"
                ))
                .about(place));
            }
        }
        Ok(())
    }

    /// Where the points are, `[usable, axes]`, and what became of each axis. `points` are the rows `usable` of the
    /// embedding.
    pub(super) fn place(
        &self,
        points: &Array2<f32>,
        usable: &[usize],
        embedding: &Embedding,
    ) -> Result<(Array2<f32>, Vec<ProjectionAxisFound>), ProjectionError> {
        let column = match &self.column {
            Some(name) => embedding.columns.iter().find(|column| column.name == *name),
            None => embedding.columns.first(),
        };
        let texts = column.map_or(&[][..], |column| &column.values);
        let mut coordinates = Array2::zeros((points.nrows(), self.axes.len()));
        let mut found = Vec::new();
        for (axis, mut to) in self.axes.iter().zip(coordinates.columns_mut()) {
            let [start, end] =
                [&axis.from, &axis.to].map(|group| rows(group.as_ref(), texts, usable));
            let mut length = 0.0;
            if let (Ok(start), Ok(end)) = (&start, &end)
                && !(start.is_empty() || end.is_empty())
            {
                let along = custom_axis(points.view(), start, end)?;
                length = along.length;
                to.assign(&along.coordinates);
            }
            found.push(ProjectionAxisFound {
                from: told(start),
                to: told(end),
                length,
            });
        }
        Ok((coordinates, found))
    }
}

/// Every group that is named, with its place in the request.
fn groups(axes: &[ProjectionAxis]) -> impl Iterator<Item = (String, &PointGroup)> {
    axes.iter().enumerate().flat_map(|(number, axis)| {
        let ends = [("from", &axis.from), ("to", &axis.to)];
        ends.into_iter().filter_map(move |(end, group)| {
            Some((format!("axes[{number}].{end}"), group.as_ref()?))
        })
    })
}

fn check_size(group: &PointGroup) -> Result<(), String> {
    match group {
        PointGroup::Text { text } | PointGroup::Pattern { pattern: text } => {
            let count = text.chars().count();
            if text.trim().is_empty() {
                return Err("expected a text to look for, got an empty one".to_owned());
            }
            if count > MAX_TEXT_CHARS {
                return Err(format!(
                    "expected at most {MAX_TEXT_CHARS} characters, got {count}"
                ));
            }
        }
        PointGroup::Points { points } => {
            let count = points.len();
            if !(1..=MAX_POINTS).contains(&count) {
                return Err(format!("expected 1 to {MAX_POINTS} points, got {count}"));
            }
        }
    }
    Ok(())
}

/// The rows of `usable` that are in a group, or why its pattern is none.
fn rows(
    group: Option<&PointGroup>,
    texts: &[String],
    usable: &[usize],
) -> Result<Vec<usize>, String> {
    let matching = |is_in: &(dyn Fn(&str) -> bool + Sync)| {
        let row_is_in = |row: &usize| {
            let text = usable.get(*row).and_then(|point| texts.get(*point));
            text.is_some_and(|text| is_in(text))
        };
        (0..usable.len())
            .into_par_iter()
            .filter(row_is_in)
            .collect()
    };
    Ok(match group {
        None => (0..usable.len()).collect(),
        Some(PointGroup::Text { text }) => {
            let wanted = text.trim().to_lowercase();
            matching(&|text| text.to_lowercase().contains(&wanted))
        }
        Some(PointGroup::Pattern { pattern }) => {
            let regex = compiled(pattern.trim())?;
            matching(&|text| regex.is_match(text))
        }
        Some(PointGroup::Points { points }) => {
            let rows = points
                .iter()
                .filter_map(|point| usable.binary_search(&(*point as usize)).ok());
            let mut rows: Vec<usize> = rows.collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        }
    })
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(MAX_REGEX_BYTES)
        .dfa_size_limit(MAX_REGEX_BYTES)
        .build()
        .map_err(|error| {
            // Above its last line is a drawing of the place.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            format!("expected a regular expression, got {pattern:?}: {why}")
        })
}

fn told(rows: Result<Vec<usize>, String>) -> PointGroupFound {
    match rows {
        Ok(rows) => PointGroupFound {
            points: rows.len() as u64,
            problem: None,
        },
        Err(problem) => PointGroupFound {
            points: 0,
            problem: Some(problem),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(group: Option<&PointGroup>) -> Result<Vec<usize>, String> {
        let texts = ["Cat", "dog", "catfish", "", "a(b"].map(str::to_owned);
        // The second point has no place; the last has no text.
        rows(group, &texts, &[0, 2, 3, 4, 5])
    }

    fn of_text(text: &str) -> Result<Vec<usize>, String> {
        let text = text.to_owned();
        found(Some(&PointGroup::Text { text }))
    }

    fn of_pattern(pattern: &str) -> Result<Vec<usize>, String> {
        let pattern = pattern.to_owned();
        found(Some(&PointGroup::Pattern { pattern }))
    }

    #[test]
    fn groups_are_found_by_text_pattern_and_position() {
        assert_eq!(found(None), Ok(vec![0, 1, 2, 3, 4]));
        assert_eq!(of_text(" CAT "), Ok(vec![0, 1]));
        assert_eq!(of_text("dog"), Ok(vec![]));
        assert_eq!(of_text("("), Ok(vec![3]));
        assert_eq!(of_pattern("^cat$|\\("), Ok(vec![0, 3]));
        assert_eq!(of_pattern("^$"), Ok(vec![2]));
        let points = vec![5, 2, 1, 2];
        assert_eq!(found(Some(&PointGroup::Points { points })), Ok(vec![1, 4]));
    }

    #[test]
    fn patterns_that_are_none_or_too_large_are_told() {
        assert_eq!(
            of_pattern("a("),
            Err("expected a regular expression, got \"a(\": unclosed group".to_owned())
        );
        let large = of_pattern("((a{99}){99}){99}").unwrap_err();
        assert!(large.contains("exceeds size limit"), "{large}");
    }
}

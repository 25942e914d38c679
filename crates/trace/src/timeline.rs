//! Parts of the timeline, reduced to what their pixels can show.

use crate::{Event, Trace};

/// Most spans of a window; where more would be visible, neighbours are joined.
const MAX_SPANS: usize = 200_000;

/// Which part of the timeline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowQuery {
    /// Where it begins.
    pub from_ns: u64,
    /// Where it ends.
    pub to_ns: u64,
    /// How many pixels it is wide.
    pub width: u32,
    /// Positions of the lanes that are visible; `None` for all.
    pub lanes: Option<Vec<usize>>,
    /// Spans that hold an event whose name contains this, whatever the case, are marked.
    pub find: String,
}

/// What is drawn as one rectangle: an event, or several that are too short to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins.
    pub start_ns: u64,
    /// Where it ends.
    pub end_ns: u64,
    /// Position of its first event in [`Trace::events`].
    pub event: usize,
    /// How many events it stands for.
    pub count: u32,
    /// Whether an event in it was searched for.
    pub is_hit: bool,
}

/// Part of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// What is to be drawn, by lane, row and start.
    pub spans: Vec<Span>,
    /// Events that are closer than this were joined.
    pub pixel_ns: u64,
}

/// An event that was searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Position in [`Trace::events`].
    pub event: usize,
}

/// What a search has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many events there are.
    pub count: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// The first of them by time, as many as were asked for.
    pub hits: Vec<Hit>,
}

impl Trace {
    /// Which names contain a text, whatever the case. `None` when nothing is searched for.
    fn matching(&self, find: &str) -> Option<Vec<bool>> {
        if find.is_empty() {
            return None;
        }
        let wanted = find.to_lowercase();
        let names = self.names.iter();
        Some(
            names
                .map(|name| name.to_lowercase().contains(&wanted))
                .collect(),
        )
    }

    /// A part of the timeline. An event that is at least a pixel wide is a span of its own; shorter ones that are less
    /// than a pixel apart are one span, which says how many they are.
    pub fn window(&self, query: &WindowQuery) -> Window {
        let width = u64::from(query.width.max(1));
        let mut pixel_ns = (query.to_ns.saturating_sub(query.from_ns) / width).max(1);
        let matching = self.matching(&query.find);
        loop {
            if let Some(spans) = self.spans(query, pixel_ns, matching.as_deref()) {
                return Window { spans, pixel_ns };
            }
            pixel_ns = pixel_ns.saturating_mul(2);
        }
    }

    /// `None` when there are too many, and joining more of them can help.
    fn spans(
        &self,
        query: &WindowQuery,
        pixel_ns: u64,
        matching: Option<&[bool]>,
    ) -> Option<Vec<Span>> {
        let mut spans: Vec<Span> = Vec::new();
        let all = 0..self.lanes.len();
        let mut wanted: Vec<usize> = match &query.lanes {
            Some(lanes) => lanes.clone(),
            None => all.collect(),
        };
        wanted.sort_unstable();
        wanted.dedup();
        let can_join_more = pixel_ns < self.duration_ns;
        for lane in wanted {
            let Some(lane) = self.lanes.get(lane) else {
                continue;
            };
            let first = lane.events.start;
            let mut rest = &self.events[lane.events.clone()];
            let mut before = first;
            while let Some(row) = rest.first().map(|event| event.row) {
                let count = rest.partition_point(|event| event.row == row);
                let (events, behind) = rest.split_at(count);
                row_spans(events, before, query, pixel_ns, matching, &mut spans);
                rest = behind;
                before += count;
                if spans.len() > MAX_SPANS && can_join_more {
                    return None;
                }
            }
        }
        spans.truncate(MAX_SPANS);
        Some(spans)
    }

    /// The events whose names contain a text, whatever the case; at most `most` of them are listed.
    pub fn search(&self, find: &str, most: usize) -> Found {
        let Some(matching) = self.matching(find) else {
            return Found::default();
        };
        let mut found = Found::default();
        let mut hits = Vec::new();
        for (at, event) in self.events.iter().enumerate() {
            if matching.get(event.name as usize) == Some(&true) {
                found.count += 1;
                found.total_ns = found.total_ns.saturating_add(event.duration_ns);
                hits.push((event.start_ns, at));
            }
        }
        // All are looked at, since they lie in the order of lanes; the earliest are wanted.
        if hits.len() > most {
            hits.select_nth_unstable(most);
            hits.truncate(most);
        }
        hits.sort_unstable();
        found.hits = hits.into_iter().map(|(_, event)| Hit { event }).collect();
        found
    }
}

/// Spans of one row, whose first event is at `first`.
fn row_spans(
    events: &[Event],
    first: usize,
    query: &WindowQuery,
    pixel_ns: u64,
    matching: Option<&[bool]>,
    spans: &mut Vec<Span>,
) {
    let begin = events.partition_point(|event| event.end_ns() < query.from_ns);
    // Whether the last span may take in another event.
    let mut joins = false;
    for (at, event) in events.iter().enumerate().skip(begin) {
        if event.start_ns > query.to_ns {
            break;
        }
        let is_hit =
            matching.is_some_and(|matching| matching.get(event.name as usize) == Some(&true));
        let is_short = event.duration_ns < pixel_ns;
        if let Some(last) = spans.last_mut().filter(|_| joins && is_short)
            && event.start_ns < last.end_ns.saturating_add(pixel_ns)
        {
            last.end_ns = last.end_ns.max(event.end_ns());
            last.count = last.count.saturating_add(1);
            last.is_hit |= is_hit;
            continue;
        }
        spans.push(Span {
            start_ns: event.start_ns,
            end_ns: event.end_ns(),
            event: first + at,
            count: 1,
            is_hit,
        });
        joins = is_short;
    }
}

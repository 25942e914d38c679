//! From events in the order of the file to lanes, rows and times of their own.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::read::{RawEvent, lossy};
use crate::role::Role;
use crate::{Event, Lane, Metadata, Notice, NoticeKind, Trace};

/// Most events that are kept; each takes 48 bytes.
pub const MAX_EVENTS: usize = 6_000_000;

/// Most lanes (threads and streams).
pub const MAX_LANES: usize = 20_000;

/// Most bytes of all names together.
pub const MAX_NAMES_BYTES: usize = 128 << 20;

/// Most rows of a lane; deeper calls are drawn in the last.
pub const MAX_ROWS: u16 = 512;

/// Most calls of a lane that have begun and not ended.
const MAX_OPEN: usize = 10_000;

/// Texts, each once.
#[derive(Debug, Default)]
pub(crate) struct Names {
    texts: Vec<Box<str>>,
    known: HashMap<Box<[u8]>, u32>,
    bytes: usize,
}

impl Names {
    /// The number of a text; `None` where there is no more room for a new one.
    fn number(&mut self, text: &[u8], most: usize) -> Option<u32> {
        if let Some(&number) = self.known.get(text) {
            return Some(number);
        }
        // Kept twice, and what the tables take.
        let bytes = 2 * text.len() + 64;
        if self.bytes + bytes > MAX_NAMES_BYTES || self.texts.len() >= most {
            return None;
        }
        self.bytes += bytes;
        let number = self.texts.len() as u32;
        self.texts.push(lossy(text).into());
        self.known.insert(text.into(), number);
        Some(number)
    }
}

#[derive(Debug, Default)]
struct LaneBuild {
    lane: Lane,
    process_key: u32,
    /// Events that have begun (`ph: B`).
    open: Vec<Event>,
}

#[derive(Debug, Default)]
struct Process {
    name: String,
    labels: String,
    sort_index: i64,
}

/// A kernel's figures, by where its event begins in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KernelFigures {
    pub(crate) offset: u64,
    pub(crate) occupancy: Option<f32>,
    pub(crate) blocks_per_sm: Option<f32>,
}

/// Time on the device that an operator caused, by where its event begins in the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceTime {
    pub(crate) offset: u64,
    pub(crate) own_ns: u64,
    pub(crate) total_ns: u64,
}

/// Collects events.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    events: Vec<Event>,
    names: Names,
    categories: Names,
    roles: Vec<Role>,
    keys: Names,
    processes: HashMap<u32, Process>,
    lanes: Vec<LaneBuild>,
    by_key: HashMap<(u32, u32), u32>,
    kernels: Vec<KernelFigures>,
    earliest: Option<i64>,
    latest: i64,
    left_out: u64,
    without_time: u64,
    negative: u64,
    unopened: u64,
}

impl Builder {
    pub(crate) fn add(&mut self, raw: &RawEvent) {
        match raw.phase {
            b'X' | b'B' | b'E' => self.interval(raw),
            b'M' => self.metadata(raw),
            // Instants, counters, flows and samples are no intervals.
            _ => {}
        }
    }

    fn metadata(&mut self, raw: &RawEvent) {
        let Some(process_key) = self.keys.number(&raw.process, usize::MAX) else {
            return;
        };
        match raw.name.as_slice() {
            b"process_name" => self.process(process_key).name = lossy(&raw.label),
            b"process_labels" => self.process(process_key).labels = lossy(&raw.label),
            b"process_sort_index" => {
                self.process(process_key).sort_index = raw.sort_index.unwrap_or_default();
            }
            b"thread_name" => {
                if let Some(lane) = self.lane(raw) {
                    self.lanes[lane as usize].lane.thread = lossy(&raw.label);
                }
            }
            b"thread_sort_index" => {
                if let Some(lane) = self.lane(raw) {
                    self.lanes[lane as usize].lane.sort_index = raw.sort_index.unwrap_or_default();
                }
            }
            _ => {}
        }
    }

    fn process(&mut self, key: u32) -> &mut Process {
        self.processes.entry(key).or_default()
    }

    fn lane(&mut self, raw: &RawEvent) -> Option<u32> {
        let process_key = self.keys.number(&raw.process, usize::MAX)?;
        let thread_key = self.keys.number(&raw.thread, usize::MAX)?;
        if let Some(&lane) = self.by_key.get(&(process_key, thread_key)) {
            return Some(lane);
        }
        if self.lanes.len() == MAX_LANES {
            return None;
        }
        let number = self.lanes.len() as u32;
        self.lanes.push(LaneBuild {
            lane: Lane {
                process_id: lossy(&raw.process),
                thread_id: lossy(&raw.thread),
                ..Lane::default()
            },
            process_key,
            open: Vec::new(),
        });
        self.by_key.insert((process_key, thread_key), number);
        Some(number)
    }

    fn interval(&mut self, raw: &RawEvent) {
        let Some(time) = raw.time else {
            self.without_time += 1;
            return;
        };
        let duration = match (raw.phase, raw.duration) {
            (b'X', None) => {
                self.without_time += 1;
                return;
            }
            (b'X', Some(duration)) => duration,
            _ => 0,
        };
        let end = time.checked_add(duration);
        let (Ok(duration_ns), Some(end)) = (u64::try_from(duration), end) else {
            self.negative += 1;
            return;
        };
        let Some(lane) = self.lane(raw) else {
            self.left_out += 1;
            return;
        };
        if raw.phase == b'E' {
            self.end(lane, time);
            return;
        }
        let most_categories = usize::from(u16::MAX);
        let (Some(name), Some(category)) = (
            self.names.number(&raw.name, usize::MAX),
            self.categories.number(&raw.category, most_categories),
        ) else {
            self.left_out += 1;
            return;
        };
        if self.roles.len() <= category as usize {
            self.roles.push(Role::of_category(&raw.category));
        }
        let event = Event {
            // Since the epoch of the trace's clock for now; since the trace's first event when all are there.
            start_ns: time as u64,
            duration_ns,
            self_ns: 0,
            offset: raw.offset,
            name,
            lane,
            external: raw.external,
            category: category as u16,
            row: 0,
        };
        if raw.phase == b'B' {
            let open = &mut self.lanes[lane as usize].open;
            if open.len() < MAX_OPEN {
                open.push(event);
            } else {
                self.left_out += 1;
            }
            return;
        }
        let is_kernel = raw.occupancy.is_some() || raw.blocks_per_sm.is_some();
        if is_kernel && self.events.len() < MAX_EVENTS {
            self.kernels.push(KernelFigures {
                offset: raw.offset,
                occupancy: raw.occupancy.map(|percent| percent as f32),
                blocks_per_sm: raw.blocks_per_sm.map(|blocks| blocks as f32),
            });
        }
        self.push(event, time, end);
    }

    /// Ends the call of a lane that began last.
    fn end(&mut self, lane: u32, time: i64) {
        let Some(mut event) = self.lanes[lane as usize].open.pop() else {
            self.unopened += 1;
            return;
        };
        let start = event.start_ns as i64;
        match time.checked_sub(start).map(u64::try_from) {
            Some(Ok(duration_ns)) => {
                event.duration_ns = duration_ns;
                self.push(event, start, time);
            }
            _ => self.negative += 1,
        }
    }

    fn push(&mut self, event: Event, start: i64, end: i64) {
        if self.events.len() >= MAX_EVENTS {
            self.left_out += 1;
            return;
        }
        self.earliest = Some(self.earliest.map_or(start, |earliest| earliest.min(start)));
        self.latest = if self.events.is_empty() {
            end
        } else {
            self.latest.max(end)
        };
        self.events.push(event);
    }

    pub(crate) fn finish(mut self, metadata: Vec<Metadata>, mut notices: Vec<Notice>) -> Trace {
        self.close_open();
        self.judge(&mut notices);
        let earliest = self.earliest.unwrap_or_default();
        let duration_ns = self.latest.abs_diff(earliest);
        for event in &mut self.events {
            event.start_ns = event.start_ns.wrapping_sub(earliest as u64);
        }
        let mut lanes = self.sorted_lanes();
        let by_start = |event: &Event| {
            (
                event.lane,
                event.start_ns,
                Reverse(event.duration_ns),
                event.offset,
            )
        };
        self.events.sort_unstable_by_key(by_start);
        let caused = self.caused_on_device();
        let (device_times, too_deep) = nest(&mut self.events, &self.roles, &caused);
        if too_deep > 0 {
            notices.push(Notice {
                kind: NoticeKind::TooLarge,
                message: format!(
                    "{too_deep} calls are nested more than {MAX_ROWS} deep and are drawn in one row"
                ),
            });
        }
        self.events
            .sort_unstable_by_key(|event| (event.lane, event.row, event.start_ns, event.offset));
        let mut first = 0;
        for (number, lane) in lanes.iter_mut().enumerate() {
            let count = self.events[first..]
                .iter()
                .take_while(|event| event.lane as usize == number)
                .count();
            let events = first..first + count;
            lane.rows = self.events[events.clone()]
                .last()
                .map_or(0, |event| event.row + 1);
            lane.events = events;
            first += count;
        }
        self.kernels.sort_unstable_by_key(|kernel| kernel.offset);
        let mut trace = Trace {
            events: self.events,
            lanes,
            names: self.names.texts,
            categories: self.categories.texts,
            roles: self.roles,
            kernels: self.kernels,
            device_times,
            steps: Vec::new(),
            device_busy_ns: 0,
            duration_ns,
            start_ns: earliest,
            metadata,
            notices,
        };
        crate::steps::find(&mut trace);
        trace
    }

    /// Calls that never ended last until the end of the trace.
    fn close_open(&mut self) {
        let open: Vec<Event> = self
            .lanes
            .iter_mut()
            .flat_map(|lane| std::mem::take(&mut lane.open))
            .collect();
        let begun = open.iter().map(|event| event.start_ns as i64).max();
        let end = match (begun, self.events.is_empty()) {
            (Some(begun), false) => begun.max(self.latest),
            (Some(begun), true) => begun,
            (None, _) => return,
        };
        for mut event in open {
            let start = event.start_ns as i64;
            event.duration_ns = end.abs_diff(start);
            self.push(event, start, end);
        }
    }

    fn judge(&self, notices: &mut Vec<Notice>) {
        let mut note = |count: u64, kind, what: String| {
            if count > 0 {
                notices.push(Notice {
                    kind,
                    message: what,
                });
            }
        };
        let Self {
            left_out,
            without_time,
            negative,
            unopened,
            ..
        } = self;
        note(
            *left_out,
            NoticeKind::TooLarge,
            format!(
                "expected at most {MAX_EVENTS} events, {MAX_LANES} lanes and {MAX_NAMES_BYTES} bytes of names; {left_out} events are left out"
            ),
        );
        note(
            *without_time,
            NoticeKind::Damaged,
            format!(
                "{without_time} events have no time or duration that is a number, and are left out"
            ),
        );
        note(
            *negative,
            NoticeKind::Damaged,
            format!("{negative} events end before they begin, and are left out"),
        );
        note(
            *unopened,
            NoticeKind::Damaged,
            format!("{unopened} ends of events have no beginning"),
        );
    }

    /// The lanes as they are to be shown, and the events' lanes numbered so.
    fn sorted_lanes(&mut self) -> Vec<Lane> {
        let lanes = std::mem::take(&mut self.lanes);
        let mut used = vec![false; lanes.len()];
        for event in &self.events {
            used[event.lane as usize] = true;
        }
        let mut lanes: Vec<(usize, i64, Lane)> = lanes
            .into_iter()
            .enumerate()
            .filter(|(number, _)| used[*number])
            .map(|(number, built)| {
                let mut lane = built.lane;
                let mut process_order = 0;
                if let Some(process) = self.processes.get(&built.process_key) {
                    lane.process.clone_from(&process.name);
                    lane.labels.clone_from(&process.labels);
                    process_order = process.sort_index;
                }
                (number, process_order, lane)
            })
            .collect();
        // Numbers in the order of numbers.
        let number = |id: &str| (id.parse::<i64>().unwrap_or(i64::MAX), id.to_owned());
        lanes.sort_by_cached_key(|(_, process_order, lane)| {
            (
                *process_order,
                number(&lane.process_id),
                lane.sort_index,
                number(&lane.thread_id),
            )
        });
        let mut renumbered = vec![0; used.len()];
        for (new, (old, _, _)) in lanes.iter().enumerate() {
            renumbered[*old] = new as u32;
        }
        for event in &mut self.events {
            event.lane = renumbered[event.lane as usize];
        }
        lanes.into_iter().map(|(_, _, lane)| lane).collect()
    }

    /// Time on the device by the number of the operator that caused it.
    fn caused_on_device(&self) -> HashMap<u32, u64> {
        let mut caused = HashMap::new();
        for event in &self.events {
            if event.external != 0 && self.roles[usize::from(event.category)].is_device() {
                *caused.entry(event.external).or_default() += event.duration_ns;
            }
        }
        caused
    }
}

/// A call around the one that is looked at.
struct Around {
    index: usize,
    end_ns: u64,
    /// Time of the calls within it.
    inner_ns: u64,
    device_ns: u64,
    device_own_ns: u64,
}

/// Finds the row and the own time of each event; the events are in the order of lanes and starts. Returns the times on
/// the device, and how many calls lie too deep for a row of their own.
///
/// A call that begins within another one and ends behind it is in a row below, and takes from the other's own time what
/// both share.
fn nest(
    events: &mut [Event],
    roles: &[Role],
    caused: &HashMap<u32, u64>,
) -> (Vec<DeviceTime>, u64) {
    let mut times = Vec::new();
    let mut too_deep = 0;
    let mut around: Vec<Around> = Vec::new();
    let mut lane = None;
    let mut close = |events: &mut [Event], around: &mut Vec<Around>| {
        if let Some(done) = around.pop() {
            let event = &mut events[done.index];
            event.self_ns = event.duration_ns.saturating_sub(done.inner_ns);
            if done.device_ns > 0 && roles[usize::from(event.category)] == Role::CpuOperator {
                times.push(DeviceTime {
                    offset: event.offset,
                    own_ns: done.device_own_ns,
                    total_ns: done.device_ns,
                });
            }
            if let Some(outer) = around.last_mut() {
                outer.device_ns = outer.device_ns.saturating_add(done.device_ns);
            }
        }
    };
    for index in 0..events.len() {
        let Event {
            start_ns,
            duration_ns,
            external,
            category,
            ..
        } = events[index];
        if lane != Some(events[index].lane) {
            while !around.is_empty() {
                close(events, &mut around);
            }
            lane = Some(events[index].lane);
        }
        while around.last().is_some_and(|outer| outer.end_ns <= start_ns) {
            close(events, &mut around);
        }
        let end_ns = start_ns.saturating_add(duration_ns);
        if let Some(outer) = around.last_mut() {
            let shared = end_ns.min(outer.end_ns).saturating_sub(start_ns);
            outer.inner_ns = outer.inner_ns.saturating_add(shared);
        }
        let depth = around.len();
        if depth >= usize::from(MAX_ROWS) {
            too_deep += 1;
        }
        events[index].row = depth.min(usize::from(MAX_ROWS) - 1) as u16;
        let is_operator = roles[usize::from(category)] == Role::CpuOperator && external != 0;
        let own = is_operator.then(|| caused.get(&external)).flatten();
        let own = own.copied().unwrap_or_default();
        around.push(Around {
            index,
            end_ns,
            inner_ns: 0,
            device_ns: own,
            device_own_ns: own,
        });
    }
    while !around.is_empty() {
        close(events, &mut around);
    }
    times.sort_unstable_by_key(|time: &DeviceTime| time.offset);
    (times, too_deep)
}

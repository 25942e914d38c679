//! Tables of what took how long.

use std::collections::HashMap;

use crate::{Event, Role, Trace};

/// Which events a table is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only events of this category.
    pub category: Option<String>,
    /// Only events that begin within the step at this position of [`Trace::steps`].
    pub step: Option<usize>,
}

/// All calls of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorTimes {
    /// The name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// How many there are.
    pub calls: u64,
    /// Sum of their durations. A call within a call of the same name counts in both, as in PyTorch's `key_averages`.
    pub total_ns: u64,
    /// Sum of their durations without those of the calls directly within them.
    pub self_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// Time of the kernels, copies and fillings that they and the calls within them have started.
    pub device_total_ns: u64,
    /// Time of those that they have started themselves.
    pub device_self_ns: u64,
}

/// All runs of one kernel, copy or filling on a device.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelTimes {
    /// The name.
    pub name: String,
    /// Its category.
    pub category: String,
    /// How many there are.
    pub calls: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// The shortest.
    pub min_ns: u64,
    /// The longest.
    pub max_ns: u64,
    /// Mean estimate of how much of the processors' warps were in use, in percent, weighted by duration.
    pub occupancy_percent: Option<f64>,
    /// Mean number of blocks for each processor, weighted by duration.
    pub blocks_per_sm: Option<f64>,
}

/// All events of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryTimes {
    /// The category; may be empty.
    pub category: String,
    /// Number of events.
    pub calls: u64,
    /// Sum of their durations.
    pub total_ns: u64,
    /// Sum of their durations without those of the calls directly within them.
    pub self_ns: u64,
    /// Whether it is time of the device.
    pub is_device: bool,
}

/// A mean that is weighted.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: Option<f32>, weight: u64) {
        if let Some(value) = value {
            // Something that took no time is there all the same.
            let weight = weight.max(1) as f64;
            self.sum += f64::from(value) * weight;
            self.weight += weight;
        }
    }

    fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

impl Trace {
    fn filtered<'a>(&'a self, filter: &Filter) -> impl Iterator<Item = &'a Event> {
        let step = filter.step.map(|step| {
            self.steps
                .get(step)
                .map_or(0..0, |step| step.start_ns..step.start_ns + step.duration_ns)
        });
        let category = filter.category.as_ref().map(|wanted| {
            let mut categories = self.categories();
            categories.position(|category| category == wanted)
        });
        self.events.iter().filter(move |event| {
            category.is_none_or(|category| category == Some(event.category()))
                && step
                    .as_ref()
                    .is_none_or(|step| step.contains(&event.start_ns))
        })
    }

    /// What took time on the host, by name and category, the longest own time first.
    pub fn operators(&self, filter: &Filter) -> Vec<OperatorTimes> {
        let mut rows: Vec<OperatorTimes> = Vec::new();
        let mut by_key: HashMap<(u32, u16), usize> = HashMap::new();
        let has_device_times = !self.device_times.is_empty();
        for event in self.filtered(filter) {
            if self.roles[event.category()].is_device() {
                continue;
            }
            let at = *by_key
                .entry((event.name, event.category))
                .or_insert_with(|| {
                    rows.push(OperatorTimes {
                        name: self.name(event).to_owned(),
                        category: self.category(event).to_owned(),
                        calls: 0,
                        total_ns: 0,
                        self_ns: 0,
                        min_ns: u64::MAX,
                        max_ns: 0,
                        device_total_ns: 0,
                        device_self_ns: 0,
                    });
                    rows.len() - 1
                });
            let row = &mut rows[at];
            row.calls += 1;
            row.total_ns = row.total_ns.saturating_add(event.duration_ns);
            row.self_ns = row.self_ns.saturating_add(event.self_ns);
            row.min_ns = row.min_ns.min(event.duration_ns);
            row.max_ns = row.max_ns.max(event.duration_ns);
            if has_device_times {
                let (own, total) = self.device_time(event);
                row.device_self_ns = row.device_self_ns.saturating_add(own);
                row.device_total_ns = row.device_total_ns.saturating_add(total);
            }
        }
        rows.sort_by(|a, b| b.self_ns.cmp(&a.self_ns).then_with(|| a.name.cmp(&b.name)));
        rows
    }

    /// What took time on the device, by name, the longest first.
    pub fn kernels(&self, filter: &Filter) -> Vec<KernelTimes> {
        let mut rows: Vec<(KernelTimes, Mean, Mean)> = Vec::new();
        let mut by_key: HashMap<(u32, u16), usize> = HashMap::new();
        for event in self.filtered(filter) {
            if !self.roles[event.category()].is_device() {
                continue;
            }
            let at = *by_key
                .entry((event.name, event.category))
                .or_insert_with(|| {
                    let row = KernelTimes {
                        name: self.name(event).to_owned(),
                        category: self.category(event).to_owned(),
                        calls: 0,
                        total_ns: 0,
                        min_ns: u64::MAX,
                        max_ns: 0,
                        occupancy_percent: None,
                        blocks_per_sm: None,
                    };
                    rows.push((row, Mean::default(), Mean::default()));
                    rows.len() - 1
                });
            let (row, occupancy, blocks) = &mut rows[at];
            row.calls += 1;
            row.total_ns = row.total_ns.saturating_add(event.duration_ns);
            row.min_ns = row.min_ns.min(event.duration_ns);
            row.max_ns = row.max_ns.max(event.duration_ns);
            let figures = &self.kernels;
            let found = figures.binary_search_by_key(&event.offset, |kernel| kernel.offset);
            if let Some(kernel) = found.ok().and_then(|at| figures.get(at)) {
                occupancy.add(kernel.occupancy, event.duration_ns);
                blocks.add(kernel.blocks_per_sm, event.duration_ns);
            }
        }
        let mut rows: Vec<KernelTimes> = rows
            .into_iter()
            .map(|(row, occupancy, blocks)| KernelTimes {
                occupancy_percent: occupancy.value(),
                blocks_per_sm: blocks.value(),
                ..row
            })
            .collect();
        rows.sort_by(|a, b| {
            b.total_ns
                .cmp(&a.total_ns)
                .then_with(|| a.name.cmp(&b.name))
        });
        rows
    }

    /// Every category with the time its events took, the longest own time first. The filter's category is not looked at.
    pub fn category_times(&self, filter: &Filter) -> Vec<CategoryTimes> {
        let mut rows: Vec<CategoryTimes> = self
            .categories()
            .zip(&self.roles)
            .map(|(category, role): (&str, &Role)| CategoryTimes {
                category: category.to_owned(),
                calls: 0,
                total_ns: 0,
                self_ns: 0,
                is_device: role.is_device(),
            })
            .collect();
        let filter = Filter {
            category: None,
            step: filter.step,
        };
        for event in self.filtered(&filter) {
            let row = &mut rows[event.category()];
            row.calls += 1;
            row.total_ns = row.total_ns.saturating_add(event.duration_ns);
            row.self_ns = row.self_ns.saturating_add(event.self_ns);
        }
        rows.retain(|row| row.calls > 0);
        rows.sort_by(|a, b| {
            b.self_ns
                .cmp(&a.self_ns)
                .then_with(|| a.category.cmp(&b.category))
        });
        rows
    }
}

//! What lies in records of its own: texts, pictures, sounds, meshes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use glassboard_server::OfflineAnswer;
use glassboard_server::wire::{
    BlobSeries, MeshEntry, MeshHeader, MeshList, MeshSeries, TextSeries,
};
use serde_json::Value;

use super::super::choice::Dashboard;
use super::ask::{header_of, key, key_of, key_of_address, query};
use super::{Recorder, Series, Tally};

/// A list of steps, as the page asks for it.
enum Steps {
    Blobs(BlobSeries),
    Mesh(MeshSeries),
}

impl Steps {
    fn len(&self) -> usize {
        match self {
            Self::Blobs(list) => list.steps.len(),
            Self::Mesh(list) => list.steps.len(),
        }
    }

    /// The addresses of what a step holds, as far as the list says them.
    fn addresses(&self, at: usize) -> Vec<String> {
        match self {
            Self::Blobs(list) => list.steps.get(at).map_or_else(Vec::new, |step| {
                step.about.iter().chain(&step.samples).cloned().collect()
            }),
            Self::Mesh(list) => {
                let step = list.steps.get(at);
                step.map(|step| sample_of(&step.url, 0))
                    .into_iter()
                    .collect()
            }
        }
    }

    /// The addresses that only the answer to the first one tells: the other meshes of its batch.
    fn further(&self, at: usize, answer: &OfflineAnswer) -> Vec<String> {
        let Self::Mesh(list) = self else {
            return Vec::new();
        };
        let samples = header_of(&answer.body).map_or(0, |header: MeshHeader| header.samples);
        let step = list.steps.get(at);
        step.map_or_else(Vec::new, |step| {
            (1..samples)
                .map(|sample| sample_of(&step.url, sample))
                .collect()
        })
    }

    /// Takes away the steps that are not kept.
    fn keep(&mut self, kept: &[bool]) {
        let mut kept = kept.iter();
        let mut next = || kept.next().is_some_and(|kept| *kept);
        match self {
            Self::Blobs(list) => list.steps.retain(|_| next()),
            Self::Mesh(list) => list.steps.retain(|_| next()),
        }
    }

    fn json(&self) -> serde_json::Result<Vec<u8>> {
        match self {
            Self::Blobs(list) => serde_json::to_vec(list),
            Self::Mesh(list) => serde_json::to_vec(list),
        }
    }
}

/// The steps of one card, and which of them are in the file.
pub(super) struct Stepped {
    dashboard: Dashboard,
    label: String,
    key: Vec<Value>,
    steps: Steps,
    kept: Vec<bool>,
}

impl Stepped {
    fn new(dashboard: Dashboard, label: String, key: Vec<Value>, steps: Steps) -> Self {
        Self {
            dashboard,
            label,
            key,
            kept: vec![false; steps.len()],
            steps,
        }
    }
}

impl Recorder<'_> {
    pub(super) async fn texts(&mut self, all: &[Series]) -> Result<()> {
        let mut tally = Tally::default();
        for series in all {
            self.step(series);
            let pairs = [
                ("run", series.run_name.as_str()),
                ("tag", series.tag.as_str()),
            ];
            let Some(answer) = self.get(&format!("texts?{}", query(&pairs))).await? else {
                continue;
            };
            let mut list: TextSeries = serde_json::from_slice(&answer.body)?;
            let mut lost = BTreeSet::new();
            // Newest first: where not all fit, the oldest are left out.
            for step in list.steps.iter().rev() {
                let kept = match self.get(&step.url).await? {
                    Some(answer) => {
                        let kept = self.add(&key(&step.url), &answer)?;
                        tally.add(kept);
                        kept
                    }
                    None => false,
                };
                if !kept {
                    lost.insert(step.url.clone());
                }
            }
            list.steps.retain(|step| !lost.contains(&step.url));
            self.add_json(&key_of("texts", &pairs), &list)?;
        }
        self.tally(Dashboard::Text, tally);
        Ok(())
    }

    /// The steps of pictures or sounds.
    pub(super) async fn blobs(
        &mut self,
        dashboard: Dashboard,
        route: &str,
        all: &[Series],
    ) -> Result<Vec<Stepped>> {
        let mut lists = Vec::new();
        for series in all {
            let pairs = [
                ("run", series.run_name.as_str()),
                ("tag", series.tag.as_str()),
            ];
            if let Some(answer) = self.get(&format!("{route}?{}", query(&pairs))).await? {
                let list = Steps::Blobs(serde_json::from_slice(&answer.body)?);
                let label = format!("{} {}", series.run_name, series.tag);
                lists.push(Stepped::new(dashboard, label, key_of(route, &pairs), list));
            }
        }
        Ok(lists)
    }

    /// The meshes that are wanted, with the names of their runs.
    pub(super) async fn meshes(&mut self) -> Result<Vec<(String, MeshEntry)>> {
        let list: MeshList = self.json("meshes").await?;
        if !self.choice.has(Dashboard::Mesh) {
            return Ok(Vec::new());
        }
        let wanted = list.meshes.into_iter().filter_map(|entry| {
            let run = self.runs.get(&entry.run)?;
            self.choice.tag(&entry.name).then(|| (run.clone(), entry))
        });
        Ok(wanted.collect())
    }

    /// The list of meshes, and the steps of each.
    pub(super) async fn mesh_steps(
        &mut self,
        all: Vec<(String, MeshEntry)>,
    ) -> Result<Vec<Stepped>> {
        let mut lists = Vec::new();
        for (run, entry) in &all {
            let pairs = [("run", run.as_str()), ("name", entry.name.as_str())];
            if let Some(answer) = self.get(&format!("mesh?{}", query(&pairs))).await? {
                let list = Steps::Mesh(serde_json::from_slice(&answer.body)?);
                let label = format!("{run} {}", entry.name);
                lists.push(Stepped::new(
                    Dashboard::Mesh,
                    label,
                    key_of("mesh", &pairs),
                    list,
                ));
            }
        }
        let meshes = all.into_iter().map(|(_, entry)| entry).collect();
        self.add_json(&key("meshes"), &MeshList { meshes })?;
        Ok(lists)
    }

    /// Of each list the newest step that is left, until there is none or no room.
    pub(super) async fn newest_first(&mut self, mut lists: Vec<Stepped>) -> Result<()> {
        let mut tallies: BTreeMap<Dashboard, Tally> = BTreeMap::new();
        // The lists themselves need room.
        let reserved: usize = lists
            .iter()
            .map(|one| one.steps.json().map_or(0, |json| json.len()))
            .sum();
        self.file.reserve(reserved);
        let longest = lists.iter().map(|one| one.kept.len()).max();
        for back in 1..=longest.unwrap_or(0) {
            for one in &mut lists {
                let Some(at) = one.kept.len().checked_sub(back) else {
                    continue;
                };
                if back == 1 {
                    self.bar.set_message(one.label.clone());
                    self.bar.inc(1);
                }
                let whole = self.whole_step(&one.steps, at).await?;
                tallies.entry(one.dashboard).or_default().add(whole);
                if let Some(kept) = one.kept.get_mut(at) {
                    *kept = whole;
                }
            }
        }
        self.file.reserve(0);
        for mut one in lists {
            one.steps.keep(&one.kept);
            self.file
                .add(&one.key, "application/json", &one.steps.json()?)?;
        }
        for (dashboard, tally) in tallies {
            self.tally(dashboard, tally);
        }
        Ok(())
    }

    /// Whether everything that a step holds fits.
    async fn whole_step(&mut self, steps: &Steps, at: usize) -> Result<bool> {
        let mut whole = true;
        let mut addresses = steps.addresses(at);
        let mut next = 0;
        while let Some(address) = addresses.get(next).cloned() {
            // What cannot be read is noted, and the page says so at its place.
            if let Some(answer) = self.get(&address).await? {
                if next == 0 {
                    addresses.extend(steps.further(at, &answer));
                }
                whole &= self.add(&key_of_address(&address), &answer)?;
                if !whole {
                    break;
                }
            }
            next += 1;
        }
        Ok(whole)
    }
}

/// The address of one mesh of a batch, as the page completes that of a step.
fn sample_of(address: &str, sample: u32) -> String {
    format!("{address}&sample={sample}")
}

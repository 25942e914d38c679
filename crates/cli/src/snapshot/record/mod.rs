//! Which requests the page would make, and their answers.

mod ask;
mod figures;
mod graphs;
mod media;
mod traces;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use glassboard_server::Offline;
use glassboard_server::wire::{
    DamageList, EmbeddingList, GraphList, GraphSource, LayoutList, ModelList, RunList, Status,
    TagList, TraceList, Workspace,
};
use indicatif::ProgressBar;

use self::ask::key;
use super::choice::{Choice, Dashboard};
use super::file::{Info, LeftOut, SnapshotFile};
use crate::output::count_bar;

/// How it went.
pub(crate) struct Outcome {
    pub(crate) info: Info,
    pub(crate) answers: u64,
    /// What could not be recorded, said once each.
    pub(crate) problems: BTreeSet<String>,
}

/// Asks, and puts the answers into the file.
pub(crate) struct Recorder<'a> {
    offline: &'a Offline,
    file: &'a mut SnapshotFile,
    choice: &'a Choice,
    runs: BTreeMap<u32, String>,
    bar: ProgressBar,
    reduced_series: u64,
    left_out: Vec<LeftOut>,
    problems: BTreeSet<String>,
}

/// What is wanted beside tags of runs.
struct Found {
    graphs: GraphList,
    embeddings: EmbeddingList,
    traces: TraceList,
}

impl Found {
    fn len(&self) -> usize {
        self.graphs.graphs.len() + self.embeddings.embeddings.len() + self.traces.traces.len()
    }
}

/// A tag of a run.
struct Series {
    run: u32,
    run_name: String,
    tag: String,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new(
        offline: &'a Offline,
        file: &'a mut SnapshotFile,
        choice: &'a Choice,
    ) -> Self {
        Self {
            offline,
            file,
            choice,
            runs: BTreeMap::new(),
            bar: count_bar(0),
            reduced_series: 0,
            left_out: Vec::new(),
            problems: BTreeSet::new(),
        }
    }

    /// Records everything that is wanted and fits, small things first.
    pub(crate) async fn record(mut self) -> Result<Outcome> {
        let mut runs: RunList = self.json("runs").await?;
        runs.runs.retain(|run| self.choice.run(&run.name));
        for run in &mut runs.runs {
            run.live = false;
        }
        self.runs = runs
            .runs
            .iter()
            .map(|run| (run.id, run.name.clone()))
            .collect();
        let mut tags: TagList = self.json("tags").await?;
        self.choice.narrow_tags(&mut tags, &runs.runs);
        let meshes = self.meshes().await?;
        let found = Found {
            graphs: self.graphs().await?,
            embeddings: self.embeddings().await?,
            traces: self.traces().await?,
        };
        if tags.plugins.is_empty() && found.len() == 0 {
            bail!(
                "nothing to show: no data of these runs, tags and dashboards in the log directory"
            );
        }
        self.essentials(&runs, &tags, &found).await?;

        let of = |plugin: &str| series_of(&tags, plugin, &self.runs);
        let scalars = of("scalars");
        let histograms = of("histograms");
        let texts = of("text");
        let images = of("images");
        let audio = of("audio");
        let curves = ["pr_curves", "roc_curves"].map(|plugin| (plugin, of(plugin)));
        let mut count = scalars.len() + histograms.len() + texts.len() + images.len() + audio.len();
        count += found.len() + meshes.len();
        count += curves.iter().map(|(_, series)| series.len()).sum::<usize>();
        self.bar.set_length(count as u64);

        if tags.plugins.iter().any(|group| group.plugin == "hparams") {
            self.hparams().await?;
        }
        self.scalars(&scalars).await?;
        self.curves(&curves).await?;
        self.histograms(&histograms).await?;
        self.texts(&texts).await?;
        self.graph_answers(&found.graphs).await?;
        self.embedding_answers(&found.embeddings).await?;
        self.trace_answers(&found.traces).await?;
        let mut stepped = self.blobs(Dashboard::Images, "images", &images).await?;
        stepped.extend(self.blobs(Dashboard::Audio, "audio", &audio).await?);
        stepped.extend(self.mesh_steps(meshes).await?);
        self.newest_first(stepped).await?;
        self.bar.finish_and_clear();
        Ok(Outcome {
            info: Info {
                made_at_secs: self.choice.made_at_secs,
                dashboards: self.choice.dashboards.iter().map(|one| one.id()).collect(),
                smoothing: self.choice.weights.clone(),
                reduced_series: self.reduced_series,
                left_out: self.left_out,
            },
            answers: self.file.answers(),
            problems: self.problems,
        })
    }

    /// What the frame of the page asks for. Without it there is no page.
    async fn essentials(&mut self, runs: &RunList, tags: &TagList, found: &Found) -> Result<()> {
        let mut damage: DamageList = self.json("damage").await?;
        self.choice.narrow_damage(&mut damage);
        let mut workspace: Workspace = self.json("workspace").await?;
        self.choice.narrow_workspace(&mut workspace);
        let mut layouts: LayoutList = self.json("layouts").await?;
        if self.choice.tags.is_some() {
            for category in &mut layouts.categories {
                for chart in &mut category.charts {
                    chart.multiline_tags.retain(|tag| self.choice.tag(tag));
                    chart.margin.retain(|series| self.choice.tag(&series.value));
                }
            }
        }
        let mut status: Status = self.json("status").await?;
        status.window_title.clone_from(&self.choice.title);
        // Where it lay on the machine that made the file is nobody's business.
        status.logdir.clone_from(&self.choice.title);
        status.runs = runs.runs.len() as u64;
        status.models = found
            .graphs
            .graphs
            .iter()
            .filter(|graph| graph.source == GraphSource::File)
            .count() as u64;
        status.projectors = found.embeddings.embeddings.len() as u64;
        status.traces = found.traces.traces.len() as u64;
        status.points = runs.runs.iter().map(|run| run.points).sum();
        status.damaged_records = damage.files.iter().map(|file| file.damaged).sum();
        status.damaged_files = damage.files.len() as u64;
        status.workspace_writable = false;
        if self.choice.runs.is_some() {
            status.notices.retain(|notice| {
                let of_run = |run: &String| notice.path.starts_with(run.as_str());
                self.runs.values().any(of_run)
            });
        }
        let none = ModelList {
            models: Vec::new(),
            can_explain: false,
            cam_methods: Vec::new(),
            saliency_methods: Vec::new(),
            colormaps: Vec::new(),
        };
        let fits = self.add_json(&key("runs"), runs)?
            && self.add_json(&key("tags"), tags)?
            && self.add_json(&key("status"), &status)?
            && self.add_json(&key("damage"), &damage)?
            && self.add_json(&key("layouts"), &layouts)?
            && self.add_json(&key("workspace"), &workspace)?
            && self.add_json(&key("graphs"), &found.graphs)?
            && self.add_json(&key("embeddings"), &found.embeddings)?
            && self.add_json(&key("models"), &none)?
            && self.add_json(&key("traces"), &found.traces)?;
        if fits {
            Ok(())
        } else {
            bail!("the names of runs and tags alone do not fit; expected a larger --max-size")
        }
    }

    fn step(&self, series: &Series) {
        self.bar
            .set_message(format!("{} {}", series.run_name, series.tag));
        self.bar.inc(1);
    }

    fn tally(&mut self, dashboard: Dashboard, tally: Tally) {
        if tally.kept < tally.total {
            self.left_out.push(LeftOut {
                dashboard: dashboard.id(),
                kept: tally.kept,
                total: tally.total,
            });
        }
    }
}

/// How many there were, and how many of them fitted.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    kept: u64,
    total: u64,
}

impl Tally {
    fn add(&mut self, kept: bool) {
        self.kept += u64::from(kept);
        self.total += 1;
    }
}

/// Every run of every tag of a plugin.
fn series_of(tags: &TagList, plugin: &str, runs: &BTreeMap<u32, String>) -> Vec<Series> {
    let groups = tags.plugins.iter().filter(|group| group.plugin == plugin);
    let entries = groups.flat_map(|group| &group.tags);
    entries
        .flat_map(|entry| {
            entry.runs.iter().filter_map(|run| {
                Some(Series {
                    run: *run,
                    run_name: runs.get(run)?.clone(),
                    tag: entry.tag.clone(),
                })
            })
        })
        .collect()
}

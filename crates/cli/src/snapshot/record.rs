//! Which requests the page would make, and their answers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use glassboard_server::wire::{
    ApiError, BlobSeries, CurveList, DamageList, Embedding, EmbeddingList, Graph, GraphList,
    GraphSource, HistogramSeries, Hparams, LayoutList, ModelList, RunList, ScalarHeader,
    ScalarStatsList, Status, TagList, TextSeries, TraceList, Workspace,
};
use glassboard_server::{COLUMNS_CONTENT_TYPE, COLUMNS_MAGIC, Offline, OfflineAnswer};
use indicatif::ProgressBar;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::choice::{Choice, Dashboard};
use super::file::{Info, LeftOut, SnapshotFile};
use crate::output::count_bar;

/// Steps of histograms that the page asks for: ridges, ridges at full size, a heat map.
const HISTOGRAM_STEPS: [u64; 3] = [51, 100, 400];

/// Bins that the page asks for unless told otherwise.
const HISTOGRAM_BINS: u64 = 30;

/// Most metrics that are asked for at once.
const MAX_METRICS: usize = 100;

/// Nodes of a graph whose details are kept.
const MAX_NODES: usize = 5_000;

/// What the page asks columns of a projection as.
const PROJECTION: &str = "application/x-glassboard-projection";

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
        let graphs = self.graphs().await?;
        let embeddings = self.embeddings().await?;
        if tags.plugins.is_empty() && graphs.graphs.is_empty() && embeddings.embeddings.is_empty() {
            bail!(
                "nothing to show: no data of these runs, tags and dashboards in the log directory"
            );
        }
        self.essentials(&runs, &tags, &graphs, &embeddings).await?;

        let of = |plugin: &str| series_of(&tags, plugin, &self.runs);
        let scalars = of("scalars");
        let histograms = of("histograms");
        let texts = of("text");
        let images = of("images");
        let audio = of("audio");
        let curves = ["pr_curves", "roc_curves"].map(|plugin| (plugin, of(plugin)));
        let mut count = scalars.len() + histograms.len() + texts.len() + images.len() + audio.len();
        count += graphs.graphs.len() + embeddings.embeddings.len();
        count += curves.iter().map(|(_, series)| series.len()).sum::<usize>();
        self.bar.set_length(count as u64);

        if tags.plugins.iter().any(|group| group.plugin == "hparams") {
            self.hparams().await?;
        }
        self.scalars(&scalars).await?;
        self.curves(&curves).await?;
        self.histograms(&histograms).await?;
        self.texts(&texts).await?;
        self.graph_answers(&graphs).await?;
        self.embedding_answers(&embeddings).await?;
        self.media(Dashboard::Images, "images", &images).await?;
        self.media(Dashboard::Audio, "audio", &audio).await?;
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
    async fn essentials(
        &mut self,
        runs: &RunList,
        tags: &TagList,
        graphs: &GraphList,
        embeddings: &EmbeddingList,
    ) -> Result<()> {
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
        status.models = graphs
            .graphs
            .iter()
            .filter(|graph| graph.source == GraphSource::File)
            .count() as u64;
        status.projectors = embeddings.embeddings.len() as u64;
        status.traces = 0;
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
        let no_traces = TraceList { traces: Vec::new() };
        let fits = self.add_json(&key("runs"), runs)?
            && self.add_json(&key("tags"), tags)?
            && self.add_json(&key("status"), &status)?
            && self.add_json(&key("damage"), &damage)?
            && self.add_json(&key("layouts"), &layouts)?
            && self.add_json(&key("workspace"), &workspace)?
            && self.add_json(&key("graphs"), graphs)?
            && self.add_json(&key("embeddings"), embeddings)?
            && self.add_json(&key("models"), &none)?
            && self.add_json(&key("traces"), &no_traces)?;
        if fits {
            Ok(())
        } else {
            bail!("the names of runs and tags alone do not fit; expected a larger --max-size")
        }
    }

    async fn scalars(&mut self, all: &[Series]) -> Result<()> {
        let levels: Vec<Value> = if self.choice.weights.is_empty() {
            vec![Value::Null]
        } else {
            let weights = self.choice.weights.iter();
            weights
                .map(|weight| json!({"method": "exponential", "weight": weight}))
                .collect()
        };
        let pixels = self.choice.points.div_ceil(4);
        let mut tally = Tally::default();
        for series in all {
            self.step(series);
            let mut kept = true;
            for (level, smoothing) in levels.iter().enumerate() {
                let named = json!([{"run": series.run, "tag": series.tag}]);
                let query = json!({
                    "series": named, "pixels": pixels, "smoothing": smoothing, "superseded": true,
                });
                let Some(answer) = self.post("scalars", &query, COLUMNS_CONTENT_TYPE).await? else {
                    kept = false;
                    break;
                };
                if level == 0
                    && header_of(&answer.body)
                        .is_some_and(|header| header.series.iter().any(|one| one.reduced))
                {
                    self.reduced_series += 1;
                }
                let place = [
                    json!("scalars"),
                    json!(series.run),
                    json!(series.tag),
                    json!(level),
                ];
                kept &= self.add(&place, &answer)?;
                let query = json!({"series": named, "smoothing": smoothing});
                let Some(answer) = self.post("scalars/stats", &query, "*/*").await? else {
                    break;
                };
                let list: ScalarStatsList = serde_json::from_slice(&answer.body)?;
                if let Some(stats) = list.series.first() {
                    let place = [
                        json!("stats"),
                        json!(series.run),
                        json!(series.tag),
                        json!(level),
                    ];
                    kept &= self.add_json(&place, stats)?;
                }
            }
            tally.add(kept);
        }
        self.tally(Dashboard::Timeseries, tally);
        Ok(())
    }

    async fn hparams(&mut self) -> Result<()> {
        let choice = self.choice;
        let Some(answer) = self.post("hparams", &json!({}), "*/*").await? else {
            return Ok(());
        };
        let mut shown: Hparams = serde_json::from_slice(&answer.body)?;
        choice.narrow_hparams(&mut shown);
        let mut tally = Tally::default();
        tally.add(self.add_json(&key2("hparams", "shown"), &shown)?);
        shown.tags.truncate(MAX_METRICS);
        let query = json!({"metrics": shown.tags});
        if let Some(answer) = self.post("hparams", &query, "*/*").await? {
            let mut all: Hparams = serde_json::from_slice(&answer.body)?;
            choice.narrow_hparams(&mut all);
            // What cannot be had is not offered.
            all.tags.truncate(MAX_METRICS);
            tally.add(self.add_json(&key2("hparams", "all"), &all)?);
        }
        self.tally(Dashboard::Hparams, tally);
        Ok(())
    }

    async fn curves(&mut self, plugins: &[(&str, Vec<Series>); 2]) -> Result<()> {
        let mut tally = Tally::default();
        let mut older = Vec::new();
        let place = |plugin: &str, series: &Series, step: Option<i64>| {
            [
                json!("curves"),
                json!(series.run),
                json!(plugin),
                json!(series.tag),
                json!(step),
            ]
        };
        let query = |plugin: &str, series: &Series, step: Option<i64>| {
            json!({
                "series": [{"run": series.run, "plugin": plugin, "tag": series.tag}],
                "step": step, "superseded": true,
            })
        };
        for (plugin, all) in plugins {
            for series in all {
                self.step(series);
                let asked = query(plugin, series, None);
                let Some(answer) = self.post("curves", &asked, "*/*").await? else {
                    continue;
                };
                tally.add(self.add(&place(plugin, series, None), &answer)?);
                let list: CurveList = serde_json::from_slice(&answer.body)?;
                let steps = list.series.first().map(|one| one.steps.as_slice());
                let steps: BTreeSet<i64> = steps.unwrap_or_default().iter().copied().collect();
                older.push((*plugin, series, steps));
            }
        }
        // Of each series the newest step that is left, until there is none.
        while older.iter().any(|(_, _, steps)| !steps.is_empty()) {
            for (plugin, series, steps) in &mut older {
                let Some(step) = steps.pop_last() else {
                    continue;
                };
                let asked = query(plugin, series, Some(step));
                if let Some(answer) = self.post("curves", &asked, "*/*").await? {
                    tally.add(self.add(&place(plugin, series, Some(step)), &answer)?);
                }
            }
        }
        self.tally(Dashboard::Curves, tally);
        Ok(())
    }

    async fn histograms(&mut self, all: &[Series]) -> Result<()> {
        let (mut histograms, mut distributions) = (Tally::default(), Tally::default());
        for series in all {
            self.step(series);
            let (run, tag) = (series.run_name.as_str(), series.tag.as_str());
            if self.choice.has(Dashboard::Histograms) {
                for steps in HISTOGRAM_STEPS {
                    let asked = query(&[
                        ("run", run),
                        ("tag", tag),
                        ("bins", &HISTOGRAM_BINS.to_string()),
                        ("max_steps", &steps.to_string()),
                    ]);
                    let Some(answer) = self.get(&format!("histograms?{asked}")).await? else {
                        break;
                    };
                    let place = [
                        json!("histograms"),
                        json!(run),
                        json!(tag),
                        json!(HISTOGRAM_BINS),
                        json!(steps),
                    ];
                    histograms.add(self.add(&place, &answer)?);
                    let read: HistogramSeries = serde_json::from_slice(&answer.body)?;
                    if read.steps_total <= steps {
                        break;
                    }
                }
            }
            if self.choice.has(Dashboard::Distributions) {
                let pairs = [("run", run), ("tag", tag)];
                if let Some(kept) = self.exactly("distributions", &pairs).await? {
                    distributions.add(kept);
                }
            }
        }
        self.tally(Dashboard::Histograms, histograms);
        self.tally(Dashboard::Distributions, distributions);
        Ok(())
    }

    async fn texts(&mut self, all: &[Series]) -> Result<()> {
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

    /// Pictures or sounds: of each series the newest step that is left, until there is none or no room.
    async fn media(&mut self, dashboard: Dashboard, route: &str, all: &[Series]) -> Result<()> {
        let mut tally = Tally::default();
        let mut lists: Vec<(&Series, BlobSeries, Vec<bool>)> = Vec::new();
        for series in all {
            let pairs = [
                ("run", series.run_name.as_str()),
                ("tag", series.tag.as_str()),
            ];
            if let Some(answer) = self.get(&format!("{route}?{}", query(&pairs))).await? {
                let list: BlobSeries = serde_json::from_slice(&answer.body)?;
                let kept = vec![false; list.steps.len()];
                lists.push((series, list, kept));
            }
        }
        // The lists themselves need room.
        let reserved: usize = lists
            .iter()
            .map(|(_, list, _)| serde_json::to_vec(list).map_or(0, |json| json.len()))
            .sum();
        self.file.reserve(reserved);
        let longest = lists.iter().map(|(_, list, _)| list.steps.len()).max();
        for back in 1..=longest.unwrap_or(0) {
            for (series, list, kept) in &mut lists {
                let Some(at) = list.steps.len().checked_sub(back) else {
                    continue;
                };
                if back == 1 {
                    self.step(series);
                }
                let Some(step) = list.steps.get(at) else {
                    continue;
                };
                let mut whole = true;
                for url in step.about.iter().chain(&step.samples) {
                    let Some(answer) = self.get(url).await? else {
                        continue;
                    };
                    whole &= self.add(&key(url), &answer)?;
                }
                tally.add(whole);
                if let Some(kept) = kept.get_mut(at) {
                    *kept = whole;
                }
            }
        }
        self.file.reserve(0);
        for (series, mut list, kept) in lists {
            let mut places = kept.iter();
            list.steps
                .retain(|_| places.next().is_some_and(|kept| *kept));
            let pairs = [
                ("run", series.run_name.as_str()),
                ("tag", series.tag.as_str()),
            ];
            self.add_json(&key_of(route, &pairs), &list)?;
        }
        self.tally(dashboard, tally);
        Ok(())
    }

    /// The graphs that are wanted.
    async fn graphs(&mut self) -> Result<GraphList> {
        let mut list: GraphList = self.json("graphs").await?;
        let wanted = self.choice.has(Dashboard::Graph);
        let names: BTreeSet<&String> = self.runs.values().collect();
        list.graphs.retain(|graph| {
            wanted && (graph.source == GraphSource::File || names.contains(&graph.name))
        });
        Ok(list)
    }

    async fn graph_answers(&mut self, list: &GraphList) -> Result<()> {
        let mut tally = Tally::default();
        for entry in &list.graphs {
            self.bar.set_message(entry.name.clone());
            self.bar.inc(1);
            let source = serde_json::to_value(entry.source)?;
            let named = [
                ("source", source.as_str().unwrap_or_default()),
                ("name", entry.name.as_str()),
                // A run has one graph, which the page asks for without its tag.
                (
                    "tag",
                    if entry.source == GraphSource::Run {
                        ""
                    } else {
                        &entry.tag
                    },
                ),
            ];
            let mut nodes = 0;
            let metadata = entry.metadata_tags.iter().map(String::as_str);
            for metadata in std::iter::once("").chain(metadata) {
                let mut pairs = named.to_vec();
                pairs.push(("metadata", metadata));
                let Some(answer) = self.get(&format!("graph?{}", query(&pairs))).await? else {
                    continue;
                };
                tally.add(self.add(&key_of("graph", &pairs), &answer)?);
                let graph: Graph = serde_json::from_slice(&answer.body)?;
                nodes = graph.nodes.len();
            }
            for node in 0..nodes {
                let text = node.to_string();
                let mut pairs = named.to_vec();
                pairs.push(("node", &text));
                if node >= MAX_NODES {
                    tally.add(false);
                } else if let Some(kept) = self.exactly("graph/node", &pairs).await? {
                    tally.add(kept);
                }
            }
        }
        self.tally(Dashboard::Graph, tally);
        Ok(())
    }

    /// The embeddings that are wanted.
    async fn embeddings(&mut self) -> Result<EmbeddingList> {
        let mut list: EmbeddingList = self.json("embeddings").await?;
        let choice = self.choice;
        let wanted = choice.has(Dashboard::Projector);
        list.embeddings
            .retain(|one| wanted && choice.run(&one.run) && choice.tag(&one.tag));
        list.notices.retain(|_| wanted && choice.runs.is_none());
        Ok(list)
    }

    async fn embedding_answers(&mut self, list: &EmbeddingList) -> Result<()> {
        let mut tally = Tally::default();
        for entry in &list.embeddings {
            self.bar
                .set_message(format!("{} {}", entry.run, entry.name));
            self.bar.inc(1);
            let named = [("run", entry.run.as_str()), ("name", entry.name.as_str())];
            let Some(answer) = self.get(&format!("embedding?{}", query(&named))).await? else {
                continue;
            };
            let mut kept = self.add(&key_of("embedding", &named), &answer)?;
            let embedding: Embedding = serde_json::from_slice(&answer.body)?;
            if let Some(sprite) = &embedding.sprite {
                let mut pairs = named.to_vec();
                pairs.push(("v", &sprite.version));
                kept &= self.exactly("embedding/sprite", &pairs).await? != Some(false);
            }
            if embedding.has_bookmarks {
                kept &= self.exactly("embedding/bookmarks", &named).await? != Some(false);
            }
            for spherize in [true, false] {
                let asked = json!({
                    "run": entry.run, "name": entry.name, "method": "pca", "spherize": spherize,
                });
                if let Some(answer) = self.post("projection", &asked, PROJECTION).await? {
                    let place = [
                        json!("projection"),
                        json!(entry.run),
                        json!(entry.name),
                        json!("pca"),
                        json!(u8::from(spherize)),
                    ];
                    kept &= self.add(&place, &answer)?;
                }
            }
            tally.add(kept);
        }
        self.tally(Dashboard::Projector, tally);
        Ok(())
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

    /// Records the answer to a request as it is asked; `None` when it failed, which is noted.
    async fn exactly(&mut self, route: &str, pairs: &[(&str, &str)]) -> Result<Option<bool>> {
        match self.get(&format!("{route}?{}", query(pairs))).await? {
            Some(answer) => Ok(Some(self.add(&key_of(route, pairs), &answer)?)),
            None => Ok(None),
        }
    }

    async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.offline.get(path).await?;
        if answer.status != 200 {
            bail!("{path}: {}", message_of(&answer));
        }
        Ok(serde_json::from_slice(&answer.body)?)
    }

    async fn get(&mut self, path: &str) -> Result<Option<OfflineAnswer>> {
        let answer = self.offline.get(path).await?;
        Ok(self.checked(path, answer))
    }

    async fn post(
        &mut self,
        path: &str,
        body: &Value,
        accept: &str,
    ) -> Result<Option<OfflineAnswer>> {
        let body = serde_json::to_vec(body)?;
        let answer = self.offline.post(path, body, accept).await?;
        Ok(self.checked(path, answer))
    }

    fn checked(&mut self, path: &str, answer: OfflineAnswer) -> Option<OfflineAnswer> {
        if answer.status == 200 {
            return Some(answer);
        }
        let route = path.split('?').next().unwrap_or_default();
        let route = route.split('/').next().unwrap_or_default();
        self.problems
            .insert(format!("{route}: {}", message_of(&answer)));
        None
    }

    fn add(&mut self, key: &[Value], answer: &OfflineAnswer) -> Result<bool> {
        self.file.add(key, &answer.content_type, &answer.body)
    }

    fn add_json(&mut self, key: &[Value], value: &impl Serialize) -> Result<bool> {
        let bytes = serde_json::to_vec(value)?;
        self.file.add(key, "application/json", &bytes)
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

/// The header of binary columns.
fn header_of(bytes: &[u8]) -> Option<ScalarHeader> {
    let rest = bytes.strip_prefix(&COLUMNS_MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let header = rest.get(..u32::from_le_bytes(*length) as usize)?;
    serde_json::from_slice(header).ok()
}

fn message_of(answer: &OfflineAnswer) -> String {
    match serde_json::from_slice::<ApiError>(&answer.body) {
        Ok(error) => error.message,
        Err(_) => format!("status {}", answer.status),
    }
}

fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn key(route: &str) -> [Value; 1] {
    [json!(route)]
}

fn key2(route: &str, what: &str) -> [Value; 2] {
    [json!(route), json!(what)]
}

/// The key of a request that is answered as it was recorded: parameters by name.
fn key_of(route: &str, pairs: &[(&str, &str)]) -> Vec<Value> {
    let sorted: BTreeMap<&str, &str> = pairs.iter().copied().collect();
    let parameters = sorted.into_iter().flat_map(|(name, value)| [name, value]);
    std::iter::once(route)
        .chain(parameters)
        .map(Value::from)
        .collect()
}

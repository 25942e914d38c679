//! What goes into a snapshot.

use std::collections::BTreeSet;

use clap::ValueEnum;
use glassboard_server::mesh_name;
use glassboard_server::wire::{DamageList, Hparams, Run, TagList, Workspace};
use regex::Regex;

/// A dashboard that works without a server. Model computes what it shows, and is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Dashboard {
    Timeseries,
    Images,
    Audio,
    Histograms,
    Distributions,
    Curves,
    Hparams,
    Text,
    Graph,
    Projector,
    Mesh,
    Profile,
}

impl Dashboard {
    /// Its name in the page.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Timeseries => "timeseries",
            Self::Images => "images",
            Self::Audio => "audio",
            Self::Histograms => "histograms",
            Self::Distributions => "distributions",
            Self::Curves => "curves",
            Self::Hparams => "hparams",
            Self::Text => "text",
            Self::Graph => "graph",
            Self::Projector => "projector",
            Self::Mesh => "mesh",
            Self::Profile => "profile",
        }
    }

    /// Plugins whose tags it shows.
    fn plugins(self) -> &'static [&'static str] {
        match self {
            Self::Timeseries => &["scalars", "custom_scalars"],
            Self::Images => &["images"],
            Self::Audio => &["audio"],
            Self::Histograms | Self::Distributions => &["histograms"],
            Self::Curves => &["pr_curves", "roc_curves"],
            Self::Hparams => &["hparams"],
            Self::Text => &["text"],
            Self::Graph => &[
                "graphs",
                "graph_keras_model",
                "graph_run_metadata",
                "graph_run_metadata_graph",
            ],
            Self::Projector | Self::Profile => &[],
            Self::Mesh => &["mesh"],
        }
    }
}

/// What is wanted.
#[derive(Debug)]
pub(crate) struct Choice {
    /// Empty: all.
    pub(crate) dashboards: Vec<Dashboard>,
    pub(crate) runs: Option<Regex>,
    pub(crate) tags: Option<Regex>,
    pub(crate) title: String,
    /// Points kept of a scalar series; 0: all.
    pub(crate) points: u32,
    /// Weights of exponential smoothing, rising, none 0.
    pub(crate) weights: Vec<f64>,
    pub(crate) made_at_secs: f64,
}

impl Choice {
    /// Whether a dashboard is wanted.
    pub(crate) fn has(&self, dashboard: Dashboard) -> bool {
        self.dashboards.is_empty() || self.dashboards.contains(&dashboard)
    }

    /// Whether a run is wanted.
    pub(crate) fn run(&self, name: &str) -> bool {
        self.runs.as_ref().is_none_or(|runs| runs.is_match(name))
    }

    /// Whether a tag is wanted.
    pub(crate) fn tag(&self, tag: &str) -> bool {
        self.tags.as_ref().is_none_or(|tags| tags.is_match(tag))
    }

    /// Takes away the tags of plugins that no wanted dashboard shows, and those of other runs.
    pub(crate) fn narrow_tags(&self, list: &mut TagList, runs: &[Run]) {
        let runs: BTreeSet<u32> = runs.iter().map(|run| run.id).collect();
        let plugins: BTreeSet<&str> = Dashboard::value_variants()
            .iter()
            .filter(|dashboard| self.has(**dashboard))
            .flat_map(|dashboard| dashboard.plugins())
            .copied()
            .collect();
        list.plugins
            .retain(|group| plugins.contains(group.plugin.as_str()));
        for group in &mut list.plugins {
            // Tags of hyperparameters are records of the plugin, which nobody chooses by name.
            let by_name = group.plugin != "hparams" && group.plugin != "custom_scalars";
            let is_mesh = group.plugin == "mesh";
            group.tags.retain(|entry| {
                let name = if is_mesh {
                    mesh_name(&entry.tag)
                } else {
                    &entry.tag
                };
                !by_name || self.tag(name)
            });
            for entry in &mut group.tags {
                entry.runs.retain(|run| runs.contains(run));
            }
            group.tags.retain(|entry| !entry.runs.is_empty());
        }
        list.plugins.retain(|group| !group.tags.is_empty());
    }

    /// Takes away the damage of other runs.
    pub(crate) fn narrow_damage(&self, list: &mut DamageList) {
        list.files.retain(|file| self.run(&file.run));
    }

    /// Takes away what was changed about other runs.
    pub(crate) fn narrow_workspace(&self, workspace: &mut Workspace) {
        workspace.runs.retain(|name, _| self.run(name));
        workspace.baseline = workspace.baseline.take().filter(|name| self.run(name));
        workspace.pinned_tags.retain(|tag| self.tag(tag));
    }

    /// Takes away other runs' sessions, with their places in every column, and metrics that are not wanted.
    pub(crate) fn narrow_hparams(&self, hparams: &mut Hparams) {
        fn at_places<T>(values: &mut Vec<T>, kept: &[bool]) {
            let mut places = kept.iter();
            values.retain(|_| places.next().is_some_and(|kept| *kept));
        }
        let kept: Vec<bool> = hparams
            .sessions
            .iter()
            .map(|session| self.run(&session.name))
            .collect();
        at_places(&mut hparams.sessions, &kept);
        for column in &mut hparams.columns {
            at_places(&mut column.values, &kept);
        }
        hparams.metrics.retain(|metric| self.tag(&metric.tag));
        for metric in &mut hparams.metrics {
            at_places(&mut metric.last, &kept);
            at_places(&mut metric.min, &kept);
            at_places(&mut metric.max, &kept);
        }
        if self.runs.is_some() {
            hparams
                .columns
                .retain(|column| column.values.iter().any(Option::is_some));
        }
        hparams.tags.retain(|metric| self.tag(&metric.tag));
        hparams.notices.retain(|notice| self.run(&notice.run));
    }
}

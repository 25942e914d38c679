//! Hyperparameters of all runs, merged.
//!
//! Three records make a session: `_hparams_/experiment` says which hyperparameters and metrics there are,
//! `_hparams_/session_start_info` their values, `_hparams_/session_end_info` how it ended. PyTorch and tensorboardX
//! write all three into a run below the training's when it is over; TensorBoard's Keras callback writes the
//! experiment into a run above, and the others into the training's own.

mod records;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use glassboard_events::proto::hparams as proto;
use glassboard_store::{Run, Snapshot, Store};
use rayon::prelude::*;

pub(crate) use self::records::Cache;
use self::records::{Records, Source};
use self::sessions::Session;
use crate::markdown::markdown_to_html;
use crate::natural::natural_cmp;
use crate::wire::{self, HparamKind, HparamNoticeKind, HparamValue, MetricRef};

/// Plugin name in the summary metadata.
const PLUGIN: &str = "hparams";

/// Tags that can be asked for are listed up to this number.
const MAX_TAGS: usize = 2_000;

/// So many metrics are shown where nobody named any.
const DEFAULT_METRICS: usize = 5;

/// Texts are cut behind so many characters: a thousand sessions may have one each.
const MAX_TEXT_CHARS: usize = 1_000;

/// One hyperparameter while its values are gathered.
struct Gathered {
    info: proto::HParamInfo,
    kind: Option<HparamKind>,
    /// The run whose value came first.
    first_run: String,
    values: Vec<Option<HparamValue>>,
}

/// Everything that was logged about hyperparameters.
pub(crate) fn gather(
    store: &Store,
    cache: &Cache,
    snapshot: &Snapshot,
    query: &wire::HparamsQuery,
) -> wire::Hparams {
    let mut notices = Vec::new();
    let logged: Vec<(usize, Records)> = snapshot
        .runs()
        .iter()
        .enumerate()
        .filter_map(|(place, run)| Some((place, records::of(store, cache, run, &mut notices)?)))
        .collect();
    let sessions = sessions::of(snapshot, &logged);
    let mut columns: BTreeMap<String, Gathered> = BTreeMap::new();
    for info in experiments(&logged).flat_map(|experiment| &experiment.hparam_infos) {
        let known = columns
            .entry(info.name.clone())
            .or_insert_with(|| Gathered::new(info.clone(), sessions.len()));
        // The first experiment that says something is heard.
        if known.info.display_name.is_empty() {
            known.info.display_name.clone_from(&info.display_name);
        }
        if known.info.description.is_empty() {
            known.info.description.clone_from(&info.description);
        }
        if known.info.domain.is_none() {
            known.info.domain.clone_from(&info.domain);
        }
    }
    for (place, session) in sessions.iter().enumerate() {
        for (source, start) in &session.records.starts {
            for (name, value) in &start.hparams {
                let Some(value) = value_of(value) else {
                    continue;
                };
                let column = columns.entry(name.clone()).or_insert_with(|| {
                    let info = proto::HParamInfo {
                        name: name.clone(),
                        ..proto::HParamInfo::default()
                    };
                    Gathered::new(info, sessions.len())
                });
                notices.extend(column.take(place, value, session.run, source));
            }
        }
    }
    let mut columns: Vec<Gathered> = columns.into_values().collect();
    columns.sort_by(|a, b| natural_cmp(&a.info.name, &b.info.name));
    let tags = tags_of(&sessions);
    let metrics = metrics_of(&logged, &tags, query);
    wire::Hparams {
        revision: snapshot.revision,
        columns: columns.into_iter().map(Gathered::finish).collect(),
        metrics: metrics
            .into_par_iter()
            .map(|metric| figures(metric, &sessions))
            .collect(),
        tags,
        notices,
        sessions: sessions.iter().map(Session::to_wire).collect(),
    }
}

fn experiments(logged: &[(usize, Records)]) -> impl Iterator<Item = &proto::Experiment> {
    logged.iter().flat_map(|(_, records)| &records.experiments)
}

impl Gathered {
    fn new(info: proto::HParamInfo, sessions: usize) -> Self {
        Self {
            info,
            kind: None,
            first_run: String::new(),
            values: vec![None; sessions],
        }
    }

    /// Notes the value of a session; returns a notice when it is the first of another type than those before.
    fn take(
        &mut self,
        place: usize,
        value: HparamValue,
        run: &Run,
        source: &Source,
    ) -> Option<wire::HparamNotice> {
        let kind = kind_of(&value);
        if let Some(slot) = self.values.get_mut(place) {
            *slot = Some(value);
        }
        let Some(known) = self.kind else {
            self.kind = Some(kind);
            run.name().as_str().clone_into(&mut self.first_run);
            return None;
        };
        if known == kind || known == HparamKind::Mixed {
            return None;
        }
        self.kind = Some(HparamKind::Mixed);
        let name = &self.info.name;
        let run = run.name().as_str();
        Some(wire::HparamNotice {
            kind: HparamNoticeKind::TypeChanges,
            hparam: name.clone(),
            run: run.to_owned(),
            path: source.path.clone(),
            message: format!(
                "hyperparameter {name:?} is {} in run {:?} and {} in run {run:?}; each value is shown as it was logged",
                in_words(known),
                self.first_run,
                in_words(kind),
            ),
        })
    }

    fn finish(self) -> wire::HparamColumn {
        let declared = match self.info.r#type() {
            proto::DataType::Float64 => HparamKind::Number,
            proto::DataType::Bool => HparamKind::Bool,
            proto::DataType::String | proto::DataType::Unset => HparamKind::Text,
        };
        let domain = match self.info.domain {
            Some(proto::h_param_info::Domain::DomainDiscrete(list)) => {
                list.values.iter().filter_map(value_of).collect()
            }
            _ => Vec::new(),
        };
        wire::HparamColumn {
            kind: self.kind.unwrap_or(declared),
            name: self.info.name,
            display_name: self.info.display_name,
            description_html: markdown_to_html(&self.info.description),
            domain,
            values: self.values,
        }
    }
}

fn in_words(kind: HparamKind) -> &'static str {
    match kind {
        HparamKind::Number => "a number",
        HparamKind::Text => "a text",
        HparamKind::Bool => "a truth value",
        HparamKind::Mixed => "of several types",
    }
}

fn kind_of(value: &HparamValue) -> HparamKind {
    match value {
        HparamValue::Bool(_) => HparamKind::Bool,
        HparamValue::Number(_) | HparamValue::NonFinite { .. } => HparamKind::Number,
        HparamValue::Text(_) => HparamKind::Text,
    }
}

/// `None` for null and for nothing.
fn value_of(value: &proto::Value) -> Option<HparamValue> {
    use proto::value::Kind;
    Some(match value.kind.as_ref()? {
        Kind::NullValue(_) => return None,
        Kind::BoolValue(truth) => HparamValue::Bool(*truth),
        Kind::NumberValue(number) => match wire::JsonNumber::from(*number) {
            wire::JsonNumber::Finite(number) => HparamValue::Number(number),
            wire::JsonNumber::NonFinite(number) => HparamValue::NonFinite { number },
        },
        Kind::StringValue(text) => HparamValue::Text(cut(text)),
        Kind::StructValue(_) | Kind::ListValue(_) => {
            HparamValue::Text(cut(&json_of(value).to_string()))
        }
    })
}

fn json_of(value: &proto::Value) -> serde_json::Value {
    use proto::value::Kind;
    match &value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(truth)) => (*truth).into(),
        Some(Kind::NumberValue(number)) => (*number).into(),
        Some(Kind::StringValue(text)) => text.as_str().into(),
        Some(Kind::ListValue(list)) => list.values.iter().map(json_of).collect(),
        Some(Kind::StructValue(object)) => object
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), json_of(value)))
            .collect(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Scalar tags of all sessions' runs.
fn tags_of(sessions: &[Session]) -> Vec<MetricRef> {
    let mut tags = BTreeSet::new();
    for member in sessions.iter().flat_map(|session| &session.members) {
        let scalars = member.run.tags().iter();
        tags.extend(
            scalars
                .filter(|info| info.kind == glassboard_store::TagKind::Scalar)
                .map(|info| (member.group.as_str(), info.tag.as_str())),
        );
    }
    let mut tags: Vec<(&str, &str)> = tags.into_iter().collect();
    tags.sort_by(|a, b| natural_cmp(a.0, b.0).then_with(|| natural_cmp(a.1, b.1)));
    let tags = tags.into_iter().take(MAX_TAGS);
    tags.map(|(group, tag)| MetricRef {
        group: group.to_owned(),
        tag: tag.to_owned(),
    })
    .collect()
}

/// A metric before its figures are known.
struct Wanted {
    at: MetricRef,
    info: Option<proto::MetricInfo>,
}

fn metrics_of(
    logged: &[(usize, Records)],
    tags: &[MetricRef],
    query: &wire::HparamsQuery,
) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for info in experiments(logged).flat_map(|experiment| &experiment.metric_infos) {
        let Some(name) = &info.name else {
            continue;
        };
        let at = MetricRef {
            group: name.group.trim_matches('/').to_owned(),
            tag: name.tag.clone(),
        };
        if !wanted.iter().any(|known| known.at == at) {
            let info = Some(info.clone());
            wanted.push(Wanted { at, info });
        }
    }
    let free = wanted.is_empty() && query.metrics.is_empty();
    let more = if free {
        tags.get(..DEFAULT_METRICS).unwrap_or(tags)
    } else {
        &query.metrics
    };
    for at in more {
        if !wanted.iter().any(|known| known.at == *at) {
            let at = at.clone();
            wanted.push(Wanted { at, info: None });
        }
    }
    wanted
}

fn figures(metric: Wanted, sessions: &[Session]) -> wire::HparamMetric {
    let Wanted { at, info } = metric;
    let declared = info.is_some();
    let info = info.unwrap_or_default();
    let mut figures = wire::HparamMetric {
        group: at.group,
        tag: at.tag,
        display_name: info.display_name,
        description_html: markdown_to_html(&info.description),
        declared,
        last: Vec::with_capacity(sessions.len()),
        min: Vec::with_capacity(sessions.len()),
        max: Vec::with_capacity(sessions.len()),
    };
    for session in sessions {
        let series = session.scalars(&figures.group, &figures.tag);
        let stats = series
            .and_then(|series| series.stats(None, None, None).ok())
            .unwrap_or_default();
        let value = |point: glassboard_store::Point| wire::JsonNumber::from(point.value);
        figures.last.push(stats.last.map(value));
        figures.min.push(stats.min.map(value));
        figures.max.push(stats.max.map(value));
    }
    figures
}

//! Sessions, and which runs belong to each.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use glassboard_events::proto::hparams as proto;
use glassboard_store::{Run, ScalarSeries, Snapshot, TagKind};

use super::records::Records;
use crate::natural::natural_cmp;
use crate::routes::logdir::is_recent;
use crate::wire::{HparamSession, HparamStatus};

/// Name of the run that is the log directory itself.
const ROOT: &str = ".";

/// A run that logged hyperparameters.
pub(super) struct Session<'s> {
    pub(super) run: &'s Run,
    pub(super) records: &'s Records,
    /// Its runs: its own, those below it by name, then those of the training it was split from.
    pub(super) members: Vec<Member<'s>>,
}

/// A run that belongs to a session.
pub(super) struct Member<'s> {
    pub(super) run: &'s Run,
    /// Folder below the session's run; empty for that run, and for those it was split from.
    pub(super) group: String,
}

/// The sessions in the order of the runs.
pub(super) fn of<'s>(snapshot: &'s Snapshot, logged: &'s [(usize, Records)]) -> Vec<Session<'s>> {
    let runs = snapshot.runs();
    let mut sessions: Vec<Session> = logged
        .iter()
        .filter(|(_, records)| !records.starts.is_empty())
        .filter_map(|(place, records)| {
            let run: &Run = runs.get(*place)?;
            let members = Vec::new();
            Some(Session {
                run,
                records,
                members,
            })
        })
        .collect();
    let by_name: HashMap<&str, usize> = sessions
        .iter()
        .enumerate()
        .map(|(place, session)| (session.run.name().as_str(), place))
        .collect();
    let adopted = adopted(&sessions, snapshot, &by_name);
    let mut below: Vec<&Arc<Run>> = runs.iter().collect();
    below.sort_by(|a, b| natural_cmp(a.name().as_str(), b.name().as_str()));
    let mut late = Vec::new();
    for run in below {
        let name = run.name().as_str();
        if let Some(place) = itself_and_above(name).find_map(|above| by_name.get(above)) {
            if let Some(session) = sessions.get_mut(*place) {
                let group = below_name(session.run.name().as_str(), name).to_owned();
                session.members.push(Member { run, group });
            }
        } else if let Some((_, place)) = itself_and_above(name)
            .find_map(|above| adopted.get_key_value(above))
            // That an event file lies in the log directory itself does not make all of it one training.
            .filter(|(above, _)| **above != ROOT || name == ROOT)
        {
            late.push((*place, run));
        }
    }
    for (place, run) in late {
        if let Some(session) = sessions.get_mut(place) {
            let group = String::new();
            session.members.push(Member { run, group });
        }
    }
    for session in &mut sessions {
        let own = session.run.id();
        session.members.sort_by_key(|member| member.run.id() != own);
    }
    sessions
}

/// Runs that log scalars and have exactly one session right below them, which belong to it.
fn adopted<'s>(
    sessions: &[Session<'s>],
    snapshot: &Snapshot,
    by_name: &HashMap<&str, usize>,
) -> HashMap<&'s str, usize> {
    let mut children: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, session) in sessions.iter().enumerate() {
        if let Some(parent) = parent(session.run.name().as_str()) {
            children.entry(parent).or_default().push(place);
        }
    }
    children
        .into_iter()
        .filter_map(|(parent, places)| {
            let [place] = places.as_slice() else {
                return None;
            };
            let run = snapshot.run_by_name(parent)?;
            let in_session = itself_and_above(parent).any(|above| by_name.contains_key(above));
            let scalars = run.tags().iter().any(|info| info.kind == TagKind::Scalar);
            (scalars && !in_session).then_some((parent, *place))
        })
        .collect()
}

fn parent(name: &str) -> Option<&str> {
    match name.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None if name == ROOT => None,
        None => Some(ROOT),
    }
}

fn itself_and_above(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| parent(name))
}

/// What comes behind `above` in `name`.
fn below_name<'n>(above: &str, name: &'n str) -> &'n str {
    if above == ROOT && name != ROOT {
        return name;
    }
    let rest = name.strip_prefix(above).unwrap_or(name);
    rest.strip_prefix('/').unwrap_or(rest)
}

impl Session<'_> {
    /// The scalar that a metric means.
    pub(super) fn scalars(&self, group: &str, tag: &str) -> Option<ScalarSeries> {
        let mut members = self.members.iter();
        if group.is_empty() {
            members.find_map(|member| member.run.scalars(tag))
        } else {
            members
                .filter(|member| member.group == group)
                .find_map(|member| member.run.scalars(tag))
        }
    }

    pub(super) fn to_wire(&self) -> HparamSession {
        let finite = |time: f64| Some(time).filter(|time| time.is_finite());
        let logged = |time: f64| finite(time).filter(|time| *time > 0.0);
        let members = || self.members.iter().map(|member| member.run);
        let start_record = self.records.starts.last();
        let end_record = self
            .records
            .ends
            .last()
            // An end from before the last start is that of an earlier session in the same folder.
            .filter(|(end, _)| {
                start_record.is_none_or(|(start, _)| end.wall_time_secs >= start.wall_time_secs)
            });
        let firsts = members().filter_map(Run::first_wall_time);
        let lasts = members().filter_map(Run::last_wall_time);
        let first = firsts.filter_map(|time| finite(time.0)).reduce(f64::min);
        let last = lasts.filter_map(|time| finite(time.0)).reduce(f64::max);
        let start = start_record
            .and_then(|(_, start)| logged(start.start_time_secs))
            .or(first);
        let end = end_record.and_then(|(record, end)| {
            logged(end.end_time_secs).or_else(|| finite(record.wall_time_secs))
        });
        let now = SystemTime::now();
        let grows = || {
            members()
                .filter_map(Run::modified)
                .any(|when| is_recent(when, now))
        };
        let status = match end_record.map(|(_, end)| end.status()) {
            Some(proto::Status::Success) => HparamStatus::Success,
            Some(proto::Status::Failure) => HparamStatus::Failure,
            Some(proto::Status::Running) => HparamStatus::Running,
            None if grows() => HparamStatus::Running,
            Some(proto::Status::Unknown) | None => HparamStatus::Unknown,
        };
        HparamSession {
            run: self.run.id().0,
            name: self.run.name().as_str().to_owned(),
            runs: members().map(|run| run.id().0).collect(),
            group_name: start_record
                .map(|(_, start)| start.group_name.clone())
                .unwrap_or_default(),
            status,
            start_time_secs: start,
            end_time_secs: end,
            duration_secs: end
                .or(last)
                .zip(start)
                .map(|(end, start)| (end - start).max(0.0)),
        }
    }
}

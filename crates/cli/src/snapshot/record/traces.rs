//! Profiler traces: what each holds, and the tables of all its steps and of each. The timeline is asked for by the
//! pixel, and stays with the server.

use anyhow::Result;
use glassboard_server::wire::{
    TraceKernels, TraceList, TraceOperators, TraceOverview, TracePhase, TraceState,
};
use serde_json::json;

use super::super::choice::Dashboard;
use super::ask::{key_of, query};
use super::{Recorder, Tally};

/// Steps of a trace whose tables are kept.
const MAX_STEPS: usize = 200;

/// Most rows of a table in one answer of the server.
const MAX_ROWS: &str = "100000";

impl Recorder<'_> {
    /// The traces that are wanted.
    pub(super) async fn traces(&mut self) -> Result<TraceList> {
        let mut list: TraceList = self.json("traces").await?;
        let choice = self.choice;
        let wanted = choice.has(Dashboard::Profile);
        list.traces.retain(|trace| wanted && choice.run(&trace.run));
        Ok(list)
    }

    pub(super) async fn trace_answers(&mut self, list: &TraceList) -> Result<()> {
        let mut tally = Tally::default();
        for entry in &list.traces {
            self.bar.set_message(entry.path.clone());
            self.bar.inc(1);
            let path = entry.path.as_str();
            let Some(overview) = self.trace(path, &mut tally).await? else {
                continue;
            };
            let steps = overview.steps.len();
            self.trace_tables(path, None, overview.has_device, &mut tally)
                .await?;
            for step in 0..steps.min(MAX_STEPS) {
                let text = step.to_string();
                let pairs = [("path", path), ("step", text.as_str())];
                if let Some(kept) = self.exactly("trace/categories", &pairs).await? {
                    tally.add(kept);
                }
                self.trace_tables(path, Some(step), overview.has_device, &mut tally)
                    .await?;
            }
            for _ in MAX_STEPS..steps {
                tally.add(false);
            }
        }
        self.tally(Dashboard::Profile, tally);
        Ok(())
    }

    /// Waits until a trace is read, and records what it holds.
    async fn trace(&mut self, path: &str, tally: &mut Tally) -> Result<Option<TraceOverview>> {
        let pairs = [("path", path)];
        loop {
            // The answer takes its time while the trace is being read: this does not spin.
            let Some(answer) = self.get(&format!("trace?{}", query(&pairs))).await? else {
                return Ok(None);
            };
            let state: TraceState = serde_json::from_slice(&answer.body)?;
            if state.phase == TracePhase::Reading {
                continue;
            }
            tally.add(self.add(&key_of("trace", &pairs), &answer)?);
            return Ok(state.overview);
        }
    }

    /// The tables of a step, or of all: every row, which the page filters and sorts.
    async fn trace_tables(
        &mut self,
        path: &str,
        step: Option<usize>,
        has_device: bool,
        tally: &mut Tally,
    ) -> Result<()> {
        let text = step.map(|step| step.to_string());
        let mut pairs = vec![("path", path), ("limit", MAX_ROWS)];
        pairs.extend(text.as_deref().map(|step| ("step", step)));
        let routes = ["trace/operators", "trace/kernels"];
        for route in routes.iter().take(1 + usize::from(has_device)) {
            let Some(answer) = self.get(&format!("{route}?{}", query(&pairs))).await? else {
                continue;
            };
            let kept = self.add(&[json!(route), json!(path), json!(step)], &answer)?;
            let (total, rows) = if *route == "trace/kernels" {
                let table: TraceKernels = serde_json::from_slice(&answer.body)?;
                (table.total, table.rows.len())
            } else {
                let table: TraceOperators = serde_json::from_slice(&answer.body)?;
                (table.total, table.rows.len())
            };
            tally.add(kept && total == rows as u64);
        }
        Ok(())
    }
}

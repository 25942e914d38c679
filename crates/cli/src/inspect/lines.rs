//! One line for each value, as words or as JSON.

use std::io::Write;

use anyhow::Result;
use glassboard_events::{Damage, EventView, Record, What};
use serde_json::{Value as Json, json};

use super::files::EventFile;
use super::filter::TagFilter;
use super::value::{Described, Plugins, describe, number};
use super::{Visitor, flush, values};
use crate::output::utc;

/// Prints values as they come.
pub(super) struct Lines<W> {
    out: W,
    filter: TagFilter,
    json: bool,
    /// Lines that may still be printed.
    left: u64,
    file: String,
    plugins: Plugins,
}

/// What stands in one line.
struct Line<'l> {
    offset: u64,
    event: EventView<'l>,
    plugin: &'l str,
    tag: &'l str,
    content: Described,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W, filter: TagFilter, json: bool, limit: u64) -> Self {
        Self {
            out,
            filter,
            json,
            left: limit,
            file: String::new(),
            plugins: Plugins::default(),
        }
    }

    fn print(&mut self, line: Line<'_>) -> Result<()> {
        if self.done() {
            return Ok(());
        }
        self.left -= 1;
        let Line {
            offset,
            event,
            plugin,
            tag,
            content,
        } = line;
        if self.json {
            let line = json!({
                "file": self.file,
                "offset": offset,
                "wall_time": number(event.wall_time),
                "step": event.step,
                "kind": content.kind,
                "plugin": plugin,
                "tag": tag,
                "value": content.json,
            });
            writeln!(self.out, "{line}")?;
        } else {
            let time = utc(event.wall_time);
            let step = event.step;
            let kind = content.kind;
            let tag = super::value::shortened(tag);
            writeln!(
                self.out,
                "{time}  step {step:<8} {kind:<12} {tag}  {}",
                content.words
            )?;
        }
        Ok(())
    }
}

impl<W: Write> Visitor for Lines<W> {
    fn file(&mut self, file: &EventFile) -> Result<()> {
        self.plugins.clear();
        self.file.clone_from(&file.name);
        if !self.json {
            writeln!(self.out, "{}", file.name)?;
        }
        Ok(())
    }

    fn event(&mut self, record: Record<'_>, event: EventView<'_>) -> Result<()> {
        let What::Summary(summary) = event.what else {
            if self.filter.is_open()
                && let Some((tag, content)) = other(event.what)
            {
                self.print(Line {
                    offset: record.offset,
                    event,
                    plugin: "",
                    tag,
                    content,
                })?;
            }
            return Ok(());
        };
        values(record, summary, |value| {
            let value = match value {
                Ok(value) => value,
                Err(damage) => return self.damage(damage),
            };
            if !self.filter.lets_through(value.tag) {
                return Ok(());
            }
            let plugin = self.plugins.of(&value);
            let content = describe(&plugin, value.content);
            self.print(Line {
                offset: record.offset,
                event,
                plugin: &plugin,
                tag: value.tag,
                content,
            })
        })
    }

    fn damage(&mut self, damage: Damage) -> Result<()> {
        if self.done() {
            return Ok(());
        }
        self.left -= 1;
        if self.json {
            let line = json!({
                "file": self.file,
                "offset": damage.offset,
                "kind": "damage",
                "damage": damage.kind.as_str(),
                "lost_bytes": damage.lost_bytes,
                "message": damage.to_string(),
            });
            writeln!(self.out, "{line}")?;
        } else {
            writeln!(self.out, "DAMAGE: {damage}")?;
        }
        Ok(())
    }

    fn done(&self) -> bool {
        self.left == 0
    }

    fn end(&mut self) -> Result<()> {
        flush(&mut self.out)
    }
}

/// Events that are no summaries, with their tag if they have one.
fn other(what: What<'_>) -> Option<(&str, Described)> {
    let bytes = |kind, bytes: &[u8]| Described {
        kind,
        words: format!("{} bytes", bytes.len()),
        json: json!({ "bytes": bytes.len() }),
    };
    let words = |kind, text: String| Described {
        kind,
        json: Json::String(text.clone()),
        words: text,
    };
    match what {
        What::FileVersion(version) => Some(("", words("file_version", version.to_owned()))),
        What::SessionLog(status) => Some((
            "",
            words("session_log", format!("{status:?}").to_lowercase()),
        )),
        What::GraphDef(graph) => Some(("", bytes("graph", graph))),
        What::MetaGraphDef(graph) => Some(("", bytes("meta_graph", graph))),
        What::TaggedRunMetadata { tag, run_metadata } => {
            Some((tag, bytes("run_metadata", run_metadata)))
        }
        What::LogMessage(message) => Some(("", bytes("log_message", message))),
        _ => None,
    }
}

//! What the files amount to: counts, steps and times per tag, and damage.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use glassboard_events::{Damage, EventView, Record, What};
use serde::Serialize;
use serde_json::Value as Json;

use super::files::EventFile;
use super::filter::TagFilter;
use super::value::{Plugins, number, shortened};
use super::{Visitor, flush, values};
use crate::output::{grouped, utc};

/// Most damaged places of a file that are listed; all are counted.
const PLACES_LISTED: usize = 1_000;

/// Gathers the figures of each file, and prints them when the next one begins.
pub(super) struct Digest<W> {
    out: W,
    filter: TagFilter,
    json: bool,
    plugins: Plugins,
    current: Option<FileDigest>,
    files: Vec<FileDigest>,
}

/// The figures of one file.
#[derive(Serialize)]
struct FileDigest {
    file: String,
    size_bytes: u64,
    /// Sound records.
    records: u64,
    tags: Vec<TagDigest>,
    damaged: u64,
    lost_bytes: u64,
    damage: Vec<Place>,
    #[serde(skip)]
    by_tag: BTreeMap<(String, String), TagDigest>,
}

/// The figures of one tag in one file.
#[derive(Clone, Serialize)]
struct TagDigest {
    tag: String,
    plugin: String,
    count: u64,
    first_step: i64,
    last_step: i64,
    min_step: i64,
    max_step: i64,
    /// Values whose step is not larger than that of the one before.
    out_of_order: u64,
    first_wall_time: Json,
    last_wall_time: Json,
    #[serde(skip)]
    first_time: f64,
    #[serde(skip)]
    last_time: f64,
}

#[derive(Serialize)]
struct Place {
    offset: u64,
    lost_bytes: u64,
    kind: &'static str,
    message: String,
}

impl<W: Write> Digest<W> {
    pub(super) fn new(out: W, filter: TagFilter, json: bool) -> Self {
        Self {
            out,
            filter,
            json,
            plugins: Plugins::default(),
            current: None,
            files: Vec::new(),
        }
    }

    /// Ends the present file.
    fn end_file(&mut self) -> Result<()> {
        let Some(mut file) = self.current.take() else {
            return Ok(());
        };
        file.tags = std::mem::take(&mut file.by_tag).into_values().collect();
        if self.json {
            for tag in &mut file.tags {
                tag.first_wall_time = number(tag.first_time);
                tag.last_wall_time = number(tag.last_time);
            }
            self.files.push(file);
        } else {
            print(&mut self.out, &file)?;
        }
        Ok(())
    }
}

impl<W: Write> Visitor for Digest<W> {
    fn file(&mut self, file: &EventFile) -> Result<()> {
        self.end_file()?;
        self.plugins.clear();
        self.current = Some(FileDigest {
            file: file.name.clone(),
            size_bytes: file.size_bytes,
            records: 0,
            tags: Vec::new(),
            damaged: 0,
            lost_bytes: 0,
            damage: Vec::new(),
            by_tag: BTreeMap::new(),
        });
        Ok(())
    }

    fn event(&mut self, record: Record<'_>, event: EventView<'_>) -> Result<()> {
        if let Some(file) = &mut self.current {
            file.records += 1;
        }
        let What::Summary(summary) = event.what else {
            return Ok(());
        };
        values(record, summary, |value| {
            let value = match value {
                Ok(value) => value,
                Err(damage) => return self.damage(damage),
            };
            if self.filter.lets_through(value.tag) {
                let plugin = self.plugins.of(&value);
                if let Some(file) = &mut self.current {
                    file.count(value.tag, plugin, &event);
                }
            }
            Ok(())
        })
    }

    fn damage(&mut self, damage: Damage) -> Result<()> {
        if let Some(file) = &mut self.current {
            file.damaged += 1;
            file.lost_bytes += damage.lost_bytes;
            if file.damage.len() < PLACES_LISTED {
                file.damage.push(Place {
                    offset: damage.offset,
                    lost_bytes: damage.lost_bytes,
                    kind: damage.kind.as_str(),
                    message: damage.to_string(),
                });
            }
        }
        Ok(())
    }

    fn done(&self) -> bool {
        false
    }

    fn end(&mut self) -> Result<()> {
        self.end_file()?;
        if self.json {
            serde_json::to_writer_pretty(&mut self.out, &self.files)?;
            writeln!(self.out)?;
        }
        flush(&mut self.out)
    }
}

impl FileDigest {
    fn count(&mut self, tag: &str, plugin: String, event: &EventView<'_>) {
        let digest = self
            .by_tag
            .entry((tag.to_owned(), plugin))
            .or_insert_with_key(|(tag, plugin)| TagDigest {
                tag: tag.clone(),
                plugin: plugin.clone(),
                count: 0,
                first_step: event.step,
                last_step: event.step,
                min_step: event.step,
                max_step: event.step,
                out_of_order: 0,
                first_wall_time: Json::Null,
                last_wall_time: Json::Null,
                first_time: event.wall_time,
                last_time: event.wall_time,
            });
        if digest.count > 0 && event.step <= digest.last_step {
            digest.out_of_order += 1;
        }
        digest.count += 1;
        digest.last_step = event.step;
        digest.min_step = digest.min_step.min(event.step);
        digest.max_step = digest.max_step.max(event.step);
        digest.last_time = event.wall_time;
    }
}

fn print(out: &mut impl Write, file: &FileDigest) -> Result<()> {
    let (size, records) = (grouped(file.size_bytes), grouped(file.records));
    writeln!(out, "{}\n  {size} bytes, {records} records", file.file)?;
    for tag in &file.tags {
        let TagDigest {
            count,
            first_step,
            last_step,
            min_step,
            max_step,
            ..
        } = tag;
        write!(
            out,
            "  {:<12} {}  {} values, steps {first_step} to {last_step}",
            tag.plugin,
            shortened(&tag.tag),
            grouped(*count),
        )?;
        if tag.out_of_order > 0 {
            write!(
                out,
                " (least {min_step}, greatest {max_step}, {} out of order)",
                grouped(tag.out_of_order)
            )?;
        }
        writeln!(out, ", {} to {}", utc(tag.first_time), utc(tag.last_time))?;
    }
    if file.damaged > 0 {
        let (places, bytes) = (grouped(file.damaged), grouped(file.lost_bytes));
        writeln!(out, "  DAMAGE: {places} places, {bytes} bytes lost")?;
    }
    for place in &file.damage {
        writeln!(out, "    {}", place.message)?;
    }
    let unlisted = file.damaged - file.damage.len() as u64;
    if unlisted > 0 {
        writeln!(out, "    … and {} more", grouped(unlisted))?;
    }
    Ok(())
}

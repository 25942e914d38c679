//! Graphs and embeddings.

use std::collections::BTreeSet;

use anyhow::Result;
use glassboard_server::wire::{Embedding, EmbeddingList, Graph, GraphList, GraphSource};
use serde_json::json;

use super::super::choice::Dashboard;
use super::ask::{key_of, query};
use super::{Recorder, Tally};

/// Nodes of a graph whose details are kept.
const MAX_NODES: usize = 5_000;

/// What the page asks columns of a projection as.
const PROJECTION: &str = "application/x-glassboard-projection";

impl Recorder<'_> {
    /// The graphs that are wanted.
    pub(super) async fn graphs(&mut self) -> Result<GraphList> {
        let mut list: GraphList = self.json("graphs").await?;
        let wanted = self.choice.has(Dashboard::Graph);
        let names: BTreeSet<&String> = self.runs.values().collect();
        list.graphs.retain(|graph| {
            wanted && (graph.source == GraphSource::File || names.contains(&graph.name))
        });
        Ok(list)
    }

    pub(super) async fn graph_answers(&mut self, list: &GraphList) -> Result<()> {
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
    pub(super) async fn embeddings(&mut self) -> Result<EmbeddingList> {
        let mut list: EmbeddingList = self.json("embeddings").await?;
        let choice = self.choice;
        let wanted = choice.has(Dashboard::Projector);
        list.embeddings
            .retain(|one| wanted && choice.run(&one.run) && choice.tag(&one.tag));
        list.notices.retain(|_| wanted && choice.runs.is_none());
        Ok(list)
    }

    pub(super) async fn embedding_answers(&mut self, list: &EmbeddingList) -> Result<()> {
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
}

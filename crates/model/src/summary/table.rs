//! A table of texts, written as aligned text, Markdown, CSV or HTML.

use std::fmt::Write as _;
use std::iter;

/// A column's title.
pub(super) struct Head {
    pub(super) title: String,
    /// Its cells are numbers, which stand at the right.
    pub(super) is_number: bool,
}

pub(super) struct Table {
    pub(super) head: Vec<Head>,
    pub(super) rows: Vec<TableRow>,
}

pub(super) struct TableRow {
    pub(super) cells: Vec<String>,
    /// How far its first cell is indented.
    pub(super) depth: usize,
    /// A CSS class of the HTML row, or nothing.
    pub(super) class: &'static str,
}

impl Table {
    /// Aligned columns with two spaces between them.
    pub(super) fn text(&self, indented: impl Fn(usize, &str) -> String) -> String {
        let mut lines: Vec<Vec<String>> =
            vec![self.head.iter().map(|head| head.title.clone()).collect()];
        lines.extend(self.rows.iter().map(|row| {
            let cells = row.cells.iter().enumerate();
            cells
                .map(|(index, cell)| {
                    if index == 0 {
                        indented(row.depth, cell)
                    } else {
                        cell.clone()
                    }
                })
                .collect()
        }));
        let width = |column: usize| {
            lines
                .iter()
                .filter_map(|line| line.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let aligned = lines.iter().map(|line| {
            let cells = line
                .iter()
                .zip(&widths)
                .zip(&self.head)
                .map(|((cell, &width), head)| {
                    if head.is_number {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        });
        aligned.collect::<Vec<_>>().join("\n")
    }

    /// A pipe table.
    pub(super) fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(
            self.head
                .iter()
                .map(|head| markdown_cell(&head.title))
                .collect(),
        );
        text += &line(
            self.head
                .iter()
                .map(|head| {
                    if head.is_number {
                        "---:".to_owned()
                    } else {
                        "---".to_owned()
                    }
                })
                .collect(),
        );
        for row in &self.rows {
            let indent = "&emsp;".repeat(row.depth);
            let first = row
                .cells
                .first()
                .map(|cell| format!("{indent}{}", markdown_cell(cell)));
            let others = row
                .cells
                .iter()
                .skip(1)
                .map(|cell| markdown_cell(cell.trim_start()));
            text += &line(first.into_iter().chain(others).collect());
        }
        text
    }

    /// Comma-separated values as in RFC 4180, with line feeds.
    pub(super) fn csv(&self) -> String {
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let head = line(self.head.iter().map(|head| csv_cell(&head.title)).collect());
        let rows = self
            .rows
            .iter()
            .map(|row| line(row.cells.iter().map(|cell| csv_cell(cell)).collect()));
        iter::once(head).chain(rows).collect()
    }

    /// A `<table>` with its own style, and lines of text under it.
    pub(super) fn html(&self, notes: &[String]) -> String {
        let mut text = String::from(concat!(
            "<table class=\"glassboard-summary\" style=\"border-collapse:collapse;font-variant-numeric:tabular-nums\">\n",
            "<thead><tr>"
        ));
        for head in &self.head {
            let _ = write!(
                text,
                "<th style=\"{}\">{}</th>",
                cell_style(head.is_number, 0),
                escaped(&head.title)
            );
        }
        text.push_str("</tr></thead>\n<tbody>\n");
        for row in &self.rows {
            let class = if row.class.is_empty() {
                String::new()
            } else {
                format!(" class=\"{}\"", row.class)
            };
            let _ = write!(text, "<tr{class}>");
            for (index, (cell, head)) in row.cells.iter().zip(&self.head).enumerate() {
                let depth = if index == 0 { row.depth } else { 0 };
                let _ = write!(
                    text,
                    "<td style=\"{}\">{}</td>",
                    cell_style(head.is_number, depth),
                    escaped(cell)
                );
            }
            text.push_str("</tr>\n");
        }
        text.push_str("</tbody>\n");
        if !notes.is_empty() {
            let notes: Vec<String> = notes.iter().map(|note| escaped(note)).collect();
            let _ = writeln!(
                text,
                "<tfoot><tr><td colspan=\"{}\" style=\"{}\">{}</td></tr></tfoot>",
                self.head.len(),
                cell_style(false, 0),
                notes.join("<br>")
            );
        }
        text.push_str("</table>\n");
        text
    }
}

/// Lines as a Markdown list below a table.
pub(super) fn list(lines: &[String]) -> String {
    let mut text = String::new();
    for line in lines {
        let _ = write!(text, "\n- {line}");
    }
    text + "\n"
}

fn cell_style(is_number: bool, depth: usize) -> String {
    let side = if is_number { "right" } else { "left" };
    let indent = 0.6 + 1.2 * depth as f64;
    format!("text-align:{side};padding:.15em .6em .15em {indent:.1}em")
}

fn markdown_cell(text: &str) -> String {
    text.trim()
        .replace('\\', "\\\\")
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
}

fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn escaped(text: &str) -> String {
    text.trim()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

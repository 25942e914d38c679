//! The page that stands alone.

use std::fmt::Write as _;

use glassboard_metrics::OperatingPoint;

use crate::axes::Scale;
use crate::format::{count, escaped, number, quoted, share};
use crate::picture::PictureOptions;
use crate::reduce::SIZE;
use crate::series::{Readout, Series};
use crate::svg::{COLOURS, PAGE_TOP, Panel, Place, drawing, samples};
use crate::theme::PAGE_COLOURS;

const STYLE: &str = include_str!("../assets/page.css");
const SCRIPT: &str = include_str!("../assets/page.js");
/// What stands above a picture without a title.
const TITLE: &str = "Precision–recall and ROC curves";

pub(crate) fn page(series: &[Series], options: &PictureOptions) -> String {
    let title = escaped(options.title.as_deref().unwrap_or(TITLE));
    let samples = samples(series).map_or_else(String::new, |samples| format!("<p>{samples}</p>\n"));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{samples}\
         <div class=\"card\">{}</div>\n<div class=\"card\">{}</div>\n</main>\n\
         <div id=\"readout\" hidden></div>\n<script>\nconst data = {};\n{SCRIPT}</script>\n</body>\n</html>\n",
        drawing(series, options, &PAGE_COLOURS, Place::Page),
        table(series),
        data(series, options),
    )
}

fn table(series: &[Series]) -> String {
    let with_costs = series.iter().any(|series| series.lowest_cost.is_some());
    let mut heads = vec![
        "Score",
        "Positive",
        "Negative",
        "AP",
        "ROC AUC",
        "● Best F1",
        "Threshold",
        "Precision",
        "Recall",
        "◆ Youden’s J",
        "Threshold",
    ];
    if with_costs {
        heads.extend(["▲ Lowest cost", "Threshold"]);
    }
    let mut table = String::from("<table>\n<thead><tr>");
    for head in heads {
        // Writing to a string cannot fail, here and below.
        let _ = write!(table, "<th scope=\"col\">{head}</th>");
    }
    table += "</tr></thead>\n<tbody>\n";
    for (index, series) in series.iter().enumerate() {
        let at = |point: Option<OperatingPoint>, text: &dyn Fn(&OperatingPoint) -> String| {
            point.as_ref().map_or_else(|| "–".to_owned(), text)
        };
        let threshold = |point| at(point, &|point| number(point.threshold, 6));
        let mut cells = vec![
            count(series.positives),
            count(series.negatives),
            share(series.average_precision),
            share(series.roc_auc),
            at(series.best_f1, &|point| share(point.f1())),
            threshold(series.best_f1),
            at(series.best_f1, &|point| share(point.precision())),
            at(series.best_f1, &|point| share(point.recall())),
            at(series.youden, &|point| share(point.youden_j())),
            threshold(series.youden),
        ];
        if with_costs {
            let cost = series.lowest_cost;
            cells.push(
                cost.map_or_else(|| "–".to_owned(), |(costs, point)| count(point.cost(costs))),
            );
            cells.push(threshold(cost.map(|(_, point)| point)));
        }
        let _ = write!(
            table,
            "<tr><th scope=\"row\"><span class=\"key\" style=\"background:var(--s{})\"></span>{}</th>",
            index % COLOURS,
            escaped(&series.name)
        );
        for cell in cells {
            let _ = write!(table, "<td>{cell}</td>");
        }
        table += "</tr>\n";
    }
    table += "</tbody>\n</table>";
    table
}

/// What the script shows, as a JavaScript expression.
fn data(series: &[Series], options: &PictureOptions) -> String {
    let panels = Panel::all(options);
    let mut data = format!("{{size:{SIZE},panels:[");
    for index in 0..panels.len() {
        let _ = write!(data, "{{left:{},top:{PAGE_TOP}}},", Panel::left(index));
    }
    data += "],series:[\n";
    for series in series {
        let _ = write!(data, "{{name:{},points:[", quoted(&series.name));
        for at in &series.readout {
            let numbers = [
                at.threshold,
                at.precision,
                at.recall,
                at.false_positive_rate,
            ];
            data.push('[');
            for value in numbers {
                // What is not finite is nothing in JavaScript's lists.
                if value.is_finite() {
                    data += &number(value, 5);
                }
                data.push(',');
            }
            data += "],";
        }
        data += "],places:[";
        for &panel in panels {
            data.push('[');
            for at in &series.readout {
                let (x, y) = place(panel, at);
                let _ = write!(data, "[{x:.1},{:.1}],", SIZE - y);
            }
            data += "],";
        }
        data += "]},\n";
    }
    data += "]}";
    data
}

fn place(panel: Panel, at: &Readout) -> (f64, f64) {
    let (scale, x, y) = match panel {
        Panel::PrecisionRecall => (Scale::Linear, at.recall, at.precision),
        Panel::Roc => (Scale::Linear, at.false_positive_rate, at.recall),
        Panel::Det => (
            Scale::NormalDeviate,
            at.false_positive_rate,
            1.0 - at.recall,
        ),
    };
    (scale.place(x) * SIZE, scale.place(y) * SIZE)
}

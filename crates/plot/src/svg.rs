//! The drawing.

use std::fmt::Write as _;

use glassboard_metrics::OperatingPoint;

use crate::axes::Scale;
use crate::format::{count, escaped, fitted, number, share, threshold};
use crate::picture::PictureOptions;
use crate::reduce::{Place as InSquare, SIZE};
use crate::series::Series;
use crate::theme::Colours;

const MARGIN: f64 = 40.0;
/// From the margin to the axis: names of ticks.
const TICKS: f64 = 40.0;
/// From one square to the next.
const GAP: f64 = 92.0;
/// From the panel's title to its square.
const HEAD: f64 = 62.0;
/// From the square to what stands below.
const FOOT: f64 = 56.0;
const ROW: f64 = 26.0;
/// Where the squares begin in a page.
pub(crate) const PAGE_TOP: f64 = 78.0;
/// From the margin to the names in the table: a piece of the line.
const KEY: f64 = 27.0;
const NAME_SIZE: f64 = 13.0;
/// F1 of the lines of equal F1.
const ISO_F1: [f64; 4] = [0.2, 0.4, 0.6, 0.8];
/// Kinds of lines, for more series than colours.
const DASHES: [&str; 3] = ["", " stroke-dasharray=\"8 3\"", " stroke-dasharray=\"2 3\""];
/// Colours and kinds of line come in this order.
pub(crate) const COLOURS: usize = 8;

/// Where the drawing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// As a document of its own, with a table.
    Alone,
    /// In a page that has a title and a table.
    Page,
}

/// One of the squares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panel {
    PrecisionRecall,
    Roc,
    Det,
}

impl Panel {
    /// The squares of a picture, from left to right.
    pub(crate) fn all(options: &PictureOptions) -> &'static [Self] {
        if options.det {
            &[Self::PrecisionRecall, Self::Roc, Self::Det]
        } else {
            &[Self::PrecisionRecall, Self::Roc]
        }
    }

    /// Where the square begins.
    pub(crate) fn left(index: usize) -> f64 {
        MARGIN + TICKS + index as f64 * (SIZE + GAP)
    }

    fn title(self) -> &'static str {
        match self {
            Self::PrecisionRecall => "Precision–recall",
            Self::Roc => "ROC",
            Self::Det => "Detection error tradeoff",
        }
    }

    fn captions(self) -> (&'static str, &'static str) {
        match self {
            Self::PrecisionRecall => ("Recall", "Precision"),
            Self::Roc => ("False positive rate", "True positive rate"),
            Self::Det => ("False positive rate", "False negative rate"),
        }
    }

    fn scale(self) -> Scale {
        match self {
            Self::PrecisionRecall | Self::Roc => Scale::Linear,
            Self::Det => Scale::NormalDeviate,
        }
    }

    fn line(self, series: &Series) -> &[InSquare] {
        match self {
            Self::PrecisionRecall => &series.precision_recall,
            Self::Roc => &series.roc,
            Self::Det => &series.det,
        }
    }

    /// Where an operating point lies in the square.
    fn mark(self, point: &OperatingPoint) -> InSquare {
        let (recall, false_positive_rate) = (point.recall(), point.false_positive_rate());
        let (x, y) = match self {
            Self::PrecisionRecall => (recall, point.precision()),
            Self::Roc => (false_positive_rate, recall),
            Self::Det => (false_positive_rate, 1.0 - recall),
        };
        (self.scale().place(x) * SIZE, self.scale().place(y) * SIZE)
    }
}

/// How an operating point is marked.
#[derive(Debug, Clone, Copy)]
enum Mark {
    BestF1,
    Youden,
    LowestCost,
}

impl Mark {
    fn point(self, series: &Series) -> Option<OperatingPoint> {
        match self {
            Self::BestF1 => series.best_f1,
            Self::Youden => series.youden,
            Self::LowestCost => series.lowest_cost.map(|(_, point)| point),
        }
    }

    /// The mark around a place, with a rim in the colour of the ground.
    fn draw(self, x: f64, y: f64, fill: &str, rim: &str) -> String {
        let style = format!(
            "fill=\"{fill}\" stroke=\"{rim}\" stroke-width=\"1.5\" stroke-linejoin=\"round\""
        );
        match self {
            Self::BestF1 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.75\" {style}/>"),
            Self::Youden => format!("<path d=\"M{x:.1} {:.1}l7 7-7 7-7-7z\" {style}/>", y - 7.0),
            Self::LowestCost => {
                format!(
                    "<path d=\"M{x:.1} {:.1}l6.6 11.4h-13.2z\" {style}/>",
                    y - 7.6
                )
            }
        }
    }
}

/// Draws everything.
pub(crate) fn drawing(
    series: &[Series],
    options: &PictureOptions,
    colours: &Colours,
    place: Place,
) -> String {
    let panels = Panel::all(options);
    let width = Panel::left(panels.len()) - GAP + MARGIN;
    let heading = if place == Place::Alone {
        heading(series, options, colours, width)
    } else {
        Heading {
            drawn: String::new(),
            height: PAGE_TOP - HEAD,
        }
    };
    let top = heading.height + HEAD;
    let below = top + SIZE + FOOT;
    let (table, table_height) = if place == Place::Alone {
        let table = Table::new(series, width);
        (table.draw(below, width, colours), table.height())
    } else {
        (String::new(), 0.0)
    };
    let height = below + table_height + if place == Place::Alone { 28.0 } else { 0.0 };
    let mut drawn = String::new();
    // Writing to a string cannot fail, here and below.
    let _ = write!(
        drawn,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif\" \
         font-size=\"12\" role=\"img\" aria-label=\"{}\">",
        escaped(&described(series))
    );
    if place == Place::Alone {
        let _ = write!(
            drawn,
            "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
            colours.ground
        );
    }
    drawn += &heading.drawn;
    let _ = write!(
        drawn,
        "<clipPath id=\"square\"><rect x=\"-1.5\" y=\"-1.5\" width=\"{0}\" height=\"{0}\"/></clipPath>",
        SIZE + 3.0
    );
    for (index, &panel) in panels.iter().enumerate() {
        let _ = write!(
            drawn,
            "<g transform=\"translate({} {top})\">",
            Panel::left(index)
        );
        draw_panel(&mut drawn, panel, series, options, colours);
        drawn += "</g>";
    }
    drawn += &table;
    drawn += "</svg>\n";
    drawn
}

/// A sentence for those who hear the picture.
fn described(series: &[Series]) -> String {
    let each: Vec<String> = series
        .iter()
        .map(|series| {
            format!(
                "{}: average precision {}, area under the ROC curve {}",
                series.name,
                share(series.average_precision),
                share(series.roc_auc)
            )
        })
        .collect();
    format!("Precision–recall and ROC curves. {}", each.join("; "))
}

struct Heading {
    drawn: String,
    height: f64,
}

fn heading(series: &[Series], options: &PictureOptions, colours: &Colours, width: f64) -> Heading {
    let mut drawn = String::new();
    let mut height = 18.0;
    if let Some(title) = &options.title {
        let title = fitted(title, (width - 2.0 * MARGIN) / 20.0);
        let _ = write!(
            drawn,
            "<text x=\"{MARGIN}\" y=\"46\" font-size=\"20\" font-weight=\"600\" fill=\"{}\">{}</text>",
            colours.text,
            escaped(&title)
        );
        height = 54.0;
    }
    if let Some(samples) = samples(series) {
        let _ = write!(
            drawn,
            "<text x=\"{MARGIN}\" y=\"{}\" font-size=\"13\" fill=\"{}\">{samples}</text>",
            height + 16.0,
            colours.muted,
        );
        height += 22.0;
    }
    Heading { drawn, height }
}

/// What the samples are, if they are the same for all scores.
pub(crate) fn samples(series: &[Series]) -> Option<String> {
    let first = series.first()?;
    series
        .iter()
        .all(|other| (other.positives, other.negatives) == (first.positives, first.negatives))
        .then(|| {
            format!(
                "{} samples, {} of them positive ({}%)",
                count(first.positives + first.negatives),
                count(first.positives),
                number(100.0 * first.prevalence(), 3)
            )
        })
}

fn draw_panel(
    drawn: &mut String,
    panel: Panel,
    series: &[Series],
    options: &PictureOptions,
    colours: &Colours,
) {
    draw_axes(drawn, panel, colours);
    if panel == Panel::PrecisionRecall && options.iso_f1 {
        draw_iso_f1(drawn, colours);
    }
    draw_chance(drawn, panel, series, colours);
    if let ([only], Panel::PrecisionRecall | Panel::Roc) = (series, panel) {
        draw_area(drawn, panel.line(only), colours.series[0]);
    }
    drawn.push_str(
        "<g clip-path=\"url(#square)\" fill=\"none\" stroke-width=\"2\" stroke-linejoin=\"round\">",
    );
    // The first is the one that the reader asked for first: on top.
    for (index, series) in series.iter().enumerate().rev() {
        let path = path(panel.line(series));
        if !path.is_empty() {
            let _ = write!(
                drawn,
                "<path d=\"{path}\" stroke=\"{}\"{}/>",
                colours.series[index % COLOURS],
                DASHES[index / COLOURS % DASHES.len()]
            );
        }
    }
    drawn.push_str("</g>");
    for (index, series) in series.iter().enumerate().rev() {
        for mark in [Mark::LowestCost, Mark::Youden, Mark::BestF1] {
            if let Some(point) = mark.point(series) {
                let (x, y) = panel.mark(&point);
                *drawn += &mark.draw(x, SIZE - y, colours.series[index % COLOURS], colours.ground);
            }
        }
    }
}

fn draw_axes(drawn: &mut String, panel: Panel, colours: &Colours) {
    let Colours {
        text,
        muted,
        grid,
        axis,
        ..
    } = colours;
    let (across, up) = panel.captions();
    let _ = write!(
        drawn,
        "<text x=\"-{TICKS}\" y=\"-32\" font-size=\"15\" font-weight=\"600\" fill=\"{text}\">{}</text>\
         <text x=\"-{TICKS}\" y=\"-10\" fill=\"{muted}\"><tspan fill=\"{axis}\">↑</tspan> {up}</text>\
         <text x=\"{SIZE}\" y=\"{}\" text-anchor=\"end\" fill=\"{muted}\">{across} <tspan fill=\"{axis}\">→</tspan></text>",
        panel.title(),
        SIZE + 40.0
    );
    let mut lines = String::new();
    let mut names = String::new();
    for &(value, name) in panel.scale().ticks() {
        let at = panel.scale().place(value) * SIZE;
        let down = SIZE - at;
        if value > 0.0 || panel == Panel::Det {
            let _ = write!(lines, "M0 {down:.1}H{SIZE}M{at:.1} 0V{SIZE}");
        }
        let _ = write!(
            names,
            "<text x=\"-8\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>\
             <text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{name}</text>",
            down + 4.0,
            SIZE + 19.0
        );
    }
    let _ = write!(
        drawn,
        "<path d=\"{lines}\" stroke=\"{grid}\" fill=\"none\"/>\
         <path d=\"M0 0V{SIZE}H{SIZE}\" stroke=\"{axis}\" fill=\"none\"/>\
         <g font-size=\"11.5\" fill=\"{muted}\">{names}</g>"
    );
}

fn draw_iso_f1(drawn: &mut String, colours: &Colours) {
    for f1 in ISO_F1 {
        // 2 p r / (p + r) = F1 gives p = F1 r / (2 r - F1), from p = 1 to r = 1.
        let first = f1 / (2.0 - f1);
        let precision = |recall: f64| f1 * recall / (2.0 * recall - f1);
        let places: Vec<InSquare> = (0..=40)
            // Closer together where the line is steep.
            .map(|step| first + (1.0 - first) * (f64::from(step) / 40.0).powi(3))
            .map(|recall| (recall * SIZE, precision(recall) * SIZE))
            .collect();
        let _ = write!(
            drawn,
            "<path d=\"{}\" stroke=\"{1}\" stroke-opacity=\"0.55\" fill=\"none\"/>\
             <text x=\"{2}\" y=\"{3:.1}\" font-size=\"11\" fill=\"{1}\">F1 {f1}</text>",
            path(&places),
            colours.chance,
            SIZE + 6.0,
            SIZE * (1.0 - first) + 4.0
        );
    }
}

/// What scores would achieve that say nothing.
fn draw_chance(drawn: &mut String, panel: Panel, series: &[Series], colours: &Colours) {
    let chance = colours.chance;
    let dashed = "stroke-dasharray=\"5 4\" fill=\"none\"";
    let label = format!("font-size=\"11\" fill=\"{chance}\"");
    match panel {
        Panel::PrecisionRecall => {
            let mut drawn_at: Vec<f64> = Vec::new();
            for (index, series) in series.iter().enumerate() {
                let prevalence = series.prevalence();
                if prevalence.is_nan() || drawn_at.contains(&prevalence) {
                    continue;
                }
                drawn_at.push(prevalence);
                let down = SIZE * (1.0 - prevalence);
                // The usual case is one set of labels, and one line.
                let colour = if drawn_at.len() > 1 {
                    colours.series[index % COLOURS]
                } else {
                    chance
                };
                let above = if down < 20.0 { down + 15.0 } else { down - 6.0 };
                let _ = write!(
                    drawn,
                    "<path d=\"M0 {down:.1}H{SIZE}\" stroke=\"{colour}\" {dashed}/>\
                     <text x=\"6\" y=\"{above:.1}\" {label}>chance {}</text>",
                    number(prevalence, 3)
                );
            }
        }
        Panel::Roc => {
            let _ = write!(
                drawn,
                "<path d=\"M0 {SIZE}L{SIZE} 0\" stroke=\"{chance}\" {dashed}/>\
                 <text transform=\"translate({0:.1} {1:.1}) rotate(-45)\" text-anchor=\"middle\" {label}>chance</text>",
                SIZE * 0.7 + 9.0,
                SIZE * 0.3 + 9.0
            );
        }
        Panel::Det => {
            let _ = write!(
                drawn,
                "<path d=\"M0 0L{SIZE} {SIZE}\" stroke=\"{chance}\" {dashed}/>\
                 <text transform=\"translate({0:.1} {1:.1}) rotate(45)\" text-anchor=\"middle\" {label}>chance</text>",
                SIZE * 0.7 + 5.0,
                SIZE * 0.7 - 5.0
            );
        }
    }
}

fn draw_area(drawn: &mut String, line: &[InSquare], colour: &str) {
    if let [(first, _), ..] = line {
        let _ = write!(
            drawn,
            "<path d=\"{}V{SIZE}H{first}z\" fill=\"{colour}\" fill-opacity=\"0.09\"/>",
            path(line)
        );
    }
}

/// A line as path data, in steps: tenths of pixels need few digits.
fn path(places: &[InSquare]) -> String {
    let mut path = String::new();
    let tenths = |(x, y): InSquare| {
        (
            (x * 10.0).round() as i64,
            ((SIZE - y) * 10.0).round() as i64,
        )
    };
    let mut before = (0, 0);
    for (index, &place) in places.iter().enumerate() {
        let (x, y) = tenths(place);
        let (right, down) = (x - before.0, y - before.1);
        if index == 0 {
            let _ = write!(path, "M{} {}", Tenths(x), Tenths(y));
        } else if down == 0 {
            let _ = write!(path, "h{}", Tenths(right));
        } else if right == 0 {
            let _ = write!(path, "v{}", Tenths(down));
        } else {
            let space = if down < 0 { "" } else { " " };
            let _ = write!(path, "l{}{space}{}", Tenths(right), Tenths(down));
        }
        before = (x, y);
    }
    path
}

/// A number of tenths, as short as can be.
struct Tenths(i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0.abs() / 10, self.0.abs() % 10);
        let sign = if self.0 < 0 { "-" } else { "" };
        match (whole, rest) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (0, rest) => write!(f, "{sign}.{rest}"),
            (whole, rest) => write!(f, "{sign}{whole}.{rest}"),
        }
    }
}

/// The table below the squares: a row for each score.
struct Table<'a> {
    series: &'a [Series],
    columns: Vec<Column>,
}

struct Column {
    head: &'static str,
    width: f64,
    cell: fn(&Series) -> String,
}

impl<'a> Table<'a> {
    /// The table for a picture; what the squares show as well is left out where names need the room.
    fn new(series: &'a [Series], width: f64) -> Self {
        let column = |head, width, cell| Column { head, width, cell };
        let details = [
            column("Precision", 76.0, |series: &Series| {
                at(series.best_f1, |point| share(point.precision()))
            }),
            column("Recall", 64.0, |series: &Series| {
                at(series.best_f1, |point| share(point.recall()))
            }),
        ];
        let mut columns = vec![
            column("AP", 60.0, |series| share(series.average_precision)),
            column("ROC AUC", 78.0, |series| share(series.roc_auc)),
            column("● Best F1", 90.0, |series| {
                at(series.best_f1, |point| share(point.f1()))
            }),
            column("Threshold", 78.0, |series| at_threshold(series.best_f1)),
            column("◆ Youden’s J", 108.0, |series| {
                at(series.youden, |point| share(point.youden_j()))
            }),
            column("Threshold", 78.0, |series| at_threshold(series.youden)),
        ];
        if series.iter().any(|series| series.lowest_cost.is_some()) {
            columns.push(column("▲ Lowest cost", 116.0, |series| {
                series
                    .lowest_cost
                    .map_or_else(|| "–".to_owned(), |(costs, point)| count(point.cost(costs)))
            }));
            columns.push(column("Threshold", 78.0, |series| {
                at_threshold(series.lowest_cost.map(|(_, point)| point))
            }));
        }
        let sum = |columns: &[Column]| columns.iter().map(|column| column.width).sum::<f64>();
        let room = width - 2.0 * MARGIN - sum(&columns) - sum(&details);
        let longest = series
            .iter()
            .map(|series| NAME_SIZE * crate::format::width(&series.name))
            .fold(0.0, f64::max);
        if longest + KEY <= room {
            columns.splice(4..4, details);
        }
        Self { series, columns }
    }

    fn height(&self) -> f64 {
        ROW * (self.series.len() + 1) as f64
    }

    fn draw(&self, top: f64, width: f64, colours: &Colours) -> String {
        let right = width - MARGIN;
        let mut drawn = String::new();
        let line = |drawn: &mut String, y: f64, colour: &str| {
            let _ = write!(
                drawn,
                "<path d=\"M{MARGIN} {y}H{right}\" stroke=\"{colour}\" fill=\"none\"/>"
            );
        };
        let numbers: f64 = self.columns.iter().map(|column| column.width).sum();
        let name_width = right - numbers - MARGIN;
        let _ = write!(drawn, "<g font-size=\"12\" fill=\"{}\">", colours.muted);
        let _ = write!(
            drawn,
            "<text x=\"{MARGIN}\" y=\"{}\">Score</text>",
            top + 17.0
        );
        let mut x = MARGIN + name_width;
        for column in &self.columns {
            x += column.width;
            let _ = write!(
                drawn,
                "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"end\">{}</text>",
                top + 17.0,
                column.head
            );
        }
        drawn += "</g>";
        for (index, series) in self.series.iter().enumerate() {
            let row = top + ROW * (index + 1) as f64;
            line(&mut drawn, row, colours.grid);
            let baseline = row + 17.5;
            let _ = write!(
                drawn,
                "<path d=\"M{MARGIN} {0}h18\" stroke=\"{1}\" stroke-width=\"3\" fill=\"none\"{2}/>\
                 <g font-size=\"{NAME_SIZE}\" fill=\"{3}\"><text x=\"{4}\" y=\"{baseline}\" font-weight=\"600\">{5}</text>",
                row + 13.0,
                colours.series[index % COLOURS],
                DASHES[index / COLOURS % DASHES.len()],
                colours.text,
                MARGIN + KEY,
                escaped(&fitted(&series.name, (name_width - KEY) / NAME_SIZE))
            );
            let mut x = MARGIN + name_width;
            for column in &self.columns {
                x += column.width;
                let _ = write!(
                    drawn,
                    "<text x=\"{x:.1}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>",
                    (column.cell)(series)
                );
            }
            drawn += "</g>";
        }
        drawn
    }
}

fn at(point: Option<OperatingPoint>, text: impl Fn(&OperatingPoint) -> String) -> String {
    point.as_ref().map_or_else(|| "–".to_owned(), text)
}

fn at_threshold(point: Option<OperatingPoint>) -> String {
    at(point, |point| threshold(point.threshold))
}

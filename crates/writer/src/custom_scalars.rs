//! Layouts of the custom scalars dashboard.

use glassboard_events::proto::custom_scalar as proto;

/// Which charts the custom scalars dashboard shows, in which categories.
///
/// ```
/// use glassboard_writer::{Category, Chart, Layout};
///
/// let layout = Layout::new([Category::new(
///     "Losses",
///     [
///         Chart::multiline("train and valid", ["loss/(train|valid)"]),
///         Chart::margin("with band", "loss/mean", "loss/lower", "loss/upper"),
///     ],
/// )]);
/// assert_eq!(layout.categories[0].charts.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// From top to bottom.
    pub categories: Vec<Category>,
}

/// Charts under one heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Category {
    /// Heading.
    pub title: String,
    /// In order.
    pub charts: Vec<Chart>,
    /// Whether it is folded at first.
    pub closed: bool,
}

/// One chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Title.
    pub title: String,
    /// What it shows.
    pub content: ChartContent,
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartContent {
    /// All scalars whose tag matches one of these regular expressions, anchored at the start.
    Multiline(Vec<String>),
    /// Lines with a band around each.
    Margin(Vec<MarginSeries>),
}

/// A line with its band; each field is the exact tag of a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginSeries {
    /// The line.
    pub value: String,
    /// Lower edge of the band.
    pub lower: String,
    /// Upper edge of the band.
    pub upper: String,
}

impl Layout {
    /// A layout of these categories.
    pub fn new(categories: impl IntoIterator<Item = Category>) -> Self {
        Self {
            categories: categories.into_iter().collect(),
        }
    }

    pub(crate) fn to_proto(&self) -> proto::Layout {
        proto::Layout {
            version: 0,
            category: self.categories.iter().map(Category::to_proto).collect(),
        }
    }
}

impl Category {
    /// An open category.
    pub fn new(title: impl Into<String>, charts: impl IntoIterator<Item = Chart>) -> Self {
        Self {
            title: title.into(),
            charts: charts.into_iter().collect(),
            closed: false,
        }
    }

    fn to_proto(&self) -> proto::Category {
        let chart = self.charts.iter().map(Chart::to_proto).collect();
        proto::Category {
            title: self.title.clone(),
            chart,
            closed: self.closed,
        }
    }
}

impl Chart {
    /// A chart of all scalars whose tag matches one of these regular expressions, anchored at the start.
    pub fn multiline<T: Into<String>>(
        title: impl Into<String>,
        tags: impl IntoIterator<Item = T>,
    ) -> Self {
        let content = ChartContent::Multiline(tags.into_iter().map(Into::into).collect());
        Self {
            title: title.into(),
            content,
        }
    }

    /// A chart of one scalar with a band between two others.
    pub fn margin(
        title: impl Into<String>,
        value: impl Into<String>,
        lower: impl Into<String>,
        upper: impl Into<String>,
    ) -> Self {
        let series = MarginSeries {
            value: value.into(),
            lower: lower.into(),
            upper: upper.into(),
        };
        Self {
            title: title.into(),
            content: ChartContent::Margin(vec![series]),
        }
    }

    fn to_proto(&self) -> proto::Chart {
        let content = match &self.content {
            ChartContent::Multiline(tags) => {
                proto::chart::Content::Multiline(proto::MultilineChartContent { tag: tags.clone() })
            }
            ChartContent::Margin(series) => {
                proto::chart::Content::Margin(proto::MarginChartContent {
                    series: series.iter().map(MarginSeries::to_proto).collect(),
                })
            }
        };
        proto::Chart {
            title: self.title.clone(),
            content: Some(content),
        }
    }
}

impl MarginSeries {
    fn to_proto(&self) -> proto::margin_chart_content::Series {
        let Self {
            value,
            lower,
            upper,
        } = self.clone();
        proto::margin_chart_content::Series {
            value,
            lower,
            upper,
        }
    }
}

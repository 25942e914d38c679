//! What is drawn and said of one score.

use glassboard_metrics::{Costs, OperatingPoint, Score, ThresholdCounts};

use crate::axes::Scale;
use crate::reduce::{Line, Place, SIZE};

/// One score: its curves, reduced to pixels, and what is said about it.
#[derive(Debug, Clone)]
pub struct Series {
    /// What the score is called.
    pub name: String,
    /// Positive samples, or the sum of their weights.
    pub positives: f64,
    /// Negative samples, or the sum of their weights.
    pub negatives: f64,
    /// The area below the precision-recall curve, without interpolation.
    pub average_precision: f64,
    /// The area below the ROC curve; NaN if a class is missing.
    pub roc_auc: f64,
    /// The threshold with the largest F1; `None` without positives.
    pub best_f1: Option<OperatingPoint>,
    /// The threshold with the largest Youden's J; `None` if a class is missing.
    pub youden: Option<OperatingPoint>,
    /// The costs of errors that were given, and the threshold where they are lowest.
    pub lowest_cost: Option<(Costs, OperatingPoint)>,
    pub(crate) precision_recall: Vec<Place>,
    pub(crate) roc: Vec<Place>,
    pub(crate) det: Vec<Place>,
    /// Thresholds of a page's readout, falling.
    pub(crate) readout: Vec<Readout>,
}

/// What a threshold achieves, for the readout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readout {
    pub(crate) threshold: f64,
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) false_positive_rate: f64,
}

impl Series {
    /// What is to be drawn of the counts at all thresholds.
    pub fn new<S: Score>(name: &str, counts: &ThresholdCounts<S>, costs: Option<Costs>) -> Self {
        let mut tracer = Tracer::new(counts.positives(), counts.negatives());
        tracer.start();
        let hits = counts.true_positives.iter();
        let steps = hits.zip(&counts.false_positives).zip(&counts.thresholds);
        for ((&hits, &alarms), &threshold) in steps {
            tracer.step(threshold.to_f64(), hits, alarms);
        }
        Self {
            name: name.to_owned(),
            positives: counts.positives(),
            negatives: counts.negatives(),
            average_precision: counts.average_precision(),
            roc_auc: counts.roc_auc(),
            best_f1: counts.best_f1(),
            youden: counts.youden(),
            lowest_cost: costs.map(|costs| (costs, counts.lowest_cost(costs))),
            precision_recall: tracer.precision_recall.finish(),
            roc: tracer.roc.finish(),
            det: tracer.det.finish(),
            readout: tracer.readout,
        }
    }

    /// The share of positives, which is the precision of chance; NaN without samples.
    pub fn prevalence(&self) -> f64 {
        self.positives / (self.positives + self.negatives)
    }
}

/// Follows all curves from the highest threshold to the lowest.
struct Tracer {
    positives: f64,
    negatives: f64,
    precision_recall: Line,
    roc: Line,
    det: Line,
    /// Where the detection error tradeoff enters its square.
    det_entry: Option<Place>,
    /// Whether it has left it.
    det_left: bool,
    readout: Vec<Readout>,
    /// Where the precision-recall curve was last.
    recall: f64,
}

impl Tracer {
    fn new(positives: f64, negatives: f64) -> Self {
        Self {
            positives,
            negatives,
            precision_recall: Line::default(),
            roc: Line::default(),
            det: Line::default(),
            det_entry: None,
            det_left: false,
            readout: Vec::new(),
            recall: 0.0,
        }
    }

    /// Nothing is taken for positive: there is no precision yet.
    fn start(&mut self) {
        if self.positives > 0.0 && self.negatives > 0.0 {
            self.roc.to((0.0, 0.0));
            self.det_to(0.0, 0.0);
        }
    }

    fn step(&mut self, threshold: f64, hits: f64, alarms: f64) {
        let recall = hits / self.positives;
        let taken = hits + alarms;
        let precision = if taken == 0.0 { 0.0 } else { hits / taken };
        let false_positive_rate = alarms / self.negatives;
        if self.positives > 0.0 && hits != 0.0 {
            // Average precision is the area below these steps: over each step of recall, the precision reached.
            self.precision_recall.to(in_square(self.recall, precision));
            self.precision_recall.to(in_square(recall, precision));
            self.recall = recall;
        }
        if self.positives > 0.0 && self.negatives > 0.0 {
            self.roc.to(in_square(false_positive_rate, recall));
            self.det_to(false_positive_rate, recall);
        }
        let is_new = self.readout.last().is_none_or(|last| {
            let moved = |now: f64, before: f64| (now - before).abs() * SIZE >= 1.0;
            moved(recall, last.recall) || moved(false_positive_rate, last.false_positive_rate)
        });
        if is_new {
            self.readout.push(Readout {
                threshold,
                precision,
                recall,
                false_positive_rate,
            });
        }
    }

    /// The axes do not reach a rate of 0: of the way along an edge only the end next to the curve is drawn.
    fn det_to(&mut self, false_positive_rate: f64, recall: f64) {
        let scale = Scale::NormalDeviate;
        let (x, y) = (scale.place(false_positive_rate), scale.place(1.0 - recall));
        let place = (x * SIZE, y * SIZE);
        if x == 0.0 {
            self.det_entry = Some(place);
            return;
        }
        if let Some(entry) = self.det_entry.take() {
            self.det.to(entry);
        }
        if !self.det_left {
            self.det.to(place);
        }
        self.det_left = y == 0.0;
    }
}

fn in_square(x: f64, y: f64) -> Place {
    (x * SIZE, y * SIZE)
}

//! What is explained: a number made of the network's output.

use ndarray::{Array1, Array2, ArrayD, ArrayViewD, Axis, IxDyn};

use crate::{ExplainError, Result};

/// What keeps [`Target::Finer`] from dividing by 0.
const FINER_EPSILON: f64 = 1e-9;

/// The score of one output that a map explains.
///
/// The output is that of one sample, without the axis of the batch; y below, p its softmax.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// `y_c`: the logit of a class.
    Class(usize),
    /// `p_c`: the probability of a class.
    Softmax(usize),
    /// `y_c + ln p_c`: the logit minus the cross-entropy (`ReST`, arXiv:2501.06261).
    ReSt(usize),
    /// The sum of y for `true`, of -y for `false`: an output of one logit.
    Binary(bool),
    /// The sum of the output.
    Raw,
    /// `sum_o p_o (y_c - alpha y_o) / sum_o p_o` over similar classes o (Finer-CAM, arXiv:2501.11309).
    Finer {
        /// The class.
        class: usize,
        /// Classes that it is told apart from.
        others: Vec<usize>,
        /// How much they count.
        alpha: f32,
    },
    /// `sum_ij mask_ij y_cij`: pixels of a class in a segmentation.
    Segmentation {
        /// The class.
        class: usize,
        /// Weights of the pixels `[H, W]`.
        mask: Array2<f32>,
    },
}

impl Target {
    /// The score.
    ///
    /// # Shapes
    /// `output`: `[classes]`; `[classes, H, W]` for a segmentation; any for [`Target::Binary`] and [`Target::Raw`].
    ///
    /// # Errors
    /// [`ExplainError::ClassOutOfRange`], [`ExplainError::Shape`].
    pub fn score(&self, output: ArrayViewD<'_, f32>) -> Result<f32> {
        self.score_and_gradient(output).map(|(score, _)| score)
    }

    /// The derivative of the score with respect to the output: what a backward pass begins with.
    ///
    /// # Shapes
    /// `output` and result: as [`Target::score`]'s.
    ///
    /// # Errors
    /// [`ExplainError::ClassOutOfRange`], [`ExplainError::Shape`].
    pub fn gradient(&self, output: ArrayViewD<'_, f32>) -> Result<ArrayD<f32>> {
        self.score_and_gradient(output)
            .map(|(_, gradient)| gradient)
    }

    /// [`Target::score`] and [`Target::gradient`].
    ///
    /// # Errors
    /// [`ExplainError::ClassOutOfRange`], [`ExplainError::Shape`].
    pub fn score_and_gradient(&self, output: ArrayViewD<'_, f32>) -> Result<(f32, ArrayD<f32>)> {
        match self {
            Self::Binary(yes) => {
                let sign = if *yes { 1.0 } else { -1.0 };
                Ok((sign * sum(&output), constant(&output, sign)))
            }
            Self::Raw => Ok((sum(&output), constant(&output, 1.0))),
            Self::Segmentation { class, mask } => segmentation(&output, *class, mask),
            Self::Class(_) | Self::Softmax(_) | Self::ReSt(_) | Self::Finer { .. } => {
                if output.ndim() != 1 {
                    return Err(ExplainError::Shape {
                        what: "output of a classifier for one sample".to_owned(),
                        expected: "[classes]".to_owned(),
                        got: output.shape().to_vec(),
                    });
                }
                let logits: Array1<f64> = output.iter().map(|&logit| f64::from(logit)).collect();
                let (score, gradient) = self.of_classes(&logits)?;
                let gradient = gradient.mapv(|value| value as f32).into_dyn();
                Ok((score as f32, gradient))
            }
        }
    }

    fn of_classes(&self, y: &Array1<f64>) -> Result<(f64, Array1<f64>)> {
        let logit = |class: usize| {
            y.get(class).copied().ok_or(ExplainError::ClassOutOfRange {
                got: class,
                classes: y.len(),
            })
        };
        let one_hot =
            |class: usize| Array1::from_shape_fn(y.len(), |i| f64::from(u8::from(i == class)));
        match self {
            Self::Softmax(class) => {
                logit(*class)?;
                let p = softmax(y);
                Ok((p[*class], (one_hot(*class) - &p) * p[*class]))
            }
            Self::ReSt(class) => {
                let p = softmax(y);
                Ok((logit(*class)? + p[*class].ln(), one_hot(*class) * 2.0 - p))
            }
            Self::Finer {
                class,
                others,
                alpha,
            } => {
                let alpha = f64::from(*alpha);
                let own = logit(*class)?;
                let p = softmax(y);
                let (mut top, mut bottom) = (0.0, FINER_EPSILON);
                for &other in others {
                    top +=
                        p.get(other).copied().unwrap_or_default() * (own - alpha * logit(other)?);
                    bottom += p[other];
                }
                let mut gradient = Array1::zeros(y.len());
                for &other in others {
                    // The quotient rule with dp_o/dy_j = p_o (1[o = j] - p_j).
                    let difference = own - alpha * y[other] - top / bottom;
                    let through_p = (one_hot(other) - &p) * (p[other] * difference / bottom);
                    gradient += &through_p;
                    gradient[*class] += p[other] / bottom;
                    gradient[other] -= alpha * p[other] / bottom;
                }
                Ok((top / bottom, gradient))
            }
            // `Class`: the others have no classes.
            Self::Class(class) => Ok((logit(*class)?, one_hot(*class))),
            Self::Binary(_) | Self::Raw | Self::Segmentation { .. } => {
                Ok((y.sum(), Array1::ones(y.len())))
            }
        }
    }

    /// The class with the highest logit; the first of equal ones.
    pub fn top_class(output: ArrayViewD<'_, f32>) -> usize {
        let highest = output.iter().enumerate().reduce(
            |best, entry| {
                if entry.1 > best.1 { entry } else { best }
            },
        );
        highest.map_or(0, |(class, _)| class)
    }

    /// [`Target::Finer`] for an output: the class (the top one if not given) and those of [`similar_classes`].
    ///
    /// # Shapes
    /// `output`: `[classes]`.
    ///
    /// # Errors
    /// [`ExplainError::ClassOutOfRange`].
    pub fn finer(
        output: ArrayViewD<'_, f32>,
        class: Option<usize>,
        ranks: &[usize],
        alpha: f32,
    ) -> Result<Self> {
        let class = class.unwrap_or_else(|| Self::top_class(output.view()));
        Ok(Self::Finer {
            class,
            others: similar_classes(output, class, ranks)?,
            alpha,
        })
    }
}

/// The classes whose logits are nearest to that of a class; `ranks` tells which of them, 1 being the nearest. A rank
/// that there is no class for is left out.
///
/// # Shapes
/// `output`: `[classes]`.
///
/// # Errors
/// [`ExplainError::ClassOutOfRange`].
pub fn similar_classes(
    output: ArrayViewD<'_, f32>,
    class: usize,
    ranks: &[usize],
) -> Result<Vec<usize>> {
    let logits: Vec<f32> = output.iter().copied().collect();
    let own = *logits.get(class).ok_or(ExplainError::ClassOutOfRange {
        got: class,
        classes: logits.len(),
    })?;
    let mut nearest: Vec<(f32, usize)> = logits
        .iter()
        .enumerate()
        .filter(|&(other, _)| other != class)
        .map(|(other, logit)| ((logit - own).abs(), other))
        .collect();
    nearest.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    Ok(ranks
        .iter()
        .filter_map(|rank| nearest.get(rank.checked_sub(1)?))
        .map(|&(_, other)| other)
        .collect())
}

fn sum(output: &ArrayViewD<'_, f32>) -> f32 {
    output.iter().map(|&value| f64::from(value)).sum::<f64>() as f32
}

fn constant(output: &ArrayViewD<'_, f32>, value: f32) -> ArrayD<f32> {
    ArrayD::from_elem(IxDyn(output.shape()), value)
}

fn softmax(y: &Array1<f64>) -> Array1<f64> {
    let max = y.fold(f64::NEG_INFINITY, |max, &value| max.max(value));
    let powers = y.mapv(|value| (value - max).exp());
    let sum = powers.sum();
    powers / sum
}

fn segmentation(
    output: &ArrayViewD<'_, f32>,
    class: usize,
    mask: &Array2<f32>,
) -> Result<(f32, ArrayD<f32>)> {
    let classes = output.shape().first().copied().unwrap_or_default();
    if output.ndim() != 3 || output.shape()[1..] != *mask.shape() {
        return Err(ExplainError::Shape {
            what: "output of a segmentation for one sample".to_owned(),
            expected: format!("[classes, {}, {}]", mask.nrows(), mask.ncols()),
            got: output.shape().to_vec(),
        });
    }
    if class >= classes {
        return Err(ExplainError::ClassOutOfRange {
            got: class,
            classes,
        });
    }
    let pixels = output.index_axis(Axis(0), class);
    let products = pixels
        .iter()
        .zip(mask)
        .map(|(&y, &m)| f64::from(y) * f64::from(m));
    let score = products.sum::<f64>() as f32;
    let mut gradient = constant(output, 0.0);
    gradient.index_axis_mut(Axis(0), class).assign(mask);
    Ok((score, gradient))
}

//! Labels and scores: which types they may have, and which kind of problem they pose.

use std::borrow::Cow;
use std::fmt;

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::error::{MetricsError, Result, TargetKind};

/// Samples that one task looks at.
const CHUNK: usize = 1 << 16;

mod sealed {
    pub trait Sealed {}
}

/// A type of scores: `f32` or `f64`.
pub trait Score:
    sealed::Sealed + Copy + Default + PartialOrd + Send + Sync + fmt::Debug + 'static
{
    /// An integer that grows as the score falls.
    type Key: Ord + Copy + Default + Send + Sync + fmt::Debug;

    /// The key of a finite score; both zeros have the same.
    fn key(self) -> Self::Key;

    /// The score of a key; zero is positive.
    fn from_key(key: Self::Key) -> Self;

    /// The same number in double precision.
    fn to_f64(self) -> f64;
}

macro_rules! score {
    ($float:ty, $key:ty) => {
        impl sealed::Sealed for $float {}

        impl Score for $float {
            type Key = $key;

            fn key(self) -> $key {
                const SIGN: $key = 1 << (<$key>::BITS - 1);
                // Adding zero makes of -0.0 the other zero.
                let bits = (self + 0.0).to_bits();
                // Falling order: positive numbers have their bits but the sign inverted.
                if bits & SIGN == 0 {
                    !(bits | SIGN)
                } else {
                    bits
                }
            }

            fn from_key(key: $key) -> Self {
                const SIGN: $key = 1 << (<$key>::BITS - 1);
                Self::from_bits(if key & SIGN == 0 { !key & !SIGN } else { key })
            }

            fn to_f64(self) -> f64 {
                self.into()
            }
        }
    };
}

score!(f32, u32);
score!(f64, u64);

/// A type of labels: `bool`, an integer or a float with whole numbers.
pub trait Label: sealed::Sealed + Copy + PartialOrd + Send + Sync + fmt::Display + 'static {
    /// Whether this is -1, 0 or 1, and which.
    fn as_sign(self) -> Option<i8>;

    /// Whether this is a whole number; NaN and infinities are not.
    fn is_whole(self) -> bool;

    /// This, if it is NaN or infinite.
    fn as_non_finite(self) -> Option<f64>;
}

macro_rules! integer_label {
    ($($integer:ty),*) => {$(
        impl sealed::Sealed for $integer {}

        impl Label for $integer {
            fn as_sign(self) -> Option<i8> {
                i8::try_from(self).ok().filter(|value| (-1..=1).contains(value))
            }

            fn is_whole(self) -> bool {
                true
            }

            fn as_non_finite(self) -> Option<f64> {
                None
            }
        }
    )*};
}

integer_label!(i8, i16, i32, i64, u8, u16, u32, u64);

impl sealed::Sealed for bool {}

impl Label for bool {
    fn as_sign(self) -> Option<i8> {
        Some(self.into())
    }

    fn is_whole(self) -> bool {
        true
    }

    fn as_non_finite(self) -> Option<f64> {
        None
    }
}

macro_rules! float_label {
    ($($float:ty),*) => {$(
        impl Label for $float {
            fn as_sign(self) -> Option<i8> {
                [-1_i8, 0, 1].into_iter().find(|&value| <$float>::from(value) == self)
            }

            fn is_whole(self) -> bool {
                // What does not fit 64 bits is no class of scikit-learn's either.
                self.fract() == 0.0 && self.abs() < 9_223_372_036_854_775_808.0
            }

            fn as_non_finite(self) -> Option<f64> {
                (!self.is_finite()).then_some(self.into())
            }
        }
    )*};
}

float_label!(f32, f64);

/// True labels: of one class per sample, or one column of indicators per label.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a, L> {
    /// `[samples]`: the class of each sample.
    Classes(ArrayView1<'a, L>),
    /// `[samples, labels]`: whether each sample has each label.
    Indicators(ArrayView2<'a, L>),
}

/// Scores: of the positive class, or one column per class or label.
#[derive(Debug, Clone, Copy)]
pub enum Scores<'a, S> {
    /// `[samples]`: how likely each sample is positive.
    Positive(ArrayView1<'a, S>),
    /// `[samples, classes]`: how likely each sample is of each class or has each label.
    PerClass(ArrayView2<'a, S>),
}

macro_rules! views {
    ($kind:ident, $one:ident, $table:ident) => {
        impl<'a, T> From<ArrayView1<'a, T>> for $kind<'a, T> {
            fn from(view: ArrayView1<'a, T>) -> Self {
                Self::$one(view)
            }
        }

        impl<'a, T> From<ArrayView2<'a, T>> for $kind<'a, T> {
            fn from(view: ArrayView2<'a, T>) -> Self {
                Self::$table(view)
            }
        }

        impl<'a, T> From<&'a [T]> for $kind<'a, T> {
            fn from(slice: &'a [T]) -> Self {
                Self::$one(slice.into())
            }
        }

        impl<'a, T> From<&'a Vec<T>> for $kind<'a, T> {
            fn from(vec: &'a Vec<T>) -> Self {
                Self::$one(vec.as_slice().into())
            }
        }

        impl<'a, T, const N: usize> From<&'a [T; N]> for $kind<'a, T> {
            fn from(array: &'a [T; N]) -> Self {
                Self::$one(array.as_slice().into())
            }
        }

        impl<T> $kind<'_, T> {
            /// Samples.
            pub fn len(&self) -> usize {
                match self {
                    Self::$one(view) => view.len(),
                    Self::$table(view) => view.nrows(),
                }
            }

            /// Whether there are no samples.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }
    };
}

views!(Targets, Classes, Indicators);
views!(Scores, Positive, PerClass);

/// The values as a slice, copied only where they do not lie side by side.
pub(crate) fn contiguous<'a, T: Copy>(view: &'a ArrayView1<'_, T>) -> Cow<'a, [T]> {
    match view.as_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(view.iter().copied().collect()),
    }
}

/// The values of a table as a slice, row after row.
pub(crate) fn contiguous_rows<'a, T: Copy>(view: &'a ArrayView2<'_, T>) -> Cow<'a, [T]> {
    match view.as_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(view.iter().copied().collect()),
    }
}

/// At most two classes, what is known of more, and whether all are whole numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Census<L> {
    first: Option<L>,
    second: Option<L>,
    more: bool,
    whole: bool,
}

impl<L: Label> Census<L> {
    const EMPTY: Self = Self {
        first: None,
        second: None,
        more: false,
        whole: true,
    };

    /// Looks at all labels.
    ///
    /// # Errors
    ///
    /// [`MetricsError::NotANumber`] and [`MetricsError::Infinite`].
    pub(crate) fn of(labels: &[L]) -> Result<Self> {
        let census = labels
            .par_chunks(CHUNK)
            .map(Self::of_chunk)
            .reduce(|| Self::EMPTY, Self::and);
        if !census.whole {
            finite("y_true", labels, |label| {
                label.as_non_finite().unwrap_or(0.0)
            })?;
        }
        Ok(census)
    }

    fn of_chunk(mut labels: &[L]) -> Self {
        let mut census = Self::EMPTY;
        while let Some((&label, behind)) = labels.split_first() {
            census = census.with(label);
            // Nearly all labels are one of two: passed over quickly.
            let first = census.first.unwrap_or(label);
            let second = census.second.unwrap_or(first);
            let known = behind
                .iter()
                .position(|&label| label != first && label != second);
            labels = known.and_then(|at| behind.get(at..)).unwrap_or_default();
        }
        census
    }

    fn with(mut self, label: L) -> Self {
        match (self.first, self.second) {
            (Some(first), _) if first == label => return self,
            (_, Some(second)) if second == label => return self,
            (None, _) => self.first = Some(label),
            (_, None) => self.second = Some(label),
            _ => self.more = true,
        }
        self.whole &= label.is_whole();
        self
    }

    fn and(self, other: Self) -> Self {
        let mut both = [other.first, other.second]
            .into_iter()
            .flatten()
            .fold(self, Self::with);
        both.more |= other.more;
        both.whole &= other.whole;
        both
    }

    /// The kind of problem, for labels in one column.
    pub(crate) fn kind(&self) -> TargetKind {
        if !self.whole {
            TargetKind::Continuous
        } else if self.more {
            TargetKind::MultiClass
        } else {
            TargetKind::Binary
        }
    }

    /// The kind of problem, for labels in several columns.
    pub(crate) fn kind_of_columns(&self) -> TargetKind {
        match self.kind() {
            TargetKind::Binary => TargetKind::MultiLabelIndicator,
            TargetKind::MultiClass => TargetKind::MultiClassMultiOutput,
            _ => TargetKind::ContinuousMultiOutput,
        }
    }

    /// Whether there are exactly two classes.
    pub(crate) fn is_two(&self) -> bool {
        self.second.is_some() && !self.more
    }

    /// The classes in rising order; of more than two, only two.
    pub(crate) fn classes(&self) -> Vec<L> {
        let mut classes: Vec<L> = self.first.into_iter().chain(self.second).collect();
        sort_labels(&mut classes);
        classes
    }

    /// Whether the labels are such that 1 is the positive one without a word.
    fn has_natural_positive(&self) -> bool {
        let signs: Option<Vec<i8>> = self.classes().into_iter().map(Label::as_sign).collect();
        matches!(signs.as_deref(), Some([0 | -1, 1] | [-1..=1]))
    }
}

/// Which samples are positive.
///
/// # Errors
///
/// As [`crate::confusion_matrix_at_thresholds`] for its labels.
pub(crate) fn positives<L: Label>(
    labels: &[L],
    census: &Census<L>,
    pos_label: Option<L>,
) -> Result<Vec<bool>> {
    let kind = census.kind();
    match (kind, pos_label) {
        (TargetKind::Binary, _) | (TargetKind::MultiClass, Some(_)) => {}
        _ => return Err(MetricsError::UnsupportedTarget { kind }),
    }
    if labels.is_empty() {
        return Err(MetricsError::NoSamples);
    }
    if pos_label.is_none() && !census.has_natural_positive() {
        return Err(MetricsError::PositiveLabelNeeded {
            classes: listed(&census.classes()),
        });
    }
    let one = || {
        census
            .classes()
            .into_iter()
            .find(|label| label.as_sign() == Some(1))
    };
    Ok(match pos_label.or_else(one) {
        Some(positive) => equal_to(labels, positive),
        None => vec![false; labels.len()],
    })
}

/// Whether each label is the given one.
pub(crate) fn equal_to<L: Label>(labels: &[L], positive: L) -> Vec<bool> {
    labels
        .par_iter()
        .with_min_len(CHUNK)
        .map(|&label| label == positive)
        .collect()
}

/// All classes, in rising order.
pub(crate) fn unique<L: Label>(labels: impl IntoIterator<Item = L>) -> Vec<L> {
    let mut classes: Vec<L> = labels.into_iter().collect();
    sort_labels(&mut classes);
    classes.dedup();
    classes
}

fn sort_labels<L: Label>(labels: &mut [L]) {
    // Labels are finite: they compare.
    labels.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
}

pub(crate) fn listed<L: Label>(labels: &[L]) -> String {
    let words: Vec<String> = labels.iter().map(ToString::to_string).collect();
    words.join(", ")
}

/// Checks that all numbers are finite.
///
/// # Errors
///
/// [`MetricsError::NotANumber`] if any is NaN, else [`MetricsError::Infinite`].
pub(crate) fn finite<T: Copy + Send + Sync>(
    argument: &'static str,
    values: &[T],
    to_f64: impl Fn(T) -> f64 + Sync,
) -> Result<()> {
    let sound = values.par_chunks(CHUNK).all(|chunk| {
        chunk
            .iter()
            .fold(true, |sound, &value| sound & to_f64(value).is_finite())
    });
    if sound {
        return Ok(());
    }
    let first = |is: fn(f64) -> bool| values.iter().position(|&value| is(to_f64(value)));
    if let Some(index) = first(f64::is_nan) {
        return Err(MetricsError::NotANumber { argument, index });
    }
    match first(f64::is_infinite) {
        Some(index) => Err(MetricsError::Infinite {
            argument,
            index,
            value: values
                .get(index)
                .map_or(f64::INFINITY, |&value| to_f64(value)),
        }),
        None => Ok(()),
    }
}

/// Checks that all inputs have as many samples.
///
/// # Errors
///
/// [`MetricsError::InconsistentLengths`].
pub(crate) fn same_lengths(lengths: [Option<usize>; 3]) -> Result<()> {
    let lengths: Vec<usize> = lengths.into_iter().flatten().collect();
    if lengths.windows(2).all(|pair| pair.first() == pair.last()) {
        Ok(())
    } else {
        Err(MetricsError::InconsistentLengths { lengths })
    }
}

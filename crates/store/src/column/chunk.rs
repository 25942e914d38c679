use std::{cell::OnceCell, ops::Range};

use super::{CHUNK_POINTS, integers, integers::Integers, values, values::Values};
use crate::Point;

/// Up to [`CHUNK_POINTS`] consecutive points of a series, compressed without loss, with their summary.
#[derive(Debug)]
pub(crate) struct Chunk {
    summary: Summary,
    walls_at: u32,
    values_at: u32,
    bytes: Box<[u8]>,
}

/// What is known of a chunk without decoding it: the coarse level of the min/max/mean pyramid.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    /// Number of points, at least 1.
    pub(crate) count: usize,
    pub(crate) first: Point,
    pub(crate) last: Point,
    /// Smallest step.
    pub(crate) min_step: i64,
    /// Whether every step is greater than the one before.
    pub(crate) increasing: bool,
    /// Smallest and largest wall time; NaN when any wall time is not finite.
    pub(crate) wall_range: (f64, f64),
    /// The smallest and the largest finite value; the first of equal ones.
    pub(crate) extremes: Option<Extremes>,
    /// Mean of the finite values; 0 when there are none.
    pub(crate) mean: f64,
    pub(crate) nan: usize,
    pub(crate) pos_inf: usize,
    pub(crate) neg_inf: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Extremes {
    pub(crate) min: (usize, Point),
    pub(crate) max: (usize, Point),
}

impl Summary {
    pub(crate) fn non_finite(&self) -> usize {
        self.nan + self.pos_inf + self.neg_inf
    }

    pub(crate) fn finite(&self) -> usize {
        self.count - self.non_finite()
    }

    /// `points`: at least one.
    fn of(points: &[Point]) -> Option<Self> {
        let (first, last) = (*points.first()?, *points.last()?);
        let mut min_step = first.step;
        let mut increasing = true;
        let mut before = None;
        let mut wall_range = (first.wall_time_secs, first.wall_time_secs);
        let mut finite_walls = true;
        let (mut min, mut max) = ((0, f64::INFINITY), (0, f64::NEG_INFINITY));
        let (mut sum, mut finite, mut nan, mut pos_inf, mut neg_inf) = (0.0, 0_usize, 0, 0, 0);
        for (index, point) in points.iter().enumerate() {
            increasing &= before.is_none_or(|before| before < point.step);
            before = Some(point.step);
            min_step = min_step.min(point.step);
            finite_walls &= point.wall_time_secs.is_finite();
            wall_range.0 = wall_range.0.min(point.wall_time_secs);
            wall_range.1 = wall_range.1.max(point.wall_time_secs);
            let value = point.value;
            if value.is_finite() {
                finite += 1;
                sum += value;
                if value < min.1 {
                    min = (index, value);
                }
                if value > max.1 {
                    max = (index, value);
                }
            } else if value.is_nan() {
                nan += 1;
            } else if value > 0.0 {
                pos_inf += 1;
            } else {
                neg_inf += 1;
            }
        }
        let mut mean = sum / finite.max(1) as f64;
        if !mean.is_finite() {
            // The sum overflowed though no value is infinite.
            let values = points.iter().map(|point| point.value);
            let finite_values = values.filter(|value| value.is_finite());
            mean = finite_values.map(|value| value / finite as f64).sum();
        }
        let extremes = (finite > 0).then(|| Extremes {
            min: (min.0, points[min.0]),
            max: (max.0, points[max.0]),
        });
        Some(Self {
            count: points.len(),
            first,
            last,
            min_step,
            increasing,
            wall_range: if finite_walls {
                wall_range
            } else {
                (f64::NAN, f64::NAN)
            },
            extremes,
            mean,
            nan,
            pos_inf,
            neg_inf,
        })
    }
}

impl Chunk {
    /// Compresses `points`; `None` when there are none. At most [`CHUNK_POINTS`] are taken.
    pub(crate) fn encode(points: &[Point]) -> Option<Self> {
        let points = &points[..points.len().min(CHUNK_POINTS)];
        let summary = Summary::of(points)?;
        let mut bytes = Vec::with_capacity(points.len() * 8 + 64);
        let mut column = [0_i64; CHUNK_POINTS];
        let column = &mut column[..points.len()];
        for (slot, point) in column.iter_mut().zip(points) {
            *slot = point.step;
        }
        integers::encode(column, &mut bytes);
        let walls_at = bytes.len() as u32;
        for (slot, point) in column.iter_mut().zip(points) {
            *slot = point.wall_time_secs.to_bits() as i64;
        }
        integers::encode(column, &mut bytes);
        let values_at = bytes.len() as u32;
        let mut column = [0_f64; CHUNK_POINTS];
        let column = &mut column[..points.len()];
        for (slot, point) in column.iter_mut().zip(points) {
            *slot = point.value;
        }
        values::encode(column, &mut bytes);
        Some(Self {
            summary,
            walls_at,
            values_at,
            bytes: bytes.into_boxed_slice(),
        })
    }

    pub(crate) fn summary(&self) -> &Summary {
        &self.summary
    }

    pub(crate) fn len(&self) -> usize {
        self.summary.count
    }

    /// Bytes on the heap, this chunk itself included.
    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }

    /// The steps.
    pub(crate) fn steps(&self) -> Vec<i64> {
        let mut steps = vec![0; self.len()];
        Integers::new(&self.bytes).decode(&mut steps);
        steps
    }

    fn wall_bits(&self) -> Vec<i64> {
        let mut bits = vec![0; self.len()];
        Integers::new(self.part(self.walls_at)).decode(&mut bits);
        bits
    }

    fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0; self.len()];
        Values::new(self.part(self.values_at)).decode(&mut values);
        values
    }

    /// The points.
    pub(crate) fn points(&self) -> Vec<Point> {
        let decoded = Decoded::of(self);
        (0..self.len()).map(|index| decoded.point(index)).collect()
    }

    fn part(&self, at: u32) -> &[u8] {
        self.bytes.get(at as usize..).unwrap_or_default()
    }
}

/// The columns of one chunk, each decoded when it is first asked for.
#[derive(Debug, Default)]
pub(crate) struct Decoded<'c> {
    chunk: Option<&'c Chunk>,
    steps: OnceCell<Vec<i64>>,
    wall_bits: OnceCell<Vec<i64>>,
    values: OnceCell<Vec<f64>>,
}

impl<'c> Decoded<'c> {
    pub(crate) fn of(chunk: &'c Chunk) -> Self {
        Self {
            chunk: Some(chunk),
            ..Self::default()
        }
    }

    /// Turns to another chunk; nothing is lost when it is the same again.
    pub(crate) fn turn_to(&mut self, chunk: &'c Chunk) {
        if !self.chunk.is_some_and(|before| std::ptr::eq(before, chunk)) {
            *self = Self::of(chunk);
        }
    }

    pub(crate) fn steps(&self) -> &[i64] {
        self.steps
            .get_or_init(|| self.chunk.map(Chunk::steps).unwrap_or_default())
    }

    pub(crate) fn values(&self) -> &[f64] {
        self.values
            .get_or_init(|| self.chunk.map(Chunk::values).unwrap_or_default())
    }

    fn wall_bits(&self) -> &[i64] {
        self.wall_bits
            .get_or_init(|| self.chunk.map(Chunk::wall_bits).unwrap_or_default())
    }

    /// Wall times of the points `range`.
    ///
    /// # Panics
    /// When `range` does not lie within the chunk.
    pub(crate) fn walls(&self, range: Range<usize>) -> impl Iterator<Item = f64> {
        self.wall_bits()[range]
            .iter()
            .map(|bits| f64::from_bits(*bits as u64))
    }

    /// The point at `index` of the chunk.
    ///
    /// # Panics
    /// When `index` is not below the chunk's length.
    #[inline]
    pub(crate) fn point(&self, index: usize) -> Point {
        Point {
            step: self.steps()[index],
            wall_time_secs: f64::from_bits(self.wall_bits()[index] as u64),
            value: self.values()[index],
        }
    }
}

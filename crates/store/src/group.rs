//! Runs taken together: their mean over a common axis, and a band around it.
//!
//! At every place where one of the runs has a point, each run contributes its value there: the logged (or smoothed)
//! one where it has a point, else the linear interpolation between its neighbours. Before its first and after its last
//! point a run contributes nothing. Values that are not finite are left out as if they had not been logged. So the
//! mean at a place is that of all runs that have reached it, and no run is extended beyond its data.

use std::ops::Range;

use rayon::prelude::*;

use crate::{ScalarRequest, ScalarSeries, StoreError, XAxis, smooth::Smoothing};

/// Points of all members together that are read in full; of more, each is reduced to [`REDUCED_PIXELS`] first.
const MAX_POINTS: u64 = 4_000_000;
/// Pixel columns to which the members of a very large group are reduced.
const REDUCED_PIXELS: u32 = 20_000;
/// Most values that are looked up: places times members. With more, places are left out evenly.
const MAX_LOOKUPS: usize = 50_000_000;
/// Places that one task computes.
const PLACES_PER_TASK: usize = 1_024;

/// Quantiles of Student's t distribution at 0.975 for 1 to 30 degrees of freedom.
const T_975: [f64; 30] = [
    12.706_204_736_174_7,
    4.302_652_729_749_46,
    3.182_446_305_283_71,
    2.776_445_105_197_79,
    2.570_581_835_636_31,
    2.446_911_851_144_98,
    2.364_624_251_592_78,
    2.306_004_135_204_17,
    2.262_157_162_798_2,
    2.228_138_851_986_27,
    2.200_985_160_091_64,
    2.178_812_829_667_23,
    2.160_368_656_462_79,
    2.144_786_687_917_8,
    2.131_449_545_559_78,
    2.119_905_299_221_25,
    2.109_815_577_833_32,
    2.100_922_040_241_04,
    2.093_024_054_408_31,
    2.085_963_447_265_86,
    2.079_613_844_727_68,
    2.073_873_067_904_03,
    2.068_657_610_419_05,
    2.063_898_561_628_02,
    2.059_538_552_753_3,
    2.055_529_438_642_87,
    2.051_830_516_480_28,
    2.048_407_141_795_25,
    2.045_229_642_132_7,
    2.042_272_456_301_24,
];
/// Quantile of the normal distribution at 0.975.
const Z_975: f64 = 1.959_963_984_540_054;

/// What is drawn around the mean of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Band {
    /// `mean ± s`, with the sample's standard deviation `s = sqrt(Σ(y − mean)² / (n − 1))`.
    #[default]
    Std,
    /// From the smallest to the largest value.
    MinMax,
    /// The 95 % confidence interval of the mean, `mean ± t · s / √n`, where `t` is the 0.975 quantile of Student's t
    /// distribution with `n − 1` degrees of freedom.
    Confidence,
}

/// What a chart wants to know of a group.
#[derive(Debug, Clone, Default)]
pub struct GroupRequest {
    /// Left end of the visible range; `None`: from the first point.
    pub x_min: Option<f64>,
    /// Right end of the visible range; `None`: to the last point.
    pub x_max: Option<f64>,
    /// Width of the chart in pixels; 0: every place.
    pub pixels: u32,
    /// Whether pixel columns are equal steps in `log10(x)`.
    pub x_log: bool,
    /// Smoothing of each run over all its points, before they are taken together.
    pub smoothing: Option<Smoothing>,
    /// What `lower` and `upper` are.
    pub band: Band,
}

/// Mean and band of a group, as columns of equal length with increasing `x`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupAnswer {
    /// Number of members that have a point.
    pub runs: u64,
    /// Places where a member has a point.
    pub places_total: u64,
    /// Whether places in range were left out: those that share a pixel column, or for very large groups.
    pub reduced: bool,
    /// Smallest x of all members.
    pub x_first: Option<f64>,
    /// Largest x of all members.
    pub x_last: Option<f64>,
    /// Place on the horizontal axis.
    pub x: Vec<f64>,
    /// Arithmetic mean of the members that reach this place.
    pub mean: Vec<f64>,
    /// Lower edge of the band; the mean itself where a single member reaches.
    pub lower: Vec<f64>,
    /// Upper edge of the band.
    pub upper: Vec<f64>,
    /// Number of members that reach this place.
    pub count: Vec<f64>,
}

/// The points of one member, x strictly increasing, values finite.
struct Member {
    x: Vec<f64>,
    y: Vec<f64>,
}

/// The figures at one place.
#[derive(Clone, Copy)]
struct Place {
    x: f64,
    mean: f64,
    lower: f64,
    upper: f64,
    count: u64,
}

/// The mean of several series on one axis, and the band around it.
///
/// Each member has its own axis, since [`XAxis::Tag`] is a series of the same run. Points of one member at the same x
/// are one: the last of them.
///
/// # Errors
/// [`StoreError::OutOfRange`] for a parameter that is impossible, as [`ScalarSeries::query`].
pub fn group_curve(
    members: &[(ScalarSeries, XAxis)],
    request: &GroupRequest,
) -> Result<GroupAnswer, StoreError> {
    ScalarRequest {
        x_min: request.x_min,
        x_max: request.x_max,
        pixels: request.pixels,
        smoothing: request.smoothing,
        ..ScalarRequest::default()
    }
    .check()?;
    let points: u64 = members.iter().map(|(series, _)| series.len()).sum();
    let reduced = points > MAX_POINTS;
    let members = members
        .par_iter()
        .map(|(series, x)| {
            let answer = series.query(&ScalarRequest {
                x: x.clone(),
                pixels: if reduced { REDUCED_PIXELS } else { 0 },
                smoothing: request.smoothing,
                ..ScalarRequest::default()
            })?;
            let columns = answer.live;
            let y = columns.smoothed.unwrap_or(columns.value);
            Ok(Member::new(columns.x, y))
        })
        .collect::<Result<Vec<Member>, StoreError>>()?;
    Ok(of_members(&members, request, reduced))
}

fn of_members(members: &[Member], request: &GroupRequest, reduced: bool) -> GroupAnswer {
    let mut places: Vec<f64> = members
        .iter()
        .flat_map(|member| member.x.iter().copied())
        .collect();
    places.par_sort_unstable_by(f64::total_cmp);
    places.dedup();
    let mut answer = GroupAnswer {
        runs: members.iter().filter(|member| !member.x.is_empty()).count() as u64,
        places_total: places.len() as u64,
        reduced,
        x_first: places.first().copied(),
        x_last: places.last().copied(),
        ..GroupAnswer::default()
    };
    let wanted = places.get(in_range(&places, request)).unwrap_or_default();
    let thinned = thin(wanted, MAX_LOOKUPS / members.len().max(1));
    answer.reduced |= thinned.len() < wanted.len();
    let figures: Vec<Place> = thinned
        .par_chunks(PLACES_PER_TASK)
        .flat_map_iter(|places| figures(members, places, request.band))
        .collect();
    let kept = keep(&figures, request);
    answer.reduced |= kept.len() < figures.len();
    for place in kept.iter().filter_map(|index| figures.get(*index)) {
        answer.x.push(place.x);
        answer.mean.push(place.mean);
        answer.lower.push(place.lower);
        answer.upper.push(place.upper);
        answer.count.push(place.count as f64);
    }
    answer
}

/// The places in range, and the nearest beyond each end, so that a line reaches the edges of the chart.
fn in_range(places: &[f64], request: &GroupRequest) -> Range<usize> {
    let from = request
        .x_min
        .map_or(0, |min| places.partition_point(|x| *x < min));
    let to = request
        .x_max
        .map_or(places.len(), |max| places.partition_point(|x| *x <= max));
    from.saturating_sub(1)..(to + 1).min(places.len()).max(from)
}

/// At most `most` of the places, evenly chosen, the first and the last among them.
fn thin(places: &[f64], most: usize) -> Vec<f64> {
    let every = places.len().div_ceil(most.max(2));
    let mut thinned: Vec<f64> = places.iter().copied().step_by(every.max(1)).collect();
    if let (Some(last), true) = (places.last(), thinned.last() != places.last()) {
        thinned.push(*last);
    }
    thinned
}

/// The figures at consecutive places.
fn figures(members: &[Member], places: &[f64], band: Band) -> Vec<Place> {
    let first = places.first().copied().unwrap_or(0.0);
    let mut cursors: Vec<usize> = members
        .iter()
        .map(|member| member.x.partition_point(|x| *x < first))
        .collect();
    let figures_at = |x: &f64| {
        let (mut count, mut mean, mut squares) = (0_u64, 0.0, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for (member, cursor) in members.iter().zip(&mut cursors) {
            let Some(y) = member.at(*x, cursor) else {
                continue;
            };
            // Welford's recurrence: no difference of large sums.
            count += 1;
            let delta = y - mean;
            mean += delta / count as f64;
            squares += delta * (y - mean);
            min = f64::min(min, y);
            max = f64::max(max, y);
        }
        let around = |half: f64| (mean - half, mean + half);
        let (lower, upper) = match band {
            Band::MinMax => (min, max),
            _ if count < 2 => around(0.0),
            Band::Std => around(deviation(squares, count)),
            Band::Confidence => {
                around(student_t_975(count - 1) * deviation(squares, count) / (count as f64).sqrt())
            }
        };
        Place {
            x: *x,
            mean,
            lower,
            upper,
            count,
        }
    };
    places.iter().map(figures_at).collect()
}

fn deviation(squares: f64, count: u64) -> f64 {
    (squares / (count - 1) as f64).sqrt()
}

/// The 0.975 quantile of Student's t distribution: tabulated up to 30 degrees of freedom, then the expansion of
/// Abramowitz and Stegun, 26.7.5, which is right to 2 in a million there and better beyond.
fn student_t_975(degrees: u64) -> f64 {
    let tabulated = usize::try_from(degrees.saturating_sub(1))
        .ok()
        .and_then(|index| T_975.get(index));
    if let Some(t) = tabulated {
        return *t;
    }
    let (z, v) = (Z_975, degrees as f64);
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    z + (z3 + z) / (4.0 * v)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * v * v)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * v.powi(3))
}

/// Which places are drawn: of each pixel column the first, the last, and the extremes of the mean and of the band.
fn keep(figures: &[Place], request: &GroupRequest) -> Vec<usize> {
    let most = request.pixels as usize;
    if most == 0 || figures.len() <= most.saturating_mul(4) {
        return (0..figures.len()).collect();
    }
    let scaled = |x: f64| {
        if request.x_log { x.log10() } else { x }
    };
    let ends = figures.first().zip(figures.last());
    let (first, last) = ends.map_or((0.0, 1.0), |(first, last)| (first.x, last.x));
    let low = scaled(request.x_min.unwrap_or(first));
    let width = scaled(request.x_max.unwrap_or(last)) - low;
    let column = |place: &Place| {
        let share = (scaled(place.x) - low) / width;
        // Where there is no such share, as the logarithm of 0, all is one column.
        (share * most as f64).floor() as i64
    };
    let mut kept = Vec::new();
    let mut from = 0;
    for stretch in figures.chunk_by(|a, b| column(a) == column(b)) {
        let extreme = |value: fn(&Place) -> f64, sign: f64| {
            let at = |(_, a): &(usize, &Place), (_, b): &(usize, &Place)| {
                (sign * value(a)).total_cmp(&(sign * value(b)))
            };
            stretch.iter().enumerate().max_by(at).map(|(at, _)| at)
        };
        let mut chosen = vec![Some(0), Some(stretch.len() - 1)];
        for sign in [1.0, -1.0] {
            chosen.push(extreme(|place| place.mean, sign));
        }
        chosen.push(extreme(|place| place.lower, -1.0));
        chosen.push(extreme(|place| place.upper, 1.0));
        let mut chosen: Vec<usize> = chosen.into_iter().flatten().collect();
        chosen.sort_unstable();
        chosen.dedup();
        kept.extend(chosen.into_iter().map(|at| from + at));
        from += stretch.len();
    }
    kept
}

impl Member {
    fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        let mut points: Vec<(f64, f64)> = x
            .into_iter()
            .zip(y)
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect();
        if !points.is_sorted_by(|a, b| a.0 <= b.0) {
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        // Of points at one place the last counts.
        points.reverse();
        points.dedup_by(|a, b| a.0 == b.0);
        points.reverse();
        let (x, y) = points.into_iter().unzip();
        Self { x, y }
    }

    /// The value at `x`; `cursor` is the number of points before it, moved along as x grows.
    fn at(&self, x: f64, cursor: &mut usize) -> Option<f64> {
        while self.x.get(*cursor).is_some_and(|before| *before < x) {
            *cursor += 1;
        }
        let (next_x, next_y) = (*self.x.get(*cursor)?, *self.y.get(*cursor)?);
        if next_x == x {
            return Some(next_y);
        }
        let before = cursor.checked_sub(1)?;
        let (last_x, last_y) = (*self.x.get(before)?, *self.y.get(before)?);
        Some(last_y + (next_y - last_y) * ((x - last_x) / (next_x - last_x)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(points: &[(f64, f64)]) -> Member {
        let (x, y) = points.iter().copied().unzip();
        Member::new(x, y)
    }

    fn group(members: &[&[(f64, f64)]], request: &GroupRequest) -> GroupAnswer {
        let members: Vec<Member> = members.iter().map(|points| member(points)).collect();
        of_members(&members, request, false)
    }

    fn close(got: &[f64], expected: &[f64]) {
        assert_eq!(got.len(), expected.len(), "{got:?} {expected:?}");
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "{got} {expected}");
        }
    }

    #[test]
    fn mean_over_the_union_of_places() {
        // Worked out by hand: the second run is interpolated at 1 and 3, the third ends at 2.
        let answer = group(
            &[
                &[(0.0, 0.0), (1.0, 2.0), (2.0, 4.0), (3.0, 6.0)],
                &[(0.0, 4.0), (2.0, 8.0), (4.0, 0.0)],
                &[(2.0, 0.0)],
            ],
            &GroupRequest::default(),
        );
        assert_eq!(answer.runs, 3);
        assert_eq!(answer.places_total, 5);
        assert_eq!((answer.x_first, answer.x_last), (Some(0.0), Some(4.0)));
        assert_eq!(answer.x, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(answer.count, [2.0, 2.0, 3.0, 2.0, 1.0]);
        close(&answer.mean, &[2.0, 4.0, 4.0, 5.0, 0.0]);
        // Deviations: sqrt(8), sqrt(8), 4, sqrt(2); a single run has none.
        let s = 8_f64.sqrt();
        close(
            &answer.lower,
            &[2.0 - s, 4.0 - s, 0.0, 5.0 - 2_f64.sqrt(), 0.0],
        );
        close(
            &answer.upper,
            &[2.0 + s, 4.0 + s, 8.0, 5.0 + 2_f64.sqrt(), 0.0],
        );
    }

    #[test]
    fn bands() {
        let runs: [&[(f64, f64)]; 4] = [&[(0.0, 1.0)], &[(0.0, 2.0)], &[(0.0, 3.0)], &[(0.0, 6.0)]];
        let band = |band| {
            let answer = group(
                &runs,
                &GroupRequest {
                    band,
                    ..GroupRequest::default()
                },
            );
            assert_eq!(answer.mean, [3.0]);
            (answer.lower[0], answer.upper[0])
        };
        assert_eq!(band(Band::MinMax), (1.0, 6.0));
        // scipy: stats.t.interval(0.95, 3, loc=3, scale=stats.sem([1, 2, 3, 6]))
        let (lower, upper) = band(Band::Confidence);
        close(
            &[lower, upper],
            &[-0.437_434_881_858_308_7, 6.437_434_881_858_309],
        );
        let (lower, upper) = band(Band::Std);
        let s = (14.0_f64 / 3.0).sqrt();
        close(&[lower, upper], &[3.0 - s, 3.0 + s]);
    }

    #[test]
    fn quantiles_of_t() {
        // scipy.stats.t.ppf(0.975, [1, 30, 31, 100, 1000])
        for (degrees, expected) in [
            (1, 12.706_204_736_174_698),
            (30, 2.042_272_456_301_236),
            (31, 2.039_513_446_396_408),
            (100, 1.983_971_518_523_551_8),
            (1_000, 1.962_339_080_826_408_3),
        ] {
            let got = student_t_975(degrees);
            assert!((got - expected).abs() < 2e-6, "{degrees}: {got}");
        }
    }

    #[test]
    fn what_is_not_finite_is_bridged() {
        let answer = group(
            &[&[
                (0.0, 1.0),
                (1.0, f64::NAN),
                (2.0, 3.0),
                (f64::NAN, 9.0),
                (3.0, f64::INFINITY),
            ]],
            &GroupRequest::default(),
        );
        assert_eq!((answer.x, answer.mean), (vec![0.0, 2.0], vec![1.0, 3.0]));
        let none = group(&[&[], &[(0.0, f64::NAN)]], &GroupRequest::default());
        assert_eq!((none.runs, none.x.len(), none.x_first), (0, 0, None));
        assert_eq!(of_members(&[], &GroupRequest::default(), false).runs, 0);
    }

    #[test]
    fn places_out_of_order_and_repeated() {
        let answer = group(
            &[&[(2.0, 5.0), (1.0, 1.0), (1.0, 2.0)]],
            &GroupRequest::default(),
        );
        assert_eq!((answer.x, answer.mean), (vec![1.0, 2.0], vec![2.0, 5.0]));
    }

    #[test]
    fn a_range_keeps_its_neighbours() {
        let points: Vec<(f64, f64)> = (0..10).map(|x| (f64::from(x), 0.0)).collect();
        let ask = |x_min, x_max| {
            let request = GroupRequest {
                x_min,
                x_max,
                ..GroupRequest::default()
            };
            group(&[&points], &request).x
        };
        assert_eq!(ask(Some(2.5), Some(4.0)), [2.0, 3.0, 4.0, 5.0]);
        assert_eq!(ask(Some(9.5), None), [9.0]);
        assert_eq!(ask(None, Some(-1.0)), [0.0]);
    }

    #[test]
    fn pixels_keep_extremes() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|x| (f64::from(x), 0.0)).collect();
        points[5_003].1 = 7.0;
        points[5_004].1 = -7.0;
        let answer = group(
            &[&points, &[(0.0, 0.0), (9_999.0, 0.0)]],
            &GroupRequest {
                pixels: 100,
                band: Band::MinMax,
                ..GroupRequest::default()
            },
        );
        assert!(answer.reduced);
        assert!(answer.x.len() <= 600, "{}", answer.x.len());
        assert_eq!(answer.places_total, 10_000);
        assert!(answer.x.is_sorted());
        assert_eq!((answer.x[0], answer.x.last()), (0.0, Some(&9_999.0)));
        for value in [3.5, -3.5] {
            assert!(answer.mean.contains(&value), "{value}");
        }
        assert!(answer.upper.contains(&7.0) && answer.lower.contains(&-7.0));
    }

    #[test]
    fn thinning_keeps_both_ends() {
        let places: Vec<f64> = (0..10).map(f64::from).collect();
        assert_eq!(thin(&places, 4), [0.0, 3.0, 6.0, 9.0]);
        assert_eq!(thin(&places, 3), [0.0, 4.0, 8.0, 9.0]);
        assert_eq!(thin(&places, 100), places);
        assert_eq!(thin(&[], 4), Vec::<f64>::new());
    }
}

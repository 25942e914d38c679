//! How points push each other away: a sum over all pairs, with far points taken together.
//!
//! Points are sorted along a Z-order curve, which makes every cell of a quadtree (octree) a range of them. Groups of
//! neighbours on the curve walk through the tree together: a cell acts as one point when it is small against its distance
//! from the group's box, which is at least as strict as asking for each point.

use rayon::prelude::*;

/// Points that walk through the tree together, and lanes of arithmetic.
const GROUP: usize = 8;
/// Points of a cell that is not divided further.
const LEAF: usize = 8;

/// A cell of the tree. Cells lie in the order in which they are walked through: the first child behind its parent.
struct Cell<const D: usize> {
    center: [f32; D],
    /// How many points are in it.
    weight: f32,
    /// The longest side of the box around its points, squared.
    width_square: f32,
    /// The cell behind it and all in it.
    behind: u32,
    /// Its points, if it is a leaf.
    points: Option<(u32, u32)>,
}

/// The forces of a layout, and what is kept from one iteration to the next.
pub(super) struct Repulsion<const D: usize> {
    theta_square: f32,
    /// Place on the curve and number of each point, in order.
    order: Vec<(u64, u32)>,
    sorted: Vec<[f32; D]>,
    cells: Vec<Cell<D>>,
    /// In the order of the curve, and each group's share of the normalising sum.
    sorted_forces: Vec<[f32; D]>,
    sums: Vec<f64>,
    forces: Vec<[f32; D]>,
}

impl<const D: usize> Repulsion<D> {
    /// Levels of the tree: bits of each coordinate.
    const LEVELS: u32 = 63 / D as u32;

    pub(super) fn new(count: usize, theta: f32) -> Self {
        Self {
            theta_square: theta * theta,
            order: (0..count as u32).map(|point| (0, point)).collect(),
            sorted: vec![[0.0; D]; count],
            cells: Vec::new(),
            sorted_forces: vec![[0.0; D]; count],
            sums: vec![0.0; count.div_ceil(GROUP)],
            forces: vec![[0.0; D]; count],
        }
    }

    /// `Σ q² (yᵢ − yⱼ)` of each point, of the layout last computed.
    pub(super) fn forces(&self) -> &[[f32; D]] {
        &self.forces
    }

    /// Computes the forces of a layout, and gives `Z`: the sum of `q = 1 / (1 + |yᵢ − yⱼ|²)` over all ordered pairs.
    pub(super) fn compute(&mut self, layout: &[[f32; D]]) -> f64 {
        self.sort(layout);
        self.cells.clear();
        self.build(0, self.order.len(), Self::LEVELS);

        let (cells, sorted, theta_square) = (&self.cells, &self.sorted, self.theta_square);
        self.sorted_forces
            .par_chunks_mut(GROUP)
            .zip(self.sums.par_iter_mut())
            .enumerate()
            .for_each_init(Vec::new, |acting, (group, (forces, sum))| {
                let first = group * GROUP;
                let points = &sorted[first..first + forces.len()];
                gather(cells, sorted, points, theta_square, acting);
                *sum = push(points, acting, forces);
            });
        for ((_, point), force) in self.order.iter().zip(&self.sorted_forces) {
            self.forces[*point as usize] = *force;
        }
        // Each point has acted on itself with 1.
        self.sums.iter().sum::<f64>() - layout.len() as f64
    }

    /// Sorts the points along the curve.
    fn sort(&mut self, layout: &[[f32; D]]) {
        let mut low = [f32::INFINITY; D];
        let mut high = [f32::NEG_INFINITY; D];
        for point in layout {
            for axis in 0..D {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let side = (0..D)
            .map(|axis| high[axis] - low[axis])
            .fold(0.0, f32::max);
        let most = ((1_u64 << Self::LEVELS) - 1) as f64;
        let scale = if side > 0.0 {
            most / f64::from(side)
        } else {
            0.0
        };
        // Points hardly change their order from one iteration to the next.
        self.order.par_iter_mut().for_each(|(place, point)| {
            let position = layout[*point as usize];
            *place = (0..D)
                .map(|axis| {
                    let cell = (f64::from(position[axis] - low[axis]) * scale) as u64;
                    spread::<D>(cell) << axis
                })
                .fold(0, |place, bits| place | bits);
        });
        self.order.par_sort_unstable();
        for (to, (_, point)) in self.sorted.iter_mut().zip(&self.order) {
            *to = layout[*point as usize];
        }
    }

    /// Adds the cell of the points `from..to`, which differ in no bit above `level`, and all in it.
    fn build(&mut self, from: usize, to: usize, level: u32) {
        let number = self.cells.len();
        let points = &self.sorted[from..to];
        let mut sums = [0.0_f64; D];
        let mut low = [f32::INFINITY; D];
        let mut high = [f32::NEG_INFINITY; D];
        for point in points {
            for axis in 0..D {
                sums[axis] += f64::from(point[axis]);
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let width = (0..D)
            .map(|axis| high[axis] - low[axis])
            .fold(0.0, f32::max);
        let is_leaf = to - from <= LEAF || level == 0;
        self.cells.push(Cell {
            center: sums.map(|sum| (sum / points.len() as f64) as f32),
            weight: points.len() as f32,
            width_square: width * width,
            behind: 0,
            points: is_leaf.then_some((from as u32, to as u32)),
        });
        if !is_leaf {
            let shift = (level - 1) * D as u32;
            let mut begin = from;
            while begin < to {
                let part = self.order[begin].0 >> shift;
                let end = begin
                    + self.order[begin..to].partition_point(|(place, _)| place >> shift == part);
                self.build(begin, end, level - 1);
                begin = end;
            }
        }
        self.cells[number].behind = self.cells.len() as u32;
    }
}

/// Puts `D − 1` zeros between the bits of a number.
fn spread<const D: usize>(bits: u64) -> u64 {
    let steps: &[(u32, u64)] = if D == 2 {
        &[
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555),
        ]
    } else {
        &[
            (32, 0x001f_0000_0000_ffff),
            (16, 0x001f_0000_ff00_00ff),
            (8, 0x100f_00f0_0f00_f00f),
            (4, 0x10c3_0c30_c30c_30c3),
            (2, 0x1249_2492_4924_9249),
        ]
    };
    steps
        .iter()
        .fold(bits, |bits, (shift, mask)| (bits | bits << shift) & mask)
}

/// What acts on a group: cells that are far enough, and points of the others.
fn gather<const D: usize>(
    cells: &[Cell<D>],
    sorted: &[[f32; D]],
    group: &[[f32; D]],
    theta_square: f32,
    acting: &mut Vec<([f32; D], f32)>,
) {
    acting.clear();
    let mut low = [f32::INFINITY; D];
    let mut high = [f32::NEG_INFINITY; D];
    for point in group {
        for axis in 0..D {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
        }
    }
    let mut at = 0;
    while let Some(cell) = cells.get(at) {
        let mut distance_square = 0.0;
        for axis in 0..D {
            let center = cell.center[axis];
            let outside = (low[axis] - center).max(center - high[axis]).max(0.0);
            distance_square += outside * outside;
        }
        if cell.width_square < theta_square * distance_square {
            acting.push((cell.center, cell.weight));
        } else if let Some((from, to)) = cell.points {
            let points = &sorted[from as usize..to as usize];
            acting.extend(points.iter().map(|point| (*point, 1.0)));
        } else {
            at += 1;
            continue;
        }
        at = cell.behind as usize;
    }
}

/// The forces on a group's points, and their share of the normalising sum.
fn push<const D: usize>(
    group: &[[f32; D]],
    acting: &[([f32; D], f32)],
    forces: &mut [[f32; D]],
) -> f64 {
    let mut own = [[0.0_f32; GROUP]; D];
    for (lane, point) in group.iter().enumerate() {
        for axis in 0..D {
            own[axis][lane] = point[axis];
        }
    }
    let mut sums = [0.0_f32; GROUP];
    let mut pushes = [[0.0_f32; GROUP]; D];
    for (center, weight) in acting {
        let mut square = [0.0_f32; GROUP];
        let mut differences = [[0.0_f32; GROUP]; D];
        for axis in 0..D {
            for lane in 0..GROUP {
                let difference = own[axis][lane] - center[axis];
                differences[axis][lane] = difference;
                square[lane] += difference * difference;
            }
        }
        let mut strength = [0.0_f32; GROUP];
        for lane in 0..GROUP {
            let near = 1.0 / (1.0 + square[lane]);
            let weighted = weight * near;
            sums[lane] += weighted;
            strength[lane] = weighted * near;
        }
        for axis in 0..D {
            for lane in 0..GROUP {
                pushes[axis][lane] += strength[lane] * differences[axis][lane];
            }
        }
    }
    for (lane, force) in forces.iter_mut().enumerate() {
        for axis in 0..D {
            force[axis] = pushes[axis][lane];
        }
    }
    let sums = sums.iter().take(group.len());
    sums.map(|sum| f64::from(*sum)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout<const D: usize>(count: usize, seed: u64) -> Vec<[f32; D]> {
        let mut random = fastrand::Rng::with_seed(seed);
        let point = |random: &mut fastrand::Rng| {
            // Two clouds of different density.
            let scale = if random.bool() { 30.0 } else { 1.0 };
            std::array::from_fn(|_| (random.f32() - 0.5) * scale)
        };
        (0..count).map(|_| point(&mut random)).collect()
    }

    fn exact<const D: usize>(layout: &[[f32; D]]) -> (Vec<[f64; D]>, f64) {
        let mut z = 0.0;
        let forces = layout.iter().map(|a| {
            let mut force = [0.0; D];
            for b in layout.iter().filter(|b| !std::ptr::eq(a, *b)) {
                let difference: [f64; D] =
                    std::array::from_fn(|axis| f64::from(a[axis]) - f64::from(b[axis]));
                let near = 1.0 / (1.0 + difference.iter().map(|d| d * d).sum::<f64>());
                z += near;
                for axis in 0..D {
                    force[axis] += near * near * difference[axis];
                }
            }
            force
        });
        (forces.collect(), z)
    }

    /// Share of the forces, and of their normalising sum, that is wrong.
    fn wrong<const D: usize>(count: usize, theta: f32) -> (f64, f64) {
        let layout = layout::<D>(count, 3);
        let mut repulsion = Repulsion::<D>::new(count, theta);
        let z = repulsion.compute(&layout);
        let (expected, expected_z) = exact(&layout);
        let length = |force: &[f64; D]| force.iter().map(|value| value * value).sum::<f64>();
        let (mut off, mut all) = (0.0, 0.0);
        for (got, expected) in repulsion.forces().iter().zip(&expected) {
            let difference: [f64; D] =
                std::array::from_fn(|axis| f64::from(got[axis]) - expected[axis]);
            off += length(&difference);
            all += length(expected);
        }
        ((off / all).sqrt(), (z / expected_z - 1.0).abs())
    }

    #[test]
    fn exact_without_approximation() {
        for count in [1, 2, 7, 8, 9, 300] {
            let (forces, z) = wrong::<2>(count, 0.0);
            if count > 1 {
                assert!(forces < 1e-5 && z < 1e-5, "{count}: {forces}, {z}");
            }
        }
        let (forces, z) = wrong::<3>(200, 0.0);
        assert!(forces < 1e-5 && z < 1e-5, "{forces}, {z}");
    }

    #[test]
    fn near_the_truth_with_cells() {
        let (forces, z) = wrong::<2>(2_000, 0.5);
        assert!(forces < 0.02 && z < 3e-3, "{forces}, {z}");
        let (forces, z) = wrong::<3>(2_000, 0.5);
        assert!(forces < 0.02 && z < 3e-3, "{forces}, {z}");
    }

    #[test]
    fn equal_points_are_one_cell() {
        let mut repulsion = Repulsion::<2>::new(50, 0.5);
        let z = repulsion.compute(&[[1.0, 2.0]; 50]);
        assert!((z - 50.0 * 49.0).abs() < 1e-6, "{z}");
        assert_eq!(repulsion.forces(), [[0.0; 2]; 50]);
    }

    #[test]
    fn bits_are_spread() {
        assert_eq!(spread::<2>(0b1011), 0b100_0101);
        assert_eq!(spread::<3>(0b1011), 0b10_0000_1001);
        assert_eq!(spread::<2>((1 << 31) - 1).count_ones(), 31);
        assert_eq!(spread::<3>((1 << 21) - 1).count_ones(), 21);
    }
}

use proptest::prelude::*;

use super::{Block, Finish, Window, convolve};

/// By the definition, in double precision.
pub(in crate::engine::ops) fn defined(
    images: Block<'_>,
    weight: Block<'_>,
    finish: &Finish<'_>,
    window: &Window,
    [height, width]: [usize; 2],
) -> Vec<f32> {
    let [count, channels, rows, columns] = images.shape;
    let [filters, depth, kernel_height, kernel_width] = weight.shape;
    let mut result = Vec::new();
    for image in 0..count {
        for filter in 0..filters {
            let group = filter / (filters / window.groups);
            for y in 0..height {
                for x in 0..width {
                    let mut sum = 0.0;
                    for d in 0..depth {
                        for ky in 0..kernel_height {
                            for kx in 0..kernel_width {
                                let row = y * window.stride[0] + ky * window.dilation[0];
                                let column = x * window.stride[1] + kx * window.dilation[1];
                                let (Some(row), Some(column)) = (
                                    row.checked_sub(window.padding[0]).filter(|row| *row < rows),
                                    column
                                        .checked_sub(window.padding[1])
                                        .filter(|column| *column < columns),
                                ) else {
                                    continue;
                                };
                                let channel = image * channels + group * depth + d;
                                let pixel =
                                    images.values[(channel * rows + row) * columns + column];
                                let at = ((filter * depth + d) * kernel_height + ky) * kernel_width;
                                sum += f64::from(pixel) * f64::from(weight.values[at + kx]);
                            }
                        }
                    }
                    let scale = finish.scale.map_or(1.0, |scale| f64::from(scale[filter]));
                    let shift = finish.shift.map_or(0.0, |shift| f64::from(shift[filter]));
                    let value = sum * scale + shift;
                    result.push(if finish.relu { value.max(0.0) } else { value } as f32);
                }
            }
        }
    }
    result
}

fn pair(sizes: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = [usize; 2]> {
    [sizes.clone(), sizes]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn is_what_the_definition_says(
        count in 1..=5_usize,
        groups in 1..=3_usize,
        depth in 1..=4_usize,
        filters in 1..=3_usize,
        kernel in pair(1..=4),
        size in pair(1..=40),
        stride in pair(1..=3),
        padding in pair(0..=4),
        dilation in pair(1..=3),
        finishes in [any::<bool>(), any::<bool>(), any::<bool>()],
        seed in any::<u64>(),
    ) {
        let covered = |at: usize| dilation[at] * (kernel[at] - 1) + 1;
        prop_assume!((0..2).all(|at| size[at] + 2 * padding[at] >= covered(at)));
        let mut random = fastrand::Rng::with_seed(seed);
        let mut numbers = |len: usize| -> Vec<f32> { (0..len).map(|_| random.f32() - 0.5).collect() };
        let images = [count, groups * depth, size[0], size[1]];
        let weight = [groups * filters, depth, kernel[0], kernel[1]];
        let values = (numbers(images.iter().product()), numbers(weight.iter().product()));
        let (scale, shift) = (numbers(weight[0]), numbers(weight[0]));
        let finish = Finish {
            scale: finishes[0].then_some(scale.as_slice()),
            shift: finishes[1].then_some(shift.as_slice()),
            relu: finishes[2],
        };
        let window = Window { stride, padding, dilation, groups };
        let images = Block { values: &values.0, shape: images };
        let weight = Block { values: &values.1, shape: weight };
        let (got, shape) = convolve(images, weight, &finish, &window);
        let sides = [0, 1].map(|at| (size[at] + 2 * padding[at] - covered(at)) / stride[at] + 1);
        prop_assert_eq!(shape, [count, groups * filters, sides[0], sides[1]]);
        let expected = defined(images, weight, &finish, &window, sides);
        for (got, expected) in got.iter().zip(&expected) {
            prop_assert!((got - expected).abs() < 1e-5, "{} and {}", got, expected);
        }
        prop_assert_eq!(got.len(), expected.len());
    }
}

#[test]
fn what_is_no_number_stays_so() {
    let (image, weight) = ([f32::NAN, 1.0, -1.0], [1.0]);
    let window = Window {
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
        groups: 1,
    };
    let finish = Finish {
        relu: true,
        ..Finish::default()
    };
    let block = |values, shape| Block { values, shape };
    let (got, _) = convolve(
        block(&image, [1, 1, 1, 3]),
        block(&weight, [1, 1, 1, 1]),
        &finish,
        &window,
    );
    assert!(got[0].is_nan());
    assert_eq!(got[1..], [1.0, 0.0]);
}

use proptest::prelude::*;

use super::{Block, Finish, Window, in_parts, suits};
use crate::engine::ops::im2col::tests::defined;

const PLAIN: Window = Window {
    stride: [1, 1],
    padding: [1, 1],
    dilation: [1, 1],
    groups: 1,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn is_what_the_definition_says(
        count in 1..=4_usize,
        channels in 1..=5_usize,
        filters in 1..=5_usize,
        size in [1..=17_usize, 1..=17],
        padding in [0..=3_usize, 0..=3],
        finishes in [any::<bool>(), any::<bool>(), any::<bool>()],
        held in 0..=4_000_usize,
        seed in any::<u64>(),
    ) {
        prop_assume!((0..2).all(|at| size[at] + 2 * padding[at] >= 3));
        let mut random = fastrand::Rng::with_seed(seed);
        let mut numbers = |len: usize| -> Vec<f32> { (0..len).map(|_| random.f32() - 0.5).collect() };
        let images = [count, channels, size[0], size[1]];
        let weight = [filters, channels, 3, 3];
        let values = (numbers(images.iter().product()), numbers(weight.iter().product()));
        let (scale, shift) = (numbers(filters), numbers(filters));
        let finish = Finish {
            scale: finishes[0].then_some(scale.as_slice()),
            shift: finishes[1].then_some(shift.as_slice()),
            relu: finishes[2],
        };
        let window = Window { padding, ..PLAIN };
        let images = Block { values: &values.0, shape: images };
        let weight = Block { values: &values.1, shape: weight };
        let (got, shape) = in_parts(images, weight, &finish, &window, held);
        let sides = [0, 1].map(|at| size[at] + 2 * padding[at] - 2);
        prop_assert_eq!(shape, [count, filters, sides[0], sides[1]]);
        let expected = defined(images, weight, &finish, &window, sides);
        for (got, expected) in got.iter().zip(&expected) {
            prop_assert!((got - expected).abs() < 1e-5, "{} and {}", got, expected);
        }
        prop_assert_eq!(got.len(), expected.len());
    }
}

#[test]
fn only_plain_kernels_over_many_positions_suit() {
    let (images, weight) = ([8, 64, 16, 16], [64, 64, 3, 3]);
    assert!(suits(images, weight, &PLAIN));
    assert!(!suits([1, 64, 16, 16], weight, &PLAIN), "64 tiles");
    assert!(!suits([8, 8, 16, 16], [64, 8, 3, 3], &PLAIN), "8 channels");
    assert!(!suits(images, [64, 64, 3, 5], &PLAIN));
    for other in [
        Window {
            stride: [1, 2],
            ..PLAIN
        },
        Window {
            dilation: [2, 1],
            ..PLAIN
        },
        Window { groups: 2, ..PLAIN },
    ] {
        assert!(!suits(images, weight, &other), "{other:?}");
    }
}

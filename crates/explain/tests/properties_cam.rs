//! What holds for all maps, masks, weights and targets.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_explain::ExplainError;
use glassboard_explain::cam::{
    AUGMENTATIONS, Combine, FullGrad, Layer, MapOptions, Method, Needs, ablation_channels,
    ablation_weights, batch_norm_bias, combine, layer_map, mean_of_augmented, resize, score_masks,
    score_weights,
};
use glassboard_explain::target::Target;
use ndarray::{Array1, Array2, Array3, Array4, ArrayD, Axis, IxDyn, array};
use proptest::prelude::*;

/// The methods of one layer that need no runs of a network.
fn formulas() -> impl Iterator<Item = Method> {
    let of_one_layer =
        |method: &Method| !method.needs().forward_passes && !method.needs().input_gradients;
    Method::ALL.iter().copied().filter(of_one_layer)
}

fn layer<'a>(activations: &'a ArrayD<f32>, gradients: &'a ArrayD<f32>) -> Layer<'a> {
    Layer {
        gradients: Some(gradients.view()),
        hessian_products: Some(gradients.view()),
        ..Layer::new(activations.view())
    }
}

fn layers() -> impl Strategy<Value = (ArrayD<f32>, ArrayD<f32>)> {
    (
        1..3_usize,
        1..5_usize,
        1..6_usize,
        1..6_usize,
        any::<bool>(),
    )
        .prop_flat_map(|(n, c, h, w, volume)| {
            let shape = if volume {
                vec![n, c, 2, h, w]
            } else {
                vec![n, c, h, w]
            };
            let values = || {
                let shape = shape.clone();
                proptest::collection::vec(-4.0..4.0_f32, shape.iter().product::<usize>())
                    .prop_map(move |values| ArrayD::from_shape_vec(IxDyn(&shape), values).unwrap())
            };
            (values(), values())
        })
}

proptest! {
    #[test]
    fn maps_are_between_0_and_1((activations, gradients) in layers(), eigen_smooth: bool) {
        let size: Vec<usize> = activations.shape().iter().skip(2).map(|length| length * 3).collect();
        for method in formulas() {
            let options = MapOptions { eigen_smooth, ..MapOptions::default() };
            let map = layer_map(method, &layer(&activations, &gradients), &options).unwrap();
            let map = combine(&[map], &size, Combine::Mean).unwrap();
            prop_assert_eq!(map.shape()[0], activations.shape()[0]);
            prop_assert_eq!(&map.shape()[1..], &size[..]);
            prop_assert!(map.iter().all(|value| (0.0..=1.0).contains(value)), "{}", method);
        }
    }

    /// Twice the score has the same map.
    #[test]
    fn maps_ignore_the_scale_of_the_score((activations, gradients) in layers()) {
        let twice = &gradients * 2.0;
        let linear = [Method::GradCam, Method::XGradCam, Method::LayerCam, Method::HiResCam, Method::ShapleyCam];
        for method in linear {
            let [one, two] = [&gradients, &twice].map(|gradients| {
                layer_map(method, &layer(&activations, gradients), &MapOptions::default()).unwrap()
            });
            for (one, two) in one.iter().zip(&two) {
                prop_assert!((one * 2.0 - two).abs() <= 1e-4 * two.abs().max(1.0), "{}", method);
            }
        }
    }

    #[test]
    fn masks_are_between_0_and_1(values in proptest::collection::vec(-1e3..1e3_f32, 24)) {
        let channels = Array3::from_shape_vec((2, 3, 4), values).unwrap();
        let masks = score_masks(channels.view(), (9, 7));
        prop_assert_eq!(masks.dim(), (2, 9, 7));
        prop_assert!(masks.iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn gradients_of_targets_are_their_differences(logits in proptest::collection::vec(-3.0..3.0_f32, 5)) {
        let logits = Array1::from(logits).into_dyn();
        let finer = Target::finer(logits.view(), None, &[1, 2], 0.7).unwrap();
        for target in [Target::Class(2), Target::Softmax(1), Target::ReSt(4), Target::Binary(false), Target::Raw, finer] {
            let gradient = target.gradient(logits.view()).unwrap();
            for i in 0..5 {
                let moved = |by: f32| {
                    let mut logits = logits.clone();
                    logits[i] += by;
                    target.score(logits.view()).unwrap()
                };
                let slope = (moved(0.01) - moved(-0.01)) / 0.02;
                prop_assert!((slope - gradient[i]).abs() < 2e-3, "{:?} {} {}", target, slope, gradient[i]);
            }
        }
    }
}

#[test]
fn a_silent_layer_gives_a_blank_map() {
    let zeros = ArrayD::zeros(IxDyn(&[1, 3, 4, 4]));
    for method in formulas() {
        for eigen_smooth in [false, true] {
            let options = MapOptions {
                eigen_smooth,
                ..MapOptions::default()
            };
            let map = layer_map(method, &layer(&zeros, &zeros), &options).unwrap();
            let map = combine(&[map], &[8, 8], Combine::Mean).unwrap();
            assert!(map.iter().all(|&value| value == 0.0), "{method}");
        }
    }
}

#[test]
fn names_are_read_in_any_spelling() {
    for &method in Method::ALL {
        assert_eq!(method.name().parse::<Method>().unwrap(), method);
    }
    for (text, method) in [
        ("GradCAMPlusPlus", Method::GradCamPlusPlus),
        ("gradcam++", Method::GradCamPlusPlus),
        ("KPCA_CAM", Method::KpcaCam),
        ("HiResCAM", Method::HiResCam),
        ("fullgrad", Method::FullGrad),
    ] {
        assert_eq!(text.parse::<Method>().unwrap(), method);
    }
    let error = "grad-cma".parse::<Method>().unwrap_err().to_string();
    assert!(error.ends_with("did you mean \"grad-cam\"?"), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let activations = ArrayD::<f32>::ones(IxDyn(&[1, 3, 4, 4]));
    let alone = Layer::new(activations.view());
    let options = MapOptions::default();
    for &method in Method::ALL {
        let needed = method.needs();
        let result = layer_map(method, &alone, &options);
        if needed == Needs::default() {
            result.unwrap();
        } else {
            assert!(
                matches!(result, Err(ExplainError::Missing { .. })),
                "{method}"
            );
        }
    }
    let tokens = ArrayD::<f32>::ones(IxDyn(&[1, 16, 3]));
    assert!(matches!(
        layer_map(Method::EigenCam, &Layer::new(tokens.view()), &options),
        Err(ExplainError::NotSpatial { .. })
    ));
    let mut nan = activations.clone();
    nan[[0, 0, 0, 0]] = f32::NAN;
    assert!(matches!(
        layer_map(Method::EigenCam, &Layer::new(nan.view()), &options),
        Err(ExplainError::NotFinite { .. })
    ));
    let wide = ArrayD::<f32>::ones(IxDyn(&[1, 1, 65, 65]));
    assert!(matches!(
        layer_map(Method::KpcaCam, &Layer::new(wide.view()), &options),
        Err(ExplainError::TooManyPositions { .. })
    ));
}

#[test]
fn layers_are_combined() {
    let map = |values: [f32; 4]| {
        Array3::from_shape_vec((1, 2, 2), values.to_vec())
            .unwrap()
            .into_dyn()
    };
    let maps = [map([0.0, 1.0, 2.0, -7.0]), map([4.0, 0.0, 4.0, 0.0])];
    let close = |map: ArrayD<f32>, values: [f32; 4]| {
        assert!(
            map.iter().zip(values).all(|(a, b)| (a - b).abs() < 1e-6),
            "{map}"
        );
    };
    close(
        combine(&maps, &[2, 2], Combine::Mean).unwrap(),
        [0.5, 0.25, 1.0, 0.0],
    );
    close(
        combine(&maps, &[2, 2], Combine::Product).unwrap(),
        [0.0, 0.0, 1.0, 0.0],
    );
    assert!(combine(&[], &[2, 2], Combine::Mean).is_err());
    assert!(combine(&maps, &[2, 2, 2], Combine::Mean).is_err());
}

/// Constants by `cv2.resize` 5.0 and `scipy.ndimage.zoom` 1.17.
#[test]
fn maps_are_resized_as_by_the_reference() {
    let map = array![[[0.0_f32, 1.0, 4.0], [9.0, 16.0, 25.0]]].into_dyn();
    let larger = resize(map.view(), &[3, 5]).unwrap();
    let expected = [
        0.0, 0.4, 1.0, 2.8, 4.0, 4.5, 6.1, 8.5, 12.1, 14.5, 9.0, 11.8, 16.0, 21.4, 25.0,
    ];
    assert!(
        larger
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-5),
        "{larger}"
    );
    let volume = ArrayD::from_shape_fn(IxDyn(&[1, 2, 3, 4]), |i| {
        ((i[1] * 12 + i[2] * 4 + i[3]) as f32).powi(2)
    });
    let larger = resize(volume.view(), &[3, 4, 6]).unwrap();
    for (index, expected) in [
        ([0, 0, 1], 0.41760),
        ([1, 2, 3], 224.16444),
        ([2, 1, 4], 276.15335),
        ([1, 1, 0], 101.62963),
        ([0, 2, 2], 51.34293),
    ] {
        let value = larger[[0, index[0], index[1], index[2]]];
        assert!((value - expected).abs() < 1e-3, "{index:?}: {value}");
    }
}

#[test]
fn runs_without_a_channel_weigh_it() {
    let scores = array![2.0_f32, 0.0, -1.0];
    let ablated = array![[1.0_f32, 3.0], [1.0, -1.0], [-2.0, 0.0]];
    let weights = ablation_weights(scores.view(), ablated.view());
    assert_eq!(weights, array![[0.5, -0.5], [-1.0, 1.0], [-1.0, 1.0]]);

    let mut activations = Array3::<f32>::zeros((4, 3, 3));
    for channel in 0..4 {
        activations[[channel, 0, channel.min(2)]] = 1.0 + channel as f32;
    }
    assert_eq!(ablation_channels(activations.view(), 1.0), [0, 1, 2, 3]);
    assert_eq!(ablation_channels(activations.view(), 0.25).len(), 2);
    assert!(ablation_channels(activations.view(), 0.0).is_empty());
}

#[test]
fn scores_become_weights() {
    let weights = score_weights(array![[0.0_f32, 0.0], [1000.0, 1000.0 + 3.0_f32.ln()]].view());
    assert_eq!(weights.row(0), array![0.5, 0.5]);
    assert!((weights[[1, 1]] - 0.75).abs() < 1e-4);
    // A channel of equal values lets nothing through.
    let flat = score_masks(Array3::from_elem((1, 2, 2), 3.0).view(), (4, 4));
    assert!(flat.iter().all(|&value| value == 0.0));
}

#[test]
fn variants_are_turned_back() {
    let map = Array3::from_shape_fn((1, 2, 3), |(_, y, x)| (y * 3 + x) as f32).into_dyn();
    let maps = AUGMENTATIONS.map(|variant| {
        let mut variant = variant;
        variant.factor = 1.0;
        variant.apply(map.view())
    });
    assert_eq!(mean_of_augmented(&maps).unwrap(), map);
    assert!(mean_of_augmented(&maps[..5]).is_err());
}

#[test]
fn biases_count_in_full_grad() {
    let input = Array4::<f32>::ones((1, 1, 2, 2));
    let none = Array4::<f32>::zeros((1, 1, 2, 2));
    let mut map = FullGrad::new(input.view(), none.view(), false).unwrap();
    let mut gradients = Array4::<f32>::zeros((1, 2, 2, 2));
    gradients[[0, 0, 0, 1]] = -3.0;
    gradients[[0, 1, 1, 1]] = 5.0;
    map.add_layer(array![2.0_f32, 0.0].view(), gradients.view())
        .unwrap();
    assert!(
        map.add_layer(array![2.0_f32].view(), gradients.view())
            .is_err()
    );
    let map = map.finish().unwrap();
    assert!(
        map.iter()
            .zip([0.0, 1.0, 0.0, 0.0])
            .all(|(a, b): (&f32, f32)| (a - b).abs() < 1e-6)
    );

    let one = array![1.0_f32];
    let bias = batch_norm_bias(
        array![2.0].view(),
        array![3.0].view(),
        one.view(),
        one.view(),
        1.0,
    );
    assert_eq!(bias, array![0.0]);
}

#[test]
fn classes_out_of_range_are_named() {
    let logits = Array1::<f32>::zeros(3).into_dyn();
    for target in [Target::Class(3), Target::Softmax(3), Target::ReSt(3)] {
        let error = target.score(logits.view()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "class out of range: expected 0 to 2, got 3"
        );
    }
    let mask = Array2::<f32>::ones((2, 2));
    let pixels = ArrayD::<f32>::ones(IxDyn(&[3, 2, 2]));
    let inside = Target::Segmentation {
        class: 1,
        mask: mask.clone(),
    };
    assert_eq!(inside.score(pixels.view()).unwrap(), 4.0);
    assert_eq!(
        inside.gradient(pixels.view()).unwrap().sum_axis(Axis(0)),
        Array2::<f32>::ones((2, 2)).into_dyn()
    );
    let outside = Target::Segmentation { class: 3, mask };
    assert!(matches!(
        outside.score(pixels.view()),
        Err(ExplainError::ClassOutOfRange { .. })
    ));
}

//! Metrics, factors, saliency, ascent and pictures: what their definitions say of small cases.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_explain::factorization::factorize;
use glassboard_explain::metrics::{
    arcc, area_below, coherency, complexity, drop_in_confidence, impute_linear,
    increase_in_confidence, kept_below_otsu, kept_below_percentile, relevance_order, road_combined,
};
use glassboard_explain::pictures::{GridLook, feature_grid, heat, kernel_grid};
use glassboard_explain::saliency::{
    Saliency, as_picture, guided_grad_cam, integrated_gradients_points, occlusion_map,
    occlusion_windows, strongest_channel, with_noise,
};
use glassboard_explain::{ExplainError, ascent};
use glassboard_media::Colormap;
use ndarray::{Array1, Array2, Array3, Array4, ArrayD, IxDyn, array};
use proptest::prelude::*;

#[test]
fn confidence_falls_or_rises() {
    let (before, after) = (array![1.0_f32, 2.0, 3.0], array![0.5_f32, 2.0, 4.0]);
    assert_eq!(
        drop_in_confidence(before.view(), after.view()),
        array![0.5, 0.0, 0.0]
    );
    assert_eq!(
        increase_in_confidence(before.view(), after.view()),
        array![0.0, 0.0, 1.0]
    );
    assert_eq!(
        road_combined(before.view(), after.view()),
        array![0.25, 0.0, -0.5]
    );
}

#[test]
fn the_most_relevant_are_removed() {
    let map = array![[0.1_f32, 0.9], [0.4, 0.2]];
    assert_eq!(relevance_order(map.view()), [1, 2, 3, 0]);
    // numpy.percentile(map, 75) is 0.525.
    assert_eq!(
        kept_below_percentile(map.view(), 75.0).unwrap(),
        array![[1.0, 0.0], [1.0, 1.0]]
    );
    assert_eq!(
        kept_below_percentile(map.view(), 0.0).unwrap(),
        Array2::<f32>::zeros((2, 2))
    );
    assert_eq!(kept_below_otsu(map.view()), array![[1.0, 0.0], [1.0, 1.0]]);
    assert!(matches!(
        kept_below_percentile(map.view(), 101.0),
        Err(ExplainError::WrongOption { .. })
    ));
}

#[test]
fn areas_are_of_trapezoids() {
    assert_eq!(area_below(array![1.0_f32, 0.5, 0.0].view()), 0.5);
    assert_eq!(area_below(array![2.0_f32, 0.0, 0.0].view()), 0.5);
    assert_eq!(area_below(array![2.0_f32].view()), 2.0);
}

#[test]
fn removed_pixels_become_what_surrounds_them() {
    // A plane is its own mean.
    let plane = Array3::from_shape_fn((2, 6, 7), |(c, y, x)| {
        (1 + c) as f32 * (y as f32 * 2.0 + x as f32)
    });
    let mut kept = Array2::<f32>::ones((6, 7));
    for place in [[2, 2], [2, 3], [3, 3], [4, 5]] {
        kept[place] = 0.0;
    }
    let mut holed = plane.clone();
    for mut channel in holed.outer_iter_mut() {
        channel *= &kept;
    }
    let imputed = impute_linear(holed.view(), kept.view()).unwrap();
    assert!((&imputed - &plane).iter().all(|d| d.abs() < 1e-4));
    // At a corner three neighbours count, with 1/6, 1/6 and 1/12 of 5/12.
    let mut corner = Array3::<f32>::zeros((1, 2, 2));
    corner[[0, 0, 1]] = 5.0;
    corner[[0, 1, 1]] = 10.0;
    let kept = array![[0.0_f32, 1.0], [1.0, 1.0]];
    let imputed = impute_linear(corner.view(), kept.view()).unwrap();
    assert!((imputed[[0, 0, 0]] - 4.0).abs() < 1e-5);
    assert!(impute_linear(corner.view(), Array2::ones((3, 2)).view()).is_err());
    let none = impute_linear(corner.view(), Array2::zeros((2, 2)).view()).unwrap();
    assert!(none.iter().all(|&value| value == 0.0));
}

#[test]
fn maps_are_complex_and_coherent() {
    let maps = array![[[0.0_f32, 1.0], [0.0, 1.0]], [[0.25, 0.25], [0.25, 0.25]]].into_dyn();
    assert_eq!(complexity(maps.view()), array![0.5, 0.25]);
    assert_eq!(
        coherency(maps.view(), maps.view()).unwrap(),
        array![1.0, 0.5]
    );
    let turned = maps.mapv(|value| 1.0 - value);
    assert_eq!(coherency(maps.view(), turned.view()).unwrap()[0], 0.0);
    let one = array![1.0_f32];
    let mean = arcc(one.view(), array![0.0].view(), array![0.5].view());
    assert!((mean[0] - 1.0).abs() < 1e-6);
}

#[test]
fn concepts_are_found_again() {
    // Two concepts in three channels at four places; the second channel is 1 at least.
    let channels = array![[1.0_f32, 0.0], [0.0, 2.0], [1.0, 1.0]];
    let places = array![[1.0_f32, 0.0, 3.0, 0.0], [0.0, 2.0, 0.0, 0.0]];
    let mut x = channels.dot(&places);
    x.row_mut(1).mapv_inplace(|value| value + 1.0);
    let activations = x
        .into_shape_with_order((3, 1, 2, 2))
        .unwrap()
        .permuted_axes([1, 0, 2, 3]);
    let guess = |rows, columns| {
        Array2::from_shape_fn((rows, columns), |(i, j)| 1.0 + ((i * 3 + j * 5) % 7) as f64)
    };
    let factors = factorize(activations.view(), guess(3, 2).view(), guess(2, 4).view()).unwrap();
    assert_eq!(factors.maps.dim(), (1, 2, 2, 2));
    assert!(factors.maps.iter().all(|&value| value >= 0.0));
    let offset = array![0.0_f32, 1.0, 0.0];
    let maps = factors.maps.into_shape_with_order((2, 4)).unwrap();
    let concepts = &factors.concepts - &offset.view().insert_axis(ndarray::Axis(1));
    let again = concepts.dot(&maps) + offset.insert_axis(ndarray::Axis(1));
    let again = again
        .into_shape_with_order((3, 1, 2, 2))
        .unwrap()
        .permuted_axes([1, 0, 2, 3]);
    assert!(
        (&again - &activations).iter().all(|d| d.abs() < 0.05),
        "{again}"
    );
    assert!(factorize(activations.view(), guess(3, 2).view(), guess(2, 5).view()).is_err());
}

proptest! {
    /// Gauss's rule with n points is exact for polynomials of degree 2n - 1.
    #[test]
    fn points_integrate_polynomials(steps in 1..40_usize) {
        let points = integrated_gradients_points(steps);
        for degree in [0, 1, 2 * steps - 1] {
            let sum: f64 = points.iter().map(|(x, weight)| weight * x.powi(degree as i32)).sum();
            prop_assert!((sum - 1.0 / (degree as f64 + 1.0)).abs() < 1e-12, "{} {}", degree, sum);
        }
    }

    #[test]
    fn windows_cover_everything(size in (1..20_usize, 1..20_usize), window in 1..8_usize, stride in 1..8_usize) {
        let windows = occlusion_windows(size, (window, window), (stride, stride));
        if stride > window {
            prop_assert!(windows.is_err());
        } else {
            let windows = windows.unwrap();
            let scores = vec![1.0; windows.len()];
            let map = occlusion_map(size, &windows, 3.0, &scores).unwrap();
            prop_assert!(map.iter().all(|&drop| drop == 2.0));
        }
    }

    #[test]
    fn rolling_is_undone(down in -9..9_isize, right in -9..9_isize) {
        let image = Array4::from_shape_fn((1, 2, 3, 5), |(_, c, y, x)| (c * 15 + y * 5 + x) as f32).into_dyn();
        let rolled = ascent::roll(image.view(), down, right);
        let (y, x) = (down.rem_euclid(3) as usize, right.rem_euclid(5) as usize);
        prop_assert_eq!(rolled[[0, 1, y, x]], image[[0, 1, 0, 0]]);
        prop_assert_eq!(ascent::roll(rolled.view(), -down, -right), image);
    }
}

#[test]
fn saliency_is_named() {
    for &way in Saliency::ALL {
        assert_eq!(way.name().parse::<Saliency>().unwrap(), way);
    }
    assert_eq!("Vanilla".parse::<Saliency>().unwrap(), Saliency::Gradient);
    assert!(
        "occlusoin"
            .parse::<Saliency>()
            .unwrap_err()
            .to_string()
            .contains("did you mean \"occlusion\"")
    );
}

#[test]
fn gradients_become_maps_and_pictures() {
    let gradients = array![[[1.0_f32, -2.0]], [[-3.0, 0.5]]];
    assert_eq!(strongest_channel(gradients.view()), array![[3.0, 2.0]]);
    let guided = guided_grad_cam(gradients.view(), array![[0.5_f32, 0.0]].view()).unwrap();
    assert_eq!(guided, array![[[0.5, 0.0]], [[-1.5, 0.0]]]);
    assert!(guided_grad_cam(gradients.view(), array![[0.5_f32]].view()).is_err());
    // Mean 0 and deviation 1.
    let picture = as_picture(array![1.0_f32, -1.0].into_dyn().view());
    assert!((picture[0] - 0.6).abs() < 1e-5 && (picture[1] - 0.4).abs() < 1e-5);
}

#[test]
fn noise_has_its_deviation() {
    let input = ArrayD::from_shape_fn(IxDyn(&[40_000]), |i| (i[0] % 2) as f32);
    let mut random = fastrand::Rng::with_seed(7);
    let noise = with_noise(input.view(), 0.2, &mut random) - &input;
    let deviation = (noise.iter().map(|d| d * d).sum::<f32>() / 40_000.0).sqrt();
    assert!((deviation - 0.2).abs() < 0.003, "{deviation}");
    assert!(noise.mean().unwrap().abs() < 0.004);
}

#[test]
fn ascent_goes_up() {
    let mut image = array![1.0_f32, 2.0].into_dyn();
    ascent::step(
        &mut image.view_mut(),
        array![3.0_f32, -3.0].into_dyn().view(),
        0.5,
    );
    assert!((image[0] - 1.5).abs() < 1e-5 && (image[1] - 1.5).abs() < 1e-5);
    ascent::step(
        &mut image.view_mut(),
        array![0.0_f32, 0.0].into_dyn().view(),
        0.5,
    );
    assert!(image.iter().all(|value| value.is_finite()));

    let mut random = fastrand::Rng::with_seed(1);
    let (mean, std) = (array![0.5_f32, 0.0], array![1.0_f32, 0.5]);
    let noise = ascent::noise((4, 5), mean.view(), std.view(), &mut random);
    assert_eq!(noise.shape(), [1, 2, 4, 5]);
    let second = noise.index_axis(ndarray::Axis(1), 1);
    assert!(
        second
            .iter()
            .all(|value| (300.0 / 255.0..360.0 / 255.0).contains(value))
    );

    let mut dot = Array2::<f32>::zeros((9, 9));
    dot[[4, 4]] = 1.0;
    let blurred = ascent::blur(dot.view().into_dyn(), 0.8);
    assert!((blurred.sum() - 1.0).abs() < 1e-3 && blurred[[4, 4]] < 0.5);
    assert_eq!(ascent::blur(dot.view().into_dyn(), 0.0), dot.into_dyn());

    let picture = ascent::standardize(array![1.0_f32, -1.0].into_dyn().view(), 0.1, 0.5);
    assert!((picture[0] - (0.5 + 0.1 / 2.0_f32.sqrt())).abs() < 1e-5);
}

#[test]
fn kernels_are_tiles() {
    let look = GridLook {
        enlarge: Some(1),
        ..GridLook::kernels()
    };
    // Two filters over one channel: side by side, zero is white.
    let mut weights = Array4::<f32>::zeros((2, 1, 3, 3));
    weights[[0, 0, 0, 0]] = 2.0;
    weights[[1, 0, 2, 2]] = -4.0;
    let grid = kernel_grid(weights.view().into_dyn(), &look).unwrap();
    assert_eq!(grid.dim(), (5, 9, 3));
    let pixel = |y: usize, x: usize| [grid[[y, x, 0]], grid[[y, x, 1]], grid[[y, x, 2]]];
    assert_eq!(pixel(1, 1), [255, 0, 0]);
    assert_eq!(pixel(3, 7), [0, 0, 255]);
    assert_eq!(pixel(2, 2), Colormap::Bwr.colour(127));
    assert_eq!(pixel(0, 0), [64; 3]);
    // On one scale the smaller one is paler.
    let one_scale = GridLook {
        one_scale: true,
        ..look
    };
    let grid = kernel_grid(weights.view().into_dyn(), &one_scale).unwrap();
    assert_eq!(grid[[1, 1, 2]], Colormap::Bwr.colour(191)[2]);

    // Three channels are colours.
    let colours = Array4::from_shape_fn((1, 3, 1, 1), |(_, c, ..)| [1.0_f32, -1.0, 0.0][c]);
    let grid = kernel_grid(colours.view().into_dyn(), &look).unwrap();
    assert_eq!(grid[[1, 1, 0]], 255);
    assert_eq!(grid[[1, 1, 1]], 0);
    assert_eq!(grid[[1, 1, 2]], 127);

    // A row for each filter, the other ranks, and more tiles than wanted.
    let shape = |shape: &[usize], look: &GridLook| {
        kernel_grid(ArrayD::ones(IxDyn(shape)).view(), look)
            .unwrap()
            .dim()
    };
    assert_eq!(shape(&[2, 5, 3, 3], &look), (9, 21, 3));
    assert_eq!(shape(&[2, 5, 3], &look), (5, 21, 3));
    assert_eq!(shape(&[2, 2, 4, 3, 3], &look), (9, 33, 3));
    assert_eq!(shape(&[7, 4], &look), (9, 6, 3));
    assert_eq!(
        shape(&[9, 1, 3, 3], &GridLook { limit: 4, ..look }),
        (9, 9, 3)
    );
    assert!(kernel_grid(Array1::<f32>::ones(3).view().into_dyn(), &look).is_err());
}

#[test]
fn feature_maps_are_tiles() {
    let look = GridLook {
        enlarge: Some(2),
        columns: Some(2),
        padding: 0,
        colormap: Colormap::Gray,
        ..GridLook::default()
    };
    let maps = array![[[0.0_f32, 1.0]], [[5.0, 5.0]], [[-1.0, 0.0]]];
    let grid = feature_grid(maps.view(), &look).unwrap();
    assert_eq!(grid.dim(), (4, 8, 3));
    assert_eq!(
        grid.index_axis(ndarray::Axis(2), 0).row(0).to_vec(),
        [0, 0, 255, 255, 0, 0, 0, 0]
    );
    assert_eq!(
        grid.index_axis(ndarray::Axis(2), 0).row(3).to_vec(),
        [0, 0, 255, 255, 255, 255, 255, 255]
    );
    let nan = array![[[f32::NAN]]];
    assert!(matches!(
        feature_grid(nan.view(), &look),
        Err(ExplainError::NotFinite { .. })
    ));
    let vast = Array3::<f32>::zeros((1, 1, 40_000));
    assert!(matches!(
        feature_grid(vast.view(), &look),
        Err(ExplainError::WrongOption { .. })
    ));
    assert_eq!(
        heat(array![[1.0_f32, 0.0]].view(), Colormap::Gray),
        array![[[255, 255, 255], [0, 0, 0]]]
    );
}

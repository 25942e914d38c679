//! Maps of recorded activations and gradients against those of pytorch-grad-cam 1.5.7; see `tests/golden/README.md`.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::fs::File;
use std::path::Path;

use glassboard_explain::cam::{Combine, Layer, MapOptions, Method, combine, layer_map};
use ndarray::ArrayD;
use ndarray_npy::NpzReader;

const NETWORKS: [&str; 2] = ["tiny_vgg", "tiny_resnet"];
/// What the issue asks for.
const TOLERANCE: f32 = 1e-4;

fn expected(network: &str, name: &str) -> ArrayD<f32> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/cam");
    let file = File::open(folder.join(network).join("expected.npz")).unwrap();
    NpzReader::new(file).unwrap().by_name(name).unwrap()
}

fn furthest(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    (a - b).iter().fold(0.0, |most, d| most.max(d.abs()))
}

/// Our map of a network's recorded layer; `sign` is what its principal component is multiplied with.
fn map(network: &str, method: Method, eigen_smooth: bool, sign: f32) -> ArrayD<f32> {
    let activations = expected(network, "activations");
    let gradients = expected(network, "gradients");
    // Behind both layers, the score is piecewise linear in the activations.
    let hessian_products = ArrayD::zeros(activations.shape());
    let layer = Layer {
        gradients: Some(gradients.view()),
        hessian_products: Some(hessian_products.view()),
        ..Layer::new(activations.view())
    };
    let options = MapOptions {
        eigen_smooth,
        ..MapOptions::default()
    };
    let map = layer_map(method, &layer, &options).unwrap();
    combine(&[map * sign], &[32, 32], Combine::Mean).unwrap()
}

#[test]
fn maps_are_the_references() {
    let methods = [
        (Method::GradCam, "GradCAM"),
        (Method::GradCamPlusPlus, "GradCAMPlusPlus"),
        (Method::XGradCam, "XGradCAM"),
        (Method::LayerCam, "LayerCAM"),
        (Method::HiResCam, "HiResCAM"),
        (Method::GradCamElementWise, "GradCAMElementWise"),
        (Method::Fem, "FEM"),
        (Method::KpcaCam, "KPCA_CAM"),
        (Method::ShapleyCam, "ShapleyCAM"),
    ];
    for network in NETWORKS {
        for (method, name) in methods {
            let apart = furthest(&map(network, method, false, 1.0), &expected(network, name));
            assert!(apart <= TOLERANCE, "{network} {method}: {apart}");
        }
    }
}

/// The sign of a principal component means nothing, so that each picture's map may be either of two.
#[test]
fn components_are_the_references_up_to_their_sign() {
    let methods = [
        (Method::EigenCam, false, "EigenCAM"),
        (Method::EigenGradCam, false, "EigenGradCAM"),
        (Method::GradCam, true, "GradCAM__eigen_smooth"),
        (
            Method::GradCamPlusPlus,
            true,
            "GradCAMPlusPlus__eigen_smooth",
        ),
        (Method::XGradCam, true, "XGradCAM__eigen_smooth"),
        (Method::LayerCam, true, "LayerCAM__eigen_smooth"),
        (Method::HiResCam, true, "HiResCAM__eigen_smooth"),
        (
            Method::GradCamElementWise,
            true,
            "GradCAMElementWise__eigen_smooth",
        ),
    ];
    for network in NETWORKS {
        for (method, eigen_smooth, name) in methods {
            let expected = expected(network, name);
            let ours = [1.0, -1.0].map(|sign| map(network, method, eigen_smooth, sign));
            for (picture, expected) in expected.outer_iter().enumerate() {
                let apart = ours.iter().map(|ours| {
                    let ours = ours.index_axis(ndarray::Axis(0), picture);
                    furthest(&ours.to_owned(), &expected.to_owned())
                });
                let apart = apart.fold(f32::INFINITY, f32::min);
                assert!(
                    apart <= 1e-5,
                    "{network} {name} of picture {picture}: {apart}"
                );
            }
        }
    }
}

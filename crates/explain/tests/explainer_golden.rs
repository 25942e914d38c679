//! Every method on a model's file against pytorch-grad-cam 1.5.7: `tests/golden/cam`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![cfg(feature = "engine")]

use std::ops::ControlFlow;
use std::path::PathBuf;

use glassboard_explain::ExplainError;
use glassboard_explain::cam::{self, MapOptions, Method};
use glassboard_explain::engine::Options;
use glassboard_explain::explainer::{
    Ascent, CamSettings, Explainer, Goal, Reshape, SaliencySettings,
};
use glassboard_explain::saliency::Saliency;
use glassboard_explain::target::Target;
use ndarray::{Array3, ArrayD, Axis};
use ndarray_npy::NpzReader;

struct Golden {
    explainer: Explainer,
    folder: PathBuf,
    images: ArrayD<f32>,
    targets: Vec<Target>,
}

fn goldens() -> Vec<Golden> {
    let mut goldens = Vec::new();
    for network in ["tiny_vgg", "tiny_resnet"] {
        for file in ["model.pt2", "model.onnx"] {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("../../tests/golden/cam")
                .join(network);
            let mut inputs =
                NpzReader::new(std::fs::File::open(folder.join("inputs.npz")).unwrap()).unwrap();
            let labels: ArrayD<i64> = inputs.by_name("labels").unwrap();
            let graph = glassboard_model::read(folder.join(file)).unwrap();
            goldens.push(Golden {
                explainer: Explainer::new(graph, Options::default())
                    .unwrap()
                    .with_batch_size(5),
                images: inputs.by_name("images").unwrap(),
                targets: labels
                    .iter()
                    .map(|label| Target::Class(*label as usize))
                    .collect(),
                folder,
            });
        }
    }
    goldens
}

impl Golden {
    fn expected(&self, name: &str) -> ArrayD<f32> {
        let file = std::fs::File::open(self.folder.join("expected.npz")).unwrap();
        NpzReader::new(file).unwrap().by_name(name).unwrap()
    }

    fn map(&self, method: Method, eigen_smooth: bool, aug_smooth: bool) -> ArrayD<f32> {
        let layer = self.explainer.engine().last_convolution().unwrap();
        let settings = CamSettings {
            targets: Some(&self.targets),
            map: MapOptions {
                eigen_smooth,
                ..MapOptions::default()
            },
            aug_smooth,
            ..CamSettings::default()
        };
        self.explainer
            .cam(method, &[layer], &self.images, &settings, &mut go_on)
            .unwrap()
            .maps
    }
}

fn go_on(_done: usize, _total: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn furthest(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    (a - b).iter().fold(0.0, |most, d| most.max(d.abs()))
}

#[test]
fn maps_are_the_references() {
    let methods = [
        (Method::GradCam, "GradCAM", 1e-4),
        (Method::GradCamPlusPlus, "GradCAMPlusPlus", 1e-4),
        (Method::XGradCam, "XGradCAM", 1e-4),
        (Method::LayerCam, "LayerCAM", 1e-4),
        (Method::HiResCam, "HiResCAM", 1e-4),
        (Method::GradCamElementWise, "GradCAMElementWise", 1e-4),
        (Method::Fem, "FEM", 1e-4),
        (Method::KpcaCam, "KPCA_CAM", 1e-4),
        (Method::ShapleyCam, "ShapleyCAM", 1e-4),
        (Method::AblationCam, "AblationCAM", 1e-4),
        (Method::FullGrad, "FullGrad", 1e-4),
        (Method::ScoreCam, "ScoreCAM", 1e-3),
    ];
    for golden in goldens() {
        for (method, name, tolerance) in methods {
            let apart = furthest(&golden.map(method, false, false), &golden.expected(name));
            assert!(
                apart <= tolerance,
                "{} {method}: {apart}",
                golden.folder.display()
            );
        }
        let smooth = golden.map(Method::GradCam, false, true);
        let apart = furthest(&smooth, &golden.expected("GradCAM__aug_smooth"));
        assert!(
            apart <= 1e-4,
            "{} aug_smooth: {apart}",
            golden.folder.display()
        );
    }
}

/// The sign of a principal component means nothing. The formulas are compared with the reference up to it elsewhere;
/// here, what the engine gives them with what PyTorch recorded.
#[test]
fn components_are_those_of_what_pytorch_recorded() {
    for golden in goldens() {
        for (method, eigen_smooth) in [
            (Method::EigenCam, false),
            (Method::EigenGradCam, false),
            (Method::SegEigenCam, false),
            (Method::GradCam, true),
            (Method::LayerCam, true),
        ] {
            let activations = golden.expected("activations");
            let gradients = golden.expected("gradients");
            let layer = cam::Layer {
                gradients: Some(gradients.view()),
                ..cam::Layer::new(activations.view())
            };
            let options = MapOptions {
                eigen_smooth,
                ..MapOptions::default()
            };
            let recorded = cam::layer_map(method, &layer, &options).unwrap();
            let recorded = cam::combine(&[recorded], &[32, 32], cam::Combine::Mean).unwrap();
            let apart = furthest(&golden.map(method, eigen_smooth, false), &recorded);
            assert!(
                apart <= 1e-4,
                "{} {method}: {apart}",
                golden.folder.display()
            );
        }
    }
}

#[test]
fn the_batch_size_changes_nothing() {
    for golden in goldens().into_iter().take(2) {
        let path = golden.folder.join("model.pt2");
        let single = Explainer::new(glassboard_model::read(path).unwrap(), Options::default())
            .unwrap()
            .with_batch_size(1);
        let layer = single.engine().last_convolution().unwrap();
        for method in [Method::GradCam, Method::ScoreCam, Method::AblationCam] {
            let settings = CamSettings {
                targets: Some(&golden.targets),
                ..CamSettings::default()
            };
            let maps = single
                .cam(
                    method,
                    std::slice::from_ref(&layer),
                    &golden.images,
                    &settings,
                    &mut go_on,
                )
                .unwrap()
                .maps;
            let apart = furthest(&maps, &golden.map(method, false, false));
            assert!(apart <= 1e-5, "{method}: {apart}");
        }
    }
}

#[test]
fn what_cannot_be_explained_is_said() {
    let golden = &goldens()[2];
    let (explainer, images) = (&golden.explainer, &golden.images);
    let engine = explainer.engine();
    let cam = |layer: &str, target: Target| {
        let settings = CamSettings {
            targets: Some(std::slice::from_ref(&target)),
            ..CamSettings::default()
        };
        let layers = [engine.layer(layer).unwrap()];
        explainer
            .cam(Method::GradCam, &layers, images, &settings, &mut go_on)
            .unwrap_err()
    };
    assert!(matches!(
        cam("layer3", Target::Class(10)),
        ExplainError::ClassOutOfRange {
            got: 10,
            classes: 10
        }
    ));
    assert!(matches!(
        cam("fc", Target::Class(1)),
        ExplainError::NotSpatial { .. }
    ));
    let layers = [engine.layer("layer3").unwrap()];
    let stopped = explainer.cam(
        Method::ScoreCam,
        &layers,
        images,
        &CamSettings::default(),
        &mut |_, _| ControlFlow::Break(()),
    );
    assert!(matches!(stopped, Err(ExplainError::Cancelled)));
}

/// A blank picture with a layer that answers nothing gives a blank map.
#[test]
fn no_activation_gives_a_blank_map() {
    use glassboard_model::{Attribute, DType, ModelBuilder};
    let mut builder = ModelBuilder::new("Net");
    let root = builder.root_call();
    let x = builder.input("x", DType::F32, [1_u64, 2, 4, 4]);
    let layer = builder.module(builder.root(), "relu", "ReLU");
    let call = builder.call(layer, root);
    let made = builder.node(
        call,
        "aten.relu.default",
        &[x],
        DType::F32,
        [1_u64, 2, 4, 4],
    );
    let mean = builder.node(root, "aten.mean.dim", &[made], DType::F32, [1_u64, 2]);
    builder.set_node_attribute(mean, "dim", Attribute::Ints(vec![2, 3]));
    builder.output(mean);
    let explainer = Explainer::new(builder.build(), Options::default()).unwrap();
    assert!(matches!(
        explainer.engine().last_convolution(),
        Err(ExplainError::NoConvolution)
    ));
    let layers = [explainer.engine().layer("relu").unwrap()];
    let blank = ArrayD::from_elem(vec![1, 2, 4, 4], -1.0);
    for method in [
        Method::GradCam,
        Method::ScoreCam,
        Method::AblationCam,
        Method::EigenCam,
    ] {
        let maps = explainer
            .cam(method, &layers, &blank, &CamSettings::default(), &mut go_on)
            .unwrap()
            .maps;
        assert_eq!(maps, ArrayD::<f32>::zeros(vec![1, 4, 4]), "{method}");
    }
}

#[test]
fn saliency_of_all_kinds() {
    let golden = &goldens()[2];
    let image: Array3<f32> = golden
        .images
        .index_axis(Axis(0), 0)
        .to_owned()
        .into_dimensionality()
        .unwrap();
    let find = |method: Saliency, settings: &SaliencySettings| {
        golden
            .explainer
            .saliency(method, &image, &golden.targets[0], settings, &mut go_on)
            .unwrap()
    };
    let settings = SaliencySettings::default();
    let gradient = find(Saliency::Gradient, &settings);
    let expected = golden
        .expected("input_gradient")
        .index_axis_move(Axis(0), 0);
    assert!(furthest(&gradient.clone().into_dyn(), &expected) <= 1e-4);
    let guided = find(Saliency::GuidedBackprop, &settings);
    let expected = golden
        .expected("guided_backprop")
        .index_axis_move(Axis(0), 0);
    let guided_last = guided.clone().permuted_axes([1, 2, 0]).into_dyn();
    assert!(furthest(&guided_last.to_owned(), &expected) <= 1e-4);
    // Guided Grad-CAM is guided backpropagation where the map is.
    let map = golden
        .map(Method::GradCam, false, false)
        .index_axis_move(Axis(0), 0);
    let product = &guided.into_dyn() * &map;
    let found = find(Saliency::GuidedGradCam, &settings).into_dyn();
    assert!(furthest(&found, &product) <= 1e-5);
    // Without noise, SmoothGrad is the gradient.
    let quiet = SaliencySettings {
        noise: 0.0,
        samples: 3,
        ..settings
    };
    let smooth = find(Saliency::SmoothGrad, &quiet);
    assert!(furthest(&smooth.into_dyn(), &gradient.into_dyn()) <= 1e-5);
    // Completeness: integrated gradients add up to the difference of the scores.
    let many = SaliencySettings {
        steps: 200,
        ..settings
    };
    let attributed = find(Saliency::IntegratedGradients, &many);
    let (sum, all) = (attributed.sum(), attributed.mapv(f32::abs).sum());
    let score = |image: ArrayD<f32>| {
        let outputs = golden.explainer.outputs(&image).unwrap();
        golden.targets[0]
            .score(outputs.index_axis(Axis(0), 0))
            .unwrap()
    };
    let whole = image.clone().insert_axis(Axis(0)).into_dyn();
    let difference = score(whole.clone()) - score(whole * 0.0);
    assert!(
        (sum - difference).abs() <= 1e-3 * all,
        "{sum} {difference} of {all}"
    );
    // One window over everything: the drop to a blank picture, everywhere.
    let whole_window = SaliencySettings {
        window: 32,
        stride: 32,
        ..settings
    };
    let occlusion = find(Saliency::Occlusion, &whole_window);
    assert!(
        occlusion
            .iter()
            .all(|value| (value - difference).abs() < 1e-3)
    );
}

#[test]
fn goals_grow() {
    let golden = &goldens()[0];
    let explainer = &golden.explainer;
    let start = Array3::from_elem((3, 32, 32), 0.4);
    let layer = explainer.engine().layer("features.3").unwrap();
    for goal in [
        Goal::Filter(layer.clone(), 2),
        Goal::Layer(layer.clone()),
        Goal::Class(7),
    ] {
        let settings = Ascent {
            steps: 5,
            rate: 0.05,
            jitter: 1,
            ..Ascent::default()
        };
        let found = explainer
            .maximize(&goal, &start, &settings, &mut go_on)
            .unwrap();
        let (before, behind) = (
            explainer.goal(&goal, &start).unwrap(),
            explainer.goal(&goal, &found).unwrap(),
        );
        assert!(behind > before, "{goal:?}: {before} to {behind}");
    }
    let none = Goal::Filter(layer, 12);
    assert!(matches!(
        explainer.maximize(&none, &start, &Ascent::default(), &mut go_on),
        Err(ExplainError::FilterOutOfRange {
            got: 12,
            filters: 12
        })
    ));
}

#[test]
fn transformers_are_reshaped() {
    let tokens = ArrayD::from_shape_fn(vec![1, 5, 2], |at| (at[1] * 10 + at[2]) as f32);
    let image = Reshape::Tokens { skip: 1 }.apply(tokens.clone()).unwrap();
    assert_eq!(image.shape(), [1, 2, 2, 2]);
    assert_eq!(
        image.iter().copied().collect::<Vec<_>>(),
        [10.0, 20.0, 30.0, 40.0, 11.0, 21.0, 31.0, 41.0]
    );
    assert!(Reshape::Tokens { skip: 0 }.apply(tokens.clone()).is_err());
    assert!(Reshape::ChannelsLast.apply(tokens).is_err());
}

//! Models that were exported for one image: whether they are given more.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![cfg(feature = "engine")]

use std::ops::ControlFlow;

use glassboard_explain::cam::Method;
use glassboard_explain::engine::Options;
use glassboard_explain::explainer::{CamSettings, DEFAULT_BATCH_SIZE, Explainer, SaliencySettings};
use glassboard_explain::saliency::Saliency;
use glassboard_explain::target::Target;
use glassboard_model::{Attribute, DType, Dim, ModelBuilder, ModelGraph, ValueId};
use ndarray::{Array3, ArrayD};
use ndarray_npy::NpzReader;

fn go_on(_done: usize, _total: usize) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// What a golden file's model would be, had it been exported without a dynamic batch.
fn for_one_image(mut graph: ModelGraph) -> ModelGraph {
    let input = graph.inputs[0];
    let batch = graph[input].shape.as_ref().unwrap()[0].clone();
    assert!(matches!(batch, Dim::Symbol(_)));
    for value in &mut graph.values {
        for dim in value.shape.iter_mut().flatten() {
            if *dim == batch {
                *dim = Dim::Fixed(1);
            }
        }
    }
    graph
}

#[test]
fn a_model_of_one_image_is_given_more_where_it_takes_them() {
    for network in ["tiny_vgg", "tiny_resnet"] {
        let folder = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/golden/cam")
            .join(network);
        let open =
            |name: &str| NpzReader::new(std::fs::File::open(folder.join(name)).unwrap()).unwrap();
        let images: ArrayD<f32> = open("inputs.npz").by_name("images").unwrap();
        let labels: ArrayD<i64> = open("inputs.npz").by_name("labels").unwrap();
        let targets: Vec<Target> = labels
            .iter()
            .map(|label| Target::Class(*label as usize))
            .collect();
        let graph = glassboard_model::read(folder.join("model.pt2")).unwrap();
        let explainer = Explainer::new(for_one_image(graph), Options::default())
            .unwrap()
            .with_batch_size(5);
        assert_eq!(explainer.batch_size(), 1, "nothing was tried yet");
        let layer = explainer.engine().last_convolution().unwrap();
        let settings = CamSettings {
            targets: Some(&targets),
            ..CamSettings::default()
        };
        let map = |method| {
            explainer
                .cam(
                    method,
                    std::slice::from_ref(&layer),
                    &images,
                    &settings,
                    &mut go_on,
                )
                .unwrap()
                .maps
        };
        let alone = map(Method::AblationCam);
        assert_eq!(explainer.batch_size(), 1);
        let expected: ArrayD<f32> = open("expected.npz").by_name("ScoreCAM").unwrap();
        assert!(
            furthest(&map(Method::ScoreCam), &expected) <= 1e-3,
            "{network}"
        );
        assert_eq!(explainer.batch_size(), 5);
        // All images together now, and what lies behind the layer for several of its changes.
        assert!(
            furthest(&map(Method::AblationCam), &alone) <= 1e-5,
            "{network}"
        );
    }
}

fn furthest(a: &ArrayD<f32>, b: &ArrayD<f32>) -> f32 {
    assert_eq!(a.shape(), b.shape());
    a.iter()
        .zip(b)
        .fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// The occlusion map of a picture of 16 x 16, and how many images are run at once behind it.
fn occluded(build: impl FnOnce(&mut ModelBuilder, ValueId) -> ValueId) -> (Array3<f32>, usize) {
    let mut builder = ModelBuilder::new("Net");
    let x = builder.input("x", DType::F32, [1_u64, 1, 16, 16]);
    let made = build(&mut builder, x);
    builder.output(made);
    let mut graph = builder.build();
    for node in &mut graph.nodes {
        for (input, name) in node.inputs.iter_mut().zip(["self", "other"]) {
            name.clone_into(&mut input.name);
        }
    }
    let explainer = Explainer::new(graph, Options::default()).unwrap();
    let image = Array3::from_shape_fn((1, 16, 16), |(_, y, x)| (y * 16 + x) as f32 / 256.0);
    let settings = SaliencySettings {
        window: 4,
        stride: 2,
        ..SaliencySettings::default()
    };
    let target = Target::Class(3);
    let map = explainer
        .saliency(Saliency::Occlusion, &image, &target, &settings, &mut go_on)
        .unwrap();
    (map, explainer.batch_size())
}

#[test]
fn sizes_written_into_a_model_keep_it_at_one_image() {
    let (map, batch) = occluded(|builder, x| {
        let call = builder.root_call();
        let made = builder.node(call, "aten.view.default", &[x], DType::F32, [1_u64, 256]);
        builder.set_node_attribute(made, "size", Attribute::Ints(vec![1, 256]));
        made
    });
    assert_eq!(batch, 1);
    // The fourth pixel is the score; no window over the last one covers it.
    assert!(map[[0, 0, 3]] > 0.0);
    assert!(map[[0, 15, 15]].abs() < 1e-9);
}

#[test]
fn a_model_whose_images_see_each_other_keeps_to_one() {
    let (_, batch) = occluded(|builder, x| {
        let call = builder.root_call();
        let shape = [1_u64, 1, 16, 16];
        let mean = builder.node(call, "aten.mean.dim", &[x], DType::F32, shape);
        builder.set_node_attribute(mean, "dim", Attribute::Ints(vec![0]));
        builder.set_node_attribute(mean, "keepdim", Attribute::Bool(true));
        let apart = builder.node(call, "aten.sub.Tensor", &[x, mean], DType::F32, shape);
        let flat = builder.node(
            call,
            "aten.flatten.using_ints",
            &[apart],
            DType::F32,
            [1_u64, 256],
        );
        builder.set_node_attribute(flat, "start_dim", Attribute::Int(1));
        flat
    });
    assert_eq!(batch, 1);
    let (_, batch) = occluded(|builder, x| {
        let call = builder.root_call();
        let flat = builder.node(
            call,
            "aten.flatten.using_ints",
            &[x],
            DType::F32,
            [1_u64, 256],
        );
        builder.set_node_attribute(flat, "start_dim", Attribute::Int(1));
        flat
    });
    assert_eq!(batch, DEFAULT_BATCH_SIZE, "the same model without it");
}

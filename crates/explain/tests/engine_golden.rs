//! Two small networks, as PyTorch exported them, against what PyTorch computed: `tests/golden/cam`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![cfg(feature = "engine")]

use std::path::PathBuf;

use glassboard_explain::engine::{Engine, Keep, Options, ReluRule};
use ndarray::{ArrayD, Axis};
use ndarray_npy::NpzReader;

struct Golden {
    engine: Engine,
    expected: NpzReader<std::fs::File>,
    images: ArrayD<f32>,
    labels: Vec<usize>,
    layer: &'static str,
}

fn golden(network: &str, file: &str) -> Golden {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/cam")
        .join(network);
    let open =
        |name: &str| NpzReader::new(std::fs::File::open(folder.join(name)).unwrap()).unwrap();
    let mut inputs = open("inputs.npz");
    let labels: ArrayD<i64> = inputs.by_name("labels").unwrap();
    Golden {
        engine: Engine::new(
            glassboard_model::read(folder.join(file)).unwrap(),
            Options::default(),
        )
        .unwrap(),
        images: inputs.by_name("images").unwrap(),
        labels: labels.iter().map(|label| *label as usize).collect(),
        expected: open("expected.npz"),
        layer: match network {
            "tiny_vgg" => "features.7",
            _ => "layer3",
        },
    }
}

fn assert_close(what: &str, got: &ArrayD<f32>, expected: &ArrayD<f32>, tolerance: f32) {
    assert_eq!(got.shape(), expected.shape(), "{what}");
    let scale = expected
        .iter()
        .fold(1.0_f32, |max, value| max.max(value.abs()));
    let worst = got
        .iter()
        .zip(expected)
        .fold(0.0_f32, |worst, (got, expected)| {
            worst.max((got - expected).abs())
        });
    assert!(worst <= tolerance * scale, "{what}: {worst} of {scale}");
}

#[test]
fn logits_activations_and_gradients() {
    for network in ["tiny_vgg", "tiny_resnet"] {
        for file in ["model.pt2", "model.onnx"] {
            let mut golden = golden(network, file);
            let engine = &golden.engine;
            let layer = engine.layer(golden.layer).unwrap();
            assert_eq!(
                engine.last_convolution().unwrap().value,
                layer.value,
                "{file}"
            );
            let input = engine.graph().inputs[0];
            let wanted = [layer.value, input];
            let keep = Keep {
                gradients: &wanted,
                ..Keep::default()
            };
            let run = engine.run(&[engine.array(&golden.images)], &keep).unwrap();
            let mut expected =
                |name: &str| -> ArrayD<f32> { golden.expected.by_name(name).unwrap() };
            let what = |name: &str| format!("{network}/{file}: {name}");
            let logits = run.output().unwrap().to_ndarray();
            assert_close(&what("logits"), &logits, &expected("logits"), 1e-5);
            let activations = run.value(layer.value).unwrap().to_ndarray();
            assert_close(
                &what("activations"),
                &activations,
                &expected("activations"),
                1e-5,
            );
            let mut seed = ArrayD::zeros(logits.shape());
            for (at, label) in golden.labels.iter().enumerate() {
                seed[[at, *label]] = 1.0;
            }
            let gradients = engine
                .gradients(&run, &engine.array(&seed), &wanted, ReluRule::Plain)
                .unwrap();
            let [at_layer, at_input] = [0, 1].map(|at| gradients[at].to_ndarray());
            assert_close(&what("gradients"), &at_layer, &expected("gradients"), 1e-5);
            assert_close(&what("input"), &at_input, &expected("input_gradient"), 1e-5);

            // With nothing kept, layers are done together.
            let plain = engine.run(&[engine.array(&golden.images)], &Keep::default());
            let plain = plain.unwrap().output().unwrap().to_ndarray();
            assert_close(&what("plain"), &plain, &logits, 1e-5);

            // Only what lies behind the layer, from twice the first image on.
            let keep = Keep {
                restart: &[layer.value],
                values: &[layer.value],
                ..Keep::default()
            };
            let first = golden.images.select(Axis(0), &[0]);
            let run = engine.run(&[engine.array(&first)], &keep).unwrap();
            let twice = engine
                .rows(run.value(layer.value).unwrap(), &[0, 0])
                .unwrap();
            let again = engine
                .restart(&run, &[(layer.value, twice)], &Keep::default())
                .unwrap();
            let logits = logits.select(Axis(0), &[0, 0]);
            let again = again.output().unwrap().to_ndarray();
            assert_close(&what("restart"), &again, &logits, 1e-6);
        }
    }
}

#[test]
fn guided_gradients() {
    for network in ["tiny_vgg", "tiny_resnet"] {
        let mut golden = golden(network, "model.pt2");
        let engine = &golden.engine;
        let input = engine.graph().inputs[0];
        let keep = Keep {
            gradients: &[input],
            ..Keep::default()
        };
        let run = engine.run(&[engine.array(&golden.images)], &keep).unwrap();
        let mut seed = ArrayD::zeros(run.output().unwrap().shape());
        for (at, label) in golden.labels.iter().enumerate() {
            seed[[at, *label]] = 1.0;
        }
        let guided = engine
            .gradients(&run, &engine.array(&seed), &[input], ReluRule::Guided)
            .unwrap();
        // The reference has channels last.
        let guided = guided[0].to_ndarray().permuted_axes(vec![0, 2, 3, 1]);
        let expected: ArrayD<f32> = golden.expected.by_name("guided_backprop").unwrap();
        assert_close(network, &guided.to_owned(), &expected, 1e-5);
    }
}

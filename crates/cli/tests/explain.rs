//! `glassboard explain`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do
#![cfg(feature = "explain")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{run, stderr, stdout};
use glassboard_media::Picture;
use ndarray::Array3;

fn model(name: &str) -> String {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/cam");
    golden.join(name).to_str().unwrap().to_owned()
}

/// A PNG file of a bright square on a dark ground.
fn picture(folder: &Path) -> String {
    let pixels = Array3::from_shape_fn((40, 48, 3), |(y, x, channel)| {
        let inside = (10..30).contains(&y) && (16..32).contains(&x);
        if inside { 230 } else { 20 + 10 * channel as u8 }
    });
    let png = Picture::from_tensor(&pixels, "HWC")
        .unwrap()
        .to_png()
        .unwrap();
    let path = folder.join("square.png");
    fs::write(&path, png).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Width and height of a PNG file.
fn size(path: &Path) -> (u32, u32) {
    let bytes = fs::read(path).unwrap();
    assert_eq!(&bytes[1..4], b"PNG");
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

struct Scene {
    folder: tempfile::TempDir,
    picture: String,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let picture = picture(folder.path());
        Self { folder, picture }
    }

    fn output(&self) -> PathBuf {
        self.folder.path().join("out.png")
    }

    /// Runs `explain` with an output file; what it prints.
    fn explain(&self, arguments: &[&str]) -> String {
        let output = self.output();
        let mut all = vec!["explain"];
        all.extend(arguments);
        all.extend(["-o", output.to_str().unwrap()]);
        let result = run(&all);
        assert!(result.status.success(), "{}", stderr(&result));
        assert_eq!(stderr(&result), "");
        stdout(&result)
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.output();
        let mut all = vec!["explain"];
        all.extend(arguments);
        all.extend(["-o", output.to_str().unwrap()]);
        let result = run(&all);
        assert_eq!(result.status.code(), Some(2));
        assert!(!output.exists());
        stderr(&result)
    }
}

#[test]
fn kernels_of_the_first_convolution() {
    let scene = Scene::new();
    let text = scene.explain(&["kernels", &model("tiny_resnet/model.pt2")]);
    assert_eq!(text, "conv1: 8 filters, shape [8, 3, 3, 3]\n");
    let (width, height) = size(&scene.output());
    assert!(width > 20 && height > 20);
}

#[test]
fn feature_maps_of_two_layers() {
    let scene = Scene::new();
    let text = scene.explain(&[
        "features",
        &model("tiny_resnet/model.onnx"),
        &scene.picture,
        "--layer",
        "layer1",
        "--layer",
        "layer3",
    ]);
    assert_eq!(text, "layer1: 8 maps of 32x32\nlayer3: 16 maps of 8x8\n");
    assert!(size(&scene.output()).0 > 0);
}

#[test]
fn maps_of_classes_and_methods_in_one_sheet() {
    let scene = Scene::new();
    let labels = scene.folder.path().join("labels.txt");
    fs::write(
        &labels,
        "null\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n",
    )
    .unwrap();
    let text = scene.explain(&[
        "cam",
        &model("tiny_resnet/model.pt2"),
        &scene.picture,
        "--labels",
        labels.to_str().unwrap(),
        "--class",
        "three",
        "--class",
        "8",
        "--method",
        "grad-cam",
        "--method",
        "score-cam",
        "--method",
        "eigen-cam",
        "--mean",
        "0",
        "--std",
        "1",
        "--top",
        "2",
    ]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains(" %"), "{text}");
    assert_eq!(lines[2], "layer layer3: the last convolutional block");
    // Three columns and two rows of tiles of 160 pixels with a caption of 14, 4 between them.
    assert_eq!(size(&scene.output()), (3 * 164 + 4, 2 * 178 + 4));
}

#[test]
fn one_map_has_the_size_of_the_input() {
    let scene = Scene::new();
    for extra in [
        &["--plain"][..],
        &["--aug-smooth", "--eigen-smooth"],
        &["--size", "24x32"],
    ] {
        let mut arguments = vec!["cam", "", &scene.picture];
        let model = model("tiny_vgg/model.pt2");
        arguments[1] = &model;
        arguments.extend(extra);
        scene.explain(&arguments);
        let expected = if extra[0] == "--size" {
            (32, 24)
        } else {
            (32, 32)
        };
        assert_eq!(size(&scene.output()), expected);
    }
}

#[test]
fn saliency_and_maximization() {
    let scene = Scene::new();
    let vgg = model("tiny_vgg/model.pt2");
    scene.explain(&[
        "saliency",
        &vgg,
        &scene.picture,
        "--method",
        "guided-backprop",
        "--method",
        "occlusion",
        "--method",
        "guided-grad-cam",
    ]);
    assert_eq!(size(&scene.output()), (3 * 164 + 4, 182));
    let text = scene.explain(&[
        "maximize",
        &vgg,
        "--layer",
        "features.3",
        "--filter",
        "2",
        "--filter",
        "5",
        "--steps",
        "4",
    ]);
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("features.3 2: "), "{text}");
    scene.explain(&[
        "maximize",
        &vgg,
        &scene.picture,
        "--layer",
        "features.3",
        "--steps",
        "2",
    ]);
    scene.explain(&[
        "maximize", &vgg, "--class", "3", "--steps", "2", "--jitter", "1", "--blur", "0.5",
    ]);
}

#[test]
fn pictures_as_events() {
    let scene = Scene::new();
    let logdir = scene.folder.path().join("logs");
    let result = run(&[
        "explain",
        "cam",
        &model("tiny_resnet/model.pt2"),
        &scene.picture,
        "--class",
        "3",
        "--logdir",
        logdir.to_str().unwrap(),
    ]);
    assert!(result.status.success(), "{}", stderr(&result));
    let result = run(&["inspect", logdir.to_str().unwrap(), "--digest"]);
    assert!(
        stdout(&result).contains("cam/grad-cam class 3"),
        "{}",
        stdout(&result)
    );
}

#[test]
fn what_is_wrong_is_said() {
    let scene = Scene::new();
    let resnet = model("tiny_resnet/model.pt2");
    let picture = scene.picture.as_str();
    let check = |arguments: &[&str], expected: &str| {
        let text = scene.refused(arguments);
        assert!(text.contains(expected), "{text}");
    };
    check(
        &["cam", &resnet, picture, "--class", "10"],
        "class out of range: expected 0 to 9, got 10",
    );
    check(
        &["cam", &resnet, picture, "--layer", "layr3"],
        "did you mean layer3",
    );
    check(
        &["cam", &resnet, picture, "--layer", "fc"],
        "layer is not spatial",
    );
    check(
        &["cam", &resnet, picture, "--method", "gradcan"],
        "did you mean \"grad-cam\"",
    );
    check(
        &["cam", &resnet, picture, "--std", "0"],
        "option std: expected numbers above 0",
    );
    check(
        &["cam", &resnet, picture, "--mean", "1,2"],
        "option mean: expected one number, or one for each channel, got 2 numbers for 3 channels",
    );
    check(
        &["cam", &resnet, picture, "--class", "cat"],
        "names need --labels",
    );
    check(&["kernels", &resnet, "--layer", "fc"], "no convolution");
    check(
        &["kernels", &model("tiny_resnet/model.safetensors")],
        "expected a model with its program (.pt2, .onnx), got weights only",
    );
    let broken = scene.folder.path().join("broken.png");
    fs::write(&broken, &fs::read(picture).unwrap()[..60]).unwrap();
    check(&["cam", &resnet, broken.to_str().unwrap()], "broken.png");
    let text = scene.folder.path().join("text.png");
    fs::write(&text, "no picture").unwrap();
    check(&["cam", &resnet, text.to_str().unwrap()], "text.png");
    assert!(stderr(&run(&["explain", "kernels", &resnet])).contains("--output"));
}

/// A small file that says it is a picture of two billion pixels.
#[test]
fn decompression_bombs_are_refused() {
    let scene = Scene::new();
    let mut png = fs::read(&scene.picture).unwrap();
    png[16..20].copy_from_slice(&50_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&40_000_u32.to_be_bytes());
    // The header's checksum is over its kind and its 13 bytes.
    let crc = png[12..29].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    });
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    let bomb = scene.folder.path().join("bomb.png");
    fs::write(&bomb, png).unwrap();
    let text = scene.refused(&[
        "cam",
        &model("tiny_resnet/model.pt2"),
        bomb.to_str().unwrap(),
    ]);
    assert!(
        text.contains("bomb.png") && text.contains("at most 100 megapixels, got 50000x40000"),
        "{text}"
    );
}

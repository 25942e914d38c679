//! Colour maps and overlays against `OpenCV`'s and pytorch-grad-cam's; see `tests/golden/README.md`.

#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use std::fs::File;
use std::path::Path;

use glassboard_media::{Colormap, MediaError, overlay};
use ndarray::{Array, Array2, Array3, Array4, Axis, Dimension};
use ndarray_npy::{NpzReader, ReadableElement};

fn read<T: ReadableElement, D: Dimension>(network: &str, file: &str, name: &str) -> Array<T, D> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/cam");
    let file = File::open(folder.join(network).join(file)).unwrap();
    NpzReader::new(file).unwrap().by_name(name).unwrap()
}

#[test]
fn jet_is_opencvs() {
    let table: Array2<u8> = read("tiny_vgg", "expected.npz", "overlay_colormap_jet");
    for (level, colour) in (0..=255).zip(table.outer_iter()) {
        assert_eq!(
            Colormap::Jet.colour(level).as_slice(),
            colour.as_slice().unwrap()
        );
    }
}

#[test]
fn overlays_are_the_references() {
    for network in ["tiny_vgg", "tiny_resnet"] {
        let images: Array4<f32> = read(network, "inputs.npz", "images");
        let maps: Array3<f32> = read(network, "expected.npz", "GradCAM");
        let expected: Array3<u8> = read(network, "expected.npz", "overlay_rgb");
        let image = images.index_axis(Axis(0), 0).permuted_axes([1, 2, 0]);
        let map = maps.index_axis(Axis(0), 0);
        assert_eq!(overlay(image, map, Colormap::Jet, 0.5).unwrap(), expected);
    }
}

#[test]
fn names_and_numbers_are_read() {
    for &map in Colormap::ALL {
        assert_eq!(map.name().parse::<Colormap>().unwrap(), map);
    }
    assert_eq!("Grey".parse::<Colormap>().unwrap(), Colormap::Gray);
    assert_eq!(Colormap::from_opencv(2), Some(Colormap::Jet));
    assert_eq!(Colormap::from_opencv(16), Some(Colormap::Viridis));
    assert_eq!(Colormap::from_opencv(22), None);
    assert!("jett".parse::<Colormap>().is_err());
    assert_eq!(Colormap::Gray.colour(77), [77; 3]);
    assert_eq!(Colormap::Bwr.colour(0), [0, 0, 255]);
    assert_eq!(Colormap::Bwr.colour(255), [255, 0, 0]);
    assert_eq!(Colormap::Gray.of_unit(f32::NAN), [0; 3]);
    assert_eq!(Colormap::Gray.of_unit(7.0), [255; 3]);
}

#[test]
fn what_does_not_fit_is_named() {
    let picture = Array3::<f64>::zeros((4, 5, 3));
    let map = Array2::<f32>::zeros((4, 5));
    let jet = Colormap::Jet;
    // Black under black: nothing to be divided by.
    assert!(
        overlay(picture.view(), map.view(), Colormap::Gray, 0.5)
            .unwrap()
            .iter()
            .all(|&v| v == 0)
    );
    let bright = &picture + 1.5;
    assert!(matches!(
        overlay(bright.view(), map.view(), jet, 0.5),
        Err(MediaError::OverlayPicture { .. })
    ));
    let narrow = Array2::<f32>::zeros((4, 4));
    assert!(matches!(
        overlay(picture.view(), narrow.view(), jet, 0.5),
        Err(MediaError::OverlayShape { .. })
    ));
    assert!(matches!(
        overlay(picture.view(), map.view(), jet, 1.5),
        Err(MediaError::ImageWeight { .. })
    ));
}

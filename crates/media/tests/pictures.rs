//! Pictures: axis orders, scaling of values, grids; boxes, labels and resizing equal Pillow's pixel by pixel
//! (`data/make_pictures.py` wrote the expectations).

#![allow(clippy::unwrap_used)] // Helpers of tests, which may panic.

use base64::Engine;
use glassboard_media::{Channels, MediaError, Picture};
use ndarray::{Array1, Array2, Array3, Array4, Axis};
use serde_json::Value;

fn bytes(value: &Value) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD
        .decode(value.as_str().unwrap())
        .unwrap()
}

fn integer(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn pillow() -> Value {
    serde_json::from_str(include_str!("data/pictures.json")).unwrap()
}

fn picture(case: &Value) -> Picture {
    let shape = (
        integer(&case["height"]),
        integer(&case["width"]),
        integer(&case["channels"]),
    );
    let array = Array3::from_shape_vec(shape, bytes(&case["picture"])).unwrap();
    Picture::from_tensor(&array, "HWC").unwrap()
}

#[test]
fn boxes_and_labels_are_those_of_pillow() {
    for (i, case) in pillow()["boxes"].as_array().unwrap().iter().enumerate() {
        let rows = case["boxes"].as_array().unwrap();
        let flat = rows
            .iter()
            .flat_map(|row| row.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()));
        let boxes = Array2::from_shape_vec((rows.len(), 4), flat.collect()).unwrap();
        let labels: Vec<&str> = case["labels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l.as_str().unwrap())
            .collect();
        let mut picture = picture(case);
        picture.draw_boxes(&boxes, &labels).unwrap();
        assert!(
            picture.pixels() == bytes(&case["expected"]),
            "case {i}: {boxes:?}"
        );
    }
}

#[test]
fn resizing_is_that_of_pillow() {
    for case in pillow()["resizes"].as_array().unwrap() {
        let name = format!(
            "{} x {} x {}",
            case["width"], case["height"], case["rescale"]
        );
        let scaled = picture(case)
            .rescaled(case["rescale"].as_f64().unwrap())
            .unwrap();
        let size = (
            integer(&case["expected_width"]) as u32,
            integer(&case["expected_height"]) as u32,
        );
        assert_eq!((scaled.width(), scaled.height()), size, "{name}");
        assert!(scaled.pixels() == bytes(&case["expected"]), "{name}");
    }
}

#[test]
fn every_axis_order_gives_the_same_picture() {
    // [N, C, H, W] with a different length for each axis.
    let nchw = Array4::from_shape_fn((2, 3, 4, 5), |(n, c, h, w)| {
        (n * 100 + c * 30 + h * 5 + w) as u8
    });
    let expected = Picture::from_tensor(&nchw, "NCHW").unwrap();
    assert_eq!(
        (expected.width(), expected.height(), expected.channels()),
        (10, 4, Channels::Rgb)
    );
    let mut orders = 0;
    for order in permutations(&[0, 1, 2, 3]) {
        let letters: String = order
            .iter()
            .map(|&axis| ['N', 'c', 'H', 'w'][axis])
            .collect();
        let permuted = nchw.view().into_dyn().permuted_axes(order);
        assert_eq!(
            Picture::from_tensor(&permuted, &letters).unwrap(),
            expected,
            "{letters}"
        );
        orders += 1;
    }
    assert_eq!(orders, 24);

    let chw = nchw.index_axis(Axis(0), 1);
    let expected = Picture::from_tensor(&chw, "CHW").unwrap();
    assert_eq!(expected.pixels()[..6], [100, 130, 160, 101, 131, 161]);
    for order in permutations(&[0, 1, 2]) {
        let letters: String = order.iter().map(|&axis| ['c', 'h', 'W'][axis]).collect();
        let permuted = chw.into_dyn().permuted_axes(order);
        assert_eq!(
            Picture::from_tensor(&permuted, &letters).unwrap(),
            expected,
            "{letters}"
        );
    }

    let hw = chw.index_axis(Axis(0), 0);
    let expected = Picture::from_tensor(&hw, "hw").unwrap();
    assert_eq!(expected.pixels()[..6], [100, 100, 100, 101, 101, 101]);
    assert_eq!(Picture::from_tensor(&hw.t(), "WH").unwrap(), expected);
}

fn permutations(axes: &[usize]) -> Vec<Vec<usize>> {
    if axes.is_empty() {
        return vec![vec![]];
    }
    let heads = axes.iter().map(|&head| {
        (
            head,
            axes.iter()
                .copied()
                .filter(|&a| a != head)
                .collect::<Vec<_>>(),
        )
    });
    heads
        .flat_map(|(head, rest)| {
            permutations(&rest)
                .into_iter()
                .map(move |tail| [vec![head], tail].concat())
        })
        .collect()
}

#[test]
fn values_are_scaled_clipped_and_truncated() {
    let gray = |values: &Array2<f32>| {
        Picture::from_tensor(values, "HW")
            .unwrap()
            .pixels()
            .iter()
            .copied()
            .step_by(3)
            .collect::<Vec<_>>()
    };
    let values = ndarray::arr2(&[
        [0.0, 0.5, 1.0, 0.999_999],
        [-0.1, 1.7, f32::NAN, f32::INFINITY],
    ]);
    assert_eq!(gray(&values), [0, 127, 255, 254, 0, 255, 0, 255]);

    let row = |picture: Picture| picture.pixels()[..9].to_vec();
    let bytes = row(Picture::from_tensor(&Array2::from(vec![[0_u8, 7, 255]]), "HW").unwrap());
    assert_eq!(bytes, [0, 0, 0, 7, 7, 7, 255, 255, 255]);
    let integers = row(Picture::from_tensor(&Array2::from(vec![[0_i64, 1, 200]]), "HW").unwrap());
    assert_eq!(integers, [0, 0, 0, 255, 255, 255, 255, 255, 255]);
    let booleans =
        row(Picture::from_tensor(&Array2::from(vec![[true, false, true]]), "HW").unwrap());
    assert_eq!(booleans, [255, 255, 255, 0, 0, 0, 255, 255, 255]);
    let halves = Array2::from(vec![[
        half::f16::from_f32(0.5),
        half::f16::ONE,
        half::f16::ZERO,
    ]]);
    assert_eq!(
        row(Picture::from_tensor(&halves, "HW").unwrap()),
        [127, 127, 127, 255, 255, 255, 0, 0, 0]
    );
}

#[test]
fn grid_fills_rows_of_eight_and_leaves_black() {
    let pictures = Array4::from_shape_fn((9, 1, 2, 1), |(n, _, h, _)| (10 * n + h + 1) as u8);
    let grid = Picture::from_tensor(&pictures, "NCHW").unwrap();
    assert_eq!((grid.width(), grid.height()), (8, 4));
    let gray: Vec<u8> = grid.pixels().iter().copied().step_by(3).collect();
    assert_eq!(gray[..8], [1, 11, 21, 31, 41, 51, 61, 71]);
    assert_eq!(gray[8..16], [2, 12, 22, 32, 42, 52, 62, 72]);
    assert_eq!(gray[16..24], [81, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(gray[24..], [82, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn png_holds_the_pixels() {
    for channels in [3, 4] {
        let array = Array3::from_shape_fn((13, 17, channels), |(y, x, c)| {
            (y * 31 + x * 7 + c * 50) as u8
        });
        let picture = Picture::from_tensor(&array, "HWC").unwrap();
        let file = picture.to_png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (17, 13));
        assert_eq!(pixels, picture.pixels());
    }
}

#[test]
fn what_is_no_picture_says_why() {
    let three = Array3::<f32>::zeros((3, 4, 5));
    let error = |dataformats: &str| {
        Picture::from_tensor(&three, dataformats)
            .unwrap_err()
            .to_string()
    };
    for unknown in ["CHX", "CCH", "NHW", "C", "", "NCHWD"] {
        assert_eq!(
            error(unknown),
            format!(
                "unknown dataformats: expected a permutation of NCHW, CHW or HW, got {unknown:?}"
            )
        );
    }
    assert_eq!(
        error("NCHW"),
        "dataformats \"NCHW\" does not fit the tensor: expected 4 axes, got shape [3, 4, 5]"
    );
    assert_eq!(
        error("HWC"),
        "wrong number of channels: expected 1, 3 or 4, got 5 in shape [3, 4, 5] read as \"HWC\""
    );
    let batch = Array4::<f32>::zeros((2, 4, 5, 5));
    assert_eq!(
        Picture::from_tensor(&batch, "NCHW")
            .unwrap_err()
            .to_string(),
        "wrong number of channels: expected 1 or 3, got 4 in shape [2, 4, 5, 5] read as \"NCHW\""
    );
    let empty = Array3::<u8>::zeros((3, 0, 5));
    assert_eq!(
        Picture::from_tensor(&empty, "CHW"),
        Err(MediaError::EmptyPicture { got: vec![3, 0, 5] })
    );

    let mut picture = Picture::from_tensor(&three, "CHW").unwrap();
    let wrong = [
        picture
            .draw_boxes(&Array1::<f32>::zeros(4), &[] as &[&str])
            .unwrap_err(),
        picture
            .draw_boxes(&Array2::<f32>::zeros((2, 5)), &[] as &[&str])
            .unwrap_err(),
    ];
    assert_eq!(
        wrong,
        [
            MediaError::BoxesShape { got: vec![4] },
            MediaError::BoxesShape { got: vec![2, 5] }
        ]
    );
    for factor in [0.0, -1.0, 0.1, f64::NAN, f64::INFINITY] {
        assert!(
            matches!(
                picture.rescaled(factor),
                Err(MediaError::Rescale {
                    width: 5,
                    height: 4,
                    ..
                })
            ),
            "{factor}"
        );
    }
    assert!(matches!(
        picture.rescaled(1e9),
        Err(MediaError::PictureTooLarge {
            width: 5_000_000_000,
            ..
        })
    ));
}

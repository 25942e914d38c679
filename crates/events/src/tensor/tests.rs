use super::*;
use crate::proto::tensorboard::{TensorShapeProto, tensor_shape_proto::Dim};

#[allow(clippy::unnecessary_wraps)] // the field is optional
fn shape(sizes: &[i64]) -> Option<TensorShapeProto> {
    let dim = sizes
        .iter()
        .map(|&size| Dim {
            size,
            name: String::new(),
        })
        .collect();
    Some(TensorShapeProto {
        dim,
        unknown_rank: false,
    })
}

fn unpack(proto: &TensorProto) -> Tensor {
    Tensor::from_proto(proto).unwrap()
}

#[test]
fn content_is_little_endian_and_row_major() {
    let content = [1.0_f32, 2.0, 3.0, 4.0]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    let proto = TensorProto {
        dtype: 1,
        tensor_shape: shape(&[2, 2]),
        tensor_content: content,
        ..Default::default()
    };
    assert_eq!(
        unpack(&proto),
        Tensor {
            shape: vec![2, 2],
            data: TensorData::F32(vec![1.0, 2.0, 3.0, 4.0])
        }
    );
}

#[test]
fn a_short_list_repeats_its_last_element() {
    let proto = TensorProto {
        dtype: 9,
        tensor_shape: shape(&[4]),
        int64_val: vec![1, 2],
        ..Default::default()
    };
    assert_eq!(unpack(&proto).data, TensorData::I64(vec![1, 2, 2, 2]));
}

#[test]
fn a_short_list_is_not_repeated_without_bound() {
    let proto = TensorProto {
        dtype: 9,
        tensor_shape: shape(&[1 << 40]),
        int64_val: vec![1],
        ..Default::default()
    };
    let error = Tensor::from_proto(&proto).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tensor of type DT_INT64 and shape [1099511627776]: expected 1099511627776 elements, got 1"
    );
}

#[test]
fn sizes_whose_product_overflows_are_an_error() {
    let proto = TensorProto {
        dtype: 1,
        tensor_shape: shape(&[i64::MAX, i64::MAX, 4]),
        float_val: vec![1.0],
        ..Default::default()
    };
    assert!(Tensor::from_proto(&proto).is_err());
}

#[test]
fn content_that_does_not_fit_is_an_error() {
    let proto = TensorProto {
        dtype: 1,
        tensor_shape: shape(&[2]),
        tensor_content: vec![0; 9],
        ..Default::default()
    };
    assert!(matches!(
        Tensor::from_proto(&proto),
        Err(EventsError::TensorSize {
            expected: 2,
            got: 2,
            ..
        })
    ));
}

#[test]
fn an_empty_tensor_has_no_elements() {
    let proto = TensorProto {
        dtype: 1,
        tensor_shape: shape(&[0]),
        ..Default::default()
    };
    assert_eq!(
        unpack(&proto),
        Tensor {
            shape: vec![0],
            data: TensorData::F32(vec![])
        }
    );
}

#[test]
fn sixteen_bit_floats() {
    // 1.5, -2, the smallest denormal, infinity, as binary16.
    let half = vec![0x3e00, 0xc000, 0x0001, 0x7c00];
    let proto = TensorProto {
        dtype: 19,
        tensor_shape: shape(&[4]),
        half_val: half,
        ..Default::default()
    };
    assert_eq!(
        unpack(&proto).data,
        TensorData::F32(vec![1.5, -2.0, 5.960_464_5e-8, f32::INFINITY])
    );
    let bfloat = TensorProto {
        dtype: 14,
        tensor_shape: shape(&[1]),
        half_val: vec![0x3fc0],
        ..Default::default()
    };
    assert_eq!(unpack(&bfloat).data, TensorData::F32(vec![1.5]));
}

#[test]
fn pytorch_puts_the_bits_of_single_floats_in_the_list_of_halves() {
    let bits = |v: f32| v.to_bits() as i32;
    let proto = TensorProto {
        dtype: 19,
        tensor_shape: shape(&[3]),
        half_val: vec![bits(1.5), bits(-3.25), bits(0.0)],
        ..Default::default()
    };
    assert_eq!(unpack(&proto).data, TensorData::F32(vec![1.5, -3.25, 0.0]));
}

#[test]
fn bytes_in_either_list() {
    let torch = TensorProto {
        dtype: 4,
        tensor_shape: shape(&[2]),
        uint32_val: vec![1, 255],
        ..Default::default()
    };
    let tensorflow = TensorProto {
        dtype: 4,
        tensor_shape: shape(&[2]),
        int_val: vec![1, 255],
        ..Default::default()
    };
    assert_eq!(unpack(&torch), unpack(&tensorflow));
}

#[test]
fn unknown_types_are_an_error() {
    let proto = TensorProto {
        dtype: 20,
        ..Default::default()
    };
    assert!(matches!(
        Tensor::from_proto(&proto),
        Err(EventsError::TensorType { dtype: 20 })
    ));
}

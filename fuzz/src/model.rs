use glassboard_model::{
    ModelGraph, list_onnx_bytes, read_bytes,
    summary::{Counting, Record, Summary, TextOptions, describe},
};

/// Exported programs: bytes are an archive, or else the JSON of a program within one.
pub fn pt2(data: &[u8]) {
    if data.starts_with(b"PK") {
        model(data.to_vec());
    } else {
        let weights = br#"{"config":{"w":{"path_name":"weight_0","is_param":true,"use_pickle":false,"tensor_meta":{"dtype":7,"sizes":[{"as_int":2}],"requires_grad":true,"strides":[{"as_int":1}],"storage_offset":{"as_int":0}}}}}"#;
        model(archive(&[
            ("m/models/model.json", data),
            ("m/data/weights/model_weights_config.json", weights),
            ("m/data/weights/weight_0", &[0; 8]),
        ]));
    }
}

/// ONNX models.
pub fn onnx(data: &[u8]) {
    let mut bytes = vec![0x08, 8];
    bytes.extend_from_slice(data);
    // What is no model has no list.
    let _ = list_onnx_bytes("fuzz", bytes.clone());
    model(bytes);
}

/// Weights with a header: the first bytes are its length where that makes sense.
pub fn safetensors(data: &[u8]) {
    model(data.to_vec());
    let mut bytes = (data.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(data);
    model(bytes);
}

/// State dicts: bytes are an archive, or else the pickle within one.
pub fn pth(data: &[u8]) {
    if data.starts_with(b"PK") {
        model(data.to_vec());
    } else {
        model(archive(&[
            ("m/data.pkl", data),
            ("m/data/0", &[0; 64]),
            ("m/data/1", &[0; 16]),
        ]));
    }
}

/// No bytes make a reader panic, and what it makes of them is sound: ids name something, a tensor has the bytes that
/// its shape asks for, shapes can be inferred, everything has a node of its own in TensorBoard's graph, and there is a
/// summary.
fn model(bytes: Vec<u8>) {
    let len = bytes.len() as u64;
    let Ok(mut graph) = read_bytes("fuzz", bytes) else {
        return;
    };
    for tensor in &graph.tensors {
        assert!(graph.modules.get(tensor.module.index()).is_some());
        if let Ok(values) = tensor.read() {
            assert_eq!(values.len() as u64, tensor.size_bytes());
            assert!(
                values.len() as u64 <= len * 8,
                "more values than the file holds"
            );
        }
    }
    sound(&graph);
    // Misfits are errors, and what was known stays.
    let _ = graph.infer_shapes();
    sound(&graph);
    let definitions = graph.definitions();
    let mut names: Vec<&str> = definitions.iter().map(|node| node.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), definitions.len(), "names are unique");
    describe(&graph);
    let summary = Summary::new(Record::from_graph(&graph), Counting::Current);
    summary.text(&TextOptions::default());
    summary.json();
}

fn sound(graph: &ModelGraph) {
    for node in &graph.nodes {
        let inputs = node.inputs.iter().filter_map(|input| input.value);
        for value in inputs.chain(node.outputs.iter().copied()) {
            assert!(graph.values.get(value.index()).is_some());
        }
    }
    for call in &graph.calls {
        assert!(graph.modules.get(call.module.index()).is_some());
        if let Some(parent) = call.parent {
            assert_eq!(graph[parent].depth + 1, call.depth);
        }
    }
}

/// A zip archive of stored entries.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for (name, data) in entries {
        let mut checksum = flate2::Crc::new();
        checksum.update(data);
        let mut common = vec![0; 10];
        common.extend(checksum.sum().to_le_bytes());
        common.extend((data.len() as u32).to_le_bytes());
        common.extend((data.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend_from_slice(b"PK\x01\x02\0\0");
        directory.extend_from_slice(&common);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&common);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(data);
    }
    let start = bytes.len() as u32;
    bytes.extend_from_slice(&directory);
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend((entries.len() as u16).to_le_bytes());
    bytes.extend((entries.len() as u16).to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

//! Reads the records in `tests/golden/summary`.

use std::path::PathBuf;

use glassboard_model::summary::{
    Call, KernelSize, Module, OwnParameter, Parameter, Place, Record, Size, Tensor,
};
use serde_json::Value;

pub(crate) fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden/summary")
        .join(name)
}

pub(crate) fn read_json(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(golden(name)).unwrap()).unwrap()
}

/// What was heard of a model's calls.
pub(crate) fn record(model: &str) -> Record {
    let json = read_json(&format!("{model}.json"));
    let list = |name: &str| json[name].as_array().unwrap().clone();
    let mut record = Record::new();
    for parameter in list("parameters") {
        record.add_parameter(Parameter {
            shape: Some(numbers(&parameter[0])),
            item_bytes: parameter[1].as_u64().unwrap(),
            trainable: parameter[2].as_bool().unwrap(),
        });
    }
    let modules = list("modules");
    for _ in &modules {
        record.add_module(Module::default());
    }
    for (index, module) in modules.iter().enumerate() {
        let pairs = |field: usize| module[field].as_array().unwrap().iter();
        let children = pairs(0).map(|child| {
            (
                text(&child[0]),
                record.module_id(index_of(&child[1])).unwrap(),
            )
        });
        let children = children.collect();
        let parameters = pairs(1).map(|own| OwnParameter {
            name: text(&own[0]),
            parameter: record.parameter_id(index_of(&own[1])).unwrap(),
            kept: own[2].as_u64(),
        });
        let module = Module {
            children,
            parameters: parameters.collect(),
            is_leaf: module[2].as_bool().unwrap(),
            kernel_size: match &module[3] {
                Value::Null => None,
                Value::Number(size) => size.as_i64().map(KernelSize::One),
                sizes => Some(KernelSize::Each(
                    numbers(sizes).into_iter().map(|size| size as i64).collect(),
                )),
            },
            groups: module[4].as_u64(),
        };
        *record.module_mut(record.module_id(index).unwrap()).unwrap() = module;
    }
    for place in list("places") {
        record.add_place(Place {
            module: record.module_id(index_of(&place[0])).unwrap(),
            name: text(&place[1]),
            class_name: text(&place[2]),
            parent: place[3]
                .as_u64()
                .map(|parent| record.place_id(parent as usize).unwrap()),
        });
    }
    for call in list("calls") {
        record.add_call(Call {
            place: record.place_id(index_of(&call[0])).unwrap(),
            class_name: text(&call[1]),
            executed: call[2].as_bool().unwrap(),
            input: tensor(&call[3]),
            output: tensor(&call[4]),
            operations: None,
        });
    }
    record.set_input_bytes(json["input_bytes"].as_u64().unwrap());
    record
}

fn tensor(value: &Value) -> Tensor {
    Tensor {
        size: Size::of(numbers(&value[0])),
        item_bytes: value[1].as_u64().unwrap(),
    }
}

fn numbers(value: &Value) -> Vec<u64> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|number| number.as_u64().unwrap())
        .collect()
}

fn index_of(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

//! `glassboard summary`.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

mod common;

use std::fs;
use std::path::PathBuf;

use common::{run, stderr, stdout};
use serde_json::Value as Json;

fn file(name: &str) -> String {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    golden.join(name).to_str().unwrap().to_owned()
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    stdout(&output)
}

fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2));
    stderr(&output)
}

/// The options of a reference case as the command takes them.
fn options(case: &Json) -> Vec<String> {
    let mut arguments = Vec::new();
    for (name, value) in case["options"].as_object().unwrap() {
        let option = match name.as_str() {
            "col_names" => "--col",
            "row_settings" => "--row",
            "depth" => "--depth",
            "col_width" => "--col-width",
            other => panic!("the case has an option that this test does not know: {other}"),
        };
        let values = match value {
            Json::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        for value in values {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            arguments.extend([option.to_owned(), text]);
        }
    }
    arguments
}

/// Every layer of these five ran an operation, so that the exported programs have all their rows.
#[test]
fn exported_programs_print_what_torchinfo_printed_of_the_live_modules() {
    let cases = fs::read_to_string(file("summary/cases.json")).unwrap();
    let cases: Json = serde_json::from_str(&cases).unwrap();
    let mut compared = 0;
    for (name, case) in cases.as_object().unwrap() {
        let model = file(&format!("summary/{}.pt2", case["model"].as_str().unwrap()));
        if !PathBuf::from(&model).exists() {
            continue;
        }
        let options = options(case);
        let mut arguments = vec!["summary", &model];
        arguments.extend(options.iter().map(String::as_str));
        let expected = fs::read_to_string(file(&format!("summary/{name}.txt"))).unwrap();
        assert_eq!(printed(&arguments), expected, "{name}");
        compared += 1;
    }
    assert_eq!(compared, 25);
}

#[test]
fn an_input_gives_symbolic_sizes_their_numbers() {
    let model = file("cam/tiny_resnet/model.onnx");
    let text = printed(&["summary", &model, "--input", "5x3x32x32"]);
    assert!(text.contains("TinyResNet"), "{text}");
    assert!(text.contains("[5, 16, 8, 8]"), "{text}");
    assert!(!text.contains("batch"), "{text}");
}

#[test]
fn other_forms_hold_the_same_numbers() {
    let model = file("summary/net.pt2");
    let json: Json =
        serde_json::from_str(&printed(&["summary", &model, "--format", "json"])).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), 11);
    let csv = printed(&["summary", &model, "--format", "csv"]);
    assert_eq!(csv.lines().count(), 12, "{csv}");
    let markdown = printed(&["summary", &model, "--format", "markdown"]);
    assert!(markdown.contains("51,264"), "{markdown}");
    let html = printed(&["summary", &model, "--format", "html"]);
    assert!(html.contains("<table"), "{html}");
    let nested = printed(&["summary", &model, "--format", "repr"]);
    assert!(nested.starts_with("Net(\n  (conv1): Conv2d("), "{nested}");
}

#[test]
fn two_models_are_compared() {
    let text = printed(&[
        "summary",
        &file("summary/net.pt2"),
        &file("summary/sequential.pt2"),
    ]);
    assert!(text.contains("54,273") && text.contains("41,418"), "{text}");
}

#[test]
fn weights_show_names_and_parameters() {
    for weights in ["models/state_dict.pth", "models/state_dict.safetensors"] {
        let text = printed(&["summary", &file(weights), "--row", "var_names"]);
        assert!(text.contains("Total params: 165\n"), "{text}");
        assert!(text.contains("(features)"), "{text}");
    }
}

#[test]
fn what_does_not_fit_says_where() {
    let model = file("models/convolutions.pt2");
    let message = refused(&["summary", &model, "--input", "1x3x9x9"]);
    assert!(
        message.contains("input x: expected float32 [1, 3, 16, 16], got float32 [1, 3, 9, 9]"),
        "{message}"
    );
    let message = refused(&["summary", &model, "--input", "1x3xbig"]);
    assert!(
        message.contains("expected a shape such as 1x3x224x224 or 2x7:int64, got \"1x3xbig\""),
        "{message}"
    );
    let message = refused(&["summary", &file("models/whole_module.pth")]);
    assert!(
        message.contains("a pickle that asks for __main__.Convolutions, which is not run"),
        "{message}"
    );
    let message = refused(&["summary", &file("models/expected.json")]);
    assert!(
        message.contains("expected a model (.pt2, .onnx) or weights"),
        "{message}"
    );
}

#[test]
fn an_operation_that_nobody_knows_is_named_once_and_the_rest_goes_on() {
    let output = run(&["summary", &file("models/attributes.onnx"), "--input", "2x3"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(
        said.starts_with("glassboard: shapes behind these operations are not known: Everything: "),
        "{said}"
    );
    assert_eq!(said.matches("Everything").count(), 1, "{said}");
    let text = stdout(&output);
    let row = |class: &str| text.lines().find(|line| line.contains(class)).unwrap();
    assert!(row("Everything").contains('?'), "{text}");
    assert!(row("Constant").contains("[3]"), "{text}");
}

#[test]
fn a_file_that_is_cut_off_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "models/convolutions.pt2",
        "models/convolutions.onnx",
        "models/state_dict.pth",
        "models/state_dict.safetensors",
    ] {
        let whole = fs::read(file(name)).unwrap();
        let path = folder.path().join(name.replace('/', "_"));
        fs::write(&path, &whole[..whole.len() * 2 / 3]).unwrap();
        let message = refused(&["summary", path.to_str().unwrap()]);
        assert!(message.contains(path.to_str().unwrap()), "{message}");
        assert!(message.contains("expected"), "{message}");
    }
}

//! What the summary tells that torchinfo does not: operations, receptive fields, memory, other forms, comparison.
#![allow(clippy::unwrap_used)] // helpers of tests may fail as tests do

use glassboard_model::summary::{
    Column, Comparison, Counting, Format, Layout, Record, Side, Summary, TextOptions, Units,
    mult_adds_of_operation,
};
use glassboard_model::{Attribute, DType, ModelBuilder, ModelGraph};

/// Convolution, `ReLU`, pooling, convolution with `channels` channels; then a product of matrices outside of any layer.
fn graph(channels: u64) -> ModelGraph {
    let mut model = ModelBuilder::new("Net");
    let x = model.input("x", DType::F32, [1, 3, 10, 10]);
    let conv = |model: &mut ModelBuilder, name: &str, from, shape: [u64; 4], made: [u64; 4]| {
        let layer = model.module(model.root(), name, "Conv2d");
        let weight = model.parameter(layer, "weight", DType::F32, shape);
        let root = model.root_call();
        let run = model.call(layer, root);
        model.node(run, "conv2d", &[from, weight], DType::F32, made)
    };
    let first = conv(&mut model, "first", x, [4, 3, 3, 3], [1, 4, 8, 8]);
    let relu = model.module(model.root(), "relu", "ReLU");
    let root = model.root_call();
    let run = model.call(relu, root);
    let bent = model.node(run, "relu", &[first], DType::F32, [1, 4, 8, 8]);
    let pool = model.module(model.root(), "pool", "MaxPool2d");
    let run = model.call(pool, root);
    let pooled = model.node(run, "max_pool2d", &[bent], DType::F32, [1, 4, 4, 4]);
    model.set_node_attribute(pooled, "kernel_size", Attribute::Ints(vec![2, 2]));
    let second = conv(
        &mut model,
        "second",
        pooled,
        [channels, 4, 3, 3],
        [1, channels, 2, 2],
    );
    let flat = model.node(root, "view", &[second], DType::F32, [channels, 4]);
    let turned = model.node(root, "t", &[flat], DType::F32, [4, channels]);
    let product = model.node(
        root,
        "mm",
        &[flat, turned],
        DType::F32,
        [channels, channels],
    );
    model.output(product);
    model.build()
}

fn summary(channels: u64) -> Summary {
    Summary::new(Record::from_graph(&graph(channels)), Counting::Current)
}

fn options() -> TextOptions {
    TextOptions {
        columns: vec![
            Column::OutputSize,
            Column::NumParams,
            Column::MultAdds,
            Column::OperationMultAdds,
            Column::ReceptiveField,
        ],
        column_width: 16,
        ..TextOptions::default()
    }
}

/// Compares with a text that is indented like the code around it.
fn check(text: &str, indented: &str) {
    let lines = indented
        .trim()
        .lines()
        .map(|line| line.strip_prefix("    ").unwrap_or(line));
    assert_eq!(text.trim_end(), lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn operations_fields_and_memory_stand_in_the_table() {
    // Fields: 3; 3 + 1 behind the pooling, which moves by 2; 4 + 2 · 2. The product sees everything.
    // Memory: the convolution and the ReLU after it, beside the input: 2 · 4 · 8 · 8 + 300 numbers.
    check(
        &summary(5).text(&options()),
        r"
    ========================================================================================================================
    Layer (type:depth-idx)                   Output Shape     Param #          Mult-Adds        Op Mult-Adds     Receptive Field
    ========================================================================================================================
    Net                                      [5, 5]           --               --               100              --
    ├─Conv2d: 1-1                            [1, 4, 8, 8]     108              6,912            6,912            3
    ├─ReLU: 1-2                              [1, 4, 8, 8]     --               --               --               3
    ├─MaxPool2d: 1-3                         [1, 4, 4, 4]     --               --               --               4
    ├─Conv2d: 1-4                            [1, 5, 2, 2]     180              720              720              8
    ========================================================================================================================
    Total params: 288
    Trainable params: 288
    Non-trainable params: 0
    Total mult-adds (M): 0.01
    Total operation mult-adds (M): 0.01
    ========================================================================================================================
    Input size (MB): 0.00
    Forward/backward pass size (MB): 0.00
    Params size (MB): 0.00
    Estimated Total Size (MB): 0.00
    Peak activation size (MB): 0.00
    ========================================================================================================================
    ",
    );
    assert_eq!(
        summary(5).totals().peak_activation_bytes,
        Some(4 * (300 + 2 * 4 * 8 * 8))
    );
    assert_eq!(
        summary(5).totals().operation_mult_adds,
        Some(6912 + 720 + 100)
    );
}

#[test]
fn sizes_in_the_unit_that_fits() {
    let options = TextOptions {
        layout: Layout::Current(Units::Auto),
        ..TextOptions::default()
    };
    let text = summary(5).text(&options);
    let sums: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("Total"))
        .collect();
    assert_eq!(
        sums.join("\n").replace('=', ""),
        "Total params: 288\nTrainable params: 288\nNon-trainable params: 0\nTotal mult-adds (k): 7.63\n\n\
         Input size (kB): 1.20\nForward/backward pass size (kB): 2.21\nParams size (kB): 1.15\n\
         Estimated Total Size (kB): 4.56\n"
    );
}

#[test]
fn markdown_is_a_pipe_table() {
    let options = TextOptions {
        depth: 0,
        ..TextOptions::default()
    };
    assert_eq!(
        summary(5).write(Format::Markdown, &options),
        "| Layer | Output Shape | Param # |\n| --- | --- | ---: |\n| Net | [5, 5] | 288 |\n\n\
         - Total params: 288\n- Trainable params: 288\n- Non-trainable params: 0\n- Total mult-adds (M): 0.01\n\
         - Input size (MB): 0.00\n- Forward/backward pass size (MB): 0.00\n- Params size (MB): 0.00\n\
         - Estimated Total Size (MB): 0.00\n"
    );
}

#[test]
fn csv_has_plain_numbers_and_quotes_lists() {
    let csv = summary(5).write(Format::Csv, &options());
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[0],
        "path,name,class,depth,index,is_leaf,is_recursive,executed,kernel_size,groups,input_size,output_size,\
         output_bytes,num_params,trainable_params,leftover_params,param_bytes,mult_adds,operation_mult_adds,\
         receptive_field"
    );
    assert_eq!(
        lines[2],
        "first,first,Conv2d,1,1,true,false,true,\"[3, 3]\",1,\"[1, 3, 10, 10]\",\"[1, 4, 8, 8]\",1024,108,108,108,432,\
         6912,6912,3"
    );
    assert_eq!(lines.len(), 6);
}

#[test]
fn json_has_rows_and_totals() {
    let json = summary(5).json();
    assert_eq!(json["totals"]["params"], 288);
    assert_eq!(
        json["rows"][4]["output_size"],
        serde_json::json!([1, 5, 2, 2])
    );
    assert_eq!(json["rows"][0]["operation_mult_adds"], 6912 + 720 + 100);
    assert_eq!(json["rows"][0]["receptive_field"], serde_json::Value::Null);
}

#[test]
fn html_escapes_what_a_model_calls_itself() {
    let mut model = ModelBuilder::new("<b>&\"Net\"");
    let x = model.input("x", DType::F32, [1]);
    let root = model.root_call();
    let y = model.node(root, "relu", &[x], DType::F32, [1]);
    model.output(y);
    let summary = Summary::new(Record::from_graph(&model.build()), Counting::Current);
    let html = summary.write(Format::Html, &TextOptions::default());
    assert!(
        html.contains("&lt;b&gt;&amp;&quot;Net&quot;</td>"),
        "{html}"
    );
    assert!(!html.contains("<b>"));
}

#[test]
fn two_models_are_compared_row_by_row() {
    let (first, second) = (summary(5), summary(6));
    let options = TextOptions::default();
    let comparison = Comparison::new(&first, &second, &options);
    let sides: Vec<Side> = comparison.rows().iter().map(|row| row.side).collect();
    assert_eq!(
        sides,
        [
            Side::Changed,
            Side::Same,
            Side::Same,
            Side::Same,
            Side::Changed
        ]
    );
    check(
        &comparison.write(Format::Text, &options),
        r"
    Layer (type)        Change  Output Shape A  Output Shape B  Param # A  Param # B
    Net                 ~       [5, 5]          [6, 6]                 --         --
      first (Conv2d)            [1, 4, 8, 8]    [1, 4, 8, 8]          108        108
      relu (ReLU)               [1, 4, 8, 8]    [1, 4, 8, 8]           --         --
      pool (MaxPool2d)          [1, 4, 4, 4]    [1, 4, 4, 4]           --         --
      second (Conv2d)   ~       [1, 5, 2, 2]    [1, 6, 2, 2]          180        216

    Total params: 288 -> 324 (+36)
    Trainable params: 288 -> 324 (+36)
    Total mult-adds: 7,632 -> 7,776 (+144)
    Params size (bytes): 1,152 -> 1,296 (+144)
    ",
    );
}

#[test]
fn rows_that_only_one_model_has_are_named() {
    let first = summary(5);
    let mut model = ModelBuilder::new("Net");
    let x = model.input("x", DType::F32, [1, 4]);
    let extra = model.module(model.root(), "extra", "Tanh");
    let root = model.root_call();
    let run = model.call(extra, root);
    let y = model.node(run, "tanh", &[x], DType::F32, [1, 4]);
    model.output(y);
    let second = Summary::new(Record::from_graph(&model.build()), Counting::Current);
    let comparison = Comparison::new(&first, &second, &TextOptions::default());
    let sides: Vec<Side> = comparison.rows().iter().map(|row| row.side).collect();
    assert_eq!(
        sides,
        [
            Side::Changed,
            Side::Removed,
            Side::Removed,
            Side::Removed,
            Side::Removed,
            Side::Added
        ]
    );
}

/// The numbers are half of those of `torch.utils.flop_counter` for the same shapes.
#[test]
fn mult_adds_of_operations() {
    let count = |name: &str, inputs: &[&[u64]], output: &[u64]| {
        let inputs: Vec<Vec<u64>> = inputs.iter().map(|shape| shape.to_vec()).collect();
        mult_adds_of_operation(name, &inputs, &[output.to_vec()])
    };
    assert_eq!(
        count("aten.mm.default", &[&[2, 3], &[3, 5]], &[2, 5]),
        Some(30)
    );
    assert_eq!(count("addmm", &[&[5], &[2, 3], &[3, 5]], &[2, 5]), Some(30));
    assert_eq!(
        count("bmm", &[&[7, 2, 3], &[7, 3, 5]], &[7, 2, 5]),
        Some(210)
    );
    assert_eq!(
        count("linear", &[&[4, 7, 3], &[5, 3], &[5]], &[4, 7, 5]),
        Some(420)
    );
    assert_eq!(
        count("conv2d", &[&[1, 4, 8, 8], &[6, 2, 3, 3]], &[1, 6, 6, 6]),
        Some(216 * 18)
    );
    assert_eq!(
        count("conv_transpose1d", &[&[1, 4, 8], &[4, 3, 5]], &[1, 3, 12]),
        Some(32 * 15)
    );
    let attention = "scaled_dot_product_attention";
    let (q, kv): (&[u64], &[u64]) = (&[2, 4, 7, 8], &[2, 4, 9, 8]);
    assert_eq!(count(attention, &[q, kv, kv], q), Some(2 * 4 * 7 * 9 * 16));
    assert_eq!(
        count(
            "lstm",
            &[&[5, 2, 3], &[16, 3], &[16, 4], &[16], &[16]],
            &[5, 2, 4]
        ),
        Some(10 * 112)
    );
    assert_eq!(count("relu", &[&[2, 3]], &[2, 3]), None);
    assert_eq!(count("mm", &[], &[2, 3]), None);
    assert_eq!(
        count("mm", &[&[u64::MAX, u64::MAX]], &[u64::MAX]),
        Some(u64::MAX)
    );
}

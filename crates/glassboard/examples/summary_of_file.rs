//! What is in a model's file: `cargo run --example summary_of_file -- model.pt2 [1x3x224x224]`.

#![allow(clippy::print_stdout, clippy::print_stderr)] // An example shows what it found.

use glassboard::model::InputShape;
use glassboard::summary::{Column, Counting, Record, Summary, TextOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("expected a model's file")?;
    let mut graph = glassboard::model::read(&file)?;
    let inputs = arguments
        .map(|shape| shape.parse())
        .collect::<Result<Vec<InputShape>, _>>()?;
    if !inputs.is_empty() {
        for op in graph.set_inputs(&inputs)? {
            eprintln!("{op}: its shapes are not known");
        }
    }
    let summary = Summary::new(Record::from_graph(&graph), Counting::Current);
    let options = TextOptions {
        columns: vec![
            Column::OutputSize,
            Column::NumParams,
            Column::OperationMultAdds,
        ],
        ..TextOptions::default()
    };
    println!("{}", summary.text(&options));
    Ok(())
}

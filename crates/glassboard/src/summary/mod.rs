//! What is in a model: the table of layers, from a model file or a description.
//!
//! ```
//! use glassboard::model::{DType, ModelBuilder};
//! use glassboard::summary::{Counting, Record, Summary, TextOptions};
//!
//! let mut net = ModelBuilder::new("Net");
//! let x = net.input("x", DType::F32, [1, 8]);
//! let linear = net.module(net.root(), "fc", "Linear");
//! let weight = net.parameter(linear, "weight", DType::F32, [4, 8]);
//! let root = net.root_call();
//! let run = net.call(linear, root);
//! let y = net.node(run, "linear", &[x, weight], DType::F32, [1, 4]);
//! net.output(y);
//!
//! let summary = Summary::new(Record::from_graph(&net.build()), Counting::Current);
//! assert_eq!(summary.totals().params, 32);
//! assert_eq!(summary.totals().operation_mult_adds, Some(32));
//! println!("{}", summary.text(&TextOptions::default()));
//! ```

pub use glassboard_model::summary::*;

#[cfg(feature = "burn")]
pub mod burn;

//! The table of layers that torchinfo made known, from a record of a model's calls.

//! Precision-recall, ROC and DET curves of binary and multi-class scores, their areas, and the best points to operate at.

pub mod binned;

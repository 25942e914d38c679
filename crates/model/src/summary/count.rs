//! The counting rules: parameters of a module, and mult-adds of a call.
//!
//! The rules are torchinfo's, so that the numbers can be compared with those in papers and issues. What they count is
//! coarse: a bias counts as one mult-add per output element, and an operation that is no module counts nothing. What
//! the operations really do is another column, [`Column::OperationMultAdds`](super::Column::OperationMultAdds).

use super::record::{ModuleId, OwnParameter, Parameter, Record, Size, product};

/// Which of torchinfo's counting rules hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counting {
    /// Those of its development version, which mend miscounts of the release: a linear layer multiplies at every
    /// position, and weights that several layers share count once.
    #[default]
    Current,
    /// Those of release 1.8.0, to the number.
    Release,
}

/// What a module and all below it hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ParameterCount {
    pub(super) all: u64,
    pub(super) trainable: u64,
    pub(super) bytes: u64,
}

/// The name that a parameter counts under and its number of elements: of a pruned one only those that are left, and
/// its name without `_orig`. `None` for a parameter of a lazy module that has not run.
pub(super) fn elements<'a>(
    name: &'a str,
    own: &OwnParameter,
    parameter: &Parameter,
) -> Option<(&'a str, u64)> {
    match (own.kept, name.strip_suffix("_orig")) {
        (Some(kept), Some(name)) => Some((name, kept)),
        _ => parameter
            .shape
            .as_ref()
            .map(|shape| (name, product(shape.iter().copied()))),
    }
}

/// Counts the parameters of a module and of all below it, each once.
pub(super) fn parameters(record: &Record, module: ModuleId) -> ParameterCount {
    let mut count = ParameterCount::default();
    record.named_parameters(module, |name, own, parameter| {
        let Some((_, elements)) = elements(name, own, parameter) else {
            return;
        };
        count.all = count.all.saturating_add(elements);
        count.bytes = count
            .bytes
            .saturating_add(elements.saturating_mul(parameter.item_bytes));
        if parameter.trainable {
            count.trainable = count.trainable.saturating_add(elements);
        }
    });
    count
}

/// Mult-adds of one call by its parameters and the shape of its output, the batch included.
///
/// With `n` elements in a parameter and output `[d0, d1, …]`, each parameter adds
///
/// | its name | class name contains | mult-adds |
/// |---|---|---|
/// | `weight`, `bias` | `Conv` | `n · d0 · d2 · d3 · …`: groups are in `n` already |
/// | `weight`, `bias` | `Linear` (only [`Counting::Current`]) | `n · d0 · … · d(last - 1)`: every position |
/// | `weight`, `bias` | anything else | `n · d0` |
/// | contains `weight` or `bias`, as in `weight_ih_l0` | | `n · d0 · d1` |
///
/// Source: `LayerInfo.calculate_macs` of torchinfo, release 1.8.0 and the development version.
pub(super) fn mult_adds(
    record: &Record,
    module: ModuleId,
    class_name: &str,
    output: &Size,
    counting: Counting,
) -> u64 {
    if !output.is_known() {
        return 0;
    }
    let lengths = || output.lengths();
    let batch = product(lengths().take(1));
    let own = if class_name.contains("Conv") {
        batch.saturating_mul(product(lengths().skip(2)))
    } else if counting == Counting::Current && class_name.contains("Linear") {
        product(lengths().take(lengths().len().saturating_sub(1)))
    } else {
        batch
    };
    let sequence = product(lengths().take(2));
    let mut total: u64 = 0;
    record.named_parameters(module, |name, held, parameter| {
        let Some((name, elements)) = elements(name, held, parameter) else {
            return;
        };
        let times = match name {
            "weight" | "bias" => own,
            _ if name.contains("weight") || name.contains("bias") => sequence,
            _ => 0,
        };
        total = total.saturating_add(elements.saturating_mul(times));
    });
    total
}

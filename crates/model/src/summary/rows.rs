//! The rows of the table, in torchinfo's order: calls as they began, and the containers that were never called
//! where their first child ran.

use std::collections::{HashMap, HashSet};

use super::count::{self, Counting, ParameterCount};
use super::record::{Call, KernelSize, ModuleId, ParameterId, PlaceId, Record, Size, Tensor};

/// One row: a call of a module, or a container that none called.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The module.
    pub module: ModuleId,
    /// Where it stands in the tree.
    pub place: PlaceId,
    /// Its dotted path below the root, empty for the root.
    pub path: String,
    /// The name of its class.
    pub class_name: String,
    /// Its name in the parent.
    pub name: String,
    /// How deep it lies: 0 for the root.
    pub depth: usize,
    /// Its number among the rows of this depth, from 1.
    pub index: usize,
    /// Whether it is a layer, without submodules that count.
    pub is_leaf: bool,
    /// Whether its parameters are counted in an earlier row.
    pub is_recursive: bool,
    /// Whether the module was called and ran to its end.
    pub executed: bool,
    /// What went in.
    pub input: Size,
    /// What came out.
    pub output: Size,
    /// Bytes of what came out.
    pub output_bytes: u64,
    /// The size of its window.
    pub kernel_size: Option<KernelSize>,
    /// The number of groups of its channels.
    pub groups: Option<u64>,
    /// Parameters in it and below it.
    pub num_params: u64,
    /// Those of them that training changes.
    pub trainable_params: u64,
    /// Bytes of the parameters.
    pub param_bytes: u64,
    /// Parameters that no row below it counts. Negative where rows below count a shared one more than once.
    pub leftover_params: i64,
    /// Those of them that training changes.
    pub leftover_trainable_params: i64,
    /// Mult-adds by its parameters.
    pub mult_adds: u64,
    /// Mult-adds of the layers below it.
    pub mult_adds_below: u64,
    /// Mult-adds of the operations that it ran itself; `None` where nobody looked.
    pub operation_mult_adds: Option<u64>,
    /// Mult-adds of the operations of all rows below it; `None` where nobody looked.
    pub operation_mult_adds_below: Option<u64>,
    /// How many elements of the model's input one element of its output can see along an axis.
    pub receptive_field: Option<u64>,
    /// Where its rows end: those of everything below it are the ones between it and this position.
    pub end: usize,
}

/// The rows and their order. A row may stand at several positions, see [`Counting::Release`].
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) order: Vec<usize>,
}

/// Makes the rows of a record.
pub(super) fn build(record: &Record, counting: Counting) -> Rows {
    let mut building = Building::new(record, counting);
    let mut order: Vec<usize> = record
        .calls()
        .iter()
        .filter_map(|call| building.call(call))
        .collect();
    if record.input_bytes().is_some() {
        building.insert_containers(&mut order);
    }
    let mut rows = building.rows;
    number(&mut rows, &order);
    sum_up(&mut rows, &order);
    Rows { rows, order }
}

struct Building<'a> {
    record: &'a Record,
    counting: Counting,
    rows: Vec<Row>,
    counts: HashMap<ModuleId, ParameterCount>,
    seen_modules: HashSet<ModuleId>,
    seen_parameters: HashSet<ParameterId>,
    /// Rows of containers by place: the release shows one row at several positions.
    containers: HashMap<PlaceId, usize>,
}

impl<'a> Building<'a> {
    fn new(record: &'a Record, counting: Counting) -> Self {
        Building {
            record,
            counting,
            rows: Vec::new(),
            counts: HashMap::new(),
            seen_modules: HashSet::new(),
            seen_parameters: HashSet::new(),
            containers: HashMap::new(),
        }
    }

    fn call(&mut self, call: &Call) -> Option<usize> {
        let row = self.add(call.place, &call.class_name)?;
        let row_of = &mut self.rows[row];
        row_of.executed = call.executed;
        row_of.input = call.input.size.clone();
        row_of.output = call.output.size.clone();
        row_of.output_bytes = call.output.bytes();
        if let Some(operations) = call.operations {
            row_of.operation_mult_adds = Some(operations.mult_adds);
            row_of.receptive_field = operations.receptive_field;
        }
        if call.executed {
            let Tensor { size, .. } = &call.output;
            row_of.mult_adds = count::mult_adds(
                self.record,
                row_of.module,
                &call.class_name,
                size,
                self.counting,
            );
        }
        Some(row)
    }

    /// Adds a row for a place; its parameters are counted, its shapes are not known.
    fn add(&mut self, id: PlaceId, class_name: &str) -> Option<usize> {
        let place = self.record.place(id)?;
        let module = self.record.module(place.module)?;
        let count = *self
            .counts
            .entry(place.module)
            .or_insert_with(|| count::parameters(self.record, place.module));
        let is_recursive = self.is_recursive(place.module);
        self.rows.push(Row {
            module: place.module,
            place: id,
            path: self.record.path(id),
            class_name: class_name.to_owned(),
            name: place.name.clone(),
            depth: self.record.depth(id),
            index: 0,
            is_leaf: module.is_leaf,
            is_recursive,
            executed: false,
            input: Size::Absent,
            output: Size::Absent,
            output_bytes: 0,
            kernel_size: module.kernel_size.clone(),
            groups: module.groups,
            num_params: count.all,
            trainable_params: count.trainable,
            param_bytes: count.bytes,
            leftover_params: 0,
            leftover_trainable_params: 0,
            mult_adds: 0,
            mult_adds_below: 0,
            operation_mult_adds: None,
            operation_mult_adds_below: None,
            receptive_field: None,
            end: 0,
        });
        Some(self.rows.len() - 1)
    }

    /// Whether a row before counts a module's parameters; from now on one does.
    fn is_recursive(&mut self, id: ModuleId) -> bool {
        let own = self
            .record
            .module(id)
            .map(|module| module.parameters.as_slice())
            .unwrap_or_default();
        let new_parameters = own
            .iter()
            .filter(|own| self.seen_parameters.insert(own.parameter))
            .count();
        let is_tied = self.counting == Counting::Current && !own.is_empty() && new_parameters == 0;
        !self.seen_modules.insert(id) || is_tied
    }

    /// Puts a row for each container before the first of its children, where none stands there already.
    ///
    /// This is torchinfo's `add_missing_container_layers`, step by step: the list grows while it is walked, so that
    /// a row is looked at again after containers were put before it.
    fn insert_containers(&mut self, order: &mut Vec<usize>) {
        let mut open: HashMap<usize, ModuleId> = HashMap::new();
        let mut position = 0;
        while let Some(&row) = order.get(position) {
            let (place, module, depth) = (
                self.rows[row].place,
                self.rows[row].module,
                self.rows[row].depth,
            );
            let mut above: Vec<PlaceId> = self.record.ancestors(place).collect();
            above.pop();
            above.reverse();
            let mut inserted = 0;
            for (level, &container) in above
                .iter()
                .enumerate()
                .map(|(index, place)| (index + 1, place))
            {
                let Some(held) = self.record.place(container).map(|place| place.module) else {
                    continue;
                };
                let before = (position + inserted)
                    .checked_sub(1)
                    .unwrap_or(order.len() - 1);
                let stands_before = order
                    .get(before)
                    .is_some_and(|before| self.containers.get(&container) == Some(before));
                if open.get(&level) != Some(&held) && !stands_before {
                    let Some(row) = self.container(container) else {
                        continue;
                    };
                    order.insert(position + inserted, row);
                    open.insert(level, held);
                    inserted += 1;
                }
            }
            open.insert(depth, module);
            let mut deeper = depth + 1;
            while open.remove(&deeper).is_some() {
                deeper += 1;
            }
            position += 1;
        }
    }

    /// The row of a container that was not called.
    fn container(&mut self, id: PlaceId) -> Option<usize> {
        if let (Counting::Release, Some(&row)) = (self.counting, self.containers.get(&id)) {
            self.rows[row].is_recursive = true;
            return Some(row);
        }
        let class_name = self.record.place(id)?.class_name.clone();
        let row = self.add(id, &class_name)?;
        self.containers.insert(id, row);
        Some(row)
    }
}

/// Numbers the rows of each depth, and finds where the rows below each one end.
fn number(rows: &mut [Row], order: &[usize]) {
    let mut counters: HashMap<usize, usize> = HashMap::new();
    for &row in order {
        let counter = counters.entry(rows[row].depth).or_default();
        *counter += 1;
        rows[row].index = *counter;
    }
    // Positions whose end is not found yet, ever deeper.
    let mut open: Vec<usize> = Vec::new();
    for (position, &row) in order.iter().enumerate() {
        while let Some(last) = open.pop_if(|last| rows[order[*last]].depth >= rows[row].depth) {
            rows[order[last]].end = position;
        }
        open.push(position);
    }
    for last in open {
        rows[order[last]].end = order.len();
    }
}

/// Sums over the rows below each row.
fn sum_up(rows: &mut [Row], order: &[usize]) {
    /// Sums over all rows from a position on.
    #[derive(Clone, Copy, Default)]
    struct From {
        params: i64,
        trainable: i64,
        mult_adds: u64,
        operations: Option<u64>,
    }
    let mut sums = vec![From::default(); order.len() + 1];
    let mut is_done = vec![false; rows.len()];
    for (position, &index) in order.iter().enumerate().rev() {
        let row = &mut rows[index];
        let (below, end) = (sums[position + 1], sums[row.end.max(position + 1)]);
        // A row that stands at several positions has those rows below it that follow its last one, which is the
        // first that this walk meets.
        if !std::mem::replace(&mut is_done[index], true) {
            row.leftover_params = row.num_params as i64 - (below.params - end.params);
            row.leftover_trainable_params =
                row.trainable_params as i64 - (below.trainable - end.trainable);
            row.mult_adds_below = below.mult_adds - end.mult_adds;
            row.operation_mult_adds_below = below
                .operations
                .map(|below| below - end.operations.unwrap_or_default());
        }
        let counted = !row.is_recursive;
        let (params, trainable) = match (counted, row.is_leaf) {
            (false, _) => (0, 0),
            (true, true) => (row.num_params as i64, row.trainable_params as i64),
            (true, false) => (row.leftover_params, row.leftover_trainable_params),
        };
        sums[position] = From {
            params: below.params + params,
            trainable: below.trainable + trainable,
            mult_adds: below
                .mult_adds
                .saturating_add(if row.is_leaf { row.mult_adds } else { 0 }),
            operations: match (below.operations, row.operation_mult_adds) {
                (None, None) => None,
                (below, own) => Some(
                    below
                        .unwrap_or_default()
                        .saturating_add(own.unwrap_or_default()),
                ),
            },
        };
    }
}

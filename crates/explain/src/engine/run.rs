//! Running forwards, wholly or from the middle.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use glassboard_model::{Dim, ValueId};

use super::{
    Engine, Keep,
    array::{Array, Fit, Misfit, count},
    ops::{self, Call},
    plan::{PlanStep, Slot, Tail, Work, layer_name, slot},
};
use crate::{ExplainError, Result};

/// What a run has kept.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) values: HashMap<Slot, Array>,
    /// What the names in sizes stand for.
    pub(super) sizes: HashMap<String, u64>,
    pub(super) outputs: Vec<Slot>,
    names: HashMap<Slot, String>,
}

impl Run {
    /// A value that was kept.
    ///
    /// # Errors
    /// When it was not kept.
    pub fn value(&self, value: ValueId) -> Result<&Array> {
        self.values
            .get(&slot(value))
            .ok_or_else(|| ExplainError::NotKept {
                value: self
                    .names
                    .get(&slot(value))
                    .cloned()
                    .unwrap_or_else(|| format!("{}", value.index())),
            })
    }

    /// What the model returned first: the scores of a classifier.
    ///
    /// # Errors
    /// When the model returns nothing.
    pub fn output(&self) -> Result<&Array> {
        self.outputs
            .first()
            .and_then(|output| self.values.get(output))
            .ok_or(ExplainError::NoOutput)
    }

    /// Everything that the model returned.
    pub fn outputs(&self) -> impl Iterator<Item = &Array> {
        self.outputs
            .iter()
            .filter_map(|output| self.values.get(output))
    }

    /// How many bytes it keeps.
    pub fn size_bytes(&self) -> usize {
        self.values.values().map(Array::size_bytes).sum()
    }
}

impl Engine {
    /// Runs the model.
    ///
    /// # Errors
    /// When there are more or fewer inputs than the model takes, or one does not fit: the layer is named, with what it
    /// takes and what it got.
    pub fn run(&self, inputs: &[Array], keep: &Keep<'_>) -> Result<Run> {
        let sizes = self.check_inputs(inputs)?;
        let values = self.plan.inputs.iter().copied().zip(inputs.iter().cloned());
        self.execute(values.collect(), sizes, keep, None)
    }

    /// Runs what depends on some values again, with others in their place.
    ///
    /// What does not depend on them is taken from a run that kept it ([`Keep::restart`]); its first dimension is
    /// repeated where the new values have a larger batch, so that one image can meet many changes.
    ///
    /// # Errors
    /// When something was not kept, or a value does not fit.
    pub fn restart(&self, run: &Run, given: &[(ValueId, Array)], keep: &Keep<'_>) -> Result<Run> {
        let batch = given
            .first()
            .and_then(|(_, array)| array.shape().first().copied())
            .unwrap_or(1);
        let mut sizes = run.sizes.clone();
        // The batch may be another than it was.
        if let (Some(Dim::Symbol(name)), Some(size)) = (self.batch_dim(), u64::try_from(batch).ok())
        {
            sizes.insert(name.clone(), size);
        }
        let values = given
            .iter()
            .map(|(value, array)| (slot(*value), array.clone()));
        self.execute(values.collect(), sizes, keep, Some((run, batch)))
    }

    /// A run of a batch as if it had been of one of its images.
    pub(crate) fn image_of(&self, run: &Run, image: usize, batch: usize) -> Result<Run> {
        let mut single = run.clone();
        for (slot, array) in &mut single.values {
            if batch > 1 && self.follows_batch(*slot) && array.shape().first() == Some(&batch) {
                *array = self.rows(array, &[image])?;
            }
        }
        Ok(single)
    }

    /// Whether a value has a row for each image.
    fn follows_batch(&self, slot: Slot) -> bool {
        let dim = self
            .graph
            .values
            .get(slot)
            .and_then(|value| value.shape.as_ref())
            .and_then(|shape| shape.first());
        dim.is_some() && dim == self.batch_dim()
    }

    /// The first dimension of the first input.
    pub(crate) fn batch_dim(&self) -> Option<&Dim> {
        let input = self.graph.inputs.first()?;
        self.graph[*input].shape.as_ref()?.first()
    }

    /// The batch that the model was exported for, where it is a fixed one.
    pub fn fixed_batch(&self) -> Option<usize> {
        let size = self.batch_dim()?.fixed()?;
        usize::try_from(size).ok()
    }

    /// What names in sizes stand for, out of the shapes of the inputs.
    fn check_inputs(&self, inputs: &[Array]) -> Result<HashMap<String, u64>> {
        if inputs.len() != self.plan.inputs.len() {
            return Err(ExplainError::InputCount {
                expected: self.plan.inputs.len(),
                got: inputs.len(),
            });
        }
        let mut sizes = HashMap::new();
        for (value, array) in self.graph.inputs.iter().zip(inputs) {
            let value = &self.graph[*value];
            let Some(shape) = &value.shape else {
                continue;
            };
            let fits = shape.len() == array.shape().len()
                && shape
                    .iter()
                    .zip(array.shape())
                    .enumerate()
                    .all(|(at, (dim, size))| {
                        // Batch and sides may differ from the example that the model was exported with, if its layers
                        // take it; channels may not.
                        at != 1 || dim.fixed().is_none_or(|fixed| fixed == *size as u64)
                    });
            if !fits || array.is_empty() {
                return Err(ExplainError::DoesNotFit {
                    layer: format!("input {}", value.name),
                    operation: "input".to_owned(),
                    expected: format!("shape {}", glassboard_model::graph::shape_text(Some(shape))),
                    got: format!("shape {:?}", array.shape()),
                });
            }
            for (dim, size) in shape.iter().zip(array.shape()) {
                if let Dim::Symbol(name) = dim {
                    sizes.insert(name.clone(), *size as u64);
                }
            }
        }
        Ok(sizes)
    }

    /// What the run is for.
    fn ends(&self, keep: &Keep<'_>) -> Vec<Slot> {
        match keep.until {
            Some(value) => vec![slot(value)],
            None => self.plan.outputs.clone(),
        }
    }

    /// Places that have to be kept.
    fn kept(&self, keep: &Keep<'_>) -> HashSet<Slot> {
        let ends = self.ends(keep);
        let mut kept: HashSet<Slot> = ends.iter().copied().collect();
        kept.extend(keep.values.iter().copied().map(slot));
        for (values, all) in [(keep.gradients, true), (keep.restart, false)] {
            if values.is_empty() {
                continue;
            }
            let values: Vec<Slot> = values.iter().copied().map(slot).collect();
            kept.extend(&values);
            let dependent = self.plan.dependent(&values);
            // A gradient passes a value on its way to an earlier one; a restart begins at all of them.
            let given = if all {
                HashSet::new()
            } else {
                values.iter().copied().collect()
            };
            for position in self.plan.schedule(&ends, &given) {
                let step = &self.plan.steps[position];
                if !step
                    .inputs
                    .iter()
                    .flatten()
                    .any(|input| dependent.contains(input))
                {
                    continue;
                }
                let inputs = step.inputs.iter().flatten();
                kept.extend(inputs.filter(|input| all || !dependent.contains(input)));
                if all {
                    kept.extend(&step.outputs);
                }
            }
        }
        kept.retain(|slot| !self.plan.weights.contains_key(slot));
        kept
    }

    fn execute(
        &self,
        mut values: HashMap<Slot, Array>,
        sizes: HashMap<String, u64>,
        keep: &Keep<'_>,
        earlier: Option<(&Run, usize)>,
    ) -> Result<Run> {
        let kept = self.kept(keep);
        let wanted: Vec<Slot> = kept.iter().copied().collect();
        let mut given: HashSet<Slot> = values.keys().copied().collect();
        let mut wanted_here = wanted;
        if let Some((run, batch)) = earlier {
            let changed: Vec<Slot> = given.iter().copied().collect();
            let dependent = self.plan.dependent(&changed);
            // What does not depend on the new values is as it was.
            wanted_here.retain(|slot| dependent.contains(slot));
            let others = run
                .values
                .iter()
                .filter(|(slot, _)| !dependent.contains(slot));
            for (slot, array) in others {
                given.insert(*slot);
                values.insert(*slot, array.clone());
            }
            self.repeat_batch(&mut values, &changed, batch);
        }
        let steps = self.plan.schedule(&wanted_here, &given);
        let mut uses: HashMap<Slot, usize> = HashMap::new();
        for position in &steps {
            for input in self.plan.steps[*position].inputs.iter().flatten() {
                *uses.entry(*input).or_default() += 1;
            }
        }
        values.retain(|slot, _| uses.contains_key(slot) || kept.contains(slot));
        let scheduled: HashSet<usize> = steps.iter().copied().collect();
        let mut done = HashSet::new();
        for position in steps {
            if done.contains(&position) {
                continue;
            }
            let step = &self.plan.steps[position];
            let inputs = self.inputs_of(&step.inputs, &values)?;
            // A value that is used here for the last time is dropped before the operation, which may then work in its
            // memory.
            for input in step.inputs.iter().flatten() {
                if let Some(left) = uses.get_mut(input) {
                    *left -= 1;
                    if *left == 0 && !kept.contains(input) {
                        values.remove(input);
                    }
                }
            }
            let together = self.tail(position, &scheduled, &kept);
            let (last, made) = match self.convolution(step, together, &inputs, &sizes)? {
                Some((last, array)) => {
                    let tail = [together.normalization, together.relu];
                    done.extend(tail.into_iter().flatten());
                    (last, vec![array])
                }
                None => (step, self.step(step, &inputs, &sizes)?),
            };
            for (output, array) in last.outputs.iter().zip(made) {
                if uses.contains_key(output) || kept.contains(output) {
                    values.insert(*output, array);
                }
            }
        }
        values.retain(|slot, _| kept.contains(slot));
        let names = keep.values.iter().chain(keep.gradients).chain(keep.restart);
        Ok(Run {
            values,
            sizes,
            outputs: self.ends(keep),
            names: names
                .map(|value| (slot(*value), self.graph[*value].name.clone()))
                .collect(),
        })
    }

    /// What is done together with a convolution, as far as nothing asks for what is between.
    fn tail(&self, position: usize, scheduled: &HashSet<usize>, kept: &HashSet<Slot>) -> Tail {
        let is_free = |position: usize| {
            let outputs = &self.plan.steps[position].outputs;
            !outputs.iter().any(|output| kept.contains(output))
        };
        let mut tail = self.plan.tail(position);
        let mut last = Some(position);
        for step in [&mut tail.normalization, &mut tail.relu] {
            if step.is_none() {
                continue;
            }
            *step = step.filter(|step| scheduled.contains(step) && last.is_some_and(&is_free));
            last = *step;
        }
        tail
    }

    /// A convolution together with what is behind it, and the last of these steps; `None` where each is run by itself.
    fn convolution<'a>(
        &'a self,
        step: &'a PlanStep,
        tail: Tail,
        inputs: &[Option<Array>],
        sizes: &HashMap<String, u64>,
    ) -> Result<Option<(&'a PlanStep, Array)>> {
        let normalization = tail.normalization.map(|at| &self.plan.steps[at]);
        let relu = tail.relu.map(|at| &self.plan.steps[at]);
        let Some(last) = relu.or(normalization) else {
            return Ok(None);
        };
        // The first input of a normalisation does not exist: it would be what the convolution makes.
        let parameters = normalization.and_then(|step| step.inputs.get(1..));
        let mut parameters = self.inputs_of(parameters.unwrap_or_default(), &HashMap::new())?;
        parameters.insert(0, None);
        let normalization = normalization.map(|step| self.call(step, &parameters, sizes));
        let call = self.call(step, inputs, sizes);
        contained(|| ops::convolve_and(&call, normalization.as_ref(), relu.is_some()))
            .map(|array| array.map(|array| (last, array)))
            .map_err(|misfit| self.step_misfit(step, misfit))
    }

    /// Repeats what an earlier run kept of one image, where many come now.
    fn repeat_batch(&self, values: &mut HashMap<Slot, Array>, changed: &[Slot], batch: usize) {
        for (slot, array) in values.iter_mut() {
            let rows = array.shape().first().copied().unwrap_or(0);
            if changed.contains(slot) || !self.follows_batch(*slot) || rows != 1 || batch == 1 {
                continue;
            }
            if let Ok(repeated) = array.rows(&vec![0; batch]) {
                *array = repeated;
            }
        }
    }

    /// What is at these places, parameters read.
    pub(super) fn inputs_of(
        &self,
        inputs: &[Option<Slot>],
        values: &HashMap<Slot, Array>,
    ) -> Result<Vec<Option<Array>>> {
        inputs
            .iter()
            .map(|input| {
                let Some(input) = input else {
                    return Ok(None);
                };
                if let Some(found) = values.get(input) {
                    return Ok(Some(found.clone()));
                }
                match self.plan.weights.get(input) {
                    Some(tensor) => self.weight(*tensor).map(Some),
                    None => Err(ExplainError::NotKept {
                        value: self
                            .graph
                            .values
                            .get(*input)
                            .map_or_else(|| format!("{input}"), |value| value.name.clone()),
                    }),
                }
            })
            .collect()
    }

    /// Runs one step.
    pub(super) fn step(
        &self,
        step: &PlanStep,
        inputs: &[Option<Array>],
        sizes: &HashMap<String, u64>,
    ) -> Result<Vec<Array>> {
        let call = self.call(step, inputs, sizes);
        perform(step.work, &call).map_err(|misfit| self.step_misfit(step, misfit))
    }

    pub(super) fn call<'a>(
        &'a self,
        step: &PlanStep,
        inputs: &'a [Option<Array>],
        sizes: &'a HashMap<String, u64>,
    ) -> Call<'a> {
        Call {
            node: &self.graph.nodes[step.node],
            inputs,
            sizes,
            place: &self.place,
            opset: self.opset,
        }
    }

    pub(super) fn step_misfit(&self, step: &PlanStep, misfit: Misfit) -> ExplainError {
        let layer = layer_name(&self.graph, step.node);
        self.misfit(&layer, &self.graph.nodes[step.node].op, misfit)
    }
}

/// What a step makes of what it is given.
pub(super) fn perform(work: Work, call: &Call<'_>) -> Fit<Vec<Array>> {
    contained(|| match work {
        Work::Operation(operation) => (operation.run)(call),
        Work::WriteBack(view) => write_back(call, view.run).map(|written| vec![written]),
    })
}

/// Burn panics where sizes contradict each other. Those come out of files: they are errors here.
pub(super) fn contained<T>(work: impl FnOnce() -> Fit<T>) -> Fit<T> {
    // What a step works on is dropped when it fails.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let message = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Misfit::new(
            "sizes that go together",
            message.unwrap_or("a panic").trim(),
        ))
    })
}

/// A tensor with the elements that a view of it took replaced.
fn write_back(call: &Call<'_>, view: fn(&Call<'_>) -> Fit<Vec<Array>>) -> Fit<Array> {
    let (base, changed) = (call.input(0)?, call.input(1)?);
    // Where the view's elements lie is found by viewing the numbers of all elements.
    let numbers: Vec<i64> = (0..count(base.shape()) as i64).collect();
    let numbers = [Some(Array::whole(numbers, base.shape()))];
    let viewed = view(&Call {
        inputs: &numbers,
        ..*call
    })?;
    let places = viewed
        .first()
        .map(Array::numbers)
        .transpose()?
        .unwrap_or_default();
    let changed = if base.is_float() {
        call.place.float(changed)
    } else {
        changed.clone()
    };
    base.replaced(&places, &changed)
}

#[cfg(test)]
mod tests {
    use super::{Misfit, contained};

    #[test]
    fn a_panic_is_a_misfit() {
        let text = |misfit: Misfit| (misfit.expected, misfit.got);
        let formatted = contained::<()>(|| panic!("shapes {} and {}", 1, 2)).map_err(text);
        let expected = "sizes that go together".to_owned();
        assert_eq!(
            formatted,
            Err((expected.clone(), "shapes 1 and 2".to_owned()))
        );
        let plain = contained::<()>(|| panic!("too short")).map_err(text);
        assert_eq!(plain, Err((expected, "too short".to_owned())));
        assert_eq!(contained(|| Ok(3)).map_err(text), Ok(3));
    }
}

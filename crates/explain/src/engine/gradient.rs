//! Running backwards: the gradient of the model's output with respect to values within it.
//!
//! Nodes are gone through in reverse. Those that models consist of mostly (convolutions, `ReLU`, what only passes values
//! on) have a rule here; for every other node Burn records the one operation and differentiates it. Nothing is computed
//! in front of the earliest value whose gradient is asked for, and memory is what the run has kept.

use std::collections::{HashMap, HashSet};

use burn::tensor::Tensor;
use glassboard_model::ValueId;

use super::{
    Engine, Run,
    array::{Array, Fit},
    ops::{self, Call, conv_gradient},
    plan::{PlanStep, Slot, Work, slot},
    run::{contained, perform},
};
use crate::{ExplainError, Result};

/// How gradients pass a `ReLU`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReluRule {
    /// Where its input is positive.
    #[default]
    Plain,
    /// Where its input and the gradient are positive: guided backpropagation (Springenberg et al. 2014).
    Guided,
}

impl Engine {
    /// The gradients of the sum of the run's first output times `seed`, with respect to values of the model.
    ///
    /// The run has to keep what is needed: [`Keep::gradients`](super::Keep::gradients) with the same values.
    ///
    /// # Shapes
    /// `seed`: as the first output; each gradient: as its value, zeros where the output does not depend on it.
    ///
    /// # Errors
    /// When the run has not kept what is needed, or the seed's shape is not the output's.
    pub fn gradients(
        &self,
        run: &Run,
        seed: &Array,
        wanted: &[ValueId],
        rule: ReluRule,
    ) -> Result<Vec<Array>> {
        let output = run.output()?;
        if output.shape() != seed.shape() {
            return Err(ExplainError::Shape {
                what: "gradient of the output".to_owned(),
                expected: format!("{:?}", output.shape()),
                got: seed.shape().to_vec(),
            });
        }
        let wanted_slots: Vec<Slot> = wanted.iter().copied().map(slot).collect();
        let dependent = self.plan.dependent(&wanted_slots);
        let mut gradients: HashMap<Slot, Array> = HashMap::new();
        if let Some(output) = run.outputs.first() {
            gradients.insert(*output, seed.clone());
        }
        for step in self.plan.steps.iter().rev() {
            let is_reached = step
                .outputs
                .iter()
                .any(|output| gradients.contains_key(output));
            let has_way = step
                .inputs
                .iter()
                .flatten()
                .any(|input| dependent.contains(input));
            if !is_reached || !has_way {
                continue;
            }
            let inputs = self.inputs_of(&step.inputs, &run.values)?;
            let made: Vec<Option<Array>> = step
                .outputs
                .iter()
                .map(|output| {
                    if wanted_slots.contains(output) {
                        gradients.get(output).cloned()
                    } else {
                        gradients.remove(output)
                    }
                })
                .collect();
            let call = self.call(step, &inputs, &run.sizes);
            let passed = Self::pass(step, &call, &made, &dependent, rule)
                .map_err(|misfit| self.step_misfit(step, misfit))?;
            for (input, gradient) in step.inputs.iter().zip(passed) {
                let (Some(input), Some(gradient)) = (input, gradient) else {
                    continue;
                };
                let sum = match gradients.remove(input) {
                    Some(sum) => sum
                        .zip_same(&gradient)
                        .map_err(|misfit| self.step_misfit(step, misfit))?,
                    None => gradient,
                };
                gradients.insert(*input, sum);
            }
        }
        wanted
            .iter()
            .map(|value| match gradients.get(&slot(*value)) {
                Some(gradient) => Ok(gradient.clone()),
                None => Ok(self.zeros(run.value(*value)?.shape())),
            })
            .collect()
    }

    /// The gradients of a step's inputs, out of those of its outputs.
    fn pass(
        step: &PlanStep,
        call: &Call<'_>,
        made: &[Option<Array>],
        dependent: &HashSet<Slot>,
        rule: ReluRule,
    ) -> Fit<Vec<Option<Array>>> {
        let needs = |at: usize| {
            step.inputs[at].is_some_and(|input| dependent.contains(&input))
                && call.inputs[at].as_ref().is_some_and(Array::is_float)
        };
        let needed: Vec<usize> = (0..step.inputs.len()).filter(|at| needs(*at)).collect();
        let mut passed: Vec<Option<Array>> = vec![None; step.inputs.len()];
        let single = match (needed.as_slice(), made) {
            ([0], [Some(gradient), ..]) if matches!(step.work, Work::Operation(_)) => {
                own_rule(call, gradient, rule)?
            }
            _ => None,
        };
        if let Some(gradient) = single {
            passed[0] = Some(gradient);
            return Ok(passed);
        }
        // Burn keeps the gradients of leaves: each input is one of its own.
        let mut inputs = call.inputs.to_vec();
        let mut leaves = Vec::new();
        for at in &needed {
            if let Some(input) = inputs[*at].clone() {
                let leaf = input.row()?.autodiff().require_grad();
                inputs[*at] = Some(Array::from_row(leaf.clone(), input.shape()));
                leaves.push((*at, leaf, input.shape().to_vec()));
            }
        }
        let recorded = Call {
            inputs: &inputs,
            ..*call
        };
        let results = perform(step.work, &recorded)?;
        let mut loss: Option<Tensor<1>> = None;
        for (result, gradient) in results.iter().zip(made) {
            let (Some(gradient), true) = (gradient, result.is_float()) else {
                continue;
            };
            let row = result.row()?;
            if !row.is_autodiff() || !row.is_tracked() {
                continue;
            }
            let part = (row * gradient.row()?).sum();
            loss = Some(match loss {
                Some(loss) => loss + part,
                None => part,
            });
        }
        let Some(loss) = loss else {
            return Ok(passed);
        };
        let gradients = contained(|| Ok(loss.backward()))?;
        for (at, leaf, shape) in leaves {
            if let Some(gradient) = leaf.grad(&gradients) {
                passed[at] = Some(Array::from_row(gradient.without_autodiff(), &shape));
            }
        }
        Ok(passed)
    }
}

/// The rule of an operation with one input that a gradient goes to, if it has one.
fn own_rule(call: &Call<'_>, gradient: &Array, rule: ReluRule) -> Fit<Option<Array>> {
    match ops::key(call.node) {
        "relu" | "Relu" => {
            let input = call.input(0)?.row()?;
            let passed = gradient.map(|gradient| {
                let gradient = match rule {
                    ReluRule::Plain => gradient,
                    ReluRule::Guided => gradient.clamp_min(0.0),
                };
                gradient.mask_fill(input.lower_equal_elem(0.0), 0.0)
            })?;
            Ok(Some(passed))
        }
        "conv1d" | "conv2d" | "conv3d" | "convolution" | "_convolution" | "Conv" => {
            conv_gradient(call, gradient)
        }
        "dropout" | "alias" | "clone" | "contiguous" | "detach" | "Dropout" | "Identity"
        | "view" | "reshape" | "_unsafe_view" | "flatten" | "Reshape" | "Flatten" | "squeeze"
        | "unsqueeze" | "Squeeze" | "Unsqueeze" => {
            gradient.with_shape(call.input(0)?.shape()).map(Some)
        }
        _ => Ok(None),
    }
}

impl Array {
    /// The sum of two arrays of one shape.
    fn zip_same(&self, other: &Self) -> Fit<Self> {
        let other = other.shaped([self.len()])?;
        self.map(|row| row + other)
    }
}

"""A sweep over hyperparameters: each training is a run, and the table of all of them.

python hparams.py [LOGDIR]
glassboard --logdir runs
"""

import itertools
import sys

import glassboard
import numpy as np

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/hparams"
rng = np.random.default_rng(0)
inputs = rng.normal(size=(256, 4))
targets = inputs @ [2.0, -1.0, 0.5, 0.0] + 0.1 * rng.normal(size=256)


def trained(rate, momentum, decay, writer):
    """Gradient descent on a linear model; returns the last loss."""
    weights, velocity = np.zeros(4), np.zeros(4)
    for step in range(100):
        errors = inputs @ weights - targets
        velocity = momentum * velocity - rate * (inputs.T @ errors / len(errors) + decay * weights)
        weights = weights + velocity
        writer.add_scalar("loss", np.mean(errors**2), step)
    return np.mean(errors**2)


for rate, momentum, decay in itertools.product((0.01, 0.1), (0.0, 0.9), (0.0, 0.01)):
    name = f"rate={rate} momentum={momentum} decay={decay}"
    with glassboard.SummaryWriter(f"{logdir}/{name}") as writer:
        loss = trained(rate, momentum, decay, writer)
        hparams = {"rate": rate, "momentum": momentum, "decay": decay, "optimizer": "sgd"}
        writer.add_hparams(hparams, {"hparam/loss": loss}, run_name=".")

runs = [run for run in glassboard.read(logdir).runs if run.hparams]
best = min(runs, key=lambda run: run.summary["hparam/loss"])
print(f"{len(runs)} runs; the best has a loss of {best.summary['hparam/loss']:.5f} with {best.hparams}")

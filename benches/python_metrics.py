"""Times ``glassboard.metrics`` beside scikit-learn on ten million samples, in turns.

    python benches/python_metrics.py [SAMPLES]

Prints one JSON object; what it does meanwhile goes to standard error.
"""

import json
import statistics
import sys
import time

import glassboard.metrics
import numpy as np
import sklearn.metrics

GOAL = 8
ROUNDS = 3


def seconds(function, *arguments):
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def timed(name, labels, scores, what):
    """The median of some rounds of each, and whether both say the same."""
    ours, theirs = [], []
    for round_ in range(ROUNDS):
        spent, got = seconds(getattr(glassboard.metrics, name), labels, scores)
        ours.append(spent)
        spent, expected = seconds(getattr(sklearn.metrics, name), labels, scores)
        theirs.append(spent)
        print(f"{name}, {what}, round {round_ + 1}: {ours[-1]:.3f} s and {theirs[-1]:.3f} s", file=sys.stderr)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    ours, theirs = statistics.median(ours), statistics.median(theirs)
    return {
        "name": f"{name}, {what}",
        "goal": GOAL,
        "ours_us": ours * 1e6,
        "peer_us": theirs * 1e6,
        "ratio": theirs / ours,
    }


def main():
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, samples)
    scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
    count = f"{samples:,} samples"
    figures = [
        timed(name, labels, given, f"{count}, {given.dtype}")
        for given in (scores, scores.astype("float32"))
        for name in ("roc_curve", "precision_recall_curve")
    ]
    print(json.dumps({"figures": figures}, indent=1))


if __name__ == "__main__":
    main()

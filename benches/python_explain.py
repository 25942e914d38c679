"""Times class activation maps of live modules beside pytorch-grad-cam, in turns, with two threads.

    python benches/python_explain.py

Prints one JSON object; what it does meanwhile goes to standard error.
"""

import contextlib
import io
import json
import statistics
import sys
import time

import glassboard.cam as ours
import numpy as np
import pytorch_grad_cam as theirs
import torch
import torchvision

# Method, model, its layer, rounds, and how many times as fast as the peer it is to be.
CASES = [
    ("GradCAM", "resnet18", "layer4", 5, 1),
    ("GradCAM", "vgg16", "features", 3, 1),
    ("EigenCAM", "resnet18", "layer4", 5, 1),
    ("AblationCAM", "resnet18", "layer4", 1, 5),
    ("ScoreCAM", "resnet18", "layer4", 1, 1),
]
CATEGORY = 200


def seconds(package, method, model, layer, x):
    """How long one call takes, and its map."""
    target = ours.ClassifierOutputTarget(CATEGORY)
    # The peer shows its progress.
    with contextlib.redirect_stderr(io.StringIO()), getattr(package, method)(model, [layer]) as explain:
        start = time.perf_counter()
        map_ = explain(x, [target])
        return time.perf_counter() - start, map_


def timed(method, name, layer, rounds, goal):
    torch.manual_seed(0)
    model = getattr(torchvision.models, name)(weights=None).eval()
    layer, x = model.get_submodule(layer), torch.randn(1, 3, 224, 224)
    if rounds > 1:
        seconds(ours, method, model, layer, x)
        seconds(theirs, method, model, layer, x)
    spent = {ours: [], theirs: []}
    for round_ in range(rounds):
        maps = []
        for package, times in spent.items():
            took, map_ = seconds(package, method, model, layer, x)
            times.append(took)
            maps.append(map_)
        took = " and ".join(f"{times[-1]:.3f} s" for times in spent.values())
        print(f"{method}, {name}, round {round_ + 1}: {took}", file=sys.stderr)
    if method != "EigenCAM":  # whose sign means nothing
        assert np.abs(maps[0] - maps[1]).max() <= 1e-3, np.abs(maps[0] - maps[1]).max()
    one, other = (statistics.median(times) for times in spent.values())
    return {
        "name": f"{method}, live {name}",
        "goal": goal,
        "ours_us": one * 1e6,
        "peer_us": other * 1e6,
        "ratio": other / one,
    }


def main():
    torch.set_num_threads(2)
    print(json.dumps({"figures": [timed(*case) for case in CASES]}, indent=1))


if __name__ == "__main__":
    main()

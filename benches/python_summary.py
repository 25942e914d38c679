"""Times the summary of a live ResNet-152 beside torchinfo, in turns, with two threads; the text is made each time.

    python benches/python_summary.py

Prints one JSON object.
"""

import json
import statistics
import time

import glassboard
import torch
import torchinfo
import torchvision

ROUNDS = 9


def seconds(package, model):
    start = time.perf_counter()
    rows = len(str(package.summary(model, (1, 3, 224, 224), verbose=0)).splitlines())
    return time.perf_counter() - start, rows


def main():
    torch.set_num_threads(2)
    model = torchvision.models.resnet152(weights=None)
    assert seconds(glassboard, model)[1] == seconds(torchinfo, model)[1]
    spent = {glassboard: [], torchinfo: []}
    for _ in range(ROUNDS):
        for package, times in spent.items():
            times.append(seconds(package, model)[0])
    ours, theirs = (statistics.median(times) for times in spent.values())
    figure = {
        "name": "summary, live resnet152",
        "goal": 1,
        "ours_us": ours * 1e6,
        "peer_us": theirs * 1e6,
        "ratio": theirs / ours,
    }
    print(json.dumps({"figures": [figure]}, indent=1))


if __name__ == "__main__":
    main()

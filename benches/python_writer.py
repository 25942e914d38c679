"""Time `glassboard.SummaryWriter` beside `torch.utils.tensorboard.SummaryWriter`: python python_writer.py

Each call is timed for both in turn, several times; the fastest round counts. The figure is what the caller waits, in
microseconds a call, with the file closed (so that everything is written) where `file` is named. One JSON object is
printed: for each call the times, the ratio, and how large our file is for each byte of theirs.
"""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import glassboard
import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter as TorchWriter

ROUNDS = 3

torch.manual_seed(0)
numbers = np.random.default_rng(0)
weights, many_weights = torch.randn(10_000), torch.randn(1_000_000)
picture, pictures = torch.rand(3, 256, 256), torch.rand(16, 3, 64, 64)
# Smooth, as pictures are, where random pixels cannot be compressed at all.
smooth = torch.nn.functional.interpolate(torch.rand(1, 3, 16, 16), size=(256, 256), mode="bicubic")[0].clip(0, 1)
labels, predictions = numbers.integers(0, 2, 100_000), numbers.random(100_000)
points, names = numbers.random((2000, 64)), [str(point) for point in range(2000)]

# Name, least ratio, calls a round for us and for torch, the call, whether the file is part of the time.
CASES = [
    ("add_scalar", 80, 50_000, 5_000, lambda w, i: w.add_scalar("loss/train", 0.5 * i, i), False),
    ("add_scalar, file", 80, 50_000, 5_000, lambda w, i: w.add_scalar("loss/train", 0.5 * i, i), True),
    ("add_histogram 10,000", 20, 200, 50, lambda w, i: w.add_histogram("w", weights, i), True),
    ("add_histogram 1,000,000", 10, 20, 5, lambda w, i: w.add_histogram("w", many_weights, i), True),
    ("add_image 3x256x256, file", 15, 40, 10, lambda w, i: w.add_image("i", picture, i), True),
    ("add_image 3x256x256 smooth, file", 15, 40, 10, lambda w, i: w.add_image("i", smooth, i), True),
    ("add_images 16x3x64x64", 15, 40, 10, lambda w, i: w.add_images("i", pictures, i), True),
    ("add_pr_curve 100,000", 10, 40, 10, lambda w, i: w.add_pr_curve("p", labels, predictions, i), True),
    ("add_embedding 2,000 x 64", 20, 3, 1, lambda w, i: w.add_embedding(points, names, None, i), True),
]


def timed(kind, calls, call, with_file):
    """Microseconds of a call, and bytes of it on disk."""
    folder = tempfile.mkdtemp()
    try:
        writer = kind(folder)
        began = time.perf_counter()
        for step in range(calls):
            call(writer, step)
        ended = time.perf_counter()
        writer.close()
        if with_file:
            ended = time.perf_counter()
        sizes = [os.path.getsize(os.path.join(base, name)) for base, _, names in os.walk(folder) for name in names]
        return (ended - began) / calls * 1e6, sum(sizes) / calls
    finally:
        shutil.rmtree(folder)


def measured(name, goal, our_calls, their_calls, call, with_file):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(timed(glassboard.SummaryWriter, our_calls, call, with_file))
        theirs.append(timed(TorchWriter, their_calls, call, with_file))
    (our_us, our_bytes), (peer_us, peer_bytes) = min(ours), min(theirs)
    figure = {
        "name": name,
        "goal": goal,
        "ours_us": round(our_us, 3),
        "peer_us": round(peer_us, 3),
        "ratio": round(peer_us / our_us, 1),
        "bytes_ratio": round(our_bytes / peer_bytes, 3),
    }
    print(json.dumps(figure), file=sys.stderr)
    return figure


def import_time():
    """Milliseconds to import the package in a new interpreter, less those of the interpreter."""

    def seconds(code):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - began

    fastest = functools.partial(min, key=float)
    imported = fastest(seconds("import glassboard") for _ in range(9))
    nothing = fastest(seconds("pass") for _ in range(9))
    return {"name": "import glassboard", "at_most_ms": 50, "ours_ms": round((imported - nothing) * 1000, 1)}


def slowest_call():
    """The slowest of 100,000 calls, in microseconds."""
    with tempfile.TemporaryDirectory() as folder, glassboard.SummaryWriter(folder) as writer:
        slowest = 0.0
        for step in range(100_000):
            began = time.perf_counter()
            writer.add_scalar("loss/train", 0.5, step)
            slowest = max(slowest, time.perf_counter() - began)
    return {"name": "add_scalar, slowest of 100,000", "ours_us": round(slowest * 1e6, 1)}


if __name__ == "__main__":
    figures = [measured(*case) for case in CASES]
    print(json.dumps({"figures": figures, "others": [import_time(), slowest_call()]}))

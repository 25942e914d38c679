"""Times `glassboard explain cam` on a ResNet-18 .pt2, the whole process, beside pytorch-grad-cam on the live module.

    python benches/explain_file.py GLASSBOARD FOLDER

The model and a picture are written into FOLDER once. Prints one JSON object; what it does meanwhile goes to standard
error. The process starts, reads the model and writes a picture; the peer has all of it in memory.
"""

import contextlib
import io
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytorch_grad_cam
import torch
import torchvision
from PIL import Image
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

# Name on the command line, the peer's class, rounds, and how many times as fast as the peer it is to be, or the goal.
CASES = [
    ("grad-cam", "GradCAM", 5, "0.5 s"),
    ("ablation-cam", "AblationCAM", 2, 5),
    ("score-cam", "ScoreCAM", 2, 1),
]
CATEGORY = 200


def ours(command, model, picture, method):
    start = time.perf_counter()
    subprocess.run(
        [command, "explain", "cam", model, picture, "--method", method, "--class", str(CATEGORY)]
        + ["-o", str(Path(picture).with_name("map.png"))],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def theirs(model, method, x):
    # The peer shows its progress.
    with contextlib.redirect_stderr(io.StringIO()), getattr(pytorch_grad_cam, method)(model, [model.layer4]) as explain:
        start = time.perf_counter()
        explain(x, [ClassifierOutputTarget(CATEGORY)])
        return time.perf_counter() - start


def main(command, folder):
    torch.set_num_threads(2)
    torch.manual_seed(0)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = torchvision.models.resnet18(weights=None).eval()
    x = torch.randn(1, 3, 224, 224)
    path, picture = folder / "resnet18.pt2", folder / "noise.png"
    if not path.is_file():
        torch.export.save(torch.export.export(model, (x,)), path)
    noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    Image.fromarray(noise).save(picture)
    figures = []
    for name, method, rounds, goal in CASES:
        spent = [], []
        for round_ in range(rounds):
            spent[0].append(ours(command, str(path), str(picture), name))
            spent[1].append(theirs(model, method, x))
            print(f"{name}, round {round_ + 1}: {spent[0][-1]:.3f} and {spent[1][-1]:.3f} s", file=sys.stderr)
        one, other = (statistics.median(times) for times in spent)
        figures.append(
            {
                "name": f"{method}, resnet18.pt2, whole process" + (f" (goal {goal})" if isinstance(goal, str) else ""),
                "goal": 0 if isinstance(goal, str) else goal,
                "ours_us": one * 1e6,
                "peer_us": other * 1e6,
                "ratio": other / one,
            }
        )
    print(json.dumps({"figures": figures}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])

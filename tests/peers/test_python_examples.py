"""The examples that need torch run as they are."""

import os
import subprocess
import sys
from pathlib import Path

import glassboard

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"


def test_a_whole_training(tmp_path):
    command = [sys.executable, str(EXAMPLES / "train_pytorch.py"), str(tmp_path)]
    # Threads would only wait for one another: the pictures are small.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    shown = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "area under the ROC curve: 0.9" in shown.stdout
    run = glassboard.read(tmp_path)["."]
    assert len(run.scalars["loss/train"]) == 8 * 16
    assert run.scalars["accuracy/validation"].value[-1] > 0.85
    assert len(run.histograms["weights/0.weight"]) == len(run["vertical"]) == 8
    assert run.images["samples"][0].width > 16
    assert run.graph is not None


def test_explanations(tmp_path):
    command = [sys.executable, str(EXAMPLES / "explain.py"), str(tmp_path)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    shown = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    assert "Grad-CAM points to the shape in 8 of 8 pictures" in shown.stdout
    run = glassboard.read(tmp_path)["."]
    assert [len(run.images[tag]) for tag in ("kernels/first", "features/second", "cam/grad-cam")] == [4, 4, 4]
    assert (run.images["cam/grad-cam"][0].width, run.images["cam/grad-cam"][0].height) == (256, 32)


def test_model(tmp_path):
    command = [sys.executable, str(EXAMPLES / "model.py"), str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    parameters = (3 * 9 + 1) * 16 + 2 * ((16 * 9 + 1) * 16 + 2 * 16) + 17 * 10
    assert f"{parameters:,} parameters" in shown.stdout
    assert "(conv): Conv2d(16, 16, kernel_size=(3, 3)" in shown.stdout
    run = glassboard.read(tmp_path)["."]
    assert b"aten.conv2d" in run.graph

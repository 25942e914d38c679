"""The scripts of ``examples/python`` that need numpy only run as they are."""

import os
import subprocess
import sys
from pathlib import Path

import glassboard
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"

# Those that tests/peers runs, since they need torch.
WITH_TORCH = {"explain.py", "model.py", "train_pytorch.py"}


def run(name, *arguments, cwd):
    command = [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, arguments)]
    # The examples draw no windows, and may not find one either.
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    shown = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)
    assert shown.returncode == 0, shown.stderr
    assert shown.stderr == ""
    return shown.stdout


def test_all_examples_are_run():
    names = {path.name for path in EXAMPLES.glob("*.py")}
    assert names == {"scalars.py", "images.py", "hparams.py", "embedding.py", "curves.py"} | WITH_TORCH


def test_scalars(tmp_path):
    said = run("scalars.py", tmp_path, cwd=tmp_path)
    assert said.count("loss/train: 1000 points") == 2
    log = glassboard.read(tmp_path)
    assert {"rate-0.01", "rate-0.03", "rate-0.01/waves_sine", "rate-0.01/waves_cosine"} <= set(log)
    assert len(log["rate-0.03"]["loss/validation"]) == 20


def test_images(tmp_path):
    assert "rings/batch: 10 steps of " in run("images.py", tmp_path, cwd=tmp_path)
    run_ = glassboard.read(tmp_path)["."]
    assert set(run_.images) == {"rings", "rings/batch", "rings/box"}
    assert run_.images["rings"][9].numpy().shape == (96, 128, 3)
    assert len(run_.histograms["brightness"]) == 10


def test_hparams(tmp_path):
    assert run("hparams.py", tmp_path, cwd=tmp_path).startswith("8 runs; the best has a loss of 0.0")
    runs = glassboard.read(tmp_path).runs
    assert sum(bool(run.hparams) for run in runs) == 8


def test_embedding(tmp_path):
    run("embedding.py", tmp_path, cwd=tmp_path)
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert config.count("embeddings {") == 2
    for tensors in tmp_path.rglob("tensors.tsv"):
        assert len(tensors.read_text().splitlines()) == 300


def test_curves(tmp_path):
    assert "largest F1: 0." in run("curves.py", tmp_path, cwd=tmp_path)
    assert (tmp_path / "curves.svg").read_text().startswith("<svg ")
    run_ = glassboard.read(tmp_path)["."]
    assert len(run_["detector/pr"]) == len(run_["detector/roc"]) == 3
    areas = run_.scalars["detector/auc"].value
    assert list(areas) == sorted(areas)


@pytest.mark.parametrize("name", ["scalars.py"])
def test_without_an_argument_a_folder_is_made_here(tmp_path, name):
    run(name, cwd=tmp_path)
    assert (tmp_path / "runs" / "scalars").is_dir()

"""TensorBoard itself, with the HTTP routes of its plugins, serves what the Python package wrote as what torch wrote."""

import io
import json
import urllib.parse

import glassboard
import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard_routes import serve
from torch.utils.tensorboard import SummaryWriter as TorchWriter

WALL = 1_700_000_000.25


def log(writer):
    """A little of everything, the same for each writer."""
    rng = np.random.default_rng(3)
    for step in range(3):
        when = {"global_step": step, "walltime": WALL + step}
        writer.add_scalar("loss", 1 / (step + 1), **when)
        writer.add_scalars("both", {"a": step, "b": -step}, **when)
        writer.add_histogram("weights", rng.normal(size=50), **when)
        writer.add_image("picture", rng.random((3, 4, 5)), **when)
        writer.add_audio("sound", np.sin(np.arange(200) * (step + 1) / 9), sample_rate=8000, **when)
        writer.add_text("note", f"# Step {step}", **when)
        writer.add_pr_curve("curve", rng.integers(0, 2, 100), rng.random(100), **when)
        writer.add_mesh("mesh", torch.tensor(rng.random((1, 4, 3))), config_dict={"camera": {"cls": "Camera"}}, **when)
    writer.add_custom_scalars({"Category": {"chart": ["Multiline", ["loss"]]}})
    writer.add_hparams({"lr": 0.1, "optimizer": "adam"}, {"metric": 0.5}, run_name="trial", global_step=2)
    writer.add_embedding(rng.random((5, 3)), [f"p{i}" for i in range(5)], global_step=1, tag="points")
    form = {"form": "trace"} if isinstance(writer, glassboard.SummaryWriter) else {}
    writer.add_graph(torch.nn.Linear(3, 2), torch.zeros(1, 3), **form)


@pytest.fixture(scope="module")
def boards(tmp_path_factory):
    """TensorBoard over our files, and over torch's."""
    found = []
    for name, kind in (("ours", glassboard.SummaryWriter), ("theirs", TorchWriter)):
        folder = tmp_path_factory.mktemp(name)
        with kind(folder / "run") as writer:
            log(writer)
        found.append(serve(folder))
    return found


def parsed(query):
    return dict(urllib.parse.parse_qsl(query))


def both(boards, path, **query):
    return [json.loads(board(path, **query)) for board in boards]


@pytest.mark.parametrize(
    "plugin", ["scalars", "histograms", "distributions", "images", "audio", "text", "pr_curves", "mesh"]
)
def test_tags(boards, plugin):
    ours, theirs = both(boards, f"plugin/{plugin}/tags")
    assert ours == theirs
    assert ours["run"]


def test_runs(boards):
    ours, theirs = both(boards, "runs")
    assert ours == theirs == ["run", "run/both_a", "run/both_b", "run/trial"]


@pytest.mark.parametrize(
    ("route", "query"),
    [
        ("scalars/scalars", {"tag": "loss", "run": "run"}),
        ("scalars/scalars", {"tag": "both", "run": "run/both_b"}),
        ("histograms/histograms", {"tag": "weights", "run": "run"}),
        ("distributions/distributions", {"tag": "weights", "run": "run"}),
        ("text/text", {"tag": "note/text_summary", "run": "run"}),
        ("pr_curves/pr_curves", {"tag": "curve", "run": "run"}),
        ("custom_scalars/layout", {}),
        ("custom_scalars/scalars", {"tag": "loss", "run": "run"}),
    ],
)
def test_series(boards, route, query):
    ours, theirs = both(boards, f"plugin/{route}", **query)
    assert ours == theirs
    assert ours


def test_images(boards):
    found = []
    for board in boards:
        shown = json.loads(board("plugin/images/images", tag="picture", run="run", sample=0))
        pictures = [board("plugin/images/individualImage", **parsed(entry["query"])) for entry in shown]
        pixels = [np.asarray(Image.open(io.BytesIO(picture))) for picture in pictures]
        found.append([(entry["step"], entry["wall_time"]) for entry in shown] + [np.stack(pixels).tolist()])
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_audio(boards):
    found = []
    for board in boards:
        shown = json.loads(board("plugin/audio/audio", tag="sound", run="run", sample=0))
        found.append([board("plugin/audio/individualAudio", **parsed(entry["query"])) for entry in shown])
    assert found[0] == found[1]
    assert [sound[:4] for sound in found[0]] == [b"RIFF"] * 3


def test_meshes(boards):
    found = []
    for board in boards:
        shown = json.loads(board("plugin/mesh/meshes", tag="mesh", run="run", sample=0))
        assert [entry["step"] for entry in shown] == [0, 1, 2]
        for entry in shown:
            entry.pop("wall_time")
        data = [
            board("plugin/mesh/data", tag="mesh", run="run", sample=0, step=step, meta="VERTEX", content_type="VERTEX")
            for step in range(3)
        ]
        found.append((shown, data))
    assert found[0] == found[1]


def test_hyperparameters(boards):
    ours, theirs = both(boards, "plugin/hparams/experiment", request="{}")
    for experiment in (ours, theirs):
        experiment.pop("timeCreatedSecs", None)
    assert ours == theirs
    assert {info["name"] for info in ours["hparamInfos"]} == {"lr", "optimizer"}
    request = json.dumps(
        {
            "experimentName": "",
            "colParams": [{"hparam": "lr"}],
            "allowedStatuses": ["STATUS_SUCCESS"],
            "startIndex": 0,
            "sliceSize": 9,
        }
    )
    groups = both(boards, "plugin/hparams/session_groups", request=request)
    for found in groups:
        for group in found["sessionGroups"]:
            for values in [group, *group["sessions"]]:
                for metric in values["metricValues"]:
                    metric.pop("wallTimeSecs")
    assert groups[0] == groups[1]
    (group,) = groups[0]["sessionGroups"]
    assert group["hparams"] == {"lr": 0.1, "optimizer": "adam"}


def test_projector(boards):
    for path, query in (
        ("plugin/projector/runs", {}),
        ("plugin/projector/info", {"run": "run"}),
        ("plugin/projector/metadata", {"run": "run", "name": "points:00001"}),
        ("plugin/projector/tensor", {"run": "run", "name": "points:00001"}),
    ):
        ours, theirs = (board(path, **query) for board in boards)
        assert ours == theirs
        assert ours not in (b"", b"[]")


def test_graph(boards):
    query = {"run": "run", "conceptual": "false"}
    ours, theirs = (board("plugin/graphs/graph", **query) for board in boards)
    assert ours == theirs
    assert b"aten::linear" in ours
    ours, theirs = both(boards, "plugin/graphs/info")
    assert ours == theirs

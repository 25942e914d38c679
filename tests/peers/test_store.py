"""Our store reads what PyTorch and tensorboardX wrote, and agrees with TensorBoard's own reader value by value."""

import csv
import io
import json
import subprocess

import calls
import numpy as np
import pytest
from conftest import program
from tensorboard.util import tensor_util
from test_writer import accumulator


@pytest.fixture(scope="module", params=["torch", "tensorboardX"])
def log(request, tmp_path_factory):
    """The calls, played by one of the peers."""
    path = tmp_path_factory.mktemp(request.param) / "log"
    played = calls.make(seed=23)
    if request.param == "torch":
        from torch.utils.tensorboard import SummaryWriter
    else:
        from tensorboardX import SummaryWriter

        played = [call for call in played if tensorboardx_has(call)]
    with SummaryWriter(str(path)) as writer:
        calls.play(writer, played)
    return path


def tensorboardx_has(call):
    """Whether tensorboardX takes the call with the same arguments as torch."""
    if call.get("style") or call["method"] in ("add_tensor", "add_hparams"):
        return False
    return call["method"] != "add_histogram" or "max_bins" in call or call["bins"] in ("tensorflow", "auto", "fd")


def runs_of(log):
    return sorted({path.parent.relative_to(log).as_posix() for path in log.rglob("*tfevents*")})


@pytest.fixture
def board(log, dashboard):
    return dashboard(log)


def csv_rows(board, run, tag):
    return list(csv.DictReader(io.StringIO(board.get("scalars", run=run, tag=tag, format="csv").decode())))


def same_scalars(board, run, loaded):
    """Compares every scalar series of a run, and gives the number of points."""
    compared = 0
    for tag in loaded.Tags()["scalars"]:
        want = loaded.Scalars(tag)
        rows = csv_rows(board, run, tag)
        assert [int(row["Step"]) for row in rows] == [point.step for point in want], tag
        np.testing.assert_array_equal([float(row["Value"]) for row in rows], [point.value for point in want])
        assert [float(row["Wall time"]) for row in rows] == [point.wall_time for point in want], tag
        compared += len(rows)
    return compared


def test_the_same_runs(log, board):
    assert sorted(run["name"] for run in board.json("runs")["runs"]) == runs_of(log)
    status = board.json("status")
    assert (status["damaged_records"], status["notices"]) == (0, [])


def test_scalars(log, board):
    compared = sum(same_scalars(board, run, accumulator(log / run)) for run in runs_of(log))
    assert compared >= 319


def test_scalars_of_the_new_style(log, board):
    """EventAccumulator calls these tensors; TensorBoard's pages call them scalars, and so do we."""
    compared = 0
    for run in runs_of(log):
        loaded = accumulator(log / run)
        for tag in loaded.Tags()["tensors"]:
            if loaded.SummaryMetadata(tag).plugin_data.plugin_name != "scalars":
                continue
            want = loaded.Tensors(tag)
            rows = csv_rows(board, run, tag)
            assert [int(row["Step"]) for row in rows] == [point.step for point in want]
            values = [tensor_util.make_ndarray(point.tensor_proto).item() for point in want]
            assert [float(row["Value"]) for row in rows] == values
            compared += len(rows)
    # tensorboardX has no new style.
    assert compared == (200 if log.parent.name.startswith("torch") else 0)


def test_histograms(log, board):
    compared = 0
    for run in runs_of(log):
        loaded = accumulator(log / run)
        for tag in loaded.Tags()["histograms"]:
            steps = board.json("histograms", run=run, tag=tag, max_steps=1000)["steps"]
            for have, want in zip(steps, loaded.Histograms(tag), strict=True):
                assert (have["step"], have["wall_time_secs"]) == (want.step, want.wall_time)
                want = want.histogram_value
                figures = [have[name] for name in ("min", "max", "num", "sum", "sum_squares")]
                assert figures == [want.min, want.max, want.num, want.sum, want.sum_squares]
                assert sum(have["counts"]) == sum(want.bucket)
                filled = np.flatnonzero(want.bucket)
                have_counts = np.array(have["counts"])
                counts = have_counts[have_counts > 0]
                np.testing.assert_array_equal(counts, np.array(want.bucket)[filled])
                # Right edges are those of the file, but for the outermost, which the data's own range may narrow.
                rights = np.array(have["right"])[have_counts > 0]
                np.testing.assert_array_equal(rights[:-1], np.array(want.bucket_limit)[filled][:-1])
                compared += 1
    assert compared >= 9


def test_images(log, board):
    compared = 0
    for run in runs_of(log):
        loaded = accumulator(log / run)
        for tag in loaded.Tags()["images"]:
            steps = board.json("images", run=run, tag=tag)["steps"]
            for have, want in zip(steps, loaded.Images(tag), strict=True):
                assert (have["step"], have["wall_time_secs"]) == (want.step, want.wall_time)
                assert (have["width"], have["height"]) == (want.width, want.height)
                (sample,) = have["samples"]
                assert board.get(sample) == want.encoded_image_string
                compared += 1
    assert compared >= 15


def test_texts(log, board):
    compared = 0
    for run in runs_of(log):
        loaded = accumulator(log / run)
        for tag in loaded.Tags()["tensors"]:
            if loaded.SummaryMetadata(tag).plugin_data.plugin_name != "text":
                continue
            steps = board.json("texts", run=run, tag=tag)["steps"]
            for have, want in zip(steps, loaded.Tensors(tag), strict=True):
                assert (have["step"], have["wall_time_secs"]) == (want.step, want.wall_time)
                strings = [string.decode() for string in want.tensor_proto.string_val]
                assert board.json(have["url"])["raw"] == strings
                compared += 1
    assert compared == 2


def test_custom_scalars(log, board):
    categories = board.json("layouts")["categories"]
    (asked,) = [call["layout"] for call in calls.make(seed=23) if call["method"] == "add_custom_scalars"]
    assert [category["title"] for category in categories] == [title for title, _ in asked]
    for have, (_, charts) in zip(categories, asked, strict=True):
        for chart, (title, kind, tags) in zip(have["charts"], charts, strict=True):
            assert chart["title"] == title
            if kind == "Margin":
                assert chart["margin"] == [dict(zip(("value", "lower", "upper"), tags, strict=True))]
            else:
                assert chart["multiline"] == tags


def write_restarted(folder, purge):
    """A run that crashed at step 10, and went on from step 6 in another file."""
    from torch.utils.tensorboard import SummaryWriter

    for factor, steps in enumerate([range(10), range(6, 15)], start=1):
        # TensorBoard ignores the first START of a run: both writers give a purge step.
        purge_step = steps[0] if purge else None
        with SummaryWriter(str(folder), purge_step=purge_step, filename_suffix=f".{factor}") as writer:
            for step in steps:
                when = {"global_step": step, "walltime": calls.WALL + step + 1000 * factor}
                writer.add_scalar("a", step * factor, **when)
                if step < 8:
                    writer.add_scalar("early", factor, **when)
        # Files are read in the order of their names, which hold whole seconds.
        (file,) = folder.glob(f"*.{factor}")
        file.rename(folder / f"events.out.tfevents.{1_700_000_000 + factor}.host")


def test_purging(tmp_path, dashboard):
    """What `purge_step` purges is purged, as TensorBoard's Python reader does it."""
    write_restarted(tmp_path / "run", purge=True)
    board = dashboard(tmp_path)
    assert same_scalars(board, "run", accumulator(tmp_path / "run")) == 15 + 8
    assert [float(row["Value"]) for row in csv_rows(board, "run", "a")] == [*range(6), *range(12, 30, 2)]


def test_superseding(tmp_path, dashboard, data_server):
    """Without `purge_step`, later records supersede those of the same tag at and after their step, as TensorBoard's
    data server does it (its Python reader shows both)."""
    write_restarted(tmp_path / "run", purge=False)
    board, data = dashboard(tmp_path), data_server(tmp_path)
    asked = dict(experiment_id="", plugin_name="scalars", downsample=1000)
    want = data.read_scalars(None, **asked)["run"]
    assert set(want) == {"a", "early"}
    for tag, points in want.items():
        rows = csv_rows(board, "run", tag)
        have = [(int(row["Step"]), float(row["Value"]), float(row["Wall time"])) for row in rows]
        assert have == [(point.step, point.value, point.wall_time) for point in points]
    assert [row["Step"] for row in csv_rows(board, "run", "a")] == [str(step) for step in range(15)]


def test_inspect_prints_every_value(log):
    """`glassboard inspect --json` shows what TensorBoard's raw loader finds, record by record."""
    from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
    from tensorboard.compat.proto import event_pb2

    shown = subprocess.run(
        [program("GLASSBOARD_BIN"), "inspect", str(log), "--json"], check=True, stdout=subprocess.PIPE, text=True
    )
    lines = [json.loads(line) for line in shown.stdout.splitlines()]
    want = []
    for file in sorted(log.rglob("*tfevents*")):
        for raw in RawEventFileLoader(str(file)).Load():
            event = event_pb2.Event.FromString(raw)
            want += [(event.step, event.wall_time, value.tag) for value in event.summary.value]
    have = [(line["step"], line["wall_time"], line["tag"]) for line in lines if line.get("tag")]
    assert sorted(have) == sorted(want)

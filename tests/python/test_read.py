"""``glassboard.read``: a log directory as numpy columns."""

import importlib.util
import shutil
import struct
import sys
from pathlib import Path

import glassboard
import numpy as np
import pytest
from glassboard import SummaryWriter

GOLDEN = Path(__file__).parents[1] / "golden" / "events"


@pytest.fixture
def logdir(tmp_path):
    """Two runs with scalars, the second restarted at step 3."""
    with SummaryWriter(tmp_path / "a") as writer:
        for step in range(5):
            writer.add_scalar("loss", step / 4, step, walltime=100.0 + step)
            writer.add_scalar("accuracy", 1 - step / 4, step, walltime=100.0 + step)
    with SummaryWriter(tmp_path / "b") as writer:
        for step in [0, 1, 2, 3, 4, 3, 4, 5]:
            writer.add_scalar("loss", 10.0 * step, step, walltime=200.0 + step)
    return tmp_path


def test_runs_are_a_mapping_in_the_order_of_their_beginning(logdir):
    log = glassboard.read(logdir)
    assert list(log) == ["a", "b"] and len(log) == 2
    assert [run.name for run in log.runs] == ["a", "b"]
    assert log.tags == ["accuracy", "loss"]
    assert log["a"].first_wall_time <= log["a"].last_wall_time
    assert log.path == str(logdir) and repr(log) == f"<LogDir {str(logdir)!r}: 2 runs>"
    assert log.damage == [] and log.notices == []


def test_scalars_are_columns(logdir):
    loss = glassboard.read(logdir)["a"].scalars["loss"]
    assert (loss.step.dtype, loss.wall_time.dtype, loss.value.dtype) == ("int64", "float64", "float64")
    np.testing.assert_array_equal(loss.step, range(5))
    np.testing.assert_array_equal(loss.wall_time, np.arange(100.0, 105.0))
    np.testing.assert_array_equal(loss.value, [0, 0.25, 0.5, 0.75, 1])
    assert len(loss) == 5 and not loss.superseded.any()
    assert not loss.value.flags.writeable


def test_superseded_points_are_there_on_request(logdir):
    run = glassboard.read(logdir)["b"]
    np.testing.assert_array_equal(run["loss"].step, [0, 1, 2, 3, 4, 5])
    everything = run.series("loss", superseded=True)
    np.testing.assert_array_equal(everything.step, [0, 1, 2, 3, 4, 3, 4, 5])
    np.testing.assert_array_equal(everything.superseded, [False] * 3 + [True] * 2 + [False] * 3)
    assert list(everything.table) == ["step", "wall_time", "value", "superseded"]


def test_the_long_table(logdir):
    log = glassboard.read(logdir)
    table = log.scalars()
    assert list(table) == ["run", "tag", "step", "wall_time", "value"]
    assert table.num_rows == 16
    assert table["run"].tolist() == ["a"] * 10 + ["b"] * 6
    assert table["tag"].tolist() == ["accuracy"] * 5 + ["loss"] * 11
    assert log.scalars(tags="acc*").num_rows == 5
    assert log.scalars(tags=["loss"], runs="b").num_rows == 6
    assert log.scalars(runs="b", superseded=True)["superseded"].sum() == 2
    nothing = log.scalars(tags="nothing")
    assert nothing.num_rows == 0 and nothing["step"].dtype == "int64" and nothing["run"].tolist() == []


def test_the_wide_table(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        for step in range(4):
            writer.add_scalar("every", step, step)
        writer.add_scalar("once", 7, 2)
    table = glassboard.read(tmp_path)["."].history()
    assert list(table) == ["step", "every", "once"]
    np.testing.assert_array_equal(table["step"], range(4))
    np.testing.assert_array_equal(table["once"], [np.nan, np.nan, 7, np.nan])
    assert list(glassboard.read(tmp_path)["."].history("on*")) == ["step", "once"]
    assert glassboard.read(tmp_path)["."].summary == {"every": 3.0, "once": 7.0}


@pytest.mark.parametrize("package", ["pandas", "pyarrow", "polars"])
def test_tables_say_what_is_missing(logdir, package, monkeypatch):
    # None in sys.modules is what an absent package looks like.
    monkeypatch.setitem(sys.modules, package, None)
    method = {"pandas": "to_pandas", "pyarrow": "to_arrow", "polars": "to_polars"}[package]
    with pytest.raises(ImportError, match=rf"{method}\(\) needs {package}.*pip install {package}"):
        getattr(glassboard.read(logdir), method)()


@pytest.mark.parametrize("method", ["to_pandas", "to_arrow", "to_polars"])
def test_tables_become_those_of_installed_packages(logdir, method):
    package = {"to_pandas": "pandas", "to_arrow": "pyarrow", "to_polars": "polars"}[method]
    table = glassboard.read(logdir).scalars()
    if importlib.util.find_spec(package) is None:
        with pytest.raises(ImportError, match=package):
            getattr(table, method)()
        return
    frame = getattr(table, method)()
    assert frame.shape == (16, 5)
    column = frame["run"].to_pylist() if method == "to_arrow" else frame["run"].to_list()
    assert column == table["run"].tolist()
    single = getattr(glassboard.read(logdir)["a"]["loss"], method)()
    assert single.shape == (5, 3)


def test_names_that_are_not_there(logdir):
    log = glassboard.read(logdir)
    with pytest.raises(KeyError, match="expected a run of 'a', 'b', got 'c'") as caught:
        log["c"]
    assert isinstance(caught.value, glassboard.NotFoundError)
    with pytest.raises(KeyError, match="run 'a': expected a tag of 'accuracy', 'loss', got 'c'"):
        log["a"]["c"]
    with pytest.raises(KeyError, match="plugin 'images': expected a tag of none, got 'loss'"):
        log["a"].series("loss", "images")
    assert "c" not in log and "loss" in log["a"]


def test_log_directories_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such log directory"):
        glassboard.read(tmp_path / "nothing")
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(NotADirectoryError, match="summary_iterator reads a single file"):
        glassboard.read(path)
    assert len(glassboard.read(tmp_path)) == 0
    assert glassboard.read(tmp_path).scalars().num_rows == 0


def of(case, run="log"):
    return glassboard.read(GOLDEN / case)[run]


def test_images():
    (series,) = of("image_hwc").images.values()
    assert (series.tag, series.plugin, len(series)) == ("im", "images", 1)
    image = series[0]
    assert (image.step, image.width, image.height) == (0, 10, 8)
    assert image.encoded.startswith(b"\x89PNG") and image._repr_png_() == image.encoded
    array = image.numpy()
    assert array.shape == (8, 10, 3) and array.dtype == "uint8"
    expected = np.load(GOLDEN / "image_hwc" / "inputs.npz")
    (pixels,) = (expected[name] for name in expected.files)
    np.testing.assert_allclose(array / 255, np.clip(pixels, 0, 1), atol=1 / 255)
    assert series[-1:] == [series[0]]
    with pytest.raises(IndexError):
        series[1]


def test_decoding_a_picture_says_what_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ImportError, match=r"to_pil\(\) needs pillow.*pip install pillow"):
        of("image_hwc").images["im"][0].numpy()


def test_histograms():
    (series,) = of("histogram_auto").histograms.values()
    histogram = series[0]
    assert histogram.counts.sum() == histogram.num == 1000
    assert len(histogram.edges) == len(histogram.counts) + 1
    assert histogram.edges[0] == histogram.min and histogram.edges[-1] == histogram.max
    assert histogram.percentile_shares[4] == 0.5
    assert histogram.percentiles[0] == histogram.min
    np.testing.assert_array_equal(np.sort(histogram.percentiles), histogram.percentiles)


def test_texts_and_sounds():
    texts = of("text").texts
    assert texts["lstm/text_summary"][0].text == "This is an **lstm**"
    assert str(texts["rnn/text_summary"][0]) == "多语言 ✓"
    (series,) = of("audio").audio.values()
    sound = series[0]
    assert (sound.sample_rate, sound.num_channels, sound.length_frames) == (8000, 1, 800)
    samples = sound.numpy()
    assert samples.shape == (800, 1) and samples.dtype == "float32" and abs(samples).max() <= 1
    assert sound._repr_html_().startswith('<audio controls src="data:audio/wav;base64,UklGR')


def test_tensors_and_other_plugins():
    (series,) = of("tensor_float32").tensors.values()
    inputs = np.load(GOLDEN / "tensor_float32" / "inputs.npz")
    np.testing.assert_array_equal(series[0].numpy(), inputs[inputs.files[0]])
    curve = of("pr_curve")["pr"]
    assert curve.plugin == "pr_curves" and curve[0].numpy().shape == (6, 127)
    assert curve[0].message.metadata.plugin_data.plugin_name == "pr_curves"


def test_graphs_and_hparams():
    assert len(of("graph").graph) == 2252
    assert of("scalar").graph is None and of("scalar").hparams == {}
    run = of("hparams", "log/t1")
    assert run.hparams == {"bsize": 1.0, "lr": 0.1, "nesterov": 1.0, "opt": "adam"}
    assert set(run.summary) == {"hparam/accuracy", "hparam/loss"}


def test_damage_does_not_stop_the_loading(tmp_path):
    (path,) = (GOLDEN / "scalar").rglob("*tfevents*")
    data = bytearray(path.read_bytes())
    first = 16 + struct.unpack_from("<Q", data)[0]
    data[first + 14] ^= 0xFF
    shutil.copytree(path.parent, tmp_path / "sound")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / path.name).write_bytes(data)
    log = glassboard.read(tmp_path)
    assert len(log["sound"]["loss/train"]) == len(log["broken"]["loss/train"]) + 1
    (damage,) = log.damage
    assert (damage.run, damage.damaged) == ("broken", 1)
    assert (damage.places[0].offset, damage.places[0].kind) == (first, "data_checksum")
    assert damage.path == f"broken/{path.name}" and ", 1 damaged file>" in repr(log)


def test_a_file_that_vanishes_is_said_when_a_value_is_asked_for(tmp_path):
    shutil.copytree(GOLDEN / "image_hwc" / "log", tmp_path / "run")
    (series,) = glassboard.read(tmp_path)["run"].images.values()
    shutil.rmtree(tmp_path / "run")
    with pytest.raises(OSError, match="no longer in the log directory") as caught:
        series[0]
    assert isinstance(caught.value, glassboard.FileError)

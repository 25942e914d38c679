"""What `glassboard.tensorboardX` has beyond torch's writer, without tensorboardX."""

import inspect
import io
import json
import multiprocessing
import os
from pathlib import Path

import glassboard
import numpy as np
import pytest
from glassboard.tensorboardX import GlobalSummaryWriter, SummaryWriter
from PIL import Image

WALL = 1_700_000_000.25
# Of tensorboardX 2.6.5, where they differ from torch's.
SIGNATURES = {
    "add_scalar": "(self, tag, scalar_value, global_step=None, walltime=None, display_name='', summary_description='')",
    "add_video": "(self, tag, vid_tensor, global_step=None, fps=4, walltime=None, dataformats='NTCHW')",
    "add_hparams": "(self, hparam_dict, metric_dict, name=None, global_step=None)",
    "add_onnx_graph": "(self, onnx_model_file)",
    "export_scalars_to_json": "(self, path)",
    "use_metadata": "(self, *, global_step=None, walltime=None)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_tensorboardx_s(name):
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(getattr(SummaryWriter, name)).parameters.values()
    ]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


def events(folder):
    """All events below a folder, but for those that begin a file."""
    found = []
    for path in sorted(Path(folder).rglob("*tfevents*")):
        found += list(glassboard.summary_iterator(path))[1:]
    return found


def test_the_folder_has_two_names(tmp_path):
    for options in ({"logdir": tmp_path / "a"}, {"log_dir": tmp_path / "b"}):
        with SummaryWriter(**options) as writer:
            (expected,) = options.values()
            assert writer.logdir == writer.log_dir == writer.get_logdir() == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    with pytest.raises(TypeError, match="folder"):
        SummaryWriter(folder=tmp_path)
    with pytest.raises(ValueError, match="comet_config"):
        SummaryWriter(tmp_path, comet_config={"disabled": False})


def test_a_scalar_has_a_name_and_a_description(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("/a b", 1.5, 2, WALL, "Name", "**what** it is")
        writer.add_scalar("plain", 1)
    described, plain = events(tmp_path)
    value = described.summary.value[0]
    assert (value.tag, value.simple_value, described.step, described.wall_time) == ("a_b", 1.5, 2, WALL)
    assert (value.metadata.display_name, value.metadata.summary_description) == ("Name", "**what** it is")
    assert not plain.summary.value[0].HasField("metadata")


def test_nothing_is_written_to_no_disk(tmp_path):
    folder = tmp_path / "none"
    with SummaryWriter(folder, write_to_disk=False) as writer:
        writer.add_scalar("a", 1)
        writer.add_scalars("m", {"a": 1.0}, 0, WALL)
        writer.add_image("i", np.zeros((3, 4, 5)))
        writer.add_embedding(np.zeros((2, 2)))
        writer.flush()
        with pytest.raises(ValueError, match="expected one number"):
            writer.add_scalar("a", [1, 2])
        assert writer.scalar_dict == {str(folder / "m" / "a"): [[WALL, 0, 1.0]]}
    assert not folder.exists()


def test_scalars_are_exported(tmp_path):
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_scalars("m", {"a": 1, "b": np.float32(2)}, 3, WALL)
        writer.add_scalars("m", {"a": 4}, 4, WALL)
        writer.export_scalars_to_json(tmp_path / "all.json")
        assert writer.scalar_dict == {}
    folder = tmp_path / "run" / "m"
    assert json.loads((tmp_path / "all.json").read_text()) == {
        str(folder / "a"): [[WALL, 3, 1.0], [WALL, 4, 4.0]],
        str(folder / "b"): [[WALL, 3, 2.0]],
    }
    assert {path.parent for path in (tmp_path / "run").rglob("*tfevents*")} == {
        tmp_path / "run",
        folder / "a",
        folder / "b",
    }


def test_a_step_and_a_time_for_many_calls(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        with writer.use_metadata(global_step=10, walltime=WALL) as same:
            assert same is writer
            writer.add_scalar("a", 1)
            writer.add_text("t", "x")
            writer.add_histogram("h", [1.0], 3)
        with pytest.raises(KeyError), writer.use_metadata(global_step=4):
            raise KeyError
        writer.add_scalar("a", 1)
        with pytest.raises(ValueError, match="use_metadata"), writer.use_metadata():
            pass
    found = events(tmp_path)
    assert [event.step for event in found] == [10, 10, 3, 0]
    assert [event.wall_time for event in found[:3]] == [WALL] * 3
    assert found[3].wall_time > WALL + 1000


def test_a_video_has_its_axes_in_any_order(tmp_path):
    video = np.zeros((4, 6, 2, 1, 3), np.uint8)
    video[:, :, 1] = 255
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("v", video, fps=2, dataformats="HWTNC")
    (event,) = events(tmp_path)
    gif = Image.open(io.BytesIO(event.summary.value[0].image.encoded_image_string))
    assert (gif.size, gif.n_frames, gif.info["duration"]) == ((6, 4), 2, 500)


def test_sprites_are_square_and_not_too_large(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="square"):
            writer.add_embedding(np.zeros((2, 2)), label_img=np.zeros((2, 3, 4, 5)))
        with pytest.raises(ValueError, match="8192"):
            writer.add_embedding(np.zeros((2, 2)), label_img=np.zeros((2, 1, 4097, 4097), np.uint8))
        writer.add_embedding(np.zeros((2, 2)), label_img=np.zeros((2, 1, 8, 8), np.uint8))


def _log(writer, count):
    for _ in range(count):
        writer.add_scalar("a", 1.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes fork on Unix")
def test_a_global_writer_counts_the_steps_of_all_processes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = GlobalSummaryWriter.getSummaryWriter()
    assert GlobalSummaryWriter.getSummaryWriter() is writer
    _log(writer, 3)
    writer.add_text("a", "text")
    writer.add_image("a", np.zeros((3, 2, 2)))
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=_log, args=(writer, 5)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    _log(writer, 1)
    writer.close()
    found = {}
    for event in events(tmp_path / "runs"):
        found.setdefault(event.summary.value[0].tag, []).append(event.step)
    assert {tag: sorted(steps) for tag, steps in found.items()} == {
        "a": [0, *range(14)],
        "a/text_summary": [0],
    }

"""``glassboard.summary_iterator``: the events of one file behave as TensorFlow's."""

import json
import os
import shutil
from pathlib import Path

import glassboard
import numpy as np
import pytest

GOLDEN = Path(__file__).parents[1] / "golden" / "events"


def golden(case):
    """The event files of a reference case, in the order of their names."""
    return sorted((GOLDEN / case).rglob("*tfevents*"))


def values(case):
    """All summary values of a reference case."""
    events = [event for path in golden(case) for event in glassboard.summary_iterator(path)]
    return [(event, value) for event in events for value in event.summary.value]


def test_a_file_begins_with_its_version():
    first, *rest = glassboard.summary_iterator(golden("scalar")[0])
    assert first.file_version == "brain.Event:2"
    assert first.WhichOneof("what") == "file_version"
    assert first.HasField("file_version") and not first.HasField("summary")
    assert [event.WhichOneof("what") for event in rest] == ["summary"] * len(rest)


def test_every_record_of_the_reference_is_there():
    for case in sorted(GOLDEN.iterdir()):
        for name, records in json.loads((case / "expected.json").read_text()).items():
            if "tfevents" not in name:
                continue
            events = list(glassboard.summary_iterator(case / "log" / name))
            assert len(events) == len(records), name
            for event, record in zip(events, records, strict=True):
                assert (event.step, event.wall_time) == (record["step"], record["wall_time"])
                assert event.WhichOneof("what") == record["what"]
                kinds = [(value.tag, value.WhichOneof("value")) for value in event.summary.value]
                assert kinds == [(value["tag"], value["kind"]) for value in record.get("values", [])]


def test_scalars():
    found = [(event.step, value.tag, value.simple_value) for event, value in values("scalar")]
    assert found[:3] == [(0, "loss/train", np.float32(0.1)), (1, "loss/train", -2.5), (2, "loss/train", 3.0)]
    for _, value in values("scalar"):
        assert value.WhichOneof("value") == "simple_value"
        assert value.HasField("simple_value") and not value.HasField("image")


def test_what_is_not_set_has_its_default():
    _, value = values("scalar")[0]
    assert value.image.height == 0
    assert value.image.encoded_image_string == b""
    assert value.histo.bucket == []
    assert value.metadata.plugin_data.plugin_name == ""
    event = next(glassboard.summary_iterator(golden("scalar")[0]))
    assert event.summary.value == []
    assert event.session_log.status == 0
    assert event.tagged_run_metadata.tag == ""
    assert event.graph_def == b""


def test_images():
    ((_, value),) = values("image_hwc")
    assert (value.image.height, value.image.width, value.image.colorspace) == (8, 10, 3)
    assert value.image.encoded_image_string.startswith(b"\x89PNG")


def test_histograms():
    ((_, value),) = values("histogram_auto")
    histo = value.histo
    assert value.WhichOneof("value") == "histo"
    assert histo.num == 1000.0
    assert histo.min == pytest.approx(-3.2514384)
    assert len(histo.bucket) == len(histo.bucket_limit)
    assert sum(histo.bucket) == 1000.0


def test_audio():
    ((_, value),) = values("audio")
    assert value.audio.content_type == "audio/wav"
    assert value.audio.num_channels == 1
    assert value.audio.length_frames == 800
    assert value.audio.encoded_audio_string.startswith(b"RIFF")


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8"])
def test_tensors(dtype):
    ((_, value),) = values(f"tensor_{dtype}")
    tensor = value.tensor
    assert [dim.size for dim in tensor.tensor_shape.dim] == [2, 3]
    inputs = np.load(GOLDEN / f"tensor_{dtype}" / "inputs.npz")
    array = tensor.numpy()
    (expected,) = (inputs[name] for name in inputs.files)
    np.testing.assert_array_equal(array, expected)
    assert array.dtype == dtype


def test_tensors_of_text_are_bytes():
    value = values("text")[0][1]
    assert value.metadata.plugin_data.plugin_name == "text"
    assert value.tensor.dtype == 7
    assert value.tensor.numpy().ravel().tolist() == value.tensor.string_val


def test_graphs_and_run_metadata():
    events = list(glassboard.summary_iterator(golden("graph")[0]))
    kinds = [event.WhichOneof("what") for event in events]
    assert kinds == ["file_version", "graph_def", "tagged_run_metadata"]
    assert isinstance(events[1].graph_def, bytes) and len(events[1].graph_def) == 2252
    assert events[2].tagged_run_metadata.tag == "step1"


def test_presence_is_refused_where_protobuf_refuses_it():
    event = next(glassboard.summary_iterator(golden("scalar")[0]))
    with pytest.raises(ValueError, match=r"Field tensorboard\.Event\.step does not have presence"):
        event.HasField("step")
    with pytest.raises(ValueError, match='Protocol message Event has no "nothing" field'):
        event.HasField("nothing")
    with pytest.raises(ValueError, match='has no "value" field'):
        event.WhichOneof("value")
    with pytest.raises(AttributeError):
        event.nothing  # noqa: B018
    with pytest.raises(AttributeError):
        event.step = 3


def test_messages_are_compared_and_printed_by_content():
    path = golden("scalar_new_style")[0]
    one, two = (list(glassboard.summary_iterator(path)) for _ in range(2))
    assert one == two and one[0] != one[1]
    assert one[1].SerializeToString() == two[1].SerializeToString()
    assert one[1].ByteSize() == len(one[1].SerializeToString())
    text = str(one[1].summary.value[0])
    assert text == repr(one[1].summary.value[0])
    assert text.splitlines()[:3] == ['tag: "a"', "tensor {", "  dtype: DT_FLOAT"]
    with pytest.raises(TypeError, match="unhashable"):
        hash(one[0])


def test_a_cut_record_at_the_end_ends_the_iteration(tmp_path):
    whole = golden("scalar")[0].read_bytes()
    count = len(list(glassboard.summary_iterator(golden("scalar")[0])))
    cut = tmp_path / "events.out.tfevents.1.cut"
    for missing in (1, 5, 20):
        cut.write_bytes(whole[:-missing])
        assert len(list(glassboard.summary_iterator(cut))) == count - 1
    cut.write_bytes(b"")
    assert list(glassboard.summary_iterator(cut)) == []


@pytest.fixture
def damaged(tmp_path):
    """A file whose third record has a changed byte, and where that record begins."""
    data = bytearray(golden("scalar")[0].read_bytes())
    offset = 0
    for _ in range(2):
        offset += 16 + int.from_bytes(data[offset : offset + 8], "little")
    data[offset + 14] ^= 0xFF
    path = tmp_path / "events.out.tfevents.1.damaged"
    path.write_bytes(data)
    return path, offset


def test_damage_is_raised(damaged):
    path, offset = damaged
    events = glassboard.summary_iterator(path)
    assert [next(events).step, next(events).step] == [0, 0]
    with pytest.raises(glassboard.DataLossError, match="checksum") as caught:
        next(events)
    error = caught.value
    assert isinstance(error, OSError) and isinstance(error, ValueError) and isinstance(error, glassboard.Error)
    assert (error.offset, error.kind) == (offset, "data_checksum")
    assert error.path == str(path) and error.lost_bytes > 0 and str(path) in str(error)
    # What is behind the damage can still be asked for.
    assert next(events).step == 2


def test_damage_can_be_skipped(damaged):
    whole = [event.step for event in glassboard.summary_iterator(golden("scalar")[0])]
    steps = [event.step for event in glassboard.summary_iterator(damaged[0], on_damage="skip")]
    assert steps == whole[:2] + whole[3:]
    with pytest.raises(ValueError, match="on_damage: expected 'raise' or 'skip', got \"ignore\""):
        glassboard.summary_iterator(damaged[0], on_damage="ignore")


def test_an_unfinished_record_with_more_behind_it_is_damage(tmp_path):
    whole = golden("scalar")[0].read_bytes()
    count = len(list(glassboard.summary_iterator(golden("scalar")[0])))
    path = tmp_path / "events.out.tfevents.1.two"
    path.write_bytes(whole[:-5] + whole)
    with pytest.raises(glassboard.DataLossError):
        list(glassboard.summary_iterator(path))
    assert len(list(glassboard.summary_iterator(path, on_damage="skip"))) == 2 * count - 1


def test_paths(tmp_path):
    path = golden("scalar")[0]
    assert len(list(glassboard.summary_iterator(str(path)))) == len(list(glassboard.summary_iterator(path)))
    with pytest.raises(FileNotFoundError) as caught:
        glassboard.summary_iterator(tmp_path / "nothing")
    assert caught.value.errno == 2 and caught.value.filename == str(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        glassboard.summary_iterator(tmp_path)
    with pytest.raises(TypeError):
        glassboard.summary_iterator(3)


def test_events_outlive_their_file(tmp_path):
    path = tmp_path / "events.out.tfevents.1.x"
    shutil.copy(golden("image_hwc")[0], path)
    events = list(glassboard.summary_iterator(path))
    os.remove(path)
    image = events[1].summary.value[0].image
    del events
    assert image.encoded_image_string.startswith(b"\x89PNG")

"""``glassboard.summary_iterator`` and ``glassboard.read`` against TensorBoard's own protos and loaders."""

from pathlib import Path

import glassboard
import numpy as np
import pandas
import polars
import pyarrow
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
FILES = sorted(GOLDEN.rglob("*tfevents*"))


def check_same(ours, theirs):
    """Every field, set or not, has the same value; and presence is told alike."""
    name = theirs.DESCRIPTOR.name
    assert type(ours).__name__ == name
    for oneof in theirs.DESCRIPTOR.oneofs:
        assert ours.WhichOneof(oneof.name) == theirs.WhichOneof(oneof.name)
    for field in theirs.DESCRIPTOR.fields:
        # What no event file holds has no counterpart.
        if field.name in ("resource_handle_val", "variant_val", "float8_val"):
            continue
        got, expected = getattr(ours, field.name), getattr(theirs, field.name)
        if field.is_repeated:
            assert len(got) == len(expected)
            if field.message_type is None:
                assert got == list(expected) or np.isnan(expected).any()
            else:
                for one, other in zip(got, expected, strict=True):
                    check_same(one, other)
            continue
        if field.has_presence:
            assert ours.HasField(field.name) == theirs.HasField(field.name)
        else:
            with pytest.raises(ValueError):
                ours.HasField(field.name)
        if field.message_type is not None:
            # A message that is not set is its default; not all of these can be gone through.
            if theirs.HasField(field.name):
                check_same(got, expected)
        else:
            assert got == expected or (got != got and expected != expected), (name, field.name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(GOLDEN)))
def test_events_are_the_messages_of_tensorboard(path):
    theirs = [Event.FromString(record) for record in RawEventFileLoader(str(path)).Load()]
    ours = list(glassboard.summary_iterator(path))
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        check_same(one, other)
        assert str(one) == str(other)
        assert Event.FromString(one.SerializeToString()) == other
        for value, expected in zip(one.summary.value, other.summary.value, strict=True):
            # torch puts bytes where TensorBoard does not look for them.
            if expected.HasField("tensor") and "tensor_uint8" not in path.parts:
                np.testing.assert_array_equal(value.tensor.numpy(), tensor_util.make_ndarray(expected.tensor))


def test_the_text_of_awkward_values(tmp_path):
    numbers = [
        1e20,
        float("inf"),
        float("-inf"),
        float("nan"),
        -0.0,
        123456789,
        1e-5,
        1e15,
        1e16,
        0.1 + 0.2,
        1 / 3,
    ]
    event = event_pb2.Event(wall_time=1.1, step=-3)
    event.summary.value.add(tag="ä\"'\\\n\t\r\x00\x7f", simple_value=0.1)
    value = event.summary.value.add(tag="tensor")
    value.tensor.dtype = 99
    value.tensor.float_val.extend(numbers)
    value.tensor.double_val.extend(numbers)
    value.tensor.int64_val.extend([-1, 2**62])
    value.tensor.uint64_val.append(2**64 - 1)
    value.tensor.bool_val.extend([True, False])
    value.tensor.half_val.append(-5)
    value.tensor.string_val.append(bytes(range(256)))
    value.tensor.tensor_shape.dim.add(size=-1, name="n")
    value.metadata.data_class = summary_pb2.DATA_CLASS_BLOB_SEQUENCE
    event.summary.value.add().image.SetInParent()
    session = event_pb2.Event(session_log=event_pb2.SessionLog(status=1, msg="x"))
    path = tmp_path / "events.out.tfevents.1.x"
    with open(path, "wb") as file:
        writer = RecordWriter(file)
        writer.write(event.SerializeToString())
        writer.write(session.SerializeToString())
    one, two = glassboard.summary_iterator(path)
    assert str(one) == str(event) and str(two) == str(session)
    check_same(one, event)
    check_same(two, session)


def test_scalars_are_those_of_tensorboard(tmp_path):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(tmp_path / "run")) as writer:
        for step in range(1000):
            writer.add_scalar("loss", np.sin(step / 50), step)
    accumulator = EventAccumulator(str(tmp_path / "run"), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    points = accumulator.Scalars("loss")
    loss = glassboard.read(tmp_path)["run"].scalars["loss"]
    assert loss.step.tolist() == [point.step for point in points]
    assert loss.wall_time.tolist() == [point.wall_time for point in points]
    assert loss.value.tolist() == [point.value for point in points]


def test_tables_of_all_packages_hold_the_same(tmp_path):
    with glassboard.SummaryWriter(str(tmp_path)) as writer:
        for step in range(10):
            writer.add_scalar("loss", step / 3, step)
            writer.add_scalar("accuracy", 1 / (step + 1), step)
    table = glassboard.read(tmp_path).scalars()
    as_lists = {name: column.tolist() for name, column in table.items()}
    assert {name: column.tolist() for name, column in table.to_pandas().items()} == as_lists
    assert table.to_arrow().to_pydict() == as_lists
    assert table.to_polars().to_dict(as_series=False) == as_lists
    assert isinstance(table.to_pandas()["tag"].dtype, pandas.CategoricalDtype)
    assert table.to_polars().schema["tag"] == polars.Categorical
    # Those who read Arrow take the table itself.
    assert pyarrow.table(table).to_pydict() == as_lists
    assert polars.DataFrame(table).to_dict(as_series=False) == as_lists
    pandas.testing.assert_frame_equal(
        pandas.DataFrame(dict(table)),
        table.to_pandas().astype({"run": object, "tag": object}),
        check_dtype=False,
    )

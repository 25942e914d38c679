"""`SummaryWriter` from Python: signatures, what it takes and refuses, threads, forks, and how a process ends."""

import ast
import inspect
import io
import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import glassboard
import numpy as np
import pytest
from glassboard import SummaryWriter
from PIL import Image

# Of torch.utils.tensorboard.SummaryWriter, torch 2.15.
TORCH_SIGNATURES = {
    "__init__": "(self, log_dir=None, comment='', purge_step=None, max_queue=10, flush_secs=120, filename_suffix='')",
    "get_logdir": "(self)",
    "add_hparams": "(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None)",
    "add_scalar": "(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False)",
    "add_scalars": "(self, main_tag, tag_scalar_dict, global_step=None, walltime=None)",
    "add_tensor": "(self, tag, tensor, global_step=None, walltime=None)",
    "add_histogram": "(self, tag, values, global_step=None, bins='tensorflow', walltime=None, max_bins=None)",
    "add_histogram_raw": "(self, tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, global_step=None, "
    "walltime=None)",
    "add_image": "(self, tag, img_tensor, global_step=None, walltime=None, dataformats='CHW')",
    "add_images": "(self, tag, img_tensor, global_step=None, walltime=None, dataformats='NCHW')",
    "add_image_with_boxes": "(self, tag, img_tensor, box_tensor, global_step=None, walltime=None, rescale=1, "
    "dataformats='CHW', labels=None)",
    "add_figure": "(self, tag, figure, global_step=None, close=True, walltime=None)",
    "add_video": "(self, tag, vid_tensor, global_step=None, fps=4, walltime=None)",
    "add_audio": "(self, tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None)",
    "add_text": "(self, tag, text_string, global_step=None, walltime=None)",
    "add_onnx_graph": "(self, prototxt)",
    "add_graph": "(self, model, input_to_model=None, verbose=False, use_strict_trace=True, *, form='auto')",
    "add_embedding": "(self, mat, metadata=None, label_img=None, global_step=None, tag='default', "
    "metadata_header=None)",
    "add_pr_curve": "(self, tag, labels, predictions, global_step=None, num_thresholds=127, weights=None, "
    "walltime=None)",
    "add_pr_curve_raw": "(self, tag, true_positive_counts, false_positive_counts, true_negative_counts, "
    "false_negative_counts, precision, recall, global_step=None, num_thresholds=127, weights=None, walltime=None)",
    "add_custom_scalars_multilinechart": "(self, tags, category='default', title='untitled')",
    "add_custom_scalars_marginchart": "(self, tags, category='default', title='untitled')",
    "add_custom_scalars": "(self, layout)",
    "add_mesh": "(self, tag, vertices, colors=None, faces=None, config_dict=None, global_step=None, walltime=None)",
    "flush": "(self)",
    "close": "(self)",
}


@pytest.mark.parametrize("name", TORCH_SIGNATURES)
def test_signatures_are_torch_s(name):
    method = getattr(SummaryWriter, name)
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(method).parameters.values()
    ]
    assert str(inspect.Signature(parameters)) == TORCH_SIGNATURES[name]
    assert name == "__init__" or method.__doc__.strip()


def test_every_public_method_says_what_its_parameters_are():
    for name, method in inspect.getmembers(SummaryWriter, inspect.isfunction):
        if name.startswith("add_"):
            parameters = list(inspect.signature(method).parameters)[1:]
            for parameter in parameters:
                assert parameter in method.__doc__, (name, parameter)


def events(folder):
    """All events below a folder, but for those that begin a file."""
    found = []
    for path in sorted(Path(folder).rglob("*tfevents*")):
        first, *rest = glassboard.summary_iterator(path)
        assert first.file_version == "brain.Event:2"
        found += rest
    return found


def scalars(folder):
    return [(value.tag, event.step, value.simple_value) for event in events(folder) for value in event.summary.value]


def test_a_writer_is_a_context_manager_and_opens_again_after_close(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        assert writer.log_dir == writer.get_logdir() == tmp_path
        assert writer.file_writer.get_logdir() == str(tmp_path)
        writer.add_scalar("a", 1, 0)
        writer.add_scalars("m", {"x": 2}, 1)
        assert list(writer.all_writers) == [str(tmp_path), str(tmp_path / "m_x")]
    assert writer.file_writer is None and writer.all_writers is None
    writer.close()
    writer.flush()
    writer.add_scalar("a", 3, 2)
    assert writer.file_writer is not None
    writer.close()
    assert len(list(tmp_path.glob("*tfevents*"))) == 2
    assert sorted(scalars(tmp_path)) == [("a", 0, 1.0), ("a", 2, 3.0), ("m", 1, 2.0)]


def test_the_default_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for log_dir in (None, ""):
        with SummaryWriter(log_dir, comment="_x") as writer:
            name = Path(writer.log_dir)
            assert name.parent.name == "runs" and name.name.endswith("_x")
            assert name.is_dir()


def test_a_subclass_may_have_an_init_of_its_own(tmp_path):
    class Mine(SummaryWriter):
        def __init__(self, name, *, folder):
            super().__init__(folder / name)
            self.calls = 0

        def add_scalar(self, tag, *arguments, **options):
            self.calls += 1
            super().add_scalar(f"mine/{tag}", *arguments, **options)

    with Mine("run", folder=tmp_path) as writer:
        writer.add_scalar("a", 1.0, global_step=4)
    assert writer.calls == 1
    assert scalars(tmp_path) == [("mine/a", 4, 1.0)]


def test_a_writer_without_its_init_says_so():
    class Broken(SummaryWriter):
        def __init__(self):
            pass

    with pytest.raises(RuntimeError, match="__init__ was not called"):
        Broken().add_scalar("a", 1)


class ArrayInterface:
    """What jax and others offer."""

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0, 3.0], dtype)


class DLPack:
    def __init__(self):
        self._array = np.array([1.0, 2.0, 3.0])

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0, 3.0],
        (1, 2, 3),
        [[1, 2, 3]],
        [np.float32(1), 2, 3.0],
        ArrayInterface(),
        DLPack(),
        np.array([1, 2, 3], ">i2"),
        np.array([3.0, 0, 2, 0, 1])[::-2],
        np.array([1, 2, 3], object),
        np.frombuffer(b"\0" + np.array([1.0, 2.0, 3.0]).tobytes(), np.float64, offset=1),
        np.array([1, 2, 3], np.longdouble),
    ],
)
def test_arrays_of_all_kinds(tmp_path, values):
    with SummaryWriter(tmp_path) as writer:
        writer.add_histogram("h", values)
    (event,) = events(tmp_path)
    histo = event.summary.value[0].histo
    assert (histo.min, histo.max, histo.num, histo.sum, histo.sum_squares) == (1, 3, 3, 6, 14)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (True, 1.0),
        (np.float16(0.5), 0.5),
        (np.array([[2]]), 2.0),
        ([3], 3.0),
        ("4.5", 4.5),
        (float("nan"), math.nan),
        (np.bool_(False), 0.0),
        (10**20, 1e20),
    ],
)
def test_numbers_of_all_kinds(tmp_path, value, expected):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", value, np.int32(3))
    ((tag, step, written),) = scalars(tmp_path)
    assert (tag, step) == ("a", 3)
    np.testing.assert_equal(written, float(np.float32(expected)))


PICTURE = np.zeros((3, 4, 5))
BAD = {
    "no number": (lambda w: w.add_scalar("a", None), TypeError, "scalar_value: expected .* got NoneType"),
    "several numbers": (
        lambda w: w.add_scalar("a", np.zeros((2, 3), np.float32)),
        ValueError,
        r"scalar_value: expected one number, got shape \[2, 3\] of dtype float32",
    ),
    "no numbers at all": (lambda w: w.add_scalar("a", []), ValueError, r"got shape \[0\] of dtype float64"),
    "a text": (lambda w: w.add_scalar("a", "blob"), ValueError, "scalar_value: expected a number"),
    "too large": (lambda w: w.add_scalar("a", 10**400), ValueError, "scalar_value"),
    "tag": (lambda w: w.add_scalar(3, 1.0), TypeError, "tag"),
    "step": (lambda w: w.add_scalar("a", 1.0, object()), TypeError, "global_step: expected an integer, got object"),
    "step text": (lambda w: w.add_scalar("a", 1.0, "x"), TypeError, "global_step"),
    "step beyond": (lambda w: w.add_scalar("a", 1.0, 2**64), TypeError, "global_step"),
    "walltime": (lambda w: w.add_scalar("a", 1.0, 0, "now"), TypeError, "walltime: expected seconds"),
    "scalars": (
        lambda w: w.add_scalars("m", {"good": 1.0, "bad": [1, 2]}, 0),
        ValueError,
        r'tag_scalar_dict\["bad"\]: expected one number',
    ),
    "scalars type": (lambda w: w.add_scalars("m", [1.0]), TypeError, "tag_scalar_dict: expected a dict"),
    "histogram of nothing": (lambda w: w.add_histogram("h", []), ValueError, "expected at least one value"),
    "histogram of nan": (lambda w: w.add_histogram("h", [math.nan]), ValueError, "empty histogram"),
    "histogram of text": (lambda w: w.add_histogram("h", "blob"), ValueError, "values: .* got the text 'blob'"),
    "histogram of texts": (lambda w: w.add_histogram("h", ["x"]), ValueError, "values: .*dtype <U1"),
    "histogram ragged": (lambda w: w.add_histogram("h", [[1], [2, 3]]), ValueError, "values: expected"),
    "histogram of objects": (lambda w: w.add_histogram("h", object()), TypeError, "values: expected .* got object"),
    "bins": (lambda w: w.add_histogram("h", [1.0], bins="best"), ValueError, "bins: .*best"),
    "bins negative": (lambda w: w.add_histogram("h", [1.0], bins=-1), ValueError, "bins: expected .* got -1"),
    "raw lengths": (
        lambda w: w.add_histogram_raw("h", 0, 1, 2, 3, 4, [1, 2], [1]),
        ValueError,
        "2 limits and 1 counts",
    ),
    "image axes": (
        lambda w: w.add_image("i", PICTURE[0]),
        ValueError,
        r"expected 3 axes, got shape \[4, 5\]",
    ),
    "image letters": (lambda w: w.add_image("i", PICTURE, dataformats="CCW"), ValueError, "CCW"),
    "image channels": (lambda w: w.add_image("i", np.zeros((2, 4, 5))), ValueError, "expected 1, 3 or 4, got 2"),
    "image empty": (lambda w: w.add_image("i", np.zeros((3, 0, 5))), ValueError, "empty picture"),
    "image type": (lambda w: w.add_image("i", {}), TypeError, "img_tensor: expected .* got dict"),
    "boxes": (
        lambda w: w.add_image_with_boxes("i", PICTURE, np.zeros((2, 3))),
        ValueError,
        r"expected \[N, 4\].* got \[2, 3\]",
    ),
    "figure": (lambda w: w.add_figure("f", PICTURE), TypeError, "figure: expected .* got ndarray"),
    "video": (lambda w: w.add_video("v", np.zeros((2, 3, 4, 5))), ValueError, r"\[2, 3, 4, 5\]"),
    "audio": (lambda w: w.add_audio("s", np.zeros((4, 5))), ValueError, r"\[4, 5\]"),
    "audio rate": (lambda w: w.add_audio("s", np.zeros(4), sample_rate=0), ValueError, "sample rate"),
    "text": (lambda w: w.add_text("t", 3), TypeError, "text_string"),
    "pr curve": (lambda w: w.add_pr_curve("p", [0, 1], [0.5]), ValueError, "labels"),
    "pr curve thresholds": (lambda w: w.add_pr_curve("p", [0], [0.5], num_thresholds=-1), ValueError, "num_thresholds"),
    "pr curve weights": (lambda w: w.add_pr_curve("p", [0, 1, 1], [0.5] * 3, weights=[1, 2]), ValueError, "weights"),
    "pr curve rows": (
        lambda w: w.add_pr_curve_raw("p", [1], [1], [1], [1], [1], [1, 2]),
        ValueError,
        "recall|rows",
    ),
    "mesh": (lambda w: w.add_mesh("m", np.zeros((4, 3))), ValueError, r"\[4, 3\]"),
    "mesh colors": (
        lambda w: w.add_mesh("m", np.zeros((1, 4, 3)), np.zeros((1, 4))),
        ValueError,
        r"colors.*\[1, 4\]",
    ),
    "hparams type": (lambda w: w.add_hparams([("lr", 1)], {}), TypeError, "hparam_dict: expected a dict, got list"),
    "hparams value": (lambda w: w.add_hparams({"lr": [1]}, {}), ValueError, r'hparam_dict\["lr"\]: .* got list'),
    "hparams metric": (lambda w: w.add_hparams({"lr": 1}, {"m": None}), TypeError, r'metric_dict\["m"\]'),
    "hparams domain": (lambda w: w.add_hparams({"lr": 1}, {}, {"lr": ["a"]}), TypeError, "lr"),
    "layout": (
        lambda w: w.add_custom_scalars({"a": {"b": ["Margin", ["x", "y"]]}}),
        ValueError,
        "expected 3 tags .* got 2",
    ),
    "layout type": (lambda w: w.add_custom_scalars({"a": []}), TypeError, r'layout\["a"\]: expected a dict'),
    "layout tags": (lambda w: w.add_custom_scalars_multilinechart("loss"), TypeError, "expected a list of tags"),
    "embedding": (lambda w: w.add_embedding(np.zeros(3)), ValueError, r"\[3\]"),
    "embedding labels": (lambda w: w.add_embedding(np.zeros((3, 2)), ["a"]), ValueError, "metadata"),
    "embedding header": (
        lambda w: w.add_embedding(np.zeros((1, 2)), [["a"]], metadata_header=["x", "y"]),
        ValueError,
        r"metadata\[0\]: expected 2 values",
    ),
    "tensor": (lambda w: w.add_tensor("t", np.array(["x"])), ValueError, "tensor: expected numbers"),
    "onnx": (lambda w: w.add_onnx_graph("no-such-file"), OSError, "no-such-file"),
    "trace": (lambda w: w.add_profiler_trace(b"no trace"), ValueError, "trace"),
    "event": (lambda w: w.file_writer.add_event(3), TypeError, "event: expected a protobuf message"),
    "event bytes": (lambda w: w.file_writer.add_summary(b"\xff"), ValueError, "Event"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_nothing_is_written(tmp_path, name):
    call, kind, message = BAD[name]
    with SummaryWriter(tmp_path) as writer, pytest.raises(kind, match=message):
        call(writer)
    assert events(tmp_path) == []
    assert [path for path in tmp_path.iterdir() if "tfevents" not in path.name] == []


def test_our_errors_are_of_one_family(tmp_path):
    with SummaryWriter(tmp_path) as writer, pytest.raises(glassboard.Error) as caught:
        writer.add_scalar("a", [1, 2])
    assert isinstance(caught.value, glassboard.InvalidInputError)
    with pytest.raises(OSError) as caught:
        SummaryWriter("/proc/no/such/folder")
    assert isinstance(caught.value, glassboard.FileError)


def test_pillow_images(tmp_path):
    pixels = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    image = Image.fromarray(pixels)
    with SummaryWriter(tmp_path) as writer:
        writer.add_image("rgb", image)
        writer.add_image("gray", image.convert("L"))
        writer.add_image("palette", image.convert("P"))
        writer.add_images("list", [image, image])
    shown = [value.image for event in events(tmp_path) for value in event.summary.value]
    assert [(image.height, image.width, image.colorspace) for image in shown] == [
        (4, 5, 3),
        (4, 5, 3),
        (4, 5, 3),
        (4, 10, 3),
    ]


def test_figures(tmp_path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with SummaryWriter(tmp_path) as writer:
        kept, closed = pyplot.figure(figsize=(2, 1), dpi=50), pyplot.figure(figsize=(2, 1), dpi=50)
        writer.add_figure("one", kept, close=False)
        writer.add_figure("two", [kept, closed])
        assert pyplot.get_fignums() == []
        with pytest.raises(ValueError, match="one size"):
            writer.add_figure("bad", [pyplot.figure(figsize=(1, 1)), pyplot.figure(figsize=(2, 1))])
    shown = [value.image for event in events(tmp_path) for value in event.summary.value]
    assert [(image.height, image.width) for image in shown] == [(50, 100), (50, 200)]


def test_a_video_is_a_gif_with_its_frames(tmp_path):
    video = np.zeros((1, 3, 3, 8, 6), np.uint8)
    for frame in range(3):
        video[0, frame, frame] = 255
    with SummaryWriter(tmp_path) as writer:
        writer.add_video("v", video, 2, fps=10)
    (event,) = events(tmp_path)
    image = event.summary.value[0].image
    assert (event.step, image.height, image.width, image.colorspace) == (2, 8, 6, 3)
    gif = Image.open(io.BytesIO(image.encoded_image_string))
    assert (gif.format, gif.n_frames, gif.info["duration"]) == ("GIF", 3, 100)
    for frame in range(3):
        gif.seek(frame)
        expected = [0, 0, 0]
        expected[frame] = 255
        assert gif.convert("RGB").getpixel((3, 4)) == tuple(expected)


def test_curves_of_more_than_127_thresholds(tmp_path):
    labels, predictions = [0, 1, 1, 0, 1], [0.1, 0.4, 0.9, 0.5, 0.95]
    with SummaryWriter(tmp_path) as writer:
        writer.add_pr_curve("pr", labels, predictions, num_thresholds=1000)
        writer.add_roc_curve("roc", labels, predictions, num_thresholds=11, weights=2)
    pr, roc = (event.summary.value[0] for event in events(tmp_path))
    assert [dim.size for dim in pr.tensor.tensor_shape.dim] == [6, 1000]
    assert roc.metadata.plugin_data.plugin_name == "roc_curves"
    rows = np.array(roc.tensor.float_val).reshape(6, 11)
    assert rows[:, 0].tolist() == [6, 4, 0, 0, 1, 1]
    assert rows[:, 9].tolist() == [4, 0, 4, 2, np.float32(2 / 3), 0]


def test_several_writers_embed_into_one_folder(tmp_path):
    for tag in ("a", "b"):
        with SummaryWriter(tmp_path) as writer:
            writer.add_embedding(np.arange(6).reshape(3, 2), tag=tag)
    config = (tmp_path / "projector_config.pbtxt").read_text()
    assert 'tensor_name: "a:00000"' in config and 'tensor_name: "b:00000"' in config


def test_a_profiler_trace_lies_where_its_dashboard_looks(tmp_path):
    trace = tmp_path / "exported.json"
    trace.write_text('{"traceEvents": []}')
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_profiler_trace(trace, worker="worker0")
    (path,) = (tmp_path / "run").glob("*.pt.trace.json")
    assert path.name.startswith("worker0.")
    assert json.loads(path.read_text()) == {"traceEvents": []}


def test_an_onnx_file(tmp_path):
    def field(number, content):
        if isinstance(content, int):
            return bytes([number << 3, content])
        content = content.encode() if isinstance(content, str) else content
        return bytes([number << 3 | 2, len(content)]) + content

    shape = field(1, field(1, 2)) + field(1, field(1, 3))
    value = field(1, "x") + field(2, field(1, field(1, 1) + field(2, shape)))
    axis = bytes([20 << 3 & 0x7F | 0x80, 1])
    attribute = field(1, "axis") + field(3, 1) + axis + bytes([2])
    node = field(1, "x") + field(2, "y") + field(3, "ignored") + field(4, "Softmax") + field(5, attribute)
    model = tmp_path / "model.onnx"
    model.write_bytes(field(1, 8) + field(7, field(1, node) + field(11, value)))
    with SummaryWriter(tmp_path / "run") as writer:
        writer.add_onnx_graph(model)
    (event,) = events(tmp_path / "run")
    assert event.WhichOneof("what") == "graph_def"
    for text in (b"x", b"Variable", b"y", b"Softmax", b"axis = 1 = 2"):
        assert text in event.graph_def


def test_fifty_threads(tmp_path):
    def log(writer, thread):
        for step in range(200):
            writer.add_scalar(f"t{thread}", step, step)
        writer.add_histogram(f"h{thread}", np.arange(9))

    with SummaryWriter(tmp_path) as writer:
        threads = [threading.Thread(target=log, args=(writer, thread)) for thread in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = {}
    for event in events(tmp_path):
        value = event.summary.value[0]
        if value.HasField("simple_value"):
            found.setdefault(value.tag, []).append((event.step, value.simple_value))
    # Each thread's records are all there, in its order.
    assert found == {f"t{thread}": [(step, step) for step in range(200)] for thread in range(50)}


fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes fork on Unix")


def _log_in_child(writer, child):
    for step in range(100):
        writer.add_scalar(f"child{child}", step, step)


@fork
def test_four_forked_processes_log_at_once(tmp_path):
    context = multiprocessing.get_context("fork")
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("parent", 0, 0)
        children = [context.Process(target=_log_in_child, args=(writer, child)) for child in range(4)]
        for child in children:
            child.start()
        for step in range(1, 100):
            writer.add_scalar("parent", step, step)
        for child in children:
            child.join()
            assert child.exitcode == 0
    # They neither closed nor flushed: leaving did.
    assert len(list(tmp_path.glob("*tfevents*"))) == 5
    found = {}
    for tag, step, value in scalars(tmp_path):
        found.setdefault(tag, []).append((step, value))
    expected = [(step, step) for step in range(100)]
    assert found == {tag: expected for tag in ("parent", "child0", "child1", "child2", "child3")}


@fork
def test_a_child_that_logs_nothing_writes_no_file(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        child = multiprocessing.get_context("fork").Process(target=bool)
        child.start()
        child.join()
        writer.add_scalar("a", 1, 0)
    assert len(list(tmp_path.glob("*tfevents*"))) == 1


def python(code, *arguments, **options):
    script = textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", script, *map(str, arguments)], **options)


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise RuntimeError", "del writer"])
def test_a_process_that_ends_without_close_loses_nothing(tmp_path, end):
    code = f"""
        import sys
        from glassboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1])
        for step in range(1000):
            writer.add_scalar("a", step, step)
        {end}
    """
    python(code, tmp_path, stderr=subprocess.PIPE)
    assert scalars(tmp_path) == [("a", step, step) for step in range(1000)]


def test_what_was_flushed_survives_a_kill_in_mid_write(tmp_path):
    code = """
        import sys
        from glassboard import SummaryWriter
        writer = SummaryWriter(sys.argv[1])
        for step in range(1000):
            writer.add_scalar("a", step, step)
        writer.flush()
        print("flushed", flush=True)
        while True:
            writer.add_scalar("b", 1.0)
            writer.add_histogram("c", [1.0, 2.0])
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "flushed\n"
        (path,) = tmp_path.glob("*tfevents*")
        # It is writing now.
        size = path.stat().st_size
        while path.stat().st_size < size + 100_000:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    kept = []
    try:
        for event in glassboard.summary_iterator(path):
            kept += [event.step for value in event.summary.value if value.tag == "a"]
    except glassboard.DataLossError:
        # The last record may be half there.
        pass
    assert kept == list(range(1000))


def test_importing_imports_no_other_package():
    code = """
        import sys
        import glassboard
        heavy = {"numpy", "torch", "PIL", "matplotlib", "pandas", "tensorboard", "google.protobuf", "typing"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
    """
    python(code, check=True)


def test_logging_imports_no_other_package_but_numpy(tmp_path):
    code = """
        import sys
        from glassboard import SummaryWriter
        with SummaryWriter(sys.argv[1]) as writer:
            writer.add_scalar("a", 1.0, 0)
            assert "numpy" not in sys.modules
            writer.add_histogram("h", [1.0, 2.0])
            writer.add_image("i", [[[0.0, 1.0]]])
            writer.add_hparams({"a": 1}, {"m": 2})
            writer.add_embedding([[1.0, 2.0]])
            writer.add_audio("s", [0.0, 0.5])
        heavy = {"torch", "PIL", "matplotlib", "pandas", "tensorboard", "google.protobuf"}
        assert not heavy & set(sys.modules), heavy & set(sys.modules)
    """
    python(code, tmp_path, check=True)


def test_other_threads_run_while_a_writer_works(tmp_path):
    """Python's lock is free while a large histogram is counted."""
    values = np.random.default_rng(0).normal(size=2_000_000)
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.0005)

    other = threading.Thread(target=tick)
    other.start()
    try:
        with SummaryWriter(tmp_path) as writer:
            began = time.monotonic()
            writer.add_histogram("h", values, bins="tensorflow")
            ended = time.monotonic()
    finally:
        stop.set()
        other.join()
    assert sum(began < tick < ended for tick in ticks) > 1


def test_a_grid_of_pictures():
    batch = np.arange(2 * 1 * 2 * 2, dtype=np.float32).reshape(2, 1, 2, 2)
    grid = glassboard.utils.make_grid(batch, padding=1, pad_value=9)
    assert grid.shape == (3, 4, 7) and grid.dtype == np.float32
    assert grid[0].tolist() == [
        [9, 9, 9, 9, 9, 9, 9],
        [9, 0, 1, 9, 4, 5, 9],
        [9, 2, 3, 9, 6, 7, 9],
        [9, 9, 9, 9, 9, 9, 9],
    ]
    normal = glassboard.utils.make_grid([batch[0], batch[1]], nrow=1, padding=0, normalize=True)
    assert (normal.min(), normal.max(), normal.shape) == (0, 1, (3, 4, 2))
    with pytest.raises(ValueError, match="tensor"):
        glassboard.utils.make_grid(np.zeros(3))


def test_records_as_torch_s_record_writer_writes_them(tmp_path):
    from glassboard._torch import RecordWriter

    path = tmp_path / "events.out.tfevents.1"
    with path.open("wb") as file:
        writer = RecordWriter(file)
        # An event of wall time 0 and step 3.
        writer.write(b"\x10\x03")
        writer.flush()
    (event,) = glassboard.summary_iterator(path)
    assert event.step == 3


def test_the_stub_names_what_there_is():
    stub = ast.parse((Path(glassboard.__file__).parent / "_core.pyi").read_text())
    (writer,) = (node for node in stub.body if isinstance(node, ast.ClassDef) and node.name == "Writer")
    named = {node.name for node in writer.body if isinstance(node, ast.FunctionDef)}
    there = {name for name in vars(glassboard._core.Writer) if not name.startswith("_")}
    assert named - {"__new__"} == there
    for node in writer.body:
        if node.name in there and node.name != "is_open":
            signature = inspect.signature(getattr(glassboard._core.Writer, node.name))
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            assert [argument.arg for argument in arguments] == list(signature.parameters), node.name

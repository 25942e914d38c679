"""The Python package and `torch.utils.tensorboard` get the same calls; TensorBoard finds the same in their files."""

import io
import json
import subprocess
import sys

import glassboard
import glassboard.tensorboardX
import numpy as np
import pytest
import torch
from google.protobuf import text_format
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2, graph_pb2
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.plugins.projector import projector_config_pb2
from torch.utils.tensorboard import SummaryWriter as TorchWriter

WALL = 1_700_000_000.25
AT = {"global_step": 3, "walltime": WALL}
rng = np.random.default_rng(5)


def is_ours(writer):
    return isinstance(writer, glassboard.SummaryWriter)


def call(method, *arguments, **options):
    return lambda writer: getattr(writer, method)(*arguments, **options)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 4, 3)
        self.blocks = torch.nn.ModuleList([torch.nn.Linear(4, 4), torch.nn.Linear(4, 4)])
        self.scale = torch.nn.Parameter(torch.ones(4))

    def forward(self, image, *, offset=1.0):
        hidden = torch.relu(self.conv(image)).mean((2, 3))
        for block in self.blocks:
            hidden = torch.relu(block(hidden))
        return hidden * self.scale, hidden + offset


torch.manual_seed(0)
NET, INPUT = Net(), torch.zeros(2, 1, 8, 8)
CUBE = torch.rand(2, 5, 3)
GRADIENT = torch.rand(3, 6, 7, requires_grad=True)
PICTURE = rng.random((3, 6, 7))
NUMBERS = rng.normal(size=300)
CURVE = [[75, 64, 21], [150, 105, 18], [0, 45, 132], [0, 11, 54], [1 / 3, 0.4, 0.5], [1.0, 0.8, 0.3]]

SCALARS = {
    "float": 0.1,
    "int": 7,
    "big int": 2**70,
    "bool": True,
    "numpy float32": np.float32(0.1),
    "numpy int8": np.int8(-3),
    "numpy bool": np.True_,
    "0-d array": np.array(1.5),
    "1-element array": np.array([[2.5]]),
    "text of a number": "1.5",
    "0-d tensor": torch.tensor(0.1),
    "1-element tensor": torch.tensor([[3]]),
    "half": torch.tensor(0.1).half(),
    "bfloat16": torch.tensor(0.1).bfloat16(),
    "bfloat16 beyond half": torch.tensor(1e30).bfloat16(),
    "with gradient": torch.tensor(2.0, requires_grad=True),
    "nan": float("nan"),
    "inf": float("-inf"),
    "float16 array": np.array(0.1, np.float16),
    "longdouble": np.longdouble(0.1),
    "beyond float32": 1e300,
}
STEPS = {
    "float": 2.9,
    "numpy": np.int64(4),
    "tensor": torch.tensor(5),
    "negative": -7,
    "large": 2**62,
    "text": "8",
    "none": None,
}
IMAGES = {
    "float64": PICTURE,
    "float32": PICTURE.astype(np.float32),
    "float16": PICTURE.astype(np.float16),
    "bytes": (PICTURE * 255).astype(np.uint8),
    "int32 saturates": (PICTURE * 255).astype(np.int32),
    "int64 zeros and ones": (PICTURE > 0.5).astype(np.int64),
    "bool": PICTURE > 0.5,
    "with gradient": GRADIENT,
    "half tensor": torch.rand(3, 6, 7).half(),
    "bfloat16": torch.rand(3, 6, 7).bfloat16(),
    "beyond": PICTURE * 3 - 1,
    "gray": PICTURE[:1],
    "alpha": (rng.random((4, 6, 7)) * 255).astype(np.uint8),
    "negative strides": PICTURE[:, ::-1, ::-1],
    "not contiguous": PICTURE.transpose(0, 2, 1)[:, ::2],
    "fortran": np.asfortranarray(PICTURE),
    "big endian": PICTURE.astype(">f4"),
}
HISTOGRAMS = {
    "float64": NUMBERS,
    "float32": NUMBERS.astype(np.float32),
    "int": rng.integers(-9, 9, 50),
    "bytes": np.arange(200, dtype=np.uint8),
    "bool": NUMBERS > 0,
    "half": NUMBERS.astype(np.float16),
    "2-d": NUMBERS.reshape(10, 30),
    "strided": NUMBERS[::-3],
    "tensor": torch.randn(4, 5),
    "with gradient": torch.randn(9, requires_grad=True),
    "bfloat16": torch.randn(50).bfloat16(),
    "number": 3.5,
    "nan and inf": np.array([1.0, np.nan, np.inf, -2.0]),
    "0-d": np.array(2.0),
    "big endian": NUMBERS.astype(">f8"),
}
LABELS, PREDICTIONS = rng.integers(0, 2, 500), rng.random(500)

CASES = {
    **{f"scalar {name}": call("add_scalar", "tag", value, **AT) for name, value in SCALARS.items()},
    **{f"step {name}": call("add_scalar", "tag", 1.0, step, WALL) for name, step in STEPS.items()},
    "scalar new style": call("add_scalar", "a b/c", 0.1, **AT, new_style=True),
    "scalar truthy style": call("add_scalar", "a", 0.1, **AT, new_style=1, double_precision=1),
    "scalar double": call("add_scalar", "tag", 0.1, **AT, new_style=True, double_precision=True),
    "scalar tag": call("add_scalar", "多 语/言 ✓?", 0.1, **AT),
    "scalars": call("add_scalars", "main/tag", {"a": 1.0, "b/c": np.float32(2), "d": torch.tensor(3)}, **AT),
    **{
        f"tensor {dtype}": call("add_tensor", "t", (torch.rand(2, 3) * 9 - 4).to(dtype), **AT)
        for dtype in (
            torch.float32,
            torch.float64,
            torch.float16,
            torch.bfloat16,
            torch.int8,
            torch.int16,
            torch.int32,
            torch.int64,
            torch.uint8,
            torch.bool,
            torch.complex64,
            torch.complex128,
        )
    },
    "tensor 0-d": call("add_tensor", "t", torch.tensor(2.5), **AT),
    "tensor empty": call("add_tensor", "t", torch.zeros(0, 3), **AT),
    "tensor transposed": call("add_tensor", "t", torch.rand(2, 3).T, **AT),
    **{f"histogram {name}": call("add_histogram", "h", value, **AT) for name, value in HISTOGRAMS.items()},
    **{
        f"histogram bins {bins}": call("add_histogram", "h", NUMBERS, **AT, bins=bins)
        for bins in ("auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt", 7, (-1, 0, 0.5, 2))
    },
    "histogram max_bins": call("add_histogram", "h", NUMBERS, **AT, max_bins=20),
    "histogram raw": call(
        "add_histogram_raw", "h", 0, 9.5, 7, 20, 61.5, np.array([0, 3, 9.5]), torch.tensor([0, 3, 4]).tolist(), **AT
    ),
    **{f"image {name}": call("add_image", "i", value, **AT) for name, value in IMAGES.items()},
    "image HW": call("add_image", "i", PICTURE[0], **AT, dataformats="HW"),
    "image WHC": call("add_image", "i", PICTURE.T, **AT, dataformats="whc"),
    "images": call("add_images", "i", rng.random((11, 3, 4, 5)), **AT),
    "images gray NHWC": call("add_images", "i", torch.rand(3, 4, 5, 1), **AT, dataformats="NHWC"),
    "image boxes": call(
        "add_image_with_boxes", "i", np.zeros((3, 40, 50)), np.array([[1, 2, 30, 20], [5, 5, 49, 39]]), **AT
    ),
    "image boxes rescaled": call("add_image_with_boxes", "i", PICTURE, torch.tensor([[1, 1, 4, 4]]), **AT, rescale=3),
    "audio": call("add_audio", "a", torch.sin(torch.arange(400) / 9)[None], **AT, sample_rate=8000),
    "audio numpy": call("add_audio", "a", np.linspace(-1, 1, 101), **AT),
    "text": call("add_text", "t", "多语言 **bold**", **AT),
    "pr curve": call("add_pr_curve", "p", LABELS, PREDICTIONS, **AT),
    "pr curve tensors": call("add_pr_curve", "p", torch.tensor(LABELS), torch.tensor(PREDICTIONS).float(), **AT),
    "pr curve bool": call("add_pr_curve", "p", LABELS > 0, PREDICTIONS, **AT, num_thresholds=20),
    "pr curve weighted": call("add_pr_curve", "p", LABELS, PREDICTIONS, **AT, weights=rng.random(500)),
    "pr curve one weight": call("add_pr_curve", "p", LABELS, PREDICTIONS, **AT, weights=0.5),
    "pr curve of a batch": call("add_pr_curve", "p", LABELS.reshape(5, 100), PREDICTIONS.reshape(5, 100), **AT),
    "pr curve bytes and half": call("add_pr_curve", "p", LABELS.astype(np.uint8), PREDICTIONS.astype(np.float16), **AT),
    "pr curve of integers": call("add_pr_curve", "p", LABELS, LABELS[::-1], **AT),
    "pr curve odd labels": call("add_pr_curve", "p", LABELS * 2 - 1, PREDICTIONS, **AT),
    "pr curve beyond": call("add_pr_curve", "p", LABELS, PREDICTIONS * 1.4 - 0.2, **AT),
    "pr curve raw": call("add_pr_curve_raw", "p", *CURVE, **AT, num_thresholds=3),
    "mesh": call(
        "add_mesh",
        "m",
        CUBE,
        torch.randint(0, 255, (2, 5, 3)),
        torch.randint(0, 5, (2, 4, 3)),
        {"camera": {"cls": "PerspectiveCamera", "fov": 75}},
        **AT,
    ),
    "mesh points": call("add_mesh", "m", CUBE, **AT),
    "hparams": call(
        "add_hparams",
        {"lr": 0.1, "n": 3, "flag": True, "name": "adam", "none": None, "tensor": torch.tensor([2.5])},
        {"loss": 1.5, "accuracy": torch.tensor(0.5)},
        {"name": ["adam", "sgd"], "lr": [0.1, 0.2]},
        "trial",
        4,
    ),
    "custom scalars": call(
        "add_custom_scalars", {"A": {"one": ["Multiline", ["x/.*", "y"]], "two": ["Margin", ["a", "b", "c"]]}, "B": {}}
    ),
    "custom scalars multiline": call("add_custom_scalars_multilinechart", ["a", "b"], "category", "title"),
    "custom scalars margin": call("add_custom_scalars_marginchart", ["a", "b", "c"]),
    "graph": lambda writer: writer.add_graph(NET, INPUT, **({"form": "trace"} if is_ours(writer) else {})),
    "graph of a scripted model": call("add_graph", torch.jit.script(torch.nn.Linear(3, 2)), torch.zeros(1, 3)),
}


def files(folder):
    """The events of all files, by folder, without the one that begins a file."""
    found = {}
    for path in sorted(folder.rglob("*tfevents*"), key=lambda path: (str(path.parent), path.name)):
        events = [event_pb2.Event.FromString(raw) for raw in RawEventFileLoader(str(path)).Load()]
        assert events[0].file_version == "brain.Event:2"
        found[str(path.parent.relative_to(folder))] = events[1:]
    return found


def pixels(encoded):
    picture = Image.open(io.BytesIO(encoded))
    assert picture.format == "PNG"
    return np.asarray(picture)


def assert_same_value(have, want):
    assert have.tag == want.tag
    kind = want.WhichOneof("value")
    assert have.WhichOneof("value") == kind
    if kind == "image":
        np.testing.assert_array_equal(pixels(have.image.encoded_image_string), pixels(want.image.encoded_image_string))
        have.image.encoded_image_string = want.image.encoded_image_string
    elif kind == "histo":
        # Sums of floats depend on the order of summation, in the last place.
        for name in ("sum", "sum_squares"):
            np.testing.assert_allclose(getattr(have.histo, name), getattr(want.histo, name), rtol=1e-12)
            setattr(have.histo, name, getattr(want.histo, name))
        np.testing.assert_array_equal([have.histo.min, have.histo.max], [want.histo.min, want.histo.max])
        have.histo.min, have.histo.max = want.histo.min, want.histo.max = 0, 0
    elif kind == "simple_value":
        np.testing.assert_equal(have.simple_value, want.simple_value)
        have.simple_value = want.simple_value = 0
    elif want.metadata.plugin_data.plugin_name == "custom_scalars":
        layouts = [layout_pb2.Layout.FromString(value.tensor.string_val[0]) for value in (have, want)]
        assert layouts[0] == layouts[1]
        have.tensor.string_val[0] = want.tensor.string_val[0]
    elif want.metadata.plugin_data.plugin_name == "hparams":
        # The order of a map is not part of its meaning.
        have_data, want_data = (
            plugin_data_pb2.HParamsPluginData.FromString(value.metadata.plugin_data.content) for value in (have, want)
        )
        assert have_data == want_data
        have.metadata.plugin_data.content = want.metadata.plugin_data.content
    elif want.metadata.plugin_data.plugin_name == "pr_curves":
        np.testing.assert_allclose(have.tensor.float_val, want.tensor.float_val, rtol=2e-7)
        del have.tensor.float_val[:], want.tensor.float_val[:]
    assert have == want


def layers(graph):
    """The layers of a graph: its names as far as the last `Class[name]`."""
    return {node.name[: node.name.rindex("]") + 1] for node in graph.node if "]" in node.name}


def assert_same_files(ours, theirs, time_is_given=True, graphs_are_traced=True):
    ours, theirs = files(ours), files(theirs)
    assert ours.keys() == theirs.keys()
    for folder, wanted in theirs.items():
        for have, want in zip(ours[folder], wanted, strict=True):
            assert have.step == want.step
            assert have.WhichOneof("what") == want.WhichOneof("what")
            if time_is_given and want.wall_time == WALL:
                assert have.wall_time == want.wall_time
            if want.WhichOneof("what") == "graph_def":
                graphs = [graph_pb2.GraphDef.FromString(event.graph_def) for event in (have, want)]
                if graphs_are_traced:
                    assert graphs[0] == graphs[1]
                else:
                    assert layers(graphs[0]) == layers(graphs[1])
            elif want.WhichOneof("what") == "summary":
                for pair in zip(have.summary.value, want.summary.value, strict=True):
                    assert_same_value(*pair)
            else:
                have.wall_time = want.wall_time
                assert have == want


@pytest.mark.parametrize("name", CASES)
def test_the_same_call_gives_the_same_events(tmp_path, name):
    for kind, folder in ((glassboard.SummaryWriter, "ours"), (TorchWriter, "theirs")):
        with kind(tmp_path / folder) as writer:
            CASES[name](writer)
    assert_same_files(tmp_path / "ours", tmp_path / "theirs")
    found = [EventAccumulator(str(tmp_path / folder)).Reload().Tags() for folder in ("ours", "theirs")]
    assert found[0] == found[1]


def test_an_amplitude_beyond_one_is_clipped_with_a_warning(tmp_path):
    sound = np.array([0.5, -3.0, 2.0, 0.25])
    with TorchWriter(tmp_path / "theirs") as writer:
        writer.add_audio("a", sound, **AT)
    with glassboard.SummaryWriter(tmp_path / "ours") as writer, pytest.warns(UserWarning, match="clipped"):
        writer.add_audio("a", sound, **AT)
    assert_same_files(tmp_path / "ours", tmp_path / "theirs")


def test_figures(tmp_path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    for kind, folder in ((glassboard.SummaryWriter, "ours"), (TorchWriter, "theirs")):
        with kind(tmp_path / folder) as writer:
            figures = [pyplot.figure(figsize=(2, 1)), pyplot.figure(figsize=(2, 1))]
            for figure in figures:
                figure.gca().plot([1, 3, 2])
            writer.add_figure("one", figures[0], **AT, close=False)
            assert pyplot.fignum_exists(figures[0].number)
            writer.add_figure("two", figures, **AT)
            assert not pyplot.get_fignums()
    assert_same_files(tmp_path / "ours", tmp_path / "theirs")


def test_embeddings(tmp_path):
    matrix, images = torch.randn(10, 4), torch.rand(10, 3, 4, 5)
    header, table = ["name", "n"], [[f"p{i}", i] for i in range(10)]
    for kind, folder in ((glassboard.SummaryWriter, "ours"), (TorchWriter, "theirs")):
        with kind(tmp_path / folder) as writer:
            writer.add_embedding(matrix, [f"l{i}" for i in range(10)], images, 7, "a/b%c\\d")
            writer.add_embedding(matrix.numpy().astype(np.float64), table, metadata_header=header, tag="table")
            writer.add_embedding(np.arange(6).reshape(3, 2))
    ours, theirs = (
        {
            str(path.relative_to(tmp_path / folder)): path
            for path in (tmp_path / folder).rglob("*")
            if path.is_file() and "tfevents" not in path.name
        }
        for folder in ("ours", "theirs")
    )
    assert ours.keys() == theirs.keys()
    for name, theirs_path in theirs.items():
        have, want = ours[name].read_bytes(), theirs_path.read_bytes()
        if name.endswith(".png"):
            np.testing.assert_array_equal(pixels(have), pixels(want))
        elif name.endswith(".pbtxt"):
            configs = [text_format.Parse(text, projector_config_pb2.ProjectorConfig()) for text in (have, want)]
            assert configs[0] == configs[1]
        else:
            assert have == want, name


def test_purge_step_and_the_life_of_a_writer(tmp_path):
    for kind, folder in ((glassboard.SummaryWriter, "ours"), (TorchWriter, "theirs")):
        writer = kind(tmp_path / folder, purge_step=5, filename_suffix=".suffix")
        assert writer.purge_step is None
        assert writer.get_logdir() == tmp_path / folder
        assert writer.file_writer.get_logdir() == str(tmp_path / folder)
        assert list(writer.all_writers) == [str(tmp_path / folder)]
        writer.add_scalars("m", {"a": 1.0}, 0, WALL)
        assert list(writer.all_writers) == [str(tmp_path / folder), f"{tmp_path / folder}/m_a"]
        assert len(writer.default_bins) == 1549
        writer.close()
        assert writer.file_writer is None and writer.all_writers is None
        writer.close()
        writer.flush()
        (path,) = (tmp_path / folder).glob("*.suffix")
        assert path.name.startswith("events.out.tfevents.")
        bins = writer.default_bins
        assert (bins[0], bins[774], bins[-1]) == (-bins[-1], 0, max(bins))
    assert_same_files(tmp_path / "ours", tmp_path / "theirs")


def test_messages_made_elsewhere(tmp_path):
    """What scripts do with `writer.file_writer`, such as logging hyperparameters into the same run."""
    from torch.utils.tensorboard.summary import hparams, scalar

    for kind, folder in ((glassboard.SummaryWriter, "ours"), (TorchWriter, "theirs")):
        with kind(tmp_path / folder) as writer:
            for summary in hparams({"lr": 0.1}, {"loss": 1.0}):
                writer._get_file_writer().add_summary(summary, 2, WALL)
            writer.file_writer.add_summary(scalar("a", 0.5), torch.tensor(3), WALL)
            event = event_pb2.Event(summary=scalar("b", 1.5), step=8)
            writer.file_writer.add_event(event, walltime=WALL)
            writer.file_writer.add_event(event, 9.5, WALL)
    assert_same_files(tmp_path / "ours", tmp_path / "theirs")


SCRIPT = """
import sys
import torch
from torch.utils.data import DataLoader, TensorDataset
from torch.utils import tensorboard
from torch.utils.tensorboard import SummaryWriter
import torch.utils.tensorboard.writer

assert tensorboard.SummaryWriter is SummaryWriter is torch.utils.tensorboard.writer.SummaryWriter


def main(folder):
    torch.manual_seed(0)
    inputs = torch.randn(64, 3)
    data = DataLoader(TensorDataset(inputs, inputs.sum(1, keepdim=True)), batch_size=8)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    writer = SummaryWriter(folder)
    writer.add_graph(model, inputs)
    step = 0
    for epoch in range(3):
        for batch, target in data:
            loss = torch.nn.functional.mse_loss(model(batch), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            writer.add_scalar("loss/train", loss, step)
            step += 1
        for name, parameter in model.named_parameters():
            writer.add_histogram(name, parameter, epoch)
            writer.add_histogram(name + ".grad", parameter.grad, epoch)
        writer.add_image("weights", model[0].weight.detach()[None], epoch)
        writer.add_text("epoch", f"epoch {epoch}", epoch)
    writer.add_hparams({"lr": 0.05}, {"final": loss.item()}, run_name="trial")
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1])
"""


def test_a_training_script_of_torch_without_an_edit(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    for folder, command in (("ours", ["-m", "glassboard", "run"]), ("theirs", [])):
        subprocess.run([sys.executable, *command, str(script), str(tmp_path / folder)], check=True)
    assert_same_files(tmp_path / "ours", tmp_path / "theirs", time_is_given=False, graphs_are_traced=False)
    (events,) = (tmp_path / "ours").glob("events*")
    first = next(iter(RawEventFileLoader(str(events)).Load()))
    # It is ours that wrote it.
    assert b"tensorboard.summary.writer" not in first


tensorboardx = pytest.importorskip("tensorboardX")
X_CASES = {
    "scalar": call("add_scalar", "/a b?c", 0.25, 3, WALL),
    "scalar described": call("add_scalar", "a", 0.25, 3, WALL, "name", "what it is"),
    "scalars": call("add_scalars", "main/tag", {"a": 1.0, "b": 2}, 3, WALL),
    "histogram": call("add_histogram", "w?", NUMBERS, 3, walltime=WALL),
    "image wraps": call("add_image", "i", np.float32(PICTURE * 2), 3, WALL),
    "image bytes": call("add_image", "i?", IMAGES["bytes"], 3, WALL),
    "images list": call("add_images", "i", [PICTURE, PICTURE], 3, WALL, "CHW"),
    "image boxes": call("add_image_with_boxes", "i?", PICTURE, np.array([[1, 1, 4, 4]]), 3, WALL),
    "text": call("add_text", "t?", "text", 3, WALL),
    "audio mono": call("add_audio", "a", np.sin(np.arange(300) / 7), 3, 8000, WALL),
    "audio stereo": call("add_audio", "a", np.sin(np.arange(600) / 7).reshape(300, 2), 3, 8000, WALL),
    "pr curve": call("add_pr_curve", "p", LABELS, PREDICTIONS, 3, walltime=WALL),
    "mesh": call("add_mesh", "m", CUBE, torch.randint(0, 255, (2, 5, 3)), global_step=3, walltime=WALL),
    "mesh configured": call("add_mesh", "m", CUBE, config_dict={"b": 1, "a": 2}, global_step=3, walltime=WALL),
    "hparams": call("add_hparams", {"flag": True, "f": max, "n": 3, "s": "x"}, {"loss": 1.0}, "trial"),
    "custom scalars": call("add_custom_scalars", {"A": {"one": ["Multiline", ["x"]]}}),
}


@pytest.mark.parametrize("name", X_CASES)
def test_the_same_call_gives_the_same_events_as_tensorboardx(tmp_path, name):
    for kind, folder in (
        (glassboard.tensorboardX.SummaryWriter, "ours"),
        (tensorboardx.SummaryWriter, "theirs"),
    ):
        with kind(str(tmp_path / folder)) as writer:
            X_CASES[name](writer)
    assert_same_files(tmp_path / "ours", tmp_path / "theirs")


def test_exported_scalars_are_tensorboardx_s(tmp_path):
    found = []
    for kind, folder in (
        (glassboard.tensorboardX.SummaryWriter, "ours"),
        (tensorboardx.SummaryWriter, "theirs"),
    ):
        with kind(str(tmp_path / folder)) as writer:
            writer.add_scalars("m", {"a": 1.0, "b": torch.tensor(2.0)}, 3, WALL)
            writer.export_scalars_to_json(tmp_path / f"{folder}.json")
            assert writer.scalar_dict == {}
        text = (tmp_path / f"{folder}.json").read_text().replace(str(tmp_path / folder), "")
        found.append(json.loads(text))
    assert found[0] == found[1] == {"/m/a": [[WALL, 3, 1.0]], "/m/b": [[WALL, 3, 2.0]]}

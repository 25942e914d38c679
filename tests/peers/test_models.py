"""Model files: parameters as onnx counts them, graphs as TensorBoard and torch show them."""

import json
import math
import subprocess

import onnx
import pytest
import torch
from conftest import program
from google.protobuf import text_format
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.graph_pb2 import GraphDef
from test_tensorboard_serves import serve
from torch import nn
from torch.utils.tensorboard import SummaryWriter

BATCH = torch.export.Dim("batch", min=1, max=64)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.head = nn.Linear(6, 20)

    def forward(self, tokens):
        return self.head(self.lstm(self.embedding(tokens))[0])


class Shared(nn.Module):
    """One layer in two places, a buffer, a frozen part."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(12, 4)
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 12, bias=False)
        self.head.weight = self.embedding.weight
        self.norm.requires_grad_(False)
        self.register_buffer("scale", torch.rand(4))

    def forward(self, tokens):
        return self.head(self.norm(self.embedding(tokens)) * self.scale)


def image(side):
    return torch.zeros(2, 3, side, side)


TOKENS = torch.zeros(2, 5, dtype=torch.long)
CONVOLUTIONS = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1, bias=False),
    nn.BatchNorm2d(8),
    nn.ReLU(),
    nn.Conv2d(8, 8, 3, groups=4),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(8, 5),
)
MODELS = {
    "convolutions": (lambda: CONVOLUTIONS.eval(), image(8)),
    "batch norm in training": (lambda: CONVOLUTIONS.train(), image(8)),
    "recurrent": (Recurrent, TOKENS),
    "shared": (Shared, TOKENS),
    "transformer": (lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), torch.zeros(2, 5, 8)),
}


@pytest.fixture(scope="module", params=MODELS)
def files(request, tmp_path_factory):
    """A model with its ONNX file and its exported program."""
    make, given = MODELS[request.param]
    torch.manual_seed(0)
    model = make()
    folder = tmp_path_factory.mktemp("model")
    shapes = ({0: BATCH},)
    onnx_file, program_file = folder / "model.onnx", folder / "model.pt2"
    torch.onnx.export(
        model, (given,), onnx_file, dynamo=True, external_data=False, verbose=False, dynamic_shapes=shapes
    )
    torch.export.save(torch.export.export(model, (given,), dynamic_shapes=shapes), program_file)
    return model, onnx_file, program_file


def summary(file):
    command = [program("GLASSBOARD_BIN"), "summary", str(file), "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def elements(dims):
    return math.prod(dims)


def parameters_by_onnx(file):
    """Elements of the initializers that are learned: floats that are no statistics and no number in the program."""
    graph = onnx.load(file).graph
    statistics = {name for node in graph.node if node.op_type == "BatchNormalization" for name in node.input[3:5]}
    floats = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16, onnx.TensorProto.DOUBLE}
    return sum(
        elements(tensor.dims)
        for tensor in graph.initializer
        if tensor.data_type in floats and tensor.name not in statistics and (tensor.dims or "." in tensor.name)
    )


def test_parameters_of_onnx_files(files):
    _, file, _ = files
    assert summary(file)["totals"]["params"] == parameters_by_onnx(file) > 0


def test_parameters_of_exported_programs(files):
    model, _, file = files
    totals = summary(file)["totals"]
    assert totals["params"] == sum(parameter.numel() for parameter in model.parameters())
    assert totals["trainable_params"] == sum(p.numel() for p in model.parameters() if p.requires_grad)


def graphs(folder):
    (path,) = folder.glob("*tfevents*")
    return [GraphDef.FromString(event.graph_def) for event in EventFileLoader(str(path)).Load() if event.graph_def]


def played(peers_write, folder, **call):
    """The folder that our writer logged one call into."""
    log_dir = folder / "run"
    script = folder / "script.json"
    script.write_text(json.dumps({"log_dir": str(log_dir), "calls": [call]}))
    peers_write(script)
    return log_dir


@pytest.mark.parametrize("kind", ["onnx", "pt2"])
def test_tensorboard_parses_graphs_of_models(files, kind, tmp_path, peers_write):
    model, *both = files
    file = both[["onnx", "pt2"].index(kind)]
    run = played(peers_write, tmp_path, method="add_model_graph", path=str(file))
    (written,) = graphs(run)
    names = [node.name for node in written.node]
    assert len(set(names)) == len(names) > 5
    for node in written.node:
        assert {name.split(":")[0] for name in node.input} <= set(names)

    board = serve(tmp_path)
    info = json.loads(board("plugin/graphs/info"))
    assert info["run"]["run_graph"] is True
    shown = text_format.Parse(board("plugin/graphs/graph", run="run", conceptual="false"), GraphDef())
    assert [node.name for node in shown.node] == names
    # It has the layers' classes and names as boxes: of those that ran. Folding took the normalisation away, and
    # attention uses the weights of its projection without running it.
    scopes = {part for name in names for part in name.split("/")[:-1]}
    classes = {type(module).__name__ for module in model.modules() if list(module.parameters(recurse=False))}
    assert {scope.split("[")[0] for scope in scopes} >= classes - {"BatchNorm2d", "NonDynamicallyQuantizableLinear"}


def test_onnx_files_are_logged_as_torch_logs_them(files, tmp_path, peers_write):
    _, file, _ = files
    run = played(peers_write, tmp_path, method="add_onnx_graph", path=str(file))
    with SummaryWriter(tmp_path / "theirs") as writer:
        writer.add_onnx_graph(str(file))
    assert graphs(run) == graphs(tmp_path / "theirs")

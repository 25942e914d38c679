"""`add_graph` of live models: exported, traced, or their modules; TensorBoard's graphs plugin opens each."""

import warnings

import glassboard
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from test_tensorboard_serves import serve
from torch import nn


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.layer(x).mean((2, 3)))


class Rnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 6, batch_first=True)
        self.head = nn.Linear(6, 2)

    def forward(self, x, scale):
        return self.head(self.lstm(x)[0][:, -1]) * scale


class FromDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(3, 4), nn.Linear(5, 4)

    def forward(self, batch):
        return {"sum": self.one(batch["a"]) + self.other(batch["b"])}


class Branching(nn.Module):
    """What it does depends on the numbers."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)

    def forward(self, x):
        return self.fc(x) if x.sum() > 0 else -self.fc(x)


class Untraceable(nn.Module):
    """It returns no tensors."""

    def __init__(self):
        super().__init__()
        self.fc, self.act = nn.Linear(3, 3), nn.ReLU()

    def forward(self, x):
        total = self.act(self.fc(x)).sum().item()
        return ["positive"] if total > 0 else [str(total)]


TRANSFORMER = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), 2)
EXPORTED = {
    "cnn": (Cnn(), torch.zeros(2, 3, 8, 8), "Cnn/Sequential[layer]/Conv2d[0]/conv2d"),
    "rnn": (Rnn(), (torch.zeros(2, 5, 4), torch.ones(2)), "Rnn/LSTM[lstm]/lstm"),
    "transformer": (
        TRANSFORMER,
        torch.zeros(2, 5, 16),
        "TransformerEncoder/TransformerEncoderLayer[1]/Linear[linear1]/linear",
    ),
    "dict": (FromDict(), {"a": torch.zeros(2, 3), "b": torch.zeros(2, 5)}, "FromDict/Linear[other]/linear"),
}


def logged(folder, *arguments, **options):
    """The nodes of the graph that is written, as TensorBoard reads it, and what its plugin shows."""
    with glassboard.SummaryWriter(folder / "run") as writer:
        writer.add_graph(*arguments, **options)
    shown = serve(folder)("plugin/graphs/graph", run="run", conceptual="false")
    graph = EventAccumulator(str(folder / "run")).Reload().Graph()
    for node in graph.node:
        assert f'name: "{node.name}"'.encode() in shown
    return {node.name: node for node in graph.node}


@pytest.mark.parametrize("name", EXPORTED)
def test_exported_models(tmp_path, name):
    model, inputs, expected = EXPORTED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nodes = logged(tmp_path, model, inputs)
    assert any(node.startswith(expected) for node in nodes), sorted(nodes)
    # Every parameter that is used, with its shape.
    shapes = {}
    for node in nodes.values():
        if node.op == "Parameter":
            (shape,) = node.attr["_output_shapes"].list.shape
            shapes[node.name] = [dim.size for dim in shape.dim]
    assert sorted(shapes.values()) == sorted(list(p.shape) for p in model.parameters())
    # Everything that a node takes is a node.
    for node in nodes.values():
        assert {source.split(":")[0] for source in node.input} <= nodes.keys()
    assert sum(node.attr["mult_adds"].i for node in nodes.values()) > 0
    assert all(isinstance(p, nn.Parameter) and p.is_contiguous() for p in model.parameters())


def test_the_weights_are_not_copied(tmp_path):
    model = nn.Sequential(nn.Linear(1000, 1000), nn.Linear(1000, 1000))
    before = [p.data_ptr() for p in model.parameters()]
    logged(tmp_path, model, torch.zeros(1, 1000))
    assert [p.data_ptr() for p in model.parameters()] == before
    assert sum(path.stat().st_size for path in (tmp_path / "run").iterdir()) < 20_000


def test_training_mode_is_restored(tmp_path):
    model = nn.Sequential(nn.Dropout(), nn.Linear(3, 3)).train()
    nodes = logged(tmp_path, model, torch.zeros(1, 3))
    assert model.training and model[0].training
    assert any("Linear[1]" in name for name in nodes)


def test_what_cannot_be_exported_is_traced(tmp_path, recwarn, capfd):
    nodes = logged(tmp_path, Branching(), torch.ones(2, 3))
    assert "aten::linear" in {node.op for node in nodes.values()}
    # torch says that only one branch is in the trace; nothing is said of the export that was tried.
    assert torch.jit.TracerWarning in {warning.category for warning in recwarn}
    assert not [warning for warning in recwarn if "Branching" in str(warning.message)]
    assert "forward" not in capfd.readouterr().err
    with pytest.raises(RuntimeError, match="cannot be exported"), glassboard.SummaryWriter(tmp_path) as writer:
        writer.add_graph(Branching(), torch.ones(2, 3), form="export")


@pytest.mark.parametrize(("inputs", "why"), [((torch.ones(2, 3),), "export: .*trace: "), (None, "export: .*trace: ")])
def test_what_cannot_be_traced_shows_its_modules(tmp_path, inputs, why):
    model = Untraceable().train()
    with pytest.warns(
        UserWarning, match=f"the graph of Untraceable shows its modules without operations .{why}"
    ) as seen:
        nodes = logged(tmp_path, model, inputs)
    assert [str(warning.filename) for warning in seen if "Untraceable" in str(warning.message)] == [__file__]
    assert {(node.name, node.op) for node in nodes.values()} == {
        ("Untraceable/Linear[fc]/weight", "Parameter"),
        ("Untraceable/Linear[fc]/bias", "Parameter"),
        ("Untraceable/ReLU[act]", "ReLU"),
    }
    assert [dim.size for dim in nodes["Untraceable/Linear[fc]/weight"].attr["_output_shapes"].list.shape[0].dim] == [
        3,
        3,
    ]
    assert model.training


def test_forms(tmp_path, capsys):
    net, inputs = Cnn(), torch.zeros(2, 3, 8, 8)
    assert "Cnn/Sequential[layer]/ReLU[2]" in logged(tmp_path / "modules", net, form="modules")
    traced = logged(tmp_path / "trace", net, inputs, form="trace")
    assert "aten::_convolution" in {node.op for node in traced.values()}
    logged(tmp_path / "verbose", net, inputs, verbose=True)
    assert "torch.ops.aten.conv2d" in capsys.readouterr().out
    with glassboard.SummaryWriter(tmp_path) as writer:
        with pytest.raises(ValueError, match="form: expected one of 'auto', 'export', 'trace', 'modules', got 'onnx'"):
            writer.add_graph(net, inputs, form="onnx")
        with pytest.raises(RuntimeError, match="no graph was saved"):
            writer.add_graph(lambda x: x, inputs)


def test_a_model_of_several_ways_with_shared_and_lazy_parts(tmp_path):
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(4, 4)
            self.again = self.first
            self.lazy = nn.LazyLinear(2)

        def forward(self, x):
            return self.lazy(self.again(self.first(x)))

    model = Shared()
    # A lazy module has no shapes before it has run.
    modules = logged(tmp_path / "lazy", model, form="modules")
    assert "_output_shapes" not in modules["Shared/LazyLinear[lazy]/weight"].attr
    model(torch.zeros(1, 4))
    nodes = logged(tmp_path / "run", model, torch.zeros(1, 4))
    assert len([node for node in nodes.values() if node.op.startswith("aten.linear")]) == 3
    parameters = [name for name, node in nodes.items() if node.op == "Parameter"]
    assert len(parameters) == 4, parameters

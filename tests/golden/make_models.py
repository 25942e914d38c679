"""Write the model files that crates/model reads in its tests.

    pip install torch onnx onnxscript safetensors tensorboard
    python make_models.py OUT_DIR

expected.json says of each file what PyTorch and ONNX themselves know of it. All models are tiny, weights are seeded.
"""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import safetensors.torch
import torch
import torch.utils.tensorboard._onnx_graph
from torch import nn

OUT = Path(sys.argv[1])
OUT.mkdir(parents=True, exist_ok=True)
torch.manual_seed(0)
expected = {}


class Tied(nn.Module):
    """A head that shares the embedding's weight, a part without gradients, a buffer, a layer that never runs."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.frozen = nn.Linear(4, 4)
        self.norm = nn.LayerNorm(4)
        self.drop = nn.Dropout(0.5)
        self.unused = nn.Linear(3, 3)
        self.head = nn.Linear(4, 10, bias=False)
        self.head.weight = self.embedding.weight
        self.register_buffer("scale", torch.tensor(2.0))

    def forward(self, tokens):
        x = self.embedding(tokens)
        with torch.no_grad():
            x = self.norm(self.frozen(x)).reshape(x.shape[0], -1, 4)
        return self.head(self.drop(x) * self.scale)


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.up = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2, 5)

    def forward(self, x):
        x = self.up(self.features(x))
        return torch.softmax(self.fc(torch.flatten(self.pool(x), 1)), -1)


def shapes_of(program):
    """Name, dtype and shape of what every node makes."""
    return {
        node.name: [str(node.meta["val"].dtype).removeprefix("torch."), [str(size) for size in node.meta["val"].shape]]
        for node in program.graph.nodes
        if isinstance(node.meta.get("val"), torch.Tensor)
    }


def scrub(value):
    """Without stack traces, which hold paths of the machine."""
    if isinstance(value, dict):
        return {key: scrub(inner) for key, inner in value.items() if key != "stack_trace"}
    return [scrub(inner) for inner in value] if isinstance(value, list) else value


def save_legacy(program, path):
    """The layout of PyTorch 2.5 and 2.6, which the installed PyTorch still loads."""
    from torch._export.serde.serialize import serialize

    artifact = serialize(program)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("serialized_exported_program.json", json.dumps(scrub(json.loads(artifact.exported_program))))
        archive.writestr("serialized_state_dict.pt", artifact.state_dict)
        archive.writestr("serialized_constants.pt", artifact.constants)
        archive.writestr("serialized_example_inputs.pt", artifact.example_inputs)
        archive.writestr("version", "8.20")
    torch.export.load(path)


tied = Tied().eval()
batch = torch.export.Dim("batch", min=1, max=64)
program = torch.export.export(tied, (torch.zeros(2, 6, dtype=torch.long),), dynamic_shapes=({0: batch},))
torch.export.save(program, OUT / "tied.pt2")
save_legacy(program, OUT / "tied_legacy.pt2")
expected["tied.pt2"] = dict(parameters=sum(p.numel() for p in tied.parameters()), shapes=shapes_of(program))

convolutions = Convolutions().eval()
image = torch.zeros(1, 3, 16, 16)
program = torch.export.export(convolutions, (image,))
torch.export.save(program, OUT / "convolutions.pt2")
parameters = sum(p.numel() for p in convolutions.parameters())
expected["convolutions.pt2"] = dict(parameters=parameters, shapes=shapes_of(program))

# Sample inputs are most of such a small archive and nobody reads them here.
for name in ["tied.pt2", "convolutions.pt2"]:
    with zipfile.ZipFile(OUT / name) as archive:
        entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    with zipfile.ZipFile(OUT / name, "w", zipfile.ZIP_STORED) as archive:
        for entry, data in entries:
            if entry.endswith("models/model.json"):
                data = json.dumps(scrub(json.loads(data))).encode()
            if "sample_inputs" not in entry:
                archive.writestr(zipfile.ZipInfo(entry), data)

# Weights.
state = convolutions.state_dict()
torch.save(state, OUT / "state_dict.pth")
torch.save(tied.state_dict(), OUT / "tied.pth")
torch.save({"epoch": 3, "state_dict": state, "loss": 0.25}, OUT / "checkpoint.pth")
torch.save(
    {"half": torch.arange(6).reshape(2, 3).half().T, "small": torch.tensor([1, 2], dtype=torch.uint16)},
    OUT / "strided.pth",
)
torch.save(convolutions, OUT / "whole_module.pth")
safetensors.torch.save_file(
    {name: tensor.contiguous() for name, tensor in state.items()}, OUT / "state_dict.safetensors", {"format": "pt"}
)
expected["state_dict"] = {
    name: dict(dtype=str(tensor.dtype).removeprefix("torch."), shape=list(tensor.shape), sum=float(tensor.double().sum()))
    for name, tensor in state.items()
}


def onnx_of(model, inputs, name, **options):
    torch.onnx.export(model, inputs, OUT / name, dynamo=True, external_data=False, verbose=False, **options)
    model = onnx.load(OUT / name)
    for node in model.graph.node:
        kept = [entry for entry in node.metadata_props if entry.key != "pkg.torch.onnx.stack_trace"]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    onnx.save(model, OUT / name)
    return model


def describe(name, model):
    """What onnx's own shape inference and checker say."""
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)

    def dims(info):
        shape = info.type.tensor_type.shape
        return [d.dim_param or d.dim_value for d in shape.dim]

    graph = inferred.graph
    expected[name] = dict(
        elements=sum(int(torch.Size(list(t.dims)).numel()) for t in graph.initializer),
        values={info.name: dims(info) for info in [*graph.value_info, *graph.output]},
    )


convolutions_onnx = onnx_of(convolutions, (image,), "convolutions.onnx")
describe("convolutions.onnx", convolutions_onnx)
onnx_of(tied, (torch.zeros(2, 6, dtype=torch.long),), "tied.onnx", dynamic_shapes=({0: batch},))
describe("tied.onnx", onnx.load(OUT / "tied.onnx"))

# The same without any shape but the initializers': shape inference has to find them.
bare = onnx.load(OUT / "convolutions.onnx")
del bare.graph.value_info[:]
for value in [*bare.graph.input, *bare.graph.output]:
    value.type.tensor_type.ClearField("shape")
onnx.save(bare, OUT / "convolutions_bare.onnx")

# Initializers in a file of their own.
onnx.save(
    onnx.load(OUT / "convolutions.onnx"),
    OUT / "external.onnx",
    save_as_external_data=True,
    location="external.bin",
    size_threshold=64,
)

# Attributes of every kind, and what PyTorch's `add_onnx_graph` shows of them.
def attributes_model():
    tensors = [
        onnx.numpy_helper.from_array(np.array([1.5, 0.1, 1e10], dtype=np.float32), "raw \n \"é'"),
        onnx.helper.make_tensor("floats", 1, [8], [1.0, 0.1, 1e10, np.inf, np.nan, -0.0, 1e-7, 123456.0]),
        onnx.helper.make_tensor("doubles", 11, [6], [1.0, 0.1, 1e10, -np.inf, 1 / 3, 1e300]),
        onnx.helper.make_tensor("longs", 7, [2], [-1, 2**40]),
        onnx.helper.make_tensor("unsigned", 13, [1], [2**64 - 1]),
        onnx.TensorProto(name="external", dims=[1], data_type=1, data_location=onnx.TensorProto.EXTERNAL),
        onnx.TensorProto(name="texts", dims=[2], data_type=8, string_data=[b"a\xff\n\t\\", "é".encode()]),
    ]
    tensors[5].external_data.add(key="location", value="weights.bin")
    branch = onnx.helper.make_graph(
        [onnx.helper.make_node("LeakyRelu", ["a"], ["b"], "leaky", alpha=0.01)],
        "branch",
        [],
        [onnx.helper.make_tensor_value_info("b", 1, ["N", 3])],
        [onnx.helper.make_tensor("w", 1, [1], [2.0])],
    )
    settings = dict(
        alpha=0.1,
        axis=-2,
        zero=0,
        pads=[0, -1, 2],
        scales=[0.5, 1.0, 1e-05],
        mode="it's",
        both="'\"",
        raw=b"\x00\xffa",
        names=["nearest", "é"],
        then_branch=branch,
        list=tensors[:2],
        element=onnx.helper.make_tensor_type_proto(7, [None, 4]),
    )
    settings |= {tensor.name: tensor for tensor in tensors if tensor.name.isalpha()}
    nodes = [
        onnx.helper.make_node("Everything", ["x"], ["y", "z"], "ignored", **settings),
        onnx.helper.make_node("Constant", [], ["c"], value=tensors[0]),
        onnx.helper.make_node("Identity", ["y"], ["out"]),
    ]
    nodes[0].attribute[0].doc_string = "what it is for"
    inputs = [onnx.helper.make_tensor_value_info("x", 1, ["batch", 3])]
    outputs = [onnx.helper.make_tensor_value_info("out", 10, [-1, 0, 5])]
    return onnx.helper.make_model(onnx.helper.make_graph(nodes, "attributes", inputs, outputs))


(OUT / "attributes.onnx").write_bytes(attributes_model().SerializeToString())
listed = torch.utils.tensorboard._onnx_graph.parse(onnx.load(OUT / "attributes.onnx", load_external_data=False).graph)
expected["attributes.onnx"] = [
    dict(
        name=node.name,
        op=node.op,
        inputs=list(node.input),
        **(
            dict(parameters=node.attr["parameters"].s.decode())
            if "parameters" in node.attr
            else dict(dtype=node.attr["dtype"].type, shape=[dim.size for dim in node.attr["shape"].shape.dim])
        ),
    )
    for node in listed.node
]

(OUT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")

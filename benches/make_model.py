"""Write a model file of 20,000 operations: what `glassboard summary` is measured on.

    python benches/make_model.py pt2 OUT_DIR
    python benches/make_model.py onnx OUT_DIR

A network of 4,000 residual blocks of a normalisation, two layers and an activation, as `torch.export` writes it; and
the same as ONNX, with the metadata that PyTorch's exporter writes beside each node.
"""

import sys
from pathlib import Path

import torch
from torch import nn

BLOCKS = 4000
WIDTH = 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, WIDTH)
        self.act = nn.ReLU()
        self.down = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        return x + self.down(self.act(self.up(self.norm(x))))


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block() for _ in range(BLOCKS)])

    def forward(self, x):
        return self.blocks(x)


def write_pt2(path):
    sys.setrecursionlimit(100_000)
    batch = torch.export.Dim("batch", min=1, max=1024)
    program = torch.export.export(Deep(), (torch.zeros(2, WIDTH),), dynamic_shapes=({0: batch},))
    torch.export.save(program, path)


def write_onnx(path):
    import onnx
    from onnx import TensorProto, helper

    nodes, weights, shapes = [], [], []

    def node(op, layer, inputs, **settings):
        """One operation, and the parameters of its layer."""
        position = len(nodes)
        output = f"val_{position}"
        made = helper.make_node(op, inputs, [output], f"node_{output}", **settings)
        block = layer.split(".")[1]
        names = ["", "blocks", f"blocks.{block}", *([layer] if layer.count(".") > 1 else []), output]
        classes = ["deep.Deep", "torch.nn.modules.container.Sequential", "deep.Block"]
        if layer.count(".") > 1:
            classes.append(
                {"norm": "torch.nn.modules.normalization.LayerNorm", "act": "torch.nn.modules.activation.ReLU"}.get(
                    layer.rsplit(".", 1)[1], "torch.nn.modules.linear.Linear"
                )
            )
        trace = '  File "deep.py", line 36, in forward\n    return x + self.down(self.act(self.up(self.norm(x))))\n' * 4
        for key, value in [
            ("namespace", "/".join(names)),
            ("pkg.torch.onnx.class_hierarchy", str([*classes, f"aten.{op.lower()}.default"])),
            (
                "pkg.torch.onnx.fx_node",
                f"%{output} : [num_users=1] = call_function[target=torch.ops.aten.{op.lower()}]",
            ),
            ("pkg.torch.onnx.name_scopes", str(names)),
            ("pkg.torch.onnx.stack_trace", trace),
        ]:
            made.metadata_props.add(key=key, value=value)
        nodes.append(made)
        shapes.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", WIDTH]))
        return output

    def weight(name, *shape):
        count = WIDTH ** len(shape)
        weights.append(helper.make_tensor(name, TensorProto.FLOAT, shape, b"\0" * 4 * count, raw=True))
        return name

    def layer(name, x, op, **settings):
        shape = [WIDTH] if op == "LayerNormalization" else [WIDTH, WIDTH]
        of_layer = [weight(f"{name}.weight", *shape), weight(f"{name}.bias", WIDTH)]
        return node(op, name, [x, *of_layer], **settings)

    x = "x"
    for block in range(BLOCKS):
        at = f"blocks.{block}"
        y = layer(f"{at}.norm", x, "LayerNormalization", axis=-1)
        y = layer(f"{at}.up", y, "Gemm", transB=1)
        y = node("Relu", f"{at}.act", [y])
        y = layer(f"{at}.down", y, "Gemm", transB=1)
        x = node("Add", at, [x, y])
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", WIDTH])
    graph = helper.make_graph(nodes, "main_graph", [given], [shapes.pop()], weights, value_info=shapes)
    model = helper.make_model(graph, producer_name="pytorch", opset_imports=[helper.make_opsetid("", 18)])
    onnx.save(model, path)


kind, out = sys.argv[1], Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
{"pt2": write_pt2, "onnx": write_onnx}[kind](out / f"model.{kind}")

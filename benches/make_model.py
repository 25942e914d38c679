"""Write a model file of 20,000 operations: what `glassboard summary` is measured on.

    python benches/make_model.py pt2 OUT_DIR
    python benches/make_model.py onnx OUT_DIR

A network of 4,000 residual blocks of a normalisation, two layers and an activation: as `torch.export` writes it, which
takes hours for all of them, so that two are exported and the second is repeated; and as ONNX, with the metadata that
PyTorch's exporter writes beside each node.
"""

import json
import re
import sys
import zipfile
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
        self.blocks = nn.Sequential(Block(), Block())

    def forward(self, x):
        return self.blocks(x)


def repeated(text, block):
    """What is said of the second block, said of another."""
    numbers = {"layer_norm": block, "relu": block, "add": block}
    text = re.sub(r"blocks([._])1\b", rf"blocks\g<1>{block}", text)
    text = re.sub(r"p_blocks_1_", f"p_blocks_{block}_", text)
    text = text.replace('"add"', f'"add_{block - 1}"')
    for name, number in numbers.items():
        text = text.replace(f'"{name}_1"', f'"{name}_{number}"')
    return text.replace('"linear_2"', f'"linear_{2 * block}"').replace('"linear_3"', f'"linear_{2 * block + 1}"')


def of_second(name):
    """Whether a value, parameter or layer belongs to the second block."""
    return (
        "blocks_1_" in name or "blocks.1" in name or name in {"layer_norm_1", "relu_1", "add_1", "linear_2", "linear_3"}
    )


def write_pt2(path):
    batch = torch.export.Dim("batch", min=1, max=1024)
    program = torch.export.export(Deep(), (torch.zeros(2, WIDTH),), dynamic_shapes=({0: batch},))
    torch.export.save(program, path)
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    more = range(2, BLOCKS)

    def repeat(items, is_second):
        second = json.dumps([item for item in items if is_second(item)])
        return [*items, *(item for block in more for item in json.loads(repeated(second, block)))]

    (name,) = (name for name in entries if name.endswith("models/model.json"))
    model = json.loads(entries[name])
    module = model["graph_module"]
    graph = module["graph"]
    graph["nodes"] = repeat(graph["nodes"], lambda node: of_second(node["name"]))
    graph["tensor_values"] = dict(repeat([*graph["tensor_values"].items()], lambda item: of_second(item[0])))
    module["module_call_graph"] = repeat(module["module_call_graph"], lambda entry: of_second(entry["fqn"]))
    # The input stands behind the parameters.
    *held, given = module["signature"]["input_specs"]
    module["signature"]["input_specs"] = [*repeat(held, lambda spec: of_second(json.dumps(spec))), given]
    last = json.dumps([graph["outputs"], module["signature"]["output_specs"]])
    graph["outputs"], module["signature"]["output_specs"] = json.loads(last.replace('"add_1"', f'"add_{BLOCKS - 1}"'))
    entries[name] = json.dumps(model).encode()

    (name,) = (name for name in entries if name.endswith("model_weights_config.json"))
    config = json.loads(entries[name])
    config["config"] = dict(repeat([*config["config"].items()], lambda item: of_second(item[0])))
    for number, payload in enumerate(config["config"].values()):
        first = name.replace("model_weights_config.json", payload["path_name"])
        payload["path_name"] = f"weight_{number}"
        entries[name.replace("model_weights_config.json", f"weight_{number}")] = entries[first]
    entries[name] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


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

"""Record what PyTorch's operations, and ONNX's by its reference implementation, return for small inputs.

    pip install torch onnx
    python make_ops.py OUT.json

OUT.json: a list of {op, opset (0 for ATen), inputs: [{name, shape, data, dtype} or null], attributes, outputs}.
Attributes are {"int": 1}, {"ints": [..]}, {"float": 0.5}, {"text": ".."}, {"bool": true} or {"dtype": "float"}.
Inputs lie away from the kinks of piecewise operations, so that gradients can be checked by differences.
"""

import json
import sys

import onnx
import torch
from onnx import helper
from onnx.reference import ReferenceEvaluator

generator = torch.Generator().manual_seed(0)
cases = []


def rand(*shape, low=-2.0, high=2.0):
    """Values on a jittered grid: no two within 1e-2 of one another as long as there are few, none near 0."""
    count = int(torch.tensor(shape).prod()) if shape else 1
    steps = torch.linspace(low, high, count + 2, dtype=torch.float64)[1:-1]
    steps = steps + (high - low) / (count + 2) * 0.3 * (
        torch.rand(count, generator=generator, dtype=torch.float64) - 0.5
    )
    values = steps[torch.randperm(count, generator=generator)]
    values[values.abs() < 0.02] += 0.05
    return torch.round(values * 1e4).div(1e4).reshape(shape)


def tensor(name, value):
    if value is None:
        return None
    kind = "bool" if value.dtype == torch.bool else "float" if value.dtype.is_floating_point else "int"
    return {"name": name, "shape": list(value.shape), "data": value.reshape(-1).tolist(), "dtype": kind}


def attribute(value):
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": value}
    if isinstance(value, float):
        return {"float": value}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, torch.dtype):
        return {"dtype": "float" if value.is_floating_point else "int"}
    return {"ints": list(value)}


def aten(name, **arguments):
    """Runs an operation and records tensors as inputs, lists of tensors as several, the rest as settings."""
    packet, _, overload = name.partition(".")
    op = getattr(getattr(torch.ops.aten, packet), overload or "default")
    given = {key: value.clone() if isinstance(value, torch.Tensor) else value for key, value in arguments.items()}
    result = op(**{("self" if key == "self_" else key): value for key, value in given.items()})
    inputs, attributes = [], {}
    for key, value in arguments.items():
        key = "self" if key == "self_" else key
        if isinstance(value, torch.Tensor):
            inputs.append(tensor(key, value))
        elif isinstance(value, (list, tuple)) and any(isinstance(item, torch.Tensor) for item in value):
            inputs.extend(tensor(key, item) for item in value)
        elif value is not None:
            attributes[key] = attribute(value)
    results = result if isinstance(result, (list, tuple)) else [result]
    cases.append(
        {
            "op": f"aten.{packet}.{overload or 'default'}",
            "opset": 0,
            "inputs": inputs,
            "attributes": attributes,
            "outputs": [tensor("", item) for item in results],
        }
    )


def onnx_case(op, *inputs, opset=20, outputs=1, **attributes):
    names = [f"x{at}" if value is not None else "" for at, value in enumerate(inputs)]
    made = [f"y{at}" for at in range(outputs)]
    node = helper.make_node(op, names, made, **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.numpy().dtype), list(value.shape))
            for name, value in zip(names, inputs, strict=True)
            if value is not None
        ],
        [helper.make_tensor_value_info(name, onnx.TensorProto.UNDEFINED, None) for name in made],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    feeds = {name: value.numpy() for name, value in zip(names, inputs, strict=True) if value is not None}
    results = ReferenceEvaluator(model).run(None, feeds)
    cases.append(
        {
            "op": op,
            "opset": opset,
            "inputs": [tensor("", value) for value in inputs],
            "attributes": {key: attribute(value) for key, value in attributes.items()},
            "outputs": [
                tensor("", torch.as_tensor(result.copy() if hasattr(result, "copy") else result)) for result in results
            ],
        }
    )


# Convolutions.
aten("conv1d", input=rand(2, 4, 9), weight=rand(6, 2, 3), bias=rand(6), stride=[2], padding=[1], dilation=[2], groups=2)
aten(
    "conv2d",
    input=rand(2, 3, 6, 5),
    weight=rand(4, 3, 3, 2),
    bias=rand(4),
    stride=[2, 1],
    padding=[1, 0],
    dilation=[1, 2],
    groups=1,
)
aten(
    "conv2d",
    input=rand(1, 4, 7, 7),
    weight=rand(4, 1, 3, 3),
    bias=None,
    stride=[2],
    padding=[1],
    dilation=[1],
    groups=4,
)
aten(
    "conv2d",
    input=rand(3, 5, 6),
    weight=rand(2, 3, 2, 2),
    bias=None,
    stride=[3, 2],
    padding=[0, 1],
    dilation=[1, 1],
    groups=1,
)
aten(
    "conv2d.padding",
    input=rand(1, 2, 5, 6),
    weight=rand(3, 2, 2, 3),
    bias=rand(3),
    stride=[1, 1],
    padding="same",
    dilation=[1, 1],
    groups=1,
)
aten(
    "conv3d",
    input=rand(1, 2, 4, 5, 4),
    weight=rand(3, 2, 2, 3, 2),
    bias=rand(3),
    stride=[1, 2, 1],
    padding=[1, 1, 0],
    dilation=[1, 1, 2],
    groups=1,
)
aten(
    "convolution",
    input=rand(1, 2, 5, 5),
    weight=rand(4, 1, 3, 3),
    bias=rand(4),
    stride=[2, 2],
    padding=[1, 1],
    dilation=[1, 1],
    transposed=False,
    output_padding=[0, 0],
    groups=2,
)
aten(
    "convolution",
    input=rand(1, 4, 3, 3),
    weight=rand(4, 2, 3, 3),
    bias=rand(4),
    stride=[2, 2],
    padding=[1, 1],
    dilation=[1, 1],
    transposed=True,
    output_padding=[1, 0],
    groups=2,
)
aten(
    "conv_transpose1d",
    input=rand(2, 3, 5),
    weight=rand(3, 2, 4),
    bias=rand(2),
    stride=[3],
    padding=[1],
    output_padding=[1],
    groups=1,
    dilation=[1],
)
aten(
    "conv_transpose2d.input",
    input=rand(1, 4, 3, 4),
    weight=rand(4, 3, 3, 2),
    bias=rand(6),
    stride=[2, 1],
    padding=[1, 0],
    output_padding=[1, 0],
    groups=2,
    dilation=[1, 2],
)
aten(
    "conv_transpose3d.input",
    input=rand(1, 2, 2, 3, 2),
    weight=rand(2, 2, 2, 2, 2),
    bias=None,
    stride=[2, 1, 2],
    padding=[0, 1, 0],
    output_padding=[0, 0, 1],
    groups=1,
    dilation=[1, 1, 1],
)
onnx_case(
    "Conv",
    rand(1, 4, 6, 5),
    rand(2, 2, 3, 2),
    rand(2),
    strides=[2, 1],
    pads=[1, 0, 0, 1],
    dilations=[1, 1],
    group=2,
    kernel_shape=[3, 2],
)
onnx_case("Conv", rand(1, 2, 5, 6), rand(2, 2, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2], kernel_shape=[3, 3])
onnx_case(
    "ConvTranspose",
    rand(1, 2, 3, 3),
    rand(2, 2, 3, 3),
    rand(2),
    strides=[2, 2],
    pads=[1, 1, 1, 1],
    output_padding=[1, 1],
)

# Layers.
x = rand(2, 3, 4)
aten("linear", input=x, weight=rand(5, 4), bias=rand(5))
aten("linear", input=rand(4), weight=rand(5, 4), bias=None)
aten("addmm", self_=rand(5), mat1=rand(2, 4), mat2=rand(4, 5), alpha=0.5, beta=2.0)
aten("baddbmm", self_=rand(2, 3, 5), batch1=rand(2, 3, 4), batch2=rand(2, 4, 5))
aten("matmul", self_=rand(2, 1, 3, 4), other=rand(5, 4, 2))
aten("matmul", self_=rand(4), other=rand(3, 4, 2))
aten("matmul", self_=rand(3, 4), other=rand(4))
aten("mm", self_=rand(2, 3), mat2=rand(3, 2))
aten("bmm", self_=rand(2, 3, 4), mat2=rand(2, 4, 2))
aten(
    "batch_norm",
    input=rand(2, 3, 2, 2),
    weight=rand(3),
    bias=rand(3),
    running_mean=rand(3),
    running_var=rand(3, low=0.3, high=2.0),
    training=False,
    momentum=0.1,
    eps=1e-3,
    cudnn_enabled=False,
)
aten(
    "batch_norm",
    input=rand(4, 3),
    weight=None,
    bias=None,
    running_mean=rand(3),
    running_var=rand(3, low=0.3, high=2.0),
    training=False,
    momentum=0.1,
    eps=1e-5,
    cudnn_enabled=False,
)
aten("layer_norm", input=x, normalized_shape=[3, 4], weight=rand(3, 4), bias=rand(3, 4), eps=1e-5)
aten("layer_norm", input=x, normalized_shape=[4], weight=None, bias=None, eps=1e-3)
aten("rms_norm", input=x, normalized_shape=[4], weight=rand(4), eps=1e-5)
aten("group_norm", input=rand(2, 4, 3), num_groups=2, weight=rand(4), bias=rand(4), eps=1e-5)
aten(
    "instance_norm",
    input=rand(2, 3, 4),
    weight=rand(3),
    bias=rand(3),
    running_mean=None,
    running_var=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
    cudnn_enabled=False,
)
aten("embedding", weight=rand(5, 3), indices=torch.tensor([[0, 4, 2], [1, 1, 3]]))
onnx_case("Gemm", rand(4, 2), rand(3, 4), rand(3), alpha=0.5, beta=2.0, transA=1, transB=1)
onnx_case("MatMul", rand(2, 3, 4), rand(4, 2))
onnx_case("BatchNormalization", rand(2, 3, 2), rand(3), rand(3), rand(3), rand(3, low=0.3, high=2.0), epsilon=1e-3)
onnx_case("LayerNormalization", x, rand(4), rand(4), axis=-1, epsilon=1e-3)
onnx_case("InstanceNormalization", rand(2, 3, 4), rand(3), rand(3), epsilon=1e-3)
# As many images as channels: the reference mistakes one for the other.
onnx_case("LRN", rand(5, 5, 1, 2), size=3, alpha=0.1, beta=0.6, bias=1.5)

aten("einsum", equation="b h i j, b j d -> b h i d", tensors=[rand(2, 3, 2, 4), rand(2, 4, 2)])
onnx_case("Einsum", rand(2, 3, 4), rand(4, 2), equation="bij,jk->kbi")
onnx_case("ScatterND", rand(4, 2), torch.tensor([[2], [0]]), rand(2, 2))

# Activations.
for name in [
    "relu",
    "relu6",
    "sigmoid",
    "tanh",
    "hardsigmoid",
    "hardswish",
    "silu",
    "mish",
    "softplus",
    "log_sigmoid",
    "selu",
]:
    aten(name, self_=rand(2, 7, low=-4.0, high=7.0))
aten("gelu", self_=rand(9), approximate="none")
aten("gelu", self_=rand(9), approximate="tanh")
aten("hardtanh", self_=rand(9), min_val=-0.5, max_val=1.25)
aten("leaky_relu", self_=rand(9), negative_slope=0.2)
aten("elu", self_=rand(9), alpha=0.7)
aten("celu", self_=rand(9), alpha=0.7)
aten("threshold", self_=rand(9), threshold=0.31, value=-1.0)
aten("prelu", self_=rand(2, 3, 2), weight=rand(3, low=0.1, high=0.9))
aten("softmax.int", self_=rand(2, 3, 4), dim=1)
aten("_softmax", self_=rand(2, 3), dim=-1, half_to_float=False)
aten("log_softmax.int", self_=rand(2, 3, 4), dim=-1)
aten("clamp", self_=rand(9), min=-0.3, max=None)
aten("clamp_min", self_=rand(9), min=0.55)
for name in ["Relu", "Sigmoid", "Tanh", "HardSwish", "Softplus", "Softsign", "Mish", "Erf", "Selu"]:
    onnx_case(name, rand(2, 5))
onnx_case("HardSigmoid", rand(9, low=-4, high=4), alpha=0.25, beta=0.4)
onnx_case("LeakyRelu", rand(9), alpha=0.2)
onnx_case("Elu", rand(9), alpha=0.7)
onnx_case("Celu", rand(9).float(), alpha=0.7)
onnx_case("PRelu", rand(2, 3, 2), rand(3, 1, low=0.1, high=0.9))
onnx_case("Gelu", rand(9), approximate="none")
onnx_case("Gelu", rand(9), approximate="tanh")
onnx_case("Softmax", rand(2, 3, 4), axis=1)
onnx_case("LogSoftmax", rand(2, 3), axis=-1)
onnx_case("Clip", rand(9), torch.tensor(-0.3, dtype=torch.float64), torch.tensor(1.1, dtype=torch.float64))

# Poolings.
image = rand(1, 2, 6, 7)
aten("max_pool1d", self_=rand(2, 3, 8), kernel_size=[3], stride=[2], padding=[1], dilation=[1], ceil_mode=True)
aten("max_pool2d", self_=image, kernel_size=[3, 3], stride=[2, 2], padding=[1, 1], dilation=[1, 1], ceil_mode=False)
aten("max_pool2d", self_=image, kernel_size=[3, 3], stride=[2, 2], padding=[0, 0], dilation=[1, 1], ceil_mode=True)
aten("max_pool2d", self_=image, kernel_size=[2], stride=[], padding=[0], dilation=[2], ceil_mode=False)
aten(
    "max_pool3d",
    self_=rand(1, 2, 4, 5, 6),
    kernel_size=[2, 3, 2],
    stride=[2, 2, 1],
    padding=[0, 1, 1],
    dilation=[1, 1, 1],
    ceil_mode=True,
)
aten(
    "avg_pool1d", self_=rand(2, 3, 8), kernel_size=[3], stride=[2], padding=[1], ceil_mode=True, count_include_pad=True
)
aten(
    "avg_pool2d",
    self_=image,
    kernel_size=[3, 3],
    stride=[2, 2],
    padding=[1, 1],
    ceil_mode=False,
    count_include_pad=False,
)
aten(
    "avg_pool2d", self_=image, kernel_size=[3, 2], stride=[2, 2], padding=[1, 1], ceil_mode=True, count_include_pad=True
)
aten(
    "avg_pool2d",
    self_=image,
    kernel_size=[2, 2],
    stride=[2, 2],
    padding=[0, 0],
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=3,
)
aten(
    "avg_pool3d",
    self_=rand(1, 2, 4, 5, 4),
    kernel_size=[2, 2, 3],
    stride=[2, 1, 2],
    padding=[1, 0, 1],
    ceil_mode=False,
    count_include_pad=False,
)
aten("adaptive_avg_pool1d", self_=rand(2, 3, 7), output_size=[3])
aten("adaptive_avg_pool2d", self_=image, output_size=[1, 1])
aten("adaptive_avg_pool2d", self_=image, output_size=[4, 3])
aten("adaptive_avg_pool3d", self_=rand(1, 2, 4, 5, 3), output_size=[2, 3, 2])
aten("adaptive_max_pool2d", self_=image, output_size=[4, 3])
onnx_case("MaxPool", image, kernel_shape=[3, 2], strides=[2, 2], pads=[1, 0, 0, 1])
onnx_case("MaxPool", image, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
onnx_case("AveragePool", image, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=0)
onnx_case("AveragePool", image, kernel_shape=[3, 3], strides=[1, 2], pads=[1, 1, 1, 1], count_include_pad=1)
onnx_case("GlobalAveragePool", image)
onnx_case("GlobalMaxPool", image)

# Arithmetic.
a, b = rand(2, 1, 3), rand(4, 1)
aten("add.Tensor", self_=a, other=b, alpha=0.5)
aten("sub.Tensor", self_=a, other=b)
aten("rsub.Scalar", self_=a, other=1.5)
aten("mul.Tensor", self_=a, other=b)
aten("mul.Tensor", self_=a, other=a)
aten("mul.Scalar", self_=a, other=3)
aten("div.Tensor", self_=a, other=b)
aten("div.Tensor_mode", self_=torch.tensor([7, -7]), other=torch.tensor([2, 2]), rounding_mode="floor")
aten("floor_divide", self_=torch.tensor([7, -7, 8]), other=torch.tensor([2, 2, 2]))
aten("pow.Tensor_Scalar", self_=a, exponent=2)
aten("pow.Tensor_Scalar", self_=rand(5, low=0.2, high=2.0), exponent=-0.5)
aten("maximum", self_=a, other=b)
aten("minimum", self_=a, other=b)
for name in ["neg", "abs", "exp", "sin", "cos", "erf", "square", "reciprocal", "expm1"]:
    aten(name, self_=rand(7))
for name in ["sqrt", "rsqrt", "log", "log1p", "log2"]:
    aten(name, self_=rand(7, low=0.2, high=3.0))
for name in ["floor", "ceil", "round"]:
    aten(name, self_=rand(7))
onnx_case("Add", a, b)
onnx_case("Sub", a, b)
onnx_case("Mul", a, b)
onnx_case("Div", a, b)
onnx_case("Div", torch.tensor([7, -7]), torch.tensor([2, 2]))
onnx_case("Pow", rand(5, low=0.2, high=2.0), torch.tensor(1.5, dtype=torch.float64))
onnx_case("Max", a, b, rand(3))
onnx_case("Min", a, b)
onnx_case("Sum", a, b)
onnx_case("Mod", torch.tensor([7, -7]), torch.tensor([3, 3]))

# Comparisons.
aten("eq.Scalar", self_=torch.tensor([1, 2, 3]), other=2)
aten("lt.Tensor", self_=a, other=b)
aten("logical_not", self_=torch.tensor([True, False]))
aten("where.self", condition=torch.tensor([[True, False, True]]), self_=rand(2, 3), other=rand(1))
aten("masked_fill.Scalar", self_=rand(2, 3), mask=torch.tensor([True, False, True]), value=-7.0)
onnx_case("Where", torch.tensor([[True], [False]]), rand(3), rand(2, 1))
onnx_case("Equal", torch.tensor([1, 2]), torch.tensor([2, 2]))
onnx_case("GreaterOrEqual", a, b)

# Reductions.
cube = rand(2, 3, 4)
aten("mean.dim", self_=cube, dim=[1, 2], keepdim=True)
aten("mean.dim", self_=cube, dim=[0, 2], keepdim=False)
aten("mean", self_=cube)
aten("sum.dim_IntList", self_=cube, dim=[-1], keepdim=False)
aten("amax", self_=cube, dim=[1], keepdim=True)
aten("amin", self_=cube, dim=[0, 1], keepdim=False)
aten("prod.dim_int", self_=cube, dim=1, keepdim=False)
aten("var.correction", self_=cube, dim=[2], correction=1, keepdim=True)
aten("std.correction", self_=cube, dim=[2], correction=0, keepdim=False)
aten("logsumexp", self_=cube, dim=[1], keepdim=False)
aten("linalg_vector_norm", self_=cube, ord=2.0, dim=[-1], keepdim=True)
aten("linalg_vector_norm", self_=cube, ord=1.0, dim=[-1], keepdim=False)
aten("cumsum", self_=cube, dim=1)
aten("argmax", self_=cube, dim=1, keepdim=False)
for name in [
    "ReduceMean",
    "ReduceSum",
    "ReduceMax",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSumExp",
]:
    onnx_case(name, cube, torch.tensor([0, 2]), keepdims=0)
onnx_case("ReduceMean", cube, opset=13, axes=[1], keepdims=1)
onnx_case("CumSum", cube, torch.tensor(2))
onnx_case("ArgMax", cube, axis=2, keepdims=1)

# Shapes.
aten("view", self_=cube, size=[3, -1])
aten("reshape", self_=cube, shape=[2, 12])
aten("flatten.using_ints", self_=cube, start_dim=1, end_dim=-1)
aten("unflatten.int", self_=cube, dim=2, sizes=[2, -1])
aten("permute", self_=cube, dims=[2, 0, 1])
aten("transpose.int", self_=cube, dim0=0, dim1=-1)
aten("t", self_=rand(2, 3))
aten("movedim.int", self_=cube, source=0, destination=2)
aten("squeeze", self_=rand(1, 3, 1))
aten("squeeze.dim", self_=rand(1, 3, 1), dim=0)
aten("unsqueeze", self_=cube, dim=-1)
aten("slice.Tensor", self_=cube, dim=2, start=1, end=9223372036854775807, step=2)
aten("slice.Tensor", self_=cube, dim=1, start=-2, end=3, step=1)
aten("narrow", self_=cube, dim=1, start=1, length=2)
aten("select.int", self_=cube, dim=1, index=-1)
aten("cat", tensors=[cube, rand(2, 1, 4)], dim=1)
aten("stack", tensors=[rand(2, 3), rand(2, 3)], dim=1)
aten("split.Tensor", self_=cube, split_size=2, dim=1)
aten("split_with_sizes", self_=cube, split_sizes=[1, 3], dim=2)
aten("chunk", self_=rand(2, 5), chunks=2, dim=1)
aten("unbind.int", self_=cube, dim=1)
aten("expand", self_=rand(2, 1, 3), size=[4, -1, 5, 3])
aten("repeat", self_=rand(2, 3), repeats=[2, 1, 2])
aten("roll", self_=cube, shifts=[1, -2], dims=[1, 2])
aten("roll", self_=cube, shifts=[5], dims=[])
aten("flip", self_=cube, dims=[0, 2])
aten("pad", self_=image, pad=[1, 2, 0, -1], mode="constant", value=0.5)
aten("pad", self_=image, pad=[2, 1, 1, 3], mode="reflect")
aten("pad", self_=image, pad=[2, 1, 1, 3], mode="replicate")
aten("pad", self_=image, pad=[2, 1, 1, 3], mode="circular")
aten("constant_pad_nd", self_=image, pad=[0, 1], value=0.0)
aten("pixel_shuffle", self_=rand(1, 8, 2, 3), upscale_factor=2)
aten("pixel_unshuffle", self_=rand(1, 2, 4, 6), downscale_factor=2)
aten("channel_shuffle", self_=rand(1, 6, 2, 2), groups=3)
aten("tril", self_=rand(3, 4), diagonal=0)
aten("triu", self_=rand(3, 4), diagonal=1)
aten("index_select", self_=cube, dim=1, index=torch.tensor([2, 0, 2]))
aten("gather", self_=rand(2, 3), dim=1, index=torch.tensor([[0, 2], [1, 1]]))
aten("index.Tensor", self_=cube, indices=[torch.tensor([1, 0, 1])])
aten("index.Tensor", self_=rand(3, 4, 2), indices=[torch.tensor([[0], [2]]), torch.tensor([1, 3])])
onnx_case("Reshape", cube, torch.tensor([0, -1]))
onnx_case("Flatten", cube, axis=2)
onnx_case("Transpose", cube, perm=[2, 0, 1])
onnx_case("Transpose", cube)
onnx_case("Squeeze", rand(1, 3, 1), torch.tensor([0]))
onnx_case("Unsqueeze", rand(2, 3), torch.tensor([0, 3]))
onnx_case("Slice", cube, torch.tensor([1, 3]), torch.tensor([3, 0]), torch.tensor([1, 2]), torch.tensor([1, -1]))
onnx_case("Concat", cube, rand(2, 1, 4), axis=1)
onnx_case("Split", cube, torch.tensor([1, 2]), outputs=2, axis=1)
onnx_case("Expand", rand(2, 1), torch.tensor([3, 1, 4]))
onnx_case("Tile", rand(2, 3), torch.tensor([2, 1]))
onnx_case("Pad", image, torch.tensor([0, 0, 1, 0, 0, 0, 2, 1]), torch.tensor(0.5, dtype=torch.float64))
onnx_case("Pad", image, torch.tensor([1, 2, 0, 1]), None, torch.tensor([2, 3]), mode="reflect")
onnx_case("DepthToSpace", rand(1, 8, 2, 3), blocksize=2, mode="DCR")
onnx_case("DepthToSpace", rand(1, 8, 2, 3), blocksize=2, mode="CRD")
onnx_case("SpaceToDepth", rand(1, 2, 4, 6), blocksize=2)
onnx_case("Gather", cube, torch.tensor([[0, 2], [1, -1]]), axis=1)
onnx_case("GatherElements", rand(2, 3), torch.tensor([[0, 2], [1, -1]]), axis=1)
onnx_case("GatherND", cube, torch.tensor([[0, 1], [1, 2]]))
onnx_case("Shape", cube)
onnx_case("Shape", cube, start=1)
onnx_case("Size", cube)
onnx_case("Range", torch.tensor(1), torch.tensor(8), torch.tensor(3))
onnx_case("Identity", cube)
onnx_case("Cast", torch.tensor([1, 2]), to=11)

# Made out of nothing.
aten("arange.start_step", start=1, end=8, step=3)
aten("full", size=[2, 2], fill_value=1.5)
aten("zeros_like", self_=cube)
aten("new_zeros", self_=cube, size=[2])
aten("scalar_tensor", s=2.5)

# Attention and sizes of images.
aten("scaled_dot_product_attention", query=rand(2, 3, 4), key=rand(2, 5, 4), value=rand(2, 5, 2))
aten(
    "scaled_dot_product_attention",
    query=rand(1, 2, 3, 4),
    key=rand(1, 2, 3, 4),
    value=rand(1, 2, 3, 4),
    attn_mask=rand(3, 3),
    scale=0.3,
)
aten("scaled_dot_product_attention", query=rand(2, 3, 4), key=rand(2, 3, 4), value=rand(2, 3, 4), is_causal=True)
aten("upsample_nearest2d", self_=image, output_size=[9, 5])
aten("_upsample_nearest_exact2d", self_=image, output_size=[9, 5])
aten("upsample_bilinear2d", self_=image, output_size=[9, 5], align_corners=False)
aten("upsample_bilinear2d", self_=image, output_size=[9, 5], align_corners=True)
aten("upsample_bicubic2d", self_=image, output_size=[9, 5], align_corners=False)
aten("upsample_linear1d", self_=rand(1, 2, 4), output_size=[7], align_corners=False)
onnx_case(
    "Resize", image, None, None, torch.tensor([1, 2, 9, 5]), mode="linear", coordinate_transformation_mode="half_pixel"
)
onnx_case(
    "Resize",
    image,
    None,
    torch.tensor([1.0, 1.0, 2.0, 2.0]),
    mode="nearest",
    coordinate_transformation_mode="asymmetric",
    nearest_mode="floor",
)
onnx_case(
    "Resize",
    image,
    None,
    None,
    torch.tensor([1, 2, 9, 10]),
    mode="cubic",
    coordinate_transformation_mode="align_corners",
)

with open(sys.argv[1], "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
print(len(cases), "cases")

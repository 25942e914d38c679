"""Models that torchinfo and we summarize: name -> (model, arguments of `summary`)."""

import math

import torch
import torchvision
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations, prune
from torch.nn.utils.rnn import pack_padded_sequence

IMAGE = {"input_size": (1, 3, 64, 64)}


class Identity(nn.Module):
    def __init__(self):
        super().__init__()
        self.identity = nn.Identity()

    def forward(self, x):
        return self.identity(x)


class Functional(nn.Module):
    """Many functions between the modules."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5)
        self.conv2 = nn.Conv2d(32, 64, 5)
        self.dropout = nn.Dropout2d(0.4)
        self.unused = nn.Dropout2d(0.5)
        self.fc1 = nn.Linear(1024, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return F.log_softmax(self.fc2(self.dropout(F.relu(self.fc1(x)))), dim=1)


class TwoTypes(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(300, 50)
        self.b = nn.Linear(300, 50)

    def forward(self, x, y):
        return torch.cat([self.a(x), self.b(y.float())])


class WithScalar(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, 3)
        self.conv2 = nn.Conv2d(8, 4, 3)

    def forward(self, x, scalar):
        return self.conv1(x) if scalar == 5 else self.conv2(x)


class Sequences(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.embedding = nn.Embedding(20, 30)
        self.encoder = cell(30, 51, num_layers=2)
        self.decoder = nn.Linear(51, 20)

    def forward(self, x):
        out, hidden = self.encoder(self.embedding(x))
        return self.decoder(out).view(-1, 20), hidden


class Packed(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(60, 128)
        self.lstm = nn.LSTM(128, 32)
        self.out = nn.Linear(32, 18)

    def forward(self, batch, lengths):
        _, (state, _) = self.lstm(pack_padded_sequence(self.embedding(batch), lengths))
        return self.out(state[-1])


class Recursive(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, 1, 1)

    def forward(self, x, unused=None):
        for _ in range(6):
            x = self.conv(x)
        return x


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(1, 8, 5), nn.Conv2d(8, 16, 3)])
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(16, 1)

    def side(self, x):
        for conv in self.convs:
            x = self.pool(F.relu(conv(x)))
        return x.mean((2, 3))

    def forward(self, x, y):
        return self.fc((self.side(x) - self.side(y)).abs())


class ReturnsDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 5)
        self.fc = nn.Linear(10, 3)

    def forward(self, x):
        x = self.conv(x)
        return {"conv": x, "fc": self.fc(x.mean((2, 3)))}


class OuterDict(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = ReturnsDict()

    def forward(self, x, y):
        return self.inner(x)


class TakesDict(nn.Module):
    def forward(self, x, scale):
        return scale * (x[256] + x[512][0])


class Choices(nn.Module):
    """Containers that are never called themselves."""

    def __init__(self):
        super().__init__()
        self.choices = nn.ModuleDict({"conv": nn.Conv2d(10, 10, 3), "pool": nn.MaxPool2d(3)})
        self.activations = nn.ModuleDict({"lrelu": nn.LeakyReLU(), "prelu": nn.PReLU()})

    def forward(self, x, layer, activation):
        return self.activations[activation](self.choices[layer](x))


class Container(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(5, 5), ContainerChild(), nn.Linear(5, 5)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class ContainerChild(nn.Module):
    """Walks over a Sequential as well as calling it."""

    def __init__(self):
        super().__init__()
        self.sequential = nn.Sequential(nn.Linear(5, 5), nn.Linear(5, 5))
        self.between = nn.Linear(5, 5)

    def forward(self, x):
        x = self.between(self.sequential(x))
        for layer in self.sequential:
            x = layer(x)
        x = self.sequential(x)
        for layer in self.sequential:
            x = layer(x)
        return x


class Empty(nn.Module):
    def forward(self):
        return {"loss": torch.zeros(3).sum()}


class EmptyList(nn.Module):
    """Its only child is an empty list, so that it counts as a leaf."""

    def __init__(self):
        super().__init__()
        self.empty = nn.ModuleList()
        self.weight = nn.Parameter(torch.ones(4))

    def forward(self, x):
        return x * self.weight


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.ReLU())
        self.pool = nn.MaxPool2d(2, 2, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2, 2)
        self.decode = nn.Sequential(nn.ConvTranspose2d(16, 3, 3, padding=1), nn.ReLU())

    def forward(self, x):
        x, indices = self.pool(self.encoder(x))
        return self.decode(self.unpool(x, indices=indices))


class PartlyScripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 5)
        self.fc = torch.jit.script(nn.Linear(10, 5))

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))


class MixedTrainable(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(10))
        self.b = nn.Parameter(torch.ones(10), requires_grad=False)

    def forward(self, x):
        return self.w * x


class ReusedLinear(nn.Module):
    def __init__(self):
        super().__init__()
        linear = nn.Linear(10, 10)
        self.linear = linear
        self.model = nn.Sequential(*[layer for _ in range(4) for layer in (linear, nn.ReLU())])

    def forward(self, x):
        return self.model(x)


class ParameterListModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.ones(100, 100)), nn.Parameter(torch.ones(100, 200))])

    def forward(self, x):
        return x @ self.weights[1]


class ParametersAndLayers(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 64)
        self.a = nn.Parameter(torch.ones(3))
        self.weights = nn.ParameterDict({"one": nn.Parameter(torch.ones(5)), "two": nn.Parameter(torch.ones(2, 2))})
        self.inner = nn.Sequential(nn.Linear(64, 8), MixedTrainableOf(8))

    def forward(self, x):
        return self.inner(self.fc1(x)) + self.a.sum() + self.weights["one"].sum()


class MixedTrainableOf(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(size))
        self.norm = nn.LayerNorm(size)

    def forward(self, x):
        return self.norm(x * self.scale)


class TiedEmbedding(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.rnn = nn.GRU(16, 16, batch_first=True)
        self.head = nn.Linear(16, 50, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0])


class GroupedConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise = nn.Conv1d(8, 16, 3, groups=8)
        self.transposed = nn.ConvTranspose1d(16, 4, 3, groups=2)

    def forward(self, x):
        return self.transposed(self.depthwise(x))


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
        self.norm = nn.LayerNorm(32)

    def forward(self, x):
        return self.norm(self.attention(x, x, x, need_weights=False)[0])


class FunctionalAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(32, 96)
        self.out = nn.Linear(32, 32)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        weights = (q @ k.transpose(-1, -2) / math.sqrt(32)).softmax(-1)
        return self.out(weights @ v)


class LoopedList(nn.Module):
    """A list whose layers are called in two turns, with another layer between."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.between = nn.Linear(4, 4)

    def forward(self, x):
        for layer in self.blocks:
            x = layer(x)
        x = self.between(x)
        for layer in self.blocks:
            x = layer(x)
        return x


class SharedAmongLists(nn.Module):
    def __init__(self):
        super().__init__()
        shared = nn.Linear(4, 4)
        self.first = nn.ModuleList([shared, nn.ReLU()])
        self.second = nn.ModuleList([nn.ModuleList([shared]), nn.Tanh()])

    def forward(self, x):
        x = self.first[1](self.first[0](x))
        return self.second[1](self.second[0][0](x))


class NestedTuple(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = NestedTupleInner()
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        ((a, _), _) = self.inner(x)
        return self.fc(a)


class NestedTupleInner(nn.Module):
    def forward(self, x):
        return ((x, x + 1), [x])


class NoneInside(nn.Module):
    def __init__(self):
        super().__init__()
        self.nothing = None
        self.register_module("absent", None)
        self.register_parameter("missing", None)
        self.fc = nn.Linear(3, 3)

    def forward(self, x, mask=None):
        return self.fc(x)


class BlockPair(nn.Module):
    """Deep nesting with names longer than the layer's column."""

    def __init__(self, depth):
        super().__init__()
        self.a_rather_long_name_for_a_layer = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
        self.deeper = BlockPair(depth - 1) if depth else nn.Identity()

    def forward(self, x):
        return self.deeper(self.a_rather_long_name_for_a_layer(x))


def pruned():
    model = Functional()
    prune.l1_unstructured(model.conv1, "weight", 0.5)
    prune.random_structured(model.fc1, "weight", 0.25, dim=0)
    prune.l1_unstructured(model.fc2, "bias", 0.3)
    return model


def frozen_backbone():
    model = torchvision.models.resnet18()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(("fc", "layer4.1.conv2")))
    return model


def parametrized():
    return nn.Sequential(
        parametrizations.weight_norm(nn.Conv2d(3, 8, 3)), nn.ReLU(), parametrizations.orthogonal(nn.Conv2d(8, 8, 1))
    )


def lazy():
    return nn.Sequential(nn.LazyConv2d(8, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(10))


def half():
    return nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4)).to(torch.bfloat16)


def vision(name, **arguments):
    return lambda: getattr(torchvision.models, name)(weights=None, **arguments)


LONG = {"dtypes": [torch.long]}
MODELS = {
    # torchvision: convolutions
    "alexnet": (vision("alexnet"), {"input_size": (2, 3, 96, 96)}),
    "convnext_tiny": (vision("convnext_tiny"), IMAGE),
    "densenet121": (vision("densenet121"), IMAGE),
    "efficientnet_b0": (vision("efficientnet_b0"), IMAGE),
    "efficientnet_v2_s": (vision("efficientnet_v2_s"), IMAGE),
    "googlenet": (vision("googlenet", init_weights=False), {"input_size": (1, 3, 96, 96)}),
    "inception_v3": (vision("inception_v3", init_weights=False), {"input_size": (1, 3, 128, 128)}),
    "mnasnet0_5": (vision("mnasnet0_5"), IMAGE),
    "mobilenet_v2": (vision("mobilenet_v2"), IMAGE),
    "mobilenet_v3_small": (vision("mobilenet_v3_small"), IMAGE),
    "regnet_y_400mf": (vision("regnet_y_400mf"), IMAGE),
    "resnet50": (vision("resnet50"), IMAGE),
    "resnet152": (vision("resnet152"), IMAGE),
    "shufflenet_v2_x0_5": (vision("shufflenet_v2_x0_5"), IMAGE),
    "squeezenet1_1": (vision("squeezenet1_1"), IMAGE),
    "vgg13_bn": (vision("vgg13_bn"), IMAGE),
    "wide_resnet50_2": (vision("wide_resnet50_2"), IMAGE),
    "deeplabv3_mobilenet": (
        lambda: torchvision.models.segmentation.deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None),
        IMAGE,
    ),
    "r3d_18": (lambda: torchvision.models.video.r3d_18(weights=None), {"input_size": (1, 3, 4, 32, 32)}),
    "ssdlite": (
        lambda: torchvision.models.detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None),
        {"input_size": (1, 3, 320, 320)},
    ),
    # Transformers
    "vit_b_16": (vision("vit_b_16", image_size=64), IMAGE),
    "swin_t": (vision("swin_t"), IMAGE),
    "encoder": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(32, 4, 64, batch_first=True), 2),
        {"input_size": (2, 7, 32)},
    ),
    "transformer": (lambda: nn.Transformer(32, 4, 1, 1, 64), {"input_size": [(5, 2, 32), (3, 2, 32)]}),
    "attention": (Attention, {"input_size": (2, 7, 32)}),
    "functional_attention": (FunctionalAttention, {"input_size": (2, 7, 32)}),
    # Sequences
    "lstm": (lambda: Sequences(nn.LSTM), {"input_size": (5, 3), **LONG}),
    "gru": (lambda: Sequences(nn.GRU), {"input_size": (5, 3), **LONG}),
    "rnn": (lambda: Sequences(nn.RNN), {"input_size": (5, 3), **LONG}),
    "bidirectional": (lambda: nn.LSTM(4, 5, bidirectional=True, proj_size=3), {"input_size": (6, 2, 4)}),
    "lstm_cell": (lambda: nn.LSTMCell(4, 5), {"input_size": (2, 4)}),
    "packed": (Packed, {"input_data": [torch.ones(9, 3).long(), torch.tensor([9, 8, 4])]}),
    "tied": (TiedEmbedding, {"input_size": (2, 6), **LONG}),
    # Used again
    "recursive": (Recursive, {"input_size": (1, 8, 9, 9)}),
    "siamese": (Siamese, {"input_size": [(2, 1, 20, 20), (2, 1, 20, 20)]}),
    "reused_linear": (ReusedLinear, {"input_size": (2, 10)}),
    "looped_list": (LoopedList, {"input_size": (2, 4)}),
    "shared_among_lists": (SharedAmongLists, {"input_size": (2, 4)}),
    # Containers and parameters
    "container": (Container, {"input_size": (1, 5)}),
    "module_dict": (Choices, {"input_size": (1, 10, 8, 8), "layer": "conv", "activation": "prelu"}),
    "module_dict_pool": (Choices, {"input_size": (1, 10, 9, 9), "layer": "pool", "activation": "lrelu"}),
    "parameter_list": (ParameterListModel, {"input_size": (3, 100)}),
    "parameters_and_layers": (ParametersAndLayers, {"input_size": (3, 64)}),
    "empty_list": (EmptyList, {"input_size": (3, 4)}),
    "none_inside": (NoneInside, {"input_size": (3, 3)}),
    "deep": (lambda: BlockPair(4), {"input_size": (3, 4)}),
    "single_layer": (lambda: nn.Linear(4, 3), {"input_size": (2, 4)}),
    # Inputs and outputs
    "identity": (Identity, {"input_size": (1, 9)}),
    "functional": (Functional, {"input_size": (2, 1, 28, 28)}),
    "two_types": (TwoTypes, {"input_size": [(1, 300), (1, 300)], "dtypes": [torch.float, torch.long]}),
    "scalar_argument": (WithScalar, {"input_size": (1, 8, 9, 9), "scalar": 5}),
    "returns_dict": (OuterDict, {"input_size": (1, 1, 28, 28), "y": "text"}),
    "takes_dict": (TakesDict, {"input_data": {"x": {256: torch.ones(3), 512: [torch.ones(3)]}}, "scale": 5}),
    "keywords": (NoneInside, {"input_data": {"x": torch.ones(2, 3)}}),
    "nested_tuple": (NestedTuple, {"input_size": (3, 4)}),
    "batch_dim": (Functional, {"input_size": (1, 28, 28), "batch_dim": 0}),
    "no_input": (Container, {}),
    "no_input_shared": (SharedAmongLists, {}),
    "auto_encoder": (AutoEncoder, {"input_size": (1, 3, 16, 16)}),
    # States of the weights
    "pruned": (pruned, {"input_size": (2, 1, 28, 28)}),
    "frozen": (frozen_backbone, IMAGE),
    "mixed_trainable": (MixedTrainable, {"input_size": (2, 10)}),
    "parametrized": (parametrized, {"input_size": (1, 3, 9, 9)}),
    "lazy": (lazy, {"input_size": (2, 3, 9, 9)}),
    "half": (half, {"input_data": torch.ones(2, 16, dtype=torch.bfloat16)}),
    "grouped": (GroupedConv, {"input_size": (2, 8, 12)}),
    "partly_scripted": (PartlyScripted, {"input_size": (2, 1, 9, 9)}),
    "scripted": (lambda: torch.jit.script(Functional()), {"input_size": (2, 1, 28, 28)}),
}

"""The two small networks of tests/golden/make_cam.py, with their trained weights and recorded maps."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

GOLDEN = Path(__file__).parents[1] / "golden"
NETWORKS = {"tiny_vgg": ("TinyVgg", "features.7"), "tiny_resnet": ("TinyResNet", "layer3")}


def network(name):
    """The network, the path of its layer, its pictures, their classes, and what was recorded."""
    source = (GOLDEN / "make_cam.py").read_text()
    names = {"nn": nn, "torch": torch}
    exec(source[source.index("class TinyVgg") : source.index("def forget_paths")], names)
    class_name, layer = NETWORKS[name]
    model = names[class_name]().eval()
    folder = GOLDEN / "cam" / name
    model.load_state_dict(torch.export.load(folder / "model.pt2").state_dict)
    inputs, expected = np.load(folder / "inputs.npz"), np.load(folder / "expected.npz")
    return model, layer, torch.from_numpy(inputs["images"]), inputs["labels"].tolist(), expected

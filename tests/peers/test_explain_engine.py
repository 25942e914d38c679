"""The engine of `glassboard explain` beside PyTorch: torchvision's networks with random weights, exported here."""

import subprocess

import numpy as np
import pytest
import pytorch_grad_cam
import torch
import torchvision
from conftest import program
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

# Name, and side of the input.
NETWORKS = [
    ("resnet18", 64),
    ("vgg11", 64),
    ("alexnet", 64),
    ("squeezenet1_1", 64),
    ("mobilenet_v2", 64),
    ("mobilenet_v3_small", 64),
    ("densenet121", 64),
    ("googlenet", 64),
    ("efficientnet_b0", 64),
    ("shufflenet_v2_x0_5", 64),
    ("convnext_tiny", 64),
    ("vit_b_16", 224),
    ("swin_t", 224),
    ("swin_v2_t", 64),
    ("maxvit_t", 224),
    ("regnet_y_400mf", 64),
    ("resnext50_32x4d", 64),
    ("mnasnet0_5", 64),
    ("inception_v3", 299),
]


def network(name):
    """Random weights, and running statistics that are not those of a fresh network."""
    torch.manual_seed(0)
    options = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    net = getattr(torchvision.models, name)(weights=None, **options).eval()
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn_like(module.running_mean) * 0.1)
            module.running_var.copy_(torch.rand_like(module.running_var) + 0.5)
        # A fresh vision transformer's last layer is all zeros.
        if isinstance(module, torch.nn.Linear):
            torch.nn.init.normal_(module.weight, std=0.02)
    return net


@pytest.mark.parametrize("form", ["pt2", "onnx"])
@pytest.mark.parametrize(("name", "side"), NETWORKS)
def test_logits_are_torchs(name, side, form, tmp_path):
    net = network(name)
    x = torch.randn(1, 3, side, side)
    with torch.no_grad():
        expected = net(x).numpy()
    model = tmp_path / f"model.{form}"
    # Batches of two keep the exporter from taking a size of 1 for a constant.
    example, sizes = (torch.cat([x, x]),), ({0: torch.export.Dim("batch", min=1, max=64)},)
    if form == "pt2":
        torch.export.save(torch.export.export(net, example, dynamic_shapes=sizes), model)
    else:
        torch.onnx.export(net, example, model, dynamo=True, external_data=False, verbose=False, dynamic_shapes=sizes)
    np.save(tmp_path / "x.npy", x.numpy())
    output = tmp_path / "out.npz"
    command = [program("GLASSBOARD_BIN"), "explain", "cam", model, tmp_path / "x.npy", "-o", output, "--method", "fem"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = np.load(output)["scores"]
    assert np.abs(found - expected).max() <= 1e-4 * max(1.0, np.abs(expected).max())


# Each with a layer whose output the model changes in no place: the reference keeps no copy of it.
MAPPED = [
    ("resnet18", "layer4"),
    ("vgg11", "features"),
    ("vgg16", "features"),
    ("alexnet", "features"),
    ("resnet101", "layer4"),
    ("resnext101_32x8d", "layer4"),
]
METHODS = {
    "grad-cam": pytorch_grad_cam.GradCAM,
    "grad-cam++": pytorch_grad_cam.GradCAMPlusPlus,
    "xgrad-cam": pytorch_grad_cam.XGradCAM,
    "layer-cam": pytorch_grad_cam.LayerCAM,
    "hires-cam": pytorch_grad_cam.HiResCAM,
}


@pytest.mark.parametrize(("name", "layer"), MAPPED)
def test_maps_are_pytorch_grad_cams(name, layer, tmp_path):
    net, side, category = network(name), 96, 7
    x = torch.randn(1, 3, side, side)
    model, output = tmp_path / "model.pt2", tmp_path / "maps.npz"
    torch.export.save(torch.export.export(net, (x,)), model)
    np.save(tmp_path / "x.npy", x.numpy())
    command = [program("GLASSBOARD_BIN"), "explain", "cam", model, tmp_path / "x.npy", "-o", output]
    command += ["--layer", layer, "--class", str(category)]
    command += [word for method in METHODS for word in ("--method", method)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = np.load(output)
    for method, reference in METHODS.items():
        with reference(model=net, target_layers=[net.get_submodule(layer)]) as explain:
            expected = explain(input_tensor=x.clone(), targets=[ClassifierOutputTarget(category)])
        (key,) = [key for key in found.files if key.startswith(f"{method}_")]
        difference = np.abs(found[key].reshape(expected.shape) - expected).max()
        assert difference <= 1e-4, f"{method}: {difference}"

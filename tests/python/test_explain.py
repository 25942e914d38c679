"""Pictures of maps, the reference's names without torch, and its modules in `python -m glassboard run`."""

import importlib
import subprocess
import sys
from pathlib import Path

import glassboard
import numpy as np
import pytest
from glassboard import _core, _dropin, cam

GOLDEN = Path(__file__).parents[1] / "golden" / "cam"


@pytest.fixture(params=["tiny_vgg", "tiny_resnet"])
def golden(request):
    return {
        name: array
        for file in ("inputs.npz", "expected.npz")
        for name, array in np.load(GOLDEN / request.param / file).items()
    }


def test_overlays(golden):
    image = golden["images"][0].transpose(1, 2, 0)
    map_ = golden["GradCAM"][0]
    overlaid = cam.show_cam_on_image(image, map_, use_rgb=True)
    assert np.array_equal(overlaid, golden["overlay_rgb"])
    # Blue, green and red, in doubles, by name.
    overlaid = cam.show_cam_on_image(image[..., ::-1].astype(np.float64), map_, colormap="jet")
    assert np.abs(overlaid[..., ::-1].astype(int) - golden["overlay_rgb"]).max() <= 1
    jet = _core.explain_heat(np.arange(256, dtype=np.float32)[None] / 255, "jet")[0]
    assert np.abs(jet.astype(int) - golden["overlay_colormap_jet"]).max() <= 5
    for wrong, message in [
        ({"colormap": 22}, "number of OpenCV from 0 to 21"),
        ({"colormap": "jett"}, "unknown colour map: expected one of autumn, "),
        ({"image_weight": 2}, "expected 0 to 1, got 2"),
    ]:
        with pytest.raises(glassboard.InvalidInputError, match=message):
            cam.show_cam_on_image(image, map_, **wrong)
    with pytest.raises(glassboard.InvalidInputError, match="values up to 1"):
        cam.show_cam_on_image(image * 255, map_)
    with pytest.raises(glassboard.InvalidInputError, match=r"expected \[32, 32\], got \[31, 32\]"):
        cam.show_cam_on_image(image, map_[1:])


def test_formulas(golden):
    map_ = _core.cam_layer_map("GradCAM", golden["activations"], golden["gradients"])
    assert np.abs(_core.cam_combine([map_], [32, 32], False) - golden["GradCAM"]).max() <= 1e-4
    with pytest.raises(glassboard.NotFoundError, match='did you mean "grad-cam"'):
        _core.cam_layer_map("gradd-cam", golden["activations"])
    with pytest.raises(glassboard.InvalidInputError, match="grad-cam needs gradients, got none"):
        _core.cam_layer_map("grad-cam", golden["activations"])
    with pytest.raises(glassboard.InvalidInputError, match="layer is not spatial"):
        _core.cam_layer_map("eigen-cam", golden["activations"][0])
    assert len({name for name, *_ in _core.cam_methods()}) == 17


def test_maps_are_scaled():
    maps = np.float32([[[1, 3], [2, 5]], [[7, 7], [7, 7]]])
    scaled = cam.scale_cam_image(maps)
    assert np.abs(scaled - [[[0, 0.5], [0.25, 1]], [[0, 0], [0, 0]]]).max() <= 1e-6
    # Width and height, as the reference takes them.
    assert cam.scale_cam_image(maps, (5, 3)).shape == (2, 3, 5)


def test_concepts_over_a_picture():
    explanations = np.zeros((2, 2, 2), dtype=np.float32)
    explanations[0, 0, 0] = explanations[1, 1, 1] = 1
    shown = cam.show_factorization_on_image(np.ones((2, 2, 3)), explanations, [(1, 0, 0), (0, 0, 1)])
    assert shown[0, 0].tolist() == [255, 127, 127]
    assert shown[1, 1].tolist() == [127, 127, 255]
    assert shown[0, 1].tolist() == [127, 127, 127]
    labelled = cam.show_factorization_on_image(
        np.ones((40, 60, 3)), np.zeros((2, 40, 60)), concept_labels=["one", "two"]
    )
    assert labelled.shape == (40, 120, 3)


@pytest.mark.parametrize("name", [name for name in _dropin._MODULES if name.startswith(("pytorch_grad", "flashtorch"))])
def test_the_reference_s_modules_are_ours(name):
    module = importlib.import_module(f"glassboard.{name}")
    assert module.__all__
    assert all(hasattr(module, public) for public in module.__all__)


def test_scripts_get_ours(tmp_path):
    script = tmp_path / "explain.py"
    script.write_text(
        "from pytorch_grad_cam import GradCAM, ScoreCAM, GuidedBackpropReLUModel\n"
        "from pytorch_grad_cam.grad_cam import GradCAM as Same\n"
        "from pytorch_grad_cam.metrics.road import ROADCombined\n"
        "from pytorch_grad_cam.utils.image import show_cam_on_image\n"
        "from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget\n"
        "from flashtorch.saliency import Backprop\n"
        "assert Same is GradCAM\n"
        "import sys\n"
        "assert 'torch' not in sys.modules\n"
        "print(GradCAM.__module__, show_cam_on_image.__module__, Backprop.__module__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "glassboard", "run", str(script)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "glassboard.cam._methods glassboard.cam._image glassboard.flashtorch.saliency\n", done.stderr

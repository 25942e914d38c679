"""Maps of live modules against those that pytorch-grad-cam recorded, and what can go wrong."""


import numpy as np
import pytest
from cam_networks import NETWORKS, network
from glassboard import cam
from glassboard.cam import ClassifierOutputTarget

METHODS = [
    "GradCAM",
    "GradCAMPlusPlus",
    "XGradCAM",
    "ScoreCAM",
    "AblationCAM",
    "EigenCAM",
    "EigenGradCAM",
    "LayerCAM",
    "HiResCAM",
    "GradCAMElementWise",
    "FullGrad",
    "KPCA_CAM",
    "FEM",
    "ShapleyCAM",
]
# As the issue asks: Score-CAM's softmax of large scores magnifies what the convolutions differ by.
TOLERANCE = {"ScoreCAM": 1e-3}


@pytest.fixture(scope="module", params=NETWORKS)
def case(request):
    return network(request.param)


def maps(case, method, **options):
    model, layer, images, labels, _ = case
    targets = [ClassifierOutputTarget(label) for label in labels]
    with getattr(cam, method)(model=model, target_layers=[layer]) as explain:
        return explain(input_tensor=images, targets=targets, **options)


@pytest.mark.parametrize("method", METHODS)
def test_golden_maps(case, method):
    ours, expected = maps(case, method), case[4][method]
    if "Eigen" in method:
        ours = nearest_by_sign(case, method, expected)
    assert ours.dtype == np.float32
    assert np.abs(ours - expected).max() <= TOLERANCE.get(method, 1e-4)


def nearest_by_sign(case, method, expected, **options):
    """Of each picture's two maps, whose principal component points either way, the nearer one."""
    positive = maps(case, method, **options)
    negative = maps((*case[:4], None), turned(method), **options)
    nearer = np.abs(positive - expected).max((1, 2)) <= np.abs(negative - expected).max((1, 2))
    return np.where(nearer[:, None, None], positive, negative)


def turned(method):
    """The method with the sign of its principal component turned."""
    base = getattr(cam, method)

    class Turned(base):
        def get_cam_image(self, *args, **kwargs):
            return -super().get_cam_image(*args, **kwargs)

    setattr(cam, f"_Turned{method}", Turned)
    return f"_Turned{method}"


@pytest.mark.parametrize(
    "method", [method for method in METHODS if method not in ("FullGrad", "ShapleyCAM", "KPCA_CAM", "FEM")]
)
def test_golden_maps_with_eigen_smooth(case, method):
    expected = case[4][f"{method}__eigen_smooth"]
    ours = nearest_by_sign(case, method, expected, eigen_smooth=True)
    assert np.abs(ours - expected).max() <= TOLERANCE.get(method, 1e-4)

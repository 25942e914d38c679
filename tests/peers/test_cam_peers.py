"""pytorch-grad-cam and Captum beside ours in the same process, on torchvision's models with random weights."""

import functools

import numpy as np
import pytest
import pytorch_grad_cam as theirs
import torch
import torchvision
from captum import attr
from glassboard import pytorch_grad_cam as ours
from glassboard import saliency
from pytorch_grad_cam.metrics import cam_mult_image, road
from pytorch_grad_cam.sobel_cam import sobel_cam
from pytorch_grad_cam.utils.image import scale_cam_image, show_cam_on_image, show_factorization_on_image
from torch import nn

# Layers whose output the model changes in no place: the reference keeps no copy of it.
LAYERS = {"resnet": "layer4", "resnext": "layer4", "vgg": "features", "alexnet": "features"}
METHODS = [
    "GradCAM",
    "GradCAMPlusPlus",
    "XGradCAM",
    "LayerCAM",
    "HiResCAM",
    "GradCAMElementWise",
    "FEM",
    "KPCA_CAM",
    "ShapleyCAM",
]


@functools.cache
def torchvision_model(name):
    torch.manual_seed(0)
    layer = next(layer for family, layer in LAYERS.items() if name.startswith(family))
    return getattr(torchvision.models, name)(weights=None).eval(), layer


def pictures(count=1, size=64):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(1))


def both(method, model, layer, x, **options):
    with getattr(ours, method)(model=model, target_layers=[layer]) as explain:
        mine = explain(input_tensor=x.clone(), targets=options.pop("targets", None), **options)
    with getattr(theirs, method)(model=model, target_layers=[model.get_submodule(layer)]) as explain:
        return mine, explain(input_tensor=x.clone(), targets=None, **options), explain.outputs


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["resnet18", "alexnet"])
def test_maps(name, method):
    mine, expected, _ = both(method, *torchvision_model(name), pictures())
    assert np.abs(mine - expected).max() <= 1e-4


@pytest.mark.parametrize("name", ["vgg11", "vgg16", "resnet101", "resnext101_32x8d"])
def test_maps_of_large_models(name):
    mine, expected, _ = both("GradCAM", *torchvision_model(name), pictures())
    assert np.abs(mine - expected).max() <= 1e-4


def small():
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1),
        nn.Sigmoid(),
        nn.Flatten(),
        nn.Linear(8 * 8 * 8, 12),
        nn.Tanh(),
        nn.Linear(12, 5),
    ).eval()


def test_second_order_terms():
    """Behind this layer the score is curved."""
    mine, expected, _ = both("ShapleyCAM", small(), "4", pictures(2, 16))
    assert np.abs(mine - expected).max() <= 1e-4


def test_full_grad():
    mine, expected, _ = both("FullGrad", small(), "4", pictures(2, 16))
    assert np.abs(mine - expected).max() <= 1e-4


def test_score_cam_and_ablation_cam():
    model, _ = torchvision_model("resnet18")
    x = pictures(1, 64)
    for method, tolerance in (("ScoreCAM", 1e-3), ("AblationCAM", 1e-4)):
        mine, expected, _ = both(method, model, "layer4", x)
        assert np.abs(mine - expected).max() <= tolerance


def test_several_layers_and_finer():
    model, _ = torchvision_model("resnet18")
    x = pictures(2, 64)
    layers = ["layer2", "layer3", "layer4"]
    modules = [model.get_submodule(layer) for layer in layers]
    for method in ("GradCAM", "LayerCAM", "RefineCAM", "FinerCAM"):
        mine = getattr(ours, method)(model, layers)(x)
        expected = getattr(theirs, method)(model, modules)(x, None)
        assert np.abs(mine - expected).max() <= 1e-4, method
    mine = ours.FinerCAM(model, layers)(x, target_idx=7, comparison_categories=[2, 4], alpha=0.5)
    expected = theirs.FinerCAM(model, modules)(x, None, target_idx=7, comparison_categories=[2, 4], alpha=0.5)
    assert np.abs(mine - expected).max() <= 1e-4


def test_volumes():
    torch.manual_seed(5)
    model = nn.Sequential(nn.Conv3d(1, 4, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, 3))
    x = torch.randn(2, 1, 6, 8, 10)
    for method in ("GradCAM", "FEM", "LayerCAM"):
        mine, expected, _ = both(method, model.eval(), "1", x)
        assert mine.shape == (2, 6, 8, 10)
        # At its far ends, scipy's zoom reads beyond the volume by a rounding error, and gives 0 there.
        inside = np.s_[:, :-1, :-1, :-1]
        assert np.abs(mine[inside] - expected[inside]).max() <= 1e-4, method


def test_transformers():
    torch.manual_seed(0)
    vit = torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=5).eval()
    nn.init.normal_(vit.heads.head.weight)
    x, layer = pictures(2, 32), "encoder.layers.encoder_layer_1.ln_1"

    def reshape(tensor):
        return ours.utils.reshape_transforms.vit_reshape_transform(tensor, 4, 4)

    for method in ("GradCAM", "HiResCAM"):
        mine = getattr(ours, method)(vit, [layer], reshape)(x)
        expected = getattr(theirs, method)(vit, [vit.get_submodule(layer)], reshape)(x, None)
        assert np.abs(mine - expected).max() <= 1e-4
    swin = torchvision.models.SwinTransformer([4, 4], 12, [1, 1], [2, 2], [2, 2], num_classes=5).eval()
    reshape = ours.utils.reshape_transforms.swinT_reshape_transform
    mine = ours.GradCAM(swin, ["features.3.0.norm1"], reshape)(x)
    assert mine.shape == (2, 32, 32)
    assert mine.max() > 0.99


def test_pictures_of_maps():
    random = np.random.default_rng(0)
    map_ = random.random((20, 30), dtype=np.float32)
    for dtype in (np.float32, np.float64):
        picture = random.random((20, 30, 3)).astype(dtype)
        for options in ({}, {"use_rgb": True}, {"colormap": 16, "image_weight": 0.3}):
            expected = show_cam_on_image(picture, map_, **options)
            assert np.array_equal(ours.utils.image.show_cam_on_image(picture, map_, **options), expected)
    maps = random.random((3, 5, 7), dtype=np.float32)
    mine = ours.utils.image.scale_cam_image(maps, (30, 20))
    assert np.abs(mine - scale_cam_image(maps, (30, 20))).max() <= 1e-5
    colors = [np.array(color) for color in ([1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0])]
    explanations = random.random((3, 20, 30), dtype=np.float32)
    mine = ours.utils.image.show_factorization_on_image(picture, explanations, colors)
    expected = show_factorization_on_image(picture, explanations.copy(), colors)
    # The reference rounds hues to eight bits.
    assert np.abs(mine.astype(int) - expected).max() <= 1
    image = random.integers(0, 255, (20, 30, 3), dtype=np.uint8)
    assert np.abs(ours.sobel_cam(image).astype(int) - sobel_cam(image)).max() <= 2


def test_metrics():
    model, _ = torchvision_model("resnet18")
    x = pictures(2, 48)
    targets = [ours.utils.model_targets.ClassifierOutputSoftmaxTarget(category) for category in (3, 7)]
    maps = ours.GradCAM(model, ["layer3"])(x, targets)
    for name in ("CamMultImageConfidenceChange", "DropInConfidence", "IncreaseInConfidence"):
        mine = getattr(ours.metrics.cam_mult_image, name)()(x, maps, targets, model)
        expected = getattr(cam_mult_image, name)()(x, maps, targets, model)
        assert np.abs(mine - expected).max() <= 1e-6, name
    for name, options in [
        ("ROADMostRelevantFirst", {"percentile": 70}),
        ("ROADLeastRelevantFirst", {"percentile": 30}),
        ("ROADCombined", {"percentiles": [20, 80]}),
    ]:
        torch.manual_seed(9)
        mine = getattr(ours.metrics.road, name)(**options)(x, maps, targets, model)
        torch.manual_seed(9)
        expected = getattr(road, name)(**options)(x, maps, targets, model)
        assert np.abs(mine - expected).max() <= 5e-6, name


def test_replaced_pixels():
    image = pictures(1, 40)[0]
    mask = (torch.rand(40, 40, generator=torch.Generator().manual_seed(2)) > 0.8).float()
    mine = ours.metrics.road.NoisyLinearImputer(noise=0)(image, mask)
    expected = road.NoisyLinearImputer(noise=0)(image, mask)
    assert (mine - expected).abs().max() <= 1e-5


def test_concepts():
    activations = torch.randn(2, 12, 6, 6, generator=torch.Generator().manual_seed(0)).relu().numpy()
    dff = ours.feature_factorization.deep_feature_factorization.dff
    reference = theirs.feature_factorization.deep_feature_factorization.dff
    for mine, expected in zip(dff(activations, 3), reference(activations.copy(), 3), strict=True):
        assert np.abs(mine - expected).max() <= 2e-3 * np.abs(expected).max()
    model, _ = torchvision_model("resnet18")
    concepts, maps, classes = ours.DeepFeatureFactorization(
        model, "layer3", computation_on_concepts=lambda v: v[:, :4]
    )(pictures(2, 64), n_components=3)
    assert (concepts.shape, len(maps), maps[0].shape, classes.shape) == ((256, 3), 2, (3, 64, 64), (3, 4))


@pytest.fixture(scope="module")
def captum_case():
    model = small()
    x = pictures(2, 16)
    return model, x, [1, 4]


def test_gradients_are_captums(captum_case):
    model, x, classes = captum_case
    target = torch.tensor(classes)
    expected = attr.Saliency(model).attribute(x, target, abs=False)
    assert np.abs(saliency.gradient(model, x, classes) - expected.numpy()).max() <= 1e-6
    expected = attr.GuidedBackprop(model).attribute(x, target)
    assert np.abs(saliency.guided_backprop(model, x, classes) - expected.numpy()).max() <= 1e-6
    expected = attr.IntegratedGradients(model).attribute(x, target=target, n_steps=20)
    mine = saliency.integrated_gradients(model, x, classes, steps=20)
    assert np.abs(mine - expected.detach().numpy()).max() <= 1e-5


@pytest.mark.parametrize(("window", "stride"), [(5, 3), (4, 4), (16, 1)])
def test_occlusion_is_captums(captum_case, window, stride):
    model, x, classes = captum_case
    expected = attr.Occlusion(model).attribute(
        x, target=torch.tensor(classes), sliding_window_shapes=(3, window, window), strides=(3, stride, stride)
    )
    mine = saliency.occlusion(model, x, classes, window=window, stride=stride, batch_size=7)
    assert np.abs(mine - expected.detach().numpy()[:, 0]).max() <= 1e-5


def test_grad_cam_is_captums(captum_case):
    model, x, classes = captum_case
    expected = attr.LayerGradCam(model, model[4]).attribute(x, torch.tensor(classes), relu_attributions=True)
    mine = ours.GradCAM(model, [model[4]])(x, [ours.utils.model_targets.ClassifierOutputTarget(c) for c in classes])
    expected = scale_cam_image(expected.detach().numpy()[:, 0], (16, 16))
    assert np.abs(mine - scale_cam_image(expected)).max() <= 1e-4

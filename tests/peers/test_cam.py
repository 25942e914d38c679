"""Maps of live modules against those that pytorch-grad-cam recorded, and what can go wrong."""

import itertools

import glassboard
import numpy as np
import pytest
import torch
from cam_networks import NETWORKS, network
from glassboard import cam, saliency
from glassboard.cam import ClassifierOutputTarget
from torch import nn

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


@pytest.mark.parametrize("method", ["GradCAM", "GradCAMPlusPlus", "LayerCAM"])
def test_golden_maps_with_aug_smooth(case, method):
    assert np.abs(maps(case, method, aug_smooth=True) - case[4][f"{method}__aug_smooth"]).max() <= 1e-4


def test_golden_eigen_cam_with_aug_smooth(case):
    """The reference's six maps may each be either of two."""
    model, layer, images, _, expected = case
    variants = [(flip, factor) for flip in (False, True) for factor in (0.9, 1.0, 1.1)]
    both = []
    for flip, factor in variants:
        changed = (images.flip(-1) if flip else images) * factor
        pair = [maps((model, layer, changed, case[3], None), name) for name in ("EigenCAM", turned("EigenCAM"))]
        both.append([map_[..., ::-1] if flip else map_ for map_ in pair])
    means = [
        np.mean([pair[sign] for pair, sign in zip(both, signs, strict=True)], axis=0)
        for signs in itertools.product((0, 1), repeat=6)
    ]
    apart = np.stack([np.abs(mean - expected["EigenCAM__aug_smooth"]).max((1, 2)) for mean in means])
    assert apart.min(axis=0).max() <= 1e-4
    ours = maps(case, "EigenCAM", aug_smooth=True)
    assert np.abs(ours - means[0]).max() <= 1e-6


def test_golden_overlay(case):
    image = case[2][0].numpy().transpose(1, 2, 0)
    overlaid = cam.show_cam_on_image(image, case[4]["GradCAM"][0], use_rgb=True)
    assert np.array_equal(overlaid, case[4]["overlay_rgb"])


def test_golden_guided_backprop(case):
    model, _, images, labels, expected = case
    ours = saliency.guided_backprop(model, images, labels)
    assert np.abs(ours.transpose(0, 2, 3, 1) - expected["guided_backprop"]).max() <= 1e-5
    gradient = saliency.gradient(model, images, labels)
    assert np.abs(gradient - expected["input_gradient"]).max() <= 1e-5


ALL = [*METHODS, "SegEigenCAM", "RandomCAM", "FinerCAM", "RefineCAM"]


def state(model):
    """What a call must leave as it was."""
    hooks = [(module._forward_hooks, module._forward_pre_hooks, module._backward_hooks) for module in model.modules()]
    return (
        [list(map(len, three)) for three in hooks],
        [module.training for module in model.modules()],
        ["forward" in vars(module) for module in model.modules()],
        [None if parameter.grad is None else parameter.grad.clone() for parameter in model.parameters()],
    )


def unchanged(before, after):
    same = [one is two is None or torch.equal(one, two) for one, two in zip(before[3], after[3], strict=True)]
    return before[:3] == after[:3] and all(same)


@pytest.mark.parametrize("method", ALL)
def test_the_model_is_left_as_it_was(method):
    model, layer, images, _, _ = network("tiny_resnet")
    model.train()
    model.layer1.eval()
    next(model.parameters()).grad = torch.ones_like(next(model.parameters()))
    before = state(model)
    explain = getattr(cam, method)(model, [layer])
    explain(images[:1])
    assert unchanged(before, state(model))

    with pytest.raises(glassboard.InvalidInputError, match="channels"):
        explain(images[:1, :1])
    assert unchanged(before, state(model))
    if method not in ("EigenCAM", "KPCA_CAM", "FEM", "RandomCAM"):

        def broken(_output):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            explain(images[:1], [broken])
        assert unchanged(before, state(model))


def test_gradients_end_at_the_layer():
    """Nothing before the target layer is differentiated, nor is any parameter."""
    model, layer, images, _, _ = network("tiny_resnet")
    graphs = []
    model.layer2.register_forward_hook(lambda _module, _args, output: graphs.append(output.requires_grad))
    cam.GradCAM(model, [layer])(images)
    assert graphs == [False]
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("inplace", [False, True])
def test_what_follows_may_change_the_layers_output_in_place(inplace):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace), nn.Conv2d(4, 2, 3), nn.Flatten(), nn.Linear(8, 3))
    x = torch.randn(1, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    ours = cam.HiResCAM(model, ["0"])(x)
    model[1].inplace = False
    assert np.array_equal(ours, cam.HiResCAM(model, ["0"])(x))


def test_only_what_lies_behind_the_layer_runs_again():
    model, layer, images, _, _ = network("tiny_resnet")
    calls = {"layer2": 0, "fc": 0}
    for name in calls:
        module = model.get_submodule(name)
        forward = module.forward
        module.forward = lambda *args, forward=forward, name=name: (
            calls.__setitem__(name, calls[name] + 1),
            forward(*args),
        )[1]
    cam.AblationCAM(model, [layer], batch_size=4)(images[:1])
    # Once for the scores, once to record what ends before the layer; behind it, also to try out and four batches.
    assert calls == {"layer2": 2, "fc": 7}


def test_ablation_where_the_shortcut_is_not_right():
    """A model whose code between its modules depends on the batch runs wholly."""
    base, layer, images, labels, expected = network("tiny_resnet")

    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.base = base

        def forward(self, x):
            x = self.base.relu(self.base.bn1(self.base.conv1(x)))
            y = self.base.layer3(self.base.layer2(self.base.layer1(x)))
            # Depends on the number of pictures.
            return self.base.fc(y.mean((2, 3))) + (0 if len(x) == 1 else 1e-3 * len(x))

    explain = cam.AblationCAM(Odd().eval(), ["base.layer3"], batch_size=1)
    ours = explain(images[:1], [ClassifierOutputTarget(labels[0])])
    assert np.abs(ours - expected["AblationCAM"][:1]).max() <= 1e-4


def test_layers_by_path():
    model, _, images, _, _ = network("tiny_vgg")
    by_module = cam.GradCAM(model, [model.features[-1]])(images)
    for path in ("features.7", "features[-1]", "features[7]"):
        explain = cam.GradCAM(model, path)
        assert np.array_equal(explain(images), by_module)
        assert explain.layer_names == ["features.7"]
    assert explain.outputs.shape == (4, 10)


def test_the_last_convolutional_block_is_found():
    for name, block in (("tiny_vgg", "features"), ("tiny_resnet", "layer3")):
        model, _, images, _, _ = network(name)
        with pytest.warns(UserWarning, match=f"last convolutional block is {block!r}"):
            explain = cam.GradCAM(model)
            map_ = explain(images)
        assert explain.layer_names == [block]
        assert np.array_equal(map_, cam.GradCAM(model, block)(images))


def test_a_silent_layer_gives_a_blank_map():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    with torch.no_grad():
        model[0].weight.zero_()
        model[0].bias.fill_(-1)
    for method in ALL:
        if method not in ("FullGrad", "ScoreCAM"):
            map_ = getattr(cam, method)(model, ["1"])(torch.randn(1, 3, 6, 6))
            assert np.array_equal(map_, np.zeros((1, 6, 6), dtype=np.float32)), method


def test_one_channel():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    for method in ALL:
        map_ = getattr(cam, method)(model, ["1"])(torch.randn(2, 1, 12, 10))
        assert map_.shape == (2, 12, 10)
        assert 0 <= map_.min() <= map_.max() <= 1


def test_methods_of_ones_own():
    model, layer, images, _, _ = network("tiny_vgg")

    class Mine(cam.BaseCAM):
        def get_cam_weights(self, input_tensor, target_layer, targets, activations, grads):
            return grads.mean(axis=(2, 3))

    assert np.abs(Mine(model, [layer])(images) - cam.GradCAM(model, [layer])(images)).max() <= 1e-6


def test_bad_input():
    model, layer, images, _, _ = network("tiny_vgg")
    with pytest.raises(
        glassboard.NotFoundError, match=r"no layer 'featurs.7' in TinyVgg: nearest names are 'features.7'"
    ):
        cam.GradCAM(model, ["featurs.7"])
    with pytest.raises(glassboard.InvalidInputError, match="class out of range: expected 0 to 9, got 10"):
        cam.GradCAM(model, [layer])(images, [ClassifierOutputTarget(10)] * 4)
    with pytest.raises(glassboard.InvalidInputError, match="layer is not spatial.*give a reshape"):
        cam.GradCAM(model, ["classifier.0"])(images)
    with pytest.raises(glassboard.InvalidInputError, match="input of 1 channels: expected 3"):
        cam.GradCAM(model, [layer])(images[:, :1])
    with pytest.raises(glassboard.InvalidInputError, match="one for each of 4 pictures, got 1"):
        cam.GradCAM(model, [layer])(images, [ClassifierOutputTarget(1)])
    with pytest.raises(glassboard.InvalidInputError, match="has no convolution"):
        cam.GradCAM(nn.Sequential(nn.Flatten(), nn.Linear(3072, 2)))(images)
    with pytest.raises(glassboard.InvalidInputError, match=r"expected \[N, C, H, W\]"):
        cam.GradCAM(model, [layer])(images[0])
    with pytest.raises(glassboard.InvalidTypeError, match="expected a torch tensor"):
        cam.GradCAM(model, [layer])(images.numpy())
    with pytest.raises(glassboard.InvalidTypeError, match="expected a torch module"):
        cam.GradCAM(None, [layer])
    with pytest.raises(glassboard.InvalidInputError, match="finite"):
        cam.GradCAM(model, [layer])(images * torch.nan)
    with pytest.raises(glassboard.InvalidInputError, match="unknown colour map"):
        cam.show_cam_on_image(np.zeros((2, 2, 3)), np.zeros((2, 2)), colormap="jett")
    unused = nn.ModuleDict({"conv": nn.Conv2d(3, 4, 3), "unused": nn.Conv2d(3, 4, 3)})
    unused.forward = lambda x: unused["conv"](x).mean((2, 3))
    with pytest.raises(glassboard.InvalidInputError, match="layer 'unused' did not run"):
        cam.GradCAM(unused, ["unused"])(images)

"""Saliency, activation maximization, features, kernels and what the writer logs of them: of live modules."""

import glassboard
import numpy as np
import pytest
import torch
from cam_networks import network
from glassboard import cam, saliency
from glassboard.flashtorch import Backprop, GradientAscent
from glassboard.flashtorch.utils import (
    ImageNetIndex,
    apply_transforms,
    denormalize,
    format_for_plotting,
    load_image,
    standardize_and_clip,
)
from PIL import Image
from torch import nn


@pytest.fixture(scope="module")
def case():
    model, layer, images, labels, _ = network("tiny_vgg")
    return model, layer, images, labels


def hooks(model):
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules())


def test_features_are_what_the_layers_put_out(case):
    model, layer, images, _ = case
    seen = glassboard.features(model, ["features.0", model.features[7]], images)
    assert list(seen) == ["features.0", "features.7"]
    assert torch.equal(seen["features.0"], model.features[0](images))
    assert torch.equal(seen["features.7"], model.features(images))
    assert not seen["features.7"].requires_grad
    assert seen.picture("features.0", 1, enlarge=1, padding=0, columns=4).shape == (64, 128, 3)
    assert seen.picture("features.0", limit=3, enlarge=1, padding=1, columns=3, cmap="gray").shape == (34, 100, 3)
    with pytest.raises(glassboard.InvalidInputError, match=r"expected \[N, C, H, W\]"):
        glassboard.features(model, "classifier.0", images).picture("classifier.0")
    with pytest.raises(glassboard.NotFoundError, match="nearest names"):
        glassboard.features(model, "feature.0", images)


def test_hooks_of_features_are_removed_also_on_errors(case):
    model, layer, images, _ = case
    model.train()
    glassboard.features(model, layer, images)
    with pytest.raises(RuntimeError):
        glassboard.features(model, layer, images[:, :, :4, :4].flatten(1))
    assert hooks(model) == 0
    assert model.training
    model.eval()


def test_kernels(case):
    model = case[0]
    # Filters over three channels are coloured tiles.
    assert glassboard.kernels(model, "features.0", enlarge=1, columns=4).shape == (9, 17, 3)
    assert glassboard.kernels(model, model.features[3], enlarge=1, cmap="viridis").shape == (49, 33, 3)
    with pytest.raises(glassboard.InvalidInputError, match=r"'features.1' \(ReLU\) has no kernels"):
        glassboard.kernels(model, "features.1")


def test_guided_relus_of_functions_are_guided_too(case):
    _, _, images, labels = case
    torch.manual_seed(0)
    convolution, linear = nn.Conv2d(3, 4, 3), nn.Linear(4, 10)

    class Functions(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution, self.linear = convolution, linear

        def forward(self, x):
            return self.linear(torch.relu(nn.functional.relu(self.convolution(x))).mean((2, 3)))

    class Modules(nn.Module):
        def __init__(self):
            super().__init__()
            self.convolution, self.linear, self.one, self.two = convolution, linear, nn.ReLU(), nn.ReLU(inplace=True)

        def forward(self, x):
            return self.linear(self.two(self.one(self.convolution(x))).mean((2, 3)))

    ours = saliency.guided_backprop(Functions(), images, labels)
    assert np.array_equal(ours, saliency.guided_backprop(Modules(), images, labels))
    assert not np.array_equal(ours, saliency.gradient(Functions(), images, labels))


def test_saliency_of_other_kinds(case):
    model, layer, images, labels = case
    guided = saliency.guided_backprop(model, images, labels)
    targets = [cam.ClassifierOutputTarget(label) for label in labels]
    maps = cam.GradCAM(model, layer)(images, targets)
    assert np.abs(saliency.guided_grad_cam(model, images, labels, layer) - guided * maps[:, None]).max() <= 1e-6
    # Without noise every copy has the same gradient.
    smooth = saliency.smooth_grad(model, images, labels, samples=3, noise=0)
    assert np.abs(smooth - saliency.gradient(model, images, labels)).max() <= 1e-5
    noisy = [saliency.smooth_grad(model, images, labels, samples=3, seed=seed) for seed in (1, 1, 2)]
    assert np.array_equal(noisy[0], noisy[1])
    assert not np.array_equal(noisy[0], noisy[2])
    # Completeness: integrated gradients add up to what the score is above the baseline's.
    integrated = saliency.integrated_gradients(model, images, labels, steps=200)
    with torch.no_grad():
        scores, blank = model(images), model(torch.zeros_like(images))
    above = [float(scores[i, label] - blank[i, label]) for i, label in enumerate(labels)]
    assert np.abs(integrated.sum((1, 2, 3)) - above).max() <= 0.05 * np.abs(above).max()
    strongest = saliency.strongest_channel(guided)
    assert np.array_equal(strongest, np.abs(guided).max(axis=1))
    assert hooks(model) == 0
    with pytest.raises(glassboard.InvalidInputError, match="stride"):
        saliency.occlusion(model, images, labels, window=3, stride=4)
    with pytest.raises(glassboard.InvalidInputError, match="class out of range"):
        saliency.gradient(model, images, 10)


def test_maximize_excites(case):
    model, layer, images, _ = case

    def activation(image):
        return float(glassboard.features(model, "features.6", image)["features.6"][:, 5].mean())

    found = saliency.maximize(model, "features.6", 5, size=32, steps=20, rate=0.1)
    assert found.shape == (1, 3, 32, 32)
    begun = saliency.maximize(model, "features.6", 5, size=32, steps=1, rate=0.0)
    assert activation(found) > activation(begun) + 0.5
    again = saliency.maximize(model, "features.6", 5, size=32, steps=20, rate=0.1)
    assert torch.equal(found, again)
    options = {"jitter": 2, "blur": 0.5, "decay": 0.01}
    calm = saliency.maximize(model, "features.6", 5, size=32, steps=20, rate=0.1, **options)
    assert activation(calm) > activation(begun)
    # Blur leaves less difference between neighbours.
    assert calm.diff(dim=-1).abs().mean() < found.diff(dim=-1).abs().mean()
    dream = saliency.deep_dream(model, images[0], "features.6", 5, steps=5)
    assert activation(dream) > activation(images[:1])
    with torch.no_grad():
        digit = model(saliency.maximize(model, None, 7, size=32, steps=20, rate=0.1))
    assert int(digit.argmax()) == 7
    assert saliency.to_picture(found).shape == (32, 32, 3)
    with pytest.raises(glassboard.InvalidInputError, match="filter out of range: expected 0 to 15, got 16"):
        saliency.maximize(model, "features.6", 16, size=32)
    with pytest.raises(glassboard.InvalidInputError, match="class out of range"):
        saliency.maximize(model, None, 10, size=32)
    assert hooks(model) == 0


def test_flashtorch_explains_the_class_that_is_asked_for(case):
    model, _, images, _ = case
    explain = Backprop(model)
    predicted = int(model(images[:1]).argmax())
    other = (predicted + 1) % 10
    with pytest.warns(UserWarning, match=f"predicts class {predicted}; the gradients are those of class {other}"):
        gradients = explain.calculate_gradients(images[:1], other)
    assert torch.equal(gradients, torch.from_numpy(saliency.gradient(model, images[:1], other)[0]))
    assert not torch.equal(gradients, explain.calculate_gradients(images[:1], predicted))
    assert torch.equal(explain.calculate_gradients(images[:1]), explain.calculate_gradients(images[:1], predicted))
    largest = explain.calculate_gradients(images[:1], predicted, take_max=True)
    assert largest.shape == (1, 32, 32)
    guided = explain.calculate_gradients(images[:1], predicted, guided=True)
    assert torch.equal(guided, torch.from_numpy(saliency.guided_backprop(model, images[:1], predicted)[0]))
    assert hooks(model) == 0


def test_flashtorch_draws(case, tmp_path):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    model, _, images, _ = case
    gradients, largest = Backprop(model).visualize(images[:1], None, guided=True, return_output=True)
    assert (gradients.shape, largest.shape) == ((3, 32, 32), (1, 32, 32))
    ascent = GradientAscent(model.features, img_size=16)
    steps = ascent.optimize(model.features[3], 2, num_iter=4)
    assert [step.shape for step in steps] == [(1, 3, 16, 16)] * 4
    assert len(ascent.visualize(model.features[3], [1, 2], num_iter=2, return_output=True)) == 2
    Image.new("RGB", (40, 20), (200, 10, 10)).save(tmp_path / "red.png")
    assert len(ascent.deepdream(tmp_path / "red.png", model.features[3], 1, num_iter=3, return_output=True)) == 3
    pyplot.close("all")
    with pytest.raises(TypeError, match="expected a Conv2d, got ReLU"):
        ascent.optimize(model.features[1], 0)
    for wrong in (12, -1):
        with pytest.raises(ValueError, match="expected 0 to 11"):
            ascent.optimize(model.features[3], wrong)


def test_flashtorch_utils(tmp_path):
    Image.new("RGB", (40, 20), (255, 0, 51)).save(tmp_path / "one.png")
    image = apply_transforms(load_image(tmp_path / "one.png"), 16)
    assert image.shape == (1, 3, 16, 16)
    assert image.requires_grad
    back = format_for_plotting(denormalize(image))
    assert back.shape == (16, 16, 3)
    assert torch.allclose(back[0, 0], torch.tensor([1.0, 0.0, 0.2]), atol=1e-5)
    shown = standardize_and_clip(torch.tensor([[-1.0, 1.0]]))
    assert torch.allclose(shown, torch.tensor([[0.5 - 0.1 / 2**0.5, 0.5 + 0.1 / 2**0.5]]))
    assert format_for_plotting(torch.zeros(1, 4, 5)).shape == (4, 5)
    index = ImageNetIndex()
    assert len(index) > 990
    assert index["great grey owl"] == 24
    assert index["no such thing"] is None
    assert "owl" in index
    with pytest.raises(ValueError, match="several classes match 'cat'"):
        index["cat"]


def test_the_writer_logs_them(case, tmp_path):
    model, layer, images, labels = case
    with glassboard.SummaryWriter(tmp_path) as writer:
        for step in range(2):
            writer.add_kernels("kernels", model, "features.0", step)
            writer.add_feature_maps("maps", model, ["features.0", layer], images, step, sample=2)
            writer.add_cam("cam", model, images, labels, [layer], global_step=step)
        writer.add_cam("eigen", model, images[:1], None, layer, "EigenCAM", images[:1].permute(0, 2, 3, 1).numpy())
        with pytest.raises(ValueError, match="name of a class of glassboard.cam"):
            writer.add_cam("eigen", model, images[:1], None, layer, "NoCAM")
    tags = {}
    for event in glassboard.summary_iterator(str(next(tmp_path.iterdir()))):
        for value in event.summary.value:
            tags.setdefault(value.tag, []).append((event.step, value.image.height, value.image.width))
    assert set(tags) == {"kernels", "maps/features.0", "maps/features.7", "cam", "eigen"}
    assert [step for step, _, _ in tags["cam"]] == [0, 1]
    assert tags["cam"][0][1:] == (32, 128)

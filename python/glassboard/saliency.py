"""Which pixels a score depends on, and pictures that excite a filter or a class most: of live torch modules.

>>> from glassboard import saliency
>>> gradients = saliency.guided_backprop(model, input_tensor, targets=[281])

The model is run in evaluation mode and left as it was: no hooks, no changed modes, no gradients of parameters.
`targets` are classes, functions of an output as in `glassboard.cam`, or None for each picture's top class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glassboard import _core
from glassboard._errors import InvalidInputError, InvalidTypeError
from glassboard._torch_layers import as_float_array, device_of, evaluating, find, hooked, logits_of, run
from glassboard.cam._base import BaseCAM
from glassboard.cam._methods import GradCAM
from glassboard.cam._targets import ClassifierOutputTarget

__all__ = [
    "deep_dream",
    "gradient",
    "guided_backprop",
    "guided_grad_cam",
    "integrated_gradients",
    "maximize",
    "occlusion",
    "smooth_grad",
    "strongest_channel",
    "to_picture",
]

Targets = Sequence[Any] | int | None


def gradient(model: Any, input_tensor: Any, targets: Targets = None) -> Any:
    """The gradient of the score with respect to the input (arXiv:1312.6034): ``[N, C, H, W]``, float32."""
    return as_float_array(_gradient(model, _prepared(model, input_tensor), targets)[0])


def guided_backprop(model: Any, input_tensor: Any, targets: Targets = None) -> Any:
    """The gradient through positive paths only (arXiv:1412.6806): ``[N, C, H, W]``, float32.

    Each ReLU, module or function, lets the gradient pass where its input and the gradient are positive.
    """
    with _guided():
        return as_float_array(_gradient(model, _prepared(model, input_tensor), targets)[0])


def guided_grad_cam(model: Any, input_tensor: Any, targets: Targets = None, target_layers: Any = None) -> Any:
    """Guided backpropagation where the Grad-CAM map is: ``[N, C, H, W]``, float32."""
    import numpy as np

    made = None if targets is None else _made(targets, None, len(input_tensor))
    explain = GradCAM(model, target_layers)
    maps = explain(input_tensor, made)
    if made is None:
        made = BaseCAM._checked(None, explain.outputs)
    guided = guided_backprop(model, input_tensor, made)
    return np.stack([_core.explain_guided_grad_cam(*pair) for pair in zip(guided, maps, strict=True)])


def smooth_grad(
    model: Any, input_tensor: Any, targets: Targets = None, *, samples: int = 50, noise: float = 0.15, seed: int = 0
) -> Any:
    """The mean gradient of noisy copies (arXiv:1706.03825): ``[N, C, H, W]``, float32.

    `noise` is the deviation of normal noise as a share of each picture's range.
    """
    import torch

    if samples < 1:
        raise InvalidInputError(f"samples: expected at least 1, got {samples}")
    input_tensor = _prepared(model, input_tensor)
    targets = _fixed(model, input_tensor, targets)
    flat = input_tensor.flatten(1)
    deviation = noise * (flat.max(dim=1).values - flat.min(dim=1).values)
    deviation = deviation.reshape(-1, *[1] * (input_tensor.ndim - 1))
    generator = torch.Generator().manual_seed(seed)
    total = torch.zeros_like(input_tensor)
    for _ in range(samples):
        normal = torch.randn(input_tensor.shape, generator=generator).to(input_tensor)
        total += _gradient(model, input_tensor + deviation * normal, targets)[0]
    return as_float_array(total / samples)


def integrated_gradients(
    model: Any, input_tensor: Any, targets: Targets = None, *, baseline: Any = None, steps: int = 50
) -> Any:
    """The mean gradient on the way from a blank picture, times the way (arXiv:1703.01365): ``[N, C, H, W]``, float32.

    `baseline` is 0 if not given. Points and weights are those of Gauss and Legendre; one point is run at a time.
    """
    import torch

    if steps < 1:
        raise InvalidInputError(f"steps: expected at least 1, got {steps}")
    input_tensor = _prepared(model, input_tensor)
    targets = _fixed(model, input_tensor, targets)
    start = torch.zeros_like(input_tensor) if baseline is None else torch.as_tensor(baseline).to(input_tensor)
    way = input_tensor - start
    total = torch.zeros_like(input_tensor)
    for point, weight in _core.explain_gauss_legendre(steps):
        total += weight * _gradient(model, start + point * way, targets)[0]
    return as_float_array(total * way)


def occlusion(
    model: Any,
    input_tensor: Any,
    targets: Targets = None,
    *,
    window: int | tuple[int, int] = 15,
    stride: int | tuple[int, int] = 8,
    fill: float = 0.0,
    batch_size: int = 32,
) -> Any:
    """At each pixel the mean drop of the score over the windows that covered it (arXiv:1311.2901): ``[N, H, W]``."""
    import numpy as np
    import torch

    input_tensor = _prepared(model, input_tensor)
    targets = _fixed(model, input_tensor, targets)
    size = tuple(input_tensor.shape[-2:])
    windows = _core.explain_occlusion_windows(size, _pair(window), _pair(stride))
    maps = []
    with evaluating(model), torch.no_grad():
        for image, target in zip(input_tensor, targets, strict=True):
            score = float(target(logits_of(run(model, image[None]))[0]))
            scores: list[float] = []
            for start in range(0, len(windows), batch_size):
                part = windows[start : start + batch_size]
                batch = image.repeat(len(part), *[1] * image.ndim)
                for covered, (top, bottom, left, right) in zip(batch, part, strict=True):
                    covered[..., top:bottom, left:right] = fill
                scores += [float(target(output)) for output in logits_of(model(batch))]
            maps.append(_core.explain_occlusion_map(size, windows, score, np.float32(scores)))
    return np.stack(maps)


def strongest_channel(gradients: Any) -> Any:
    """One number for each pixel, the largest absolute value of its channels: ``[N, H, W]`` of ``[N, C, H, W]``."""
    import numpy as np

    return np.stack([_core.explain_strongest_channel(np.asarray(one, dtype=np.float32)) for one in gradients])


def to_picture(image: Any, saturation: float = 0.1, brightness: float = 0.5) -> Any:
    """An input or a gradient ``[C, H, W]`` as a picture ``[H, W, C]`` of uint8, with its mean at `brightness`."""
    import numpy as np

    image = as_float_array(image) if hasattr(image, "detach") else np.asarray(image, dtype=np.float32)
    if image.ndim == 4 and len(image) == 1:
        image = image[0]
    shown = _core.explain_standardize(image, saturation, brightness)
    return np.uint8(np.round(shown.transpose(1, 2, 0) * 255))


def maximize(
    model: Any,
    layer: Any,
    index: int,
    *,
    start: Any = None,
    size: int = 224,
    steps: int = 30,
    rate: float = 1.0,
    jitter: int = 0,
    blur: float = 0.0,
    decay: float = 0.0,
    seed: int = 0,
) -> Any:
    """An input that excites a filter, or a class, most: gradient ascent.

    Parameters
    ----------
    model : torch.nn.Module
    layer : torch.nn.Module, str or None
        The layer of the filter, as a module or by path; None for a class, the model's output.
    index : int
        Which filter (channel) of the layer, or which class.
    start : tensor ``[1, C, H, W]``, optional
        What to begin with; gray noise if not given.
    size : int
        Height and width of the noise.
    steps, rate : int, float
        FlashTorch's update, `x += rate g / (sqrt(mean(g^2)) + 1e-5)`, this many times.
    jitter : int
        By how many pixels at most the input is moved about before each step.
    blur : float
        Deviation in pixels of the Gaussian filter after each step; 0 for none.
    decay : float
        Share by which the input is drawn towards 0 after each step.
    seed : int
        Of the noise and the jitter.

    Returns
    -------
    torch.Tensor
        The input ``[1, C, H, W]``; `to_picture` shows it.
    """
    image = None
    for image in ascent(  # noqa: B007 - the last one is wanted
        model,
        layer,
        index,
        start=start,
        size=size,
        steps=steps,
        rate=rate,
        jitter=jitter,
        blur=blur,
        decay=decay,
        seed=seed,
    ):
        pass
    return image


def ascent(
    model: Any,
    layer: Any,
    index: int,
    *,
    start: Any,
    size: int,
    steps: int,
    rate: float,
    jitter: int = 0,
    blur: float = 0.0,
    decay: float = 0.0,
    seed: int = 0,
) -> Iterator[Any]:
    """The input after each step."""
    import torch

    if steps < 1:
        raise InvalidInputError(f"steps: expected at least 1, got {steps}")
    module = None if layer is None else find(model, layer)
    generator = torch.Generator().manual_seed(seed)
    device = device_of(model)
    image = noise(model, size, generator) if start is None else start.detach().clone()
    image = image.to(device) if image.ndim == 4 else image[None].to(device)
    for _ in range(steps):
        down, right = (int(by) for by in torch.randint(-jitter, jitter + 1, (2,), generator=generator))
        moved = image.roll((down, right), (-2, -1)).requires_grad_()
        with evaluating(model), torch.enable_grad():
            (found,) = torch.autograd.grad(_excitement(model, module, index, moved), [moved])
        found = found.roll((-down, -right), (-2, -1))
        image = image + rate * found / (found.square().mean().sqrt() + 1e-5)
        if blur > 0:
            image = _blurred(image, blur)
        if decay:
            image = image * (1 - decay)
        yield image


def deep_dream(
    model: Any, image: Any, layer: Any, index: int, *, steps: int = 20, rate: float = 0.1, **options: Any
) -> Any:
    """A picture that becomes what a filter looks for: `maximize` that begins with it, ``[1, C, H, W]``."""
    return maximize(model, layer, index, start=image, steps=steps, rate=rate, **options)


def noise(model: Any, size: int, generator: Any) -> Any:
    """Gray noise as the model's input: brightness between 150 and 180, normalised as for ImageNet if it is coloured."""
    import torch

    from glassboard._torch_layers import convolution_types

    first = next((module for module in model.modules() if isinstance(module, convolution_types())), None)
    channels = 3 if first is None else first.in_channels
    brightness = torch.randint(150, 180, (1, channels, size, size), generator=generator).float() / 255
    if channels != 3:
        return brightness
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD))
    return (brightness - mean) / std


IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class _Enough(Exception):
    """The layer has run; what lies behind it need not."""


def _excitement(model: Any, module: Any, index: int, image: Any) -> Any:
    """The mean activation of a filter, or the logit of a class."""
    if module is None:
        return ClassifierOutputTarget(index)(logits_of(run(model, image))[0])
    seen = []

    def stop(_index: int, output: Any) -> None:
        seen.append(output)
        raise _Enough

    try:
        with hooked([module], stop):
            run(model, image)
    except _Enough:
        pass
    if not seen:
        raise InvalidInputError("the layer did not run: expected one that the model calls")
    channels = seen[0].shape[1]
    if not 0 <= index < channels:
        raise InvalidInputError(f"filter out of range: expected 0 to {channels - 1}, got {index}")
    return seen[0][:, index].mean()


def _blurred(image: Any, deviation: float) -> Any:
    import math

    import torch

    reach = math.ceil(4 * deviation)
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=image.device) / deviation) ** 2)
    weights = (weights / weights.sum()).to(image.dtype)
    channels = image.shape[1]
    for shape, padding in (((1, 1, -1, 1), (0, 0, reach, reach)), ((1, 1, 1, -1), (reach, reach, 0, 0))):
        padded = torch.nn.functional.pad(image, padding, mode="replicate")
        image = torch.nn.functional.conv2d(padded, weights.reshape(shape).repeat(channels, 1, 1, 1), groups=channels)
    return image


def _prepared(model: Any, input_tensor: Any) -> Any:
    if not hasattr(input_tensor, "detach"):
        raise InvalidTypeError(f"input_tensor: expected a torch tensor, got {type(input_tensor).__name__}")
    return input_tensor.detach().to(device_of(model))


def _made(targets: Targets, outputs: Any, count: int) -> list[Callable[[Any], Any]]:
    """Targets as functions of an output."""
    if targets is None:
        return BaseCAM._checked(None, outputs)
    if isinstance(targets, int) or callable(targets):
        targets = [targets] * count
    if len(targets) != count:
        raise InvalidInputError(f"targets: expected one for each of {count} pictures, got {len(targets)}")
    return [target if callable(target) else ClassifierOutputTarget(int(target)) for target in targets]


def _fixed(model: Any, input_tensor: Any, targets: Targets) -> list[Callable[[Any], Any]]:
    """Targets that stay the same while the input changes: the top classes of this one, if none are given."""
    import torch

    if targets is not None:
        return _made(targets, None, len(input_tensor))
    with evaluating(model), torch.no_grad():
        return _made(None, logits_of(run(model, input_tensor)), len(input_tensor))


def _gradient(model: Any, input_tensor: Any, targets: Targets) -> tuple[Any, Any]:
    """The gradient with respect to the input, and the outputs."""
    import torch

    input_tensor = input_tensor.detach().requires_grad_()
    with evaluating(model), torch.enable_grad():
        outputs = logits_of(run(model, input_tensor))
        made = _made(targets, outputs, len(outputs))
        score = sum(target(output).sum() for target, output in zip(made, outputs, strict=True))
        (found,) = torch.autograd.grad(score, [input_tensor])
    return found, outputs


def _guided() -> Any:
    """While it lasts, every ReLU is guided: of modules and of functions. Nothing of the model is touched."""
    import torch
    from torch.overrides import TorchFunctionMode

    functions = torch.nn.functional
    relus = {
        torch.relu,
        torch.relu_,
        torch.Tensor.relu,
        torch.Tensor.relu_,
        functions.relu,
        functions.relu_,
    }

    class Guided(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, values: Any) -> Any:
            context.save_for_backward(values)
            return values.clamp(min=0)

        @staticmethod
        def backward(context: Any, gradient: Any) -> Any:
            (values,) = context.saved_tensors
            return gradient * (values > 0) * (gradient > 0)

    class Mode(TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function in relus:
                return Guided.apply(args[0])
            return function(*args, **(kwargs or {}))

    return Mode()


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else value

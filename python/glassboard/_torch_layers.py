"""Layers of a live torch module: by path, by object, or the last convolutional block; and what they put out.

torch is imported when a module of torch arrives.
"""

from __future__ import annotations

import contextlib
import difflib
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glassboard._errors import InvalidInputError, InvalidTypeError, NotFoundError


def convolution_types() -> tuple[type, ...]:
    import torch

    return (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)


def find(model: Any, layer: Any) -> Any:
    """The module that a path or a module means.

    Paths are those of ``named_modules()``: ``"layer4.1.conv2"``, also written ``"layer4[-1].conv2"``.
    """
    if not isinstance(layer, str):
        if not hasattr(layer, "register_forward_hook"):
            raise InvalidTypeError(
                f"target layer: expected a torch module or the path of one, got {type(layer).__name__}"
            )
        return layer
    module = model
    for part in re.sub(r"\[(-?\d+)\]", r".\1", layer).lstrip(".").split("."):
        children = dict(module.named_children())
        if part not in children and re.fullmatch(r"-\d+", part) and len(children) >= int(part[1:]):
            part = list(children)[int(part)]
        if part not in children:
            raise NotFoundError(_no_such_layer(model, layer))
        module = children[part]
    return module


def _no_such_layer(model: Any, path: str) -> str:
    names = [name for name, _ in model.named_modules() if name]
    nearest = difflib.get_close_matches(path, names, n=3, cutoff=0.4) or names[-3:]
    return f"no layer {path!r} in {type(model).__name__}: nearest names are {', '.join(map(repr, nearest)) or 'none'}"


def name_of(model: Any, layer: Any) -> str:
    """The path of a module; its class when it is not in the model."""
    return next((name for name, module in model.named_modules() if module is layer), type(layer).__name__)


def find_all(model: Any, layers: Any) -> list[Any]:
    """The modules that one or several paths or modules mean."""
    if isinstance(layers, str) or hasattr(layers, "register_forward_hook"):
        layers = [layers]
    if not isinstance(layers, Sequence) and not hasattr(layers, "__iter__"):
        raise InvalidTypeError(f"target layers: expected a list of modules or paths, got {type(layers).__name__}")
    return [find(model, layer) for layer in layers]


@contextlib.contextmanager
def hooked(layers: Sequence[Any], hook: Callable[..., Any]) -> Iterator[None]:
    """Calls ``hook(index, output)`` after each layer has run; what it returns, unless None, becomes the output."""
    handles = []
    try:
        for index, layer in enumerate(layers):
            handles.append(layer.register_forward_hook(lambda _module, _args, out, index=index: hook(index, out)))
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextlib.contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Every module in evaluation mode; the mode each one had comes back afterwards."""
    training = [module for module in model.modules() if module.training]
    try:
        model.eval()
        yield
    finally:
        for module in training:
            module.training = True


def last_convolutional_block(model: Any, input_tensor: Any) -> Any:
    """The last module with a convolution in it whose output still shows places, by running the model once.

    The user is told which one it is.
    """
    import torch

    kinds = convolution_types()
    blocks = {
        module: name
        for name, module in model.named_modules()
        if name and any(isinstance(inside, kinds) for inside in module.modules())
    }
    if not blocks:
        raise InvalidInputError(f"{type(model).__name__} has no convolution: expected target_layers to name a layer")
    modules = list(blocks)
    ended: list[tuple[Any, bool]] = []

    def note(index: int, output: Any) -> None:
        tensor = first_tensor(output)
        if tensor is not None and tensor.dim() >= 4:
            ended.append((modules[index], tensor[0, 0].numel() > 1))

    with evaluating(model), torch.no_grad(), hooked(modules, note):
        run(model, input_tensor)
    found = next((module for module, has_places in reversed(ended) if has_places), None)
    if found is None:
        if not ended:
            raise InvalidInputError(
                f"no convolution of {type(model).__name__} has an output of [N, C, H, W]: "
                "expected target_layers to name a layer"
            )
        found = ended[-1][0]
    warnings.warn(f"target_layers is None: the last convolutional block is {blocks[found]!r}", stacklevel=4)
    return found


def first_tensor(output: Any) -> Any:
    """The first tensor in a layer's output, or None."""
    import torch
    from torch.utils._pytree import tree_leaves

    if isinstance(output, torch.Tensor):
        return output
    return next((leaf for leaf in tree_leaves(output) if isinstance(leaf, torch.Tensor)), None)


def run(model: Any, input_tensor: Any) -> Any:
    """The model's output; a wrong number of channels is said as such."""
    try:
        return model(input_tensor)
    except RuntimeError as error:
        first = next((module for module in model.modules() if isinstance(module, convolution_types())), None)
        channels = input_tensor.shape[1] if getattr(input_tensor, "ndim", 0) >= 3 else None
        if first is not None and channels is not None and channels != first.in_channels:
            message = f"input of {channels} channels: expected {first.in_channels}, as {first} takes: {error}"
            raise InvalidInputError(message) from error
        raise


def logits_of(output: Any) -> Any:
    """The tensor that says the classes: that of an output of Hugging Face's transformers, or the output itself."""
    return getattr(output, "logits", output)


def device_of(model: Any) -> Any:
    """Where the model's parameters are; None when it has none."""
    parameter = next(iter(model.parameters()), None)
    return None if parameter is None else parameter.device


def as_float_array(tensor: Any) -> Any:
    """A tensor as float32 numbers of numpy."""
    return tensor.detach().float().cpu().numpy()

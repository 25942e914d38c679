"""Kernels and feature maps of live torch modules."""

from __future__ import annotations

from typing import Any

from glassboard import _core
from glassboard._errors import InvalidInputError
from glassboard._torch_layers import (
    as_float_array,
    device_of,
    evaluating,
    find,
    find_all,
    first_tensor,
    hooked,
    name_of,
    run,
)


class Features(dict):
    """Outputs of layers by the layers' paths."""

    def picture(
        self,
        layer: str,
        sample: int = 0,
        *,
        cmap: str = "viridis",
        limit: int = 100,
        columns: int | None = None,
        padding: int = 1,
        enlarge: int | None = None,
        one_scale: bool = False,
    ) -> Any:
        """The feature maps of one sample as tiles of one picture ``[H, W, 3]`` of uint8.

        Parameters
        ----------
        layer : str
            Path of the layer.
        sample : int
            Which picture of the batch.
        cmap : str
            Colours: ``"viridis"``, ``"gray"``, ``"jet"``, ``"bwr"``, ...
        limit : int
            Most maps that are shown.
        columns, padding, enlarge : int
            Tiles in a row, pixels between them, and how many times as large a value is shown; chosen if None.
        one_scale : bool
            Whether all maps have one scale, or each its own.
        """
        maps = as_float_array(self[layer][sample])
        if maps.ndim != 3:
            raise InvalidInputError(f"output of {layer!r}: expected [N, C, H, W], got {list(self[layer].shape)}")
        return _core.explain_feature_grid(maps, cmap, limit, columns, padding, enlarge, one_scale)


def features(model: Any, layers: Any, x: Any) -> Features:
    """What layers of a model put out for an input.

    Parameters
    ----------
    model : torch.nn.Module
        It is run once, in evaluation mode and without gradients. Its hooks and modes are afterwards what they were,
        also when it raises.
    layers : str, torch.nn.Module, or list of them
        By path (``"layer1.0"``) or as modules.
    x : torch.Tensor
        The model's input.

    Returns
    -------
    Features
        A dict from the layers' paths to their outputs; ``picture()`` shows one.
    """
    import torch

    modules = find_all(model, layers)
    names = [name_of(model, module) for module in modules]
    seen: dict[str, Any] = {}

    def keep(index: int, output: Any) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            # The model may change it in place.
            seen[names[index]] = tensor.detach().clone()

    with evaluating(model), torch.no_grad(), hooked(modules, keep):
        run(model, x.to(device_of(model)))
    missing = [name for name in names if name not in seen]
    if missing:
        raise InvalidInputError(f"layers that did not run: {', '.join(missing)}; expected layers that the model calls")
    return Features({name: seen[name] for name in names})


def kernels(
    model: Any,
    layer: Any,
    *,
    cmap: str = "bwr",
    limit: int = 100,
    limit_inputs: int = 16,
    columns: int | None = None,
    padding: int = 1,
    enlarge: int | None = None,
    one_scale: bool = False,
) -> Any:
    """The kernels of a layer as tiles of one picture ``[H, W, 3]`` of uint8.

    Zero is in the middle of the scale. Filters over three channels are shown in colour, one tile each; others get a row
    with a tile for each of `limit_inputs` input channels.

    Parameters
    ----------
    model : torch.nn.Module
    layer : str or torch.nn.Module
        By path (``"conv1"``) or as a module.
    cmap : str
        Colours: ``"bwr"``, ``"viridis"``, ``"gray"``, ...
    limit, limit_inputs : int
        Most filters, and most input channels of each, that are shown.
    columns, padding, enlarge : int
        Tiles in a row, pixels between them, and how many times as large a value is shown; chosen if None.
    one_scale : bool
        Whether all filters have one scale, or each its own.
    """
    module = find(model, layer)
    weights = getattr(module, "weight", None)
    if weights is None or weights.ndim < 2:
        raise InvalidInputError(f"layer {name_of(model, module)!r} ({type(module).__name__}) has no kernels")
    return _core.explain_kernel_grid(
        as_float_array(weights), cmap, limit, limit_inputs, columns, padding, enlarge, one_scale
    )


def overlaid_maps(
    model: Any,
    input_tensor: Any,
    targets: Any,
    target_layers: Any,
    method: Any,
    images: Any,
    colormap: int | str,
    image_weight: float,
    reshape_transform: Any,
) -> Any:
    """Maps over pictures, ``[N, H, W, 3]`` of uint8; `SummaryWriter.add_cam` says of what."""
    import numpy as np

    from glassboard import cam

    if isinstance(method, str):
        if not isinstance(getattr(cam, method, None), type):
            raise InvalidInputError(f"method: expected the name of a class of glassboard.cam, got {method!r}")
        method = getattr(cam, method)
    if targets is not None:
        targets = [target if callable(target) else cam.ClassifierOutputTarget(int(target)) for target in targets]
    maps = method(model, target_layers, reshape_transform)(input_tensor, targets)
    if maps.ndim != 3:
        raise InvalidInputError(f"input_tensor: expected pictures [N, C, H, W], got {list(input_tensor.shape)}")
    if images is None:
        images = as_float_array(input_tensor).transpose(0, 2, 3, 1)
        low, high = (limit(images, axis=(1, 2, 3), keepdims=True) for limit in (np.min, np.max))
        images = (images - low) / np.maximum(high - low, 1e-7)
    images = np.asarray(images)
    if images.shape[-1] != 3:
        images = np.repeat(images.mean(axis=-1, keepdims=True), 3, axis=-1)
    pairs = zip(images, maps, strict=True)
    return np.stack([cam.show_cam_on_image(image, map_, True, colormap, image_weight) for image, map_ in pairs])

"""Pictures as inputs, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from glassboard._errors import InvalidInputError
from glassboard.saliency import IMAGENET_MEAN, IMAGENET_STD

__all__ = [
    "ImageNetIndex",
    "apply_transforms",
    "denormalize",
    "format_for_plotting",
    "load_image",
    "standardize_and_clip",
]


def load_image(image_path: Any) -> Any:
    """A picture of a file as an RGB image of Pillow."""
    from PIL import Image

    with Image.open(image_path) as image:
        return image.convert("RGB")


def apply_transforms(image: Any, size: int = 224) -> Any:
    """A picture as an input ``[1, 3, size, size]`` normalised as for ImageNet: resized, cut to its middle."""
    import numpy as np
    import torch
    from PIL import Image

    if not isinstance(image, Image.Image):
        image = Image.fromarray(np.asarray(image))
    width, height = image.size
    scale = size / min(width, height)
    image = image.resize((max(round(width * scale), size), max(round(height * scale), size)), Image.Resampling.BILINEAR)
    left, top = (image.width - size) // 2, (image.height - size) // 2
    pixels = np.asarray(image.crop((left, top, left + size, top + size)).convert("RGB"), dtype=np.float32) / 255
    normalized = (pixels - np.float32(IMAGENET_MEAN)) / np.float32(IMAGENET_STD)
    return torch.from_numpy(normalized.transpose(2, 0, 1).copy())[None].requires_grad_()


def denormalize(tensor: Any) -> Any:
    """An input normalised as for ImageNet as brightness between 0 and 1, ``[1, 3, H, W]``."""
    import torch

    mean, std = (
        torch.tensor(values, device=tensor.device).reshape(3, 1, 1) for values in (IMAGENET_MEAN, IMAGENET_STD)
    )
    denormalized = tensor.detach() * std + mean
    return denormalized[None] if denormalized.ndim == 3 else denormalized


def standardize_and_clip(
    tensor: Any, min_value: float = 0.0, max_value: float = 1.0, saturation: float = 0.1, brightness: float = 0.5
) -> Any:
    """A tensor with its mean at `brightness` and its deviation as `saturation`, cut to a range."""
    tensor = tensor.detach().cpu()
    deviation = tensor.std()
    if deviation == 0:
        deviation = deviation + 1e-7
    return ((tensor - tensor.mean()) / deviation * saturation + brightness).clamp(min_value, max_value)


def format_for_plotting(tensor: Any) -> Any:
    """A picture ``[C, H, W]`` or ``[1, C, H, W]`` for Matplotlib: ``[H, W, C]``, or ``[H, W]`` of one channel."""
    tensor = tensor.detach().cpu()
    if tensor.ndim == 4:
        tensor = tensor[0]
    return tensor[0] if len(tensor) == 1 else tensor.permute(1, 2, 0)


class ImageNetIndex(Mapping[str, int]):
    """ImageNet's classes by name or a part of it: ``ImageNetIndex()["great grey owl"]`` is 24. It needs torchvision."""

    def __init__(self) -> None:
        from torchvision.models import ResNet18_Weights

        names = ResNet18_Weights.DEFAULT.meta["categories"]
        self._index = {name.lower(): index for index, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self._index)

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __contains__(self, phrase: object) -> bool:
        return isinstance(phrase, str) and any(phrase.lower() in name for name in self._index)

    def __getitem__(self, phrase: str) -> int | None:  # type: ignore[override]
        """The class of a name; None if there is none, an error if there are several."""
        if not isinstance(phrase, str):
            raise TypeError(f"name of a class: expected a str, got {type(phrase).__name__}")
        phrase = phrase.lower()
        if phrase in self._index:
            return self._index[phrase]
        words = set(phrase.split())
        found = [name for name in self._index if words <= set(name.replace(",", " ").split())]
        if len(found) > 1:
            raise InvalidInputError(f"several classes match {phrase!r}: {', '.join(found)}")
        return self._index[found[0]] if found else None

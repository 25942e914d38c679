"""Outputs of transformers and detectors as ``[N, C, H, W]``."""

from __future__ import annotations

from typing import Any


def vit_reshape_transform(tensor: Any, height: int = 14, width: int = 14) -> Any:
    """Tokens ``[N, 1 + H W, C]`` of a vision transformer, without the first one, which stands for no place."""
    return tensor[:, 1:, :].reshape(len(tensor), height, width, tensor.shape[2]).permute(0, 3, 1, 2)


def swinT_reshape_transform(tensor: Any, height: int = 7, width: int = 7) -> Any:  # noqa: N802 - as the reference
    """Tokens ``[N, H W, C]`` of a Swin transformer, or ``[N, H, W, C]`` of torchvision's."""
    if tensor.ndim == 4:
        return tensor.permute(0, 3, 1, 2)
    return tensor.reshape(len(tensor), height, width, tensor.shape[2]).permute(0, 3, 1, 2)


def fasterrcnn_reshape_transform(x: Any) -> Any:
    """Levels of a feature pyramid, brought to the size of the smallest and put behind one another."""
    import torch

    size = x["pool"].shape[-2:]
    levels = [torch.nn.functional.interpolate(level.abs(), size, mode="bilinear") for level in x.values()]
    return torch.cat(levels, dim=1)

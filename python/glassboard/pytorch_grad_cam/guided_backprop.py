"""Guided backpropagation."""

from __future__ import annotations

from typing import Any

from glassboard import saliency

__all__ = ["GuidedBackpropReLUModel"]


class GuidedBackpropReLUModel:
    """Gradients of the first picture's class through positive paths, ``[H, W, C]``. The model is not changed."""

    def __init__(self, model: Any, device: Any = None) -> None:
        self.model = model if device is None else model.to(device)

    def __call__(self, input_img: Any, target_category: int | None = None) -> Any:
        return saliency.guided_backprop(self.model, input_img[:1], target_category)[0].transpose(1, 2, 0)

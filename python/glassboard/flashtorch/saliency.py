"""Gradients of a class with respect to the input."""

from __future__ import annotations

import warnings
from typing import Any

from glassboard import saliency
from glassboard._torch_layers import logits_of, run
from glassboard.flashtorch.utils import denormalize, format_for_plotting, standardize_and_clip

__all__ = ["Backprop"]


class Backprop:
    """Gradients of a class with respect to the input.

    It explains the class that is asked for: FlashTorch explained the one the model predicted and only warned. Guided
    backpropagation lets the gradient pass where a ReLU's input is positive; FlashTorch multiplied it with the input.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        model.eval()

    def calculate_gradients(
        self,
        input_: Any,
        target_class: int | None = None,
        take_max: bool = False,
        guided: bool = False,
        use_gpu: bool = False,
    ) -> Any:
        """Gradients ``[C, H, W]`` of the first picture; with `take_max`, the largest of the channels, ``[1, H, W]``."""
        import torch

        if use_gpu:
            self.model = self.model.cuda()
            input_ = input_.cuda()
        input_ = input_[:1]
        if target_class is not None:
            with torch.no_grad():
                top = int(logits_of(run(self.model, input_))[0].argmax())
            if top != target_class:
                warnings.warn(
                    f"the model predicts class {top}; the gradients are those of class {target_class}", stacklevel=2
                )
        explain = saliency.guided_backprop if guided else saliency.gradient
        gradients = torch.from_numpy(explain(self.model, input_, target_class)[0])
        return gradients.max(dim=0, keepdim=True).values if take_max else gradients

    def visualize(
        self,
        input_: Any,
        target_class: int | None = None,
        guided: bool = False,
        use_gpu: bool = False,
        figsize: tuple[float, float] = (16, 4),
        cmap: str = "viridis",
        alpha: float = 0.5,
        return_output: bool = False,
    ) -> Any:
        """The picture, its gradients, the largest of them, and these over the picture, in a figure of Matplotlib."""
        import matplotlib.pyplot as plt

        gradients = self.calculate_gradients(input_, target_class, guided=guided, use_gpu=use_gpu)
        largest = gradients.max(dim=0, keepdim=True).values
        picture = format_for_plotting(denormalize(input_))
        panels = [
            ("Input image", picture, None, None),
            ("Gradients across RGB channels", format_for_plotting(standardize_and_clip(gradients)), None, None),
            ("Max gradients", format_for_plotting(standardize_and_clip(largest)), cmap, None),
            ("Overlay", picture, None, format_for_plotting(standardize_and_clip(largest))),
        ]
        figure, axes = plt.subplots(1, 4, figsize=figsize)
        for axis, (title, shown, colors, over) in zip(axes, panels, strict=True):
            axis.imshow(shown.numpy(), cmap=colors)
            if over is not None:
                axis.imshow(over.numpy(), cmap=cmap, alpha=alpha)
            axis.set_title(title)
            axis.axis("off")
        figure.tight_layout()
        return (gradients, largest) if return_output else None

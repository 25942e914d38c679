"""Pictures that excite a filter most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassboard._errors import InvalidInputError, InvalidTypeError
from glassboard.flashtorch.utils import apply_transforms, format_for_plotting, load_image, standardize_and_clip
from glassboard.saliency import ascent

__all__ = ["GradientAscent"]


class GradientAscent:
    """Pictures that excite the filters of a convolution most; `model` is the part of a network that holds it."""

    def __init__(self, model: Any, img_size: int = 224, lr: float = 1.0, use_gpu: bool = False) -> None:
        self.model = model.cuda() if use_gpu else model
        model.eval()
        self.img_size = img_size
        self.lr = lr
        self.use_gpu = use_gpu

    def optimize(self, layer: Any, filter_idx: int, input_: Any = None, num_iter: int = 30) -> list[Any]:
        """The input after each of `num_iter` steps; gray noise of `img_size` to begin with if none is given."""
        self._check(layer, filter_idx)
        return list(
            ascent(self.model, layer, filter_idx, start=input_, size=self.img_size, steps=num_iter, rate=self.lr)
        )

    def visualize(
        self,
        layer: Any,
        filter_idxs: int | Sequence[int] | None = None,
        lr: float = 1.0,
        num_iter: int = 30,
        num_subplots: int = 4,
        figsize: tuple[float, float] = (4, 4),
        title: str = "Conv2d",
        return_output: bool = False,
    ) -> Any:
        """What filters look for, in a figure of Matplotlib; some filters by chance if none are given."""
        import matplotlib.pyplot as plt
        import numpy as np

        self.lr = lr
        self._check(layer, 0)
        if filter_idxs is None:
            count = min(num_subplots, layer.out_channels)
            filter_idxs = np.random.default_rng().choice(layer.out_channels, count, replace=False)
        single = isinstance(filter_idxs, int)
        chosen = [filter_idxs] if single else [int(index) for index in filter_idxs]
        outputs = [self.optimize(layer, index, num_iter=num_iter) for index in chosen]
        columns = min(4, len(chosen))
        rows = -(-len(chosen) // columns)
        figure = plt.figure(figsize=figsize)
        figure.suptitle(title)
        for place, (index, output) in enumerate(zip(chosen, outputs, strict=True), start=1):
            axis = figure.add_subplot(rows, columns, place)
            axis.imshow(_shown(output[-1]))
            axis.set_title(str(index))
            axis.axis("off")
        if not return_output:
            return None
        return outputs[0] if single else outputs

    def deepdream(
        self,
        img_path: Any,
        layer: Any,
        filter_idx: int,
        lr: float = 0.1,
        num_iter: int = 20,
        figsize: tuple[float, float] = (4, 4),
        title: str = "DeepDream",
        return_output: bool = False,
    ) -> Any:
        """A picture that becomes what a filter looks for, in a figure of Matplotlib."""
        import matplotlib.pyplot as plt

        self.lr = lr
        start = apply_transforms(load_image(img_path), self.img_size)
        output = self.optimize(layer, filter_idx, start, num_iter)
        figure, axis = plt.subplots(figsize=figsize)
        figure.suptitle(title)
        axis.imshow(_shown(output[-1]))
        axis.axis("off")
        return output if return_output else None

    def _check(self, layer: Any, filter_idx: int) -> None:
        import torch

        if not isinstance(layer, torch.nn.Conv2d):
            raise InvalidTypeError(f"layer: expected a Conv2d, got {type(layer).__name__}")
        if not isinstance(filter_idx, int) or not 0 <= filter_idx < layer.out_channels:
            raise InvalidInputError(f"filter_idx: expected 0 to {layer.out_channels - 1}, got {filter_idx!r}")


def _shown(tensor: Any) -> Any:
    return format_for_plotting(standardize_and_clip(tensor, saturation=0.15, brightness=0.7)).numpy()

"""Pictures of maps, as ``pytorch_grad_cam.utils.image`` names them. OpenCV is not needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassboard import _core
from glassboard._errors import InvalidInputError

COLORMAP_JET = 2


def colormap_name(colormap: int | str) -> str:
    """The colour map of a name or of a number of OpenCV's ``COLORMAP_...``."""
    if isinstance(colormap, str):
        return colormap
    names = _core.explain_colormaps()
    # OpenCV has 22; those behind them have no number.
    if not 0 <= colormap < 22:
        raise InvalidInputError(f"colormap: expected a name or a number of OpenCV from 0 to 21, got {colormap}")
    return names[colormap]


def show_cam_on_image(
    img: Any, mask: Any, use_rgb: bool = False, colormap: int | str = COLORMAP_JET, image_weight: float = 0.5
) -> Any:
    """A map over a picture.

    Parameters
    ----------
    img : array ``[H, W, 3]`` of floats up to 1
        The picture.
    mask : array ``[H, W]`` between 0 and 1
        The map.
    use_rgb : bool
        Whether the picture is red, green, blue; otherwise it is taken for blue, green, red, and the result is as well.
    colormap : int or str
        Colours of the map, by name (``"jet"``, ``"viridis"``, ...) or by OpenCV's number.
    image_weight : float
        Share of the picture, from 0 to 1; the map has the rest.

    Returns
    -------
    numpy.ndarray
        ``[H, W, 3]``, uint8.
    """
    import numpy as np

    img = np.asarray(img)
    if img.dtype not in (np.float32, np.float64):
        img = img.astype(np.float64)
    flipped = slice(None) if use_rgb else slice(None, None, -1)
    mask = np.asarray(mask, dtype=np.float32)
    name = colormap_name(colormap)
    picture = _core.explain_overlay(np.ascontiguousarray(img[..., flipped]), mask, name, image_weight)
    return np.ascontiguousarray(picture[..., flipped])


def preprocess_image(img: Any, mean: Sequence[float] = (0.5, 0.5, 0.5), std: Sequence[float] = (0.5, 0.5, 0.5)) -> Any:
    """A picture ``[H, W, C]`` as a network's input ``[1, C, H, W]``; uint8 becomes 0 to 1."""
    import numpy as np
    import torch

    img = np.asarray(img)
    scaled = img.astype(np.float32) / 255 if img.dtype == np.uint8 else img.astype(np.float32)
    normalized = (scaled - np.float32(mean)) / np.float32(std)
    return torch.from_numpy(np.ascontiguousarray(normalized.transpose(2, 0, 1)))[None]


def deprocess_image(img: Any) -> Any:
    """Gradients as a picture of uint8: their mean is gray."""
    import numpy as np

    return np.uint8(_core.explain_as_picture(np.asarray(img, dtype=np.float32)) * 255)


def scale_cam_image(cam: Any, target_size: Sequence[int] | None = None) -> Any:
    """Each map of a batch scaled to 0 ... 1 and brought to a size: width and height, or depth, width and height."""
    import numpy as np

    size = None if target_size is None else list(target_size)[::-1]
    return _core.cam_scale(np.asarray(cam, dtype=np.float32), size)


def scale_accross_batch_and_channels(tensor: Any, target_size: Sequence[int]) -> Any:
    """The same for each channel of each picture, ``[N, C, h, w]``."""
    import numpy as np

    tensor = np.asarray(tensor)
    scaled = scale_cam_image(tensor.reshape(-1, *tensor.shape[2:]), target_size)
    return scaled.reshape(*tensor.shape[:2], *scaled.shape[1:])


def create_labels_legend(concept_scores: Any, labels: Any, top_k: int = 2) -> list[str]:
    """For each concept the classes it speaks for most, with their scores."""
    legend = []
    for scores in concept_scores:
        best = scores.argsort()[::-1][:top_k]
        legend.append("\n".join(f"{','.join(labels[top].split(',')[:3])}:{scores[top]:.2f}" for top in best))
    return legend


def show_factorization_on_image(
    img: Any,
    explanations: Any,
    colors: Sequence[Any] | None = None,
    image_weight: float = 0.5,
    concept_labels: Sequence[str] | None = None,
) -> Any:
    """Concepts over a picture, each in a colour of its own; at each pixel the strongest is shown.

    With `concept_labels`, a legend is drawn beside it, which needs Matplotlib.
    """
    import numpy as np

    img, explanations = np.asarray(img), np.asarray(explanations, dtype=np.float32)
    count = len(explanations)
    if colors is None:
        hues = _core.explain_heat(np.float32([np.arange(count) / count]), "gist_rainbow")[0]
        colors = list(hues / 255)
    strongest = explanations.argmax(axis=0)
    mask = np.zeros((*img.shape[:2], 3))
    for index, (color, explanation) in enumerate(zip(colors, explanations, strict=True)):
        full = np.asarray(color, dtype=np.float64)[:3]
        mask += (explanation * (strongest == index))[..., None] * (full / max(full.max(), 1e-7))
    result = np.uint8(np.clip(img * image_weight + mask * (1 - image_weight), 0, 1) * 255)
    return result if concept_labels is None else np.hstack((result, _legend(result.shape, colors, concept_labels)))


def _legend(shape: tuple[int, ...], colors: Sequence[Any], labels: Sequence[str]) -> Any:
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    height, width = shape[:2]
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    lines = [Line2D([0], [0], color=tuple(color)[:3], lw=5 * height / 256) for color in colors]
    size = max(int(14 * height / 256 / max(1, len(labels) / 6)), 1)
    figure.legend(lines, labels, fontsize=size, loc="center left", frameon=False)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:height, :width, :3].copy()

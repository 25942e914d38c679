"""Helpers around pictures."""

from __future__ import annotations

from typing import Any

from glassboard import _convert, _core

__all__ = ["make_grid"]


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Any:
    """Lay pictures out in a grid, as `torchvision.utils.make_grid` does.

    Parameters
    ----------
    tensor : array or tensor, shape (N, C, H, W), (C, H, W) or (H, W); or a list of pictures of the same shape
        The pictures; one channel is repeated to three.
    nrow : int
        Most pictures in a row.
    padding : int
        Pixels between pictures and around them.
    normalize : bool
        Shifts and scales values to 0 ... 1; not for integers.
    value_range : pair of float, optional
        What becomes 0 and 1 then; the smallest and largest value if not given.
    scale_each : bool
        Looks for the smallest and largest value in each picture for itself.
    pad_value : float
        Value of the pixels between pictures.

    Returns
    -------
    numpy.ndarray or torch.Tensor, shape (C, rows * (H + padding) + padding, columns * (W + padding) + padding)
        The grid, of the dtype of the pictures. A torch tensor if the pictures are, on their device.

    Raises
    ------
    ValueError
        If the shape, dtype or an option does not fit.
    """
    pictures, _ = _convert.pictures(tensor, "NCHW")
    grid = _core.grid(pictures, nrow, padding, normalize, value_range, scale_each, pad_value)
    first = tensor[0] if isinstance(tensor, (list, tuple)) and tensor else tensor
    return _convert.like(first, grid)

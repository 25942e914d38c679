"""Edges of a picture: what a map must be better than."""

from __future__ import annotations

from typing import Any

__all__ = ["sobel_cam"]


def sobel_cam(img: Any) -> Any:
    """Mean of the horizontal and vertical edges of a picture ``[H, W, 3]`` of uint8 by Sobel's filter: ``[H, W]``."""
    import numpy as np

    gray = np.round(np.asarray(img, dtype=np.float64) @ (0.299, 0.587, 0.114))
    padded = np.pad(gray, 1, mode="reflect")
    smooth = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    across = np.abs(smooth[:, 2:] - smooth[:, :-2])
    smooth = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    down = np.abs(smooth[2:] - smooth[:-2])
    return np.uint8(np.round((np.minimum(across, 255) + np.minimum(down, 255)) / 2))

"""First principal components of activations ``[N, C, H, W]``: ``[N, H, W]``."""

from __future__ import annotations

from typing import Any

from glassboard import _core

__all__ = ["get_2d_projection", "get_2d_projection_kernel", "get_2d_projection_with_sign_correction"]


def get_2d_projection(activation_batch: Any) -> Any:
    """Projection on the first component; NaN counts as 0."""
    return _core.cam_layer_map("eigen-cam", _numbers(activation_batch))


def get_2d_projection_kernel(activation_batch: Any, kernel: str = "sigmoid", gamma: float | None = None) -> Any:
    """Projection on the first component of a kernel: sigmoid, rbf, poly, linear or cosine."""
    return _core.cam_layer_map("kpca-cam", _numbers(activation_batch), kernel=kernel, gamma=gamma)


def get_2d_projection_with_sign_correction(activation_batch: Any) -> Any:
    """Projection on the first component, turned over where it reaches further down than up."""
    import numpy as np

    activations = _numbers(activation_batch)
    return _core.cam_layer_map("seg-eigen-cam", activations, np.ones_like(activations))


def _numbers(activations: Any) -> Any:
    import numpy as np

    return np.nan_to_num(np.asarray(activations, dtype=np.float32), posinf=None, neginf=None)

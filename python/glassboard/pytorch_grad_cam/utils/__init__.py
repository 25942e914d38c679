"""Targets, pictures, reshaping, layers and principal components."""

from glassboard.pytorch_grad_cam.utils import (
    find_layers,
    image,
    model_targets,
    reshape_transforms,
    svd_on_activations,
)

__all__ = ["find_layers", "image", "model_targets", "reshape_transforms", "svd_on_activations"]

"""Outputs of transformers and detectors as ``[N, C, H, W]``."""

from glassboard.cam._reshape import fasterrcnn_reshape_transform, swinT_reshape_transform, vit_reshape_transform

__all__ = ["fasterrcnn_reshape_transform", "swinT_reshape_transform", "vit_reshape_transform"]

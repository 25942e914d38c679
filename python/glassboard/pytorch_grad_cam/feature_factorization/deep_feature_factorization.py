"""A layer's activations as a few concepts."""

from glassboard.cam._factorization import DeepFeatureFactorization, dff, run_dff_on_image

__all__ = ["DeepFeatureFactorization", "dff", "run_dff_on_image"]

"""Glassboard in place of FlashTorch 0.1.3: `from glassboard.flashtorch import Backprop, GradientAscent`."""

from glassboard.flashtorch.activmax import GradientAscent
from glassboard.flashtorch.saliency import Backprop

__all__ = ["Backprop", "GradientAscent"]

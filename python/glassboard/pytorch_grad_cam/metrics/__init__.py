"""How well a map explains a score."""

from glassboard.pytorch_grad_cam.metrics import arcc, cam_mult_image, perturbation_confidence, road

__all__ = ["arcc", "cam_mult_image", "perturbation_confidence", "road"]

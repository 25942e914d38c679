"""What is explained: functions from the output for one sample to a number, as ``pytorch_grad_cam`` names them.

Any function of yours will do as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassboard._errors import InvalidInputError


def _of_class(output: Any, category: Any) -> Any:
    """The number of a class: of one output, or of each in a batch."""
    classes = output.shape[-1] if output.ndim else 0
    if not -classes <= int(category) < classes:
        raise InvalidInputError(f"class out of range: expected 0 to {classes - 1}, got {int(category)}")
    return output[..., category]


class _OfClass:
    def __init__(self, category: int) -> None:
        self.category = category

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.category!r})"


class ClassifierOutputTarget(_OfClass):
    """The logit of a class."""

    def __call__(self, model_output: Any) -> Any:
        return _of_class(model_output, self.category)


class ClassifierOutputSoftmaxTarget(_OfClass):
    """The probability of a class."""

    def __call__(self, model_output: Any) -> Any:
        return _of_class(model_output.softmax(dim=-1), self.category)


class ClassifierOutputReST(_OfClass):
    """The logit of a class minus its cross-entropy (arXiv:2501.06261)."""

    def __call__(self, model_output: Any) -> Any:
        logarithms = model_output.log_softmax(dim=-1)
        return _of_class(model_output, self.category) + _of_class(logarithms, self.category)


class BinaryClassifierOutputTarget(_OfClass):
    """The output itself for category 1, minus it for 0."""

    def __call__(self, model_output: Any) -> Any:
        return model_output * (1 if self.category == 1 else -1)


class SoftmaxOutputTarget:
    """All probabilities."""

    def __call__(self, model_output: Any) -> Any:
        return model_output.softmax(dim=-1)


class RawScoresOutputTarget:
    """The output as it is."""

    def __call__(self, model_output: Any) -> Any:
        return model_output


class SemanticSegmentationTarget:
    """The sum of a category's scores in the pixels of a mask."""

    def __init__(self, category: int, mask: Any) -> None:
        import torch

        self.category = category
        self.mask = torch.as_tensor(mask)

    def __call__(self, model_output: Any) -> Any:
        if model_output.ndim != 3 or model_output.shape[1:] != self.mask.shape:
            raise InvalidInputError(
                f"output of a segmentation: expected [classes, {', '.join(map(str, self.mask.shape))}], "
                f"got {list(model_output.shape)}"
            )
        if not -len(model_output) <= self.category < len(model_output):
            raise InvalidInputError(f"class out of range: expected 0 to {len(model_output) - 1}, got {self.category}")
        return (model_output[self.category] * self.mask.to(model_output.device)).sum()


class FasterRCNNBoxScoreTarget:
    """How well boxes are found again: overlap plus score of the best box for each, if its label is the same."""

    def __init__(self, labels: Sequence[Any], bounding_boxes: Any, iou_threshold: float = 0.5) -> None:
        self.labels = labels
        self.bounding_boxes = bounding_boxes
        self.iou_threshold = iou_threshold

    def __call__(self, model_outputs: Any) -> Any:
        import torch
        from torchvision.ops import box_iou

        boxes = model_outputs["boxes"]
        total = boxes.new_zeros(1)
        if len(boxes) == 0:
            return total
        for box, label in zip(self.bounding_boxes, self.labels, strict=True):
            box = torch.as_tensor(box[None, :], device=boxes.device, dtype=boxes.dtype)
            overlaps = box_iou(box, boxes)[0]
            best = overlaps.argmax()
            if overlaps[best] > self.iou_threshold and model_outputs["labels"][best] == label:
                total = total + overlaps[best] + model_outputs["scores"][best]
        return total


class FinerWeightedTarget:
    """How a class differs from similar ones, weighted by their probabilities (Finer-CAM, arXiv:2501.11309)."""

    def __init__(self, main_category: int, comparison_categories: Sequence[int], alpha: float) -> None:
        self.main_category = main_category
        self.comparison_categories = comparison_categories
        self.alpha = alpha

    def __call__(self, model_output: Any) -> Any:
        main = _of_class(model_output, self.main_category)
        probabilities = model_output.softmax(dim=-1)
        top = bottom = 0
        for category in self.comparison_categories:
            weight = _of_class(probabilities, category)
            top = top + weight * (main - self.alpha * _of_class(model_output, category))
            bottom = bottom + weight
        return top / (bottom + 1e-9)

"""How well a map explains a score, as ``pytorch_grad_cam.metrics`` names it.

The network runs here; thresholds, replaced pixels and sums are computed in Rust, at `glassboard_explain::metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassboard import _core
from glassboard._errors import InvalidInputError
from glassboard._torch_layers import evaluating, logits_of

_PERCENTILES = (10, 20, 30, 40, 50, 60, 70, 80, 90)


class PerturbationConfidenceMetric:
    """How scores change when pictures are changed by what their maps say.

    `perturbation` makes a picture ``[C, H, W]`` of one and its map ``[H, W]``.
    """

    def __init__(self, perturbation: Callable[[Any, Any], Any]) -> None:
        self.perturbation = perturbation

    def __call__(
        self,
        input_tensor: Any,
        cams: Any,
        targets: Sequence[Callable[[Any], Any]],
        model: Any,
        return_visualization: bool = False,
        return_diff: bool = True,
    ) -> Any:
        """Scores after minus scores before, one for each picture; the scores after for ``return_diff=False``."""
        before, after, changed = self._scores(input_tensor, cams, targets, model, return_diff)
        result = after - before if return_diff else after
        return (result, changed) if return_visualization else result

    def _scores(
        self, input_tensor: Any, cams: Any, targets: Sequence[Callable[[Any], Any]], model: Any, both: bool = True
    ) -> tuple[Any, Any, Any]:
        import torch

        if not len(input_tensor) == len(cams) == len(targets):
            raise InvalidInputError(
                f"expected a map and a target for each of {len(input_tensor)} pictures, "
                f"got {len(cams)} maps and {len(targets)} targets"
            )
        before = scores_of(model, input_tensor, targets) if both else None
        changed = [
            self.perturbation(image.cpu(), torch.as_tensor(cam)) for image, cam in zip(input_tensor, cams, strict=True)
        ]
        changed = torch.stack(changed).to(input_tensor.device, input_tensor.dtype)
        return before, scores_of(model, changed, targets), changed


def scores_of(model: Any, input_tensor: Any, targets: Sequence[Callable[[Any], Any]]) -> Any:
    """What the targets say of a model's outputs, as float32."""
    import numpy as np
    import torch

    with evaluating(model), torch.no_grad():
        outputs = logits_of(model(input_tensor))
        scores = [target(output).cpu().numpy() for target, output in zip(targets, outputs, strict=True)]
    return np.float32(scores)


def multiply_tensor_with_cam(input_tensor: Any, cam: Any) -> Any:
    """A picture seen through its map."""
    return input_tensor * cam


class CamMultImageConfidenceChange(PerturbationConfidenceMetric):
    """How scores change when pictures are seen through their maps."""

    def __init__(self) -> None:
        super().__init__(multiply_tensor_with_cam)


class DropInConfidence(CamMultImageConfidenceChange):
    """By how much scores fall when pictures are seen through their maps; 0 where they rise."""

    def __call__(self, input_tensor: Any, cams: Any, targets: Any, model: Any) -> Any:
        before, after, _ = self._scores(input_tensor, cams, targets, model)
        return _core.explain_confidence(before, after)[0]


class IncreaseInConfidence(CamMultImageConfidenceChange):
    """1 where scores rise when pictures are seen through their maps, else 0."""

    def __call__(self, input_tensor: Any, cams: Any, targets: Any, model: Any) -> Any:
        before, after, _ = self._scores(input_tensor, cams, targets, model)
        return _core.explain_confidence(before, after)[1]


class NoisyLinearImputer:
    """Replaces removed pixels by what their neighbours suggest, and a little noise from torch's generator."""

    def __init__(self, noise: float = 0.01) -> None:
        self.noise = noise

    def __call__(self, img: Any, mask: Any) -> Any:
        """A picture ``[C, H, W]`` whose pixels at a mask of 0 are replaced."""
        import numpy as np
        import torch

        kept = np.asarray(mask, dtype=np.float32)
        imputed = torch.from_numpy(_core.explain_impute(np.asarray(img, dtype=np.float32), kept))
        if self.noise:
            removed = torch.from_numpy(kept == 0)
            imputed[:, removed] += self.noise * torch.randn(int(removed.sum()), len(imputed)).T
        return imputed


class RemoveMostRelevantFirst:
    """Removes what the map calls most relevant: from a percentile of it on, or from Otsu's threshold (``"auto"``)."""

    def __init__(self, percentile: float | str, imputer: Callable[[Any, Any], Any]) -> None:
        self.percentile = percentile
        self.imputer = imputer

    def __call__(self, input_tensor: Any, mask: Any) -> Any:
        import numpy as np
        import torch

        percentile = None if self.percentile == "auto" else float(self.percentile)
        kept = _core.explain_kept_pixels(np.asarray(mask, dtype=np.float32), percentile)
        return self.imputer(input_tensor, torch.from_numpy(kept))


class RemoveLeastRelevantFirst(RemoveMostRelevantFirst):
    """Removes what the map calls least relevant."""

    def __call__(self, input_tensor: Any, mask: Any) -> Any:
        return super().__call__(input_tensor, 1 - mask)


class ROADMostRelevantFirst(PerturbationConfidenceMetric):
    """How scores change when the most relevant pixels are replaced (ROAD, arXiv:2202.00449)."""

    def __init__(self, percentile: float | str = 80) -> None:
        super().__init__(RemoveMostRelevantFirst(percentile, NoisyLinearImputer()))


class ROADLeastRelevantFirst(PerturbationConfidenceMetric):
    """How scores change when the least relevant pixels are replaced."""

    def __init__(self, percentile: float | str = 20) -> None:
        super().__init__(RemoveLeastRelevantFirst(percentile, NoisyLinearImputer()))


class AveragerAcrossThresholds:
    """The mean of a metric over percentiles."""

    def __init__(self, imputer: Callable[[Any], Any], percentiles: Sequence[float | str] = _PERCENTILES) -> None:
        self.imputer = imputer
        self.percentiles = percentiles

    def __call__(self, input_tensor: Any, cams: Any, targets: Any, model: Any) -> Any:
        import numpy as np

        scores = [self.imputer(percentile)(input_tensor, cams, targets, model) for percentile in self.percentiles]
        return np.mean(np.float32(scores), axis=0)


class ROADMostRelevantFirstAverage(AveragerAcrossThresholds):
    """`ROADMostRelevantFirst` over percentiles."""

    def __init__(self, percentiles: Sequence[float | str] = _PERCENTILES) -> None:
        super().__init__(ROADMostRelevantFirst, percentiles)


class ROADLeastRelevantFirstAverage(AveragerAcrossThresholds):
    """`ROADLeastRelevantFirst` over percentiles."""

    def __init__(self, percentiles: Sequence[float | str] = _PERCENTILES) -> None:
        super().__init__(ROADLeastRelevantFirst, percentiles)


class ROADCombined:
    """Half the difference of both orders: the higher, the better the map."""

    def __init__(self, percentiles: Sequence[float | str] = _PERCENTILES) -> None:
        self.percentiles = percentiles
        self.morf_averager = ROADMostRelevantFirstAverage(percentiles)
        self.lerf_averager = ROADLeastRelevantFirstAverage(percentiles)

    def __call__(self, input_tensor: Any, cams: Any, targets: Any, model: Any) -> Any:
        least = self.lerf_averager(input_tensor, cams, targets, model)
        most = self.morf_averager(input_tensor, cams, targets, model)
        return _core.explain_road_combined(least, most)


class Complexity:
    """The mean absolute value of each map."""

    def __call__(self, grayscale_cams: Any) -> Any:
        import numpy as np

        return _core.explain_complexity(np.asarray(grayscale_cams, dtype=np.float32))


class Coherency:
    """How alike a map is to that of the picture seen through it."""

    def __call__(self, input_tensor: Any, grayscale_cams: Any, targets: Any, model: Any, base_method: Any) -> Any:
        import numpy as np
        import torch

        cams = np.asarray(grayscale_cams, dtype=np.float32)
        masked = input_tensor * torch.from_numpy(cams).unsqueeze(1).to(input_tensor.device)
        return _core.explain_coherency(cams, base_method(input_tensor=masked, targets=targets))


class ARCC:
    """The mean of coherency, simplicity and ROAD (arXiv:2605.14641)."""

    def __init__(self, base_method: Any, road_percentiles: Sequence[float | str] = (20, 40, 60, 80)) -> None:
        self.complexity = Complexity()
        self.coherency = Coherency()
        self.road = ROADCombined(percentiles=road_percentiles)
        self.base_method = base_method

    def __call__(self, input_tensor: Any, grayscale_cams: Any, targets: Any, model: Any) -> Any:
        return _core.explain_arcc(
            self.coherency(input_tensor, grayscale_cams, targets, model, self.base_method),
            self.complexity(grayscale_cams),
            self.road(input_tensor, grayscale_cams, targets, model),
        )


class PerturbationCurve:
    """Scores while a picture's pixels are removed or put back in the order of its map (RISE, arXiv:1806.07421).

    Parameters
    ----------
    insertion : bool
        Whether to begin with a blank picture and put the most relevant pixels in first, or to begin with the picture
        and take them out first.
    steps : int
        Number of steps from the one to the other.
    blank : callable, optional
        Makes the blank picture ``[C, H, W]``; all 0 if not given.
    batch_size : int
        How many pictures are run at once: that bounds the memory.
    """

    def __init__(
        self,
        insertion: bool = False,
        steps: int = 50,
        blank: Callable[[Any], Any] | None = None,
        batch_size: int = 16,
    ) -> None:
        if steps < 1:
            raise InvalidInputError(f"steps: expected at least 1, got {steps}")
        self.insertion = insertion
        self.steps = steps
        self.blank = blank
        self.batch_size = batch_size

    def __call__(self, input_tensor: Any, cams: Any, targets: Any, model: Any) -> tuple[Any, Any]:
        """For each picture ``steps + 1`` scores and the area below them, ``[N, steps + 1]`` and ``[N]``."""
        import numpy as np

        curves = [
            self._curve(image, np.asarray(cam, dtype=np.float32), target, model)
            for image, cam, target in zip(input_tensor, cams, targets, strict=True)
        ]
        return np.stack(curves), np.float32([_core.explain_area_below(curve) for curve in curves])

    def _curve(self, image: Any, cam: Any, target: Any, model: Any) -> Any:
        import numpy as np
        import torch

        rank = np.empty(cam.size, dtype=np.int64)
        rank[_core.explain_relevance_order(cam).astype(np.int64)] = np.arange(cam.size)
        rank = torch.from_numpy(rank.reshape(cam.shape)).to(image.device)
        blank = torch.zeros_like(image) if self.blank is None else self.blank(image)
        first, then = (blank, image) if self.insertion else (image, blank)
        counts = [round(step * cam.size / self.steps) for step in range(self.steps + 1)]
        scores = []
        for start in range(0, len(counts), self.batch_size):
            part = counts[start : start + self.batch_size]
            batch = torch.stack([torch.where(rank < count, then, first) for count in part])
            scores.append(scores_of(model, batch, [target] * len(part)))
        return np.concatenate(scores)

"""A layer's activations as a few concepts, as ``pytorch_grad_cam.feature_factorization`` names it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassboard import _core
from glassboard._errors import InvalidInputError
from glassboard._torch_layers import as_float_array, device_of, find
from glassboard.cam._image import create_labels_legend, scale_cam_image, show_factorization_on_image
from glassboard.cam._run import Run


def dff(activations: Any, n_components: int = 5) -> tuple[Any, Any]:
    """Concepts ``[C, K]`` of activations ``[N, C, H, W]``, and where they are, ``[N, K, H, W]``.

    The factors begin with the same random numbers as scikit-learn's with ``random_state=0``.
    """
    import numpy as np

    activations = np.nan_to_num(np.asarray(activations, dtype=np.float32))
    if activations.ndim != 4 or n_components < 1:
        raise InvalidInputError(
            f"expected activations [N, C, H, W] and at least one concept, got shape {list(activations.shape)} "
            f"and {n_components} concepts"
        )
    batch, channels, height, width = activations.shape
    random = np.random.RandomState(0)
    places = random.standard_normal((n_components, batch * height * width))
    return _core.explain_factorize(activations, random.standard_normal((channels, n_components)), places)


class DeepFeatureFactorization:
    """What a layer sees in pictures, as a few concepts and where they are (arXiv:1806.10206).

    `computation_on_concepts`, such as the network's last layer, says what the concepts mean.
    """

    def __init__(
        self,
        model: Any,
        target_layer: Any,
        reshape_transform: Callable[[Any], Any] | None = None,
        computation_on_concepts: Callable[[Any], Any] | None = None,
    ) -> None:
        self.model = model
        self.target_layer = find(model, target_layer)
        self.reshape_transform = reshape_transform
        self.computation_on_concepts = computation_on_concepts

    def __call__(self, input_tensor: Any, n_components: int = 16) -> tuple[Any, ...]:
        """Concepts ``[C, K]``, for each picture maps ``[K, H, W]`` of 0 to 1, and what is computed on the concepts."""
        import torch

        height, width = input_tensor.shape[2:]
        run = Run(self.model, [self.target_layer], self.reshape_transform)
        run.forward(input_tensor)
        concepts, maps = dff(run.activations()[0], n_components)
        explanations = [scale_cam_image(of_picture, (width, height)) for of_picture in maps]
        if self.computation_on_concepts is None:
            return concepts, explanations
        with torch.no_grad():
            vectors = torch.from_numpy(concepts.T.copy()).to(device_of(self.model))
            return concepts, explanations, as_float_array(self.computation_on_concepts(vectors))

    def __enter__(self) -> DeepFeatureFactorization:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to remove."""


def run_dff_on_image(
    model: Any,
    target_layer: Any,
    classifier: Callable[[Any], Any],
    img_pil: Any,
    img_tensor: Any,
    reshape_transform: Callable[[Any], Any] | None = None,
    n_components: int = 5,
    top_k: int = 2,
) -> Any:
    """A picture beside its concepts, for models whose ``config.id2label`` names the classes."""
    import numpy as np
    import torch

    picture = np.array(img_pil)
    explain = DeepFeatureFactorization(model, target_layer, reshape_transform, classifier)
    _, explanations, outputs = explain(img_tensor[None], n_components)
    labels = create_labels_legend(
        torch.from_numpy(outputs).softmax(dim=-1).numpy(), labels=model.config.id2label, top_k=top_k
    )
    shown = show_factorization_on_image(picture / 255, explanations[0], image_weight=0.3, concept_labels=labels)
    return np.hstack((picture, shown))

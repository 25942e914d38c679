"""The methods. Their formulas are in Rust, at `glassboard_explain::cam::layer_map`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from glassboard import _core
from glassboard._errors import InvalidInputError
from glassboard._torch_layers import as_float_array, evaluating, hooked, logits_of, run
from glassboard.cam._ablation import AblationLayer, ablated_scores
from glassboard.cam._base import BaseCAM
from glassboard.cam._targets import FinerWeightedTarget

# Which of the most similar classes Finer-CAM compares with.
_COMPARED_RANKS = (1, 2, 3)


class _OfLayers(BaseCAM):
    """A method that looks at layers and takes no further options."""

    _uses_gradients: ClassVar[bool] = True

    def __init__(
        self, model: Any, target_layers: Any = None, reshape_transform: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(model, target_layers, reshape_transform, uses_gradients=self._uses_gradients)


class GradCAM(_OfLayers):
    """Channels weighted by their mean gradient (arXiv:1610.02391)."""

    _method = "grad-cam"


class GradCAMPlusPlus(_OfLayers):
    """Gradients weighted by their share in the score (arXiv:1710.11063)."""

    _method = "grad-cam++"


class XGradCAM(_OfLayers):
    """Gradients weighted by the activations (arXiv:2008.02312)."""

    _method = "xgrad-cam"


class EigenCAM(_OfLayers):
    """First principal component of the activations; knows no class (arXiv:2008.00299)."""

    _method = "eigen-cam"
    _uses_gradients = False


class EigenGradCAM(_OfLayers):
    """First principal component of gradients times activations."""

    _method = "eigen-grad-cam"


class SegEigenCAM(_OfLayers):
    """First principal component of absolute gradients times activations, its sign corrected."""

    _method = "seg-eigen-cam"


class LayerCAM(_OfLayers):
    """Activations weighted by positive gradients, place by place."""

    _method = "layer-cam"


class HiResCAM(_OfLayers):
    """Activations times gradients, place by place (arXiv:2011.08891)."""

    _method = "hires-cam"


class GradCAMElementWise(_OfLayers):
    """The positive part of activations times gradients, place by place."""

    _method = "grad-cam-elementwise"


class KPCA_CAM(BaseCAM):  # noqa: N801 - as the reference
    """First kernel principal component of the activations; knows no class (arXiv:2410.00267)."""

    _method = "kpca-cam"

    def __init__(
        self,
        model: Any,
        target_layers: Any = None,
        reshape_transform: Callable[[Any], Any] | None = None,
        kernel: str = "sigmoid",
        gamma: float | None = None,
    ) -> None:
        super().__init__(model, target_layers, reshape_transform, uses_gradients=False)
        self.kernel = kernel
        self.gamma = gamma

    def _options(self) -> dict[str, Any]:
        return {"kernel": self.kernel, "gamma": self.gamma}


class FEM(BaseCAM):
    """Channels weighted by how often they are unusually active; knows no class (hal-02963298)."""

    _method = "fem"

    def __init__(
        self,
        model: Any,
        target_layers: Any = None,
        reshape_transform: Callable[[Any], Any] | None = None,
        k: float = 2,
    ) -> None:
        super().__init__(model, target_layers, reshape_transform, uses_gradients=False)
        self.k = k

    def _options(self) -> dict[str, Any]:
        return {"fem_deviations": self.k}


class ShapleyCAM(BaseCAM):
    """Grad-CAM with a second-order term (arXiv:2501.06261)."""

    _method = "shapley-cam"

    def __init__(
        self, model: Any, target_layers: Any = None, reshape_transform: Callable[[Any], Any] | None = None
    ) -> None:
        super().__init__(model, target_layers, reshape_transform, detach=False)


class RandomCAM(BaseCAM):
    """Random weights of the channels, the same for the same seed: what a method must be better than."""

    _method = "random-cam"

    def __init__(
        self,
        model: Any,
        target_layers: Any = None,
        reshape_transform: Callable[[Any], Any] | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(model, target_layers, reshape_transform, uses_gradients=False)
        self.seed = seed

    def _options(self) -> dict[str, Any]:
        return {"seed": self.seed}


class ScoreCAM(_OfLayers):
    """Channels weighted by the score of the picture seen through them (arXiv:1910.01279).

    `batch_size` pictures are run at once: that bounds the memory.
    """

    _uses_gradients = False

    batch_size = 16

    def get_cam_weights(
        self, input_tensor: Any, target_layer: Any, targets: list[Callable[[Any], Any]], activations: Any, grads: Any
    ) -> Any:
        import numpy as np
        import torch

        if activations.ndim != 4 or input_tensor.ndim != 4:
            raise InvalidInputError(
                f"Score-CAM: expected a layer's output of [N, C, H, W], got {list(activations.shape)}"
            )
        size = tuple(input_tensor.shape[2:])
        scores = np.empty(activations.shape[:2], dtype=np.float32)
        with evaluating(self.model), torch.no_grad():
            for image, channels, target, row in zip(input_tensor, activations, targets, scores, strict=True):
                for start in range(0, len(channels), self.batch_size):
                    masks = _core.cam_score_masks(channels[start : start + self.batch_size], size)
                    masks = torch.from_numpy(masks).to(image.device, image.dtype)
                    outputs = logits_of(self.model(image[None] * masks[:, None]))
                    row[start : start + len(masks)] = [float(target(output)) for output in outputs]
        return _core.cam_score_weights(scores)


class AblationCAM(BaseCAM):
    """Channels weighted by the drop of the score without them (Desai and Ramaswamy 2020).

    Only what lies behind the layer runs again. A channel is taken out by setting it to 0, as in the paper.
    `batch_size` variants are run at once: that bounds the memory.
    """

    def __init__(
        self,
        model: Any,
        target_layers: Any = None,
        reshape_transform: Callable[[Any], Any] | None = None,
        ablation_layer: AblationLayer | None = None,
        batch_size: int = 32,
        ratio_channels_to_ablate: float = 1.0,
    ) -> None:
        super().__init__(model, target_layers, reshape_transform, uses_gradients=False)
        self.ablation_layer = ablation_layer or AblationLayer()
        self.batch_size = batch_size
        self.ratio_channels_to_ablate = ratio_channels_to_ablate

    def get_cam_weights(
        self, input_tensor: Any, target_layer: Any, targets: list[Callable[[Any], Any]], activations: Any, grads: Any
    ) -> Any:
        import numpy as np
        import torch

        run_, _, _ = self._layer_run
        with evaluating(self.model), torch.no_grad():
            scores = [float(target(output)) for target, output in zip(targets, run_.outputs, strict=True)]
            ablated = np.repeat(np.float32(scores)[:, None], activations.shape[1], axis=1)
            for index, (target, row) in enumerate(zip(targets, ablated, strict=True)):
                if self.ratio_channels_to_ablate == 1.0:
                    channels = list(range(activations.shape[1]))
                else:
                    channels = _core.cam_ablation_channels(activations[index], self.ratio_channels_to_ablate)
                row[channels] = ablated_scores(
                    self.model,
                    target_layer,
                    input_tensor[index : index + 1],
                    target,
                    channels,
                    self.ablation_layer,
                    self.batch_size,
                )
        return _core.cam_ablation_weights(np.float32(scores), ablated)


class FullGrad(BaseCAM):
    """Gradients of the input and of all biases (arXiv:1905.00780).

    It looks at all 2-d convolutions and batch normalisations that have a bias; `target_layers` is ignored.
    """

    def __init__(
        self, model: Any, target_layers: Any = (), reshape_transform: Callable[[Any], Any] | None = None
    ) -> None:
        import torch

        kinds = (torch.nn.Conv2d, torch.nn.BatchNorm2d)
        layers = [layer for layer in model.modules() if type(layer) in kinds and layer.bias is not None]
        super().__init__(model, layers or None, reshape_transform, compute_input_gradient=True)
        self.target_layers = layers

    def _explain(
        self, input_tensor: Any, targets: Callable[[Any], list[Callable[[Any], Any]]], eigen_smooth: bool
    ) -> Any:
        import torch

        input_tensor = self._prepared(input_tensor).requires_grad_()
        gradients: dict[int, Any] = {}

        def listen(index: int, output: Any) -> None:
            if output.requires_grad:
                # A hook hears of the output as it is now, also when the model changes it in place.
                output.register_hook(lambda gradient: gradients.__setitem__(index, gradient))

        with evaluating(self.model), torch.enable_grad(), hooked(self.target_layers, listen):
            self.outputs = logits_of(run(self.model, input_tensor))
            made = targets(self.outputs)
            score = sum(target(output).sum() for target, output in zip(made, self.outputs, strict=True))
            (of_input,) = torch.autograd.grad(score, [input_tensor])
        layers = [
            (_whole_bias(layer), as_float_array(gradients[index]))
            for index, layer in enumerate(self.target_layers)
            if index in gradients
        ]
        return _core.cam_full_grad(as_float_array(input_tensor), as_float_array(of_input), layers, eigen_smooth)


def _whole_bias(layer: Any) -> Any:
    """The constant that a layer adds."""
    if not hasattr(layer, "running_mean") or layer.running_mean is None:
        return as_float_array(layer.bias)
    parts = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    return _core.cam_batch_norm_bias(*map(as_float_array, parts), layer.eps)


class FinerCAM:
    """What tells a class from similar ones (arXiv:2501.11309): another method with a target of its own."""

    def __init__(
        self,
        model: Any,
        target_layers: Any = None,
        reshape_transform: Callable[[Any], Any] | None = None,
        base_method: type[BaseCAM] = GradCAM,
    ) -> None:
        self.base_cam = base_method(model, target_layers, reshape_transform)

    @property
    def outputs(self) -> Any:
        return self.base_cam.outputs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(
        self,
        input_tensor: Any,
        targets: Sequence[Callable[[Any], Any]] | None = None,
        eigen_smooth: bool = False,
        alpha: float = 1,
        comparison_categories: Sequence[int] | None = None,
        target_idx: int | None = None,
    ) -> Any:
        """The map; `comparison_categories` are ranks, 1 being the class most similar to `target_idx` or the top one."""
        ranks = list(_COMPARED_RANKS if comparison_categories is None else comparison_categories)

        def finer(outputs: Any) -> list[Callable[[Any], Any]]:
            if targets is not None:
                return self.base_cam._checked(targets, outputs)
            made = []
            for logits in as_float_array(outputs):
                main = int(logits.argmax()) if target_idx is None else target_idx
                made.append(FinerWeightedTarget(main, _core.cam_similar_classes(logits, main, ranks), alpha))
            return made

        return self.base_cam._explain(input_tensor, finer, eigen_smooth)

    def __enter__(self) -> FinerCAM:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to remove."""


class RefineCAM:
    """The product of several layers' maps, which keeps what all of them see."""

    def __init__(
        self,
        model: Any,
        target_layers: Any,
        reshape_transform: Callable[[Any], Any] | None = None,
        base_method: type[BaseCAM] = GradCAMPlusPlus,
        **kwargs: Any,
    ) -> None:
        product = type(base_method.__name__, (base_method,), {"_product": True})
        self.base_cam = product(model, target_layers, reshape_transform, **kwargs)

    @property
    def outputs(self) -> Any:
        return self.base_cam.outputs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(
        self, input_tensor: Any, targets: Sequence[Callable[[Any], Any]] | None = None, eigen_smooth: bool = False
    ) -> Any:
        return self.base_cam.forward(input_tensor, targets, eigen_smooth)

    def __enter__(self) -> RefineCAM:
        return self

    def __exit__(self, *_: object) -> None:
        """There is nothing to remove."""

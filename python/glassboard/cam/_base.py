"""What all methods share: the call, its checks, smoothing, and the way from layers to one map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, ClassVar

from glassboard import _core
from glassboard._errors import InvalidInputError, InvalidTypeError
from glassboard._torch_layers import device_of, find_all, last_convolutional_block, name_of
from glassboard.cam._run import Run
from glassboard.cam._targets import ClassifierOutputTarget


class BaseCAM:
    """Base of the methods.

    Parameters
    ----------
    model : torch.nn.Module
        It is run in evaluation mode and left as it was: no hooks, no changed modes, no gradients of parameters.
    target_layers : list of torch.nn.Module or of str, or None
        Layers to look at, as modules or by path (``"layer4.1"``). None takes the last convolutional block and says
        which one that is.
    reshape_transform : callable, optional
        Makes ``[N, C, H, W]`` or ``[N, C, D, H, W]`` of a layer's output.

    Attributes
    ----------
    outputs : torch.Tensor
        What the model put out in the last call.
    layer_names : list of str
        Paths of the layers.
    """

    # The name of the formula; of subclasses of yours, `get_cam_weights` or `get_cam_image` is asked instead.
    _method: ClassVar[str] = ""
    _product: ClassVar[bool] = False

    def __init__(
        self,
        model: Any,
        target_layers: Any = None,
        reshape_transform: Callable[[Any], Any] | None = None,
        compute_input_gradient: bool = False,
        uses_gradients: bool = True,
        tta_transforms: Any = None,
        detach: bool = True,
    ) -> None:
        if not hasattr(model, "named_modules"):
            raise InvalidTypeError(f"model: expected a torch module, got {type(model).__name__}")
        self.model = model
        self.target_layers = None if target_layers is None else find_all(model, target_layers)
        if self.target_layers == []:
            raise InvalidInputError("target_layers: expected at least one layer, got none")
        self.reshape_transform = reshape_transform
        self.compute_input_gradient = compute_input_gradient
        self.uses_gradients = uses_gradients
        self.tta_transforms = tta_transforms
        self.detach = detach
        self.outputs: Any = None

    @property
    def layer_names(self) -> list[str]:
        return [name_of(self.model, layer) for layer in self.target_layers or []]

    @property
    def device(self) -> Any:
        return device_of(self.model)

    def __call__(
        self,
        input_tensor: Any,
        targets: Sequence[Callable[[Any], Any]] | None = None,
        aug_smooth: bool = False,
        eigen_smooth: bool = False,
    ) -> Any:
        """Where in the pictures the layers saw what speaks for the targets.

        Parameters
        ----------
        input_tensor : torch.Tensor
            Pictures ``[N, C, H, W]`` or volumes ``[N, C, D, H, W]``, as the model takes them.
        targets : list of callables, optional
            For each picture what makes a number of its output; its top class if not given.
        aug_smooth : bool
            Whether to take the mean over six variants: flipped or not, times 0.9, 1 or 1.1.
        eigen_smooth : bool
            Whether to take the first principal component of the weighted activations instead of their sum.

        Returns
        -------
        numpy.ndarray
            ``[N, H, W]`` or ``[N, D, H, W]``, float32 between 0 and 1.
        """
        if not aug_smooth:
            return self.forward(input_tensor, targets, eigen_smooth)
        if self.tta_transforms is not None:
            return self._smoothed_by(self.tta_transforms, input_tensor, targets, eigen_smooth)
        maps = []
        for flip, factor in _core.cam_augmentations():
            variant = (input_tensor.flip(-1) if flip else input_tensor) * factor
            maps.append(self.forward(variant, targets, eigen_smooth))
        return _core.cam_mean_of_augmented(maps)

    def _smoothed_by(self, transforms: Any, input_tensor: Any, targets: Any, eigen_smooth: bool) -> Any:
        """By variants that the caller has chosen, as a `Compose` of ttach."""
        import numpy as np
        import torch

        maps = []
        for transform in transforms:
            map_ = self.forward(transform.augment_image(input_tensor), targets, eigen_smooth)
            maps.append(transform.deaugment_mask(torch.from_numpy(map_[:, None])).numpy()[:, 0])
        return np.mean(np.float32(maps), axis=0)

    def forward(
        self, input_tensor: Any, targets: Sequence[Callable[[Any], Any]] | None = None, eigen_smooth: bool = False
    ) -> Any:
        """One call without smoothing over variants."""
        return self._explain(input_tensor, lambda outputs: self._checked(targets, outputs), eigen_smooth)

    def _explain(
        self, input_tensor: Any, targets: Callable[[Any], list[Callable[[Any], Any]]], eigen_smooth: bool
    ) -> Any:
        """The map for targets that are made when the outputs are known."""
        input_tensor = self._prepared(input_tensor)
        run = Run(self.model, self.target_layers, self.reshape_transform)
        if self.uses_gradients:
            run.forward_and_backward(input_tensor, targets, hessian_products=not self.detach)
        else:
            run.forward(input_tensor)
            run.targets = targets(run.outputs)
        self.outputs = run.outputs
        return self._combined(input_tensor, run, eigen_smooth)

    def _combined(self, input_tensor: Any, run: Run, eigen_smooth: bool) -> Any:
        gradients = run.gradients() if self.uses_gradients else [None] * len(self.target_layers)
        products = [None] * len(self.target_layers) if self.detach else run.hessian_products()
        maps = []
        for index, activations in enumerate(run.activations()):
            self._layer_run = (run, index, products[index])
            image = self.get_cam_image(
                input_tensor, self.target_layers[index], run.targets, activations, gradients[index], eigen_smooth
            )
            maps.append(_float32(image))
        del self._layer_run
        return _core.cam_combine(maps, list(input_tensor.shape[2:]), self._product)

    def get_cam_image(
        self,
        input_tensor: Any,
        target_layer: Any,
        targets: list[Callable[[Any], Any]],
        activations: Any,
        grads: Any,
        eigen_smooth: bool = False,
    ) -> Any:
        """The map of one layer before it is scaled, ``[N, h, w]``."""
        if type(self).get_cam_weights is not BaseCAM.get_cam_weights:
            weights = self.get_cam_weights(input_tensor, target_layer, targets, activations, grads)
            return self._layer_map("score-cam", activations, None, _float32(weights), eigen_smooth)
        return self._layer_map(self._method, activations, grads, None, eigen_smooth)

    def get_cam_weights(
        self, input_tensor: Any, target_layer: Any, targets: list[Callable[[Any], Any]], activations: Any, grads: Any
    ) -> Any:
        """Weights ``[N, C]`` of a layer's channels, for methods of your own."""
        raise NotImplementedError("get_cam_weights: expected a subclass to implement it")

    def _layer_map(self, method: str, activations: Any, grads: Any, weights: Any, eigen_smooth: bool) -> Any:
        return _core.cam_layer_map(
            method, activations, grads, self._layer_run[2], weights, eigen_smooth=eigen_smooth, **self._options()
        )

    def _options(self) -> dict[str, Any]:
        """Options of the formula."""
        return {}

    def _prepared(self, input_tensor: Any) -> Any:
        if not hasattr(input_tensor, "detach"):
            raise InvalidTypeError(f"input_tensor: expected a torch tensor, got {type(input_tensor).__name__}")
        if input_tensor.ndim not in (4, 5) or not input_tensor.numel():
            raise InvalidInputError(
                f"input_tensor: expected [N, C, H, W] or [N, C, D, H, W], got {list(input_tensor.shape)}"
            )
        input_tensor = input_tensor.detach().to(self.device)
        if self.target_layers is None:
            self.target_layers = [last_convolutional_block(self.model, input_tensor[:1])]
        return input_tensor

    @staticmethod
    def _checked(targets: Sequence[Callable[[Any], Any]] | None, outputs: Any) -> list[Callable[[Any], Any]]:
        if targets is None:
            if not hasattr(outputs, "argmax"):
                raise InvalidInputError(f"targets: expected one for each picture, as the output is {type(outputs)}")
            return [ClassifierOutputTarget(int(top)) for top in outputs.argmax(dim=-1).reshape(len(outputs), -1)[:, 0]]
        if len(targets) != len(outputs):
            raise InvalidInputError(f"targets: expected one for each of {len(outputs)} pictures, got {len(targets)}")
        return list(targets)

    def __enter__(self) -> BaseCAM:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hooks are there only while a call runs, so that there is nothing to remove."""


def _float32(array: Any) -> Any:
    import numpy as np

    return np.asarray(array, dtype=np.float32)

"""Activations of layers and gradients with respect to them, for methods of your own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["ActivationsAndGradients"]


class ActivationsAndGradients:
    """Runs a model and keeps what its layers put out, and the gradients of what is differentiated afterwards.

    Unlike the methods of `glassboard.cam`, it leaves hooks in the model until `release`.
    """

    def __init__(
        self,
        model: Any,
        target_layers: Sequence[Any],
        reshape_transform: Callable[[Any], Any] | None = None,
        detach: bool = True,
    ) -> None:
        self.model = model
        self.reshape_transform = reshape_transform
        self.detach = detach
        self.activations: list[Any] = []
        self.gradients: list[Any] = []
        self.handles = [layer.register_forward_hook(self._listen) for layer in target_layers]

    def _listen(self, _module: Any, _args: Any, output: Any) -> None:
        self.activations.append(self._shown(output))
        if getattr(output, "requires_grad", False):
            # The gradients of later layers come first.
            output.register_hook(lambda gradient: self.gradients.insert(0, self._shown(gradient)))

    def _shown(self, tensor: Any) -> Any:
        if not self.detach:
            return tensor
        shown = tensor if self.reshape_transform is None else self.reshape_transform(tensor)
        return shown.detach().clone().cpu()

    def __call__(self, x: Any) -> Any:
        self.activations, self.gradients = [], []
        return self.model(x)

    def release(self) -> None:
        """Removes the hooks."""
        for handle in self.handles:
            handle.remove()
        self.handles.clear()
        self.activations, self.gradients = [], []

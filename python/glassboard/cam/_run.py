"""One run of a model, with the activations of layers and the gradients of a score with respect to them.

Nothing before the first of the layers is differentiated: until then the model runs without a graph, and the layer's
output becomes the graph's beginning. Gradients of parameters are neither computed nor touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from glassboard._errors import InvalidInputError
from glassboard._torch_layers import as_float_array, evaluating, first_tensor, hooked, logits_of, name_of, run


class Run:
    """What a run of the model left."""

    def __init__(self, model: Any, layers: Sequence[Any], reshape: Callable[[Any], Any] | None) -> None:
        self._model = model
        self._layers = layers
        self._reshape = reshape
        self.outputs: Any = None
        self.targets: list[Callable[[Any], Any]] = []
        # For each layer: its output as a tree whose leaves are tensors, and the same of gradients.
        self._leaves: list[Any] = []
        self._gradients: list[Any] = []
        self._products: list[Any] = []

    def forward(self, input_tensor: Any) -> None:
        """Runs without gradients."""
        import torch

        with evaluating(self._model), torch.no_grad():
            self._keep(input_tensor, lambda output: output)

    def forward_and_backward(
        self, input_tensor: Any, targets: Callable[[Any], list[Any]], hessian_products: bool = False
    ) -> None:
        """Runs with gradients of the sum of the targets' scores, and with Hessian products if asked."""
        import torch

        with evaluating(self._model):
            score = None
            # First without a graph before the layers; where the model itself switches that off, with a whole one.
            for graph_from_layer in (True, False):
                with torch.set_grad_enabled(not graph_from_layer):
                    self._keep(input_tensor, self._begin_graph)
                    self.targets = targets(self.outputs)
                    score = self.score()
                if score.requires_grad:
                    break
            if not score.requires_grad:
                raise InvalidInputError("the score does not depend on the layer: expected one that comes behind it")
            with torch.enable_grad():
                self._differentiate(score, hessian_products)

    def score(self) -> Any:
        """The sum of what the targets say of their outputs."""
        scores = [_total(target(output)) for target, output in zip(self.targets, self.outputs, strict=False)]
        return sum(scores[1:], start=scores[0])

    def _keep(self, input_tensor: Any, keep: Callable[[Any], Any]) -> None:
        kept: dict[int, Any] = {}

        def hook(index: int, output: Any) -> Any:
            # A layer that runs several times counts the last time.
            kept[index] = keep(output)
            return _copied(kept[index])

        with hooked(self._layers, hook):
            self.outputs = logits_of(run(self._model, input_tensor))
        for index, layer in enumerate(self._layers):
            if index not in kept:
                raise InvalidInputError(
                    f"layer {name_of(self._model, layer)!r} did not run: expected a layer that the model calls"
                )
        self._leaves = [kept[index] for index in range(len(self._layers))]

    def _begin_graph(self, output: Any) -> Any:
        """The output, if it has no graph as the beginning of one, and with a graph for all that follows."""
        import torch
        from torch.utils._pytree import tree_map

        torch.set_grad_enabled(True)

        def begin(leaf: Any) -> Any:
            if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or leaf.requires_grad:
                return leaf
            return leaf.detach().requires_grad_()

        return tree_map(begin, output)

    def _differentiate(self, score: Any, hessian_products: bool) -> None:
        import torch
        from torch.utils._pytree import tree_flatten, tree_unflatten

        flat = [tree_flatten(tree) for tree in self._leaves]
        leaves = [leaf for tree, _ in flat for leaf in tree if _differentiable(leaf)]
        found = torch.autograd.grad(
            score, leaves, create_graph=hessian_products, retain_graph=hessian_products, allow_unused=True
        )
        gradients = [_or_zeros(gradient, leaf) for gradient, leaf in zip(found, leaves, strict=True)]
        products = []
        if hessian_products:
            curved = [gradient for gradient in gradients if gradient.requires_grad]
            if curved:
                vectors = [
                    leaf.detach() for gradient, leaf in zip(gradients, leaves, strict=True) if gradient.requires_grad
                ]
                second = torch.autograd.grad(curved, leaves, grad_outputs=vectors, allow_unused=True)
            else:
                # The score is linear in the activations.
                second = [None] * len(leaves)
            products = [_or_zeros(product, leaf) for product, leaf in zip(second, leaves, strict=True)]

        def as_trees(values: list[Any]) -> list[Any]:
            values_left = iter(values)
            return [
                tree_unflatten([next(values_left) if _differentiable(leaf) else leaf for leaf in tree], spec)
                for tree, spec in flat
            ]

        self._gradients = as_trees(gradients)
        if hessian_products:
            self._products = as_trees(products)

    def activations(self) -> list[Any]:
        """For each layer ``[N, C, H, W]``, as arrays of numpy."""
        return [self._array(tree) for tree in self._leaves]

    def gradients(self) -> list[Any]:
        return [self._array(tree) for tree in self._gradients]

    def hessian_products(self) -> list[Any]:
        return [self._array(tree) for tree in self._products]

    def raw_activations(self) -> list[Any]:
        """For each layer its output as the layer gave it, before any reshaping."""
        return self._leaves

    def _array(self, tree: Any) -> Any:
        import torch

        with torch.no_grad():
            return as_float_array(first_tensor(tree) if self._reshape is None else self._reshape(tree))


def _total(score: Any) -> Any:
    return score.sum() if score.ndim else score


def _differentiable(leaf: Any) -> bool:
    return getattr(leaf, "requires_grad", False)


def _or_zeros(gradient: Any, leaf: Any) -> Any:
    import torch

    return torch.zeros_like(leaf) if gradient is None else gradient


def _copied(tree: Any) -> Any:
    """What the model goes on with: it may change it in place, and the activations must stay what they were."""
    import torch
    from torch.utils._pytree import tree_map

    return tree_map(lambda leaf: leaf.clone() if isinstance(leaf, torch.Tensor) else leaf, tree)

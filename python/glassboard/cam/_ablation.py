"""Scores without single channels of a layer, running only what lies behind it.

The model's own code runs again, but every module that had ended before the layer began gives back what it gave the
first time instead of computing it, and the layer gives its activations without a channel. What the model does between
its modules runs as it is written, so that any control flow works. Whether the shortcut is right for this model is tried
out: without an ablation it must give the scores that the model gave.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from glassboard._torch_layers import logits_of

# How far outputs of the shortcut may be from the model's, as a share of the largest.
_TOLERANCE = 1e-4


class AblationLayer:
    """How a channel is taken out of a layer's activations: the channels are the second axis.

    A subclass may put something else in its place in `ablate`.
    """

    def ablate(self, activations: Any, channels: Sequence[int]) -> Any:
        """Activations ``[len(channels), ...]``, in place without one of the channels each."""
        for row, channel in zip(activations, channels, strict=True):
            row[channel] = 0
        return activations


class AblationLayerVit(AblationLayer):
    """For tokens ``[N, tokens, channels]``: the channels are the last axis."""

    def ablate(self, activations: Any, channels: Sequence[int]) -> Any:
        for row, channel in zip(activations, channels, strict=True):
            row[..., channel] = 0
        return activations


class AblationLayerFasterRCNN(AblationLayer):
    """For the levels of a feature pyramid, whose channels are counted one level after the other."""

    def ablate(self, activations: Any, channels: Sequence[int]) -> Any:
        levels = list(activations.values())
        for index, channel in enumerate(channels):
            for level in levels:
                if channel < level.shape[1]:
                    level[index, channel] = 0
                    break
                channel -= level.shape[1]
        return activations


def ablated_scores(
    model: Any,
    layer: Any,
    input_tensor: Any,
    target: Callable[[Any], Any],
    channels: Sequence[int],
    ablation_layer: AblationLayer,
    batch_size: int,
) -> list[float]:
    """The target's score of one picture without each of the channels."""
    recording = _Recording(model, layer, input_tensor)
    rerun = recording.rerun if recording.is_right() else recording.run_all
    scores: list[float] = []
    for start in range(0, len(channels), batch_size):
        batch = channels[start : start + batch_size]
        ablated = ablation_layer.ablate(_repeated(recording.activations, len(batch)), batch)
        scores += [float(target(output)) for output in rerun(ablated, len(batch))]
    return scores


class _Recording:
    """One picture's run: what the layer put out, and what had ended before it began."""

    def __init__(self, model: Any, layer: Any, input_tensor: Any) -> None:
        self._model = model
        self._layer = layer
        self._input = input_tensor
        # Outputs of each module that ended before the layer began, and in no other such module.
        self._before: dict[Any, list[Any]] = {}
        self._calls_of_layer = 0
        self.activations: Any = None
        self._outputs = self._record()

    def _record(self) -> Any:
        ended: list[tuple[Any, Any]] = []
        ended_before: list[int] = []
        handles = []

        def begin(module: Any, _args: Any) -> None:
            ended_before.append(len(ended))
            if module is self._layer and not self._calls_of_layer:
                for done, output in ended:
                    self._before.setdefault(done, []).append(output)

        def end(module: Any, _args: Any, output: Any) -> None:
            # What ended inside of this one is covered by it.
            del ended[ended_before.pop() :]
            ended.append((module, output))
            if module is self._layer:
                self._calls_of_layer += 1
                self.activations = _copied(output)

        try:
            for module in self._model.modules():
                handles.append(module.register_forward_pre_hook(begin))
                handles.append(module.register_forward_hook(end))
            return logits_of(self._model(self._input))
        finally:
            for handle in handles:
                handle.remove()

    def is_right(self) -> bool:
        """Whether running what lies behind the layer gives what the whole model gave."""
        import torch

        if self._calls_of_layer != 1 or not isinstance(self._outputs, torch.Tensor):
            return False
        try:
            outputs = self.rerun(_repeated(self.activations, 2), 2)
        except RuntimeError:
            return False
        expected = self._outputs.expand(2, *self._outputs.shape[1:])
        tolerance = _TOLERANCE * float(expected.abs().max())
        return outputs.shape == expected.shape and torch.allclose(outputs, expected, rtol=0, atol=tolerance)

    def rerun(self, activations: Any, count: int) -> Any:
        """Outputs for as many activations, running only what lies behind the layer."""
        replays = {
            module: iter([_expanded(output, count) for output in outputs]) for module, outputs in self._before.items()
        }
        replays[self._layer] = iter([activations])
        with _replaying(replays):
            return logits_of(self._model(_expanded(self._input, count)))

    def run_all(self, activations: Any, count: int) -> Any:
        """The same, running everything but the layer."""
        with _replaying({self._layer: itertools.repeat(activations)}):
            return logits_of(self._model(_expanded(self._input, count)))


@contextlib.contextmanager
def _replaying(replays: dict[Any, Iterator[Any]]) -> Iterator[None]:
    """Modules give what is told instead of computing it, and compute again when that is used up."""

    def instead(forward: Callable[..., Any], outputs: Iterator[Any]) -> Callable[..., Any]:
        def replayed(*args: Any, **kwargs: Any) -> Any:
            for output in outputs:
                return output
            return forward(*args, **kwargs)

        return replayed

    had_its_own = {module: module.__dict__["forward"] for module in replays if "forward" in module.__dict__}
    try:
        for module, outputs in replays.items():
            module.forward = instead(module.forward, outputs)
        yield
    finally:
        for module in replays:
            module.__dict__.pop("forward", None)
        for module, forward in had_its_own.items():
            module.forward = forward


def _expanded(tree: Any, count: int) -> Any:
    """One picture's tensors as those of several equal ones, without copies where they are per picture."""
    import torch
    from torch.utils._pytree import tree_map

    def expand(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or leaf.ndim == 0:
            return leaf
        if len(leaf) == 1:
            return leaf.expand(count, *leaf.shape[1:])
        return leaf.repeat(count, *[1] * (leaf.ndim - 1))

    return tree_map(expand, tree)


def _repeated(tree: Any, count: int) -> Any:
    """As `_expanded`, with memory of their own."""
    return _copied(_expanded(tree, count))


def _copied(tree: Any) -> Any:
    import torch
    from torch.utils._pytree import tree_map

    return tree_map(
        lambda leaf: leaf.clone(memory_format=torch.contiguous_format) if isinstance(leaf, torch.Tensor) else leaf, tree
    )

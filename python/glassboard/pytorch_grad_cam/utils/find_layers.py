"""Layers of a model by their types, and in place of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = [
    "find_layer_predicate_recursive",
    "find_layer_types_recursive",
    "replace_all_layer_type_recursive",
    "replace_layer_recursive",
]


def replace_layer_recursive(model: Any, old_layer: Any, new_layer: Any) -> bool:
    """Puts a layer in the place of another; whether that was found."""
    for name, layer in model.named_children():
        if layer is old_layer:
            setattr(model, name, new_layer)
            return True
        if replace_layer_recursive(layer, old_layer, new_layer):
            return True
    return False


def replace_all_layer_type_recursive(model: Any, old_layer_type: type, new_layer: Any) -> None:
    """Puts a layer in the place of all of a type."""
    for name, layer in model.named_children():
        if isinstance(layer, old_layer_type):
            setattr(model, name, new_layer)
        replace_all_layer_type_recursive(layer, old_layer_type, new_layer)


def find_layer_types_recursive(model: Any, layer_types: Sequence[type]) -> list[Any]:
    """All layers that are of one of the types themselves."""
    return find_layer_predicate_recursive(model, lambda layer: type(layer) in layer_types)


def find_layer_predicate_recursive(model: Any, predicate: Callable[[Any], bool]) -> list[Any]:
    """All layers that a function says yes of."""
    return [layer for layer in model.modules() if layer is not model and predicate(layer)]

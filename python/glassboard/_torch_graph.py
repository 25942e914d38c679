"""The graph of a PyTorch model as nodes, the way `torch.utils.tensorboard` writes it.

torch is imported when a model arrives. Nodes, names and attributes are those of torch's own `_pytorch_graph`, which
cannot be used here because it needs TensorBoard's messages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

# What has a scope of its own instead of a node.
_CLASS = "ClassType"
_GET_ATTRIBUTE = "prim::GetAttr"


class Node(NamedTuple):
    """A node of the graph."""

    name: str
    op: str
    inputs: list[str]
    attributes: str
    """Its attributes as a text."""
    shape: list[int] | None
    """Shape of its output, if it is known."""

    def as_arguments(self) -> tuple[str, str, list[str], list[tuple[str, Any]]]:
        """What the writer takes for a node."""
        attributes: list[tuple[str, Any]] = [("attr", self.attributes)]
        if self.shape is not None:
            attributes.append(("_output_shapes", [self.shape]))
        return self.name, self.op, self.inputs, attributes


def graph(model: Any, input_to_model: Any, verbose: bool, use_strict_trace: bool) -> list[Node]:
    """Trace a model with an input, in evaluation mode.

    Raises
    ------
    RuntimeError
        If torch cannot trace the model.
    """
    import torch

    with _in_evaluation(model):
        try:
            trace = torch.jit.trace(model, input_to_model, strict=use_strict_trace)
            traced = trace.graph
            torch._C._jit_pass_inline(traced)
        except RuntimeError as error:
            print(error)
            print("Error occurs, No graph saved")
            raise
    if verbose:
        print(traced)
    return _Walk(traced, trace).nodes()


@contextlib.contextmanager
def _in_evaluation(model: Any) -> Iterator[None]:
    """Leave training mode for a while; functions have none."""
    import torch

    if isinstance(model, torch.jit.ScriptFunction):
        yield
        return
    was_training = model.training
    model.train(False)
    try:
        yield
    finally:
        model.train(was_training)


class _Operation:
    """A node of torch's graph whose scope is still to be found."""

    def __init__(self, node: Any, scope: str) -> None:
        attributes = {key: getattr(node, node.kindOf(key))(key) for key in node.attributeNames()}
        # Single quotes confuse TensorBoard.
        self.attributes = str(attributes).replace("'", " ")
        self.kind = node.kind()
        self.inputs = [value.debugName() for value in node.inputs()]
        self.outputs = [(value.debugName(), _complete_shape(value)) for value in node.outputs()]
        self.scope = scope


class _Walk:
    """One walk over a traced graph."""

    def __init__(self, traced: Any, trace: Any) -> None:
        self._traced = traced
        self._operations = [_Operation(node, scope) for node, scope in self._nodes_with_scopes() if scope is not None]
        self._name_scopes(trace)
        self._names = self._scoped_names()

    def _nodes_with_scopes(self) -> Iterator[tuple[Any, str | None]]:
        """All nodes with the path of modules they belong to; none for what is a module itself."""
        scopes: dict[str, str] = {}
        for node in self._traced.nodes():
            if node.kind() != _GET_ATTRIBUTE:
                yield node, node.scopeName()
                continue
            name, parent = node.s("name"), node.input().node()
            if parent.kind() == _GET_ATTRIBUTE:
                above = scopes[parent.output().debugName()]
                scope = f"{above}/{above.split('/')[-1]}.{name}"
            else:
                scope = f"__module.{name}"
            scopes[node.output().debugName()] = scope
            yield node, None if node.output().type().kind() == _CLASS else scope

    def _name_scopes(self, trace: Any) -> None:
        """Call the modules of a scope by their class and attribute, such as `Net/Linear[fc]`."""
        known = {
            path: f"{_class_of(module)}[{path.split('.')[-1]}]"
            for path, module in trace.named_modules(prefix="__module")
        }
        root = _class_of(trace)
        for operation in self._operations:
            parts = [known.get(part, part.split(".")[-1]) for part in operation.scope.split("/")]
            operation.scope = "/".join([root, *parts]) if any(parts) else root

    def _graph_inputs(self) -> Iterator[Any]:
        """What goes into the graph and is used."""
        for value in self._traced.inputs():
            if value.uses() and value.type().kind() != _CLASS:
                yield value

    def _scoped_names(self) -> dict[str, str]:
        """Every value's name below its scope. The later rules win."""
        names = {}
        for operation in self._operations:
            names.update({value: f"{operation.scope}/{value}" for value in operation.inputs})
        names.update({value.debugName(): f"input/{value.debugName()}" for value in self._graph_inputs()})
        for operation in self._operations:
            names.update({value: f"{operation.scope}/{value}" for value, _ in operation.outputs})
        return names

    def nodes(self) -> list[Node]:
        """What goes in, what comes out, and what happens in between."""
        found = [
            Node(self._names[value.debugName()], "IO Node", [], "", _shape(value)) for value in self._graph_inputs()
        ]
        for index, value in enumerate(self._traced.outputs(), start=1):
            inputs = [self._names[value.debugName()]]
            found.append(Node(f"output/output.{index}", "IO Node", inputs, "", _shape(value)))
        for operation in self._operations:
            inputs = [self._names[value] for value in operation.inputs]
            for value, shape in operation.outputs:
                found.append(Node(self._names[value], operation.kind, inputs, operation.attributes, shape))
        return found


def _class_of(module: Any) -> str:
    import torch

    if isinstance(module, torch.jit.TracedModule):
        return module._name
    return getattr(module, "original_name", "Module")


def _complete_shape(value: Any) -> list[int] | None:
    return value.type().sizes() if value.isCompleteTensor() else None


def _shape(value: Any) -> list[int] | None:
    try:
        return value.type().sizes()
    except RuntimeError:
        # No tensor.
        return [1]

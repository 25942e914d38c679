"""The graph of a live PyTorch model: exported, traced, or as the tree of its modules.

torch is imported when a model arrives. Nodes, names and attributes of the traced form are those of torch's own
`_pytorch_graph`, which cannot be used here because it needs TensorBoard's messages.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

# Under which torch writes where the model ran.
_RUN_TAG = "step1"
_FORMS = ("auto", "export", "trace", "modules")

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


def add(writer: Any, model: Any, input_to_model: Any, verbose: bool, use_strict_trace: bool, form: str) -> None:
    """Give a writer the graph of a model, in the form asked for or the best that there is."""
    import torch

    if form not in _FORMS:
        raise ValueError(f"form: expected one of {', '.join(map(repr, _FORMS))}, got {form!r}")

    def export() -> None:
        writer.add_model_graph(exported(model, input_to_model, verbose), _RUN_TAG)

    def trace() -> None:
        nodes = graph(model, input_to_model, verbose, use_strict_trace)
        writer.add_graph_nodes([node.as_arguments() for node in nodes], _RUN_TAG)

    if form == "export":
        try:
            export()
        except Exception as error:
            raise RuntimeError(f"the model cannot be exported: {_first_line(error)}") from error
    elif form == "trace":
        try:
            trace()
        except RuntimeError as error:
            # As torch does.
            print(error)
            print("Error occurs, No graph saved")
            raise
    elif form == "modules":
        writer.add_graph_nodes(module_nodes(model), None)
    else:
        # What is scripted already cannot be exported.
        ways = [trace] if isinstance(model, (torch.jit.ScriptModule, torch.jit.ScriptFunction)) else [export, trace]
        reasons = []
        for way in ways:
            try:
                return way()
            except Exception as error:
                reasons.append(f"{way.__name__}: {_first_line(error)}")
        if not isinstance(model, torch.nn.Module):
            raise RuntimeError(f"no graph was saved: {'; '.join(reasons)}")
        warnings.warn(
            f"the graph of {type(model).__name__} shows its modules without operations ({'; '.join(reasons)})",
            stacklevel=3,
        )
        writer.add_graph_nodes(module_nodes(model), None)


def _first_line(error: Exception) -> str:
    """What an error says first; torch's go on for pages."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def exported(model: Any, input_to_model: Any, verbose: bool) -> bytes:
    """Export a model in evaluation mode: a `.pt2` archive whose weights are single numbers.

    Raises
    ------
    Exception
        Whatever `torch.export` raises.
    """
    import torch

    # What `torch.compile` has wrapped.
    model = getattr(model, "_orig_mod", model)
    with _in_evaluation(model), _quiet():
        program = torch.export.export(model, _arguments(input_to_model), strict=False)
        # The graph knows the shapes. Only the program's own tables change, the model keeps its weights.
        stand_ins: dict[int, Any] = {}
        for table in (program.state_dict, program.constants):
            for name, value in table.items():
                if isinstance(value, torch.Tensor):
                    table[name] = stand_ins.setdefault(id(value), _stand_in(value))
        if verbose:
            print(program.graph)
        file = io.BytesIO()
        torch.export.save(program, file)
    return file.getvalue()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch tells on how to write exportable models: the graph is right, or there is an error."""
    logger = logging.getLogger("torch.fx.experimental.symbolic_shapes")
    was_disabled = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was_disabled


def _arguments(input_to_model: Any) -> tuple:
    """The arguments that `torch.jit.trace` would call the model with."""
    import torch

    if isinstance(input_to_model, (torch.Tensor, dict)) or input_to_model is None:
        return (input_to_model,)
    return tuple(input_to_model)


def _stand_in(tensor: Any) -> Any:
    """A tensor of the same shape and type that takes no memory."""
    import torch

    small = torch.zeros((), dtype=tensor.dtype).expand(tensor.shape)
    return torch.nn.Parameter(small, tensor.requires_grad) if isinstance(tensor, torch.nn.Parameter) else small


def module_nodes(model: Any) -> list[tuple[str, str, list[str], list[tuple[str, Any]]]]:
    """The modules of a model as nodes that the writer takes: one for each parameter and for each module without any."""
    nodes: list[tuple[str, str, list[str], list[tuple[str, Any]]]] = []
    stack = [(type(model).__name__, model)]
    seen: set[int] = set()
    while stack:
        scope, module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        kind = type(module).__name__
        for name, parameter in module._parameters.items():
            if parameter is None:
                continue
            attributes: list[tuple[str, Any]] = [
                ("dtype", str(parameter.dtype).removeprefix("torch.")),
                ("trainable", str(parameter.requires_grad)),
            ]
            # A lazy one has no shape yet.
            with contextlib.suppress(RuntimeError):
                attributes.append(("_output_shapes", [list(parameter.shape)]))
            nodes.append((f"{scope}/{name}", "Parameter", [], attributes))
        children = [(name, child) for name, child in module._modules.items() if child is not None]
        if not children and not module._parameters:
            nodes.append((scope, kind, [], []))
        stack += [(f"{scope}/{type(child).__name__}[{name}]", child) for name, child in reversed(children)]
    return nodes


def graph(model: Any, input_to_model: Any, verbose: bool, use_strict_trace: bool) -> list[Node]:
    """Trace a model with an input, in evaluation mode.

    Raises
    ------
    RuntimeError
        If torch cannot trace the model.
    """
    import torch

    with _in_evaluation(model):
        trace = torch.jit.trace(model, input_to_model, strict=use_strict_trace)
        traced = trace.graph
        torch._C._jit_pass_inline(traced)
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

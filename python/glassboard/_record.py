"""What a model consists of and what its modules were called with: the record that the summary is made from.

Only here is PyTorch asked; rows, counting and texts are made in Rust from the numbers gathered here.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.jit import ScriptModule
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from glassboard import _core


class Place:
    """A place in the tree of modules; a module that several others share has several."""

    __slots__ = ("class_name", "depth", "index", "module", "name", "parent")

    def __init__(self, index: int, module: nn.Module, name: str, parent: Place | None) -> None:
        self.index = index
        self.module = module
        self.name = name
        self.parent = parent
        self.depth = 0 if parent is None else parent.depth + 1
        self.class_name = class_name(module)


class Call:
    """A call of a module, or its mention where nothing runs."""

    __slots__ = ("class_name", "executed", "input", "mult_adds", "output", "place", "value")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.class_name = class_name(place.module)
        self.executed = False
        self.input: tuple[list[int], int] | None = None
        self.output: tuple[list[int], int] | None = None
        self.mult_adds: int | None = None
        # The number of what it put out.
        self.value: int | None = None

    def __repr__(self) -> str:
        return f"{self.class_name}: {self.place.depth}"


class Recorder:
    """Walks a model and, with `hook=True`, listens to its calls until `remove` is called.

    Parameters
    ----------
    model : torch.nn.Module
    name : str
        The name of the root.
    hook : bool
        Whether the model will run. Otherwise every module is mentioned once, in order of registration.
    batch_dim : int, optional
        The axis that is shown with length 1.
    """

    def __init__(self, model: nn.Module, name: str, hook: bool, batch_dim: int | None) -> None:
        self.places: list[Place] = []
        self.calls: list[Call] = []
        # Calls that have not ended, the innermost last, by module and all together. One that raised stays until the
        # call around it ends.
        self._running_of: dict[int, list[Call]] = {}
        self._running: list[Call] = []
        self._handles: dict[int, tuple[Any, Any]] = {}
        self._batch_dim = batch_dim
        self.trace: Trace | None = None
        stack: list[tuple[str, nn.Module, Place | None]] = [(name, model, None)]
        while stack:
            name, module, parent = stack.pop()
            if _contains_itself(module, parent):
                continue
            place = Place(len(self.places), module, name, parent)
            self.places.append(place)
            if not hook or isinstance(module, ScriptModule):
                # A scripted module runs without hooks.
                self.calls.append(Call(place))
            else:
                self._listen(place)
            # Not named_children, which leaves out a module that is registered a second time.
            children = [(name, child, place) for name, child in module._modules.items() if child is not None]
            stack += reversed(children)

    def _listen(self, place: Place) -> None:
        # The last place of a shared module is the one that its calls are shown at.
        for handle in self._handles.pop(id(place.module), ()):
            handle.remove()

        def before(module: nn.Module, inputs: Any) -> None:
            call = Call(place)
            self.calls.append(call)
            self._running_of.setdefault(id(module), []).append(call)
            self._running.append(call)

        def after(module: nn.Module, inputs: Any, outputs: Any) -> None:
            call = self._running_of[id(module)].pop()
            while self._running and self._running.pop() is not call:
                pass
            call.input = size_of(inputs, self._batch_dim)
            call.output = size_of(outputs, self._batch_dim)
            if self.trace is not None:
                call.value = self.trace.number_of(outputs)
            call.executed = True

        self._handles[id(place.module)] = (
            place.module.register_forward_pre_hook(before),
            place.module.register_forward_hook(after),
        )

    def remove(self) -> None:
        """Take the hooks off the model."""
        for handles in self._handles.values():
            for handle in handles:
                handle.remove()

    @contextlib.contextmanager
    def watching(self, enabled: bool, arguments: Any) -> Iterator[None]:
        """Watch the operations that run within it: each counts for the innermost module."""
        if not enabled:
            yield
            return
        self.trace = Trace()
        self.trace.add_inputs(arguments)
        # Fused kernels would hide the products that they are made of.
        fast_attention = torch.backends.mha.get_fastpath_enabled()
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            with (
                _without_warning("TF32 acceleration"),
                torch.backends.mkldnn.flags(enabled=False),
                torch.backends.cudnn.flags(enabled=False),
                _Operations(self._running, self.trace),
            ):
                yield
        finally:
            torch.backends.mha.set_fastpath_enabled(fast_attention)
        for call in self.calls:
            if call.executed and call.mult_adds is None:
                call.mult_adds = 0

    def lists(self) -> tuple[list, list, list, list, tuple | None]:
        """Parameters, modules, places, calls and the trace as the Rust side takes them."""
        numbers: dict[int, int] = {}
        modules: list[nn.Module] = []
        for place in self.places:
            if id(place.module) not in numbers:
                numbers[id(place.module)] = len(modules)
                modules.append(place.module)
        parameters = _Parameters()
        module_lists = [_module(module, numbers, parameters) for module in modules]
        places = [
            (numbers[id(place.module)], place.name, place.class_name, place.parent and place.parent.index)
            for place in self.places
        ]
        calls = [
            (call.place.index, call.class_name, call.executed, call.input, call.output, call.mult_adds, call.value)
            for call in self.calls
        ]
        return parameters.list, module_lists, places, calls, self.trace and self.trace.lists()


@contextlib.contextmanager
def _without_warning(start: str) -> Iterator[None]:
    """Changing oneDNN's flags warns of hardware that is not there."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=start)
        yield


class _Operations(TorchDispatchMode):
    """Counts each operation for the innermost of the running calls, and writes down what it takes and makes."""

    def __init__(self, running: list[Call], trace: Trace) -> None:
        super().__init__()
        self._running = running
        self._trace = trace

    def __torch_dispatch__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        name = func.overloadpacket.__name__
        self._trace.add(func, name, args, kwargs, result)
        if self._running:
            if name == "convolution" and args[6]:
                name = "conv_transpose2d"
            call = self._running[-1]
            mult_adds = _core.operation_mult_adds(name, _shapes(args), _shapes((result,)))
            call.mult_adds = (call.mult_adds or 0) + mult_adds
        return result


class Trace:
    """The operations of a run as numbers: each tensor that flows has one."""

    # What a window that moves over its input is told by.
    _SETTINGS = frozenset({"kernel_size", "stride", "dilation", "transposed"})

    def __init__(self) -> None:
        self._numbers = WeakIdKeyDictionary()
        self._count = 0
        self._names: dict[Any, list[str]] = {}
        self.sources: list[tuple[int, bool, str, list[int]]] = []
        self.operations: list[tuple[str, list[int], list[tuple[int, str, list[int]]], list[tuple[str, Any]]]] = []
        self.outputs: list[int] = []

    def add_inputs(self, values: Any) -> None:
        """What the model is given."""
        for tensor in _tensors(values):
            if tensor not in self._numbers:
                self._source(tensor, True)

    def add_outputs(self, values: Any) -> None:
        """What it returns."""
        self.outputs += [self._number(tensor) for tensor in _tensors(values)]

    def number_of(self, values: Any) -> int | None:
        """The number of the first tensor, if it has one."""
        return next((self._numbers.get(tensor) for tensor in _tensors(values)), None)

    def add(self, func: Any, name: str, args: tuple, kwargs: dict, result: Any) -> None:
        names = self._names.get(func)
        if names is None:
            names = self._names[func] = [argument.name for argument in func._schema.arguments]
        inputs = [self._number(tensor) for value in (*args, *kwargs.values()) for tensor in _tensors(value)]
        settings = [
            (key, list(value) if isinstance(value, (list, tuple)) else value)
            for key, value in (*zip(names, args, strict=False), *kwargs.items())
            if key in self._SETTINGS
        ]
        results = [(self._new(tensor), *_type_and_shape(tensor)) for tensor in _tensors(result)]
        self.operations.append((name, inputs, results, settings))

    def _new(self, tensor: torch.Tensor) -> int:
        number = self._numbers[tensor] = self._count
        self._count += 1
        return number

    def _number(self, tensor: torch.Tensor) -> int:
        number = self._numbers.get(tensor)
        return self._source(tensor, False) if number is None else number

    def _source(self, tensor: torch.Tensor, is_input: bool) -> int:
        number = self._new(tensor)
        self.sources.append((number, is_input, *_type_and_shape(tensor)))
        return number

    def lists(self) -> tuple[list, list, list]:
        """As the Rust side takes it."""
        return self.sources, self.operations, self.outputs


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in nested containers, in order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)


def _type_and_shape(tensor: torch.Tensor) -> tuple[str, list[int]]:
    return str(tensor.dtype).removeprefix("torch."), list(tensor.shape)


def _shapes(values: tuple) -> list[list[int]]:
    """Shapes of the tensors among arguments, or of the first of several results."""
    values = (value[0] if isinstance(value, (list, tuple)) and value else value for value in values)
    return [list(value.shape) for value in values if isinstance(value, torch.Tensor)]


class _Parameters:
    """Parameters, each once: tied weights are the same object."""

    def __init__(self) -> None:
        self.list: list[tuple[list[int] | None, int, bool]] = []
        self._numbers: dict[int, int] = {}
        # A parameter of a scripted module is made anew when asked for: it must live on to keep its identity.
        self._alive: list[torch.Tensor] = []

    def number(self, parameter: torch.Tensor) -> int:
        number = self._numbers.get(id(parameter))
        if number is None:
            number = self._numbers[id(parameter)] = len(self.list)
            self._alive.append(parameter)
            shape = None if is_lazy(parameter) else list(parameter.shape)
            self.list.append((shape, parameter.dtype.itemsize, parameter.requires_grad))
        return number


def _module(module: nn.Module, numbers: dict[int, int], parameters: _Parameters) -> tuple:
    """Children, own parameters, whether it is a leaf, kernel size and groups."""
    children = [
        (name, numbers[id(child)])
        for name, child in module._modules.items()
        if child is not None and id(child) in numbers
    ]
    is_scripted = isinstance(module, ScriptModule)
    named = module.named_parameters(recurse=False) if is_scripted else module._parameters.items()
    own = [
        (name, parameters.number(parameter), _kept(module, name)) for name, parameter in named if parameter is not None
    ]
    # Empty containers do not count as children: their length is 0, which is false.
    is_leaf = not any(module.children())
    groups = getattr(module, "groups", None)
    is_count = isinstance(groups, int) and not isinstance(groups, bool) and groups >= 0
    return children, own, is_leaf, kernel_size_of(module), groups if is_count else None


def _kept(module: nn.Module, name: str) -> int | None:
    """How many elements pruning left of a parameter."""
    if not name.endswith("_orig"):
        return None
    mask = getattr(module, f"{name[:-5]}_mask", None)
    if not isinstance(mask, torch.Tensor):
        return None
    return mask.nelement() if mask.is_meta else int(mask.sum())


def _contains_itself(module: nn.Module, parent: Place | None) -> bool:
    while parent is not None:
        if parent.module is module:
            return True
        parent = parent.parent
    return False


def class_name(module: nn.Module) -> str:
    """The class that a row shows; of a scripted module the one that it was made from."""
    return str(module.original_name) if isinstance(module, ScriptModule) else type(module).__name__


def kernel_size_of(module: nn.Module) -> int | list[int] | str | None:
    """A module's `kernel_size` as numbers, or as it prints where it is something else."""
    size = getattr(module, "kernel_size", None)
    if size is None or isinstance(size, int):
        return None if size is None else int(size)
    if isinstance(size, torch.Tensor):
        size = size.tolist()
    if not isinstance(size, Iterable) or isinstance(size, str):
        return str(size)
    sizes = [side.item() if isinstance(side, torch.Tensor) else side for side in size]
    return sizes if all(isinstance(side, int) for side in sizes) else str(sizes)


def size_of(value: Any, batch_dim: int | None) -> tuple[list[int], int] | None:
    """The shape that stands for what went into or came out of a module, and the bytes of an element.

    Of several tensors it is the first of a sequence and the last of a dict.

    Raises
    ------
    TypeError
        If nothing in the value can be asked for a shape.
    """
    if value is None:
        return None
    if isinstance(value, torch.Tensor):
        return list(value.size()), value.element_size()
    if isinstance(value, (list, tuple)) and value and hasattr(value[0], "data"):
        # A packed sequence keeps its tensor in `data`; a tensor's `data` is the tensor.
        data = value[0].data
        if hasattr(data, "size"):
            return _with_one(list(data.size()), batch_dim), data.element_size()
    if isinstance(value, Mapping):
        found = _first_size(list(value.values())[-1]) if value else None
    elif isinstance(value, torch.distributions.Distribution):
        return [*value.batch_shape, *value.event_shape], torch.get_default_dtype().itemsize
    elif isinstance(value, (list, tuple)) or _is_array(value):
        found = _first_size(value)
    else:
        raise TypeError(
            f"Model contains a layer with an unsupported input or output type: {value}, type: {type(value)}"
        )
    return found and (_with_one(found[0], batch_dim), found[1])


def _with_one(size: list[int], batch_dim: int | None) -> list[int]:
    if batch_dim is not None and batch_dim < len(size):
        size[batch_dim] = 1
    return size


def _is_array(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "shape")


def _first_size(value: Any) -> tuple[list[int], int] | None:
    """The shape of the first tensor in nested containers."""
    while True:
        if hasattr(value, "tensors"):
            value = value.tensors
        elif isinstance(value, torch.Tensor):
            return list(value.size()), value.element_size()
        elif _is_array(value):
            return list(value.shape), value.itemsize
        elif not hasattr(value, "__getitem__") or not value:
            return None
        elif isinstance(value, dict):
            value = list(value.values())
        elif isinstance(value, (list, tuple)):
            value = value[0]
        elif callable(getattr(value, "size", None)) and callable(getattr(value, "element_size", None)):
            return list(value.size()), value.element_size()
        else:
            return None


def like(container: Any) -> Callable[..., Any]:
    """Makes a container of the same type, or what it is made of where the type cannot be made so."""

    def make(*items: Any) -> Any:
        try:
            return type(container)(*items)
        except TypeError:
            return items[0]

    return make


def traverse(data: Any, of_tensor: Callable[[Any], Any], of_container: Callable[[Any], Callable]) -> Any:
    """Apply a function to every tensor in nested containers and put the results together.

    `of_container` gives, for a container, the function that makes one of the results of its items.
    """
    if isinstance(data, torch.Tensor):
        return of_tensor(data)
    if _is_array(data):
        result = of_tensor(torch.from_numpy(data))
        # What makes tensors of tensors is not for arrays.
        return data if isinstance(result, torch.Tensor) else result
    if isinstance(data, Mapping):
        items = {key: traverse(value, of_tensor, of_container) for key, value in data.items()}
        return of_container(data)(items)
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return of_container(data)(*(traverse(item, of_tensor, of_container) for item in data))
    if isinstance(data, Iterable) and not isinstance(data, str):
        return of_container(data)([traverse(item, of_tensor, of_container) for item in data])
    return data

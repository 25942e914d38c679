"""The summary of a live model."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from glassboard import _core, _record
from glassboard._errors import InvalidInputError, InvalidTypeError
from glassboard.torchinfo.enums import ColumnSettings, Mode, OwnColumns, RowSettings, Units, Verbosity
from glassboard.torchinfo.formatting import FormattingOptions
from glassboard.torchinfo.layer_info import LayerInfo
from glassboard.torchinfo.model_statistics import ModelStatistics

__all__ = ["clear_cached_forward_pass", "summary"]

_DEFAULT_COLUMNS = (ColumnSettings.OUTPUT_SIZE, ColumnSettings.NUM_PARAMS)
_NEED_INPUT = {
    ColumnSettings.INPUT_SIZE,
    ColumnSettings.OUTPUT_SIZE,
    ColumnSettings.MULT_ADDS,
    OwnColumns.OPERATION_MULT_ADDS,
    OwnColumns.RECEPTIVE_FIELD,
}
_HALF = (torch.float16, torch.bfloat16)

# Rows of models that ran, by the name of their class.
_cached_forward_pass: dict[str, list[LayerInfo]] = {}


def summary(
    model: nn.Module,
    input_size: Sequence[Any] | None = None,
    input_data: Any = None,
    batch_dim: int | None = None,
    cache_forward_pass: bool | None = None,
    col_names: Iterable[str] | None = None,
    col_width: int = 25,
    depth: int = 3,
    device: torch.device | str | None = None,
    dtypes: list[torch.dtype] | None = None,
    mode: str | None = None,
    row_settings: Iterable[str] | None = None,
    verbose: int | None = None,
    *,
    size_units: str | None = None,
    counting: str = "current",
    **kwargs: Any,
) -> ModelStatistics:
    """Tell what a model consists of: its layers, their shapes, parameters and mult-adds.

    The text is that of torchinfo 1.8.0. If neither `input_size` nor `input_data` is given, the model does not run, and
    only names and parameters are known.

    Parameters
    ----------
    model : torch.nn.Module
        The model. It is as it was when the summary is done: hooks are taken off, every module is in its mode.
    input_size : sequence of sizes
        The size of the input, the batch included; for several inputs a list of sizes.
    input_data : tensors
        Arguments of `forward`: a tensor or array, a list of arguments, or a dict of keyword arguments.
    batch_dim : int
        The axis of the batch, if `input_size` has none. The model runs with a batch of 1.
    cache_forward_pass : bool
        Keep the rows under the name of the model's class, and take them from there the next time.
    col_names : iterable of str
        `input_size`, `output_size`, `num_params`, `params_percent`, `kernel_size`, `groups`, `mult_adds`,
        `trainable`; and `operation_mult_adds`: what the operations in a module multiply, functions and attention too,
        counted as they run; `receptive_field`: how many elements of the input along an axis one element of the output
        can see. With either of these two the memory that the values between operations need at once is told too. By
        default output size and number of parameters.
    col_width : int
        The width of each column.
    depth : int
        The depth of the deepest layer that is shown.
    device : torch.device or str
        Where the model runs; it is moved there. By default where its first parameter is.
    dtypes : list of torch.dtype
        The types of the inputs that are made by `input_size`; float by default.
    mode : str
        `eval` (the default), `train`, or `same`: the mode that the model is in.
    row_settings : iterable of str
        `depth` (the default), `var_names`, `ascii_only`, `hide_recursive_layers`.
    verbose : int
        0: print nothing, 1: print the table, 2: with a line per parameter. By default 1 in a script and 0 in an
        interactive session.
    size_units : str
        `auto`, `k`, `M`, `G`, `T`: sizes in this unit, in the layout of torchinfo's development version. By default
        MB, as in release 1.8.0.
    counting : str
        `current`: torchinfo's rules with its later corrections, a linear layer multiplies at every position and tied
        weights count once. `release`: those of 1.8.0.
    **kwargs
        Other arguments of `forward`.

    Returns
    -------
    ModelStatistics

    Raises
    ------
    RuntimeError
        If `forward` raises; the message names the layers that ran before. Or if there are both sizes and data.
    ValueError, TypeError
        If an argument has a value or type that means nothing.
    """
    has_input = input_data is not None or input_size is not None
    if col_names is None:
        columns: tuple = _DEFAULT_COLUMNS if has_input else (ColumnSettings.NUM_PARAMS,)
    else:
        columns = tuple(_column(name) for name in col_names)
    rows = {RowSettings.DEPTH} if row_settings is None else {RowSettings(name) for name in row_settings}
    model_mode = Mode.EVAL if mode is None else Mode(mode)
    units = None if size_units is None else Units(size_units)
    if counting not in ("current", "release"):
        raise InvalidInputError(f"counting is 'current' or 'release', not {counting!r}")
    if verbose is None:
        verbose = 0 if getattr(sys, "ps1", None) else 1
    if isinstance(device, str):
        device = torch.device(device)
    elif device is None and input_data is None:
        device = _device_of(model)
    _validate(input_data, input_size, columns, col_width, device, dtypes, verbose)

    arguments, sizes = _arguments(input_data, input_size, batch_dim, device, dtypes)
    formatting = FormattingOptions(depth, verbose, columns, col_width, rows)
    formatting.size_units = units
    input_bytes = 0 if arguments is None else _bytes_of(arguments)
    name = type(model).__name__
    layers = _cached_forward_pass.get(name) if cache_forward_pass else None
    if layers is None:
        watches = not set(columns).isdisjoint(OwnColumns)
        recorder = _run(model, name, arguments, batch_dim, device, model_mode, kwargs, watches)
        layers = _layers(recorder, None if arguments is None else input_bytes, counting)
        if cache_forward_pass:
            _cached_forward_pass[name] = layers
    results = ModelStatistics(layers, sizes, input_bytes, formatting)
    if verbose > Verbosity.QUIET:
        print(results)
    return results


def clear_cached_forward_pass() -> None:
    """Forget the rows of models that ran."""
    _cached_forward_pass.clear()


def _column(name: str) -> ColumnSettings | OwnColumns:
    return OwnColumns(name) if name in tuple(OwnColumns) else ColumnSettings(name)


def _validate(
    input_data: Any,
    input_size: Any,
    columns: tuple,
    col_width: int,
    device: torch.device | None,
    dtypes: list[torch.dtype] | None,
    verbose: int,
) -> None:
    if col_width <= 0:
        raise InvalidInputError(f"Column width must be greater than 0: col_width={col_width}")
    if verbose not in (0, 1, 2):
        raise InvalidInputError("Verbose must be either 0 (quiet), 1 (default), or 2 (verbose).")
    if input_data is not None and input_size is not None:
        raise RuntimeError("Only one of (input_data, input_size) should be specified.")
    not_allowed = sorted(column.value for column in set(columns) & _NEED_INPUT)
    if input_data is None and input_size is None and not_allowed:
        raise InvalidInputError(
            f"You must pass input_data or input_size in order to use columns: {', '.join(not_allowed)}"
        )
    if dtypes is not None and any(dtype in _HALF for dtype in dtypes):
        if input_size is not None:
            warnings.warn(
                "Half precision is not supported with input_size parameter, and may output incorrect results. "
                "Try passing input_data directly.",
                stacklevel=3,
            )
        if device is not None and device.type == "cpu":
            warnings.warn(
                "Half precision is not supported on cpu. Set the `device` field or pass `input_data` using the "
                "correct device.",
                stacklevel=3,
            )


def _device_of(model: nn.Module) -> torch.device:
    """Where the model is; where it has no parameters, the accelerator if there is one."""
    first = next(model.parameters(), None)
    if first is not None:
        return first.device
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _arguments(
    input_data: Any,
    input_size: Any,
    batch_dim: int | None,
    device: torch.device | None,
    dtypes: list[torch.dtype] | None,
) -> tuple[Any, Any]:
    """What `forward` is called with, and its sizes."""
    if input_data is not None:
        sizes = _record.traverse(input_data, lambda data: data.size(), _record.like)
        arguments = _moved(input_data, device)
        is_one = isinstance(arguments, torch.Tensor) or _record._is_array(arguments)
        return [arguments] if is_one else arguments, sizes
    if input_size is None:
        return None, []
    sizes = _input_sizes(input_size)
    if dtypes is None:
        dtypes = [torch.float] * len(sizes)
    if len(dtypes) < len(sizes):
        raise InvalidInputError(f"expected a dtype for each of {len(sizes)} inputs, got {len(dtypes)}")
    # Numbers of its own: the script's are as they were.
    generator = torch.Generator().manual_seed(0)
    arguments = []
    for size, dtype in zip(sizes, dtypes, strict=False):
        tensor = torch.rand(tuple(size), generator=generator)
        if batch_dim is not None:
            tensor = tensor.unsqueeze(batch_dim)
        arguments.append(tensor.to(device).type(dtype))
    return arguments, sizes


def _moved(data: Any, device: torch.device | None) -> Any:
    if device is None:
        return data
    return _record.traverse(data, lambda tensor: tensor.to(device, non_blocking=True), _record.like)


def _input_sizes(input_size: Any) -> list[Any]:
    """A list with a size for each input."""
    if not isinstance(input_size, (list, tuple)):
        raise InvalidTypeError(
            "Input_size is not a recognized type. Please ensure input_size is valid.\n"
            "For multiple inputs to the network, ensure input_size is a list of tuple sizes. If you are having "
            "trouble here, please submit a GitHub issue."
        )
    if input_size == ():
        # A number.
        return [()]
    if not input_size or any(size <= 0 for size in _flat(input_size)):
        raise InvalidInputError("Input_data is invalid, or negative size found in input_data.")
    if isinstance(input_size[0], int):
        return [tuple(input_size)]
    return list(input_size)


def _flat(nested: Iterable[Any]) -> Iterator[Any]:
    for item in nested:
        if isinstance(item, (list, tuple)):
            yield from _flat(item)
        else:
            yield item


def _bytes_of(arguments: Any) -> int:
    """Memory of all tensors, with what Python needs for their storages."""
    sizes: list[int] = []

    def add(tensor: torch.Tensor) -> None:
        sizes.append(sys.getsizeof(tensor.untyped_storage()))

    _record.traverse(arguments, add, lambda container: lambda *items: None)
    return sum(sizes)


def _run(
    model: nn.Module,
    name: str,
    arguments: Any,
    batch_dim: int | None,
    device: torch.device | None,
    mode: Mode,
    kwargs: dict[str, Any],
    watches: bool,
) -> _record.Recorder:
    """Call the model and listen."""
    recorder = _record.Recorder(model, name, arguments is not None, batch_dim)
    if arguments is None:
        return recorder
    modes = [(module, module.training) for module in model.modules()]
    try:
        if mode is not Mode.SAME:
            model.train(mode is Mode.TRAIN)
        kwargs = _moved(kwargs, device)
        with torch.no_grad(), recorder.watching(watches, (arguments, kwargs)):
            if device is not None:
                model = model.to(device)
            if isinstance(arguments, Mapping):
                outputs = model(**arguments, **kwargs)
            elif isinstance(arguments, (list, tuple)):
                outputs = model(*arguments, **kwargs)
            else:
                raise InvalidTypeError(f"Unknown input type: {type(arguments)}")
            if recorder.trace is not None:
                recorder.trace.add_outputs(outputs)
    except Exception as error:
        executed = [call for call in recorder.calls if call.executed]
        raise RuntimeError(
            f"Failed to run torchinfo. See above stack traces for more details. Executed layers up to: {executed}"
        ) from error
    finally:
        recorder.remove()
        for module, training in modes:
            module.training = training
    return recorder


def _layers(recorder: _record.Recorder, input_bytes: int | None, counting: str) -> list[LayerInfo]:
    """The rows that the Rust side makes of what was heard."""
    core = _core.ModelSummary(*recorder.lists(), input_bytes, counting)
    layers: list[LayerInfo] = []
    above: list[LayerInfo] = []
    # By the rules of the release one row may stand at several positions; it ends behind the last one.
    known: dict[tuple[int, int], LayerInfo] = {}
    for position, row in enumerate(core.rows()):
        del above[row.depth :]
        layer = known.get((row.place, row.end))
        if layer is None:
            module = recorder.places[row.place].module
            layer = LayerInfo._of_row(core, position, row, module, above[-1] if above else None)
            known[row.place, row.end] = layer
        layers.append(layer)
        above.append(layer)
    last = {id(layer): position for position, layer in enumerate(layers)}
    for (_, end), layer in known.items():
        layer.children = layers[last[id(layer)] + 1 : end]
    return layers

"""A model as PyTorch prints it."""

from __future__ import annotations

import os
import sys
from typing import Any

from glassboard import _core
from glassboard._errors import InvalidTypeError


def describe(model: Any) -> str:
    """The nested form of `print(model)`, of a live model or of a file.

    Parameters
    ----------
    model : torch.nn.Module or path
        A module, or a file that `glassboard summary` reads (.pt2, .onnx, .safetensors, .pth). A file does not keep
        what its layers were made with: what their operations and parameters show is given.

    Returns
    -------
    str

    Raises
    ------
    InvalidTypeError
        If it is neither.
    FileError
        If the file cannot be read as a model.
    """
    if isinstance(model, (str, os.PathLike)):
        return _core.describe_file(os.fspath(model))
    # A module can only come from a script that has imported PyTorch.
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        raise InvalidTypeError(f"expected a torch.nn.Module or a path, got {type(model).__name__}")
    return repr(model)

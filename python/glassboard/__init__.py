"""Glassboard: see what a training does. Writes and reads TensorBoard event files.

>>> from glassboard import SummaryWriter
>>> with SummaryWriter("runs/first") as writer:
...     for step in range(100):
...         writer.add_scalar("loss/train", 1 / (step + 1), step)
"""

from __future__ import annotations

import importlib

from glassboard._core import __version__
from glassboard._errors import Error, FileError, InvalidInputError, InvalidTypeError, NotFoundError
from glassboard._file_writer import FileWriter
from glassboard._writer import SummaryWriter

# Known to type checkers; importing `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from glassboard import (
        cam,
        flashtorch,
        metrics,
        plot,
        projection,
        pytorch_grad_cam,
        saliency,
        tensorboardX,
        torchinfo,
        utils,
    )
    from glassboard._core import Event, summary_iterator
    from glassboard._describe import describe
    from glassboard._errors import DataLossError, EmptyInputError, LaunchError
    from glassboard._look import features, kernels
    from glassboard._notebook import launch, load_ipython_extension
    from glassboard._read import read
    from glassboard.torchinfo import summary

# Names that are imported when they are first asked for, and where they are.
_LAZY = {
    "DataLossError": "glassboard._errors",
    "EmptyInputError": "glassboard._errors",
    "Event": "glassboard._core",
    "LaunchError": "glassboard._errors",
    "describe": "glassboard._describe",
    "features": "glassboard._look",
    "kernels": "glassboard._look",
    "launch": "glassboard._notebook",
    "load_ipython_extension": "glassboard._notebook",
    "read": "glassboard._read",
    "summary": "glassboard.torchinfo",
    "summary_iterator": "glassboard._core",
}
_LAZY_MODULES = (
    "cam",
    "flashtorch",
    "metrics",
    "plot",
    "projection",
    "pytorch_grad_cam",
    "saliency",
    "tensorboardX",
    "torchinfo",
    "utils",
)

__all__ = [
    "DataLossError",
    "EmptyInputError",
    "Error",
    "Event",
    "FileError",
    "FileWriter",
    "InvalidInputError",
    "InvalidTypeError",
    "LaunchError",
    "NotFoundError",
    "SummaryWriter",
    "__version__",
    "cam",
    "describe",
    "features",
    "flashtorch",
    "kernels",
    "launch",
    "load_ipython_extension",
    "metrics",
    "plot",
    "projection",
    "pytorch_grad_cam",
    "read",
    "saliency",
    "summary",
    "summary_iterator",
    "tensorboardX",
    "torchinfo",
    "utils",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY_MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

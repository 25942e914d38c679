"""Glassboard in place of torchinfo: `from glassboard.torchinfo import summary`."""

from glassboard._core import __version__
from glassboard.torchinfo.enums import (
    ALL_COLUMN_SETTINGS,
    ALL_ROW_SETTINGS,
    ColumnSettings,
    Mode,
    RowSettings,
    Units,
    Verbosity,
)
from glassboard.torchinfo.formatting import FormattingOptions
from glassboard.torchinfo.layer_info import LayerInfo
from glassboard.torchinfo.model_statistics import ModelStatistics
from glassboard.torchinfo.torchinfo import clear_cached_forward_pass, summary

__all__ = [
    "ALL_COLUMN_SETTINGS",
    "ALL_ROW_SETTINGS",
    "ColumnSettings",
    "FormattingOptions",
    "LayerInfo",
    "Mode",
    "ModelStatistics",
    "RowSettings",
    "Units",
    "Verbosity",
    "__version__",
    "clear_cached_forward_pass",
    "summary",
]

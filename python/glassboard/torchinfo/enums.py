"""The choices that a summary takes, by the names that torchinfo gave them."""

from __future__ import annotations

from enum import Enum, IntEnum, unique

__all__ = [
    "ALL_COLUMN_SETTINGS",
    "ALL_ROW_SETTINGS",
    "ColumnSettings",
    "Mode",
    "OwnColumns",
    "RowSettings",
    "Units",
    "Verbosity",
]


@unique
class Mode(str, Enum):
    """In which mode the model runs."""

    TRAIN = "train"
    EVAL = "eval"
    SAME = "same"


@unique
class RowSettings(str, Enum):
    """What a row says of its module."""

    DEPTH = "depth"
    VAR_NAMES = "var_names"
    ASCII_ONLY = "ascii_only"
    HIDE_RECURSIVE_LAYERS = "hide_recursive_layers"


@unique
class ColumnSettings(str, Enum):
    """The columns of torchinfo's table."""

    KERNEL_SIZE = "kernel_size"
    GROUPS = "groups"
    INPUT_SIZE = "input_size"
    OUTPUT_SIZE = "output_size"
    NUM_PARAMS = "num_params"
    PARAMS_PERCENT = "params_percent"
    MULT_ADDS = "mult_adds"
    TRAINABLE = "trainable"


@unique
class OwnColumns(str, Enum):
    """Columns that torchinfo does not have."""

    OPERATION_MULT_ADDS = "operation_mult_adds"
    RECEPTIVE_FIELD = "receptive_field"


@unique
class Units(str, Enum):
    """In which unit a number is shown. All are decimal."""

    AUTO = "auto"
    KILOBYTES = "k"
    MEGABYTES = "M"
    GIGABYTES = "G"
    TERABYTES = "T"
    NONE = ""


@unique
class Verbosity(IntEnum):
    """How much is printed."""

    QUIET, DEFAULT, VERBOSE = 0, 1, 2


ALL_COLUMN_SETTINGS = tuple(ColumnSettings)
ALL_ROW_SETTINGS = tuple(RowSettings)

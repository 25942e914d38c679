"""What a table shows."""

from __future__ import annotations

from collections.abc import Iterable

from glassboard.torchinfo.enums import ColumnSettings, OwnColumns, RowSettings, Units

__all__ = ["CONVERSION_FACTORS", "HEADER_TITLES", "FormattingOptions"]

HEADER_TITLES = {
    ColumnSettings.KERNEL_SIZE: "Kernel Shape",
    ColumnSettings.GROUPS: "Groups",
    ColumnSettings.INPUT_SIZE: "Input Shape",
    ColumnSettings.OUTPUT_SIZE: "Output Shape",
    ColumnSettings.NUM_PARAMS: "Param #",
    ColumnSettings.PARAMS_PERCENT: "Param %",
    ColumnSettings.MULT_ADDS: "Mult-Adds",
    ColumnSettings.TRAINABLE: "Trainable",
}
CONVERSION_FACTORS = {
    Units.TERABYTES: 1e12,
    Units.GIGABYTES: 1e9,
    Units.MEGABYTES: 1e6,
    Units.KILOBYTES: 1e3,
    Units.NONE: 1,
}


class FormattingOptions:
    """What a table shows. Its attributes may be changed; the next text follows them."""

    def __init__(
        self,
        max_depth: int,
        verbose: int,
        col_names: tuple[ColumnSettings | OwnColumns, ...],
        col_width: int,
        row_settings: Iterable[RowSettings],
    ) -> None:
        self.max_depth = max_depth
        self.verbose = verbose
        self.col_names = tuple(col_names)
        self.col_width = col_width
        self.row_settings = row_settings
        self.params_units = Units.NONE
        self.macs_units = Units.AUTO
        #: None: sizes in MB as torchinfo 1.8.0 prints them. Else a unit, in the layout of its development version.
        self.size_units: Units | None = None

        self.layer_name_width = 40
        self.ascii_only = RowSettings.ASCII_ONLY in self.row_settings
        self.show_var_name = RowSettings.VAR_NAMES in self.row_settings
        self.show_depth = RowSettings.DEPTH in self.row_settings
        self.hide_recursive_layers = RowSettings.HIDE_RECURSIVE_LAYERS in self.row_settings

    def get_total_width(self) -> int:
        """The width of a line in characters."""
        return len(self.col_names) * self.col_width + self.layer_name_width

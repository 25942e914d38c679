"""A summarized model."""

from __future__ import annotations

import os
from typing import Any

from glassboard import _core
from glassboard._errors import InvalidInputError
from glassboard.torchinfo.enums import Units
from glassboard.torchinfo.formatting import FormattingOptions
from glassboard.torchinfo.layer_info import LayerInfo

__all__ = ["ModelStatistics"]


class ModelStatistics:
    """A summarized model: its rows, its sums, and their text.

    `str` of it is torchinfo's table; Jupyter shows it as a table of its own.

    Parameters
    ----------
    summary_list : list of LayerInfo
        The rows of a summary.
    input_size : nested sizes
        The sizes of the inputs; empty if nothing ran.
    total_input_size : int
        Bytes of the inputs.
    formatting : FormattingOptions
        What the text shows.
    """

    def __init__(
        self,
        summary_list: list[LayerInfo],
        input_size: Any,
        total_input_size: int,
        formatting: FormattingOptions,
    ) -> None:
        if not summary_list or summary_list[0]._summary is None:
            raise InvalidInputError("expected the rows of a summary, got rows that none made")
        self._summary = summary_list[0]._summary
        self.summary_list = summary_list
        self.input_size = input_size
        self.formatting = formatting
        totals = self._summary.totals()
        self.total_input = total_input_size
        self.total_mult_adds: int = totals["mult_adds"]
        self.total_params: int = totals["params"]
        self.trainable_params: int = totals["trainable_params"]
        self.total_param_bytes: int = totals["param_bytes"]
        self.total_output_bytes: int = totals["output_bytes"]
        self.total_operation_mult_adds: int | None = totals["operation_mult_adds"]
        self.peak_activation_bytes: int | None = totals["peak_activation_bytes"]
        formatting.layer_name_width = self._summary.layer_width(formatting)

    def __repr__(self) -> str:
        return self._summary.text(self.formatting)

    def _repr_html_(self) -> str:
        return self.to_html()

    def to_markdown(self) -> str:
        """The shown rows as a Markdown table, and the sums as a list."""
        return self._summary.write("markdown", self.formatting)

    def to_html(self) -> str:
        """The shown rows and the sums as an HTML table."""
        return self._summary.write("html", self.formatting)

    def to_json(self) -> str:
        """All rows and the sums with plain numbers."""
        return self._summary.write("json", self.formatting)

    def to_csv(self) -> str:
        """All rows with plain numbers."""
        return self._summary.write("csv", self.formatting)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the summary to a file: `.md`, `.html`, `.json` and `.csv` by its ending, else as text."""
        ending = os.path.splitext(os.fspath(path))[1].lower()
        forms = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json", ".csv": "csv"}
        with open(path, "w", encoding="utf-8") as file:
            file.write(self._summary.write(forms.get(ending, "text"), self.formatting))

    def compare(self, other: ModelStatistics, format: str = "text") -> str:
        """This model and another one row by row.

        Parameters
        ----------
        other : ModelStatistics
            The other model.
        format : str
            `text`, `markdown`, `html`, `json` or `csv`. The columns are those of this summary.
        """
        return self._summary.compare(other._summary, format, self.formatting)

    @staticmethod
    def float_to_megabytes(num: int) -> float:
        """Megabytes of so many numbers of 4 bytes."""
        return num * 4 / 1e6

    @staticmethod
    def to_megabytes(num: int) -> float:
        """Megabytes of so many bytes."""
        return num / 1e6

    @staticmethod
    def to_readable(num: int, units: Units = Units.AUTO) -> tuple[Units, float]:
        """A number in a unit; by default the greatest that leaves at least 1, from a million on."""
        unit, value = _core.readable_number(num, units, False)
        return Units(unit), value

    @staticmethod
    def format_output_num(num: int, units: Units) -> str:
        """A number in a unit as it stands under the table: ` (M): 1.50`."""
        used, value = ModelStatistics.to_readable(num, units)
        unit = "" if used is Units.NONE else f" ({used.value})"
        return f"{unit}: {int(value):,d}" if value.is_integer() else f"{unit}: {value:,.2f}"

"""Columns of equal length, and the data frames that can be made of them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas
    import polars
    import pyarrow


class Names:
    """A column of few different texts: a number for each row, and the text of each number."""

    def __init__(self, codes: np.ndarray, names: Sequence[str]) -> None:
        self.codes = codes
        self.names = list(names)

    def to_numpy(self) -> np.ndarray:
        import numpy as np

        names = np.empty(len(self.names), dtype=object)
        names[:] = self.names
        return names[self.codes]


class Table(Mapping):
    """Columns of equal length by name: ``table["step"]`` is a numpy array.

    A table is a mapping, so ``dict(table)`` and ``pandas.DataFrame(dict(table))`` work; the methods
    below keep runs and tags as categories, which is smaller and faster. Anything that speaks Arrow's
    PyCapsule interface (polars, duckdb, pyarrow) takes a table as it is.
    """

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self._columns = dict(columns)

    def __getitem__(self, name: str) -> np.ndarray:
        column = self._columns[name]
        return column.to_numpy() if isinstance(column, Names) else column

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        for column in self._columns.values():
            return len(column.codes if isinstance(column, Names) else column)
        return 0

    def to_pandas(self) -> pandas.DataFrame:
        """The table as a ``pandas.DataFrame``; runs and tags are categorical.

        Raises
        ------
        ImportError
            When pandas is not installed.
        """
        pandas = needed("pandas", "to_pandas")
        columns = {}
        for name, column in self._columns.items():
            if isinstance(column, Names):
                column = pandas.Categorical.from_codes(column.codes, categories=column.names)
            columns[name] = column
        return pandas.DataFrame(columns)

    def to_arrow(self) -> pyarrow.Table:
        """The table as a ``pyarrow.Table``; runs and tags are dictionary-encoded.

        Raises
        ------
        ImportError
            When pyarrow is not installed.
        """
        pyarrow = needed("pyarrow", "to_arrow")
        columns = {}
        for name, column in self._columns.items():
            if isinstance(column, Names):
                columns[name] = pyarrow.DictionaryArray.from_arrays(
                    pyarrow.array(column.codes), pyarrow.array(column.names, pyarrow.string())
                )
            else:
                columns[name] = pyarrow.array(column)
        return pyarrow.table(columns)

    def to_polars(self) -> polars.DataFrame:
        """The table as a ``polars.DataFrame``; runs and tags are categorical.

        Raises
        ------
        ImportError
            When polars is not installed.
        """
        polars = needed("polars", "to_polars")
        columns = []
        for name, column in self._columns.items():
            if isinstance(column, Names):
                names = polars.Series(name, column.names, dtype=polars.Categorical)
                columns.append(names.gather(polars.Series(column.codes)))
            else:
                columns.append(polars.Series(name, column))
        return polars.DataFrame(columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Table of {self.num_rows:,} rows: {', '.join(self)}>"


def needed(module: str, method: str, package: str | None = None) -> Any:
    """Imports what a method needs, or says how to get it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = package or module
        message = f"{method}() needs {package}, which is not installed: pip install {package}"
        raise ImportError(message, name=module) from error

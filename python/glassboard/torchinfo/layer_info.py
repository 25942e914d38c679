"""One row of a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassboard.torchinfo.enums import ColumnSettings

if TYPE_CHECKING:
    from torch import nn

    from glassboard._core import ModelSummary, SummaryRow

__all__ = ["LayerInfo"]


class LayerInfo:
    """A call of a module, or a container around calls: what torchinfo's `LayerInfo` tells."""

    def __init__(self, var_name: str, module: nn.Module, depth: int, parent_info: LayerInfo | None = None) -> None:
        from glassboard import _record

        self.layer_id = id(module)
        self.module = module
        self.class_name = _record.class_name(module)
        self.var_name = var_name
        self.depth = depth
        self.depth_index: int | None = None
        self.parent_info = parent_info
        self.children: list[LayerInfo] = []
        self.executed = False
        self.is_leaf_layer = not any(module.children())
        self.contains_lazy_param = False
        self.is_recursive = False
        self.input_size: list[int] = []
        self.output_size: list[int] = []
        self.kernel_size = _record.kernel_size_of(module)
        self.groups = getattr(module, "groups", None)
        self.trainable_params = 0
        self.num_params = 0
        self.param_bytes = 0
        self.output_bytes = 0
        self.macs = 0
        self._leftover = (0, 0)
        self._summary: ModelSummary | None = None
        self._position = 0

    @classmethod
    def _of_row(
        cls, summary: ModelSummary, position: int, row: SummaryRow, module: nn.Module, parent: LayerInfo | None
    ) -> LayerInfo:
        info = cls(row.var_name, module, row.depth, parent)
        for name in _COPIED:
            setattr(info, name, getattr(row, name))
        info._leftover = (row.leftover_params, row.leftover_trainable_params)
        info._summary = summary
        info._position = position
        return info

    def __repr__(self) -> str:
        return f"{self.class_name}: {self.depth}"

    @property
    def trainable(self) -> str:
        """`True`, `False`, `Partial`, or `--` without parameters."""
        return self._cell(ColumnSettings.TRAINABLE, False)

    @property
    def inner_layers(self) -> dict[str, dict[ColumnSettings, Any]]:
        """The parameters by name, each with the texts of its columns."""
        if self._summary is None:
            return {}
        return {
            name: {ColumnSettings.KERNEL_SIZE: shape, ColumnSettings.NUM_PARAMS: number}
            for name, shape, number in self._summary.parameters(self._position)
        }

    def get_layer_name(self, show_var_name: bool, show_depth: bool) -> str:
        """The text of the first column, without the tree."""
        name = self.class_name
        if show_var_name and self.var_name:
            name += f" ({self.var_name})"
        if show_depth and self.depth > 0:
            name += f": {self.depth}"
            if self.depth_index is not None:
                name += f"-{self.depth_index}"
        return name

    def macs_to_str(self, reached_max_depth: bool) -> str:
        """The text of the mult-adds."""
        return self._cell(ColumnSettings.MULT_ADDS, reached_max_depth)

    def num_params_to_str(self, reached_max_depth: bool) -> str:
        """The text of the number of parameters."""
        return self._cell(ColumnSettings.NUM_PARAMS, reached_max_depth)

    def params_percent(self, total_params: int, reached_max_depth: bool, precision: int = 2) -> str:
        """The text of the share of parameters."""
        return self._cell(ColumnSettings.PARAMS_PERCENT, reached_max_depth)

    def leftover_params(self) -> int:
        """Parameters that no row below counts."""
        return self._leftover[0]

    def leftover_trainable_params(self) -> int:
        """Those of them that training changes."""
        return self._leftover[1]

    def _cell(self, column: ColumnSettings, reached_max_depth: bool) -> str:
        return "--" if self._summary is None else self._summary.cell(self._position, column, reached_max_depth)


# What a row of the Rust side and a LayerInfo call by the same name.
_COPIED = (
    "class_name",
    "depth_index",
    "executed",
    "input_size",
    "is_leaf_layer",
    "is_recursive",
    "macs",
    "num_params",
    "output_bytes",
    "output_size",
    "param_bytes",
    "trainable_params",
)

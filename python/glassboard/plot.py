"""Pictures of precision-recall, ROC and DET curves, the same as those of ``glassboard curves``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from glassboard import _core
from glassboard._errors import InvalidInputError
from glassboard.metrics import _Samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["CurvePicture", "curves"]


class CurvePicture:
    """A drawing of curves; in a notebook it shows itself."""

    def __init__(self, core: _core.CurvePicture) -> None:
        self._core = core

    def svg(self) -> str:
        """The picture as an SVG document."""
        return self._core.svg()

    def html(self) -> str:
        """The picture as a page that needs nothing else, with a readout below the pointer."""
        return self._core.html()

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as PNG, at `scale` pixels per unit of the SVG document (1/96 inch)."""
        return self._core.png(scale)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture to a file, as what the name ends in: ``.svg``, ``.png`` or ``.html``.

        Raises
        ------
        ValueError
            For another ending.
        OSError
            When the file cannot be written.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".svg":
            path.write_text(self.svg(), encoding="utf-8")
        elif kind == ".png":
            path.write_bytes(self.png())
        elif kind in (".html", ".htm"):
            path.write_text(self.html(), encoding="utf-8")
        else:
            raise InvalidInputError(f"path: expected a name that ends in .svg, .png or .html, got {path.name!r}")

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        # As SVG within the page of the notebook; the page of its own is html().
        return self.svg()


def curves(
    y_true: ArrayLike,
    scores: ArrayLike | Mapping[str, ArrayLike],
    *,
    pos_label: Any = None,
    sample_weight: ArrayLike | None = None,
    title: str | None = None,
    det: bool = False,
    iso_f1: bool = False,
    costs: tuple[float, float] | None = None,
    theme: Literal["light", "dark"] = "light",
    path: str | os.PathLike[str] | None = None,
) -> CurvePicture:
    """Draw precision-recall and ROC curves with their areas and best operating points.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        Labels of two classes.
    scores : array-like of shape (n_samples,), or mapping of str to such
        How likely each sample is positive; of several models, by name (at most 24).
    pos_label : int, float, bool or str, optional
        The positive label; 1 by default.
    sample_weight : array-like of shape (n_samples,), optional
        A weight for each sample.
    title : str, optional
        A title above the curves.
    det : bool, optional
        Whether to draw the detection error tradeoff too.
    iso_f1 : bool, optional
        Whether to draw lines of equal F1 behind the precision-recall curves.
    costs : (float, float), optional
        What a false positive and a false negative cost: the threshold whose errors cost least is
        marked too.
    theme : {"light", "dark"}, optional
        The ground it is drawn on.
    path : str or os.PathLike, optional
        Where to save it: ``.svg``, ``.png`` or ``.html``.

    Returns
    -------
    CurvePicture
        ``save(path)``, ``svg()``, ``png()``, ``html()``; as the last expression of a notebook's
        cell, the picture.

    Raises
    ------
    ValueError
        As :func:`glassboard.metrics.precision_recall_curve`; for no scores or more than 24.

    Examples
    --------
    >>> glassboard.plot.curves(labels, {"small": p, "large": q}, path="curves.svg")
    """
    named = scores if isinstance(scores, Mapping) else {"score": scores}
    series = [
        _core.curve_series(str(name), *_Samples(y_true, values, pos_label, sample_weight), costs)
        for name, values in named.items()
    ]
    picture = CurvePicture(_core.curve_picture(series, title, bool(det), bool(iso_f1), theme))
    if path is not None:
        picture.save(path)
    return picture

"""``glassboard.read``: a whole log directory as numpy columns and tables."""

from __future__ import annotations

import fnmatch
import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from glassboard import _core
from glassboard._errors import NotFoundError
from glassboard._series import (
    AudioSeries,
    BlobSeries,
    HistogramSeries,
    ImageSeries,
    ScalarSeries,
    TensorSeries,
    TextSeries,
)
from glassboard._table import Names, Table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_SERIES = {
    "images": ImageSeries,
    "histograms": HistogramSeries,
    "audio": AudioSeries,
    "text": TextSeries,
}

# Of these, the bytes are all there is.
_RAW = ("graphs", "graph_tagged_run_metadata")
_RUN_GRAPH_TAG = "__run_graph__"
_HPARAMS = "hparams"
_SESSION_START = "_hparams_/session_start_info"


def read(logdir: str | os.PathLike[str], *, threads: int | None = None) -> LogDir:
    """Load a log directory once, with all runs below it.

    Every scalar is loaded (none is sampled away); pictures, histograms, sounds, texts and tensors
    stay in their files and are read when they are asked for. Damaged files do not stop the loading:
    see :attr:`LogDir.damage`.

    Parameters
    ----------
    logdir : str or os.PathLike
        A folder with event files in it or in folders below.
    threads : int, optional
        How many threads read; one per core by default.

    Returns
    -------
    LogDir
        Its runs by name.

    Raises
    ------
    FileNotFoundError
        When there is no such folder.
    NotADirectoryError
        When it is a file; :func:`glassboard.summary_iterator` reads those.

    Examples
    --------
    >>> log = glassboard.read("runs")
    >>> loss = log["first"].scalars["loss/train"]
    >>> loss.step, loss.value                                # numpy arrays
    >>> log.scalars(tags="loss/*").to_pandas()               # run, tag, step, wall_time, value
    >>> log["first"].history().to_polars()                   # a column per tag
    """
    return LogDir(_core.load(logdir, threads), os.fspath(logdir))


class LogDir(Mapping):
    """The runs of a log directory by name, in the order in which they began.

    Attributes
    ----------
    path : str
        The log directory as it was given.
    """

    def __init__(self, core: _core.Log, path: str) -> None:
        self._core = core
        self.path = path
        self._runs = {name: Run(core, name) for name in core.run_names()}

    def __getitem__(self, name: str) -> Run:
        try:
            return self._runs[name]
        except KeyError:
            raise NotFoundError(_no("run", name, self._runs)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def runs(self) -> list[Run]:
        """The runs, in the order in which they began."""
        return list(self._runs.values())

    @property
    def tags(self) -> list[str]:
        """The tags of all runs, sorted."""
        return sorted({info.tag for run in self.runs for info in run.tags})

    def scalars(
        self,
        tags: str | Iterable[str] | None = None,
        runs: str | Iterable[str] | None = None,
        *,
        superseded: bool = False,
    ) -> Table:
        """All scalars in one long table.

        Parameters
        ----------
        tags, runs : str or iterable of str, optional
            Only these; ``*``, ``?`` and ``[…]`` stand for any text, one character, one of some.
        superseded : bool, optional
            Whether points that a restart superseded are there too, in the order of writing, and a
            column ``superseded`` tells which.

        Returns
        -------
        Table
            Columns ``run``, ``tag``, ``step`` (int64), ``wall_time`` (float64, seconds since the
            Unix epoch) and ``value`` (float64).
        """
        import numpy as np

        wanted_run, wanted_tag = _filter(runs), _filter(tags)
        names = [name for name in self._runs if wanted_run(name)]
        tag_codes: dict[str, int] = {}
        parts: list[ScalarSeries] = []
        run_of, tag_of = [], []
        for code, name in enumerate(names):
            run = self._runs[name]
            for info in run.tags:
                if info.plugin == "scalars" and info.scalar and wanted_tag(info.tag):
                    parts.append(run._scalars(info, superseded))
                    run_of.append(code)
                    tag_of.append(tag_codes.setdefault(info.tag, len(tag_codes)))
        lengths = [len(part) for part in parts]

        def joined(columns: Iterable[Any], dtype: str) -> np.ndarray:
            return np.concatenate([np.empty(0, dtype), *columns])

        columns = {
            "run": Names(np.repeat(np.array(run_of, "int32"), lengths), names),
            "tag": Names(np.repeat(np.array(tag_of, "int32"), lengths), list(tag_codes)),
            "step": joined((part.step for part in parts), "int64"),
            "wall_time": joined((part.wall_time for part in parts), "float64"),
            "value": joined((part.value for part in parts), "float64"),
        }
        if superseded:
            columns["superseded"] = joined((part.superseded for part in parts), "bool")
        return Table(columns)

    def to_pandas(self) -> pandas.DataFrame:
        """All scalars as a ``pandas.DataFrame``: ``scalars().to_pandas()``."""
        return self.scalars().to_pandas()

    def to_arrow(self) -> pyarrow.Table:
        """All scalars as a ``pyarrow.Table``: ``scalars().to_arrow()``."""
        return self.scalars().to_arrow()

    def to_polars(self) -> polars.DataFrame:
        """All scalars as a ``polars.DataFrame``: ``scalars().to_polars()``."""
        return self.scalars().to_polars()

    @property
    def damage(self) -> list[FileDamage]:
        """The files with damage; what could be read of them is loaded."""
        return [
            FileDamage(run, path, records, damaged, [DamagedPlace(*place) for place in places])
            for run, path, records, damaged, places in self._core.damage()
        ]

    @property
    def notices(self) -> list[Notice]:
        """What else a person should know: unreadable folders, two writers in one run and so on."""
        return [Notice(*notice) for notice in self._core.notices()]

    def __repr__(self) -> str:
        damaged = len(self._core.damage())
        damage = f", {_counted(damaged, 'damaged file')}" if damaged else ""
        return f"<LogDir {self.path!r}: {_counted(len(self), 'run')}{damage}>"


class Run(Mapping):
    """One run: its series by tag, sorted.

    ``run[tag]`` is the series of a tag, whatever it holds; :attr:`scalars`, :attr:`images` and so
    on are the series of one kind.

    Attributes
    ----------
    name : str
        Its folder relative to the log directory, ``"."`` for that itself.
    """

    def __init__(self, core: _core.Log, name: str) -> None:
        self._core = core
        self.name = name
        self._loaded: dict[tuple[str, bool], ScalarSeries] = {}

    @functools.cached_property
    def tags(self) -> list[TagInfo]:
        """What was logged, by tag, then by plugin."""
        return [TagInfo(*facts) for facts in self._core.tags(self.name)]

    def __getitem__(self, tag: str) -> ScalarSeries | BlobSeries:
        return self.series(tag)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(info.tag for info in self.tags))

    def __len__(self) -> int:
        return sum(1 for _ in iter(self))

    def series(self, tag: str, plugin: str | None = None, *, superseded: bool = False) -> ScalarSeries | BlobSeries:
        """What was logged under a tag.

        Parameters
        ----------
        tag : str
            The tag.
        plugin : str, optional
            The kind of data, where a tag has several: ``"scalars"``, ``"images"``,
            ``"histograms"``, ``"audio"``, ``"text"``, … By default, the first.
        superseded : bool, optional
            Whether points that a restart superseded are there too, in the order of writing;
            ``series.superseded`` tells which.

        Raises
        ------
        NotFoundError
            A ``KeyError``: there is no such tag.
        """
        for info in self.tags:
            if info.tag == tag and plugin in (None, info.plugin):
                return self._series(info, superseded)
        if plugin is None:
            raise NotFoundError(f"run {self.name!r}: {_no('tag', tag, self)}")
        tags = [info.tag for info in self.tags if info.plugin == plugin]
        raise NotFoundError(f"run {self.name!r}, plugin {plugin!r}: {_no('tag', tag, tags)}")

    @property
    def scalars(self) -> dict[str, ScalarSeries]:
        """The scalars by tag."""
        return self._of_kind(ScalarSeries)

    @property
    def images(self) -> dict[str, ImageSeries]:
        """The pictures by tag."""
        return self._of_kind(ImageSeries)

    @property
    def histograms(self) -> dict[str, HistogramSeries]:
        """The histograms by tag."""
        return self._of_kind(HistogramSeries)

    @property
    def audio(self) -> dict[str, AudioSeries]:
        """The sounds by tag."""
        return self._of_kind(AudioSeries)

    @property
    def texts(self) -> dict[str, TextSeries]:
        """The texts by tag."""
        return self._of_kind(TextSeries)

    @property
    def tensors(self) -> dict[str, TensorSeries]:
        """The values of all other plugins by tag: tensors, PR curves, meshes, layouts, …"""
        return self._of_kind(TensorSeries)

    @property
    def graph(self) -> bytes | None:
        """The last graph as the bytes of a ``GraphDef``; None without one."""
        for info in self.tags:
            if (info.tag, info.plugin) == (_RUN_GRAPH_TAG, "graphs"):
                graphs = BlobSeries(self._core, self.name, info)
                return graphs.read(-1) if len(graphs) else None
        return None

    @property
    def hparams(self) -> dict[str, Any]:
        """The hyperparameters that ``add_hparams`` logged for this run; empty without any."""
        for info in self.tags:
            if (info.tag, info.plugin) == (_SESSION_START, _HPARAMS):
                starts = BlobSeries(self._core, self.name, info)
                if len(starts):
                    content = starts.read(-1).metadata.plugin_data.content
                    return _core.session_hparams(content) or {}
        return {}

    @property
    def summary(self) -> dict[str, float]:
        """The last value of each scalar."""
        return {tag: float(series.value[-1]) for tag, series in self.scalars.items() if len(series)}

    @property
    def first_wall_time(self) -> float | None:
        """When its first event was logged, in seconds since the Unix epoch."""
        return self._core.run_facts(self.name)[0]

    @property
    def last_wall_time(self) -> float | None:
        """When its last event was logged, in seconds since the Unix epoch."""
        return self._core.run_facts(self.name)[1]

    def history(self, tags: str | Iterable[str] | None = None) -> Table:
        """The scalars in one wide table: a row for each step, a column for each tag.

        Parameters
        ----------
        tags : str or iterable of str, optional
            Only these; ``*``, ``?`` and ``[…]`` stand for any text, one character, one of some.

        Returns
        -------
        Table
            Column ``step`` (int64), then the tags (float64); NaN where a tag has no value at a step.
        """
        import numpy as np

        wanted = _filter(tags)
        chosen = {tag: series for tag, series in self.scalars.items() if wanted(tag)}
        empty = np.empty(0, "int64")
        steps = np.unique(np.concatenate([empty, *(series.step for series in chosen.values())]))
        columns = {"step": steps}
        for tag, series in chosen.items():
            column = np.full(len(steps), np.nan)
            column[np.searchsorted(steps, series.step)] = series.value
            columns[tag] = column
        return Table(columns)

    def _of_kind(self, kind: type) -> dict[str, Any]:
        infos = (info for info in self.tags if _kind(info) is kind)
        return {info.tag: self._series(info, False) for info in infos}

    def _series(self, info: TagInfo, superseded: bool) -> ScalarSeries | BlobSeries:
        kind = _kind(info)
        if kind is ScalarSeries:
            return self._scalars(info, superseded)
        return kind(self._core, self.name, info, superseded=superseded)

    def _scalars(self, info: TagInfo, superseded: bool) -> ScalarSeries:
        key = info.tag, superseded
        if key not in self._loaded:
            self._loaded[key] = ScalarSeries(self._core, self.name, info, superseded=superseded)
        return self._loaded[key]

    def __repr__(self) -> str:
        return f"<Run {self.name!r}: {_counted(len(self), 'tag')}>"


class TagInfo(NamedTuple):
    """One tag of a run under one plugin."""

    tag: str
    """The tag."""
    plugin: str
    """What kind of data: ``"scalars"``, ``"images"``, …"""
    scalar: bool
    """Whether its values are single numbers."""
    display_name: str
    """Name to show instead of the tag; often empty."""
    description: str
    """Description in Markdown; often empty."""
    plugin_content: bytes | None
    """The plugin's own bytes; None without metadata, or when they are very long."""


class DamagedPlace(NamedTuple):
    """One damaged place of a file."""

    offset: int
    """Byte offset in the file."""
    lost_bytes: int
    """How many bytes are lost."""
    kind: str
    """``"length_checksum"``, ``"data_checksum"``, ``"too_long"``, ``"cut_tail"`` or ``"protobuf"``."""
    message: str
    """The whole sentence."""


class FileDamage(NamedTuple):
    """The damage of one file."""

    run: str
    """The run it belongs to."""
    path: str
    """Path relative to the log directory."""
    records: int
    """Number of sound records."""
    damaged: int
    """Number of damaged places."""
    places: list[DamagedPlace]
    """The places, the first 1,000 of them."""


class Notice(NamedTuple):
    """Something about the log directory that is not damage inside a file."""

    kind: str
    """``"unreadable"``, ``"two_writers"``, ``"replaced"``, ``"vanished"``, ``"symlink_loop"``,
    ``"odd_name"``."""
    path: str
    """What it is about, relative to the log directory."""
    message: str
    """The whole sentence."""


def _kind(info: TagInfo) -> type:
    if info.scalar:
        return ScalarSeries
    if info.plugin in _RAW:
        return BlobSeries
    return _SERIES.get(info.plugin, TensorSeries)


def _filter(patterns: str | Iterable[str] | None) -> Callable[[str], bool]:
    """Whether a name is wanted."""
    if patterns is None:
        return lambda name: True
    patterns = [patterns] if isinstance(patterns, str) else list(patterns)
    return lambda name: any(name == pattern or fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _no(what: str, name: str, known: Iterable[str]) -> str:
    """What to say when a name is not there: the ones that are."""
    known = list(known)
    some = ", ".join(map(repr, known[:10])) + (", …" if len(known) > 10 else "")
    return f"expected a {what} of {some or 'none'}, got {name!r}"

"""The series of a run: what was logged under one tag, step by step."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from glassboard import _core
from glassboard._table import Table, needed

if TYPE_CHECKING:
    import numpy as np
    import pandas
    import PIL.Image
    import polars
    import pyarrow

    from glassboard._read import TagInfo

Entry = TypeVar("Entry")


class ScalarSeries:
    """The numbers of one tag, as numpy arrays of equal length.

    Attributes
    ----------
    run, tag : str
        Where it was logged.
    step : numpy.ndarray
        Steps, int64; strictly increasing unless superseded points are there too.
    wall_time : numpy.ndarray
        When each point was logged, float64, in seconds since the Unix epoch.
    value : numpy.ndarray
        Values, float64; NaN and infinities as logged.
    superseded : numpy.ndarray
        Whether a restart superseded the point, bool; all False unless asked for.
    """

    def __init__(self, core: _core.Log, run: str, info: TagInfo, *, superseded: bool = False) -> None:
        self.run = run
        self.tag = info.tag
        self._info = info
        columns = core.scalars(run, info.tag, superseded)
        for column in columns:
            # Several callers share them.
            column.setflags(write=False)
        self.step, self.wall_time, self.value, self.superseded = columns
        self._with_superseded = superseded

    @property
    def display_name(self) -> str:
        """Name to show instead of the tag; often empty."""
        return self._info.display_name

    @property
    def description(self) -> str:
        """Description in Markdown; often empty."""
        return self._info.description

    def __len__(self) -> int:
        return len(self.step)

    @property
    def table(self) -> Table:
        """Columns ``step``, ``wall_time`` and ``value``; ``superseded`` when that was asked for."""
        columns = {"step": self.step, "wall_time": self.wall_time, "value": self.value}
        if self._with_superseded:
            columns["superseded"] = self.superseded
        return Table(columns)

    def to_pandas(self) -> pandas.DataFrame:
        """The series as a ``pandas.DataFrame``."""
        return self.table.to_pandas()

    def to_arrow(self) -> pyarrow.Table:
        """The series as a ``pyarrow.Table``."""
        return self.table.to_arrow()

    def to_polars(self) -> polars.DataFrame:
        """The series as a ``polars.DataFrame``."""
        return self.table.to_polars()

    def __repr__(self) -> str:
        return f"<ScalarSeries {self.tag!r} of run {self.run!r}: {len(self):,} points>"


class BlobSeries(Sequence, Generic[Entry]):
    """The values of one tag that stay in their files; ``series[i]`` reads one.

    Attributes
    ----------
    run, tag, plugin : str
        Where it was logged, and the kind of data.
    step : numpy.ndarray
        Steps, int64.
    wall_time : numpy.ndarray
        When each value was logged, float64, in seconds since the Unix epoch.
    superseded : numpy.ndarray
        Whether a restart superseded the value, bool; all False unless asked for.
    """

    def __init__(self, core: _core.Log, run: str, info: TagInfo, *, superseded: bool = False) -> None:
        self.run = run
        self.tag = info.tag
        self.plugin = info.plugin
        self._info = info
        self._core = core
        columns = core.blobs(run, info.plugin, info.tag, superseded)
        self.step, self.wall_time, self.superseded, self._locators = columns

    @property
    def display_name(self) -> str:
        """Name to show instead of the tag; often empty."""
        return self._info.display_name

    @property
    def description(self) -> str:
        """Description in Markdown; often empty."""
        return self._info.description

    @property
    def plugin_content(self) -> bytes | None:
        """The plugin's own bytes, from the tag's first summary metadata."""
        return self._info.plugin_content

    def __len__(self) -> int:
        return len(self._locators)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        message = self.read(index)
        return self._entry(int(self.step[index]), float(self.wall_time[index]), message)

    def read(self, index: int) -> Any:
        """One value as it is in the file.

        Returns
        -------
        Value or bytes
            A message as in :func:`glassboard.summary_iterator`; of graphs, the bytes.

        Raises
        ------
        FileError
            An ``OSError``: the file has been removed or replaced since it was loaded.
        """
        return self._core.value(self._locators[index])

    def _entry(self, step: int, wall_time: float, message: Any) -> Any:
        return message

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} {self.tag!r} of run {self.run!r}: {len(self):,} values>"


@dataclass(frozen=True)
class LoggedImage:
    """The pictures logged at one step."""

    step: int
    wall_time: float
    width: int
    height: int
    pictures: list[bytes]
    """The encoded files (PNG, JPEG, GIF, …): one, or as many as a summary of TensorFlow 2 has."""

    @property
    def encoded(self) -> bytes:
        """The first encoded file."""
        return self.pictures[0]

    def to_pil(self, index: int = 0) -> PIL.Image.Image:
        """A picture as a ``PIL.Image.Image``.

        Raises
        ------
        ImportError
            When pillow is not installed.
        """
        decoder = needed("PIL.Image", "to_pil", "pillow")
        return decoder.open(io.BytesIO(self.pictures[index]))

    def numpy(self, index: int = 0) -> np.ndarray:
        """A picture as an array of shape ``[height, width]`` (gray) or ``[height, width, channels]``.

        Values are uint8 from 0 to 255 (bool and 16-bit pictures keep their type). Needs pillow.
        """
        import numpy as np

        picture = self.to_pil(index)
        return np.asarray(picture.convert("RGB") if picture.mode == "P" else picture)

    def _repr_png_(self) -> bytes | None:
        return self.encoded if self.encoded.startswith(b"\x89PNG") else None

    def _repr_jpeg_(self) -> bytes | None:
        return self.encoded if self.encoded.startswith(b"\xff\xd8") else None

    def __repr__(self) -> str:
        return f"<LoggedImage at step {self.step}: {self.width}x{self.height}>"


class ImageSeries(BlobSeries[LoggedImage]):
    """The pictures of one tag; ``series[i].numpy()`` is one as an array."""

    def _entry(self, step: int, wall_time: float, message: Any) -> LoggedImage:
        if message.HasField("image"):
            image = message.image
            pictures = [image.encoded_image_string]
            return LoggedImage(step, wall_time, image.width, image.height, pictures)
        # TensorFlow 2: width and height as text, then the pictures.
        width, height, *pictures = message.tensor.numpy().ravel()
        return LoggedImage(step, wall_time, int(width), int(height), pictures)


@dataclass(frozen=True)
class LoggedHistogram:
    """A histogram logged at one step; bucket ``i`` reaches from ``left[i]`` to ``right[i]``."""

    step: int
    wall_time: float
    left: np.ndarray
    right: np.ndarray
    counts: np.ndarray
    min: float
    max: float
    num: float
    """How many numbers."""
    sum: float
    """Their sum; where the file does not say, the counted middles of the buckets."""
    sum_squares: float
    """The sum of their squares, as for ``sum``."""
    percentiles: np.ndarray
    """The numbers below which the shares ``percentile_shares`` lie, as TensorBoard interpolates."""
    percentile_shares: np.ndarray
    """0, 0.0668, 0.1587, 0.3085, 0.5, 0.6915, 0.8413, 0.9332, 1."""

    @property
    def edges(self) -> np.ndarray:
        """All edges, one more than counts: what ``matplotlib.pyplot.stairs`` wants."""
        import numpy as np

        return np.concatenate([self.left[:1], self.right])

    def __repr__(self) -> str:
        buckets = f"{self.num:g} numbers in {len(self.counts)} buckets"
        return f"<LoggedHistogram at step {self.step}: {buckets}>"


class HistogramSeries(BlobSeries[LoggedHistogram]):
    """The histograms of one tag."""

    def _entry(self, step: int, wall_time: float, message: Any) -> LoggedHistogram:
        buckets, figures, (percentiles, shares) = _core.histogram(message)
        return LoggedHistogram(
            step,
            wall_time,
            *buckets,
            **figures,
            percentiles=percentiles,
            percentile_shares=shares,
        )


@dataclass(frozen=True)
class LoggedAudio:
    """The sound logged at one step."""

    step: int
    wall_time: float
    encoded: bytes
    """The encoded file, mostly WAV."""
    content_type: str
    sample_rate: float
    """Samples per second; 0 when unknown."""
    num_channels: int
    length_frames: int

    def _repr_html_(self) -> str:
        import base64

        data = base64.b64encode(self.encoded).decode()
        kind = self.content_type or "audio/wav"
        return f'<audio controls src="data:{kind};base64,{data}"></audio>'

    def numpy(self) -> np.ndarray:
        """The samples of a 16-bit WAV file, float32 from -1 to 1, of shape ``[frames, channels]``.

        Raises
        ------
        ValueError
            When the sound is of another format.
        """
        import wave

        import numpy as np

        try:
            with wave.open(io.BytesIO(self.encoded)) as file:
                width, channels = file.getsampwidth(), file.getnchannels()
                frames = file.readframes(file.getnframes())
        except (wave.Error, EOFError) as error:
            raise ValueError(f"expected a WAV file, got {self.content_type!r}: {error}") from error
        if width != 2:
            raise ValueError(f"expected a WAV file of 16-bit samples, got {8 * width} bits")
        samples = np.frombuffer(frames, "<i2").reshape(-1, channels)
        return samples.astype(np.float32) / 32768

    def __repr__(self) -> str:
        return f"<LoggedAudio at step {self.step}: {len(self.encoded):,} bytes>"


class AudioSeries(BlobSeries[LoggedAudio]):
    """The sounds of one tag."""

    def _entry(self, step: int, wall_time: float, message: Any) -> LoggedAudio:
        if message.HasField("audio"):
            audio = message.audio
            return LoggedAudio(
                step,
                wall_time,
                audio.encoded_audio_string,
                audio.content_type,
                audio.sample_rate,
                audio.num_channels,
                audio.length_frames,
            )
        # TensorFlow 2: sounds and labels, in pairs.
        encoded = next(iter(message.tensor.numpy().ravel()), b"")
        return LoggedAudio(step, wall_time, encoded, "audio/wav", 0.0, 0, 0)


@dataclass(frozen=True)
class LoggedText:
    """The text logged at one step."""

    step: int
    wall_time: float
    texts: np.ndarray
    """An array of str objects, in the shape in which they were logged."""

    @property
    def text(self) -> str:
        """The text; of several, one per line."""
        return "\n".join(self.texts.ravel())

    def __str__(self) -> str:
        return self.text


class TextSeries(BlobSeries[LoggedText]):
    """The texts of one tag; ``series[i].text`` is one."""

    def _entry(self, step: int, wall_time: float, message: Any) -> LoggedText:
        import numpy as np

        encoded = message.tensor.numpy()
        texts = np.empty(encoded.shape, dtype=object)
        texts.ravel()[:] = [text.decode(errors="replace") for text in encoded.ravel()]
        return LoggedText(step, wall_time, texts)


@dataclass(frozen=True)
class LoggedTensor:
    """A value of another plugin logged at one step."""

    step: int
    wall_time: float
    message: Any
    """The value as it is in the file, as in :func:`glassboard.summary_iterator`."""

    def numpy(self) -> np.ndarray:
        """The tensor as an array, in its own shape and type."""
        return self.message.tensor.numpy()

    def __repr__(self) -> str:
        shape = [dim.size for dim in self.message.tensor.tensor_shape.dim]
        return f"<LoggedTensor at step {self.step}: shape {shape}>"


class TensorSeries(BlobSeries[LoggedTensor]):
    """The values of one tag of any other plugin: tensors, PR curves, meshes, layouts, …"""

    def _entry(self, step: int, wall_time: float, message: Any) -> LoggedTensor:
        return LoggedTensor(step, wall_time, message)

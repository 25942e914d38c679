"""`tensorboardX` over Glassboard: its signatures, and what it writes where torch writes something else.

>>> from glassboard.tensorboardX import SummaryWriter
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import time
import wave
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassboard import _convert, _core
from glassboard._errors import InvalidInputError
from glassboard._file_writer import FileWriter, RecordWriter, open_writer
from glassboard._writer import SummaryWriter as _TorchSummaryWriter
from glassboard._writer import default_log_dir

if TYPE_CHECKING:
    from glassboard._writer import ArrayLike, Step

__all__ = ["FileWriter", "GlobalSummaryWriter", "RecordWriter", "SummaryWriter"]

# The largest sprite that TensorBoard's page can load, in pixels.
_MAX_SPRITE_SIDE = 8192
_ILLEGAL_IN_TAGS = re.compile(r"[^-/\w\.]")


class SummaryWriter(_TorchSummaryWriter):
    """Logs the training of a model into a folder; see `glassboard.SummaryWriter`.

    Differences to it are those of tensorboardX to torch: illegal characters of some tags become `_`, the values of
    `add_scalars` are in folders `<logdir>/<main_tag>/<tag>`, pictures of floats beyond 0 ... 1 wrap around instead of
    being clipped, and truth values among the hyperparameters stay such.

    Parameters
    ----------
    logdir : str or path, optional
        Folder of the run. If not given, `runs/<month><day>_<hour>-<minute>-<second>_<host><comment>`.
    comment : str
        Appended to the default folder's name; not used when `logdir` is given.
    purge_step : int, optional
        Tells readers to drop what an earlier writer logged at this step and later.
    max_queue : int
        How many batches of records may wait to be written before `add_*` waits; 0 for any number.
    flush_secs : float
        Records reach the file at the latest after this many seconds.
    filename_suffix : str
        Appended to the name of every event file.
    write_to_disk : bool
        False to log nowhere.
    log_dir : str or path, optional
        Another name of `logdir`.
    comet_config : dict, optional
        Not supported: only a disabled one, which is the default, is taken.

    Raises
    ------
    OSError
        If the folder or file cannot be created.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: Step | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        write_to_disk: bool = True,
        log_dir: str | os.PathLike[str] | None = None,
        comet_config: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if comet_config is not None and not comet_config.get("disabled"):
            raise InvalidInputError("comet_config: expected one with disabled=True, got one that asks for Comet")
        if kwargs:
            raise TypeError(f"SummaryWriter() got an unexpected keyword argument {next(iter(kwargs))!r}")
        logdir = logdir if logdir is not None else log_dir
        self.logdir = self.log_dir = logdir or default_log_dir(comment)
        self.purge_step = None
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        self.scalar_dict: dict[str, list[list[Any]]] = {}
        open_writer(
            self,
            self.log_dir,
            purge_step=purge_step,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
            write_to_disk=write_to_disk,
        )

    def add_scalar(
        self,
        tag: str,
        scalar_value: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        display_name: str = "",
        summary_description: str = "",
    ) -> None:
        """Log a number.

        Parameters
        ----------
        tag : str
            Name of the series.
        scalar_value : float, int, bool, numpy scalar, array or tensor with one element
            The number.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        display_name : str
            Shown instead of the tag.
        summary_description : str
            Shown beside the chart, as Markdown.

        Raises
        ------
        ValueError
            If the value is not exactly one number.
        """
        tag = _clean(tag)
        if display_name or summary_description:
            self.add_described_scalar(tag, scalar_value, global_step, walltime, display_name, summary_description)
        else:
            super().add_scalar(tag, scalar_value, global_step, walltime)

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, ArrayLike],
        global_step: Step | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log several numbers that belong into one chart.

        Each becomes a run of its own, in the folder `<logdir>/<main_tag>/<name>`. They are also kept in memory, for
        `export_scalars_to_json`.

        Parameters
        ----------
        main_tag : str
            Name of the chart.
        tag_scalar_dict : dict
            The numbers by name.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If a value is not exactly one number; then nothing is written.
        """
        walltime = time.time() if walltime is None else walltime
        values = {name: _core.as_scalar(value, f"tag_scalar_dict[{name!r}]") for name, value in tag_scalar_dict.items()}
        for name, value in values.items():
            run = os.path.join(main_tag, name)
            self.add_scalar_to_run(run, _clean(main_tag), value, global_step, walltime)
            path = os.path.join(os.fspath(self.log_dir), run)
            self.scalar_dict.setdefault(path, []).append([walltime, global_step, value])

    def export_scalars_to_json(self, path: str | os.PathLike[str]) -> None:
        """Write what `add_scalars` has logged to a file, and forget it.

        Parameters
        ----------
        path : str or path
            The file: `{folder: [[wall time, step, value], …]}`.
        """
        Path(path).write_text(json.dumps(self.scalar_dict))
        self.scalar_dict = {}

    def add_histogram(
        self,
        tag: str,
        values: ArrayLike,
        global_step: Step | None = None,
        bins: str | int | ArrayLike = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log how values are distributed; see `glassboard.SummaryWriter.add_histogram`."""
        super().add_histogram(_clean(tag), values, global_step, bins, walltime, max_bins)

    def add_image(
        self,
        tag: str,
        img_tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log a picture; see `glassboard.SummaryWriter.add_image`."""
        image, dataformats = _convert.picture(img_tensor, dataformats)
        super().add_image(_clean(tag), _bytes(image, "img_tensor"), global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Log several pictures as one grid; see `glassboard.SummaryWriter.add_images`."""
        images, dataformats = _convert.pictures(img_tensor, dataformats)
        super().add_images(_clean(tag), _bytes(images, "img_tensor"), global_step, walltime, dataformats)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: ArrayLike,
        box_tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
        rescale: float = 1,
    ) -> None:
        """Log a picture with boxes; see `glassboard.SummaryWriter.add_image_with_boxes`."""
        image, dataformats = _convert.picture(img_tensor, dataformats)
        super().add_image_with_boxes(
            tag, _bytes(image, "img_tensor"), box_tensor, global_step, walltime, rescale, dataformats, labels
        )

    def add_video(
        self,
        tag: str,
        vid_tensor: ArrayLike,
        global_step: Step | None = None,
        fps: float = 4,
        walltime: float | None = None,
        dataformats: str = "NTCHW",
    ) -> None:
        """Log a video; see `glassboard.SummaryWriter.add_video`.

        Parameters
        ----------
        tag : str
            Name of the series.
        vid_tensor : array or tensor, shape as `dataformats`
            The video.
        global_step : int, optional
            Step of the training; 0 if not given.
        fps : float
            Frames per second.
        walltime : float, optional
            Seconds since 1970; now if not given.
        dataformats : str
            Names of the axes in any order.
        """
        video = _bytes(vid_tensor, "vid_tensor")
        _core.Writer.add_video(self, _clean(tag), video, global_step, fps, walltime, dataformats)

    def add_audio(
        self,
        tag: str,
        snd_tensor: ArrayLike,
        global_step: Step | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log a sound.

        Parameters
        ----------
        tag : str
            Name of the series.
        snd_tensor : array or tensor, shape (L,), (L, 1) or (L, 2)
            Amplitudes from -1 to 1; those beyond are clipped, with a warning. Two channels are stereo.
        global_step : int, optional
            Step of the training; 0 if not given.
        sample_rate : int
            Frames per second.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        import numpy

        sound = _convert.sound(snd_tensor)
        if sound.ndim == 1:
            sound = sound[:, None]
        if sound.ndim != 2 or sound.shape[1] not in (1, 2):
            raise InvalidInputError(f"snd_tensor: expected shape (L,), (L, 1) or (L, 2), got {sound.shape}")
        # As libsndfile does it, where torch multiplies by 32767 and truncates.
        samples = numpy.floor(sound.astype(float) * 32768).clip(-32768, 32767).astype("<i2")
        frames, channels = samples.shape
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(channels)
            wav.setsampwidth(2)
            wav.setframerate(sample_rate)
            wav.writeframes(samples.tobytes())
        self.add_wav(
            tag,
            file.getvalue(),
            global_step,
            sample_rate,
            walltime,
            num_channels=channels,
            length_frames=frames,
        )

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, ArrayLike],
        name: str | None = None,
        global_step: Step | None = None,
    ) -> None:
        """Log hyperparameters with the metrics they led to; see `glassboard.SummaryWriter.add_hparams`.

        Parameters
        ----------
        hparam_dict : dict
            Values by name: int, float, str, bool, a function (as its name), or None to leave it out.
        metric_dict : dict
            Metrics by tag.
        name : str, optional
            Name of the run; the seconds since 1970 if not given.
        global_step : int, optional
            Step of the metrics; 0 if not given.
        """
        _core.Writer.add_hparams(self, hparam_dict, metric_dict, None, name, global_step, like_tensorboardx=True)

    def add_embedding(
        self,
        mat: ArrayLike,
        metadata: Sequence[Any] | None = None,
        label_img: ArrayLike | None = None,
        global_step: Step | None = None,
        tag: str = "default",
        metadata_header: Sequence[Any] | None = None,
    ) -> None:
        """Write points for the embedding projector; see `glassboard.SummaryWriter.add_embedding`.

        Raises
        ------
        ValueError
            Also if the pictures are not square, or too large together for TensorBoard's page.
        """
        if label_img is not None:
            shape = label_img.shape
            if len(shape) != 4 or shape[2] != shape[3]:
                raise InvalidInputError(f"label_img: expected square pictures, shape (N, C, S, S), got {tuple(shape)}")
            side = next(columns for columns in range(shape[0] + 1) if columns * columns >= shape[0]) * shape[3]
            if side > _MAX_SPRITE_SIDE:
                raise InvalidInputError(
                    f"label_img: expected pictures that fit into {_MAX_SPRITE_SIDE} pixels square, got {side}"
                )
        super().add_embedding(mat, metadata, label_img, global_step, tag, metadata_header)

    def add_mesh(
        self,
        tag: str,
        vertices: ArrayLike,
        colors: ArrayLike | None = None,
        faces: ArrayLike | None = None,
        config_dict: Mapping[str, Any] | None = None,
        global_step: Step | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log meshes or point clouds; see `glassboard.SummaryWriter.add_mesh`."""
        config = _convert.json_text(config_dict)
        _core.Writer.add_mesh(self, tag, vertices, colors, faces, config, global_step, walltime, like_tensorboardx=True)

    def add_onnx_graph(self, onnx_model_file: str | os.PathLike[str]) -> None:
        """Log the graph of a model in an ONNX file; see `glassboard.SummaryWriter.add_onnx_graph`."""
        super().add_onnx_graph(onnx_model_file)

    @contextlib.contextmanager
    def use_metadata(
        self, *, global_step: Step | None = None, walltime: float | None = None
    ) -> Iterator[SummaryWriter]:
        """Give all `add_*` calls inside of a `with` statement that say none a step or time.

        Parameters
        ----------
        global_step : int, optional
            Their step.
        walltime : float, optional
            Their wall time, seconds since 1970.

        Examples
        --------
        >>> with writer.use_metadata(global_step=10):
        ...     writer.add_scalar("loss", 3.0)
        """
        if global_step is None and walltime is None:
            raise InvalidInputError("use_metadata: expected global_step or walltime, got none of them")
        self.set_default_metadata(global_step, walltime)
        try:
            yield self
        finally:
            self.set_default_metadata(None, None)


class GlobalSummaryWriter:
    """One writer for all modules and processes of a program, which counts the steps of each tag itself.

    Parameters are those of `SummaryWriter`; `coalesce_process` is not used.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: Step | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
        write_to_disk: bool = True,
        log_dir: str | os.PathLike[str] | None = None,
        coalesce_process: bool = True,
        **kwargs: Any,
    ) -> None:
        import multiprocessing

        self.smw = SummaryWriter(
            logdir, comment, purge_step, max_queue, flush_secs, filename_suffix, write_to_disk, log_dir, **kwargs
        )
        self.lock = multiprocessing.Lock()
        manager = multiprocessing.Manager()
        self.scalar_tag_to_step = manager.dict()
        self.image_tag_to_step = manager.dict()
        self.text_tag_to_step = manager.dict()

    def _next_step(self, steps: Any, tag: str) -> int:
        with self.lock:
            steps[tag] = steps.get(tag, -1) + 1
            return steps[tag]

    def add_scalar(self, tag: str, scalar_value: ArrayLike, walltime: float | None = None) -> None:
        """Log a number at the tag's next step."""
        self.smw.add_scalar(tag, scalar_value, self._next_step(self.scalar_tag_to_step, tag), walltime)

    def add_image(
        self, tag: str, img_tensor: ArrayLike, walltime: float | None = None, dataformats: str = "CHW"
    ) -> None:
        """Log a picture at the tag's next step."""
        step = self._next_step(self.image_tag_to_step, tag)
        self.smw.add_image(tag, img_tensor, step, walltime, dataformats)

    def add_text(self, tag: str, text_string: str, walltime: float | None = None) -> None:
        """Log a text at the tag's next step."""
        self.smw.add_text(tag, text_string, self._next_step(self.text_tag_to_step, tag), walltime)

    @staticmethod
    def getSummaryWriter() -> GlobalSummaryWriter:  # noqa: N802
        """Return the program's writer; the first call makes it."""
        return _global_writer()

    @property
    def file_writer(self) -> FileWriter:
        """The writer's own file."""
        return self.smw._get_file_writer()

    def close(self) -> None:
        """Flush and close the files."""
        self.smw.close()


@functools.cache
def _global_writer() -> GlobalSummaryWriter:
    return GlobalSummaryWriter()


@functools.lru_cache(maxsize=4096)
def _clean(tag: str) -> str:
    """A tag without the characters that names of TensorFlow cannot have."""
    return _ILLEGAL_IN_TAGS.sub("_", tag).lstrip("/")


def _bytes(image: Any, argument: str) -> Any:
    """Brightness as bytes; what lies beyond 0 ... 1 wraps around."""
    import numpy

    image = _core.as_array(image, argument)
    if image.dtype == numpy.uint8:
        return image
    with numpy.errstate(invalid="ignore"):
        return (image * 255.0).astype(numpy.uint8)

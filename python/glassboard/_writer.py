"""`SummaryWriter`: log the training of a model as TensorBoard event files."""

from __future__ import annotations

import os
import time

from glassboard import _convert, _core
from glassboard._file_writer import FileWriter, open_writer

# Known to type checkers; importing `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Any, Literal, TypeAlias

    # A torch tensor, a numpy array, a number, a list of these, or what numpy can look at as an array.
    ArrayLike: TypeAlias = Any
    # Anything that `int()` takes.
    Step: TypeAlias = Any


class SummaryWriter(_core.Writer):
    """Logs the training of a model into a folder, as event files that TensorBoard reads too.

    Signatures, defaults and what reaches the disk are those of `torch.utils.tensorboard.SummaryWriter`.

    Parameters
    ----------
    log_dir : str or path, optional
        Folder of the run. If not given, `runs/<month><day>_<hour>-<minute>-<second>_<host><comment>`.
    comment : str
        Appended to the default folder's name; not used when `log_dir` is given.
    purge_step : int, optional
        When a training restarts at this step, tells readers to drop what an earlier writer logged at this step and
        later.
    max_queue : int
        How many batches of records may wait to be written before `add_*` waits; 0 for any number. A batch is 64 KiB,
        or one record larger than that.
    flush_secs : float
        Records reach the file at the latest after this many seconds; the first at once.
    filename_suffix : str
        Appended to the name of every event file.

    Raises
    ------
    OSError
        If the folder or file cannot be created.

    Notes
    -----
    A writer can be used by several threads, and after a fork: the child then writes to a file of its own. What was
    logged is flushed when the interpreter exits, also without `close`.

    Examples
    --------
    >>> with SummaryWriter("runs/first") as writer:
    ...     for step in range(100):
    ...         writer.add_scalar("loss/train", 1 / (step + 1), step)
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: Step | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self.log_dir = log_dir or default_log_dir(comment)
        # Used up by the first file, as in the reference.
        self.purge_step = None
        self.max_queue = max_queue
        self.flush_secs = flush_secs
        self.filename_suffix = filename_suffix
        open_writer(
            self,
            self.log_dir,
            purge_step=purge_step,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )

    @property
    def file_writer(self) -> FileWriter | None:
        """The run's own file; None between `close` and the next record."""
        return FileWriter._of(self, os.fspath(self.log_dir)) if self.is_open else None

    @property
    def all_writers(self) -> dict[str, FileWriter] | None:
        """The run's own file and those of `add_scalars`, by folder; None between `close` and the next record."""
        if not self.is_open:
            return None
        return {folder: FileWriter._of(self, folder) for folder in self.open_dirs()}

    @property
    def default_bins(self) -> list[float]:
        """The edges of `bins="tensorflow"`."""
        positive = []
        edge = 1e-12
        while edge < 1e20:
            positive.append(edge)
            edge *= 1.1
        return [-edge for edge in reversed(positive)] + [0, *positive]

    def _get_file_writer(self) -> FileWriter:
        # Not public, but scripts that write messages of their own call it.
        return FileWriter._of(self, os.fspath(self.log_dir))

    def get_logdir(self) -> str | os.PathLike[str]:
        """Return the folder of the run."""
        return self.log_dir

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, ArrayLike],
        global_step: Step | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log several numbers that belong into one chart.

        Each becomes a run of its own, in the folder `<log_dir>/<main tag with _ for />_<name>`.

        Parameters
        ----------
        main_tag : str
            Name of the chart.
        tag_scalar_dict : dict
            The numbers by name; each as `add_scalar` takes it.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If a value is not exactly one number; then nothing is written.
        """
        super().add_scalars(main_tag, tag_scalar_dict, global_step, walltime)

    def add_tensor(
        self,
        tag: str,
        tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a tensor as it is. No dashboard shows it; scripts can read it.

        Parameters
        ----------
        tag : str
            Name of the series.
        tensor : torch.Tensor or array, any shape
            The values, below 2 GiB. torch's half and bfloat16 are stored as torch stores them: as the bits of 32-bit
            floats, which only torch's own readers expect.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If the tensor is too large or of a dtype that has no place in the format.
        """
        tensor, is_bfloat16 = _convert.widened(tensor)
        super().add_tensor(tag, tensor, global_step, walltime, bfloat16=is_bfloat16)

    def add_histogram(
        self,
        tag: str,
        values: ArrayLike,
        global_step: Step | None = None,
        bins: str | int | ArrayLike = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """Log how values are distributed.

        Parameters
        ----------
        tag : str
            Name of the series.
        values : array or tensor, any shape
            The values. NaN and what lies outside of the bins is not counted.
        global_step : int, optional
            Step of the training; 0 if not given.
        bins : str, int or sequence of float
            `"tensorflow"`, or what `numpy.histogram` takes: `"auto"`, `"fd"`, `"doane"`, `"scott"`, `"stone"`,
            `"rice"`, `"sturges"`, `"sqrt"`, a number of bins, or their edges.
        walltime : float, optional
            Seconds since 1970; now if not given.
        max_bins : int, optional
            Joins neighbouring bins when there are more.

        Raises
        ------
        ValueError
            If there are no values, or none is counted, or the bins cannot be made of them.
        """
        super().add_histogram(tag, values, global_step, bins, walltime, max_bins)

    def add_histogram_raw(
        self,
        tag: str,
        min: float,  # noqa: A002
        max: float,  # noqa: A002
        num: float,
        sum: float,  # noqa: A002
        sum_squares: float,
        bucket_limits: ArrayLike,
        bucket_counts: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a histogram that was counted elsewhere.

        Parameters
        ----------
        tag : str
            Name of the series.
        min, max, num, sum, sum_squares : float
            Smallest and largest value, their number, sum, and sum of squares.
        bucket_limits : sequence of float, shape (K,)
            Right edge of each bucket.
        bucket_counts : sequence of float, shape (K,)
            Number of values in each.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If there are more limits than counts, or fewer.
        """
        super().add_histogram_raw(
            tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, global_step, walltime
        )

    def add_image(
        self,
        tag: str,
        img_tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """Log a picture.

        Parameters
        ----------
        tag : str
            Name of the series.
        img_tensor : array, tensor or Pillow image, shape as `dataformats`
            uint8 is brightness from 0 to 255. Every other dtype is brightness from 0 to 1, also wider integers and
            bool: an int32 picture with values up to 255 is white, as with torch.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        dataformats : str
            Names of the axes in any order: `HW`, `CHW` with C 1, 3 or 4, or `NCHW` with C 1 or 3 for a grid. Not
            used for a Pillow image.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        img_tensor, dataformats = _convert.picture(img_tensor, dataformats)
        super().add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_images(
        self,
        tag: str,
        img_tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Log several pictures as one grid of at most eight columns.

        Parameters
        ----------
        tag : str
            Name of the series.
        img_tensor : array or tensor, shape as `dataformats`; or a list of pictures
            Brightness as for `add_image`. All pictures of a list have the same shape.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        dataformats : str
            Names of the axes in any order, such as `NCHW` or `NHWC`. For a list, those of each picture may be given
            instead, such as `CHW`.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        img_tensor, dataformats = _convert.pictures(img_tensor, dataformats)
        super().add_image(tag, img_tensor, global_step, walltime, dataformats)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: ArrayLike,
        box_tensor: ArrayLike,
        global_step: Step | None = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
    ) -> None:
        """Log a picture with bounding boxes drawn on it.

        Parameters
        ----------
        tag : str
            Name of the series.
        img_tensor : array, tensor or Pillow image, shape as `dataformats`
            Brightness as for `add_image`.
        box_tensor : array or tensor, shape (N, 4)
            Each row x min, y min, x max, y max in pixels.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        rescale : float
            Factor by which the picture is scaled after drawing.
        dataformats : str
            Names of the picture's axes, as for `add_image`.
        labels : str or list of str, optional
            A text for each box; not drawn when their number differs from that of the boxes.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        img_tensor, dataformats = _convert.picture(img_tensor, dataformats)
        labels = [labels] if isinstance(labels, str) else list(labels or ())
        super().add_image_with_boxes(tag, img_tensor, box_tensor, global_step, walltime, rescale, dataformats, labels)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: Step | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """Log a Matplotlib figure as a picture.

        Parameters
        ----------
        tag : str
            Name of the series.
        figure : matplotlib.figure.Figure or list of these
            A list becomes one grid; its figures are of the same size.
        global_step : int, optional
            Step of the training; 0 if not given.
        close : bool
            Closes the figures afterwards.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        TypeError
            If it is no figure.
        ValueError
            If the figures of a list are of different sizes.
        """
        rendered, dataformats = _convert.figure(figure, close)
        super().add_image(tag, rendered, global_step, walltime, dataformats)

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: Step | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a text, shown as Markdown.

        Parameters
        ----------
        tag : str
            Name of the series; in the file it ends in `/text_summary`.
        text_string : str
            The text.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        TypeError
            If it is no text.
        """
        super().add_text(tag, text_string, global_step, walltime)

    def add_video(
        self,
        tag: str,
        vid_tensor: ArrayLike,
        global_step: Step | None = None,
        fps: float = 4,
        walltime: float | None = None,
    ) -> None:
        """Log a video as an animated GIF, shown among the pictures.

        Parameters
        ----------
        tag : str
            Name of the series.
        vid_tensor : array or tensor, shape (N, T, C, H, W)
            N videos of T frames, as one grid; C is 1 or 3. Brightness as for `add_image`.
        global_step : int, optional
            Step of the training; 0 if not given.
        fps : float
            Frames per second.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        super().add_video(tag, vid_tensor, global_step, fps, walltime, "NTCHW")

    def add_audio(
        self,
        tag: str,
        snd_tensor: ArrayLike,
        global_step: Step | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """Log a sound as a WAV file of 16-bit samples.

        Parameters
        ----------
        tag : str
            Name of the series.
        snd_tensor : array or tensor, shape (1, L), (L,), (L, 2) or (2, L)
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
        super().add_audio(tag, _convert.sound(snd_tensor), global_step, sample_rate, walltime)

    def add_pr_curve(
        self,
        tag: str,
        labels: ArrayLike,
        predictions: ArrayLike,
        global_step: Step | None = None,
        num_thresholds: int = 127,
        weights: ArrayLike | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve of a binary classifier.

        Parameters
        ----------
        tag : str
            Name of the series.
        labels : array or tensor, any shape
            1 or True for positive samples, 0 or False for negative ones.
        predictions : array or tensor, same shape
            Probabilities of being positive. What lies outside of 0 ... 1 is not counted.
        global_step : int, optional
            Step of the training; 0 if not given.
        num_thresholds : int
            Number of thresholds from 0 to 1. torch never takes more than 127.
        weights : float or array, optional
            Weight of each sample.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If the shapes differ.
        """
        super().add_pr_curve(tag, labels, predictions, global_step, num_thresholds, weights, walltime)

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: ArrayLike,
        false_positive_counts: ArrayLike,
        true_negative_counts: ArrayLike,
        false_negative_counts: ArrayLike,
        precision: ArrayLike,
        recall: ArrayLike,
        global_step: Step | None = None,
        num_thresholds: int = 127,
        weights: ArrayLike | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a precision-recall curve that was computed elsewhere.

        Parameters
        ----------
        tag : str
            Name of the series.
        true_positive_counts, false_positive_counts, true_negative_counts, false_negative_counts : shape (K,)
            Numbers of samples at each threshold, thresholds rising from 0 to 1.
        precision, recall : shape (K,)
            At each threshold.
        global_step : int, optional
            Step of the training; 0 if not given.
        num_thresholds : int
            Noted in the file; readers go by the rows.
        weights : optional
            Not used, as in torch.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If the rows are not of one length.
        """
        super().add_pr_curve_raw(
            tag,
            true_positive_counts,
            false_positive_counts,
            true_negative_counts,
            false_negative_counts,
            precision,
            recall,
            global_step,
            num_thresholds,
            walltime,
        )

    def add_roc_curve(
        self,
        tag: str,
        labels: ArrayLike,
        predictions: ArrayLike,
        global_step: Step | None = None,
        num_thresholds: int = 127,
        weights: ArrayLike | None = None,
        walltime: float | None = None,
    ) -> None:
        """Log a ROC curve of a binary classifier. TensorBoard has no dashboard for it; Glassboard has.

        Parameters
        ----------
        tag : str
            Name of the series.
        labels : array or tensor, any shape
            1 or True for positive samples, 0 or False for negative ones.
        predictions : array or tensor, same shape
            Probabilities of being positive. What lies outside of 0 ... 1 is not counted.
        global_step : int, optional
            Step of the training; 0 if not given.
        num_thresholds : int
            Number of thresholds from 0 to 1.
        weights : float or array, optional
            Weight of each sample.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If the shapes differ.
        """
        super().add_roc_curve(tag, labels, predictions, global_step, num_thresholds, weights, walltime)

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
        """Log meshes or point clouds.

        Parameters
        ----------
        tag : str
            Name of the series.
        vertices : array or tensor, shape (B, N, 3)
            x, y, z of the points.
        colors : array or tensor, shape (B, N, 3), optional
            Red, green and blue of the points, 0 to 255.
        faces : array or tensor, shape (B, F, 3), optional
            Numbers of three points for each triangle.
        config_dict : dict, optional
            `camera`, `lights` and `material`, each with the name of a class of three.js as `cls`.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        config = _convert.json_text(config_dict)
        super().add_mesh(tag, vertices, colors, faces, config, global_step, walltime)

    def add_embedding(
        self,
        mat: ArrayLike,
        metadata: Sequence[Any] | None = None,
        label_img: ArrayLike | None = None,
        global_step: Step | None = None,
        tag: str = "default",
        metadata_header: Sequence[Any] | None = None,
    ) -> None:
        """Write points for the embedding projector.

        They become files below the writer's folder; there is no event. Several embeddings, also of several writers,
        can be in one folder.

        Parameters
        ----------
        mat : array or tensor, shape (N, D)
            One point each row.
        metadata : sequence, optional
            A label for each point; with `metadata_header`, a sequence with a value for each column.
        label_img : array or tensor, shape (N, C, H, W), optional
            A picture for each point, brightness 0 to 1.
        global_step : int, optional
            Step of the training; 0 if not given.
        tag : str
            Name of the embedding.
        metadata_header : sequence of str, optional
            Names of the columns of `metadata`.

        Raises
        ------
        ValueError
            If a shape or length does not fit; then nothing is written.
        """
        lines = _convert.metadata_lines(metadata, metadata_header)
        header = [str(name) for name in metadata_header or ()]
        super().add_embedding(mat, lines, label_img, global_step, tag, header)

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
        *,
        form: Literal["auto", "export", "trace", "modules"] = "auto",
    ) -> None:
        """Log the graph of a PyTorch model in evaluation mode.

        The graph shows layers as boxes, with the shapes of what flows. With ``form="auto"`` the model goes through
        `torch.export`, which also tells parameters and mult-adds; what cannot be exported is traced; what cannot be
        traced either is shown as the tree of its modules, with a warning that says why. The weights are not copied,
        but exporting a large model takes seconds.

        Parameters
        ----------
        model : torch.nn.Module
            The model.
        input_to_model : torch.Tensor or tuple
            What it is called with; a tuple or list holds its arguments.
        verbose : bool
            Prints the exported or traced graph.
        use_strict_trace : bool
            False to trace models that take or return lists or dicts.
        form : "auto", "export", "trace" or "modules"
            How the graph is made. "trace" is what `torch.utils.tensorboard` writes, to the byte.

        Raises
        ------
        ValueError
            If `form` is none of these.
        RuntimeError
            If torch cannot make the graph in the form asked for; never with "auto" or "modules".
        """
        from glassboard import _torch_graph

        _torch_graph.add(super(), model, input_to_model, verbose, use_strict_trace, form)

    def add_onnx_graph(self, prototxt: str | os.PathLike[str]) -> None:
        """Log the graph of a model in an ONNX file.

        Parameters
        ----------
        prototxt : str or path
            The file.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is no ONNX model.
        """
        super().add_onnx_graph(prototxt)

    def add_kernels(
        self,
        tag: str,
        model: Any,
        layer: Any,
        global_step: Step | None = None,
        walltime: float | None = None,
        **look: Any,
    ) -> None:
        """Log the kernels of a layer as tiles of one picture; over the steps, how they are learnt.

        Parameters
        ----------
        tag : str
            Name of the series.
        model : torch.nn.Module
            The model.
        layer : str or torch.nn.Module
            The layer, by path (``"conv1"``) or as a module.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        **look
            Options of `glassboard.kernels`, such as ``cmap="gray"`` or ``limit=64``.
        """
        from glassboard._look import kernels

        self.add_image(tag, kernels(model, layer, **look), global_step, walltime, "HWC")

    def add_feature_maps(
        self,
        tag: str,
        model: Any,
        layers: Any,
        input_tensor: Any,
        global_step: Step | None = None,
        walltime: float | None = None,
        sample: int = 0,
        **look: Any,
    ) -> None:
        """Log what layers see in a picture, as tiles of one picture for each layer.

        The model is run in evaluation mode and left as it was.

        Parameters
        ----------
        tag : str
            Name of the series; with several layers, ``tag/<path of the layer>``.
        model : torch.nn.Module
            The model.
        layers : str, torch.nn.Module, or list of them
            By path (``"layer1.0"``) or as modules.
        input_tensor : torch.Tensor
            The model's input.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        sample : int
            Which picture of the batch.
        **look
            Options of `glassboard.features(...).picture`, such as ``cmap="gray"`` or ``limit=64``.
        """
        from glassboard._look import features

        seen = features(model, layers, input_tensor[sample : sample + 1 or None])
        for layer in seen:
            name = tag if len(seen) == 1 else f"{tag}/{layer}"
            self.add_image(name, seen.picture(layer, **look), global_step, walltime, "HWC")

    def add_cam(
        self,
        tag: str,
        model: Any,
        input_tensor: Any,
        targets: Sequence[Any] | None = None,
        target_layers: Any = None,
        method: Any = "GradCAM",
        images: Any = None,
        global_step: Step | None = None,
        walltime: float | None = None,
        colormap: int | str = "jet",
        image_weight: float = 0.5,
        reshape_transform: Any = None,
    ) -> None:
        """Log where a model looks: class activation maps over pictures, side by side.

        The model is run in evaluation mode and left as it was, its gradients as well.

        Parameters
        ----------
        tag : str
            Name of the series.
        model : torch.nn.Module
            The model.
        input_tensor : torch.Tensor ``[N, C, H, W]``
            The model's input.
        targets : list of int or of callables, optional
            For each picture a class, or what `glassboard.cam` takes; its top class if not given.
        target_layers : list of str or torch.nn.Module, optional
            The last convolutional block if not given; a warning says which.
        method : str or class
            A class of `glassboard.cam`, or its name.
        images : array ``[N, H, W, 3]`` of floats from 0 to 1, optional
            What is shown below the maps; the input, scaled to 0 ... 1, if not given.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        colormap : str or int
            Colours of the maps.
        image_weight : float
            Share of the picture, from 0 to 1.
        reshape_transform : callable, optional
            Makes ``[N, C, H, W]`` of a layer's output.
        """
        from glassboard._look import overlaid_maps

        pictures = overlaid_maps(
            model, input_tensor, targets, target_layers, method, images, colormap, image_weight, reshape_transform
        )
        self.add_images(tag, pictures, global_step, walltime, "NHWC")

    def add_profiler_trace(self, trace: str | os.PathLike[str] | bytes, worker: str | None = None) -> None:
        """Put a trace of a profiler where the profiler's dashboard looks.

        Parameters
        ----------
        trace : str, path or bytes
            A file of Chrome's trace events as JSON, plain or gzipped, such as `torch.profiler` exports; or its
            content as bytes.
        worker : str, optional
            Name of the process that was watched; `<host>_<process id>` if not given.

        Raises
        ------
        OSError
            If a file cannot be read or written.
        ValueError
            If it is no trace.
        """
        if not isinstance(trace, bytes):
            with open(trace, "rb") as file:
                trace = file.read()
        super().add_profiler_trace(trace, worker)

    def add_hparams(
        self,
        hparam_dict: dict[str, Any],
        metric_dict: dict[str, ArrayLike],
        hparam_domain_discrete: dict[str, list[Any]] | None = None,
        run_name: str | None = None,
        global_step: Step | None = None,
    ) -> None:
        """Log hyperparameters with the metrics they led to, as a run of its own below the writer's folder.

        Parameters
        ----------
        hparam_dict : dict
            Values by name: int, float, str, bool (as the number 1 or 0), torch.Tensor (its first element), or None
            to leave it out.
        metric_dict : dict
            Metrics by tag; each as `add_scalar` takes it.
        hparam_domain_discrete : dict, optional
            For some hyperparameters the list of all values they can take, of the value's own type.
        run_name : str, optional
            Name of the run; the seconds since 1970 if not given.
        global_step : int, optional
            Step of the metrics; 0 if not given.

        Raises
        ------
        TypeError
            If an argument is no dict, or a domain does not fit its hyperparameter.
        ValueError
            If a value is of another type; then nothing is written.
        """
        super().add_hparams(hparam_dict, metric_dict, hparam_domain_discrete, run_name, global_step)

    def add_custom_scalars(self, layout: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        """Log which charts the custom scalars dashboard shows. Call it once; a later layout replaces it.

        Parameters
        ----------
        layout : dict
            `{category: {chart: [kind, tags]}}`. The kind `"Margin"` takes exactly three tags: value, lower and upper
            edge. Any other kind, such as `"Multiline"`, takes regular expressions of tags.

        Raises
        ------
        ValueError
            If a margin chart has not three tags.
        """
        super().add_custom_scalars(layout)

    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Log a layout of one chart with several lines.

        Parameters
        ----------
        tags : list of str
            Regular expressions of tags.
        category : str
            Heading above the chart.
        title : str
            Title of the chart.
        """
        super().add_custom_scalars({category: {title: ["Multiline", tags]}})

    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """Log a layout of one chart with a line and a band around it.

        Parameters
        ----------
        tags : list of str
            Tags of the value, the lower and the upper edge.
        category : str
            Heading above the chart.
        title : str
            Title of the chart.

        Raises
        ------
        ValueError
            If there are not three tags.
        """
        super().add_custom_scalars({category: {title: ["Margin", tags]}})

    def flush(self) -> None:
        """Wait until everything logged so far can be read by other processes.

        Raises
        ------
        OSError
            If a file could not be written.
        """
        super().flush()

    def close(self) -> None:
        """Flush and close all files. The next `add_*` opens new ones.

        Raises
        ------
        OSError
            If a file could not be written.
        """
        super().close()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()


def default_log_dir(comment: str) -> str:
    """The folder of a run that was given none."""
    # `socket` is slow to import, and most scripts name their folder.
    import socket

    now = time.strftime("%b%d_%H-%M-%S")
    return os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")

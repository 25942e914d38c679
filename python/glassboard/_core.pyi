"""What the Python files of the package call; its Rust side is ``crates/python``."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

__version__: str

# The command.

def command(arguments: Sequence[str | os.PathLike[str]]) -> int: ...

# Messages of event files.

def summary_iterator(
    path: str | os.PathLike[str], *, on_damage: Literal["raise", "skip"] = "raise"
) -> SummaryIterator: ...

@final
class SummaryIterator:
    def __iter__(self) -> SummaryIterator: ...
    def __next__(self) -> Event: ...

class Message:
    def HasField(self, field_name: str) -> bool: ...
    def WhichOneof(self, oneof_group: str) -> str | None: ...
    def SerializeToString(self) -> bytes: ...
    def ByteSize(self) -> int: ...

@final
class Event(Message):
    @property
    def wall_time(self) -> float: ...
    @property
    def step(self) -> int: ...
    @property
    def file_version(self) -> str: ...
    @property
    def graph_def(self) -> bytes: ...
    @property
    def summary(self) -> Summary: ...
    @property
    def log_message(self) -> LogMessage: ...
    @property
    def session_log(self) -> SessionLog: ...
    @property
    def tagged_run_metadata(self) -> TaggedRunMetadata: ...
    @property
    def meta_graph_def(self) -> bytes: ...
    @property
    def source_metadata(self) -> SourceMetadata: ...

@final
class Summary(Message):
    @property
    def value(self) -> list[Value]: ...

@final
class Value(Message):
    @property
    def tag(self) -> str: ...
    @property
    def simple_value(self) -> float: ...
    @property
    def obsolete_old_style_histogram(self) -> bytes: ...
    @property
    def image(self) -> Image: ...
    @property
    def histo(self) -> HistogramProto: ...
    @property
    def audio(self) -> Audio: ...
    @property
    def node_name(self) -> str: ...
    @property
    def tensor(self) -> TensorProto: ...
    @property
    def metadata(self) -> SummaryMetadata: ...

@final
class Image(Message):
    @property
    def height(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def colorspace(self) -> int: ...
    @property
    def encoded_image_string(self) -> bytes: ...

@final
class Audio(Message):
    @property
    def sample_rate(self) -> float: ...
    @property
    def num_channels(self) -> int: ...
    @property
    def length_frames(self) -> int: ...
    @property
    def encoded_audio_string(self) -> bytes: ...
    @property
    def content_type(self) -> str: ...

@final
class HistogramProto(Message):
    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def num(self) -> float: ...
    @property
    def sum(self) -> float: ...
    @property
    def sum_squares(self) -> float: ...
    @property
    def bucket_limit(self) -> list[float]: ...
    @property
    def bucket(self) -> list[float]: ...

@final
class TensorProto(Message):
    @property
    def dtype(self) -> int: ...
    @property
    def tensor_shape(self) -> TensorShapeProto: ...
    @property
    def version_number(self) -> int: ...
    @property
    def tensor_content(self) -> bytes: ...
    @property
    def float_val(self) -> list[float]: ...
    @property
    def double_val(self) -> list[float]: ...
    @property
    def int_val(self) -> list[int]: ...
    @property
    def string_val(self) -> list[bytes]: ...
    @property
    def scomplex_val(self) -> list[float]: ...
    @property
    def int64_val(self) -> list[int]: ...
    @property
    def bool_val(self) -> list[bool]: ...
    @property
    def dcomplex_val(self) -> list[float]: ...
    @property
    def half_val(self) -> list[int]: ...
    @property
    def uint32_val(self) -> list[int]: ...
    @property
    def uint64_val(self) -> list[int]: ...
    def numpy(self) -> NDArray[Any]: ...

@final
class TensorShapeProto(Message):
    @property
    def dim(self) -> list[Dim]: ...
    @property
    def unknown_rank(self) -> bool: ...

@final
class Dim(Message):
    @property
    def size(self) -> int: ...
    @property
    def name(self) -> str: ...

@final
class SummaryMetadata(Message):
    @property
    def plugin_data(self) -> PluginData: ...
    @property
    def display_name(self) -> str: ...
    @property
    def summary_description(self) -> str: ...
    @property
    def data_class(self) -> int: ...

@final
class PluginData(Message):
    @property
    def plugin_name(self) -> str: ...
    @property
    def content(self) -> bytes: ...

@final
class SessionLog(Message):
    @property
    def status(self) -> int: ...
    @property
    def checkpoint_path(self) -> str: ...
    @property
    def msg(self) -> str: ...

@final
class LogMessage(Message):
    @property
    def level(self) -> int: ...
    @property
    def message(self) -> str: ...

@final
class TaggedRunMetadata(Message):
    @property
    def tag(self) -> str: ...
    @property
    def run_metadata(self) -> bytes: ...

@final
class SourceMetadata(Message):
    @property
    def writer(self) -> str: ...

# Log directories.

def load(logdir: str | os.PathLike[str], threads: int | None) -> Log: ...

@final
class Log:
    def run_names(self) -> list[str]: ...
    def run_facts(self, run: str) -> tuple[float | None, float | None, int, int]: ...
    def tags(self, run: str) -> list[tuple[str, str, bool, str, str, bytes | None]]: ...
    def scalars(
        self, run: str, tag: str, superseded: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]: ...
    def blobs(
        self, run: str, plugin: str, tag: str, superseded: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_], list[str]]: ...
    def value(self, locator: str) -> Value | bytes: ...
    def damage(self) -> list[tuple[str, str, int, int, list[tuple[int, int, str, str]]]]: ...
    def notices(self) -> list[tuple[str, str, str]]: ...

def histogram(
    value: Message,
) -> tuple[list[NDArray[np.float64]], dict[str, float], list[NDArray[np.float64]]]: ...
def session_hparams(content: bytes) -> dict[str, Any] | None: ...

# Curves and areas. Labels: bool, uint8, int32, int64, float32 or float64; scores: float32 or float64.

def precision_recall_curve(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
    drop_intermediate: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[Any], list[tuple[str, bool]]]: ...
def roc_curve(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
    drop_intermediate: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], list[tuple[str, bool]]]: ...
def det_curve(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
    drop_intermediate: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def confusion_matrix_at_thresholds(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
) -> tuple[list[NDArray[np.float64]], NDArray[Any]]: ...
def auc(x: NDArray[np.float64], y: NDArray[np.float64]) -> float: ...
def roc_auc_score(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    average: str | None,
    sample_weight: NDArray[np.float64] | None,
    max_fpr: float | None,
    multi_class: str,
    labels: NDArray[Any] | None,
) -> tuple[float | NDArray[np.float64], list[tuple[str, bool]]]: ...
def average_precision_score(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    average: str | None,
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
) -> tuple[float | NDArray[np.float64], list[tuple[str, bool]]]: ...
def operating_point(
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
    best_by: str,
    numbers: tuple[float, float],
) -> list[float] | None: ...

# Pictures of curves.

def curve_series(
    name: str,
    y_true: NDArray[Any],
    y_score: NDArray[Any],
    pos_label: float | None,
    sample_weight: NDArray[np.float64] | None,
    costs: tuple[float, float] | None,
) -> CurveSeries: ...
def curve_picture(
    series: Sequence[CurveSeries], title: str | None, det: bool, iso_f1: bool, theme: str
) -> CurvePicture: ...

@final
class CurveSeries: ...

@final
class CurvePicture:
    def svg(self) -> str: ...
    def html(self) -> str: ...
    def png(self, scale: float) -> bytes: ...

# The writer.

def as_array(object: Any, argument: str) -> NDArray[Any]: ...
def as_scalar(object: Any, argument: str) -> float: ...
def frame(data: bytes) -> bytes: ...
def grid(
    tensor: Any,
    nrow: int,
    padding: int,
    normalize: bool,
    value_range: tuple[float, float] | None,
    scale_each: bool,
    pad_value: float,
) -> NDArray[Any]: ...
def onnx_nodes(path: str | os.PathLike[str]) -> Any: ...

class Writer:
    def add_audio(
        self, tag: str, snd_tensor: Any, global_step: Any, sample_rate: int, walltime: float | None
    ) -> None: ...
    def add_custom_scalars(self, layout: Any) -> None: ...
    def add_described_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any,
        walltime: float | None,
        display_name: str,
        summary_description: str,
    ) -> None: ...
    def add_embedding(
        self, mat: Any, metadata: Any, label_img: Any, global_step: Any, tag: str, metadata_header: Any
    ) -> None: ...
    def add_event(self, event: Any, step: Any, walltime: float | None) -> None: ...
    def add_graph_def(self, graph: Any, metadata: Any, walltime: float | None) -> None: ...
    def add_graph_nodes(self, nodes: Any, run_tag: Any) -> None: ...
    def add_histogram(
        self, tag: str, values: Any, global_step: Any, bins: Any, walltime: float | None, max_bins: Any
    ) -> None: ...
    def add_histogram_raw(
        self,
        tag: str,
        min: Any,
        max: Any,
        num: Any,
        sum: Any,
        sum_squares: Any,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: Any,
        walltime: float | None,
    ) -> None: ...
    def add_hparams(
        self,
        hparam_dict: Any,
        metric_dict: Any,
        hparam_domain_discrete: Any,
        run_name: Any,
        global_step: Any,
        *,
        like_tensorboardx: bool = False,
    ) -> None: ...
    def add_image(
        self, tag: str, img_tensor: Any, global_step: Any, walltime: float | None, dataformats: str
    ) -> None: ...
    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: Any,
        walltime: float | None,
        rescale: float,
        dataformats: str,
        labels: Any,
    ) -> None: ...
    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any,
        faces: Any,
        config_json: str | None,
        global_step: Any,
        walltime: float | None,
        *,
        like_tensorboardx: bool = False,
    ) -> None: ...
    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any,
        num_thresholds: int,
        weights: Any,
        walltime: float | None,
    ) -> None: ...
    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: Any,
        num_thresholds: int,
        walltime: float | None,
    ) -> None: ...
    def add_profiler_trace(self, trace: Any, worker: Any) -> Path | None: ...
    def add_roc_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: Any,
        num_thresholds: int,
        weights: Any,
        walltime: float | None,
    ) -> None: ...
    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: Any = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None: ...
    def add_scalar_to_run(
        self, run: str, tag: str, scalar_value: Any, global_step: Any, walltime: float | None
    ) -> None: ...
    def add_scalars(
        self, main_tag: str, tag_scalar_dict: Any, global_step: Any, walltime: float | None
    ) -> None: ...
    def add_summary(self, summary: Any, global_step: Any, walltime: float | None) -> None: ...
    def add_tensor(
        self, tag: str, tensor: Any, global_step: Any, walltime: float | None, *, bfloat16: bool = False
    ) -> None: ...
    def add_text(self, tag: str, text_string: str, global_step: Any, walltime: float | None) -> None: ...
    def add_video(
        self, tag: str, vid_tensor: Any, global_step: Any, fps: Any, walltime: float | None, dataformats: str
    ) -> None: ...
    def after_fork_in_child(self) -> None: ...
    def close(self) -> None: ...
    def flush(self) -> None: ...
    @property
    def is_open(self) -> bool: ...
    def open(
        self,
        log_dir: str | os.PathLike[str],
        *,
        purge_step: Any,
        max_queue: int,
        flush_secs: float,
        filename_suffix: str,
        write_to_disk: bool,
    ) -> None: ...
    def open_dirs(self) -> list[str]: ...
    def set_default_metadata(self, step: Any = None, walltime: float | None = None) -> None: ...

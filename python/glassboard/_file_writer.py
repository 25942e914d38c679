"""`FileWriter`: ready-made protobuf messages into an event file."""

from __future__ import annotations

import os
import time

from glassboard import _core, _lifecycle
from glassboard._errors import InvalidTypeError

# Known to type checkers; importing `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Message(Protocol):
        """A protobuf message of any package, as TensorBoard's are."""

        def SerializeToString(self) -> bytes: ...


def open_writer(
    writer: _core.Writer,
    log_dir: str | os.PathLike[str],
    *,
    purge_step: Any = None,
    max_queue: int = 10,
    flush_secs: float = 120,
    filename_suffix: str = "",
    write_to_disk: bool = True,
) -> None:
    """Create the folder and event file of a writer, and see to them when the process ends or forks."""
    writer.open(
        log_dir,
        purge_step=purge_step,
        max_queue=max_queue,
        flush_secs=flush_secs,
        filename_suffix=filename_suffix,
        write_to_disk=write_to_disk,
    )
    _lifecycle.track(writer)


class FileWriter:
    """Writes protobuf messages to an event file in a folder.

    This is what `SummaryWriter.file_writer` is; most scripts need only `SummaryWriter`.

    Parameters
    ----------
    log_dir : str or path
        Folder of the event file; created if it does not exist.
    max_queue : int
        How many batches of records may wait to be written before `add_*` waits; 0 for any number.
    flush_secs : float
        Records reach the file at the latest after this many seconds.
    filename_suffix : str
        Appended to the file's name.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        self._log_dir = os.fspath(log_dir)
        self._writer = _core.Writer()
        open_writer(
            self._writer,
            self._log_dir,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )

    @classmethod
    def _of(cls, writer: _core.Writer, log_dir: str) -> FileWriter:
        """The same file that a `SummaryWriter` writes to."""
        view = cls.__new__(cls)
        view._log_dir = log_dir
        view._writer = writer
        return view

    def get_logdir(self) -> str:
        """Return the folder of the event file."""
        return self._log_dir

    def add_event(self, event: Message | bytes, step: Any = None, walltime: float | None = None) -> None:
        """Write an `Event`.

        Parameters
        ----------
        event : protobuf message or bytes
            The `Event`; bytes are a serialized one.
        step : int, optional
            Replaces the event's step.
        walltime : float, optional
            Replaces the event's wall time; now if not given.
        """
        walltime = time.time() if walltime is None else walltime
        self._writer.add_event(_serialized(event, "event"), step, walltime)

    def add_summary(self, summary: Message | bytes, global_step: Any = None, walltime: float | None = None) -> None:
        """Write a `Summary` as an event.

        Parameters
        ----------
        summary : protobuf message or bytes
            The `Summary`; bytes are a serialized one.
        global_step : int, optional
            Step of the training; 0 if not given.
        walltime : float, optional
            Seconds since 1970; now if not given.
        """
        self._writer.add_summary(_serialized(summary, "summary"), global_step, walltime)

    def add_graph(self, graph_profile: tuple[Message, Message], walltime: float | None = None) -> None:
        """Write a `GraphDef` and its `RunMetadata`, as two events.

        Parameters
        ----------
        graph_profile : pair of protobuf messages
            The two messages.
        walltime : float, optional
            Seconds since 1970; now if not given.
        """
        graph, metadata = graph_profile
        graph, metadata = _serialized(graph, "graph_profile[0]"), _serialized(metadata, "graph_profile[1]")
        self._writer.add_graph_def(graph, metadata, walltime)

    def add_onnx_graph(self, graph: Message | bytes, walltime: float | None = None) -> None:
        """Write a `GraphDef` as an event.

        Parameters
        ----------
        graph : protobuf message or bytes
            The `GraphDef`; bytes are a serialized one.
        walltime : float, optional
            Seconds since 1970; now if not given.
        """
        self._writer.add_graph_def(_serialized(graph, "graph"), None, walltime)

    def flush(self) -> None:
        """Wait until everything logged so far can be read by other processes."""
        self._writer.flush()

    def close(self) -> None:
        """Flush and close the file. The next record opens a new one."""
        self._writer.close()

    def reopen(self) -> None:
        """Do nothing: a closed writer opens a new file for its next record."""


def _serialized(message: Message | bytes, argument: str) -> bytes:
    if isinstance(message, bytes):
        return message
    try:
        return message.SerializeToString()
    except AttributeError:
        raise InvalidTypeError(
            f"{argument}: expected a protobuf message or bytes, got {type(message).__name__}"
        ) from None


class RecordWriter:
    """Writes records, with the lengths and checksums of TensorFlow's format, to an open file.

    Parameters
    ----------
    writer : object with `write(bytes)`
        Where the records go.
    """

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        """Write one record."""
        self._writer.write(_core.frame(data))

    def flush(self) -> None:
        """Flush the file."""
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

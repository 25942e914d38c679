"""The dashboard in a notebook: ``glassboard.launch`` and ``%glassboard``."""

from __future__ import annotations

import argparse
import atexit
import html
import os
import queue
import re
import shlex
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from typing import Any

from glassboard._errors import InvalidInputError, LaunchError

# Height of the dashboard in a cell, in pixels.
_HEIGHT = 800

# Where a notebook's server of its own forwards ports, with the port as %PORT%.
_PROXY = "GLASSBOARD_PROXY_URL"

_ADDRESS = re.compile(r"http://\S+")

# Those that were started here, by log directory and arguments.
_running: dict[tuple[str, ...], Dashboard] = {}


class Dashboard:
    """A running dashboard; in a notebook it shows itself.

    It is a process of its own, which ends with :meth:`stop` or with this interpreter. As a context
    manager it stops at the end of the block.

    Attributes
    ----------
    logdir : str
        The log directory that it shows.
    url : str
        Its address.
    """

    def __init__(self, logdir: str, url: str, process: subprocess.Popen, height: int) -> None:
        self.logdir = logdir
        self.url = url
        self.height = height
        self._process = process

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(re.search(r":(\d+)", self.url)[1])

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        # What it reads from is also what it lives on.
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> Dashboard:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _repr_html_(self) -> str:
        url = self.url
        if proxy := os.environ.get(_PROXY):
            url = proxy.replace("%PORT%", str(self.port))
        return (
            f'<iframe src="{html.escape(url)}" width="100%" height="{self.height}" '
            'style="border: 0" title="Glassboard"></iframe>'
        )

    def __repr__(self) -> str:
        state = "" if self.running else ", stopped"
        return f"<Dashboard of {self.logdir!r} at {self.url}{state}>"


def launch(
    logdir: str | os.PathLike[str],
    *,
    port: int = 0,
    height: int = _HEIGHT,
    arguments: Iterable[str] = (),
    timeout: float = 60.0,
) -> Dashboard:
    """Start the dashboard beside this program, or find the one that runs already.

    Parameters
    ----------
    logdir : str or os.PathLike
        The log directory; it need not exist yet.
    port : int, optional
        Port to listen on; any free one by default.
    height : int, optional
        Height in a notebook, in pixels.
    arguments : iterable of str, optional
        Further arguments of ``glassboard serve``, such as ``["--window_title", "Team A"]``.
    timeout : float, optional
        How many seconds to wait for its address.

    Returns
    -------
    Dashboard
        Its ``url``, ``stop()``; as the last expression of a notebook's cell, the dashboard itself.

    Raises
    ------
    LaunchError
        An ``OSError``: it ended at once or did not answer in time; with what it said.

    Examples
    --------
    >>> board = glassboard.launch("runs")
    >>> board.url
    'http://localhost:43127/'
    """
    folder = os.path.abspath(os.path.expanduser(os.fspath(logdir)))
    arguments = ["--logdir", folder, "--port", str(int(port)), *arguments]
    key = tuple(arguments)
    board = _running.get(key)
    if board is None or not board.running:
        process, url = _start(arguments, timeout)
        board = Dashboard(os.fspath(logdir), url, process, height)
        _running[key] = board
    board.height = height
    return board


def _start(arguments: list[str], timeout: float) -> tuple[subprocess.Popen, str]:
    """Starts ``glassboard serve`` and waits for its address."""
    # A group of its own: Ctrl-C is meant for the cell or the prompt.
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "glassboard._served", "serve", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            **apart,
        )
        lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=_forward, args=(process.stdout, lines), daemon=True).start()
        try:
            while (line := lines.get(timeout=timeout)) is not None:
                if address := _ADDRESS.search(line):
                    return process, address[0]
            status = process.wait()
            said.seek(0)
            words = said.read().decode(errors="replace").strip()
            raise LaunchError(f"the dashboard ended with status {status}: {words}")
        except queue.Empty:
            process.kill()
            process.wait()
            raise LaunchError(f"the dashboard did not tell its address within {timeout} s") from None


def _forward(stream: Any, lines: queue.SimpleQueue[str | None]) -> None:
    """Takes all that is printed, so that printing never blocks."""
    with stream:
        for line in stream:
            lines.put(line)
    lines.put(None)


@atexit.register
def _stop_all() -> None:
    for board in _running.values():
        board.stop()


def load_ipython_extension(ipython: Any) -> None:
    """Make ``%glassboard`` known: called by ``%load_ext glassboard``."""
    ipython.register_magic_function(_magic, magic_kind="line", magic_name="glassboard")


def _magic(line: str) -> Dashboard | None:
    """Show a log directory: ``%glassboard --logdir runs [--height PIXELS] [arguments of serve]``."""
    parser = argparse.ArgumentParser(prog="%glassboard", add_help=False, exit_on_error=False)
    parser.add_argument("--logdir", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--height", type=int, default=_HEIGHT)
    words = shlex.split(line)
    if not any(word == "--logdir" or word.startswith("--logdir=") for word in words):
        raise InvalidInputError("%glassboard: expected --logdir DIR, the folder with the event files")
    options, others = parser.parse_known_args(words)
    board = launch(options.logdir, port=options.port, height=options.height, arguments=others)
    try:
        from IPython.display import display
    except ImportError:
        return board
    display(board)
    return None

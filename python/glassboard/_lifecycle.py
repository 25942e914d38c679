"""What happens to open writers when a process ends or forks.

- Before the interpreter ends, all writers are flushed.
- A forked child writes to files of its own from its first record on; what its parent has logged stays the parent's.
- Processes of `multiprocessing` end without the interpreter's exit handlers, so that they are told apart.
"""

from __future__ import annotations

import atexit
import os
import sys
import weakref

# Known to type checkers; importing `typing` would take longer than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from glassboard import _core

_live: weakref.WeakSet[_core.Writer] = weakref.WeakSet()
# The process whose end `multiprocessing` reports to us.
_process_with_finalizer = 0


def track(writer: _core.Writer) -> None:
    """Flush this writer when the process ends."""
    _live.add(writer)
    opened()


def opened() -> None:
    """Take note that this process writes to a file."""
    global _process_with_finalizer
    process = sys.modules.get("multiprocessing.process")
    if process is None or process.parent_process() is None or _process_with_finalizer == os.getpid():
        return
    from multiprocessing import util

    # After the script's own finalizers, which may log.
    util.Finalize(None, _flush_all, exitpriority=-100)
    _process_with_finalizer = os.getpid()


def _flush_all() -> None:
    for writer in list(_live):
        try:
            writer.flush()
        except OSError as error:
            print(f"glassboard: records were lost: {error}", file=sys.stderr)


def _after_fork_in_child() -> None:
    for writer in list(_live):
        writer.after_fork_in_child()


atexit.register(_flush_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)

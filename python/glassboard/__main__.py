"""The ``glassboard`` command: ``python -m glassboard`` and the console script."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the ``glassboard`` command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments behind the program's name; those of this process by default.

    Returns
    -------
    int
        The exit status: 0 for success, 1 when ``check`` found damage, 2 when something failed.
        ``run`` returns what the script does.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["run"] and not {"-h", "--help"} & set(arguments[1:2]):
        from glassboard import _run

        return _run.main(arguments[1:])
    from glassboard import _core

    # The command hears Ctrl-C itself. Python's handler would only note it, and raise
    # KeyboardInterrupt when the command has long ended.
    interrupt = _without_handler()
    try:
        return _core.command(["glassboard", *map(os.fspath, arguments)])
    finally:
        if interrupt is not None:
            signal.signal(signal.SIGINT, interrupt)


def _without_handler():
    """Set aside Python's handler of Ctrl-C; only the main thread may."""
    try:
        return signal.signal(signal.SIGINT, signal.SIG_DFL)
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())

"""``python -m glassboard._served``: the command as a child process that ends when its parent does.

The parent holds the other end of this process's standard input; however it ends, that end closes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from glassboard.__main__ import main


def _end_with_parent() -> None:
    # Not through sys.stdin, whose lock a thread must not hold when the interpreter ends.
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(main())

"""The terminal's foreground: taken from make, which would turn Ctrl-C into a failure of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def foreground() -> Iterator[None]:
    """While it lasts, Ctrl-C reaches this process alone; nothing changes without a terminal."""
    group = os.getpgrp()
    if not _in_front(group):
        yield
        return
    # A background process that touches the terminal is stopped, and Ctrl-Z would leave make waiting.
    for number in (signal.SIGTTOU, signal.SIGTSTP):
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpgrp())
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.tcsetpgrp(sys.stdin.fileno(), group)


def _in_front(group: int) -> bool:
    """Whether our group holds the terminal and is led by another process, such as make."""
    try:
        return group != os.getpid() and os.tcgetpgrp(sys.stdin.fileno()) == group
    except (OSError, ValueError, AttributeError):
        return False

"""Life below `make`: when it dies or is told to stop, so is what it started.

The Makefile passes on its own process id. A terminal's Ctrl-C reaches make and its child alike, but a SIGINT
sent to make alone does not: make then waits for its child for ever, with its own handler taken away.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from dev.birth import die_with_parent
from dev.problems import Stopped

CHECK_SECONDS = 1.0
VARIABLE = "DEV_PARENT_PID"


class Parent:
    """The make above this command, if there is one."""

    def __init__(self) -> None:
        """Ask for SIGTERM when make dies."""
        self._pid = os.environ.get(VARIABLE, "")
        if self._pid.isdigit():
            die_with_parent(int(self._pid), signal.SIGTERM)
        self._patient = self._catches_sigint()

    def keep_to_ourselves(self) -> None:
        """Our children have us for a parent and must not look for another one."""
        os.environ.pop(VARIABLE, None)

    def check(self) -> None:
        """Raises Stopped when make was sent SIGINT."""
        if self._patient and not self._catches_sigint():
            raise Stopped

    def _catches_sigint(self) -> bool:
        status = Path("/proc") / self._pid / "status"
        if not self._pid or not status.exists():
            return False
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status.read_text(), re.MULTILINE)
        return bool(caught and int(caught[1], 16) >> (signal.SIGINT - 1) & 1)

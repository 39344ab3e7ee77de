"""Processes that stopped themselves at a point: what is done to them meanwhile, and when they go on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.crash.matrix import FREEZE, STOPPING, UNHEARD, Cell

# So much longer than its lease a frozen process sleeps at least, and so much longer than that at most.
AFTER_LEASE = 1.0
MOST_SECONDS = 25.0


class Freezer:
    """Use `look` in every wait; `thawed` then holds the ids of processes that slept past their lease."""

    def __init__(self, markers: Mapping[Cell, Path], lease: float, lose_answer: Callable[[], None]) -> None:
        self.thawed: set[int] = set()
        self._waiting = {cell: marker for cell, marker in markers.items() if cell.how in STOPPING}
        self._lease = lease
        self._lose_answer = lose_answer
        self._since: dict[Cell, float] = {}

    @property
    def is_done(self) -> bool:
        return not self._waiting

    def look(self, is_late_enough: Callable[[], bool]) -> None:
        """Let go on what has waited for long enough; what is frozen is asked for only when its lease is over."""
        for cell, marker in [*self._waiting.items()]:
            pid = _stopped_there(marker)
            if pid and (cell.how == UNHEARD or self._has_slept(cell, is_late_enough)):
                if cell.how == UNHEARD:
                    self._lose_answer()
                del self._waiting[cell]
                self._go_on(cell, pid)

    def _has_slept(self, cell: Cell, is_late_enough: Callable[[], bool]) -> bool:
        slept = time.monotonic() - self._since.setdefault(cell, time.monotonic())
        least = self._lease + AFTER_LEASE
        return slept > least + MOST_SECONDS or (slept > least and is_late_enough())

    def _go_on(self, cell: Cell, pid: int) -> None:
        os.kill(pid, signal.SIGCONT)
        if cell.how == FREEZE:
            self.thawed.add(pid)


def _stopped_there(marker: Path) -> int:
    """The id of the process that stands still at the point; 0 while none does (Linux)."""
    written = marker.read_text() if marker.exists() else ""
    if not written:
        return 0
    try:
        state = Path(f"/proc/{written}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return 0
    return int(written) if state == "T" else 0

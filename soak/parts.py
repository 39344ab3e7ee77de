"""The parts that can be struck down, and the supervisor that starts them again as any process manager would."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from dev.problems import CommandError
from dev.processes import Child, Family, last_words

# A part that will not start at once is tried again, as a process manager does; this often, then the soak ends.
MOST_FAILED_STARTS = 8
RESTART_SECONDS = 0.5


class Part:
    """One process that has to run. `begin` starts it under the given name, which is new each time."""

    def __init__(self, name: str, begin: Callable[[str], Child]) -> None:
        self.name = name
        self.starts = 0
        self.own_ends: list[str] = []
        self.started_at = 0.0
        self._begin = begin
        self._failed = 0
        self._struck = False
        self._not_before = 0.0

    def start(self) -> None:
        self.starts += 1
        self.started_at = time.monotonic()
        self._struck = False
        self.child = self._begin(f"{self.name}.{self.starts}")

    @property
    def pid(self) -> int:
        return self.child.process.pid

    def runs(self, seconds: float = 0.0) -> bool:
        """Whether it has been running for at least so long."""
        return self.child.running() and time.monotonic() - self.started_at >= seconds

    def strike(self, number: signal.Signals, down: float = 0.0) -> int:
        """Send a signal that will end it, and let it lie for `down` seconds; how many processes that were."""
        if not self.child.running():
            return 0
        self._struck = True
        self._not_before = time.monotonic() + down
        count = 1 + len(self.children())
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if number == signal.SIGKILL else os.kill)(self.pid, number)
        return count if number == signal.SIGKILL else 0

    def send(self, number: signal.Signals) -> None:
        """Stop it for a while, or let it go on."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def children(self) -> list[int]:
        """The processes it has started itself (Linux)."""
        path = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        with contextlib.suppress(OSError):
            return [int(pid) for pid in path.read_text().split()]
        return []

    def look_after(self, family: Family) -> None:
        """Start it again when it is down and its time has come. Raises CommandError when it will not stay up."""
        if self.child.running() or time.monotonic() < self._not_before:
            return
        if self.child in family.children:
            family.children.remove(self.child)
        if not self._struck:
            self._note_own_end()
        self._not_before = time.monotonic() + RESTART_SECONDS
        self.start()

    def _note_own_end(self) -> None:
        why = last_words(self.child.log, lines=2)
        self.own_ends.append(f"{self.name}, start {self.starts}, exit code {self.child.process.returncode}{why}")
        self._failed = self._failed + 1 if time.monotonic() - self.started_at < 5 else 0
        if self._failed > MOST_FAILED_STARTS:
            raise CommandError(f"{self.name} does not stay up; see {self.child.log}.")

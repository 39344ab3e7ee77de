"""SIGINT, SIGTERM and the death of a child as things to wait for.

A handler that raises could tear a start apart between the fork and the note of the new process id,
so the handlers here only count, and every wait of this package goes through `Interrupts.pause`.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType

from dev.problems import CommandError, Stopped


class Interrupts:
    """Counts the wishes to stop; a pause ends early when a signal arrives."""

    def __init__(self) -> None:
        self.count = 0
        self.terminated = False
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._readable, False)
        os.set_blocking(self._writable, False)
        signal.set_wakeup_fd(self._writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGCHLD, self._on_child)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self.count += 1
        self.terminated = self.terminated or number == signal.SIGTERM

    def _on_child(self, number: int, frame: FrameType | None) -> None:
        """Only there so that SIGCHLD, ignored by default, writes to the wake-up pipe."""

    def nap(self, seconds: float | None) -> None:
        """Wait until a signal arrives, at most the given seconds."""
        readable, _, _ = select.select([self._readable], [], [], seconds)
        if readable:
            os.read(self._readable, 4096)

    def pause(self, seconds: float | None) -> None:
        """Like `nap`, but raises Stopped when the person wants to stop."""
        if not self.count:
            self.nap(seconds)
        if self.count:
            raise Stopped

    def wait_for(self, ready: Callable[[], bool], seconds: float, late: str) -> None:
        """Ask `ready` again and again; after the given seconds raises CommandError with `late`."""
        started = time.monotonic()
        while not ready():
            waited = time.monotonic() - started
            if waited >= seconds:
                raise CommandError(late)
            self.pause(0.02 if waited < 1 else 0.05)

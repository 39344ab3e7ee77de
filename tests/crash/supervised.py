"""A process that is started again whenever it dies, as a container's runtime does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.birth import Birth
from dev.processes import Plan, last_words, popen

STOP_SECONDS = 8.0
MOST_DEATHS = 6


class Supervised:
    """Use `look_after` in every wait. Its output is added to one log."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.deaths = 0
        self.log = log
        self._plan = Plan(name, command, environment)
        self._process = self._start()

    def look_after(self) -> None:
        """Raises RuntimeError when it dies again and again."""
        if self._process.poll() is None:
            return
        self.deaths += 1
        if self.deaths > MOST_DEATHS:
            raise RuntimeError(f"{self._plan.name} has died {self.deaths} times{last_words(self.log)}")
        self._process = self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> bool:
        """Gently, then not; all that it started goes with it. Whether it ended gently, with its work done."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait() == 0

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return popen(self._plan, Birth(signal.SIGKILL), log, None)

"""Children of the supervisor: start, look after, stop by process id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dev.birth import Birth
from dev.interrupts import Interrupts
from dev.problems import CommandError

PROCESSES = "processes"
"""The file beside the logs that names the children, for a person to whom a killed start has left some."""

PATIENCE = 10.0
"""Seconds a child gets to end by itself before SIGKILL."""


@dataclass(frozen=True)
class Plan:
    """A child that could be started. The death signal is for the death of the supervisor, not for a stop."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] | None = None
    death_signal: signal.Signals = signal.SIGKILL
    stop_signal: signal.Signals = signal.SIGTERM
    not_root: bool = False


@dataclass(frozen=True)
class Child:
    """A started child. Its log is the file that its output goes to."""

    plan: Plan
    process: subprocess.Popen[bytes]
    log: Path

    def __str__(self) -> str:
        return f"{self.plan.name} {self.process.pid}"

    def running(self) -> bool:
        return self.process.poll() is None

    def check(self) -> None:
        """Raises CommandError with the end of the log when the child has died."""
        if not self.running():
            how = f"{self.plan.name} ended by itself ({_outcome(self.process.returncode)})"
            raise CommandError(how + last_words(self.log))

    def stop(self) -> None:
        self.process.send_signal(self.plan.stop_signal)

    def kill(self) -> None:
        """SIGKILL the child and what it started: its session's group has the child's own id."""
        if self.running():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Family:
    """All children of one supervisor, in the order of their start."""

    def __init__(self, interrupts: Interrupts, logs: Path, lock: IO[str] | None = None) -> None:
        self.interrupts = interrupts
        self.children: list[Child] = []
        self._logs = logs
        self._lock = lock
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)

    def start(self, plan: Plan) -> Child:
        """Start a child in its own session, its output in a log of its own. Raises CommandError.

        Only for the main thread: the kernel counts the end of the starting thread as the parent's death.
        """
        path = self._logs / f"{plan.name}.log"
        birth = Birth(plan.death_signal, not_root=plan.not_root)
        with open(path, "wb", opener=_private) as log:
            process = popen(plan, birth, log, self._lock)
        child = Child(plan, process, path)
        self.children.append(child)
        (self._logs / PROCESSES).write_text(", ".join(str(one) for one in self.children))
        return child

    def finish(self, child: Child, seconds: float) -> None:
        """Wait for a child that is meant to end by itself. Raises CommandError when it fails or is late."""
        late = f"{child.plan.name} was not done after {seconds:.0f} s; see {child.log}."
        self.interrupts.wait_for(lambda: not child.running(), seconds, late)
        self.children.remove(child)
        if child.process.returncode:
            child.check()

    def check(self) -> None:
        """Raises CommandError when any child has died."""
        for child in self.children:
            child.check()

    def stop(self, *names: str) -> None:
        """Stop the named children, all at the same time. A second wish to stop ends the patience."""
        group = [child for child in self.children if child.plan.name in names]
        for child in group:
            child.stop()
        deadline = time.monotonic() + PATIENCE
        while any(child.running() for child in group) and time.monotonic() < deadline:
            if self.interrupts.count > 1:
                break
            self.interrupts.nap(0.1)
        for child in group:
            child.kill()
            self.children.remove(child)


def popen(plan: Plan, birth: Birth, log: IO[bytes] | None, lock: IO[str] | None) -> subprocess.Popen[bytes]:
    """Start the plan's command, with its output to the log or else to ours. Raises CommandError.

    The locked file is handed down, so that it stays locked until the last descendant is gone.
    """
    try:
        return subprocess.Popen(
            [str(part) for part in plan.command],
            env=None if plan.environment is None else dict(plan.environment),
            stdin=subprocess.DEVNULL if birth.own_session else None,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            pass_fds=[lock.fileno()] if lock else [],
            preexec_fn=birth.steps(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CommandError(f"{plan.name} could not be started: {error}.") from error


def last_words(log: Path, lines: int = 12) -> str:
    """The end of a log, as something to put behind a statement."""
    text = log.read_text(errors="replace").rstrip() if log.exists() else ""
    tail = "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
    return f"; the end of {log}:\n{tail}" if tail else "."


def _outcome(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)

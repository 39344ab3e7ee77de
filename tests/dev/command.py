"""The local commands as a person starts them: as processes, on free ports, with a state folder of their own."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = (sys.executable, "-m", "dev", "demo")
SERVICES = ("DATABASE_URL", "REDIS_URL", "PG_BIN", "DEV_PARENT_PID")


def run(*arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`python -m dev` with the given arguments, to its end."""
    command = [sys.executable, "-m", "dev", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(variables or {}), capture_output=True, text=True, timeout=60
    )


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Ours, without the services that the tests themselves run on."""
    ours = {name: value for name, value in os.environ.items() if name not in SERVICES}
    return {**ours, "MAKEFLAGS": "", "DEV_VENV": sys.prefix, **variables}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def eventually(true: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def processes_of(folder: Path) -> set[int]:
    """Everything that a command with this state folder has started: the lock is handed down to all of it."""
    lock = str(folder / "descendants.lock")
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if os.readlink(link) == lock:
                found.add(int(link.parts[2]))
    return found


@dataclass
class Demo:
    """A demo on free ports; `start` waits for its READY line."""

    folder: Path
    port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)

    def variables(self) -> dict[str, str]:
        return {
            "DEV_STATE_DIR": str(self.folder),
            "DEMO_PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }

    @contextlib.contextmanager
    def started(self, command: Sequence[str] = DEMO, stdin: int = subprocess.DEVNULL) -> Iterator[Running]:
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(self.variables()),
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            running = Running(self, process)
            try:
                running.read_line()
                yield running
            finally:
                running.end()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, variables=self.variables())

    def address_of_database(self) -> str:
        sockets = (self.folder / "sockets").read_text().strip()
        return f"postgresql://app@/app?host={sockets}"

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement, commit it, return its rows if it has any."""
        with psycopg.connect(self.address_of_database()) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def nothing_runs(self) -> bool:
        """Whether the last process has gone and both ports are free, within 10 s."""
        return eventually(
            lambda: not processes_of(self.folder) and port_is_free(self.port) and port_is_free(self.sandbox_port)
        )


@dataclass
class Running:
    """A started demo."""

    demo: Demo
    process: subprocess.Popen[str]
    line: str = ""

    def read_line(self) -> None:
        assert self.process.stdout
        assert self.process.stderr
        readable, _, _ = select.select([self.process.stdout], [], [], 90)
        self.line = self.process.stdout.readline() if readable else ""
        if not self.line:
            self.process.kill()
            raise AssertionError(f"not ready: {self.process.stderr.read()}")

    def supervisor(self) -> int:
        """The process that started all others: ours, or the one below make."""
        return int((self.demo.folder / "lock").read_text())

    def tell(self, number: signal.Signals) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def complaint(self) -> str:
        """What it said on stderr after it has ended."""
        assert self.process.stderr
        return self.process.stderr.read()

    def end(self) -> None:
        """Whatever a test has left, by process id."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        for pid in processes_of(self.demo.folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

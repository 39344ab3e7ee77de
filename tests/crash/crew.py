"""The processes of one round, armed, and the way to PostgreSQL on which an answer can be lost."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from dev import parts, ports
from soak.links import Links
from tests.crash.matrix import UNHEARD, Cell
from tests.crash.supervised import Supervised
from tests.system import System

LINK = "postgres"
READY_SECONDS = 30.0


class Way:
    """A proxy in front of the database; `url` is the database through it. Use it as a context manager."""

    def __init__(self, database_url: str, folder: Path) -> None:
        parts = urlsplit(database_url)
        port = free_port()
        user = parts.netloc.rpartition("@")[0]
        # The proxy has to read what passes.
        self.url = parts._replace(netloc=f"{user}@{ports.HOST}:{port}", query="sslmode=disable").geturl()
        self._control = folder / "proxy.sock"
        self._links = Links(self._control)
        links = json.dumps({LINK: [f"{ports.HOST}:{port}", _address(parts)]})
        command = [sys.executable, "-m", "soak.proxy", str(self._control), links]
        self._process = Supervised("proxy", command, os.environ, folder / "proxy.log")

    def __enter__(self) -> Way:
        deadline = time.monotonic() + READY_SECONDS
        while not self._control.exists():
            if time.monotonic() > deadline:
                raise RuntimeError("The fault proxy did not start.")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()

    def lose_answer(self) -> None:
        """The next COMMIT gets through, and its answer does not."""
        self._links.play(LINK, "cut_at_commit")

    def lost(self) -> int:
        """How many answers were lost so far."""
        self._links.play(LINK, "pass")
        return self._links.touched[LINK]


class Crew:
    """Starts processes of the system beside those it has itself."""

    def __init__(self, system: System, way: Way) -> None:
        self._system, self._way = system, way
        self._numbers = count(1)

    def marker(self) -> Path:
        """A file that is not there yet."""
        return self._system.folder / f"marker-{next(self._numbers)}"

    def worker(self, name: str = "worker", failpoint: str = "", **variables: str) -> Supervised:
        return self._start(name, [*parts.worker(), "--hostname", f"{name}@%h"], failpoint, variables)

    @contextmanager
    def armed(self, markers: Mapping[Cell, Path], *, workers: int) -> Iterator[tuple[list[Supervised], str]]:
        """Workers, and where there is something to strike in it a web process of its own; and where that listens."""
        web = {cell: marker for cell, marker in markers.items() if cell.is_web}
        worker = {cell: marker for cell, marker in markers.items() if not cell.is_web}
        with ExitStack() as stack:
            running = [
                self.worker(f"worker{number}", _failpoint(worker), **self._database(worker))
                for number in range(workers)
            ]
            for process in running:
                stack.callback(process.stop)
            if not web:
                yield running, self._system.url
                return
            port = free_port()
            command = [*parts.web(port), "--workers=1"]
            running.append(self._start("web", command, _failpoint(web), self._database(web)))
            stack.callback(running[-1].stop)
            _wait_until_healthy(running[-1], port)
            yield running, f"http://{ports.HOST}:{port}"

    def _database(self, cells: Mapping[Cell, Path]) -> dict[str, str]:
        return {"DATABASE_URL": self._way.url} if any(cell.how == UNHEARD for cell in cells) else {}

    def _start(self, name: str, command: list[str], failpoint: str, more: Mapping[str, str]) -> Supervised:
        ready = self._system.folder / f"ready-{next(self._numbers)}"
        variables = {**self._system.variables, **more, "FAILPOINT": failpoint, "WORKER_READY_FILE": str(ready)}
        return Supervised(name, command, variables, self._system.folder / f"{name}-{next(self._numbers)}.log")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((ports.HOST, 0))
        return int(probe.getsockname()[1])


def _address(url: SplitResult) -> str:
    """Where the database listens, as the proxy wants it."""
    folder = parse_qs(url.query).get("host", [""])[0]
    return f"unix:{folder}/.s.PGSQL.{url.port or 5432}" if folder else f"{url.hostname}:{url.port or 5432}"


def _wait_until_healthy(web: Supervised, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ports.healthy(port):
        if time.monotonic() > deadline:
            raise RuntimeError(f"The armed web process did not answer; see {web.log}.")
        web.look_after()
        time.sleep(0.1)


def _failpoint(markers: Mapping[Cell, Path]) -> str:
    return ",".join(f"{cell.point}:{cell.failpoint}:{marker}" for cell, marker in markers.items())

"""The whole product as the processes it is: sandbox tenant, web, worker, beat, and a database of its own.

For tests and benches. PostgreSQL and Valkey are those that DATABASE_URL and REDIS_URL name.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from dev import environment, parts, ports, sandbox_tenant
from dev.interrupts import Interrupts
from dev.processes import Family, Plan
from dev.secret_values import Kept
from tests.sandbox.process import SandboxProcess

TENANT = "acme-demo"
PREPARE_SECONDS = 120
READY_SECONDS = 60


class System:
    """A running product with the demo's tenant and people, all of whom have the password `password`.

    Use it as a context manager; more settings are given as environment variables: `System(UNDO_SECONDS="0")`.
    `worker=False` and `beat=False` leave these to the caller. `address` is where it listens, `url` is what browsers
    are to call it: the same, unless `public_url` is given.
    Raises dev.problems.CommandError with the end of its log when a part does not start. Whatever was started is
    stopped at the end, and dies with this process when there is no end.
    """

    def __init__(self, *, worker: bool = True, beat: bool = True, public_url: str = "", **settings: str) -> None:
        self._worker, self._beat = worker, beat
        self._public_url = public_url
        self._settings = settings
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self._start(Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-system-"))))
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _start(self, folder: Path) -> None:
        self.folder = folder
        self._family = Family(_Waiting(), folder / "log")
        self._port, sandbox_port = _free_ports()
        self.address = f"{ports.HOST}:{self._port}"
        self.url = self._public_url or f"http://{self.address}"
        kept = Kept(folder / "secrets.json")
        self.password = kept.values["DEMO_PASSWORD"]
        database = self._stack.enter_context(_own_database(os.environ["DATABASE_URL"]))
        self._stack.callback(self._stop)
        self._start_sandbox(kept, sandbox_port)
        self.variables = self._environment(kept, database)
        self._prepare(kept)
        self._start_parts()

    def _start_sandbox(self, kept: Kept, port: int) -> None:
        sandbox_tenant.start(self._family, self.folder, port, self.url, kept)
        sandbox_tenant.remember_refresh_token(self._family, port, kept)
        # Only the way to speak to it; the process is one of the family.
        self.sandbox = SandboxProcess(port=port)

    def _environment(self, kept: Kept, database: str) -> dict[str, str]:
        urls = {"DATABASE_URL": database, "REDIS_URL": os.environ["REDIS_URL"]}
        usual = environment.application(kept.values, urls, self.url, self.sandbox.url, self.folder / "static")
        # The broker may be shared; nobody else takes messages from a queue of this name.
        queue = f"system-{secrets.token_hex(4)}"
        hosts = f"{ports.HOST},{urlsplit(self.url).hostname}"
        return {**usual, "ALLOWED_HOSTS": hosts, "CELERY_QUEUE": queue, **self._settings}

    def _prepare(self, kept: Kept) -> None:
        demo = {name: value for name, value in kept.values.items() if name.startswith("DEMO_")}
        variables = {**self.variables, **demo, "SANDBOX_URL": self.sandbox.url}
        child = self._family.start(Plan("prepare", [sys.executable, "-m", "dev.prepare"], variables))
        self._family.finish(child, PREPARE_SECONDS)

    def _start_parts(self) -> None:
        ready = self.folder / "worker.ready"
        self._family.start(Plan("web", parts.web(self._port), self.variables))
        if self._worker:
            self._family.start(Plan("worker", parts.worker(), {**self.variables, "WORKER_READY_FILE": str(ready)}))
        if self._beat:
            self._family.start(Plan("beat", parts.beat(self.folder / "beat"), self.variables))
        late = f"The system did not answer within {READY_SECONDS} s."
        self._family.interrupts.wait_for(lambda: self._answers(ready), READY_SECONDS, late)

    def _answers(self, ready: Path) -> bool:
        self._family.check()
        return (ready.exists() or not self._worker) and ports.healthy(self._port)

    def _stop(self) -> None:
        """The sandbox after the worker, which may be telling it something."""
        self._family.stop("prepare", "web", "worker", "beat")
        self._family.stop("sandbox")


class _Waiting(Interrupts):
    """Waits without taking signals over: a test run or a bench has its own way to be stopped."""

    def __init__(self) -> None:
        self.count = 0
        self.terminated = False

    def nap(self, seconds: float | None) -> None:
        time.sleep(0.05 if seconds is None else min(seconds, 0.05))


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    """A new database beside the one that the URL names, dropped at the end whoever is still connected."""
    name = f"system_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _free_ports() -> tuple[int, int]:
    """Two ports that were free a moment ago."""
    with socket.socket() as web, socket.socket() as sandbox:
        web.bind((ports.HOST, 0))
        sandbox.bind((ports.HOST, 0))
        return web.getsockname()[1], sandbox.getsockname()[1]

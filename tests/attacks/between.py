"""A fault proxy between one caller and PostgreSQL, so that the database can go away for it alone or for everybody."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection as database

from soak.links import Links
from tests.attacks.callers import wait_for
from tests.settings_process import ROOT


class Between:
    """`host` is what a caller names as its database's."""

    def __init__(self, host: str, links: Links) -> None:
        self.host = host
        self._links = links

    def cut(self) -> None:
        """End what is open, and let nothing new begin."""
        self._links.play("postgres", "reset")

    def mend(self) -> None:
        self._links.play("postgres", "pass")


@contextmanager
def between() -> Iterator[Between]:
    """Ends with the block, and with it what passes through it."""
    # The path of a unix socket may have 107 characters at most.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        control = Path(folder) / "control"
        links = {"postgres": [f"unix:{folder}/.s.PGSQL.{_port()}", _address()]}
        process = subprocess.Popen([sys.executable, "-m", "soak.proxy", str(control), json.dumps(links)], cwd=ROOT)
        try:
            wait_for(control.exists)
            yield Between(folder, Links(control))
        finally:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


def _port() -> str:
    return str(database.get_connection_params().get("port") or 5432)


def _address() -> str:
    host = str(database.get_connection_params().get("host") or "localhost")
    return f"unix:{host}/.s.PGSQL.{_port()}" if host.startswith("/") else f"{host}:{_port()}"

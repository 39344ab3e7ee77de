"""What a running system leaves behind: logs, mails, everything in PostgreSQL, everything that went through Valkey."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis
from django.contrib.sessions.serializers import JSONSerializer
from django.core import signing
from psycopg import sql
from redis.client import Monitor

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


def files(*folders: Path) -> dict[str, bytes]:
    """The files in these folders. The sandbox tenant's log is the far side's, and secrets.json is where secrets are."""
    found = [path for folder in folders for path in folder.glob("*") if path.suffix in (".log", ".eml")]
    return {path.name: path.read_bytes() for path in found if path.name != "sandbox.log"}


def tables(database: psycopg.Connection[Any]) -> dict[str, bytes]:
    """Every table, each row as PostgreSQL writes it down: bytea in hex, JSON and text as they are."""
    found = {}
    for (name,) in database.execute(TABLES).fetchall():
        rows = database.execute(sql.SQL("SELECT t::text FROM {} AS t").format(sql.Identifier(name))).fetchall()
        found[f"table {name}"] = "\n".join(row for (row,) in rows).encode()
    return found


def sessions(database: psycopg.Connection[Any], secret_key: str) -> bytes:
    """What the sessions hold, which is compressed where it is long."""
    rows = database.execute("SELECT session_data FROM django_session").fetchall()
    salt = "django.contrib.sessions.SessionStore"
    held = [signing.loads(data, key=secret_key, salt=salt, serializer=JSONSerializer) for (data,) in rows]
    return repr(held).encode()


class Broker:
    """Valkey, overheard: every command of everybody, with what it carried."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=None)
        self._commands: list[str] = []
        self._over = f"over-{secrets.token_hex(4)}"

    @contextmanager
    def overheard(self) -> Iterator[None]:
        with self._client.monitor() as monitor:  # type: ignore[no-untyped-call]  # redis left it untyped.
            listener = threading.Thread(target=self._listen, args=(monitor,), daemon=True)
            listener.start()
            try:
                yield
            finally:
                self._client.echo(self._over)
                listener.join(timeout=10)
                self._client.close()

    def heard(self) -> bytes:
        return "\n".join(self._commands).encode()

    def write(self, value: str) -> None:
        """A command that leaves nothing behind."""
        self._client.echo(value)

    def _listen(self, monitor: Monitor) -> None:
        for command in monitor.listen():  # type: ignore[no-untyped-call]  # redis left it untyped.
            if self._over in command["command"]:
                return
            self._commands.append(command["command"])

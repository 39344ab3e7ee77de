"""Write-through storage in one SQLite file, so that a killed process starts again where it stopped."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from typing import Any

_LOCK_PATIENCE_SECONDS = 2.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, tenant TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (kind, tenant, id)
) WITHOUT ROWID
"""


class StoreError(Exception):
    """The state file cannot be used; the text says why in one sentence."""


class Store:
    """Records by kind, tenant and id. Writes gather until `flush`, which makes them one transaction.

    With an empty path nothing is kept. The caller serialises all use: there is one writer.
    """

    def __init__(self, path: str) -> None:
        self._pending: dict[tuple[str, str, str], str | None] = {}
        self._database: sqlite3.Connection | None = None
        self._guard: int | None = None
        if path:
            self._guard = _only_user(path)
            self._database = _open(path)

    def put(self, kind: str, tenant: str, key: str, body: dict[str, Any]) -> None:
        """Remember to write this record."""
        if self._database:
            self._pending[kind, tenant, key] = json.dumps(body, separators=(",", ":"))

    def drop(self, kind: str, tenant: str, key: str) -> None:
        """Remember to remove this record."""
        if self._database:
            self._pending[kind, tenant, key] = None

    def clear(self, kind: str, tenant: str) -> None:
        """Remove all records of a kind, at once, together with what was not yet written of it."""
        if not self._database:
            return
        for key in [each for each in self._pending if each[:2] == (kind, tenant)]:
            del self._pending[key]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("DELETE FROM record WHERE kind = ? AND tenant = ?", (kind, tenant))
        self._database.execute("COMMIT")

    def flush(self) -> None:
        """Write everything that is remembered, in one transaction."""
        if not self._pending or not self._database:
            return
        kept = [(*key, body) for key, body in self._pending.items() if body is not None]
        gone = [key for key, body in self._pending.items() if body is None]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", kept)
        self._database.executemany("DELETE FROM record WHERE kind = ? AND tenant = ? AND id = ?", gone)
        self._database.execute("COMMIT")
        self._pending.clear()

    def close(self) -> None:
        """Let go of the file, so that another process can use it."""
        if self._database:
            self._database.close()
        if self._guard is not None:
            os.close(self._guard)

    def records(self, kind: str, tenant: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """All stored records of one kind, with their ids."""
        if self._database:
            query = "SELECT id, body FROM record WHERE kind = ? AND tenant = ?"
            for key, body in self._database.execute(query, (kind, tenant)):
                yield key, json.loads(body)


def _only_user(path: str) -> int:
    # Each process keeps the whole company in memory, so two of them on one file would overwrite each other.
    # The worker of a killed parent needs a moment to leave; hence the patience.
    try:
        guard = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"The state file {path} cannot be written: {error.strerror}.") from error
    deadline = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return guard
        except BlockingIOError:
            if time.monotonic() > deadline:
                os.close(guard)
                raise StoreError(f"The state file {path} is in use by another sandbox.") from None
            time.sleep(0.05)


def _open(path: str) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        # A commit that reached the operating system outlives a kill -9; only a power cut could undo it.
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(_SCHEMA)
    except sqlite3.Error as error:
        raise StoreError(f"The state file {path} cannot be used: {error}.") from error
    return database

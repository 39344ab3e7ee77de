"""Named places where a test lets a process die, freeze or lose its database, to show what becomes of a decision.

Nothing happens at any of them unless the setting FAILPOINT arms some, which only a demo or a test may do. It lies in
this app because the lowest code with such places does; `inbox` names its own here too.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database
from django.db.backends.signals import connection_created


class Point(NamedTuple):
    """One place. `process` is the one that passes it: "web" or "worker"."""

    name: str
    process: str
    meaning: str


POINTS = (
    Point("decide-before-commit", "web", "A click's row and audit event are written and not committed."),
    Point("decide-committed", "web", "They are committed; no hint has been sent, and the person has no answer."),
    Point("decide-hinted", "web", "The hint has been sent; the person has no answer."),
    Point("lane-taken", "worker", "This drainer holds the tenant's lane; nothing is claimed."),
    Point("claim-before-commit", "worker", "Leases are written and not committed."),
    Point("claimed", "worker", "Decisions are leased; nothing has been asked of Workday."),
    Point("intent-before-commit", "worker", "The task was read; the intent to send is written and not committed."),
    Point("intent-committed", "worker", "The intent to send is committed; no byte has left."),
    Point("send-before", "worker", "In the calling thread, with a token in hand, before the first byte."),
    Point("sent", "worker", "In the calling thread, with the whole answer to a send that succeeded."),
    Point("answered", "worker", "The writing thread has that answer; nothing of it is written."),
    Point("settle-before-commit", "worker", "The end of a decision is written and not committed."),
    Point("settled", "worker", "The end of a decision after a send that succeeded is committed."),
    Point("wait-before", "worker", "Proven not applied; the wait for the next try is not written."),
    Point("wait-before-commit", "worker", "The wait for the next try is written, and perhaps not committed."),
    Point("uncertain-committed", "worker", "A send ended without proof, and that is committed."),
    Point("postpone-before", "worker", "A read settled nothing; the next look is not written."),
    Point("postponed", "worker", "The next look is committed."),
    Point("lane-before-release", "worker", "Nothing is left to do; the lane is still held."),
    Point("lane-released", "worker", "The lane is free; whether more fell due meanwhile has not been asked."),
    Point("refresh-intended", "worker", "The intent to renew a token is committed; Workday was not asked."),
    Point("refresh-answered", "worker", "Workday gave a new token; it is only in memory."),
    Point("refresh-before-commit", "worker", "The new token is written and not committed."),
    Point("refresh-saved", "worker", "The new token is committed; nobody has used it."),
    Point("sync-before-store", "worker", "All pages of an inbox are in memory; the mirror is as it was."),
    Point("sync-stored", "worker", "The mirror is committed."),
)


class Reached(RuntimeError):
    """What `raise` raises: an exception that no code expects."""


@dataclass
class _Armed:
    how: Callable[[], None]
    times: int = 1
    marker: Path | None = None

    def fire(self) -> None:
        if self.times < 1 or not self._is_first():
            return
        self.times -= 1
        self.how()

    def _is_first(self) -> bool:
        """With a marker a point fires once in all processes that share it, so that a restarted one goes on.

        The marker holds the id of the process that was struck: whoever let it be frozen has to let it go on.
        """
        if self.marker is None:
            return True
        try:
            with self.marker.open("x") as file:
                file.write(str(os.getpid()))
        except FileExistsError:
            return False
        return True


_armed: dict[str, _Armed] = {}
_backends: set[int] = set()


def reach(name: str) -> None:
    """Pass a point; does something only where it is armed."""
    if _armed and name in _armed:
        _armed[name].fire()


def arm(wishes: str) -> None:
    """Arm points, given as `name:how` or `name:how:extra`, several parted by commas.

    `how` is `kill` (SIGKILL this process), `raise` (an exception nobody expects), `cut` (the server ends all of
    this process's database connections) or `freeze` (SIGSTOP this process, until somebody sends SIGCONT). A number as
    `extra` says how often it fires in this process, usually once; anything else is the path of a marker file with
    which it fires once over all restarts. Raises ImproperlyConfigured.
    """
    names = {point.name for point in POINTS}
    for wish in filter(None, wishes.split(",")):
        name, how, extra = (*wish.split(":", 2), "", "")[:3]
        if name not in names or how not in _HOWS:
            raise ImproperlyConfigured(f"FAILPOINT: there is no {name}:{how}.")
        times, marker = (int(extra), None) if extra.isdigit() else (1, Path(extra) if extra else None)
        _armed[name] = _Armed(_HOWS[how], times, marker)
    if _armed:
        connection_created.connect(_remember_backend, dispatch_uid="failpoints")


def disarm() -> None:
    """Back to doing nothing."""
    _armed.clear()
    _backends.clear()
    connection_created.disconnect(dispatch_uid="failpoints")


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _freeze() -> None:
    # Sent to this very thread, which therefore stops here and not some lines later; all others stop with it.
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def _raise() -> None:
    raise Reached("a fail-point was reached")


def _cut() -> None:
    """End every database connection of this process from outside, also those of its other threads."""
    parameters: dict[str, Any] = database.get_connection_params()
    wanted = {name: parameters.get(name) for name in ("dbname", "user", "password", "host", "port")}
    with psycopg.connect(**{name: value for name, value in wanted.items() if value}, autocommit=True) as other:
        # Without the wait the next statement could still be answered.
        other.execute("SELECT pg_terminate_backend(pid, 1000) FROM unnest(%s::int[]) AS pid", [list(_backends)])
    _backends.clear()


def _remember_backend(connection: Any, **_: Any) -> None:
    _backends.add(connection.connection.info.backend_pid)


_HOWS: dict[str, Callable[[], None]] = {"kill": _kill, "raise": _raise, "cut": _cut, "freeze": _freeze}

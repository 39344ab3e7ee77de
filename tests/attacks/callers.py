"""Callers of `connections.tokens.bearer` in processes of their own, with their own database connections.

They are forked from a clean process that has the product loaded, so many of them are there at once within a second.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import connections as databases

from connections import failpoints, grants, intents, renewal, tokens
from connections.models import Connection
from sandbox.wire.ledger import fingerprint
from workday import oauth

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.attacks.ready", "tests.attacks.callers"])
START_SECONDS = 60.0
_MODULES = {"intents": intents, "oauth": oauth, "renewal": renewal}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a process is to do: as many `threads` as that ask for the token, all at the same time.

    `rejected` is for a token that was answered with 401. `failpoint` arms one. `limits` shortens times, by
    "module.NAME". `host` is where PostgreSQL is reached, if not directly.
    """

    connection: uuid.UUID
    threads: int = 1
    rejected: bool = False
    failpoint: str = ""
    limits: dict[str, float] = field(default_factory=dict)
    host: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`kind` is "token" or the name of the error; `told` the token's fingerprint or the reason."""

    kind: str
    told: str


class Caller:
    """One process. It waits for `barrier`, where one is given, before it asks."""

    def __init__(self, wish: Wish, barrier: Barrier | None = None) -> None:
        self._wish = wish
        self._ours, theirs = _FORKS.Pipe(duplex=False)
        options = database.settings_dict["OPTIONS"] | ({"host": wish.host} if wish.host else {})
        place = {"NAME": database.settings_dict["NAME"], "OPTIONS": options} | ({"HOST": ""} if wish.host else {})
        self._process = _FORKS.Process(
            target=_call, args=(wish, place, settings.WORKDAY_PLAIN_ORIGINS, barrier, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Whatever state it is in; harmless when it has ended."""
        self._signal(signal.SIGKILL)
        self._process.join(START_SECONDS)

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    @property
    def is_frozen(self) -> bool:
        with suppress(OSError), open(f"/proc/{self._process.pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"
        return False

    def outcomes(self, seconds: float = START_SECONDS) -> list[Outcome]:
        """What each thread was told. Raises AssertionError when it does not say so in time, or died before."""
        assert self._ours.poll(seconds), "no outcome came in time"
        try:
            found: list[Outcome] = self._ours.recv()
        except EOFError:
            raise AssertionError("the process died before it could tell") from None
        self._process.join(START_SECONDS)
        return found

    def outcome(self, seconds: float = START_SECONDS) -> Outcome:
        """Of the only thread."""
        [found] = self.outcomes(seconds)
        return found

    def _signal(self, number: signal.Signals) -> None:
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, number)


@contextmanager
def callers(*wishes: Wish, at_once: bool = True) -> Iterator[list[Caller]]:
    """Processes that ask at the same moment (or as each is ready), and end with the block."""
    barrier = _FORKS.Barrier(sum(wish.threads for wish in wishes)) if at_once and len(wishes) > 1 else None
    started: list[Caller] = []
    try:
        for wish in wishes:
            started.append(Caller(wish, barrier))
        yield started
    finally:
        for caller in started:
            caller.kill()


def ask(connection: Connection, **wish: Any) -> Outcome:
    """One process asks and ends."""
    with callers(Wish(connection.pk, **wish)) as [caller]:
        return caller.outcome()


def wait_for(condition: Any, seconds: float = 30.0) -> None:
    """Raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


def _call(wish: Wish, place: dict[str, Any], origins: list[str], barrier: Barrier | None, pipe: Pipe) -> None:
    databases.settings["default"].update(place)
    settings.WORKDAY_PLAIN_ORIGINS = origins
    for name, value in wish.limits.items():
        module, _, constant = name.partition(".")
        setattr(_MODULES[module], constant, value)
    failpoints.arm(wish.failpoint)
    found: list[Outcome] = []
    threads = [threading.Thread(target=_ask, args=(wish, barrier, found)) for _ in range(wish.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(found)


def _ask(wish: Wish, barrier: Barrier | None, found: list[Outcome]) -> None:
    connection = Connection.objects.select_related("tenant").get(pk=wish.connection)
    rejected = grants.access_token(connection) if wish.rejected else None
    if barrier is not None:
        barrier.wait(START_SECONDS)
    try:
        token = tokens.bearer(connection, rejected=rejected)
        found.append(Outcome("token", fingerprint(token.reveal())))
    except tokens.TokenError as error:
        found.append(Outcome(type(error).__name__, error.reason))
    finally:
        database.close()

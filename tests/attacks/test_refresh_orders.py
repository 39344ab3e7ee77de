"""Two callers and one rotation, in every order in which their steps can follow each other."""

from __future__ import annotations

import itertools
import os
import threading
import time

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import User
from connections import failpoints
from connections.models import Connection
from connections.tokens import TokenError, bearer
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.server import SandboxServer
from workday.secret import Secret

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.attack("T30")]

# How many steps are chosen, in all ways; after them the two take turns. The long run: REFRESH_STEPS=8.
STEPS = int(os.environ.get("REFRESH_STEPS", "5"))
WAITING = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"


class Player(threading.Thread):
    """A caller that stops at each named point of the code until it is let on."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(daemon=True)
        self.found: Secret | TokenError | None = None
        self.path: list[str] = []
        self.pid = 0
        self._connection = connection
        self._go, self._stopped = threading.Semaphore(0), threading.Event()

    def run(self) -> None:
        try:
            database.ensure_connection()
            self.pid = database.connection.info.backend_pid
            self.stop_at("begin")
            self.found = bearer(self._connection)
        except TokenError as error:
            self.found = error
        finally:
            database.close()
            self._stopped.set()

    def stop_at(self, point: str) -> None:
        self.path.append(point)
        self._stopped.set()
        self._go.acquire()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    @property
    def is_over(self) -> bool:
        return self.found is not None

    def step(self) -> None:
        """On to the next point, to the end, or until it waits for the other's lock."""
        if self.is_over or not self.is_stopped:
            return
        self._stopped.clear()
        self._go.release()
        self.settle()

    def settle(self) -> None:
        deadline = time.monotonic() + 10
        while not self._stopped.wait(0.005) and not self._waits():
            assert time.monotonic() < deadline, self.path

    def _waits(self) -> bool:
        with database.cursor() as cursor:
            cursor.execute(WAITING, [self.pid])
            return cursor.fetchone() is not None


def play(players: list[Player], order: tuple[int, ...]) -> None:
    for player in players:
        player.start()
    for player in players:
        player.settle()
    for chosen in itertools.chain(order, itertools.cycle((0, 1))):
        if all(player.is_over for player in players):
            return
        players[chosen].step()
        players[1 - chosen].settle()


def test_in_every_order_there_is_one_refresh_and_one_token(
    sandbox_server: SandboxServer, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox_server.process.settings(rotation="rotate")
    connection = connected_at(sandbox_server, owner)

    def reach(point: str) -> None:
        caller = threading.current_thread()
        if isinstance(caller, Player):
            caller.stop_at(point)

    monkeypatch.setattr(failpoints, "reach", reach)
    paths = set()
    for number, order in enumerate(itertools.product((0, 1), repeat=STEPS), 1):
        Connection.objects.update(access_expires_at=timezone.now())
        players = [Player(fresh(connection)) for _ in range(2)]
        play(players, order)
        paths.add(tuple(tuple(player.path) for player in players))
        assert isinstance(players[0].found, Secret), (order, players[0].found)
        assert players[0].found == players[1].found, order
        assert len(refreshes(sandbox_server)) == number
        assert fresh(connection).refresh_intent_at is None
    assert {request.status for request in refreshes(sandbox_server)} == {200}
    assert len(paths) > STEPS

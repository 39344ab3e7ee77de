"""The database goes away just when new tokens are to be saved, and they are the only copy."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections import grants
from connections.models import Connection
from tests.attacks.between import between
from tests.attacks.callers import Outcome, Wish, ask, callers, wait_for
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.server import AuthorizationServer, SandboxServer, fingerprint
from tests.connections.conftest import signed_in_as, words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.attack("T33")]

# The long run: DATABASE_LOST_SECONDS=60 takes it away for that long, under the limits that an installation has.
LONG = float(os.environ.get("DATABASE_LOST_SECONDS", "0"))
POINTS = ("refresh-answered", "refresh-before-commit")
INTERRUPTED = "interrupted while it was being renewed"


@pytest.fixture
def connection(far: AuthorizationServer, owner: User) -> Connection:
    if isinstance(far, SandboxServer):
        far.process.settings(rotation="rotate")
    return ended(connected_at(far, owner))


def ended(connection: Connection) -> Connection:
    Connection.objects.update(access_expires_at=timezone.now())
    return connection


@pytest.mark.parametrize("point", POINTS)
def test_three_seconds_without_a_database_cost_nothing(
    far: AuthorizationServer, connection: Connection, tmp_path: Path, point: str
) -> None:
    """Nor does anybody else, whose database is there, spend the old token in that time."""
    with between() as way:
        wish = Wish(connection.pk, host=way.host, failpoint=f"{point}:freeze:{tmp_path / 'marker'}")
        with callers(wish) as [holder]:
            wait_for(lambda: holder.is_frozen)
            way.cut()
            holder.thaw()
            until = time.monotonic() + 3
            assert ask(connection) == Outcome("Weather", "This connection is just being renewed.")
            time.sleep(max(0.0, until - time.monotonic()))
            way.mend()
            outcome = holder.outcome()
    token = grants.access_token(fresh(connection))
    assert token
    assert outcome == Outcome("token", fingerprint(token.reveal()))
    assert len(refreshes(far)) == 1
    assert ask(ended(connection)).kind == "token"
    assert [request.status for request in refreshes(far)] == [200, 200]


def test_a_long_time_without_a_database_is_told_as_what_it_was(
    far: AuthorizationServer, connection: Connection, owner: User, tmp_path: Path
) -> None:
    with between() as way:
        wish = Wish(
            connection.pk,
            host=way.host,
            failpoint=f"refresh-answered:freeze:{tmp_path / 'marker'}",
            limits={} if LONG else {"renewal.SAVE_AGAIN_SECONDS": 1.0},
        )
        with callers(wish) as [holder]:
            wait_for(lambda: holder.is_frozen)
            way.cut()
            holder.thaw()
            assert holder.outcome() == Outcome("Weather", "The database was busy.")
            time.sleep(LONG)
            way.mend()
    told = ask(connection, limits={} if LONG else {"intents.UNDER_WAY_SECONDS": 0.0})
    assert told.kind == "NeedsReconnect"
    assert INTERRUPTED in told.told
    assert ask(connection) == told
    assert [request.status for request in refreshes(far)] == [200, 400]
    assert INTERRUPTED in words(signed_in_as(owner).get(reverse("connections:list")))

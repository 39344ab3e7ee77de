"""Many callers at the moment a token ends: one asks Workday, all get the new token."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from django.utils import timezone

from accounts.models import User
from connections import grants
from connections.models import Connection
from tests.attacks.callers import Outcome, Wish, callers
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.server import AuthorizationServer, SandboxServer, fingerprint

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES, THREADS = 10, 5
# The long run: REFRESH_ROUNDS=300 makes that many tokens end.
ROUNDS = int(os.environ.get("REFRESH_ROUNDS", "1"))


@pytest.fixture
def connection(far: AuthorizationServer, owner: User) -> Connection:
    if isinstance(far, SandboxServer):
        far.process.settings(rotation="rotate")
    return connected_at(far, owner)


def all_at_once(connection: Connection, *, rejected: bool = False) -> list[Outcome]:
    wishes = [Wish(connection.pk, THREADS, rejected) for _ in range(PROCESSES)]
    with callers(*wishes) as started:
        return [outcome for caller in started for outcome in caller.outcomes()]


def the_token(connection: Connection) -> Outcome:
    token = grants.access_token(fresh(connection))
    assert token
    return Outcome("token", fingerprint(token.reveal()))


@pytest.mark.attack("T30")
def test_fifty_callers_in_ten_processes_cause_one_refresh(far: AuthorizationServer, connection: Connection) -> None:
    for number in range(1, ROUNDS + 1):
        Connection.objects.update(access_expires_at=timezone.now())
        found = all_at_once(connection)
        assert found == [the_token(connection)] * (PROCESSES * THREADS)
        assert len(refreshes(far)) == number
    used = Counter(request.refresh_token for request in refreshes(far))
    assert set(used.values()) == {1}
    assert {request.status for request in refreshes(far)} == {200}


@pytest.mark.attack("T30", "T34")
def test_fifty_callers_who_were_answered_401_cause_one_refresh(
    far: AuthorizationServer, connection: Connection
) -> None:
    found = all_at_once(connection, rejected=True)
    assert found == [the_token(connection)] * (PROCESSES * THREADS)
    assert len(refreshes(far)) == 1


@pytest.mark.attack("T30", "T35")
def test_fifty_callers_of_a_revoked_grant_are_all_told_the_same(
    far: AuthorizationServer, connection: Connection
) -> None:
    far.revoke("manager")
    Connection.objects.update(access_expires_at=timezone.now())
    found = all_at_once(connection)
    assert set(found) == {Outcome("NeedsReconnect", "Workday no longer accepts this connection.")}
    assert len(refreshes(far)) == 1

"""Clocks and lifetimes that do not agree: no loop of 401, and at most one refresh for one request."""

from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from connections.tokens import bearer
from inbox.drain import drain
from inbox.models import Decision, InboxSync, Lane
from inbox.models.decision import from_now
from inbox.states import State
from inbox.sync import sync_inbox
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.scripted import answer, ending, saying, tenant_of
from tests.attacks.server import SandboxServer
from tests.conftest import make_decision, make_task

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.attack("T34")]

HOUR = 3600.0
# What a token answer says of the lifetime, and the seconds that it is taken for.
LIFETIMES: dict[str, tuple[dict[str, Any], float]] = {
    "absent": ({}, HOUR),
    "null": ({"expires_in": None}, HOUR),
    "zero": ({"expires_in": 0}, HOUR),
    "negative": ({"expires_in": -3600}, HOUR),
    "huge": ({"expires_in": 10**12}, HOUR),
    "far too huge": ({"expires_in": 10**400}, HOUR),
    "huge as text": ({"expires_in": "9" * 400}, HOUR),
    "words": ({"expires_in": "an hour"}, HOUR),
    "true": ({"expires_in": True}, HOUR),
    "a list": ({"expires_in": [3600]}, HOUR),
    "a fraction of a second": ({"expires_in": 0.001}, HOUR),
    "text": ({"expires_in": "1800"}, 1800.0),
    "a fraction": ({"expires_in": 1800.5}, 1800.0),
    "a minute": ({"expires_in": 60}, 60.0),
    "a year": ({"expires_in": 31_536_000}, 31_536_000.0),
}


@pytest.mark.parametrize("name", LIFETIMES)
def test_whatever_lifetime_is_told_there_is_one_refresh(owner: User, settings: LazySettings, name: str) -> None:
    told, life = LIFETIMES[name]
    said = answer(200, {"access_token": "new-access-token", "token_type": "Bearer", **told})
    with saying(said, settings) as far:
        connection = ending(owner, tenant_of(far))
        for _ in range(3):
            assert bearer(fresh(connection)).reveal() == "new-access-token"
        assert len(far.requests) == 1
    left = (fresh(connection).access_expires_at or timezone.now()) - timezone.now()
    assert life / 2 < left.total_seconds() < life


@pytest.fixture
def connection(sandbox_server: SandboxServer, owner: User) -> Connection:
    return connected_at(sandbox_server, owner)


def calls(far: SandboxServer) -> list[dict[str, Any]]:
    return [request for request in far.process.ledger() if "/ccx/api/" in request["path"]]


@pytest.mark.parametrize("minutes", [-10, 10])
def test_with_a_clock_ten_minutes_off_a_listing_costs_one_refresh_at_most(
    sandbox_server: SandboxServer, connection: Connection, minutes: int
) -> None:
    """Ours takes a living token for ended, or one that has ended there for living."""
    if minutes < 0:
        sandbox_server.process.settings(access_token_seconds=1)
        bearer(connection, rejected=bearer(connection))
        time.sleep(1.1)
        sandbox_server.process.settings(access_token_seconds=3600)
    Connection.objects.update(access_expires_at=timezone.now() - datetime.timedelta(minutes=minutes))
    before = len(refreshes(sandbox_server))
    sync_inbox(connection.pk)
    assert InboxSync.objects.get(connection=connection).as_of is not None
    assert len(refreshes(sandbox_server)) == before + 1
    assert len([request for request in calls(sandbox_server) if request["status"] == 401]) == (minutes < 0)


def test_a_listing_whose_every_token_is_refused_ends_after_one_refresh(
    sandbox_server: SandboxServer, connection: Connection
) -> None:
    sandbox_server.process.clear_ledger()
    sandbox_server.process.fault("*/inboxTasks*", "status", status=401)
    sync_inbox(connection.pk)
    assert [request["status"] for request in calls(sandbox_server)] == [401, 401]
    assert len(refreshes(sandbox_server)) == 1
    sync = InboxSync.objects.get(connection=connection)
    assert sync.failure
    assert sync.next_at
    assert sync.next_at > timezone.now() + datetime.timedelta(seconds=5)


def carried_on(decision: Decision, *, most: int) -> list[State]:
    """Its states as a worker comes by again and again, whatever time it is due, until its end."""
    seen: list[State] = []
    while len(seen) < most and not decision.is_final:
        Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
        Lane.objects.update(paused_until=None)
        drain(decision.tenant_id)
        decision.refresh_from_db()
        seen.append(State(decision.state))
    return seen


def test_a_decision_whose_every_token_is_refused_waits_and_hammers_nobody(
    sandbox_server: SandboxServer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.drain.LINGER_SECONDS", 0.0)
    decision = make_decision(make_task(connection))
    sandbox_server.process.clear_ledger()
    sandbox_server.process.fault("*/ccx/api/*", "status", status=401)
    assert carried_on(decision, most=3) == [State.WAITING] * 3
    assert [request["status"] for request in calls(sandbox_server)] == [401] * 6
    assert len(refreshes(sandbox_server)) == 3


def test_a_send_whose_every_token_is_refused_ends_with_a_person(
    sandbox_server: SandboxServer, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads go well, and eight times the send does not: at most one refresh for each of them."""
    monkeypatch.setattr("inbox.drain.LINGER_SECONDS", 0.0)
    wid = sandbox_server.process.tasks("manager", kind="time_off")[0]
    sync_inbox(connection.pk)
    task = connection.inbox_tasks.get(wid=wid)
    decision = make_decision(task)
    sandbox_server.process.fault("regex:/eventSteps/[^/]+/approve$", "status", status=401)
    states = carried_on(decision, most=10)
    sends = [request for request in calls(sandbox_server) if request["path"].endswith("/approve")]
    assert State.MANUAL in states
    assert states[-1] == State.REFUSED
    assert len(sends) == 8
    assert len(refreshes(sandbox_server)) <= len(sends)


def test_a_token_that_ends_between_read_and_send_costs_one_refresh_and_one_more_send(
    sandbox_server: SandboxServer, connection: Connection
) -> None:
    process = sandbox_server.process
    sync_inbox(connection.pk)
    wid = process.tasks("manager", kind="time_off")[0]
    decision = make_decision(connection.inbox_tasks.get(wid=wid))
    process.settings(access_token_seconds=2, expires_in=False)
    bearer(fresh(connection), rejected=bearer(fresh(connection)))
    process.settings(access_token_seconds=3600)
    process.clear_ledger()
    process.fault("*/inboxTasks/*", "apply_then_delay", times=1, seconds=2)
    assert carried_on(decision, most=3)[-1] == State.APPLIED
    sends = [request["status"] for request in calls(sandbox_server) if request["path"].endswith("/approve")]
    assert sends == [401, 201]
    assert len(refreshes(sandbox_server)) == 1
    assert process.task(wid)["status"]["descriptor"] == "Approved"

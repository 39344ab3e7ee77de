"""After a disconnect nothing is kept, and nothing that was under way uses the access any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections.models import Connection
from connections.tokens import NeedsReconnect, bearer
from inbox.drain import drain
from inbox.models import Decision
from inbox.states import State
from inbox.sync import sync_inbox
from tests.attacks.callers import Wish, callers, wait_for
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.server import AuthorizationServer, SandboxServer
from tests.conftest import make_decision, make_task
from tests.connections.conftest import connect, signed_in_as

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.attack("T36")]


@pytest.fixture
def connection(sandbox_server: SandboxServer, owner: User) -> Connection:
    return connected_at(sandbox_server, owner)


@pytest.fixture
def decision(sandbox_server: SandboxServer, connection: Connection) -> Decision:
    """Of a task that can be approved."""
    sync_inbox(connection.pk)
    wid = sandbox_server.process.tasks("manager", kind="time_off")[0]
    return make_decision(connection.inbox_tasks.get(wid=wid))


def disconnect(connection: Connection, owner: User) -> None:
    answer = signed_in_as(owner).post(reverse("connections:disconnect", args=[connection.pk]))
    assert answer.status_code == 303


def seen(far: SandboxServer, path: str) -> list[dict[str, Any]]:
    return [request for request in far.process.ledger() if path in request["path"]]


def during(work: Callable[[], object], begun: Callable[[], object], then: Callable[[], None]) -> None:
    """Do `then` when `work`, on a thread of its own, has begun; until it is over."""

    def run() -> None:
        try:
            work()
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    wait_for(begun)
    then()
    assert thread.is_alive()
    thread.join()


def test_nothing_is_kept_and_the_record_says_that_workday_was_not_told(far: AuthorizationServer, owner: User) -> None:
    connection = connected_at(far, owner)
    asked = len(far.token_requests())
    disconnect(connection, owner)
    kept = fresh(connection)
    assert (kept.access_token_box, kept.refresh_token_box, kept.access_expires_at) == (None, None, None)
    with pytest.raises(NeedsReconnect):
        bearer(kept)
    assert len(far.token_requests()) == asked
    [event] = Event.objects.filter(verb="connection.disconnected")
    assert event.data["revoked_at_workday"] == "not offered"


def test_what_was_decided_waits_for_a_reconnect(
    sandbox_server: SandboxServer, connection: Connection, decision: Decision, owner: User
) -> None:
    disconnect(connection, owner)
    sandbox_server.process.clear_ledger()
    drain(decision.tenant_id)
    sync_inbox(connection.pk)
    decision.refresh_from_db()
    assert decision.state == State.NEEDS_RECONNECT
    assert sandbox_server.process.ledger() == []


def test_a_decision_that_was_being_read_is_not_sent_any_more(
    sandbox_server: SandboxServer, connection: Connection, decision: Decision, owner: User
) -> None:
    sandbox_server.process.clear_ledger()
    sandbox_server.process.fault("*/inboxTasks/*", "delay", times=1, seconds=1)
    during(
        lambda: drain(decision.tenant_id),
        lambda: seen(sandbox_server, "/inboxTasks/"),
        lambda: disconnect(connection, owner),
    )
    decision.refresh_from_db()
    assert decision.state == State.NEEDS_RECONNECT
    assert [request["method"] for request in sandbox_server.process.ledger()] == ["GET"]


def test_a_decision_that_was_being_read_is_not_sent_by_another_worker_either(
    sandbox_server: SandboxServer, connection: Connection, decision: Decision, owner: User
) -> None:
    def change_the_worker() -> None:
        disconnect(connection, owner)
        assert connect(signed_in_as(owner), connection.tenant, "colleague").status_code == 303

    sandbox_server.process.fault("*/inboxTasks/*", "delay", times=1, seconds=2)
    during(lambda: drain(decision.tenant_id), lambda: seen(sandbox_server, "/inboxTasks/"), change_the_worker)
    decision.refresh_from_db()
    assert decision.state == State.NEEDS_RECONNECT
    assert seen(sandbox_server, "/approve") == []


def test_a_listing_that_was_under_way_asks_for_no_further_page(
    sandbox_server: SandboxServer, connection: Connection, owner: User
) -> None:
    sandbox_server.process.add_tasks("manager", 250)
    sandbox_server.process.fault("*/inboxTasks", "delay", times=1, seconds=1)
    during(
        lambda: sync_inbox(connection.pk),
        lambda: seen(sandbox_server, "/inboxTasks"),
        lambda: disconnect(connection, owner),
    )
    assert len(seen(sandbox_server, "/inboxTasks")) == 1
    assert not connection.inbox_tasks.exists()


def test_a_disconnect_during_a_renewal_leaves_nothing_of_it(far: AuthorizationServer, owner: User) -> None:
    connection = connected_at(far, owner)
    Connection.objects.update(access_expires_at=timezone.now())
    with callers(Wish(connection.pk)) as [caller]:
        wait_for(lambda: len(refreshes(far)) == 1)
        disconnect(connection, owner)
        caller.outcome()
    kept = fresh(connection)
    assert kept.state == Connection.State.DISCONNECTED
    assert (kept.access_token_box, kept.refresh_token_box) == (None, None)


def test_what_waits_is_only_sent_as_the_same_worker(connection: Connection, owner: User) -> None:
    decision = make_decision(make_task(connection))
    disconnect(connection, owner)
    drain(decision.tenant_id)
    assert connect(signed_in_as(owner), connection.tenant, "colleague").status_code == 303
    decision.refresh_from_db()
    assert decision.state == State.NEEDS_RECONNECT

"""What becomes of decisions when an administrator disables the connection they were made through."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from accounts.models import User
from connections import barring
from connections.models import Connection, Tenant
from inbox import facts
from inbox.asking import ReadInboxTask
from inbox.decisions import Wish, decide
from inbox.delivery import carry_out
from inbox.drain import drain
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import Action, State
from inbox.sweep import sweep
from inbox.sync import due_inboxes, sync_inbox
from tests import far_side
from tests.conftest import make_decision, make_task
from tests.inbox.stories import lease
from tests.inbox.stories import task as shown
from tests.sandbox.process import SandboxProcess


def placed(connection: Connection) -> Decision:
    sync_inbox(connection.pk)
    task = InboxTask.objects.filter(connection=connection, step_type="Approval").open().first()
    assert task
    assert connection.user
    wish = Wish(Action.APPROVE, "Fine.", uuid.uuid4(), facts.fingerprint(task))
    return decide(connection.user, InboxTask.objects.select_related("connection__tenant").get(pk=task.pk), wish)


def carried_out(decision: Decision) -> Decision:
    Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
    drain(decision.tenant_id)
    decision.refresh_from_db()
    return decision


@pytest.mark.attack("T36")
@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_and_after_enabling_and_reconnecting_it_goes_on(
    far: SandboxProcess, far_tenant: Tenant, manager: Connection, owner: User, administrator: User
) -> None:
    decision = placed(manager)
    barring.disable(manager, "Under review.", administrator)
    far.clear_ledger()
    carried_out(decision)
    sync_inbox(manager.pk)
    assert far.ledger() == []
    assert decision.state == State.NEEDS_RECONNECT
    assert decision.reason == "An administrator has disabled this connection: Under review."
    assert due_inboxes() == []
    barring.enable(manager, administrator)
    sweep()
    decision.refresh_from_db()
    assert decision.state == State.NEEDS_RECONNECT
    again = far_side.connect(owner, far_tenant, "manager")
    assert again.pk == manager.pk
    assert carried_out(decision).state == State.APPLIED


@pytest.mark.attack("T36")
@pytest.mark.django_db
def test_disabled_between_the_read_and_the_send_nothing_is_sent(connection: Connection, administrator: User) -> None:
    decision = lease(make_decision(make_task(connection)))
    story = carry_out(decision)
    assert isinstance(next(story), ReadInboxTask)
    barring.disable(connection, "Under review.", administrator)
    with pytest.raises(StopIteration):
        story.send(shown(decision))
    decision.refresh_from_db()
    assert (decision.state, decision.attempts.count()) == (State.NEEDS_RECONNECT, 0)


@pytest.mark.django_db
def test_the_inbox_says_who_stopped_it_and_why_and_offers_no_reconnect(
    signed_in: Client, connection: Connection, administrator: User
) -> None:
    make_task(connection)
    barring.disable(connection, "Under review.", administrator)
    page = signed_in.get("/inbox/").content.decode()
    assert "is disabled by an administrator" in page
    assert "Under review." in page
    assert "Nothing waits for you" not in page
    assert ">Reconnect<" not in page


@pytest.mark.django_db
def test_through_a_disabled_connection_nothing_is_decided(
    signed_in: Client, connection: Connection, administrator: User
) -> None:
    task = make_task(connection)
    barring.disable(connection, "Under review.", administrator)
    assert f"{task.pk}/decide" not in signed_in.get("/inbox/").content.decode()
    clicked = {"action": "approve", "nonce": str(uuid.uuid4()), "seen": facts.fingerprint(task)}
    page = signed_in.post(f"/inbox/tasks/{task.pk}/decide", clicked, headers={"HX-Request": "true"})
    assert "An administrator has disabled this connection. Nothing was sent." in page.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_the_tenants_trouble_is_told_in_the_inbox_and_asks_nobody_to_reconnect(
    signed_in: Client, connection: Connection
) -> None:
    Tenant.objects.update(trouble="Workday does not accept the API client's ID or secret.")
    for state in (Connection.State.HEALTHY, Connection.State.NEEDS_RECONNECT):
        Connection.objects.update(state=state)
        page = signed_in.get("/inbox/").content.decode()
        assert "Your administrator has to mend the link to this tenant." in page
        assert ">Reconnect<" not in page
        assert "API client" not in page


@pytest.mark.django_db
def test_the_inbox_warns_in_the_last_week(signed_in: Client, connection: Connection) -> None:
    Tenant.objects.update(refresh_token_days=90)
    Connection.objects.update(refresh_token_at=from_now(-84 * 86_400))
    page = signed_in.get("/inbox/").content.decode()
    assert "ends soon" in page
    assert ">Reconnect<" in page
    Connection.objects.update(refresh_token_at=from_now(-60 * 86_400))
    assert "ends soon" not in signed_in.get("/inbox/").content.decode()

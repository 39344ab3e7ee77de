"""Decisions carried out at a real sandbox tenant: what matters is what its ledger shows."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from accounts.models import User
from connections.clients import new_session
from connections.models import Connection, Tenant
from inbox import facts
from inbox.asking import Send
from inbox.calls import make
from inbox.decisions import Wish, decide
from inbox.drain import drain
from inbox.models import Attempt, Decision, InboxTask, Lane
from inbox.models.decision import from_now
from inbox.states import Action, State
from inbox.sync import sync_inbox
from tests import far_side
from tests.sandbox.process import SandboxProcess
from workday.errors import NotSent

pytestmark = pytest.mark.django_db(transaction=True)


def _placed(connection: Connection, action: Action = Action.APPROVE, comment: str = "Fine.") -> Decision:
    """A decision on the newest task that can be approved."""
    sync_inbox(connection.pk)
    approvals = InboxTask.objects.filter(connection=connection, step_type="Approval").open()
    task = approvals.order_by("-assigned_at", "id")[0]
    task = InboxTask.objects.select_related("connection__tenant").get(pk=task.pk)
    assert connection.user
    return decide(connection.user, task, Wish(action, comment, uuid.uuid4(), facts.fingerprint(task)))


def _writes(far: SandboxProcess) -> list[dict[str, Any]]:
    return [r for r in far.ledger() if r["method"] in ("POST", "PUT") and "/ccx/api/" in r["path"]]


def _drain_now(decision: Decision) -> Decision:
    """Let a worker come by, whatever time the decision is due."""
    Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
    Lane.objects.update(paused_until=None)
    drain(decision.tenant_id)
    decision.refresh_from_db()
    return decision


@pytest.mark.parametrize(
    ("action", "verb", "status"), [(Action.APPROVE, "approve", "Approved"), (Action.REJECT, "deny", "Denied")]
)
def test_a_decision_reaches_workday_once_with_the_deciders_own_token(
    far: SandboxProcess, manager: Connection, action: Action, verb: str, status: str
) -> None:
    decision = _drain_now(_placed(manager, action, "Because I said so."))

    assert decision.state == State.APPLIED
    [write] = _writes(far)
    assert write["path"].endswith(f"/eventSteps/{decision.task_wid}/{verb}")
    assert write["body"]["comment"] == "Because I said so."
    assert write["worker"]["key"] == "manager"
    assert write["headers"]["wd-external-request-id"] == str(decision.pk)
    assert far.task(decision.task_wid)["status"]["descriptor"] == status


def test_a_tenant_that_says_so_is_sent_the_classic_put(far: SandboxProcess, manager: Connection) -> None:
    Tenant.objects.update(decide_by=Tenant.DecideBy.INBOX_TASK)

    decision = _drain_now(_placed(manager))

    assert decision.state == State.APPLIED
    [write] = _writes(far)
    assert (write["method"], write["query"]) == ("PUT", {"type": "approval"})


@pytest.mark.parametrize("kind", ["drop_before", "apply_then_drop", "garbage", "html", "truncate", "wrong_id"])
def test_whatever_breaks_during_the_send_the_outcome_is_read_and_never_doubled(
    far: SandboxProcess, manager: Connection, kind: str
) -> None:
    far.fault("*/approve", kind, times=1)

    decision = _drain_now(_placed(manager))
    assert decision.state in (State.UNCERTAIN, State.APPLIED)
    for _ in range(6):
        Attempt.objects.update(deadline_at=from_now(-10))
        if not decision.is_final:
            decision = _drain_now(decision)

    assert decision.state == State.APPLIED
    assert [write["applied"] for write in _writes(far)].count(True) == 1
    assert far.task(decision.task_wid)["status"]["descriptor"] == "Approved"


def test_between_two_sends_there_are_two_reads_that_show_the_task_open(
    far: SandboxProcess, manager: Connection
) -> None:
    far.fault("*/approve", "drop_before", times=1)
    decision = _drain_now(_placed(manager))
    while not decision.is_final:
        Attempt.objects.update(deadline_at=from_now(-10))
        decision = _drain_now(decision)

    steps = [r for r in far.ledger() if decision.task_wid in r["path"] and "eventSteps" in r["path"]]
    first, second = (n for n, r in enumerate(steps) if r["method"] == "POST")
    assert [r["status"] for r in steps[first + 1 : second]].count(200) >= 2
    assert second == len(steps) - 1


def test_a_429_slows_the_tenant_down_and_is_obeyed(far: SandboxProcess, manager: Connection) -> None:
    far.fault("*/approve", "rate_limit", retry_after=40, times=1)

    decision = _drain_now(_placed(manager))

    assert decision.state == State.WAITING
    assert Lane.objects.filter(paused_until__gt=from_now(30), paused_until__lt=from_now(41)).exists()
    assert _drain_now(decision).state == State.APPLIED


def test_a_task_decided_in_workday_meanwhile_is_told_with_who(far: SandboxProcess, manager: Connection) -> None:
    decision = _placed(manager)
    far.decide(decision.task_wid, "manager", "deny", comment="Already no.")

    decision = _drain_now(decision)

    assert decision.state == State.ALREADY_DECIDED
    assert decision.decided_by == "Helena Brandt"
    assert _writes(far) == []


def test_a_revoked_grant_parks_the_decision_until_the_same_worker_is_back(
    far: SandboxProcess, manager: Connection, far_tenant: Tenant, owner: User
) -> None:
    decision = _placed(manager)
    far.revoke("manager")

    decision = _drain_now(decision)
    assert decision.state == State.NEEDS_RECONNECT
    assert _writes(far) == []

    again = far_side.connect(owner, far_tenant, "manager")
    assert again.pk == manager.pk
    assert _drain_now(decision).state == State.APPLIED


@pytest.mark.attack("T34")
def test_an_expired_access_token_is_renewed_on_the_way(far: SandboxProcess, manager: Connection) -> None:
    far.settings(access_token_seconds=1)
    Connection.objects.update(access_expires_at=from_now(-5))

    assert _drain_now(_placed(manager)).state == State.APPLIED


def test_a_sent_back_or_vanished_task_is_not_guessed_about(far: SandboxProcess, manager: Connection) -> None:
    decision = _placed(manager)
    far.delete_task(decision.task_wid)

    decision = _drain_now(decision)

    assert (decision.state, decision.reason_code) == (State.ALREADY_DECIDED, "gone")
    assert _writes(far) == []


def test_one_dead_tenant_does_not_keep_the_drain_of_another(far: SandboxProcess, manager: Connection) -> None:
    decision = _placed(manager)
    Lane.objects.get_or_create(tenant=manager.tenant)
    Lane.objects.update(owner=uuid.uuid4(), lease_until=from_now(30))

    assert drain(manager.tenant_id) is False
    decision.refresh_from_db()
    assert decision.state == State.QUEUED


def test_a_task_that_was_edited_in_workday_after_the_click_is_not_sent(
    far: SandboxProcess, manager: Connection
) -> None:
    decision = _placed(manager)
    far.edit(decision.task_wid, due="2031-05-06")

    decision = _drain_now(decision)

    assert (decision.state, decision.found) == (State.CHANGED, {"due_on": "2031-05-06"})
    assert _writes(far) == []


def test_a_worker_that_was_frozen_past_the_deadline_sends_nothing_when_it_wakes(
    far: SandboxProcess, manager: Connection
) -> None:
    """Others may have read meanwhile that nothing was sent, and told the person so."""
    decision = _placed(manager)
    thawed = Send(not_after=time.monotonic() - 0.1)

    with new_session() as session:
        answer = make(thawed, decision, session)

    assert isinstance(answer, NotSent)
    assert _writes(far) == []

"""A bug of ours trips one decision: the others go on, and a person is told in the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connections import failpoints
from connections.models import Connection
from inbox.drain import FAULTS_AT_MOST, drain
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import State
from inbox.sync import sync_inbox
from tests.conftest import make_decision
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _harmless_afterwards() -> Iterator[None]:
    yield
    failpoints.disarm()


def _due(connection: Connection, count: int) -> list[Decision]:
    sync_inbox(connection.pk)
    tasks = InboxTask.objects.filter(connection=connection, step_type="Approval").open().order_by("-assigned_at", "id")
    tasks = tasks.select_related("connection__tenant", "connection__user")
    return [make_decision(task) for task in tasks[:count]]


def test_one_decision_that_trips_does_not_hold_up_the_others(far: SandboxProcess, manager: Connection) -> None:
    decisions = _due(manager, 4)
    failpoints.arm("intent-before-commit:raise")

    drain(manager.tenant_id)

    states = sorted(Decision.objects.filter(pk__in=[d.pk for d in decisions]).values_list("state", flat=True))
    assert states == [State.APPLIED, State.APPLIED, State.APPLIED, State.CLAIMED]


def test_a_decision_that_trips_again_and_again_is_told_to_a_person(far: SandboxProcess, manager: Connection) -> None:
    [decision] = _due(manager, 1)
    failpoints.arm("intent-before-commit:raise:99")

    for _ in range(FAULTS_AT_MOST + 1):
        drain(manager.tenant_id)
        Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))

    decision.refresh_from_db()
    assert (decision.state, decision.reason_code) == (State.MANUAL, "fault")
    assert [r for r in far.ledger(method="POST") if "eventSteps" in r["path"]] == []

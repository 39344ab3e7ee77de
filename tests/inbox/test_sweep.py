from __future__ import annotations

import uuid

import pytest

from connections.models import Connection
from inbox.claim import claim
from inbox.models import Decision, InboxTask, Lane
from inbox.models.decision import from_now
from inbox.states import State
from inbox.sweep import resume_parked, sweep
from tests.conftest import make_decision

pytestmark = pytest.mark.django_db


def _parked(task: InboxTask) -> Decision:
    decision = make_decision(task)
    for state in (State.CLAIMED, State.NEEDS_RECONNECT):
        Decision.objects.filter(pk=decision.pk).update(state=state)
    return decision


def _state(decision: Decision) -> str:
    return Decision.objects.values_list("state", flat=True).get(pk=decision.pk)


def test_an_overdue_decision_is_found_without_any_hint(task: InboxTask) -> None:
    make_decision(task)

    assert sweep() == [task.connection.tenant_id]


def test_a_decision_whose_worker_died_is_found_when_its_lease_has_run_out(task: InboxTask) -> None:
    make_decision(task)
    claim(task.connection.tenant_id, 1)
    assert sweep() == []

    Decision.objects.update(next_at=from_now(-1))
    assert sweep() == [task.connection.tenant_id]


def test_a_tenant_that_is_being_drained_or_spared_is_left_alone(task: InboxTask) -> None:
    make_decision(task)
    tenant = task.connection.tenant_id
    Lane.objects.create(tenant_id=tenant, paused_until=from_now(30))
    assert sweep() == []

    Lane.objects.update(paused_until=None, owner=uuid.uuid4(), lease_until=from_now(30))
    assert sweep() == []

    Lane.objects.update(lease_until=from_now(-1))
    assert sweep() == [tenant]


def test_a_parked_decision_goes_on_when_the_same_worker_is_connected_again(task: InboxTask) -> None:
    decision = _parked(task)

    assert sweep() == [task.connection.tenant_id]
    assert _state(decision) == State.QUEUED


def test_a_parked_decision_never_goes_on_in_another_workers_name(task: InboxTask) -> None:
    decision = _parked(task)
    Connection.objects.update(worker_wid="c" * 32)
    task.connection.refresh_from_db()

    assert resume_parked(task.connection) == 0
    assert sweep() == []
    assert _state(decision) == State.NEEDS_RECONNECT


def test_a_parked_decision_waits_while_the_connection_is_dead(task: InboxTask) -> None:
    decision = _parked(task)
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT)

    assert sweep() == []
    assert _state(decision) == State.NEEDS_RECONNECT


def test_at_most_one_drainer_holds_a_tenants_lane(task: InboxTask) -> None:
    tenant = task.connection.tenant_id

    first = Lane.take(tenant, 60)
    assert first is not None
    assert Lane.take(tenant, 60) is None

    Lane.release(tenant, first)
    assert Lane.take(tenant, 60) is not None


def test_a_drainer_that_lost_its_lane_knows_it(task: InboxTask) -> None:
    tenant = task.connection.tenant_id
    first = Lane.take(tenant, -1)
    assert first is not None
    second = Lane.take(tenant, 60)
    assert second is not None

    assert not Lane.is_clear(tenant, first)
    Lane.release(tenant, first)
    assert Lane.is_clear(tenant, second)

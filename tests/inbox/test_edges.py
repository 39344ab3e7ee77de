from __future__ import annotations

import itertools
from collections import deque

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from connections.models import Connection, Tenant
from inbox.models import Decision, InboxTask
from inbox.states import EDGES, FINAL, State
from tests.conftest import make_decision, make_task

pytestmark = pytest.mark.django_db


def _path_to(target: State) -> list[State]:
    """The shortest allowed way from QUEUED to a state, QUEUED itself left out."""
    ways: deque[list[State]] = deque([[State.QUEUED]])
    while ways:
        way = ways.popleft()
        if way[-1] == target:
            return way[1:]
        ways.extend([*way, state] for state in EDGES.get(way[-1], ()) if state not in way)
    raise AssertionError(f"{target} cannot be reached")


def _decision_in(task: InboxTask, state: State) -> Decision:
    decision = make_decision(task)
    for step in _path_to(state):
        Decision.objects.filter(pk=decision.pk).update(state=step)
    decision.refresh_from_db()
    return decision


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(State, 2)))
def test_the_database_takes_exactly_the_edges_of_the_table(task: InboxTask, before: State, after: State) -> None:
    decision = _decision_in(task, before)

    try:
        with transaction.atomic():
            Decision.objects.filter(pk=decision.pk).update(state=after)
        taken = True
    except IntegrityError:
        taken = False

    assert taken == (after in EDGES.get(before, ()))


@pytest.mark.parametrize("end", FINAL)
def test_an_ended_decision_cannot_be_touched_at_all(task: InboxTask, end: State) -> None:
    decision = _decision_in(task, end)

    with pytest.raises(IntegrityError, match="stays so"):
        Decision.objects.filter(pk=decision.pk).update(reason="something else")


def test_a_decision_begins_queued(task: InboxTask) -> None:
    with pytest.raises(IntegrityError, match="begins queued"):
        make_decision(task, state=State.APPLIED)


def test_what_was_decided_cannot_be_rewritten(task: InboxTask) -> None:
    decision = make_decision(task)

    with pytest.raises(IntegrityError, match="cannot change"):
        Decision.objects.filter(pk=decision.pk).update(action="reject")


def test_the_fence_never_falls(task: InboxTask) -> None:
    decision = make_decision(task)
    Decision.objects.filter(pk=decision.pk).update(fence=3)

    with pytest.raises(IntegrityError, match="only rises"):
        Decision.objects.filter(pk=decision.pk).update(fence=2)


@pytest.mark.parametrize("state", [state for state in State if state not in FINAL])
def test_a_task_has_one_live_decision(task: InboxTask, state: State) -> None:
    _decision_in(task, state)

    with pytest.raises(IntegrityError, match="decision_one_live_per_task"):
        make_decision(task)


@pytest.mark.parametrize("end", FINAL)
def test_after_the_end_of_one_decision_another_may_follow(task: InboxTask, end: State) -> None:
    _decision_in(task, end)

    assert make_decision(task).state == State.QUEUED


def test_two_people_with_the_same_task_share_the_one_live_decision(
    task: InboxTask, colleague_connection: Connection
) -> None:
    make_decision(task)
    theirs = make_task(colleague_connection, wid=task.wid)

    with pytest.raises(IntegrityError, match="decision_one_live_per_task"):
        make_decision(theirs)


def test_a_decision_needs_a_comment(task: InboxTask) -> None:
    with pytest.raises(IntegrityError, match="decision_has_comment"):
        make_decision(task, comment="")


@pytest.mark.attack("T07")
@pytest.mark.django_db(transaction=True)
def test_a_decision_cannot_use_a_connection_of_another_tenant(task: InboxTask, owner: User) -> None:
    tenant = task.connection.tenant
    other = Tenant.objects.create(
        key="globex",
        name="Globex",
        environment="sandbox",
        rest_endpoint=tenant.rest_endpoint,
        authorization_endpoint=tenant.authorization_endpoint,
        token_endpoint=tenant.token_endpoint,
        client_id="other",
    )

    with pytest.raises(IntegrityError, match="decision_connection_of_tenant"):
        make_decision(task, tenant=other)


@pytest.mark.attack("T07")
@pytest.mark.django_db(transaction=True)
def test_a_decision_cannot_be_about_a_task_of_another_connection(
    task: InboxTask, colleague_connection: Connection
) -> None:
    with pytest.raises(IntegrityError, match="decision_task_of_connection"):
        make_decision(task, connection=colleague_connection)

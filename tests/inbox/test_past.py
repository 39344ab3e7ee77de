"""What a person decided, and what of it needs them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from connections.models import Connection
from inbox.history import PAGE
from inbox.models import Decision, InboxTask
from inbox.states import State
from tests.conftest import make_decision, make_task

pytestmark = pytest.mark.django_db

DECIDED, ATTENTION = "/inbox/decided", "/inbox/attention"
ROADS = {
    State.QUEUED: (),
    State.CANCELLED: (),
    State.NEEDS_RECONNECT: (State.CLAIMED,),
    State.REFUSED: (State.CLAIMED,),
    State.CHANGED: (State.CLAIMED,),
    State.APPLIED: (State.CLAIMED,),
    State.ALREADY_DECIDED: (State.CLAIMED,),
    State.UNCERTAIN: (State.CLAIMED, State.SENDING),
    State.MANUAL: (State.CLAIMED, State.SENDING, State.UNCERTAIN),
}


def _decided(connection: Connection, state: State, process: str, **fields: Any) -> Decision:
    """A decision that has come to this state on an allowed road."""
    decision = make_decision(make_task(connection, process=process), **fields)
    for each in (*ROADS[state], *([state] if state != State.QUEUED else [])):
        Decision.objects.filter(pk=decision.pk).update(state=each, settled_at=timezone.now())
    return decision


def _page(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def several(connection: Connection) -> None:
    _decided(connection, State.APPLIED, "Done one", comment="Well earned")
    _decided(connection, State.ALREADY_DECIDED, "Elsewhere one", action="reject")
    _decided(connection, State.REFUSED, "Refused one")
    _decided(connection, State.CANCELLED, "Undone one")
    _decided(connection, State.QUEUED, "Moving one")


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, {"Done", "Elsewhere", "Refused", "Undone", "Moving"}),
        ({"outcome": "done"}, {"Done"}),
        ({"outcome": "under-way"}, {"Moving"}),
        ({"outcome": "elsewhere"}, {"Elsewhere"}),
        ({"outcome": "not-done"}, {"Refused", "Undone"}),
        ({"action": "reject"}, {"Elsewhere"}),
        ({"q": "refused"}, {"Refused"}),
        ({"q": "EARNED"}, {"Done"}),
        ({"outcome": "nonsense", "action": "explode"}, {"Done", "Elsewhere", "Refused", "Undone", "Moving"}),
    ],
)
def test_everything_i_decided_can_be_found_by_what_became_of_it(
    signed_in: Client, query: dict[str, str], shown: set[str]
) -> None:
    page = _page(signed_in, DECIDED, **query)

    assert {name for name in ("Done", "Elsewhere", "Refused", "Undone", "Moving") if f"{name} one" in page} == shown


@pytest.mark.usefixtures("several")
def test_a_decision_says_what_when_and_with_which_words(signed_in: Client) -> None:
    page = _page(signed_in, DECIDED, outcome="done")

    for words in ("Approved", "confirmed by Workday at", "Well earned", "Approve chosen on"):
        assert words in page


def test_all_decisions_can_be_reached_page_by_page(signed_in: Client, connection: Connection) -> None:
    now = timezone.now()
    for number in range(PAGE + 5):
        moment = now - datetime.timedelta(minutes=number // 2)
        make_decision(make_task(connection), created_at=moment)

    first = signed_in.get(DECIDED)
    second = signed_in.get(DECIDED, {"after": first.context["more"]})

    seen = [*first.context["decisions"], *second.context["decisions"]]
    assert len({decision.pk for decision in seen}) == len(seen) == PAGE + 5
    assert second.context["more"] == ""


@pytest.mark.parametrize("address", [DECIDED, ATTENTION])
@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_sees_what_another_person_decided(
    client: Client, connection: Connection, address: str, person: str, request: pytest.FixtureRequest
) -> None:
    _decided(connection, State.REFUSED, "Private matter")
    client.force_login(request.getfixturevalue(person))

    assert "Private matter" not in _page(client, address)


@pytest.mark.parametrize(
    ("state", "needs"),
    [
        (State.UNCERTAIN, True),
        (State.NEEDS_RECONNECT, True),
        (State.MANUAL, True),
        (State.REFUSED, True),
        (State.CHANGED, True),
        (State.QUEUED, False),
        (State.APPLIED, False),
        (State.ALREADY_DECIDED, False),
        (State.CANCELLED, False),
    ],
)
def test_what_is_stuck_or_was_not_done_needs_attention(
    signed_in: Client, connection: Connection, state: State, needs: bool
) -> None:
    _decided(connection, state, "The matter")

    page = _page(signed_in, ATTENTION)

    assert ("The matter" in page) is needs
    assert ('<span class="count">1</span>' in page) is needs
    assert ("Nothing needs you" in page) is not needs


def test_a_refusal_needs_nobody_once_the_task_is_gone(signed_in: Client, connection: Connection) -> None:
    _decided(connection, State.REFUSED, "The matter")
    InboxTask.objects.update(closed_at=timezone.now())

    assert "Nothing needs you" in _page(signed_in, ATTENTION)


def test_a_newer_decision_on_the_same_task_takes_the_place_of_a_refused_one(
    signed_in: Client, connection: Connection
) -> None:
    refused = _decided(connection, State.REFUSED, "The matter")
    make_decision(refused.task)

    assert "Nothing needs you" in _page(signed_in, ATTENTION)


def test_what_was_refused_can_be_decided_again_right_there(signed_in: Client, connection: Connection) -> None:
    refused = _decided(connection, State.REFUSED, "The matter")

    assert reverse("inbox:decide", args=[refused.task_id]) in _page(signed_in, ATTENTION)


def test_the_inbox_counts_what_needs_attention(signed_in: Client, connection: Connection) -> None:
    for number in range(2):
        _decided(connection, State.MANUAL, f"Matter {number}")

    assert '<span class="count">2</span>' in _page(signed_in, "/inbox/")


@pytest.mark.parametrize(("address", "queries"), [(DECIDED, 6), (ATTENTION, 9)])
@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_decisions(
    signed_in: Client,
    connection: Connection,
    django_assert_num_queries: DjangoAssertNumQueries,
    address: str,
    queries: int,
    count: int,
) -> None:
    for number in range(count):
        _decided(connection, State.REFUSED, f"Matter {number}")

    with django_assert_num_queries(queries):
        _page(signed_in, address)

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Event
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import State
from tests.conftest import make_decision

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def decision(task: InboxTask) -> Decision:
    decision = make_decision(task, not_before=from_now(5), next_at=from_now(5))
    decision.refresh_from_db()
    return decision


def _url(decision: Decision) -> str:
    return reverse("inbox:undo", args=[decision.pk])


def test_in_time_it_is_undone_and_nothing_is_sent(signed_in: Client, decision: Decision) -> None:
    answer = signed_in.post(_url(decision), headers=HTMX)

    decision.refresh_from_db()
    assert decision.state == State.CANCELLED
    assert "Undone; nothing was sent" in answer.content.decode()
    assert Event.objects.filter(subject=decision.pk, verb="decision.cancelled").count() == 1


def test_undone_the_task_can_be_decided_again(signed_in: Client, decision: Decision) -> None:
    page = signed_in.post(_url(decision), headers=HTMX).content.decode()

    assert reverse("inbox:decide", args=[decision.task_id]) in page


def test_too_late_is_said_and_changes_nothing(signed_in: Client, decision: Decision) -> None:
    Decision.objects.filter(pk=decision.pk).update(not_before=from_now(-1))

    answer = signed_in.post(_url(decision), headers=HTMX)

    decision.refresh_from_db()
    assert answer.status_code == 409
    assert "Too late to undo" in answer.content.decode()
    assert decision.state == State.QUEUED


def test_undoing_twice_is_harmless(signed_in: Client, decision: Decision) -> None:
    signed_in.post(_url(decision))
    signed_in.post(_url(decision))

    assert Event.objects.filter(verb="decision.cancelled").count() == 1


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_else_can_undo_it(
    client: Client, decision: Decision, person: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(person))

    assert client.post(_url(decision)).status_code == 404
    decision.refresh_from_db()
    assert decision.state == State.QUEUED


def test_looking_at_the_address_undoes_nothing(signed_in: Client, decision: Decision) -> None:
    assert signed_in.get(_url(decision)).status_code == 405

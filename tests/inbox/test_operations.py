from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections import alarms
from connections.models import Connection
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import State
from tests.conftest import make_decision

pytestmark = pytest.mark.django_db

URL = "/operations/"


@pytest.fixture
def operator(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


def _unconfirmed(task: InboxTask) -> Decision:
    decision = make_decision(task, comment="A private reason.")
    for state in (State.CLAIMED, State.SENDING, State.UNCERTAIN, State.MANUAL):
        Decision.objects.filter(pk=decision.pk).update(state=state, next_at=from_now(600))
    return decision


def test_when_all_is_well_it_says_so(operator: Client, task: InboxTask) -> None:
    assert "Every decision is confirmed or on its way." in operator.get(URL).content.decode()


def test_a_decision_that_cannot_be_confirmed_is_an_alarm_without_its_content(operator: Client, task: InboxTask) -> None:
    decision = _unconfirmed(task)

    page = operator.get(URL).content.decode()

    assert "could not be confirmed" in page
    assert str(decision.pk) in page
    for private in (decision.comment, task.title, task.subject, task.process):
        assert private not in page


def test_work_that_nobody_takes_up_is_an_alarm(operator: Client, task: InboxTask) -> None:
    make_decision(task, next_at=from_now(-120))

    assert "nobody takes them up" in operator.get(URL).content.decode()


def test_work_that_is_due_just_now_is_no_alarm(operator: Client, task: InboxTask) -> None:
    make_decision(task)

    assert "nobody takes them up" not in operator.get(URL).content.decode()


@pytest.mark.attack("T24")
def test_a_stored_token_that_somebody_changed_is_an_alarm(operator: Client, connection: Connection) -> None:
    assert "changed outside" not in operator.get(URL).content.decode()
    alarms.sound(alarms.Cause.REFRESH, tenant=connection.tenant_id, subject=connection.pk)

    page = operator.get(URL).content.decode()

    assert "Stored tokens were changed outside of Countersign." in page
    assert alarms.Cause.REFRESH.value in page
    assert str(connection.pk) in page
    assert connection.tenant.name in page


@pytest.mark.parametrize("person", ["owner", "colleague", "stranger"])
def test_it_is_for_administrators_only(client: Client, person: str, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(person))

    assert client.get(URL).status_code == 404


def test_signed_out_it_asks_to_sign_in(client: Client) -> None:
    assert client.get(URL)["Location"].startswith(reverse("account_login"))

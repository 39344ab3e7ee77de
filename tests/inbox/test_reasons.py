"""Reasons that were made ready: offered where they fit, and part of the comment with and without a script."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Tenant
from inbox import facts
from inbox.models import Decision, InboxTask, Reason, SendBackTargets
from inbox.reasons import NOT_OFFERED, offered_for
from inbox.states import Action
from tests.conftest import make_task

pytestmark = pytest.mark.django_db

INBOX = "/inbox/"
TARGET = ("c" * 32, "Absence Request: Initiation")


@pytest.fixture
def reason(db: None) -> Reason:
    return Reason.objects.create(text="The dates overlap.", action=Action.REJECT)


@pytest.fixture
def elsewhere(tenant: Tenant) -> Tenant:
    return Tenant.objects.create(key="other", name="Other", environment=Tenant.Environment.SANDBOX)


def _page(client: Client, address: str = INBOX) -> str:
    return client.get(address).content.decode()


def _decide(client: Client, task: InboxTask, **fields: Any) -> Any:
    form = {"action": "reject", "comment": "", "nonce": str(uuid.uuid4()), "seen": facts.fingerprint(task), **fields}
    return client.post(reverse("inbox:decide", args=[task.pk]), form)


def test_a_reason_is_offered_beside_the_comment(signed_in: Client, task: InboxTask, reason: Reason) -> None:
    page = _page(signed_in)

    assert f'<option value="{reason.pk}">The dates overlap.</option>' in page
    assert page.index("The dates overlap.") < page.index("<textarea")


def test_without_any_reason_there_is_nothing_to_choose(signed_in: Client, task: InboxTask) -> None:
    assert "data-reason" not in _page(signed_in)


def test_a_reason_of_another_tenant_is_neither_offered_nor_taken(
    signed_in: Client, task: InboxTask, reason: Reason, elsewhere: Tenant
) -> None:
    Reason.objects.update(tenant=elsewhere)

    assert "The dates overlap." not in _page(signed_in)
    assert NOT_OFFERED in _decide(signed_in, task, reason=str(reason.pk)).content.decode()
    assert not Decision.objects.exists()


def test_each_tenants_tasks_offer_its_own_reasons(
    signed_in: Client, task: InboxTask, owner: User, elsewhere: Tenant, reason: Reason
) -> None:
    there = elsewhere.connections.create(kind="person", user=owner, worker_wid="c" * 32)
    other = make_task(there)
    own = Reason.objects.create(text="Only there.", tenant=elsewhere)

    rows = {row.task: row.reasons for row in signed_in.get(INBOX).context["rows"]}

    assert rows == {task: [reason], other: [own, reason]}


def test_reasons_stand_in_the_administrators_order_those_to_reject_first(signed_in: Client, task: InboxTask) -> None:
    for position, text, action in ((2, "Second", "reject"), (1, "First", "reject"), (0, "Fine", "approve")):
        Reason.objects.create(position=position, text=text, action=action)
    Reason.objects.create(text="Back", action="send_back")

    [row] = signed_in.get(INBOX).context["rows"]

    assert [each.text for each in row.reasons] == ["First", "Second", "Fine"]
    assert '<optgroup label="Reject">' in _page(signed_in)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("", "The dates overlap."),
        ("See the plan.", "The dates overlap.\nSee the plan."),
        ("The dates overlap.\nSee the plan.", "The dates overlap.\nSee the plan."),
        ("The dates overlap. Twice.", "The dates overlap.\nThe dates overlap. Twice."),
    ],
)
def test_without_a_script_the_chosen_reason_and_what_was_typed_are_sent_together(
    signed_in: Client, task: InboxTask, reason: Reason, typed: str, sent: str
) -> None:
    assert _decide(signed_in, task, reason=str(reason.pk), comment=typed).status_code == 302

    assert Decision.objects.get().comment == sent


@pytest.mark.parametrize("number", ["0", "999999", "-1", "x", "9" * 400, "'; --", "²"])
def test_a_reason_that_is_not_offered_is_refused_and_what_was_typed_is_kept(
    signed_in: Client, task: InboxTask, reason: Reason, number: str
) -> None:
    answer = _decide(signed_in, task, reason=number, comment="See the plan.")

    assert answer.status_code == 422
    assert NOT_OFFERED in answer.content.decode()
    assert "See the plan.</textarea>" in answer.content.decode()
    assert not Decision.objects.exists()


def test_a_reason_to_reject_does_not_go_with_an_approval(signed_in: Client, task: InboxTask, reason: Reason) -> None:
    answer = _decide(signed_in, task, reason=str(reason.pk), action="approve")

    assert NOT_OFFERED in answer.content.decode()
    assert not Decision.objects.exists()


def test_when_a_decision_is_not_taken_the_comment_holds_the_reason(
    signed_in: Client, task: InboxTask, reason: Reason
) -> None:
    answer = _decide(signed_in, task, reason=str(reason.pk), seen="0" * 32)

    assert answer.status_code == 422
    assert "The dates overlap.</textarea>" in answer.content.decode()


def test_a_reason_to_send_back_is_offered_on_its_page_and_needs_no_more_words(
    signed_in: Client, task: InboxTask, reason: Reason
) -> None:
    Reason.objects.update(action=Action.SEND_BACK)
    SendBackTargets.objects.create(task=task, asked_at=timezone.now(), told_at=timezone.now(), targets=[TARGET])
    url = reverse("inbox:send_back", args=[task.pk])
    assert "The dates overlap." in _page(signed_in, url)
    form = {"to": TARGET[0], "comment": "", "nonce": str(uuid.uuid4()), "seen": facts.fingerprint(task)}

    refused = signed_in.post(url, {**form, "reason": str(reason.pk + 1)})
    assert NOT_OFFERED in refused.content.decode()
    signed_in.post(url, {**form, "reason": str(reason.pk)})

    assert Decision.objects.get().comment == "The dates overlap."


def _draft(client: Client, *tasks: InboxTask) -> str:
    form = {"action": "reject", "task": [str(task.pk) for task in tasks]}
    return str(client.post("/inbox/bulk", form)["Location"])


def test_a_reason_can_be_chosen_for_many_tasks_at_once(signed_in: Client, task: InboxTask, reason: Reason) -> None:
    summary = _draft(signed_in, task, make_task(task.connection))
    assert "The dates overlap." in _page(signed_in, summary)

    refused = signed_in.post(f"{summary}/confirm", {"comment": "", "reason": "0"})
    assert NOT_OFFERED in refused.content.decode()
    signed_in.post(f"{summary}/confirm", {"comment": "", "reason": str(reason.pk)})

    assert [decision.comment for decision in Decision.objects.all()] == ["The dates overlap."] * 2


def test_for_tasks_at_several_tenants_only_reasons_of_all_tenants_are_offered(
    signed_in: Client, task: InboxTask, owner: User, elsewhere: Tenant, reason: Reason
) -> None:
    there = elsewhere.connections.create(kind="person", user=owner, worker_wid="c" * 32)
    Reason.objects.create(text="Only there.", tenant=elsewhere)
    other = make_task(there)

    assert "Only there." in _page(signed_in, _draft(signed_in, other))
    several = _page(signed_in, _draft(signed_in, task, other))

    assert "The dates overlap." in several
    assert "Only there." not in several


def test_a_reason_is_shown_as_text(signed_in: Client, task: InboxTask) -> None:
    Reason.objects.create(text='</option><script>alert(1)</script>"')

    assert "<script>alert" not in _page(signed_in)


@pytest.mark.parametrize("person", ["colleague", "stranger"])
def test_choosing_a_reason_opens_no_way_to_somebody_elses_task(
    client: Client, task: InboxTask, reason: Reason, person: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(person))

    assert _decide(client, task, reason=str(reason.pk)).status_code == 404


@pytest.mark.parametrize("reasons", [1, 12])
def test_any_number_of_reasons_for_any_number_of_tasks_costs_one_query(
    task: InboxTask, reasons: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_task(task.connection)
    for number in range(reasons):
        Reason.objects.create(text=f"Reason {number}")
    tasks = list(InboxTask.objects.select_related("connection"))

    with django_assert_num_queries(1):
        assert len(offered_for(tasks)[task.connection.tenant_id]) == reasons

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection, Tenant
from inbox import facts, send_back
from inbox.drain import drain
from inbox.models import Decision, InboxTask, SendBackTargets
from inbox.models.decision import from_now
from inbox.states import State
from inbox.sync import sync_inbox
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db

TARGET = ("c" * 32, "Absence Request: Initiation")


def _url(task: InboxTask) -> str:
    return reverse("inbox:send_back", args=[task.pk])


def _told(task: InboxTask, *targets: tuple[str, str], failure: str = "") -> None:
    now = timezone.now()
    SendBackTargets.objects.create(task=task, asked_at=now, told_at=now, targets=list(targets), failure=failure)


def _form(task: InboxTask, **fields: str) -> dict[str, str]:
    seen = facts.fingerprint(task)
    return {"to": TARGET[0], "comment": "The dates overlap.", "nonce": str(uuid.uuid4()), "seen": seen, **fields}


def _asked(client: Client, connection: Connection) -> tuple[InboxTask, str]:
    """A task at Workday whose page was opened, and the target that Workday named for it."""
    sync_inbox(connection.pk)
    approvals = InboxTask.objects.filter(connection=connection, step_type="Approval").open()
    task = approvals.order_by("-assigned_at", "id")[0]
    client.get(_url(task))
    send_back.fetch(task.pk)
    [(target, _)] = SendBackTargets.objects.get(task=task).targets
    return task, target


def test_the_page_asks_workday_and_waits_without_holding_up_the_request(signed_in: Client, task: InboxTask) -> None:
    page = signed_in.get(_url(task)).content.decode()

    assert "Asking Workday" in page
    assert SendBackTargets.objects.get(task=task).told_at is None


def test_the_targets_that_workday_named_can_be_chosen(signed_in: Client, task: InboxTask) -> None:
    _told(task, TARGET)

    assert TARGET[1] in signed_in.get(_url(task)).content.decode()


def test_it_is_sent_back_with_a_reason_and_a_target(signed_in: Client, task: InboxTask) -> None:
    _told(task, TARGET)

    answer = signed_in.post(_url(task), _form(task))

    decision = Decision.objects.get()
    assert answer["Location"] == reverse("inbox:list")
    assert (decision.action, decision.send_back_to) == ("send_back", TARGET[0])
    assert (decision.comment, decision.state) == ("The dates overlap.", State.QUEUED)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"comment": " "}, "Say why you send this back"),
        ({"to": ""}, "Choose where this goes back to."),
        ({"to": "d" * 32}, "Select a valid choice"),
    ],
)
def test_a_missing_reason_or_target_is_told_beside_its_field_and_nothing_is_lost(
    signed_in: Client, task: InboxTask, fields: dict[str, str], sentence: str
) -> None:
    _told(task, TARGET)

    answer = signed_in.post(_url(task), _form(task, **fields))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert not Decision.objects.exists()
    assert fields.get("comment", "The dates overlap.").strip() in page


def test_where_workday_names_no_target_the_page_says_so_and_leads_there(signed_in: Client, task: InboxTask) -> None:
    _told(task)

    page = signed_in.get(_url(task)).content.decode()

    assert "names no step that this task could be sent back to" in page
    assert task.connection.tenant.home_url in page


def test_where_the_tenant_decides_the_classic_way_the_page_says_so(signed_in: Client, task: InboxTask) -> None:
    Tenant.objects.update(decide_by=Tenant.DecideBy.INBOX_TASK)

    page = signed_in.get(_url(task)).content.decode()

    assert "cannot be sent back here" in page
    assert not SendBackTargets.objects.exists()


def test_a_failure_to_ask_is_told_and_asked_again_later(signed_in: Client, task: InboxTask) -> None:
    _told(task, failure="Workday did not answer.")
    assert "Workday did not answer." in signed_in.get(_url(task)).content.decode()

    SendBackTargets.objects.update(asked_at=from_now(-60), told_at=from_now(-60))
    assert "Asking Workday" in signed_in.get(_url(task)).content.decode()


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_else_can_send_it_back(
    client: Client, task: InboxTask, person: str, request: pytest.FixtureRequest
) -> None:
    _told(task, TARGET)
    client.force_login(request.getfixturevalue(person))

    assert client.get(_url(task)).status_code == 404
    assert client.post(_url(task), _form(task)).status_code == 404
    assert not Decision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_goes_back_at_workday_to_the_step_that_was_chosen(
    far: SandboxProcess, manager: Connection, client: Client, owner: User
) -> None:
    client.force_login(owner)
    task, target = _asked(client, manager)

    client.post(_url(task), _form(task, to=target))
    drain(manager.tenant_id)

    decision = Decision.objects.get()
    assert (decision.state, decision.words) == (State.APPLIED, "Sent back")
    assert far.task(task.wid)["status"]["descriptor"] == "Sent Back"


@pytest.mark.django_db(transaction=True)
def test_a_send_back_whose_answer_is_lost_is_recognised_by_its_reason(
    far: SandboxProcess, manager: Connection, client: Client, owner: User
) -> None:
    client.force_login(owner)
    task, target = _asked(client, manager)
    far.fault("*/sendBack", "apply_then_drop", times=1)

    client.post(_url(task), _form(task, to=target))
    drain(manager.tenant_id)
    Decision.objects.exclude(state=State.APPLIED).update(next_at=from_now(-1))
    drain(manager.tenant_id)

    assert Decision.objects.get().state == State.APPLIED
    assert [r["applied"] for r in far.ledger(path="/sendBack", method="POST")] == [True]


@pytest.mark.django_db(transaction=True)
def test_a_tenant_that_forbids_sending_back_is_told_apart(far: SandboxProcess, manager: Connection) -> None:
    far.settings(send_back_allowed=False)
    sync_inbox(manager.pk)
    task = InboxTask.objects.filter(connection=manager, step_type="Approval").open()[0]
    send_back.ask(task)

    send_back.fetch(task.pk)

    told = SendBackTargets.objects.get(task=task)
    assert told.is_told
    assert told.targets == []

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, Tenant
from inbox import evidence, facts
from inbox.decisions import NotDecidable, Wish, decide
from inbox.drain import drain
from inbox.evidence import Shows
from inbox.filters import Filter
from inbox.kinds import why_not, why_not_done
from inbox.models import Decision, InboxSync, InboxTask
from inbox.models.decision import from_now
from inbox.states import Action, State
from inbox.sync import sync_inbox
from tests.conftest import make_decision, make_task
from tests.inbox.stories import done
from tests.sandbox.process import SandboxProcess
from workday.client import SUBMIT

pytestmark = pytest.mark.django_db(transaction=True)

TO_DO = {"step_type": "To Do", "step_type_wid": "", "process": "Manager Review: Ines Ortega", "title": "Get feedback"}


def _form(task: InboxTask) -> dict[str, str]:
    return {"nonce": str(uuid.uuid4()), "seen": facts.fingerprint(task)}


def _finish(client: Client, task: InboxTask, **fields: str) -> Any:
    return client.post(reverse("inbox:finish", args=[task.pk]), {**_form(task), **fields})


def _mirrored(far: SandboxProcess, connection: Connection) -> InboxTask:
    """A To Do that waits at Workday and names its process."""
    sync_inbox(connection.pk)
    return InboxTask.objects.filter(connection=connection, step_type="To Do").exclude(process="")[0]


def _writes(far: SandboxProcess) -> list[dict[str, Any]]:
    return [seen for seen in far.ledger(path="/ccx/api/") if seen["method"] != "GET"]


def test_a_to_do_is_finished_at_workday_once_and_only_then_called_done(
    far: SandboxProcess, signed_in: Client, manager: Connection
) -> None:
    task = _mirrored(far, manager)
    far.clear_ledger()

    assert _finish(signed_in, task).status_code == 302
    decision = Decision.objects.get()
    assert (decision.action, decision.state, decision.words) == (Action.DONE, State.QUEUED, "Accepted, sending")
    drain(manager.tenant_id)

    decision.refresh_from_db()
    assert (decision.state, decision.words) == (State.APPLIED, "Done")
    [write] = _writes(far)
    assert write["path"].endswith(f"/eventSteps/{task.wid}/toDo")
    assert write["body"]["stepAction"] == {"id": SUBMIT}
    assert write["body"]["comment"] == "Done with Countersign."
    assert far.task(task.wid)["status"]["descriptor"] == "Submitted"


def test_it_is_read_before_it_is_sent(far: SandboxProcess, signed_in: Client, manager: Connection) -> None:
    task = _mirrored(far, manager)
    _finish(signed_in, task)
    far.edit(task.wid, descriptor="Something else altogether")
    far.clear_ledger()

    drain(manager.tenant_id)

    assert Decision.objects.get().state == State.CHANGED
    assert _writes(far) == []


@pytest.mark.parametrize("kind", ["apply_then_drop", "drop_before"])
def test_an_attempt_without_an_answer_has_one_effect(
    far: SandboxProcess, signed_in: Client, manager: Connection, kind: str, settings: Any
) -> None:
    settings.SEND_SECONDS, settings.READS_APART_SECONDS = 1.0, 0.1
    task = _mirrored(far, manager)
    far.fault("*/toDo", kind, times=1)
    _finish(signed_in, task)

    drain(manager.tenant_id)
    decision = Decision.objects.get()
    decision.attempts.update(deadline_at=from_now(-60))
    while decision.state not in (State.APPLIED, State.MANUAL):
        Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
        drain(manager.tenant_id)
        decision.refresh_from_db()

    assert decision.state == State.APPLIED
    assert [write["applied"] for write in _writes(far)].count(True) == 1
    assert far.task(task.wid)["status"]["descriptor"] == "Submitted"


def test_what_somebody_did_by_hand_is_not_called_ours(
    far: SandboxProcess, signed_in: Client, manager: Connection
) -> None:
    task = _mirrored(far, manager)
    _finish(signed_in, task)
    far.decide(task.wid, "manager", "submit", comment="Done by hand.")

    drain(manager.tenant_id)

    assert Decision.objects.get().state == State.ALREADY_DECIDED
    assert _writes(far) == []


def test_the_row_of_a_to_do_offers_done_and_nothing_else(signed_in: Client, connection: Connection) -> None:
    InboxSync.objects.create(connection=connection, as_of=timezone.now())
    task = make_task(connection, **TO_DO)

    page = signed_in.get(reverse("inbox:list")).content.decode()

    assert reverse("inbox:finish", args=[task.pk]) in page
    assert reverse("inbox:decide", args=[task.pk]) not in page
    assert "Workday lets you do only in Workday" not in page


def test_where_the_tenant_decides_the_classic_way_it_says_so_and_leads_to_workday(
    signed_in: Client, connection: Connection
) -> None:
    InboxSync.objects.create(connection=connection, as_of=timezone.now())
    Tenant.objects.update(decide_by=Tenant.DecideBy.INBOX_TASK)
    task = make_task(connection, **TO_DO)

    page = signed_in.get(reverse("inbox:list")).content.decode()

    assert reverse("inbox:finish", args=[task.pk]) not in page
    assert "which Workday lets you do only in Workday" in page
    assert _finish(signed_in, task).status_code == 422
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("fields", "action"),
    [(TO_DO, Action.APPROVE), (TO_DO, Action.REJECT), ({}, Action.DONE), ({"step_type": "Action"}, Action.DONE)],
)
def test_a_step_takes_only_what_its_kind_allows(connection: Connection, fields: dict[str, Any], action: Action) -> None:
    task = make_task(connection, **fields)
    assert connection.user

    with pytest.raises(NotDecidable):
        decide(connection.user, task, Wish(action, "Fine.", uuid.uuid4(), facts.fingerprint(task)))
    assert not Decision.objects.exists()


@pytest.mark.parametrize("here", ["yes", "no"])
def test_the_filter_agrees_with_what_each_row_offers(connection: Connection, here: str) -> None:
    make_task(connection)
    for fields in (TO_DO, {**TO_DO, "process": "", "process_wid": ""}, {"step_type": "Action", "step_type_wid": ""}):
        make_task(connection, **fields)

    for task in Filter(here=here).apply(InboxTask.objects.all()):
        assert (not why_not(task) or not why_not_done(task)) == (here == "yes")


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_else_can_finish_it(
    client: Client, connection: Connection, person: str, request: pytest.FixtureRequest
) -> None:
    task = make_task(connection, **TO_DO)
    client.force_login(request.getfixturevalue(person))

    assert _finish(client, task).status_code == 404
    assert not Decision.objects.exists()


@pytest.mark.parametrize("fields", [{"seen": "made up"}, {"nonce": "no uuid"}, {"seen": ""}])
def test_a_form_that_does_not_fit_the_task_sends_nothing(
    signed_in: Client, connection: Connection, fields: dict[str, str]
) -> None:
    answer = _finish(signed_in, make_task(connection, **TO_DO), **fields)

    assert answer.status_code == 422
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("words", "comment", "shows"),
    [
        ("Submitted", None, Shows.OURS),
        ("Abgesendet", None, Shows.OURS),
        ("Submitted", "Somebody else's words.", Shows.OTHER),
        ("Approved", None, Shows.OTHER),
    ],
)
def test_a_finished_to_do_is_ours_by_its_comment(
    connection: Connection, words: str, comment: str | None, shows: Shows
) -> None:
    decision = make_decision(make_task(connection, **TO_DO), action=Action.DONE, comment="Done with Countersign.")

    found = evidence.of_step(done(decision, words, comment=comment), decision, may_be_ours=True)

    assert found
    assert found.shows is shows


@pytest.mark.parametrize("action", [Action.SEND_BACK, Action.DONE])
def test_what_the_classic_service_does_not_know_never_becomes_a_denial(
    far: SandboxProcess, manager: Connection, action: Action
) -> None:
    """A tenant may be switched to the classic service after the click."""
    task = _mirrored(far, manager)
    make_decision(task, action=action, send_back_to="c" * 32 if action == Action.SEND_BACK else "")
    Tenant.objects.update(decide_by=Tenant.DecideBy.INBOX_TASK)
    far.clear_ledger()

    drain(manager.tenant_id)

    assert [write["path"] for write in _writes(far) if write["method"] == "PUT"] == []
    assert far.task(task.wid)["status"]["descriptor"] in ("Awaiting Action", "Submitted")

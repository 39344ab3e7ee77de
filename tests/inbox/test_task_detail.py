"""What the worker fetches of one task, with the sandbox tenant as the far side."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from inbox import tasks
from inbox.detail import fetching
from inbox.filters import Filter
from inbox.models import InboxTask, Lane, TaskDetail
from inbox.models.decision import from_now
from tests.inbox.details import content_of, fetched, mirrored, told
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = ("comments", "completedSteps", "inProgressSteps", "remainingSteps", "attachments")


def test_a_request_for_time_off_tells_its_days(far: SandboxProcess, manager: Connection) -> None:
    content = content_of(mirrored(far, manager, "time_off"))

    assert content.days
    assert {(day.units, day.unit, day.kind) for day in content.days} == {("8", "Hours", "Vacation (Hours)")}
    assert all(day.date for day in content.days)


def test_a_change_of_title_tells_the_old_and_the_new_one(far: SandboxProcess, manager: Connection) -> None:
    content = content_of(mirrored(far, manager, "title_change"))

    assert content.title_now
    assert content.title_wanted
    assert content.effective_on


def test_it_tells_who_did_what_before_with_whom_it_is_and_what_comes(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "title_change")

    content = content_of(task)

    assert [step.status for step in content.done] == ["Submitted"]
    assert [step.who for step in content.done] == [content.initiator]
    assert [(step.title, step.who) for step in content.waiting] == [("Approval by Manager", manager.worker_name)]
    assert [(step.title, step.who) for step in content.planned] == [("Approval by HR Partner", "HR Partner")]
    assert content.left_out == []


def test_it_tells_comments_help_and_files(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "expense")
    author = far.people()["planner"]["id"]
    far.edit(task.wid, comments=[{"date": "2026-11-20", "person": author, "text": "<p>Two <b>nights</b></p>"}])

    content = content_of(task)

    assert [(said.text, str(said.date)) for said in content.comments] == [("Two nights", "2026-11-20")]
    assert content.help == "Check receipts above EUR 50 before you approve."
    assert [file.name[:9] for file in content.files] == ["receipts-"]


def test_opening_a_task_asks_workday_nothing_and_the_worker_a_few_things(
    far: SandboxProcess, manager: Connection, client: Client, owner: User
) -> None:
    client.force_login(owner)
    task = mirrored(far, manager, "title_change")
    far.clear_ledger()

    client.get(reverse("inbox:task", args=[task.pk]))
    assert far.ledger() == []

    fetching.fetch(task.pk)
    assert len(far.ledger()) == len(far.ledger(method="GET")) == 11


def test_a_process_of_a_shape_nobody_knows_is_told_as_far_as_all_are(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "expense")
    InboxTask.objects.update(process_resource="hire")
    far.clear_ledger()

    content = content_of(task)

    assert content.effective_on
    assert far.ledger(path="/hire/") == []


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("status", [403, 404])
def test_what_workday_forbids_is_left_out_and_the_rest_is_told(
    far: SandboxProcess, manager: Connection, part: str, status: int
) -> None:
    task = mirrored(far, manager, "time_off")
    far.fault(f"*/{part}", "status", status=status, code="S22", error="permission denied")

    detail = fetched(task)

    assert len(detail.content["left_out"]) == 1
    assert detail.content["days"]
    assert detail.failure == ""


@pytest.mark.parametrize("kind", ["status", "garbage", "truncate", "drop_before"])
def test_what_did_not_answer_is_named_and_asked_again_soon(far: SandboxProcess, manager: Connection, kind: str) -> None:
    task = mirrored(far, manager, "time_off")
    far.fault("*/attachments", kind, status=500)

    detail = fetched(task)

    assert detail.failure == "Workday did not answer when asked for: attachments."
    assert detail.content["days"]
    TaskDetail.objects.update(asked_at=from_now(-20))
    detail.refresh_from_db()
    assert detail.is_worth_asking


def test_without_business_process_access_the_classic_facts_are_told(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "time_off")
    far.settings(business_process_allowed=False)

    content = content_of(task)

    assert content.days
    assert len(content.left_out) == 7


def test_a_failure_of_everything_keeps_what_was_told_before(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "time_off")
    before = fetched(task)
    far.fault("/ccx/api/*", "status", status=500)

    after = fetched(task)

    assert after.failure == "Workday did not answer."
    assert (after.content, after.as_of) == (before.content, before.as_of)


def test_a_tenant_that_asks_to_slow_down_is_not_asked_on(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "time_off")
    Lane.objects.create(tenant=manager.tenant, paused_until=from_now(60))
    far.clear_ledger()

    assert "busy" in fetched(task).failure
    assert far.ledger() == []


def test_a_refused_token_is_renewed_once_and_all_is_told(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "time_off")
    far.fault("*/eventSteps/*", "status", status=401, times=1)

    assert content_of(task).days


def test_a_task_that_is_closed_meanwhile_is_not_asked_for(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "time_off")
    fetching.ask(task)
    InboxTask.objects.update(closed_at=timezone.now())
    far.clear_ledger()

    fetching.fetch(task.pk)

    assert far.ledger() == []


def test_a_second_message_for_the_same_wish_asks_nothing(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "time_off")
    fetched(task)
    far.clear_ledger()

    tasks.fetch_detail(str(task.pk))

    assert far.ledger() == []


@pytest.mark.parametrize(
    ("changes", "kept"),
    [({}, 1), ({"closed": True}, 0), ({"state": "disconnected"}, 0), ({"state": "disabled"}, 0), ({"days": 8}, 0)],
)
def test_details_are_kept_only_while_somebody_may_need_them(
    task: InboxTask, connection: Connection, changes: dict[str, object], kept: int
) -> None:
    told(task, about="Ines Ortega")
    if "closed" in changes:
        InboxTask.objects.update(closed_at=timezone.now())
    if "state" in changes:
        Connection.objects.update(state=changes["state"])
    if "days" in changes:
        TaskDetail.objects.update(asked_at=timezone.now() - datetime.timedelta(days=8))

    fetching.erase_unneeded()

    assert TaskDetail.objects.count() == kept


def test_the_words_of_a_fetched_detail_can_be_searched(far: SandboxProcess, manager: Connection) -> None:
    task = mirrored(far, manager, "expense")
    found = Filter(q="receipts above fifty").apply(InboxTask.objects.all())
    assert not found.exists()

    fetched(task)

    assert list(Filter(q="receipts above EUR").apply(InboxTask.objects.all())) == [task]

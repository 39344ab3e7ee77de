from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from connections.models import Connection
from inbox import sync
from inbox.models import InboxSync, InboxTask
from inbox.states import State
from inbox.sync import sync_inbox
from tests.conftest import make_decision
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


def _open_wids(connection: Connection) -> set[str]:
    return set(InboxTask.objects.filter(connection=connection).open().values_list("wid", flat=True))


def test_all_pages_are_mirrored_not_the_first_hundred(far: SandboxProcess, manager: Connection) -> None:
    sync_inbox(manager.pk)

    assert _open_wids(manager) == set(far.tasks("manager"))
    assert len(_open_wids(manager)) > 120


def test_an_empty_inbox_is_known_to_be_empty(far: SandboxProcess, manager: Connection) -> None:
    for wid in far.tasks("manager"):
        far.delete_task(wid)

    sync_inbox(manager.pk)

    assert _open_wids(manager) == set()
    assert InboxSync.objects.get(connection=manager).as_of is not None


def test_what_workday_leaves_out_stays_empty(far: SandboxProcess, manager: Connection) -> None:
    sync_inbox(manager.pk)

    tasks = InboxTask.objects.filter(connection=manager)
    assert tasks.filter(due_on=None).exists()
    assert tasks.filter(status="", status_wid="").exists()
    assert tasks.filter(process="", process_wid="").exists()


def test_a_task_that_is_gone_at_workday_is_closed_here(far: SandboxProcess, manager: Connection) -> None:
    sync_inbox(manager.pk)
    wid = far.tasks("manager")[0]
    far.delete_task(wid)

    sync_inbox(manager.pk)

    assert wid not in _open_wids(manager)


def test_a_changed_task_is_shown_as_it_is_now(far: SandboxProcess, manager: Connection) -> None:
    wid = far.tasks("manager", kind="Approval")[0] if far.tasks("manager", kind="Approval") else far.tasks("manager")[0]
    sync_inbox(manager.pk)
    far.edit(wid, due="2031-05-06")

    sync_inbox(manager.pk)

    assert InboxTask.objects.get(connection=manager, wid=wid).due_on == datetime.date(2031, 5, 6)


@pytest.mark.parametrize(
    ("kind", "wish", "words"),
    [
        ("status", {"status": 500}, "Workday did not answer."),
        ("status", {"status": 403, "code": "S22"}, "does not let this connection read the inbox (S22)"),
        ("rate_limit", {"retry_after": 30}, "Workday is busy"),
        ("html", {}, "Workday did not answer."),
        ("truncate", {}, "Workday did not answer."),
        ("drop_before", {}, "Workday did not answer."),
    ],
)
def test_when_the_listing_fails_the_old_mirror_stays_and_says_so(
    far: SandboxProcess, manager: Connection, kind: str, wish: dict[str, object], words: str
) -> None:
    sync_inbox(manager.pk)
    before = _open_wids(manager)
    far.fault("*/inboxTasks", kind, **wish)

    sync_inbox(manager.pk)

    state = InboxSync.objects.get(connection=manager)
    assert _open_wids(manager) == before
    assert words in state.failure
    assert state.is_resting


def test_a_failure_on_the_second_page_stores_nothing_of_the_first(far: SandboxProcess, manager: Connection) -> None:
    far.fault("*/inboxTasks", "status", status=500, times=1)
    sync_inbox(manager.pk)
    assert _open_wids(manager) == set()

    InboxSync.objects.update(started_at=None)
    sync_inbox(manager.pk)
    assert len(_open_wids(manager)) > 120


def test_a_stale_list_does_not_bring_back_what_was_decided_here(far: SandboxProcess, manager: Connection) -> None:
    far.settings(list_cache_seconds=600)
    sync_inbox(manager.pk)
    task = InboxTask.objects.filter(connection=manager, step_type="Approval").open()[0]
    decision = make_decision(InboxTask.objects.select_related("connection__tenant", "connection__user").get(pk=task.pk))
    for state in (State.CLAIMED, State.APPLIED):
        type(decision).objects.filter(pk=decision.pk).update(state=state, settled_at=timezone.now())
    InboxTask.objects.filter(pk=task.pk).update(closed_at=timezone.now())
    far.add_tasks("manager", 1)

    sync_inbox(manager.pk)

    assert task.wid not in _open_wids(manager)


def test_while_one_listing_is_under_way_a_second_does_nothing(far: SandboxProcess, manager: Connection) -> None:
    InboxSync.objects.update_or_create(connection=manager, defaults={"started_at": timezone.now()})
    far.clear_ledger()

    assert sync_inbox(manager.pk) is False
    assert far.ledger(path="*inboxTasks*") == []


def test_a_look_that_was_asked_for_during_a_listing_is_not_forgotten(far: SandboxProcess, manager: Connection) -> None:
    sync_inbox(manager.pk)
    sync.ask(manager)
    assert manager.pk in sync.due_inboxes()
    assert InboxSync.objects.get(connection=manager).is_pending

    sync_inbox(manager.pk)
    assert not InboxSync.objects.get(connection=manager).is_pending


def test_a_dead_connection_is_not_listed_at_all(far: SandboxProcess, manager: Connection) -> None:
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT)
    far.clear_ledger()

    assert sync_inbox(manager.pk) is False
    assert far.ledger() == []


def test_a_revoked_grant_is_found_and_told(far: SandboxProcess, manager: Connection) -> None:
    far.revoke("manager")

    sync_inbox(manager.pk)

    manager.refresh_from_db()
    assert manager.state == Connection.State.NEEDS_RECONNECT
    assert InboxSync.objects.get(connection=manager).failure

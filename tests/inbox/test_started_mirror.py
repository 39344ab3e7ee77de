from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from connections import linking
from connections.models import Connection, Tenant
from inbox.models import StartedRequest, StartedSync
from inbox.models.decision import from_now
from inbox.started import mirror
from inbox.started.mirror import sync_started
from tests import far_side
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planner(far_tenant: Tenant, owner: User) -> Connection:
    """The owner, connected as somebody who starts processes that the manager decides."""
    return far_side.connect(owner, far_tenant, "planner")


def _tasks_of(far: SandboxProcess, kind: str = "time_off") -> list[str]:
    """The manager's tasks about what the planner started, newest first."""
    me = far.people()["planner"]["name"]
    steps = [far.task(wid) for wid in far.tasks("manager", kind=kind)]
    return [step["id"] for step in steps if me in step["overallProcess"]["descriptor"]]


def _request(far: SandboxProcess, task: str) -> StartedRequest:
    return StartedRequest.objects.get(wid=far.task(task)["event"]["id"])


def _again(connection: Connection) -> None:
    StartedSync.objects.update(started_at=None)
    sync_started(connection.pk)


def test_what_i_started_is_there_with_whom_it_is_and_since_when(far: SandboxProcess, planner: Connection) -> None:
    sync_started(planner.pk)

    request = _request(far, _tasks_of(far)[0])
    assert request.kind == "Absence Request"
    assert (request.label, request.tone) == ("In Progress", "live")
    assert "Approval by Manager: with Helena Brandt since " in request.detail
    assert request.started_on is not None
    assert StartedSync.objects.get().as_of is not None


def test_everything_i_started_is_there_and_nothing_of_anybody_else(far: SandboxProcess, planner: Connection) -> None:
    mine = {far.task(task)["event"]["id"] for kind in ("time_off", "title_change") for task in _tasks_of(far, kind)}

    sync_started(planner.pk)

    titles = StartedRequest.objects.values_list("title", flat=True)
    people = {person["name"] for key, person in far.people().items() if key != "planner"}
    assert mine <= set(StartedRequest.objects.values_list("wid", flat=True))
    assert not [title for title in titles for name in people if name in title]


def test_where_workday_wants_a_worker_what_is_about_me_is_found_all_the_same(
    far: SandboxProcess, planner: Connection
) -> None:
    far.settings(events_need_worker=True)

    sync_started(planner.pk)

    assert StartedRequest.objects.filter(kind="Absence Request").exists()


@pytest.mark.parametrize(
    ("action", "label", "tone"),
    [("approve", "Successfully Completed", "done"), ("deny", "Denied", "trouble"), ("cancel", "Canceled", "off")],
)
def test_how_it_ended_is_told_in_workdays_words(
    far: SandboxProcess, planner: Connection, action: str, label: str, tone: str
) -> None:
    sync_started(planner.pk)
    task = _tasks_of(far)[0]
    far.decide(task, "manager", action, comment="Because.")

    _again(planner)

    request = _request(far, task)
    assert (request.label, request.tone, request.is_open) == (label, tone, False)
    assert request.detail.startswith("Since ")
    assert request.waiting == []


def test_what_was_sent_back_waits_for_me_and_says_by_whom(far: SandboxProcess, planner: Connection) -> None:
    task = _tasks_of(far)[0]
    far.decide(task, "manager", "sendBack", comment="Which days?")

    sync_started(planner.pk)

    request = _request(far, task)
    assert (request.label, request.tone, request.waits_for_owner) == ("Sent back to you", "needs-you", True)
    assert "Sent back by Helena Brandt on " in request.detail


def test_it_moves_on_with_its_steps(far: SandboxProcess, planner: Connection) -> None:
    task = _tasks_of(far, "title_change")[0]
    sync_started(planner.pk)
    assert "with Helena Brandt" in _request(far, task).detail
    far.decide(task, "manager")

    _again(planner)

    assert "Approval by HR Partner: with Amina Haddad" in _request(far, task).detail


@pytest.mark.parametrize(
    ("kind", "wish", "words"),
    [
        ("status", {"status": 500}, "Workday did not answer."),
        ("status", {"status": 403, "code": "S22"}, "functional area Tenant Non-Configurable"),
        ("rate_limit", {"retry_after": 30}, "Workday is busy"),
        ("html", {}, "Workday did not answer."),
        ("truncate", {}, "Workday did not answer."),
        ("drop_before", {}, "Workday did not answer."),
    ],
)
def test_when_the_listing_fails_the_old_mirror_stays_and_says_so(
    far: SandboxProcess, planner: Connection, kind: str, wish: dict[str, object], words: str
) -> None:
    sync_started(planner.pk)
    before = StartedRequest.objects.filter(ended_on=None).count()
    far.fault("*/events", kind, **wish)

    _again(planner)

    state = StartedSync.objects.get()
    assert before == StartedRequest.objects.filter(ended_on=None).count() > 3
    assert words in state.failure
    assert state.is_resting


@pytest.mark.parametrize("answered", [1, 2, 3])
def test_a_failure_half_way_through_the_listing_stores_nothing(
    far: SandboxProcess, planner: Connection, answered: int
) -> None:
    far.fault("*/events", "delay", times=answered)
    far.fault("*/events", "status", status=500)

    sync_started(planner.pk)

    assert not StartedRequest.objects.exists()
    assert StartedSync.objects.get().as_of is None


def test_steps_that_i_may_not_see_leave_the_request_and_say_so(far: SandboxProcess, planner: Connection) -> None:
    far.fault("*/inProgressSteps", "status", status=403, code="S22")

    sync_started(planner.pk)

    request = _request(far, _tasks_of(far)[0])
    assert request.detail == "Workday does not let you see with whom this is."
    assert StartedSync.objects.get().failure == ""


def test_a_tenant_that_is_busy_is_not_asked_for_the_other_steps(far: SandboxProcess, planner: Connection) -> None:
    far.fault("*/inProgressSteps", "rate_limit", retry_after=30)
    far.clear_ledger()

    sync_started(planner.pk)

    assert len(far.ledger(path="/inProgressSteps")) == 1
    assert "Open it to see with whom it is." in _request(far, _tasks_of(far)[0]).detail


def test_what_workday_lists_no_more_is_not_called_finished(far: SandboxProcess, planner: Connection) -> None:
    sync_started(planner.pk)
    StartedRequest.objects.create(connection=planner, wid="e" * 32, title="Gone", started_on=timezone.localdate())

    _again(planner)

    gone = StartedRequest.objects.get(wid="e" * 32)
    assert (gone.label, gone.is_open) == ("No longer shown by Workday", False)


def test_what_is_over_stays_for_thirty_days_and_is_then_erased(far: SandboxProcess, planner: Connection) -> None:
    today = timezone.now().date()
    for days in (29, 31):
        over = today - datetime.timedelta(days=days)
        StartedRequest.objects.create(connection=planner, wid=f"{days}" * 16, title="Over", ended_on=over)

    sync_started(planner.pk)

    assert list(StartedRequest.objects.filter(title="Over").values_list("wid", flat=True)) == ["29" * 16]


def test_only_one_listing_runs_at_a_time(far: SandboxProcess, planner: Connection) -> None:
    StartedSync.objects.create(connection=planner, started_at=timezone.now())
    far.clear_ledger()

    sync_started(planner.pk)

    assert far.ledger() == []


def test_a_look_that_nobody_took_up_is_found_until_it_was_answered(far: SandboxProcess, planner: Connection) -> None:
    mirror.ask(planner)
    assert mirror.due() == [planner.pk]

    sync_started(planner.pk)
    assert mirror.due() == []


def test_a_failed_look_is_not_repeated_without_anybody_looking(far: SandboxProcess, planner: Connection) -> None:
    far.fault("*/events", "status", status=500)
    mirror.ask(planner)
    sync_started(planner.pk)
    StartedSync.objects.update(next_at=from_now(-1))

    assert mirror.due() == []


def test_a_token_that_ended_is_renewed_once(far: SandboxProcess, planner: Connection) -> None:
    far.fault("*/events", "status", status=401, times=1)

    sync_started(planner.pk)

    assert StartedRequest.objects.exists()


def _disconnect(connection: Connection, owner: User) -> None:
    linking.disconnect(connection, owner)


def _become_another(connection: Connection, owner: User) -> None:
    linking.disconnect(connection, owner)
    far_side.connect(owner, connection.tenant, "newcomer")


@pytest.mark.parametrize("end", [_disconnect, _become_another])
def test_nothing_is_kept_of_a_worker_that_the_connection_acts_as_no_more(
    far: SandboxProcess, planner: Connection, owner: User, end: Callable[[Connection, User], None]
) -> None:
    sync_started(planner.pk)

    end(planner, owner)

    assert not StartedRequest.objects.exists()
    assert not StartedSync.objects.exists()


def test_the_integration_system_users_processes_are_nobodys_requests(far_tenant: Tenant, far: SandboxProcess) -> None:
    isu = Connection.objects.create(tenant=far_tenant, kind=Connection.Kind.ISU, grant=Connection.Grant.REFRESH_TOKEN)
    far.clear_ledger()

    sync_started(isu.pk)

    assert far.ledger() == []
    assert not StartedSync.objects.exists()

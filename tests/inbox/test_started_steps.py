from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection, Tenant
from inbox.models import StartedRequest, StartedSync
from inbox.models.decision import from_now
from inbox.started import steps
from inbox.started.mirror import sync_started
from tests import far_side
from tests.inbox.test_started_page import HOSTILE, make_request, waiting
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def planner(far_tenant: Tenant, owner: User) -> Connection:
    return far_side.connect(owner, far_tenant, "planner")


def _url(request: StartedRequest) -> str:
    return reverse("inbox:request", args=[request.pk])


def _page(client: Client, request: StartedRequest) -> str:
    answer = client.get(_url(request))
    assert answer.status_code == 200
    return answer.content.decode()


def _title_change(far: SandboxProcess, planner: Connection) -> tuple[StartedRequest, str]:
    """A request of the planner's that needs two approvals, and the task that the first of them is."""
    me = far.people()["planner"]["name"]
    changes = [far.task(wid) for wid in far.tasks("manager", kind="title_change")]
    task = next(step for step in changes if me in step["overallProcess"]["descriptor"])
    sync_started(planner.pk)
    return StartedRequest.objects.get(wid=task["event"]["id"]), str(task["id"])


def _fetched(request: StartedRequest) -> StartedRequest:
    steps.fetch(request.pk)
    request.refresh_from_db()
    return request


def test_the_page_asks_for_the_steps_and_waits_without_holding_up_the_request(
    signed_in: Client, connection: Connection
) -> None:
    request = make_request(connection)

    page = _page(signed_in, request)

    assert "Asking Workday for the steps" in page
    request.refresh_from_db()
    assert request.is_detail_pending


def test_all_steps_are_told_in_their_order(far: SandboxProcess, signed_in: Client, planner: Connection) -> None:
    request, task = _title_change(far, planner)
    far.decide(task, "manager", comment="Well deserved.")

    _fetched(request)

    page = _page(signed_in, request).partition('id="steps"')[2]
    told = ["Initiation", "Approved", "by Helena Brandt on", "Well deserved.", "Approval by HR Partner", "with Amina"]
    places = [page.index(words) for words in told]
    assert places == sorted(places)


def test_what_comes_next_is_told_too(far: SandboxProcess, signed_in: Client, planner: Connection) -> None:
    request, _ = _title_change(far, planner)

    _fetched(request)

    page = _page(signed_in, request)
    assert page.index("Approval by Manager") < page.index("To come")
    assert "for HR Partner" in page


def test_who_sent_it_back_and_why_is_told_on_the_page_and_stays_in_the_list(
    far: SandboxProcess, signed_in: Client, planner: Connection
) -> None:
    me = far.people()["planner"]["name"]
    absences = [far.task(wid) for wid in far.tasks("manager", kind="time_off")]
    task = next(step for step in absences if me in step["overallProcess"]["descriptor"])
    far.decide(task["id"], "manager", "sendBack", comment="Which days?")
    sync_started(planner.pk)
    request = _fetched(StartedRequest.objects.get(wid=task["event"]["id"]))

    assert request.label == "Sent back to you"
    page = _page(signed_in, request)
    for words in ("Sent back by Helena Brandt on", "Which days?", "Open in Workday"):
        assert words in page


def test_what_is_over_is_read_once_and_has_nothing_to_come(
    far: SandboxProcess, signed_in: Client, planner: Connection
) -> None:
    request, task = _title_change(far, planner)
    far.decide(task, "manager", "deny", comment="Not this year.")
    StartedSync.objects.update(started_at=None)
    sync_started(planner.pk)
    StartedRequest.objects.update(ended_on=timezone.now().date() - datetime.timedelta(days=1))

    _fetched(request)
    StartedRequest.objects.update(detail_asked_at=from_now(-3600))

    page = _page(signed_in, request)
    assert "Not this year." in page
    assert "To come" not in page
    request.refresh_from_db()
    assert not request.is_detail_pending


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("completedSteps", "Workday does not let you see what was done before."),
        ("inProgressSteps", "Workday does not let you see with whom this is."),
        ("remainingSteps", "Workday does not let you see what comes next."),
    ],
)
@pytest.mark.parametrize("status", [403, 404])
def test_a_part_that_i_may_not_see_is_said_once_and_the_rest_is_shown(
    far: SandboxProcess, signed_in: Client, planner: Connection, part: str, words: str, status: int
) -> None:
    request, _ = _title_change(far, planner)
    far.fault(f"*/{part}", "status", status=status)

    _fetched(request)

    page = _page(signed_in, request)
    assert words in page
    shown = {"completedSteps": "Submitted", "inProgressSteps": ">Now<", "remainingSteps": "To come"}
    assert {name for name, mark in shown.items() if mark in page} == shown.keys() - {part}


@pytest.mark.parametrize("kind", ["html", "truncate", "drop_before"])
def test_when_workday_does_not_answer_the_old_steps_stay_and_say_so(
    far: SandboxProcess, signed_in: Client, planner: Connection, kind: str
) -> None:
    request, _ = _title_change(far, planner)
    _fetched(request)
    far.fault("*/completedSteps", kind)

    _fetched(request)

    page = _page(signed_in, request)
    assert "Workday did not answer. Showing the steps as of" in page
    assert "Submitted" in page


def test_a_failure_is_asked_again_after_a_while(signed_in: Client, connection: Connection) -> None:
    request = make_request(connection, detail_failed_at=timezone.now(), detail_failure="Workday did not answer.")
    assert "Workday did not answer." in _page(signed_in, request)
    request.refresh_from_db()
    assert request.detail_asked_at is None

    StartedRequest.objects.update(detail_failed_at=from_now(-60))
    _page(signed_in, request)
    request.refresh_from_db()
    assert request.is_detail_pending


def test_a_broken_connection_is_said_and_not_asked(signed_in: Client, connection: Connection) -> None:
    request = make_request(connection)
    Connection.objects.update(state="needs_reconnect")

    assert "does not work at the moment" in _page(signed_in, request)
    request.refresh_from_db()
    assert request.detail_asked_at is None


def test_steps_cannot_become_markup(signed_in: Client, connection: Connection) -> None:
    said = [{"by": HOSTILE, "text": HOSTILE}]
    request = make_request(
        connection,
        HOSTILE,
        detail_as_of=timezone.now(),
        waiting=[waiting(HOSTILE, HOSTILE)],
        done=[{"title": HOSTILE, "status": HOSTILE, "by": HOSTILE, "on": "2026-11-03", "comments": said}],
        planned=[{"title": HOSTILE, "step_type": HOSTILE, "groups": [HOSTILE]}],
    )

    assert "<script>alert" not in _page(signed_in, request)


def test_nobody_elses_steps_are_fetched_for_a_look(far: SandboxProcess, client: Client, planner: Connection) -> None:
    request, _ = _title_change(far, planner)
    stranger = User.objects.create_user("other@example.test", name="Other")
    client.force_login(stranger)

    assert client.get(_url(request)).status_code == 404
    request.refresh_from_db()
    assert request.detail_asked_at is None

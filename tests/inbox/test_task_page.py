from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection
from inbox import facts
from inbox.detail.content import DayOff, Said, Step
from inbox.models import Decision, InboxTask, TaskDetail
from inbox.models.decision import from_now
from inbox.states import State
from tests.conftest import make_decision, make_task
from tests.inbox.details import FILE, told

pytestmark = pytest.mark.django_db

BESIDE = {"HX-Request": "true", "HX-Target": "pane"}
BAD = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'


def _url(task: InboxTask) -> str:
    return reverse("inbox:task", args=[task.pk])


def _page(client: Client, task: InboxTask, **headers: str) -> str:
    answer = client.get(_url(task), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def _decided(client: Client, task: InboxTask, target: str) -> tuple[str, dict[str, str]]:
    form = {"action": "approve", "nonce": "7b0e7c3e-2a53-4c6e-9b0a-000000000001", "seen": facts.fingerprint(task)}
    headers = {"HX-Request": "true", "HX-Target": target}
    answer = client.post(reverse("inbox:decide", args=[task.pk]), form, headers=headers)
    return answer.content.decode(), dict(answer.items())


def test_the_title_in_the_list_leads_to_the_task(signed_in: Client, task: InboxTask) -> None:
    assert f'<a href="{_url(task)}">' in signed_in.get("/inbox/").content.decode()


def test_the_page_asks_for_the_detail_and_waits_without_holding_up_the_request(
    signed_in: Client, task: InboxTask
) -> None:
    page = _page(signed_in, task)

    assert "Asking Workday for the details" in page
    assert f'hx-get="{_url(task)}" hx-trigger="every 700ms"' in page
    assert TaskDetail.objects.get().told_at is None


def test_it_tells_what_the_list_knows_at_once(signed_in: Client, task: InboxTask) -> None:
    page = _page(signed_in, task)

    for words in ("Absence Request: Ines Ortega", "Approval by Manager", "Ines Ortega", "Acme", 'value="approve"'):
        assert words in page


def test_everything_that_was_told_is_there_with_its_time(signed_in: Client, task: InboxTask) -> None:
    told(
        task,
        effective_on="2026-12-24",
        days=[DayOff("2026-12-24", "8", "Hours", "Vacation"), DayOff("2026-12-25", "4.5", "Hours", "Vacation")],
        comments=[Said("Ines Ortega (On behalf of: Olive Owner)", "2026-11-20", "Family visit")],
        done=[Step("Absence Request", "Submitted", "Ines Ortega", "2026-11-20")],
        waiting=[Step("Approval by Manager", "", "Olive Owner", "2026-11-21")],
        planned=[Step("Approval by HR Partner", "", "HR Partner", "")],
        files=[FILE],
    )

    page = _page(signed_in, task)

    for words in (
        "24 Dec 2026",
        "Time off: 12.5 Hours",
        "On behalf of: Olive Owner",
        "Family visit",
        "Submitted",
        "HR Partner",
        "receipts.csv",
        "Details as of",
    ):
        assert words in page
    assert "Asking Workday" not in page


def test_a_change_of_title_shows_both_titles(signed_in: Client, task: InboxTask) -> None:
    told(task, title_now="Analyst", title_wanted="Senior Analyst")

    page = _page(signed_in, task)

    assert "<dt>Business title now</dt><dd>Analyst</dd>" in page
    assert "<dt>Business title wanted</dt><dd>Senior Analyst</dd>" in page


def test_what_workday_hides_is_said_once(signed_in: Client, task: InboxTask) -> None:
    told(task, left_out=["comments", "attachments"])

    assert _page(signed_in, task).count("Workday does not let you see: comments, attachments.") == 1


def test_a_failure_is_told_and_what_was_told_before_stays(signed_in: Client, task: InboxTask) -> None:
    told(task, title_wanted="Senior Analyst")
    TaskDetail.objects.update(failure="Workday did not answer.")

    page = _page(signed_in, task)

    assert "Workday did not answer." in page
    assert "Senior Analyst" in page


def test_an_old_detail_is_shown_and_asked_for_again(signed_in: Client, task: InboxTask) -> None:
    told(task, title_wanted="Senior Analyst")
    TaskDetail.objects.update(asked_at=from_now(-600), told_at=from_now(-599))

    page = _page(signed_in, task)

    assert "Senior Analyst" in page
    assert "Asking Workday for a newer version" in page


def test_a_fresh_detail_is_not_asked_for_again(signed_in: Client, task: InboxTask) -> None:
    asked = told(task).asked_at

    _page(signed_in, task)

    assert TaskDetail.objects.get().asked_at == asked


@pytest.mark.parametrize("state", ["needs_reconnect", "disabled"])
def test_with_a_broken_connection_nothing_is_promised(signed_in: Client, task: InboxTask, state: str) -> None:
    Connection.objects.update(state=state, state_reason="Workday no longer accepts this connection.")

    page = _page(signed_in, task)

    assert "Workday no longer accepts this connection." in page
    assert "Asking Workday" not in page
    assert not TaskDetail.objects.exists()


def test_a_closed_task_says_so_and_is_not_asked_for(signed_in: Client, connection: Connection) -> None:
    page = _page(signed_in, make_task(connection, closed_at=timezone.now()))

    assert "No longer waits for you" in page
    assert "details are not kept" in page
    assert not TaskDetail.objects.exists()


@pytest.mark.parametrize("resource", ["timeOffRequest", "hire"])
def test_hostile_texts_stay_texts(signed_in: Client, connection: Connection, resource: str) -> None:
    task = make_task(connection, title=BAD, process=BAD, process_resource=resource)
    told(
        task,
        help=BAD,
        about=BAD,
        title_now=BAD,
        days=[DayOff("2026-12-24", BAD, BAD, BAD)],
        comments=[Said(BAD, "", BAD)],
        done=[Step(BAD, BAD, BAD, "")],
        files=[FILE],
    )

    page = _page(signed_in, task)

    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("units", ["", "eight", "NaN", "1e9999", "Infinity"])
def test_units_that_are_no_number_are_shown_as_they_are(signed_in: Client, task: InboxTask, units: str) -> None:
    told(task, days=[DayOff("2026-12-24", units, "Hours", "Vacation"), DayOff("", "1", "Hours", "Vacation")])

    assert "Vacation" in _page(signed_in, task)


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
@pytest.mark.parametrize("headers", [{}, BESIDE], ids=["page", "beside"])
def test_nobody_else_sees_it(
    client: Client, task: InboxTask, person: str, headers: dict[str, str], request: pytest.FixtureRequest
) -> None:
    told(task, title_wanted="Senior Analyst")
    client.force_login(request.getfixturevalue(person))

    answer = client.get(_url(task), headers=headers)

    assert answer.status_code == 404
    assert "Senior Analyst" not in answer.content.decode()


def test_beside_the_list_it_comes_without_a_page_around_it(signed_in: Client, task: InboxTask) -> None:
    page = _page(signed_in, task, **BESIDE)

    assert "<html" not in page
    assert 'id="pane-decide"' in page
    assert 'id="title-' not in page


def test_a_decision_beside_the_list_changes_the_row_too_and_opens_the_next(signed_in: Client, task: InboxTask) -> None:
    page, headers = _decided(signed_in, task, "pane-decide")

    assert f'id="task-{task.pk}" hx-swap-oob="true"' in page
    assert page.count("Accepted, sending") >= 2
    assert headers["HX-Trigger-After-Settle"] == "open-next"


def test_who_does_not_want_it_stays_with_the_task(signed_in: Client, owner: User, task: InboxTask) -> None:
    User.objects.update(open_next=False)

    _, headers = _decided(signed_in, task, "pane-decide")

    assert "HX-Trigger-After-Settle" not in headers


def test_a_decision_on_the_page_itself_changes_only_what_is_there(signed_in: Client, task: InboxTask) -> None:
    page, headers = _decided(signed_in, task, "decide")

    assert 'id="decide"' in page
    assert "task-" not in page.replace(f"tasks/{task.pk}", "")
    assert "HX-Trigger-After-Settle" not in headers


def test_a_live_decision_is_followed_and_a_settled_one_is_not(signed_in: Client, task: InboxTask) -> None:
    decision = make_decision(task)
    assert 'hx-trigger="every 1s"' in _page(signed_in, task)

    Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED)
    Decision.objects.filter(pk=decision.pk).update(state=State.APPLIED, settled_at=timezone.now())
    page = _page(signed_in, task, **{"HX-Request": "true", "HX-Target": "decide"})

    assert 'hx-trigger="every 1s"' not in page
    assert "confirmed by Workday" in page


def test_a_decision_that_rests_is_looked_at_seldom(signed_in: Client, task: InboxTask) -> None:
    decision = make_decision(task)
    Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED)
    Decision.objects.filter(pk=decision.pk).update(state=State.MANUAL)

    assert 'hx-trigger="every 15s"' in _page(signed_in, task)


def test_the_setting_is_on_the_profile_page(signed_in: Client, owner: User) -> None:
    assert 'name="open_next"' in signed_in.get("/profile/").content.decode()

    signed_in.post("/profile/", {"name": "Olive", "time_zone": "", "shortcuts": "on"})

    owner.refresh_from_db()
    assert owner.open_next is False


@pytest.mark.parametrize("steps", [1, 60])
def test_the_number_of_queries_does_not_grow_with_what_was_told(
    signed_in: Client, task: InboxTask, steps: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    day = datetime.date(2026, 11, 20).isoformat()
    told(
        task,
        done=[Step(f"Step {number}", "Approved", "Ines Ortega", day) for number in range(steps)],
        comments=[Said("Ines Ortega", day, "Well") for _ in range(steps)],
    )

    with django_assert_num_queries(6):
        _page(signed_in, task)

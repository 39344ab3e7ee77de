from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection, Tenant
from inbox.filters import Filter
from inbox.kinds import decidable, why_not
from inbox.models import InboxSync, InboxTask, SavedView
from inbox.order import ORDERS
from inbox.rows import PAGE
from tests.conftest import make_task

pytestmark = pytest.mark.django_db

INBOX = "/inbox/"
Make = Callable[..., InboxTask]


@pytest.fixture
def make(connection: Connection) -> Make:
    InboxSync.objects.create(connection=connection, as_of=timezone.now(), next_at=timezone.now())
    return lambda **fields: make_task(connection, **fields)


def _listed(client: Client, **query: str) -> list[str]:
    return [row.task.process for row in client.get(INBOX, {"view": "all", **query}).context["rows"]]


def _in(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


@pytest.mark.parametrize("words", ["exp-7", "ORTEGA", "finance", "maya", "ortega exp", "  ORTEGA   maya "])
def test_words_are_found_in_title_person_process_and_who_began_it(signed_in: Client, make: Make, words: str) -> None:
    make(process="Expense Report: EXP-7", subject="Ines Ortega", title="Approval by Finance", initiator="Maya Roth")
    make(process="Hire: somebody", subject="Tom", title="Approval by Manager", initiator="Lee")

    assert _listed(signed_in, q=words) == ["Expense Report: EXP-7"]


def test_a_percent_sign_is_only_a_percent_sign(signed_in: Client, make: Make) -> None:
    make(process="Compensation: 3% increase")
    make(process="Compensation: 3 increases")

    assert _listed(signed_in, q="3%") == ["Compensation: 3% increase"]


def test_a_kind_of_process_shows_only_its_tasks(signed_in: Client, make: Make) -> None:
    make(process="Absence Request: Ines")
    make(process="Hire: Tom")
    make(process="Onboarding")

    assert _listed(signed_in, kind="Absence Request") == ["Absence Request: Ines"]
    assert _listed(signed_in, kind="Onboarding") == ["Onboarding"]


def test_a_step_type_shows_only_its_tasks(signed_in: Client, make: Make) -> None:
    make(process="One")
    make(process="Two", step_type="To Do", step_type_wid="")

    assert _listed(signed_in, step="To Do") == ["Two"]


@pytest.mark.parametrize(
    ("due", "expected"),
    [("overdue", {"Late"}), ("today", {"Today"}), ("week", {"Late", "Today", "Soon"}), ("none", {"Whenever"})],
)
def test_tasks_are_found_by_when_they_are_due(signed_in: Client, make: Make, due: str, expected: set[str]) -> None:
    for process, days in (("Late", -1), ("Today", 0), ("Soon", 7), ("Far", 8)):
        make(process=process, due_on=_in(days))
    make(process="Whenever", due_on=None)

    assert set(_listed(signed_in, due=due)) == expected


def test_what_can_be_decided_here_is_told_from_what_cannot(signed_in: Client, make: Make) -> None:
    make(process="Here")
    make(process="There", step_type="Review Documents", step_type_wid="")

    assert _listed(signed_in, here="yes") == ["Here"]
    assert _listed(signed_in, here="no") == ["There"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": "", "status_wid": ""},
        {"status_wid": "", "status": "Awaiting Action"},
        {"status_wid": "f" * 32, "status": "Completed"},
        {"process": "", "process_wid": ""},
        {"process": ""},
        {"step_type": "To Do"},
        {"step_type": "To Do", "step_type_wid": ""},
        {"step_type": "Approval Chain", "step_type_wid": "0" * 32},
        {"step_type": "", "step_type_wid": ""},
    ],
)
def test_the_database_and_the_page_agree_on_what_can_be_decided(make: Make, fields: dict[str, str]) -> None:
    task = make(**fields)

    assert InboxTask.objects.filter(decidable()).exists() == (why_not(task) == "")


def test_one_tenant_can_be_looked_at_alone(signed_in: Client, owner: User, make: Make) -> None:
    other = Tenant.objects.create(
        key="other",
        name="Other",
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint="http://127.0.0.1:8001/ccx/api/v1/other",
        authorization_endpoint="http://127.0.0.1:8001/other/authorize",
        token_endpoint="http://127.0.0.1:8001/ccx/oauth2/other/token",
        client_id="client",
    )
    there = Connection.objects.create(tenant=other, kind=Connection.Kind.PERSON, user=owner, worker_wid="c" * 32)
    make(process="At Acme")
    make_task(there, process="At the other")

    assert set(_listed(signed_in)) == {"At Acme", "At the other"}
    assert _listed(signed_in, tenant="other") == ["At the other"]
    assert next(menu.name for menu in signed_in.get(INBOX).context["finder"].menus) == "tenant"


@pytest.mark.parametrize("sort", list(ORDERS))
def test_every_order_reaches_every_task_once(signed_in: Client, make: Make, sort: str) -> None:
    now = timezone.now()
    for number in range(PAGE * 2 + 5):
        make(
            process=f"Task {number:03}",
            subject=["", "Ada", "Ben"][number % 3],
            assigned_at=None if number % 5 == 0 else now - datetime.timedelta(hours=number // 3),
            due_on=None if number % 4 == 0 else _in(number % 6),
        )

    seen, after = [], ""
    for _ in range(3):
        answer = signed_in.get(INBOX, {"sort": sort, "after": after})
        seen += [row.task for row in answer.context["rows"]]
        after = answer.context["more"]

    assert after == ""
    assert len({task.pk for task in seen}) == len(seen) == PAGE * 2 + 5
    assert _is_sorted([getattr(task, ORDERS[sort].field) for task in seen], descending=ORDERS[sort].descending)


def _is_sorted(values: list[Any], *, descending: bool) -> bool:
    given = [value for value in values if value is not None]
    nothing_after = values[: len(given)] == given
    return nothing_after and given == sorted(given, reverse=descending)


@pytest.mark.parametrize(
    "query",
    [
        {"due": "someday"},
        {"sort": "random"},
        {"here": "maybe"},
        {"after": "x~y"},
        {"after": "00000000-0000-0000-0000-000000000000~2026-99-99T00:00:00+00:00"},
        {"after": "00000000-0000-0000-0000-000000000000~2026-01-01T00:00:00"},
        {"sort": "due", "after": "00000000-0000-0000-0000-000000000000~2026-02-31"},
        {"unknown": "x"},
        {"q": "\0"},
    ],
)
def test_an_address_that_makes_no_sense_shows_what_it_can(signed_in: Client, make: Make, query: dict[str, str]) -> None:
    make(process="Still here")

    assert _listed(signed_in, **query) == ["Still here"]


def test_the_counts_are_of_the_whole_inbox_whatever_is_shown(signed_in: Client, make: Make) -> None:
    make(process="Hire: A", due_on=_in(-1))
    make(process="Hire: B")
    make(process="Absence Request: C")

    page = signed_in.get(INBOX, {"kind": "Absence Request"}).content.decode()

    assert "3 waiting" in page
    assert "1 overdue" in page
    assert "Hire (2)" in page


def test_nothing_that_fits_is_not_an_empty_inbox(signed_in: Client, make: Make) -> None:
    make(process="Hire: A")

    page = signed_in.get(INBOX, {"q": "nothing like it"}).content.decode()

    assert "Nothing here fits" in page
    assert "1 task waits for you in all" in page
    assert "Nothing waits for you" not in page


def test_the_next_page_keeps_the_filter(signed_in: Client, make: Make) -> None:
    for number in range(PAGE + 1):
        make(process=f"Hire: {number}")
    make(process="Other")

    page = signed_in.get(INBOX, {"kind": "Hire", "sort": "due"}).content.decode()

    assert "?kind=Hire&amp;sort=due&amp;after=" in page


def test_a_filter_stands_whole_in_the_address() -> None:
    wanted = Filter(q="a&b=c ä", kind="Hire", due="week", here="yes", sort="due")

    assert Filter.read(QueryDict(wanted.query)) == wanted
    assert Filter().query == ""


def test_finding_costs_a_fixed_number_of_queries(
    signed_in: Client, make: Make, owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        make(process=f"Hire: {number}")
        SavedView.objects.create(user=owner, name=f"View {number}", query=f"q={number}")

    with django_assert_num_queries(14):
        signed_in.get(INBOX, {"kind": "Hire", "q": "hire", "sort": "due"})


def test_markup_in_an_address_stays_text(signed_in: Client, make: Make) -> None:
    make()

    page = signed_in.get(INBOX, {"q": '"><script>alert(1)</script>', "kind": "<b>"}).content.decode()

    assert "<script>alert" not in page
    assert "<b>" not in page


def test_new_tasks_are_announced_only_where_they_fit(signed_in: Client, make: Make) -> None:
    make(process="Hire: A", first_seen_at=timezone.now())
    long_ago = "2026-01-01T00:00:00+00:00"

    fitting = signed_in.get("/inbox/changes", {"cursor": long_ago, "loaded": long_ago, "kind": "Hire"})
    other = signed_in.get("/inbox/changes", {"cursor": long_ago, "loaded": long_ago, "kind": "Absence"})

    assert "New tasks have arrived" in fitting.content.decode()
    assert "New tasks have arrived" not in other.content.decode()


def test_what_is_chosen_can_be_taken_back_with_one_tap(signed_in: Client, make: Make) -> None:
    make(process="Hire: A")

    page = signed_in.get(INBOX, {"q": "hire", "here": "yes"}).content.decode()

    assert f'href="{INBOX}?here=yes" aria-current="true"><span class="unseen">Without </span>“hire”' in page
    assert f'href="{INBOX}?q=hire" aria-current="true"><span class="unseen">Without </span>Can be decided here' in page

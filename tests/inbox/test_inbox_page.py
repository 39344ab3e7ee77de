from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection
from inbox.models import Decision, InboxSync, InboxTask
from inbox.states import State
from tests.conftest import make_decision, make_task

pytestmark = pytest.mark.django_db

INBOX = "/inbox/"


def _synced(connection: Connection, **fields: object) -> InboxSync:
    usual = {"as_of": timezone.now(), "started_at": timezone.now(), "next_at": timezone.now()}
    return InboxSync.objects.create(connection=connection, **{**usual, **fields})


def _page(client: Client, address: str = INBOX) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_task_is_listed_with_all_that_tells_it_apart(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    make_task(connection, title="Approval by Manager", process="Expense Report: EXP-1", due_on=yesterday)

    page = _page(signed_in)

    for words in ("Approval by Manager", "Expense Report: EXP-1", "Ines Ortega", "Approval", "Overdue", "1 waiting"):
        assert words in page


def test_a_task_that_cannot_be_decided_here_says_why_and_leads_to_workday(
    signed_in: Client, connection: Connection
) -> None:
    _synced(connection)
    make_task(connection, step_type="Review Documents", step_type_wid="")

    page = _page(signed_in)

    assert "which Workday lets you do only in Workday" in page
    assert connection.tenant.home_url in page
    assert '/decide"' not in page


def test_an_empty_inbox_says_that_nothing_waits(signed_in: Client, connection: Connection) -> None:
    _synced(connection)

    assert "Nothing waits for you" in _page(signed_in)


def test_a_broken_connection_never_looks_like_an_empty_inbox(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    Connection.objects.update(state="needs_reconnect", state_reason="Workday no longer accepts this connection.")

    page = _page(signed_in)

    assert "Nothing waits for you" not in page
    assert "Workday no longer accepts this connection." in page
    assert "Reconnect" in page


def test_before_the_first_listing_nothing_is_claimed_about_the_inbox(signed_in: Client, connection: Connection) -> None:
    page = _page(signed_in)

    assert "Nothing waits for you" not in page
    assert "Fetching" in page


def test_without_any_connection_the_page_offers_to_connect(signed_in: Client) -> None:
    page = _page(signed_in)

    assert "Connect your Workday account" in page
    assert "Nothing waits for you" not in page


def test_when_workday_does_not_answer_the_page_says_how_old_the_list_is(
    signed_in: Client, connection: Connection
) -> None:
    _synced(connection, failed_at=timezone.now(), failure="Workday did not answer.", failures=1)
    make_task(connection)

    page = _page(signed_in)

    assert "Workday did not answer." in page
    assert "as of" in page


def test_the_newest_task_comes_first(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    now = timezone.now()
    make_task(connection, process="Older one", assigned_at=now - datetime.timedelta(days=2))
    make_task(connection, process="Newer one", assigned_at=now)
    make_task(connection, process="Undated one", assigned_at=None)

    page = _page(signed_in)

    assert page.index("Newer one") < page.index("Older one") < page.index("Undated one")


def test_all_tasks_can_be_reached_page_by_page(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    now = timezone.now()
    for number in range(60):
        assigned = None if number % 7 == 0 else now - datetime.timedelta(minutes=number // 2)
        make_task(connection, process=f"Task no. {number:03}", assigned_at=assigned)

    seen: list[str] = []
    after = ""
    for _ in range(3):
        answer = signed_in.get(INBOX, {"after": after})
        seen += [row.task.process for row in answer.context["rows"]]
        after = answer.context["more"]

    assert not after
    assert sorted(seen) == sorted(InboxTask.objects.values_list("process", flat=True))
    assert len(seen) == 60


def test_a_made_up_place_shows_the_first_page(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    make_task(connection, process="Still here")

    assert "Still here" in _page(signed_in, f"{INBOX}?after=nonsense~x")


def test_workdays_words_cannot_become_markup(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    make_task(connection, process="<script>alert(1)</script>", subject='"><img src=x>', initiator="<b>x</b>")

    page = _page(signed_in)

    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_sees_another_persons_tasks(
    client: Client, connection: Connection, person: str, request: pytest.FixtureRequest
) -> None:
    make_task(connection, process="Private matter")
    client.force_login(request.getfixturevalue(person))

    assert "Private matter" not in _page(client)


def test_an_administrator_sees_the_isus_own_inbox_and_others_do_not(
    client: Client, connection: Connection, administrator: User, owner: User
) -> None:
    isu = Connection.objects.create(
        tenant=connection.tenant, kind=Connection.Kind.ISU, grant=Connection.Grant.REFRESH_TOKEN, worker_name="ISU"
    )
    make_task(isu, process="Integration approval")

    client.force_login(administrator)
    assert "Integration approval" in _page(client, f"{INBOX}?whose=isu")
    client.force_login(owner)
    assert "Integration approval" not in _page(client, f"{INBOX}?whose=isu")


def test_what_was_decided_stays_in_sight_for_a_day(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    decision = make_decision(make_task(connection, process="Settled matter", closed_at=timezone.now()))
    Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED)
    Decision.objects.filter(pk=decision.pk).update(state=State.APPLIED, settled_at=timezone.now())

    page = _page(signed_in)

    assert "Settled matter" in page
    assert "Approved" in page
    assert "confirmed by Workday" in page


def test_signed_out_the_page_asks_to_sign_in(client: Client) -> None:
    assert client.get(INBOX)["Location"].startswith(reverse("account_login"))


def test_a_signed_in_page_is_kept_in_no_cache(signed_in: Client) -> None:
    assert "no-store" in signed_in.get(INBOX)["Cache-Control"]


@pytest.mark.parametrize("tasks", [1, 3, 20])
def test_the_number_of_queries_does_not_grow_with_the_tasks(
    signed_in: Client,
    connection: Connection,
    tasks: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _synced(connection)
    for _ in range(tasks):
        make_decision(make_task(connection))

    with django_assert_num_queries(14):
        _page(signed_in)

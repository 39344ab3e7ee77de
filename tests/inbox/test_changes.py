from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from inbox.models import Decision, InboxSync, InboxTask
from inbox.states import State
from tests.conftest import make_decision, make_task

pytestmark = pytest.mark.django_db

URL = "/inbox/changes"


def _since(client: Client, seconds_ago: float = 60, **query: str) -> str:
    moment = (timezone.now() - datetime.timedelta(seconds=seconds_ago)).isoformat()
    answer = client.get(URL, {"cursor": moment, "loaded": moment, **query}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_decided_row_comes_as_it_now_stands(signed_in: Client, task: InboxTask) -> None:
    decision = make_decision(task)
    Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED)
    Decision.objects.filter(pk=decision.pk).update(state=State.SENDING)
    Decision.objects.filter(pk=decision.pk).update(state=State.UNCERTAIN, updated_at=timezone.now())

    page = _since(signed_in)

    assert f'id="task-{task.pk}"' in page
    assert "Sent; checking with Workday" in page
    assert "Approved" not in page


def test_a_row_that_did_not_change_does_not_come(signed_in: Client, task: InboxTask) -> None:
    assert f'id="task-{task.pk}"' not in _since(signed_in)


def test_a_task_that_left_the_inbox_is_marked_so(signed_in: Client, connection: Connection) -> None:
    gone = make_task(connection, closed_at=timezone.now())

    page = _since(signed_in)

    assert f'id="task-{gone.pk}"' in page
    assert "No longer waits for you" in page


def test_new_tasks_are_announced_not_pushed_under_the_pointer(signed_in: Client, connection: Connection) -> None:
    fresh = make_task(connection, first_seen_at=timezone.now())

    page = _since(signed_in)

    assert "New tasks have arrived" in page
    assert f'id="task-{fresh.pk}"' not in page


def test_the_page_looks_every_second_while_something_is_under_way_and_calmly_otherwise(
    signed_in: Client, task: InboxTask
) -> None:
    InboxSync.objects.create(connection=task.connection, as_of=timezone.now())
    assert "every 15s" in _since(signed_in)

    make_decision(task)
    assert "every 1s" in _since(signed_in)


def _is_reloaded(client: Client, empty: str) -> bool:
    answer = client.get(URL, {"cursor": timezone.now().isoformat(), "empty": empty})
    return answer.headers.get("HX-Refresh") == "true"


def test_an_empty_page_is_reloaded_when_tasks_have_come_even_by_a_listing_begun_before_it(
    signed_in: Client, connection: Connection
) -> None:
    InboxSync.objects.create(connection=connection, as_of=timezone.now() - datetime.timedelta(seconds=9))
    assert not _is_reloaded(signed_in, "nothing")

    make_task(connection)
    assert _is_reloaded(signed_in, "nothing")
    assert _is_reloaded(signed_in, "first")


def test_a_page_that_waits_for_the_first_listing_is_reloaded_when_it_turns_out_empty(
    signed_in: Client, connection: Connection
) -> None:
    sync = InboxSync.objects.create(connection=connection)
    assert not _is_reloaded(signed_in, "first")

    InboxSync.objects.filter(pk=sync.pk).update(as_of=timezone.now())
    assert _is_reloaded(signed_in, "first")
    assert not _is_reloaded(signed_in, "nothing")


def test_the_page_itself_says_why_it_is_empty(signed_in: Client, connection: Connection) -> None:
    assert "empty=first" in signed_in.get("/inbox/").content.decode()

    InboxSync.objects.filter(connection=connection).update(as_of=timezone.now())
    assert "empty=nothing" in signed_in.get("/inbox/").content.decode()

    make_task(connection)
    assert "empty=" not in signed_in.get("/inbox/").content.decode()


def test_a_mangled_cursor_is_no_error(signed_in: Client, task: InboxTask) -> None:
    for cursor in ("", "x", "2026-01-01", "9" * 500):
        assert signed_in.get(URL, {"cursor": cursor}).status_code == 200


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_learns_of_another_persons_decisions(
    client: Client, task: InboxTask, person: str, request: pytest.FixtureRequest
) -> None:
    make_decision(task)
    client.force_login(request.getfixturevalue(person))

    assert str(task.pk) not in _since(client)


def test_looking_keeps_the_inbox_on_the_list_of_watched_ones(signed_in: Client, connection: Connection) -> None:
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    InboxSync.objects.create(connection=connection, next_at=tomorrow)

    _since(signed_in)

    sync = InboxSync.objects.get()
    assert sync.watched_at is not None
    assert sync.next_at is not None
    assert sync.next_at < tomorrow


def test_posting_to_it_is_refused(signed_in: Client) -> None:
    assert signed_in.post(URL).status_code == 405


def test_refresh_asks_for_a_fresh_look_and_leads_back(signed_in: Client, connection: Connection) -> None:
    answer = signed_in.post(reverse("inbox:refresh"))

    assert answer["Location"] == reverse("inbox:list")
    assert InboxSync.objects.get(connection=connection).is_pending


def test_refreshing_another_persons_inbox_is_not_possible(
    client: Client, connection: Connection, stranger: User
) -> None:
    client.force_login(stranger)

    client.post(reverse("inbox:refresh"))

    assert not InboxSync.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_open_page_does_not_wait_for_a_listing_that_is_being_stored(
    signed_in: Client, connection: Connection
) -> None:
    InboxSync.objects.create(connection=connection, as_of=timezone.now())
    held, done = threading.Event(), threading.Event()

    def store() -> None:
        with transaction.atomic():
            InboxSync.objects.select_for_update().get(connection=connection)
            held.set()
            done.wait(20)
        database.close()

    storing = threading.Thread(target=store)
    storing.start()
    assert held.wait(10)
    try:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            assert "every 15s" in _since(signed_in)
    finally:
        done.set()
        storing.join()

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection
from inbox.models import StartedRequest, StartedSync
from inbox.models.decision import from_now
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.django_db

PAGE = "/inbox/requests"
HOSTILE = '"><script>alert(1)</script>'


def _synced(connection: Connection, **fields: Any) -> StartedSync:
    return StartedSync.objects.create(connection=connection, **{"as_of": timezone.now(), **fields})


def waiting(title: str = "Approval by Manager", *people: str, **more: Any) -> dict[str, Any]:
    """One step that waits, as the mirror keeps it."""
    usual = {"wid": "d" * 32, "since": "2026-11-03", "due_on": "", "is_anonymous": False, "is_mine": False}
    return {"title": title, "people": list(people), **usual, **more}


def make_request(connection: Connection, title: str = "Absence Request: Olive Owner", **fields: Any) -> StartedRequest:
    usual = {
        "wid": f"{StartedRequest.objects.count():032x}",
        "status": "In Progress",
        "started_on": timezone.localdate(),
        "waiting": [waiting("Approval by Manager", "Helena Brandt")],
        "waiting_words": "Approval by Manager Helena Brandt",
        "waiting_as_of": timezone.now(),
    }
    return StartedRequest.objects.create(connection=connection, title=title, **{**usual, **fields})


def _page(client: Client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_request_says_what_it_is_and_with_whom_since_when(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    make_request(connection)

    page = _page(signed_in)

    for words in ("Absence Request: Olive Owner", "In Progress", "Approval by Manager: with Helena Brandt since 3 Nov"):
        assert words in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"waiting": []}, "Workday names nobody with whom it is at the moment."),
        ({"waiting": [waiting("Approval")]}, "Approval: with somebody whom Workday does not name since 3 Nov 2026."),
        ({"waiting": [waiting("", "Ann")]}, "A step: with Ann since"),
        ({"waiting": [waiting("Approval", "A", "B")]}, "with A or B since"),
        ({"waiting": [waiting("Approval", "A", "B", "C", "D", "E")]}, "with A, B, C or 2 others since"),
        ({"waiting_as_of": None}, "Open it to see with whom it is."),
        ({"waiting_failure": "Workday does not let you see with whom this is."}, "does not let you see"),
        ({"status": ""}, "Workday does not say where this is"),
        ({"status": "In Bearbeitung"}, "In Bearbeitung"),
        ({"ended_on": timezone.now().date()}, "Workday does not say since when."),
        ({"ended_on": timezone.now().date(), "is_gone": True}, "No longer shown by Workday"),
        ({"waits_for_owner": True, "waiting": [waiting("Revise", is_mine=True)]}, "Revise: with you since"),
        ({"title": ""}, "A request without a title"),
    ],
)
def test_what_workday_leaves_out_is_said_and_never_made_up(
    signed_in: Client, connection: Connection, fields: dict[str, Any], words: str
) -> None:
    _synced(connection)
    make_request(connection, **{"title": "Absence Request", **fields})

    assert words in _page(signed_in)


def test_the_newest_comes_first_and_every_one_can_be_reached(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    today = timezone.localdate()
    for number in range(60):
        begun = None if number % 7 == 0 else today - datetime.timedelta(days=number // 2)
        make_request(connection, f"Request no. {number:02}", started_on=begun)

    seen: list[StartedRequest] = []
    after = ""
    for _ in range(3):
        answer = signed_in.get(PAGE, {"after": after})
        seen += answer.context["rows"]
        after = answer.context["more"]

    assert not after
    assert len({row.pk for row in seen}) == len(seen) == 60
    days = [row.started_on or datetime.date.min for row in seen]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("after", ["nonsense", "2026-13-45~x", "~", "2026-11-03~nope", "\0"])
def test_a_made_up_place_shows_the_first_page(signed_in: Client, connection: Connection, after: str) -> None:
    _synced(connection)
    make_request(connection, "Still here")

    assert "Still here" in _page(signed_in, after=after)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "open"}, {"One", "Two"}),
        ({"state": "you"}, {"Two"}),
        ({"state": "over"}, {"Three"}),
        ({"state": "made up"}, {"One", "Two", "Three"}),
        ({"q": "helena"}, {"One", "Two", "Three"}),
        ({"q": "amina hr"}, {"One"}),
        ({"q": "nobody"}, set()),
    ],
)
def test_requests_are_found_by_where_they_are_and_by_words(
    signed_in: Client, connection: Connection, query: dict[str, str], found: set[str]
) -> None:
    _synced(connection)
    make_request(connection, "One", waiting_words="Helena Brandt Approval by HR Amina Haddad")
    make_request(connection, "Two", waits_for_owner=True)
    make_request(connection, "Three", ended_on=timezone.now().date())

    assert {row.title for row in signed_in.get(PAGE, query).context["rows"]} == found


def test_an_empty_page_says_that_workday_lists_nothing(signed_in: Client, connection: Connection) -> None:
    _synced(connection)

    assert "Workday lists nothing that you started" in _page(signed_in)


@pytest.mark.parametrize(
    ("sync", "words"),
    [
        ({"as_of": None}, "Asking Acme for your requests"),
        ({"as_of": None, "failed_at": timezone.now(), "failure": "Workday did not answer."}, "did not answer."),
    ],
)
def test_what_is_not_known_yet_or_failed_is_never_an_empty_page(
    signed_in: Client, connection: Connection, sync: dict[str, Any], words: str
) -> None:
    _synced(connection, **sync)

    page = _page(signed_in)

    assert words in page
    assert "Workday lists nothing" not in page


def test_a_broken_connection_says_so_and_never_looks_empty(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    Connection.objects.update(state="needs_reconnect", state_reason="Workday no longer accepts this connection.")

    page = _page(signed_in)

    assert "Workday no longer accepts this connection." in page
    assert "Workday lists nothing" not in page


def test_without_any_connection_the_page_offers_to_connect(signed_in: Client) -> None:
    assert "Connect your Workday account" in _page(signed_in)


def test_somebody_who_looks_has_workday_asked_and_not_again_for_some_minutes(
    signed_in: Client, connection: Connection
) -> None:
    _page(signed_in)
    asked = StartedSync.objects.get().asked_at
    _page(signed_in)
    assert StartedSync.objects.get().asked_at == asked

    StartedSync.objects.update(as_of=from_now(1))
    _page(signed_in)
    assert StartedSync.objects.get().asked_at == asked

    StartedSync.objects.update(as_of=timezone.now() - datetime.timedelta(minutes=4), asked_at=from_now(-300))
    _page(signed_in)
    assert StartedSync.objects.get().is_pending


def test_after_a_failure_its_pause_is_kept_and_then_workday_is_asked_again(
    signed_in: Client, connection: Connection
) -> None:
    resting = {
        "as_of": None,
        "failed_at": timezone.now(),
        "failure": "Workday did not answer.",
        "next_at": from_now(60),
    }
    _synced(connection, **resting)
    _page(signed_in)
    assert StartedSync.objects.get().asked_at is None

    StartedSync.objects.update(next_at=from_now(-1))
    _page(signed_in)
    assert StartedSync.objects.get().asked_at is not None


def test_no_request_of_the_page_calls_workday(far: SandboxProcess, signed_in: Client, manager: Connection) -> None:
    request = make_request(manager)
    far.clear_ledger()

    _page(signed_in)
    signed_in.get(reverse("inbox:request", args=[request.pk]))

    assert far.ledger() == []


def test_a_poll_that_has_nothing_new_brings_nothing(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    poll = signed_in.get(PAGE).context["poll_address"]

    assert signed_in.get(poll, headers={"HX-Request": "true"}).status_code == 204
    StartedSync.objects.update(as_of=from_now(1))
    assert signed_in.get(poll, headers={"HX-Request": "true"}).status_code == 200


@pytest.mark.parametrize("person", ["colleague", "stranger", "administrator"])
def test_nobody_sees_another_persons_requests(
    client: Client, connection: Connection, person: str, request: pytest.FixtureRequest
) -> None:
    mine = make_request(connection, "Private matter")
    client.force_login(request.getfixturevalue(person))

    assert "Private matter" not in _page(client)
    assert client.get(reverse("inbox:request", args=[mine.pk])).status_code == 404


def test_an_administrator_does_not_get_the_isus_processes(
    client: Client, connection: Connection, administrator: User
) -> None:
    isu = Connection.objects.create(
        tenant=connection.tenant, kind=Connection.Kind.ISU, grant=Connection.Grant.REFRESH_TOKEN
    )
    theirs = make_request(isu, "Nightly run")
    client.force_login(administrator)

    assert "Nightly run" not in _page(client)
    assert client.get(reverse("inbox:request", args=[theirs.pk])).status_code == 404


def test_signed_out_both_pages_ask_to_sign_in(client: Client, connection: Connection) -> None:
    for address in (PAGE, reverse("inbox:request", args=[make_request(connection).pk])):
        assert client.get(address)["Location"].startswith(reverse("account_login"))


def test_workdays_words_cannot_become_markup(signed_in: Client, connection: Connection) -> None:
    _synced(connection)
    make_request(connection, HOSTILE, about=HOSTILE, status=HOSTILE, waiting=[waiting(HOSTILE, HOSTILE)])

    assert "<script>alert" not in _page(signed_in, q="script")


@pytest.mark.parametrize("requests", [1, 3, 25])
def test_the_number_of_queries_does_not_grow_with_the_requests(
    signed_in: Client,
    connection: Connection,
    requests: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _synced(connection)
    for _ in range(requests):
        make_request(connection)

    with django_assert_num_queries(7):
        _page(signed_in)

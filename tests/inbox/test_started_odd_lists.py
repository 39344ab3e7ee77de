"""Lists of events that the sandbox tenant never gives: of other people, of parts, and without days."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from connections.models import Connection, Tenant
from inbox.models import StartedRequest
from inbox.started.mirror import sync_started
from tests import far_side
from workday.answers import Reference
from workday.client import Workday
from workday.events import Event

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = datetime.datetime.now(datetime.UTC).date()
OTHER = Reference("0" * 32, "Somebody Else")
Listed = Callable[..., None]


@pytest.fixture
def newcomer(far_tenant: Tenant, owner: User) -> Connection:
    """Somebody who has started nothing, so that all that is listed comes from the test."""
    return far_side.connect(owner, far_tenant, "newcomer")


@pytest.fixture
def listed(newcomer: Connection, monkeypatch: pytest.MonkeyPatch) -> Listed:
    """Has Workday list these events, whoever is asked for, and looks at it."""

    def look(*events: Event) -> None:
        monkeypatch.setattr(Workday, "events", lambda *_, **__: list(events))
        sync_started(newcomer.pk)

    return look


def _event(me: Connection, number: int = 1, **fields: Any) -> Event:
    mine = Reference(me.worker_wid, me.worker_name)
    wid = f"{number:032x}"
    usual = {
        "id": wid,
        "title": f"Request {number}",
        "status": Reference("", "In Progress"),
        "initiator": mine,
        "about": mine,
        "overall": Reference(wid, ""),
        "started_on": TODAY,
        "completed_on": None,
        "effective_on": None,
        "due_on": None,
    }
    return Event(**{**usual, **fields})


def _titles() -> set[str]:
    return set(StartedRequest.objects.values_list("title", flat=True))


def test_what_others_began_about_me_is_theirs_and_what_nobody_is_named_for_is_mine(
    newcomer: Connection, listed: Listed
) -> None:
    nobody = Reference()
    listed(
        _event(newcomer, 1),
        _event(newcomer, 2, initiator=OTHER),
        _event(newcomer, 3, initiator=nobody),
    )

    assert _titles() == {"Request 1", "Request 3"}


def test_a_part_of_another_request_is_not_listed_beside_it(newcomer: Connection, listed: Listed) -> None:
    whole = _event(newcomer, 1)
    listed(whole, _event(newcomer, 2, overall=Reference(whole.id, "")), _event(newcomer, 3, overall=OTHER))

    assert _titles() == {"Request 1", "Request 3"}


def test_what_ended_without_a_day_ended_when_it_was_first_seen_to_be_over(newcomer: Connection, listed: Listed) -> None:
    long_ago = TODAY - datetime.timedelta(days=90)
    StartedRequest.objects.create(connection=newcomer, wid=f"{1:032x}", title="Request 1", started_on=long_ago)
    over = Reference("", "Terminated")

    listed(
        _event(newcomer, 1, started_on=long_ago, status=over),
        _event(newcomer, 2, started_on=long_ago, status=over),
    )

    assert list(StartedRequest.objects.values_list("title", "ended_on")) == [("Request 1", TODAY)]

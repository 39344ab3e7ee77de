"""The mail once a day: at the person's own hour, once for each of their days."""

from __future__ import annotations

import datetime

import pytest
from django.conf import LazySettings
from django.core import mail

from accounts.models import User
from connections.models import Connection
from inbox import notices
from inbox.models import InboxSync, InboxTask, Notice, NoticeChoice
from tests.inbox.telling import HOUR, MINUTE, How, arrives, looked_at, utc, wants

pytestmark = pytest.mark.django_db

# Eight o'clock in Vienna, where the owner is.
EIGHT = utc("2026-11-23T07:00")


@pytest.fixture(autouse=True)
def _mail(settings: LazySettings) -> None:
    """Mails are kept in memory; only a named host makes the product send any."""
    settings.EMAIL_HOST = "mail.example.test"


def _at(now: datetime.datetime) -> int:
    """A run at that time, with an inbox that was looked at just before."""
    InboxSync.objects.update(as_of=now - MINUTE)
    return notices.send_due(now)


def test_at_their_hour_a_person_is_told_of_all_that_waits(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY, next_at=EIGHT)
    arrives(connection, EIGHT - 300 * HOUR, process="Hire: Tom")
    arrives(connection, EIGHT - HOUR, process="Hire: Lee")
    assert _at(EIGHT - MINUTE) == 0
    assert _at(EIGHT) == 1
    [sent] = mail.outbox
    assert sent.subject == "Countersign: 2 tasks wait for you"
    assert "2  Hire" in sent.body


def test_it_comes_once_a_day_and_again_while_something_waits(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY)
    arrives(connection, EIGHT - HOUR)
    counts = [_at(EIGHT + hours * HOUR) for hours in range(48)]
    assert [hour for hour, sent in enumerate(counts) if sent] == [0, 24]


@pytest.mark.parametrize(
    ("first", "second"),
    [("2026-03-28T07:00", "2026-03-29T06:00"), ("2026-10-24T06:00", "2026-10-25T07:00")],
)
def test_it_comes_at_the_same_hour_when_the_clock_was_changed(
    connection: Connection, owner: User, first: str, second: str
) -> None:
    wants(owner, How.DAILY, chosen_at=utc("2026-01-01T00:00"))
    arrives(connection, utc(first) - HOUR)
    assert [_at(utc(first)), _at(utc(second) - MINUTE), _at(utc(second))] == [1, 0, 1]


@pytest.mark.parametrize("midnight", ["2026-03-28T23:00", "2026-10-24T22:00"])
def test_an_hour_that_is_skipped_or_comes_twice_brings_one_mail(
    connection: Connection, owner: User, midnight: str
) -> None:
    wants(owner, How.DAILY, daily_at=2, chosen_at=utc("2026-01-01T00:00"))
    arrives(connection, utc(midnight))
    assert sum(_at(utc(midnight) + minutes * MINUTE) for minutes in range(0, 8 * 60, 15)) == 1


def test_nothing_waiting_is_no_mail_that_day_even_if_something_comes_later(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY)
    looked_at(connection, EIGHT)
    assert _at(EIGHT) == 0
    arrives(connection, EIGHT + HOUR)
    assert _at(EIGHT + 2 * HOUR) == 0
    assert _at(EIGHT + 24 * HOUR) == 1


def test_it_is_sent_late_after_an_outage_but_not_at_any_hour(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY, next_at=EIGHT)
    arrives(connection, EIGHT - HOUR)
    assert _at(EIGHT + 5 * HOUR) == 1
    assert _at(EIGHT + 24 * HOUR + notices.LATE + MINUTE) == 0
    assert _at(EIGHT + 48 * HOUR) == 1


def test_what_nobody_has_looked_at_for_long_is_looked_at_before_it_is_told(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY)
    arrives(connection, EIGHT - 5 * HOUR)
    assert notices.send_due(EIGHT) == 0
    looked_at(connection, EIGHT + HOUR)
    assert notices.send_due(EIGHT + HOUR) == 1


def test_what_was_decided_or_closed_since_is_not_counted(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY)
    arrives(connection, EIGHT - HOUR)
    gone = arrives(connection, EIGHT - HOUR)
    InboxTask.objects.filter(pk=gone.pk).update(closed_at=EIGHT)
    _at(EIGHT)
    assert "1 task waits" in mail.outbox[0].subject


def test_quiet_hours_do_not_hold_back_what_somebody_wants_at_that_hour(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY, quiet_from=0, quiet_until=12)
    arrives(connection, EIGHT - HOUR)
    assert _at(EIGHT) == 1


def test_a_mail_server_that_was_down_at_that_hour_is_tried_again(
    connection: Connection, owner: User, settings: LazySettings
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.connections.refusing_mail.Backend"
    wants(owner, How.DAILY)
    arrives(connection, EIGHT - HOUR)
    assert _at(EIGHT) == 0
    assert not Notice.objects.exists()
    settings.EMAIL_BACKEND = working
    assert _at(EIGHT + notices.APART) == 1
    assert _at(EIGHT + HOUR) == 0


def test_an_hour_that_was_just_chosen_comes_next_day_if_it_is_over(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY, chosen_at=EIGHT + HOUR)
    arrives(connection, EIGHT)
    assert _at(EIGHT + 2 * HOUR) == 0
    assert _at(EIGHT + 24 * HOUR) == 1


def test_old_days_are_forgotten(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY)
    arrives(connection, EIGHT - HOUR)
    for day in range(12):
        _at(EIGHT + day * 24 * HOUR)
    assert Notice.objects.count() == notices.DAYS_KEPT.days + 1


def test_whom_nothing_is_due_for_is_not_looked_at_each_time(connection: Connection, owner: User) -> None:
    wants(owner, How.DAILY)
    arrives(connection, EIGHT - HOUR)
    _at(EIGHT)
    assert NoticeChoice.objects.get().next_at == EIGHT + 24 * HOUR

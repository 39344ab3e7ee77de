"""A person who wants mails, and a clock that a test can move."""

from __future__ import annotations

import datetime
from typing import Any

from accounts.models import User
from connections.models import Connection
from inbox.models import InboxSync, InboxTask, NoticeChoice
from tests.conftest import make_task

MINUTE = datetime.timedelta(minutes=1)
HOUR = 60 * MINUTE
How = NoticeChoice.How


def utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{text}+00:00")


# A Monday noon in Vienna.
NOON = utc("2026-11-23T11:00")


def wants(person: User, how: NoticeChoice.How = How.AT_ONCE, **fields: Any) -> NoticeChoice:
    usual = {"device_zone": "Europe/Vienna", "chosen_at": NOON - 30 * 24 * HOUR}
    return NoticeChoice.objects.create(user=person, how=how, **{**usual, **fields})


def looked_at(connection: Connection, as_of: datetime.datetime) -> None:
    InboxSync.objects.update_or_create(connection=connection, defaults={"as_of": as_of, "next_at": as_of})


def arrives(connection: Connection, at: datetime.datetime, **fields: Any) -> InboxTask:
    """A task that Workday shows from then on."""
    looked_at(connection, at)
    return make_task(connection, first_seen_at=at, **fields)

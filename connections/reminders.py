"""Telling people by mail that a connection needs them, before it is too late and once it is."""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.utils import timezone

from accounts.models import User
from audit.models import record
from connections import lifetime, mailing, standing
from connections.lifetime import DAY
from connections.models import Connection

# How long before the end of a connection its person is told.
BEFORE = (7 * DAY, 1 * DAY)
# What happened longer ago than this is told on the pages alone, for example where mails were set up only now.
NEWS_FOR = 7 * DAY
RUN_SECONDS = 45.0
AT_MOST = 200
# One mail may be refused for what is in it; after several the mail server is taken to be down.
REFUSED_AT_MOST = 3
_LIFE = ExpressionWrapper(F("tenant__refresh_token_days") * Value(DAY), output_field=DurationField())


@dataclass(frozen=True, slots=True)
class _Reminder:
    connection: Connection
    # What `reminded_at` was before, to be put back when nothing could be sent.
    before: datetime.datetime | None

    @property
    def people(self) -> list[User]:
        """The connection's own person; the ISU's is whoever administrates here."""
        return [self.connection.user] if self.connection.user else mailing.administrators()

    @property
    def is_too_late(self) -> bool:
        return self.connection.state == Connection.State.NEEDS_RECONNECT


def remind() -> int:
    """Send what is due; how many were sent. When the mail server is down the rest waits for the next run."""
    sent = refused = 0
    stop_at = time.monotonic() + RUN_SECONDS
    for reminder in _claimed():
        try:
            _send(reminder)
            sent += 1
        except mailing.NotMailed:
            _put_back(reminder)
            refused += 1
        if refused == REFUSED_AT_MOST or time.monotonic() > stop_at:
            break
    return sent


def _claimed() -> Iterator[_Reminder]:
    """Each that is due, noted as told before it is: two runs at once do not tell the same twice."""
    if not mailing.is_possible():
        return
    for pk in _candidates():
        with transaction.atomic():
            free = Connection.objects.select_related("tenant", "user").filter(pk=pk)
            connection = free.select_for_update(of=("self",), skip_locked=True).first()
            if connection is None or not _is_due(connection):
                continue
            before, connection.reminded_at = connection.reminded_at, timezone.now()
            connection.save(update_fields=["reminded_at"])
        yield _Reminder(connection, before)


def _candidates() -> list[uuid.UUID]:
    """Connections that may be due; a tenant in trouble has none, as its people could do nothing about it."""
    now = timezone.now()
    broken = Q(state=Connection.State.NEEDS_RECONNECT, state_since__gt=now - NEWS_FOR)
    aged = Q(refresh_token_at__gt=now - NEWS_FOR - _LIFE, refresh_token_at__lt=now + max(BEFORE) - _LIFE)
    ending = Q(state__in=Connection.USABLE) & aged
    found = Connection.objects.filter(Q(user=None) | Q(user__is_active=True), broken | ending, tenant__trouble="")
    return list(found.order_by(F("reminded_at").asc(nulls_first=True)).values_list("pk", flat=True)[:AT_MOST])


def _is_due(connection: Connection) -> bool:
    """Whether something happened that its person was not told of yet."""
    now = timezone.now()
    news = [moment for moment in _news(connection) if now - NEWS_FOR < moment <= now]
    return bool(news) and (connection.reminded_at is None or connection.reminded_at < max(news))


def _news(connection: Connection) -> list[datetime.datetime]:
    """The moments that are worth a mail."""
    if connection.state == Connection.State.NEEDS_RECONNECT:
        return [connection.state_since]
    end = lifetime.ends_at(connection)
    return [] if end is None else [end - before for before in BEFORE]


def _send(reminder: _Reminder) -> None:
    connection, tenant = reminder.connection, reminder.connection.tenant
    shown = standing.for_person(tenant, connection)
    subject = (
        f"reconnect Workday ({tenant})" if reminder.is_too_late else f"your connection to Workday ends soon ({tenant})"
    )
    mailing.send_to_all(
        reminder.people,
        subject,
        "reconnect.txt" if reminder.is_too_late else "ends_soon.txt",
        standing=shown,
        connection=connection,
        link=mailing.page_of(tenant) if connection.is_isu else mailing.link_to(tenant),
    )
    record("connection.reminded", tenant=connection.tenant_id, subject=connection.pk, state=connection.state)


def _put_back(reminder: _Reminder) -> None:
    """Nothing went out: the next run tries again, unless somebody else has told them meanwhile."""
    claimed = Connection.objects.filter(pk=reminder.connection.pk, reminded_at=reminder.connection.reminded_at)
    claimed.update(reminded_at=reminder.before)

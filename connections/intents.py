"""The note that a renewal is about to be tried, committed before Workday is asked.

Whoever finds the note of somebody who never told how it ended cannot know whether Workday has replaced the refresh
token. While that one can still be asking, or saving what it was given, the old token is left alone: a server that
rotates takes its second use for a theft and ends the whole grant (RFC 9700 section 4.14). After that it is tried once.
"""

from __future__ import annotations

import datetime

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from connections import failpoints
from connections.models import Connection

# The call takes 10 s at most, and where the database is away its answer is tried to be saved for another 10 s.
UNDER_WAY_SECONDS = 22.0


def write(connection: Connection) -> bool:
    """Commit the note; False when somebody else's is there."""
    unwritten = Connection.objects.filter(pk=connection.pk, refresh_intent_at=None)
    wrote = unwritten.update(refresh_intent_at=Now())
    failpoints.reach("refresh-intended")
    return bool(wrote)


def seconds_left(connection: Connection) -> float:
    """How long whoever wrote the note may still be at it, by the database's clock; 0 when that time is over."""
    noted = Connection.objects.filter(pk=connection.pk, refresh_intent_at__isnull=False)
    age = noted.annotate(age=Now() - F("refresh_intent_at")).values_list("age", flat=True).first()
    return 0.0 if age is None else max(0.0, UNDER_WAY_SECONDS - age.total_seconds())


def withdraw(locked: Connection) -> None:
    """Nothing was asked of Workday, or nothing was changed by it: there is nothing to explain later."""
    if locked.refresh_intent_at is not None:
        locked.refresh_intent_at = None
        locked.save(update_fields=["refresh_intent_at"])


def leave(locked: Connection) -> None:
    """Nobody is at it any more, and whether Workday has replaced the token is not known."""
    locked.refresh_intent_at = timezone.now() - datetime.timedelta(seconds=UNDER_WAY_SECONDS)
    locked.save(update_fields=["refresh_intent_at"])

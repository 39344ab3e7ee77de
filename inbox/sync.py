"""Bringing a connection's mirror up to what Workday shows: all pages first, then one transaction."""

from __future__ import annotations

import datetime
import hashlib
import random
import uuid
from contextlib import closing

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from connections import failpoints
from connections.clients import new_session, workday_for
from connections.models import Connection
from connections.tokens import NeedsReconnect, TokenError, bearer, look_again
from inbox import facts
from inbox.models import Decision, InboxSync, InboxTask
from inbox.models.decision import from_now
from inbox.models.look import idle
from inbox.outcomes import backoff, code_of
from inbox.states import State
from workday.answers import InboxTask as Shown
from workday.client import Workday
from workday.errors import Answered, WorkdayError

# Open inboxes are looked at every minute, closed ones every half hour: a sixth of the calls of polling them all.
OPEN_SECONDS = 60.0
CLOSED_SECONDS = 1800.0
WATCHED_FOR = datetime.timedelta(seconds=90)
# Workday serves lists from a result set that it may keep for up to two hours (REST paging, section 6.2).
LIST_CACHE = datetime.timedelta(hours=2)
MIRRORED = (*facts.COLUMNS, "closed_at")


def ask(connection: Connection) -> None:
    """Note that a fresh look is wanted; the caller hints the worker."""
    InboxSync.objects.get_or_create(connection=connection)
    InboxSync.objects.filter(connection=connection).update(asked_at=Now(), watched_at=Now(), next_at=Now())


def start_afresh(connection: Connection) -> None:
    """Close what the mirror shows of a worker that this connection no longer acts as."""
    with transaction.atomic():
        InboxTask.objects.filter(connection=connection, closed_at=None).update(closed_at=Now())
        InboxSync.objects.filter(connection=connection).update(as_of=None, failed_at=None, failure="", digest="")


def note_watched(connections: list[Connection]) -> None:
    """Note that somebody has these inboxes open; those that would sleep for long are looked at sooner.

    A page never waits for a listing that is just being stored: that one is as good as having been asked for.
    """
    open_again = from_now(OPEN_SECONDS)
    mine = InboxSync.objects.filter(connection__in=connections)
    with transaction.atomic(savepoint=False):
        idle = mine.select_for_update(skip_locked=True).values("pk")
        InboxSync.objects.filter(pk__in=idle).update(
            watched_at=Now(), next_at=Case(When(next_at__gt=open_again, then=open_again), default=F("next_at"))
        )


def due_inboxes() -> list[uuid.UUID]:
    """The usable connections whose inboxes should be looked at now."""
    usable = InboxSync.objects.filter(connection__in=Connection.objects.usable(), next_at__lte=Now())
    return list(usable.order_by("next_at").values_list("connection_id", flat=True)[:500])


def sync_inbox(connection_id: uuid.UUID) -> bool:
    """Look at Workday and store what it shows; True when another look was asked for meanwhile."""
    connection = Connection.objects.usable().select_related("tenant").filter(pk=connection_id).first()
    if connection is None or not _begin(connection):
        return False
    begun = InboxSync.objects.values_list("started_at", flat=True).get(pk=connection_id)
    try:
        shown = _listing(connection)
    except (WorkdayError, TokenError) as failure:
        _note_failure(connection, failure)
        return False
    failpoints.reach("sync-before-store")
    _store(connection, shown, begun or timezone.now())
    failpoints.reach("sync-stored")
    return InboxSync.objects.filter(pk=connection_id, asked_at__gt=F("as_of")).exists()


def _begin(connection: Connection) -> bool:
    """Become the one listing of this inbox under way; False when there is one already."""
    InboxSync.objects.get_or_create(connection=connection)
    return bool(InboxSync.objects.filter(idle(), connection=connection).update(started_at=Now()))


def _listing(connection: Connection) -> dict[str, Shown]:
    with closing(new_session()) as session:
        token = bearer(connection)
        try:
            return _all_pages(connection, workday_for(connection, token, session))
        except Answered as error:
            if error.status != 401:
                raise
            token = bearer(connection, rejected=token)
            return _all_pages(connection, workday_for(connection, token, session))


def _all_pages(connection: Connection, workday: Workday) -> dict[str, Shown]:
    shown: dict[str, Shown] = {}
    for page in workday.inbox():
        shown |= {task.id: task for task in page}
        look_again(connection)
    return shown


def _note_failure(connection: Connection, failure: WorkdayError | TokenError) -> None:
    sync = InboxSync.objects.get(connection=connection)
    wait = getattr(failure, "retry_after", None) or backoff(sync.failures, first=10.0)
    InboxSync.objects.filter(connection=connection).update(
        failed_at=Now(),
        failure=_failure_words(failure),
        failures=F("failures") + 1,
        next_at=from_now(wait * random.uniform(1.0, 1.25)),  # noqa: S311  # spreads load, keeps no secret
    )


def _failure_words(failure: WorkdayError | TokenError) -> str:
    if isinstance(failure, NeedsReconnect):
        return failure.reason
    if isinstance(failure, TokenError):
        return "Workday did not renew this connection's access just now."
    if isinstance(failure, Answered) and failure.status == 403:
        return f"Workday does not let this connection read the inbox ({code_of(failure)})."
    if isinstance(failure, Answered) and failure.status == 429:
        return "Workday is busy and asked us to slow down."
    return "Workday did not answer."


def _store(connection: Connection, shown: dict[str, Shown], begun: datetime.datetime) -> None:
    digest = _digest(shown)
    with transaction.atomic():
        sync = InboxSync.objects.select_for_update().get(connection=connection)
        if sync.digest != digest or sync.as_of is None or begun - sync.as_of > LIST_CACHE:
            _mirror(connection, shown, begun)
        watched = sync.watched_at is not None and sync.watched_at > timezone.now() - WATCHED_FOR
        InboxSync.objects.filter(connection=connection).update(
            as_of=begun,
            failure="",
            failures=0,
            digest=digest,
            next_at=from_now(OPEN_SECONDS if watched else CLOSED_SECONDS),
        )


def _digest(shown: dict[str, Shown]) -> str:
    return hashlib.sha256(repr(sorted(shown.items())).encode()).hexdigest()


def _mirror(connection: Connection, shown: dict[str, Shown], begun: datetime.datetime) -> None:
    """Upsert what Workday shows and close what it no longer shows.

    A list may be older than a confirmed decision, so a task that was decided here is not opened again by it.
    """
    settled = set(
        Decision.objects.filter(connection=connection)
        .filter(Q(state=State.APPLIED) | Q(state=State.ALREADY_DECIDED, settled_at__gt=begun - LIST_CACHE))
        .values_list("task_wid", flat=True)
    )
    fresh = [_row(connection, task) for task in shown.values() if task.id not in settled]
    InboxTask.objects.bulk_create(
        fresh,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["connection", "wid"],
        update_fields=MIRRORED,
    )
    gone = InboxTask.objects.filter(connection=connection, closed_at=None).exclude(wid__in=list(shown))
    gone.update(closed_at=Coalesce(F("closed_at"), Now()))


def _row(connection: Connection, task: Shown) -> InboxTask:
    return InboxTask(connection=connection, wid=task.id, **facts.mirrored(task))

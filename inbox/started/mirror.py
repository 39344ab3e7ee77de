"""Bringing the mirror of what a person started in Workday up to date: a listing is whole, or it has failed."""

from __future__ import annotations

import datetime
import time
import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from connections.models import Connection
from connections.tokens import TokenError, look_again
from inbox.models import StartedRequest, StartedSync
from inbox.models.decision import from_now
from inbox.models.look import idle
from inbox.outcomes import backoff
from inbox.reading import read
from inbox.started import words
from inbox.started.steps import Json, Told, done_of, say_who_sent_it_back, waiting_columns, waiting_of
from workday.client import Workday
from workday.errors import Answered, NotSent, WorkdayError
from workday.events import Event

# What was begun longer ago is looked for in Workday itself; the page says so.
LOOKED_BACK = datetime.timedelta(days=365)
KEPT_AFTER_END = datetime.timedelta(days=30)
# Workday has no call for the steps of many events, so the newest are asked for, one by one, and within a time.
STEPS_OF_AT_MOST = 60
STEPS_SECONDS = 25.0
IN_PROGRESS = "e2d08afc53614c37b32b31270bb8bee3"
# Words of English tenants, for an event that is over although Workday names no day on which it ended.
ENDED = frozenset(
    {"successfully completed", "denied", "terminated", "canceled", "cancelled", "rescinded", "manually advanced"}
)
EVENT_COLUMNS = (
    "title",
    "about",
    "status",
    "started_on",
    "completed_on",
    "effective_on",
    "due_on",
    "ended_on",
    "is_gone",
)


@dataclass(slots=True)
class Shown:
    """What Workday shows: every event, and the waiting steps of those that were asked for, by the event's id."""

    events: dict[str, Event]
    steps: dict[str, Json] = field(default_factory=dict)


def ask(connection: Connection) -> None:
    """Note that a fresh look is wanted; the caller hints the worker."""
    StartedSync.objects.get_or_create(connection=connection)
    StartedSync.objects.filter(connection=connection).update(asked_at=Now(), next_at=Now())


def forget(connection: Connection) -> None:
    """Erase the mirror: it is of a worker that this connection does not act as, or must not read for, any more."""
    with transaction.atomic():
        StartedSync.objects.filter(connection=connection).delete()
        StartedRequest.objects.filter(connection=connection).delete()


def due() -> list[uuid.UUID]:
    """The connections for which a look was asked that has not been taken up."""
    pending = (Q(as_of=None) | Q(asked_at__gt=F("as_of"))) & (Q(failed_at=None) | Q(asked_at__gt=F("failed_at")))
    wanted = StartedSync.objects.filter(pending, connection__in=Connection.objects.usable(), next_at__lte=Now())
    return list(wanted.order_by("next_at").values_list("connection_id", flat=True)[:500])


def sync_started(connection_id: uuid.UUID) -> None:
    """Look at Workday and store what it shows of this person's requests."""
    people = Connection.objects.usable().filter(kind=Connection.Kind.PERSON)
    connection = people.select_related("tenant").filter(pk=connection_id).first()
    if connection is None or not _begin(connection):
        return
    begun = StartedSync.objects.values_list("started_at", flat=True).get(pk=connection_id)
    worker = connection.worker_wid
    try:
        shown = read(connection, lambda workday: _look(workday, connection))
    except (WorkdayError, TokenError) as failure:
        _note_failure(connection, failure)
        return
    _store(connection, worker, shown, begun or timezone.now())


def _begin(connection: Connection) -> bool:
    StartedSync.objects.get_or_create(connection=connection)
    return bool(StartedSync.objects.filter(idle(), connection=connection).update(started_at=Now()))


def _look(workday: Workday, connection: Connection) -> Shown:
    """Every event, then the steps of those under way. Raises WorkdayError and TokenError."""
    shown = Shown(_events(workday, connection.worker_wid))
    until = time.monotonic() + STEPS_SECONDS
    under_way = [event for event in shown.events.values() if not is_over(event)]
    for event in under_way[:STEPS_OF_AT_MOST]:
        look_again(connection)
        if time.monotonic() > until or not _add_steps(workday, event.id, connection.worker_wid, shown):
            break
    return shown


def _events(workday: Workday, me: str) -> dict[str, Event]:
    """What this worker began, and what is about them where Workday does not say who began it.

    Both are asked for because older versions of the service list nothing without a `worker`.
    """
    if not me:
        raise NotSent("This connection does not know its worker.")
    since = timezone.now().date() - LOOKED_BACK
    begun = [e for e in workday.events(initiated_since=since, initiator=me) if e.initiator.id in ("", me)]
    about = [e for e in workday.events(initiated_since=since, worker=me) if _is_mine(e, me)]
    found = {event.id: event for event in (*begun, *about)}
    return {event.id: event for event in found.values() if not _is_part_of_another(event, found)}


def _is_mine(event: Event, me: str) -> bool:
    return event.initiator.id == me or (not event.initiator and event.about.id == me)


def _is_part_of_another(event: Event, found: dict[str, Event]) -> bool:
    return event.overall.id != event.id and event.overall.id in found


def _add_steps(workday: Workday, event: str, me: str, shown: Shown) -> bool:
    """Ask for the waiting steps of one event; False when Workday should not be asked for more now."""
    told = Told()
    try:
        told.ask("waiting", lambda: waiting_of(workday, event, me))
        if any(step["is_mine"] for step in told.parts["waiting"]):
            # What waits for the one who began it was mostly sent back, and they want to know by whom.
            told.ask("done", lambda: done_of(workday, event))
            say_who_sent_it_back(told)
    except Answered as refusal:
        if refusal.status == 401:
            raise
        return False
    except WorkdayError:
        return False
    shown.steps[event] = waiting_columns(told.parts["waiting"], "waiting" in told.untold)
    return True


def is_over(event: Event) -> bool:
    if event.completed_on is not None:
        return True
    return event.status.id != IN_PROGRESS and event.status.descriptor.lower() in ENDED


def _note_failure(connection: Connection, failure: WorkdayError | TokenError) -> None:
    sync = StartedSync.objects.get(connection=connection)
    wait = getattr(failure, "retry_after", None) or backoff(sync.failures, first=10.0)
    StartedSync.objects.filter(connection=connection).update(
        failed_at=Now(), failure=words.failure(failure), failures=F("failures") + 1, next_at=from_now(wait)
    )


def _store(connection: Connection, worker: str, shown: Shown, begun: datetime.datetime) -> None:
    with transaction.atomic():
        StartedSync.objects.select_for_update().filter(connection=connection).first()
        # A reconnect as somebody else may have come between the look and here.
        if not Connection.objects.usable().filter(pk=connection.pk, worker_wid=worker).exists():
            return
        _mirror(connection, shown, begun.date())
        StartedSync.objects.filter(connection=connection).update(as_of=begun, failure="", failures=0)


def _mirror(connection: Connection, shown: Shown, today: datetime.date) -> None:
    """Upsert what Workday shows; what it shows no longer is over, and what is out of sight for good is forgotten."""
    known = {row.wid: row for row in StartedRequest.objects.filter(connection=connection)}
    rows = [_row(connection, event, known.get(event.id), today) for event in shown.events.values()]
    kept = [row for row in rows if row.ended_on is None or row.ended_on >= today - KEPT_AFTER_END]
    StartedRequest.objects.bulk_create(
        kept, batch_size=500, update_conflicts=True, unique_fields=["connection", "wid"], update_fields=EVENT_COLUMNS
    )
    for wid, columns in shown.steps.items():
        StartedRequest.objects.filter(connection=connection, wid=wid).update(**columns)
    mine = StartedRequest.objects.filter(connection=connection)
    mine.exclude(wid__in=list(shown.events)).filter(ended_on=None).update(is_gone=True, ended_on=today)
    mine.exclude(ended_on=None).update(waiting=[], waiting_words="", waits_for_owner=False, waiting_failure="")
    mine.filter(Q(ended_on__lt=today - KEPT_AFTER_END) | Q(started_on__lt=today - LOOKED_BACK)).delete()


def _row(connection: Connection, event: Event, known: StartedRequest | None, today: datetime.date) -> StartedRequest:
    return StartedRequest(
        connection=connection,
        wid=event.id,
        title=event.title,
        about=event.about.descriptor,
        status=event.status.descriptor[:200],
        started_on=event.started_on,
        completed_on=event.completed_on,
        effective_on=event.effective_on,
        due_on=event.due_on,
        ended_on=_ended_on(event, known, today),
        is_gone=False,
    )


def _ended_on(event: Event, known: StartedRequest | None, today: datetime.date) -> datetime.date | None:
    if not is_over(event):
        return None
    if event.completed_on is not None:
        return event.completed_on
    if known is not None:
        return known.ended_on or today
    return event.started_on or today

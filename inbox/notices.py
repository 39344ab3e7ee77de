"""Mails about tasks that wait: who is to be told of what now, each thing once. Nothing can be decided from a mail.

What a mail will tell is noted and committed before it leaves, so that no two runs tell the same, and taken back where
the mail server did not take it. A crash in between loses that mail; the inbox still shows everything.
"""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from audit.models import record
from connections import mailing
from connections.models import Connection
from connections.models.connection import ConnectionQuerySet
from inbox import hours, notice_text
from inbox.models import Decision, InboxTask, Notice, NoticeChoice
from inbox.models.task import InboxTaskQuerySet
from inbox.states import State

RUN_SECONDS = 45.0
AT_MOST = 200
# One mail may be refused for what is in it; after several the mail server is taken to be down.
REFUSED_AT_MOST = 3
# Between two mails to one person, and before the next try.
APART = datetime.timedelta(minutes=5)
# A daily mail that could not go out for this long is left out; the next day's tells the same.
LATE = datetime.timedelta(hours=6)
# What nobody has looked at for longer than this may be gone from Workday by now.
KNOWN_FOR = datetime.timedelta(hours=2)
DAYS_KEPT = datetime.timedelta(days=7)
UNDECIDED = (State.REFUSED, State.CHANGED, State.CANCELLED)


@dataclass(slots=True)
class _Letter:
    """What one person is told; `noted` is taken back when it could not leave."""

    choice: NoticeChoice
    tasks: list[InboxTask] = field(default_factory=list)
    noted: list[Notice] = field(default_factory=list)


def send_due(now: datetime.datetime | None = None) -> int:
    """Send what is due; how many mails left. When the mail server is down the rest waits for another run."""
    sent = refused = 0
    stop_at = time.monotonic() + RUN_SECONDS
    now = now or timezone.now()
    for letter in _claimed(now):
        try:
            _send(letter)
            sent += 1
        except mailing.NotMailed:
            _take_back(letter, now)
            refused += 1
        if refused == REFUSED_AT_MOST or time.monotonic() > stop_at:
            break
    return sent


def zone_name(choice: NoticeChoice) -> str:
    """The zone whose hours count for this person."""
    return choice.user.time_zone or choice.device_zone or "UTC"


def _claimed(now: datetime.datetime) -> Iterator[_Letter]:
    if not mailing.is_possible():
        return
    for pk in _candidates(now):
        with transaction.atomic():
            due = NoticeChoice.objects.select_related("user").filter(_is_time(now), pk=pk)
            choice = due.select_for_update(of=("self",), skip_locked=True).first()
            if choice is None:
                continue
            letter = _daily(choice, now) if choice.how == NoticeChoice.How.DAILY else _at_once(choice, now)
            choice.save(update_fields=["next_at"])
        if letter.tasks:
            yield letter


def _candidates(now: datetime.datetime) -> list[uuid.UUID]:
    news = Exists(_untold(OuterRef("user"), OuterRef("chosen_at")))
    wanted = Q(how=NoticeChoice.How.DAILY) | Q(news, how=NoticeChoice.How.AT_ONCE)
    found = NoticeChoice.objects.filter(wanted, _is_time(now), user__is_active=True)
    return list(found.order_by(F("next_at").asc(nulls_first=True)).values_list("pk", flat=True)[:AT_MOST])


def _is_time(now: datetime.datetime) -> Q:
    return Q(next_at=None) | Q(next_at__lte=now)


def _at_once(choice: NoticeChoice, now: datetime.datetime) -> _Letter:
    """What arrived and was not told yet. What needs no mail counts as told, so that nobody looks at it again."""
    place = hours.zone(zone_name(choice))
    if hours.is_quiet(choice.quiet_from, choice.quiet_until, place, now):
        choice.next_at = hours.upcoming(choice.quiet_until, place, now)
        return _Letter(choice)
    choice.next_at = now + APART
    fresh = _untold(choice.user, choice.chosen_at).filter(connection__in=_known(choice.user, now))
    untold = list(fresh.values_list("pk", flat=True))
    noted = Notice.objects.bulk_create([Notice(user=choice.user, task_id=pk) for pk in untold], batch_size=500)
    return _Letter(choice, list(_waiting(choice, now).filter(pk__in=untold)), noted)


def _daily(choice: NoticeChoice, now: datetime.datetime) -> _Letter:
    """Everything that waits, once for each day of the person's own calendar."""
    place = hours.zone(zone_name(choice))
    day, moment = hours.latest(choice.daily_at, place, now)
    choice.next_at = hours.upcoming(choice.daily_at, place, now)
    days = Notice.objects.filter(user=choice.user, task=None)
    if moment < choice.chosen_at or now - moment > LATE or days.filter(day__gte=day).exists():
        return _Letter(choice)
    if not _known(choice.user, now).exists():
        choice.next_at = min(choice.next_at, now + APART)
        return _Letter(choice)
    days.filter(day__lt=day - DAYS_KEPT).delete()
    noted = Notice.objects.create(user=choice.user, day=day)
    return _Letter(choice, list(_waiting(choice, now)), [noted])


def _untold(user: User | OuterRef, since: datetime.datetime | OuterRef) -> InboxTaskQuerySet:
    told = Notice.objects.filter(user=OuterRef("connection__user"), task=OuterRef("pk"))
    mine = InboxTask.objects.open().filter(connection__user=user, connection__state__in=Connection.USABLE)
    return mine.filter(~Exists(told), first_seen_at__gt=since)


def _waiting(choice: NoticeChoice, now: datetime.datetime) -> InboxTaskQuerySet:
    """What waits for this person and is worth a mail: not decided here, and of no kind they switched off."""
    decided = Decision.objects.filter(task=OuterRef("pk")).exclude(state__in=UNDECIDED)
    mine = InboxTask.objects.open().filter(~Exists(decided), connection__in=_known(choice.user, now))
    return mine.exclude(kind__in=choice.kinds_off).order_by("kind", "assigned_at", "pk")


def _known(user: User, now: datetime.datetime) -> ConnectionQuerySet:
    """This person's own connections whose inbox was looked at lately; the ISU's is nobody's own."""
    mine = Connection.objects.usable().filter(kind=Connection.Kind.PERSON, user=user)
    return mine.filter(inbox_sync__as_of__gt=now - KNOWN_FOR)


def _send(letter: _Letter) -> None:
    person = letter.choice.user
    is_news = letter.choice.how == NoticeChoice.How.AT_ONCE
    mailing.send(
        person,
        notice_text.subject(len(letter.tasks), is_news=is_news),
        "tasks.txt",
        headers=notice_text.headers(),
        **notice_text.content(letter.tasks, is_news=is_news, with_titles=letter.choice.with_titles),
    )
    record("notice.sent", subject=person.pk, how=letter.choice.how, tasks=len(letter.tasks))


def _take_back(letter: _Letter, now: datetime.datetime) -> None:
    """Nothing went out: it counts as not told, and is tried again in a while."""
    Notice.objects.filter(pk__in=[notice.pk for notice in letter.noted]).delete()
    NoticeChoice.objects.filter(pk=letter.choice.pk).update(next_at=now + APART)

"""A task's detail is fetched when a person opens the task: the page notes the wish, the worker asks Workday."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from connections.models import Connection
from connections.tokens import NeedsReconnect, TokenError
from inbox.detail.gathering import Gathered, gather
from inbox.models import InboxTask, Lane, TaskDetail
from inbox.models.decision import from_now
from inbox.outcomes import code_of
from inbox.reading import read
from workday.errors import Answered, WorkdayError

# A task that nobody opened for so long is fetched anew when somebody does; until then its words can be searched.
KEPT_SECONDS = datetime.timedelta(days=7).total_seconds()
BUSY = "Workday is busy and asked us to slow down."


def can_be_had(task: InboxTask) -> bool:
    """Whether asking Workday makes sense: the task is open, and the connection works."""
    return task.closed_at is None and task.connection.is_usable


def ask(task: InboxTask) -> TaskDetail:
    """Note that somebody wants to see the detail; the caller hints the worker. What was told before stays."""
    TaskDetail.objects.update_or_create(task=task, defaults={"asked_at": Now(), "told_at": None})
    return TaskDetail.objects.get(task=task)


def fetch(task_id: uuid.UUID) -> None:
    """Ask Workday for all that is told of the task and keep it, or why it could not be had."""
    task = InboxTask.objects.select_related("connection__tenant").filter(pk=task_id).open().first()
    wanted = TaskDetail.objects.filter(task=task_id, told_at=None)
    if task is None or not task.connection.is_usable or not wanted.exists():
        return
    if Lane.objects.filter(tenant=task.connection.tenant_id, paused_until__gt=Now()).exists():
        wanted.update(told_at=Now(), failure=BUSY)
        return
    begun = timezone.now()
    try:
        gathered = read(task.connection, lambda workday: gather(workday, task))
    except (WorkdayError, TokenError) as failure:
        wanted.update(told_at=Now(), failure=_words(failure))
    else:
        content = gathered.content
        wanted.update(
            told_at=Now(), as_of=begun, content=content.stored(), text=content.words, failure=_missing(gathered)
        )


def erase_unneeded() -> int:
    """Erase what nobody decides on any more: of closed tasks, ended connections, and what was not opened for days."""
    ended = Q(task__connection__state__in=(Connection.State.DISCONNECTED, Connection.State.DISABLED))
    unneeded = Q(task__closed_at__isnull=False) | ended | Q(asked_at__lt=from_now(-KEPT_SECONDS))
    erased, _ = TaskDetail.objects.filter(unneeded).delete()
    return erased


def _missing(gathered: Gathered) -> str:
    missing = ", ".join(gathered.unanswered)
    return f"Workday did not answer when asked for: {missing}." if missing else ""


def _words(failure: WorkdayError | TokenError) -> str:
    match failure:
        case NeedsReconnect():
            return failure.reason
        case TokenError():
            return "Workday did not renew this connection's access just now."
        case Answered(status=429):
            return BUSY
        case Answered(status=403):
            return f"Workday does not let this connection read more about this task ({code_of(failure)})."
        case Answered(status=404):
            return "Workday does not show this task to you any more."
        case _:
            return "Workday did not answer."

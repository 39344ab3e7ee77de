"""Sending a task back: Workday says where to, in its own time, and the page waits for it, never in a request."""

from __future__ import annotations

import uuid

from django.db.models.functions import Now

from connections.clients import new_session, workday_for
from connections.models import Tenant
from connections.tokens import TokenError, bearer
from inbox.models import InboxTask, SendBackTargets
from inbox.outcomes import code_of, refusal_words
from workday.errors import Answered, WorkdayError


def is_possible(task: InboxTask) -> bool:
    """Whether this tenant's way of deciding knows sending back at all; the classic service does not."""
    return task.connection.tenant.decide_by == Tenant.DecideBy.BUSINESS_PROCESS


def ask(task: InboxTask) -> SendBackTargets:
    """Note that somebody wants to know the targets; the caller hints the worker."""
    asked = {"asked_at": Now(), "told_at": None, "failure": ""}
    SendBackTargets.objects.update_or_create(task=task, defaults=asked)
    return SendBackTargets.objects.get(task=task)


def fetch(task_id: uuid.UUID) -> None:
    """Ask Workday for the targets and keep them, or the reason why they could not be had."""
    task = InboxTask.objects.select_related("connection__tenant").filter(pk=task_id).first()
    if task is None:
        return
    wanted = SendBackTargets.objects.filter(task=task, told_at=None)
    try:
        with new_session() as session:
            workday = workday_for(task.connection, bearer(task.connection), session)
            found = [(target.id, target.descriptor) for target in workday.send_back_targets(task.wid)]
    except (WorkdayError, TokenError) as failure:
        wanted.update(told_at=Now(), targets=[], failure=_words(failure))
    else:
        wanted.update(told_at=Now(), targets=found, failure="")


def _words(failure: WorkdayError | TokenError) -> str:
    if isinstance(failure, TokenError):
        return failure.reason
    if isinstance(failure, Answered) and failure.status in (400, 403, 404):
        return refusal_words(code_of(failure))
    return "Workday did not answer."

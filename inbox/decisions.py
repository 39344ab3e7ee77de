"""Taking a person's decision: the row and its audit event in one transaction, then a hint."""

from __future__ import annotations

import functools
import hmac
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import record
from connections import failpoints
from connections.models import Connection
from inbox import facts
from inbox.kinds import why_not
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import Action
from inbox.tasks import wake_tenant


class NotDecidable(Exception):
    """This task cannot be decided here; the text says why, in words for the person."""


class NotWhatWasSeen(Exception):
    """The task has changed between the page and the click; the person should look at it as it is now."""


class AlreadyUnderWay(Exception):
    """There is a live decision on this task already, from another click, tab or person."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for, from a form that showed the task as `seen` tells (`facts.fingerprint`)."""

    action: Action
    comment: str
    nonce: uuid.UUID
    seen: str
    send_back_to: str = ""


def decide(user: User, task: InboxTask, wish: Wish) -> Decision:
    """Accept one decision. The same form sent twice gives the same decision.

    Raises `NotDecidable`, `NotWhatWasSeen` and `AlreadyUnderWay`; then nothing was accepted.
    """
    earlier = Decision.objects.of(user).filter(nonce=wish.nonce, task=task).first()
    if earlier is not None:
        return earlier
    reason = _reason_against(task)
    if reason:
        raise NotDecidable(reason)
    if not hmac.compare_digest(wish.seen, facts.fingerprint(task)):
        raise NotWhatWasSeen("This task has changed since it was shown to you. Nothing was sent; look at it again.")
    try:
        with transaction.atomic():
            decision = _place(user, task, wish)
            failpoints.reach("decide-before-commit")
            transaction.on_commit(functools.partial(failpoints.reach, "decide-committed"))
            transaction.on_commit(functools.partial(wake_tenant, decision.tenant_id))
    except IntegrityError:
        return _first_of(user, task, wish.nonce)
    failpoints.reach("decide-hinted")
    return decision


def _reason_against(task: InboxTask) -> str:
    if task.closed_at is not None:
        return "This task no longer waits for you in Workday."
    if task.connection.state == Connection.State.DISABLED:
        return "An administrator has disabled this connection. Nothing was sent."
    return why_not(task)


def _place(user: User, task: InboxTask, wish: Wish) -> Decision:
    connection = task.connection
    decision = Decision.objects.create(
        tenant_id=connection.tenant_id,
        connection=connection,
        user=user,
        task=task,
        task_wid=task.wid,
        worker_wid=connection.worker_wid,
        action=wish.action,
        comment=wish.comment or settings.DEFAULT_APPROVE_COMMENT,
        send_back_to=wish.send_back_to,
        shown=facts.of_task(task),
        nonce=wish.nonce,
        not_before=from_now(settings.UNDO_SECONDS),
        next_at=from_now(settings.UNDO_SECONDS),
    )
    record("decision.queued", actor=user.pk, tenant=connection.tenant_id, subject=decision.pk, action=wish.action)
    return decision


def _first_of(user: User, task: InboxTask, nonce: uuid.UUID) -> Decision:
    """What the database already had when it refused ours: this very form's row, or somebody's live decision."""
    same = Decision.objects.of(user).filter(nonce=nonce, task=task).first()
    if same is None:
        raise AlreadyUnderWay("A decision on this task is already under way.")
    return same

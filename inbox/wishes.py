"""What a person wants done with a task: what may be held against it, and the decision it becomes."""

from __future__ import annotations

import functools
import hmac
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from accounts.models import User
from audit.models import Event
from connections import failpoints
from connections.models import Connection
from inbox import facts
from inbox.kinds import why_not, why_not_done
from inbox.models import Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import Action

UNDER_WAY = "A decision on this task is already under way."


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


def hold_against(task: InboxTask, seen: str, action: Action = Action.APPROVE) -> None:
    """Raise `NotDecidable` or `NotWhatWasSeen` where a wish about this task, shown as `seen` tells, cannot be taken."""
    reason = _reason_against(task, action)
    if reason:
        raise NotDecidable(reason)
    if not hmac.compare_digest(seen, facts.fingerprint(task)):
        raise NotWhatWasSeen("This task has changed since it was shown to you. Nothing was sent; look at it again.")


def place(user: User, task: InboxTask, wish: Wish) -> Decision:
    """Accept one wish that nothing is held against, with its audit event; raises IntegrityError where one is live."""
    decision = _row(user, task, wish)
    decision.save(force_insert=True)
    _queued(decision).save()
    return decision


def place_all(user: User, wishes: list[tuple[InboxTask, Wish]]) -> dict[uuid.UUID, uuid.UUID]:
    """Accept many wishes that nothing is held against, in a fixed number of queries; decisions by their nonces.

    Those that are missing in the answer lost to a decision that is under way. Call it inside a transaction, and hint
    the tenants after its commit.
    """
    # In one order for everybody: two people's batches about shared tasks would otherwise wait for each other.
    ordered = sorted(wishes, key=lambda each: (each[0].connection.tenant_id, each[0].wid))
    rows = [_row(user, task, wish) for task, wish in ordered]
    Decision.objects.bulk_create(rows, ignore_conflicts=True)
    placed = set(Decision.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    Event.objects.bulk_create(_queued(row) for row in rows if row.pk in placed)
    return {row.nonce: row.pk for row in rows if row.pk in placed}


def pass_points() -> None:
    """Where a process that accepts decisions may be made to die: before its commit, and right after it."""
    failpoints.reach("decide-before-commit")
    transaction.on_commit(functools.partial(failpoints.reach, "decide-committed"))


def _reason_against(task: InboxTask, action: Action) -> str:
    if task.closed_at is not None:
        return "This task no longer waits for you in Workday."
    if task.connection.state == Connection.State.DISABLED:
        return "An administrator has disabled this connection. Nothing was sent."
    return why_not_done(task) if action == Action.DONE else why_not(task)


def _row(user: User, task: InboxTask, wish: Wish) -> Decision:
    connection = task.connection
    return Decision(
        tenant_id=connection.tenant_id,
        connection=connection,
        user=user,
        task=task,
        task_wid=task.wid,
        worker_wid=connection.worker_wid,
        action=wish.action,
        comment=wish.comment or _usual_comment(wish.action),
        send_back_to=wish.send_back_to,
        shown=facts.of_task(task),
        nonce=wish.nonce,
        not_before=from_now(settings.UNDO_SECONDS),
        next_at=from_now(settings.UNDO_SECONDS),
    )


def _usual_comment(action: Action) -> str:
    return settings.DEFAULT_DONE_COMMENT if action == Action.DONE else settings.DEFAULT_APPROVE_COMMENT


def _queued(decision: Decision) -> Event:
    return Event(
        verb="decision.queued",
        actor=decision.user_id,
        tenant=decision.tenant_id,
        subject=decision.pk,
        data={"action": decision.action},
    )

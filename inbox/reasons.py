"""Reasons that administrators made ready: what is offered where, and how a chosen one becomes part of a comment."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict

from accounts.models import User
from audit.models import record
from inbox.models import InboxTask, Reason
from inbox.states import Action

NOT_OFFERED = "The reason you chose is not offered for this. Choose another one, or write your own."
# A primary key never has more digits.
DIGITS = 18


def offered_for(tasks: Iterable[InboxTask]) -> dict[uuid.UUID, list[Reason]]:
    """By tenant, what can be chosen to reject or approve there, in that order; one query, however many tasks."""
    tenants = {task.connection.tenant_id for task in tasks}
    if not tenants:
        return {}
    wanted = Reason.objects.offered_at(tenants).exclude(action=Action.SEND_BACK)
    found = sorted(wanted, key=lambda reason: reason.action != Action.REJECT)
    return {tenant: [each for each in found if each.tenant_id in (None, tenant)] for tenant in tenants}


def to_choose(action: str, tenants: set[uuid.UUID]) -> QuerySet[Reason]:
    """What can be chosen for this action at all of these tenants."""
    return Reason.objects.offered_at(tenants if len(tenants) == 1 else set()).filter(action=action)


def filled_in(posted: QueryDict, offered: QuerySet[Reason]) -> QueryDict:
    """A form with the chosen reason in its comment, where no script has put it there.

    A reason that is not offered stays where it is, for the form to refuse.
    """
    chosen = posted.get("reason", "")
    is_number = chosen.isdecimal() and len(chosen) <= DIGITS
    reason = offered.filter(pk=int(chosen)).first() if is_number else None
    if reason is None:
        return posted
    filled = posted.copy()
    filled["comment"] = _joined(reason.text, posted.get("comment", "").strip())
    del filled["reason"]
    return filled


@transaction.atomic
def add(reason: Reason, by: User) -> None:
    reason.save(force_insert=True)
    _record("reason.added", reason, by)


@transaction.atomic
def change(reason: Reason, by: User) -> None:
    reason.save(force_update=True)
    _record("reason.changed", reason, by)


@transaction.atomic
def remove(reason: Reason, by: User) -> None:
    _record("reason.removed", reason, by)
    reason.delete()


def _joined(text: str, typed: str) -> str:
    if text in typed.splitlines():
        return typed
    return f"{text}\n{typed}" if typed else text


def _record(verb: str, reason: Reason, by: User) -> None:
    record(verb, actor=by.pk, tenant=reason.tenant_id, reason=reason.pk, action=Action(reason.action))

"""Taking a person's decision: the row and its audit event in one transaction, then a hint."""

from __future__ import annotations

import functools
import uuid

from django.db import IntegrityError, transaction

from accounts.models import User
from connections import failpoints
from inbox.models import Decision, InboxTask
from inbox.tasks import wake_tenant
from inbox.wishes import (
    UNDER_WAY,
    AlreadyUnderWay,
    NotDecidable,
    NotWhatWasSeen,
    Wish,
    hold_against,
    pass_points,
    place,
)

__all__ = ["AlreadyUnderWay", "NotDecidable", "NotWhatWasSeen", "Wish", "decide"]


def decide(user: User, task: InboxTask, wish: Wish) -> Decision:
    """Accept one decision. The same form sent twice gives the same decision.

    Raises `NotDecidable`, `NotWhatWasSeen` and `AlreadyUnderWay`; then nothing was accepted.
    """
    earlier = Decision.objects.of(user).filter(nonce=wish.nonce, task=task).first()
    if earlier is not None:
        return earlier
    hold_against(task, wish.seen, wish.action)
    try:
        with transaction.atomic():
            decision = place(user, task, wish)
            pass_points()
            transaction.on_commit(functools.partial(wake_tenant, decision.tenant_id))
    except IntegrityError:
        return _first_of(user, task, wish.nonce)
    failpoints.reach("decide-hinted")
    return decision


def _first_of(user: User, task: InboxTask, nonce: uuid.UUID) -> Decision:
    """What the database already had when it refused ours: this very form's row, or somebody's live decision."""
    same = Decision.objects.of(user).filter(nonce=nonce, task=task).first()
    if same is None:
        raise AlreadyUnderWay(UNDER_WAY)
    return same

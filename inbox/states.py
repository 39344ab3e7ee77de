"""The states of a decision and the moves between them: what the database's trigger enforces, in one place."""

from __future__ import annotations

from django.db import models


class Action(models.TextChoices):
    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"
    SEND_BACK = "send_back", "Send back"
    DONE = "done", "Done"


# What people give their own reason for; a To Do is only said to be done.
WITH_REASON = (Action.APPROVE, Action.REJECT, Action.SEND_BACK)


class State(models.TextChoices):
    QUEUED = "queued", "Queued"
    CLAIMED = "claimed", "Claimed"
    SENDING = "sending", "Sending"
    UNCERTAIN = "uncertain", "Uncertain"
    WAITING = "waiting", "Waiting"
    NEEDS_RECONNECT = "needs_reconnect", "Needs reconnect"
    MANUAL = "manual", "Cannot be confirmed"
    APPLIED = "applied", "Applied"
    ALREADY_DECIDED = "already_decided", "Already decided"
    CHANGED = "changed", "Changed"
    REFUSED = "refused", "Refused"
    CANCELLED = "cancelled", "Cancelled"


FINAL = (State.APPLIED, State.ALREADY_DECIDED, State.CHANGED, State.REFUSED, State.CANCELLED)

# Ended without any effect, so that the person may decide again while the task waits.
ENDED_WITHOUT_EFFECT = (State.REFUSED, State.CHANGED)
# What a person should look at: stuck, or to be decided again.
STUCK = (State.UNCERTAIN, State.NEEDS_RECONNECT, State.MANUAL)
NEEDS_LOOK = (*STUCK, *ENDED_WITHOUT_EFFECT)

# The states in which a worker has something to do once `next_at` has come. For a leased row `next_at` is the end
# of the lease, so a dead worker's rows fall due by themselves.
WORKABLE = (State.QUEUED, State.CLAIMED, State.SENDING, State.UNCERTAIN, State.WAITING, State.MANUAL)

# CLAIMED always means that nothing is under way unproven: an uncertain decision keeps its state while it is leased
# and can be sent again only by way of WAITING, which is proof that it was not applied.
EDGES: dict[State, tuple[State, ...]] = {
    State.QUEUED: (State.CLAIMED, State.CANCELLED),
    State.CLAIMED: (
        State.SENDING,
        State.WAITING,
        State.NEEDS_RECONNECT,
        State.MANUAL,
        State.APPLIED,
        State.ALREADY_DECIDED,
        State.CHANGED,
        State.REFUSED,
    ),
    State.SENDING: (State.APPLIED, State.WAITING, State.UNCERTAIN),
    State.UNCERTAIN: (State.WAITING, State.MANUAL, State.APPLIED, State.ALREADY_DECIDED, State.REFUSED),
    State.WAITING: (State.CLAIMED,),
    State.NEEDS_RECONNECT: (State.QUEUED,),
    State.MANUAL: (State.APPLIED, State.ALREADY_DECIDED, State.REFUSED),
}

"""What a person reads about a decision. "Approved" is never among it before Workday confirmed it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format

from inbox.states import Action, State

if TYPE_CHECKING:
    from inbox.models import Decision
    from inbox.models.look import Look

DONE = {
    Action.APPROVE: "Approved",
    Action.REJECT: "Rejected",
    Action.SEND_BACK: "Sent back",
    Action.DONE: "Done",
}
LABELS = {
    State.QUEUED: "Accepted, sending",
    State.CLAIMED: "Sending",
    State.SENDING: "Sending",
    State.UNCERTAIN: "Sent; checking with Workday",
    State.WAITING: "Workday is busy",
    State.NEEDS_RECONNECT: "Reconnect Workday to finish",
    State.MANUAL: "We cannot confirm; open it in Workday",
    State.ALREADY_DECIDED: "Already decided in Workday",
    State.CHANGED: "Changed since you looked; nothing was sent",
    State.REFUSED: "Not done: Workday refused",
    State.CANCELLED: "Undone; nothing was sent",
}
TONES = {
    State.APPLIED: "done",
    State.ALREADY_DECIDED: "off",
    State.CANCELLED: "off",
    State.NEEDS_RECONNECT: "needs-you",
    State.CHANGED: "needs-you",
    State.REFUSED: "trouble",
    State.MANUAL: "trouble",
    State.UNCERTAIN: "live",
    State.WAITING: "live",
}


def label(decision: Decision) -> str:
    state = State(decision.state)
    if state == State.APPLIED:
        return DONE[Action(decision.action)]
    if state == State.ALREADY_DECIDED and decision.reason_code == "gone":
        return "No longer in your Workday inbox"
    if state == State.REFUSED and decision.reason_code == "not-applied":
        return "Not done; nothing reached Workday"
    return LABELS[state]


def detail(decision: Decision) -> str:
    """The second line: when, by whom, why, and what comes next."""
    match State(decision.state):
        case State.APPLIED:
            return f"confirmed by Workday at {_clock(decision.settled_at)}"
        case State.ALREADY_DECIDED:
            return _decided_elsewhere(decision)
        case State.WAITING:
            return f"{decision.reason or 'Nothing was done yet.'} Next try at {_clock(decision.next_at)}."
        case State.UNCERTAIN:
            return "Workday has not answered clearly; nothing is sent twice"
        case _:
            return decision.reason


def _decided_elsewhere(decision: Decision) -> str:
    if decision.reason_code == "gone":
        return "it was decided, withdrawn or given to somebody else; nothing from here was applied"
    if decision.reason_code == "by-decider":
        return f"by yourself{_moment(decision.decided_at)}; Workday does not show that it was by this click"
    who = f"by {decision.decided_by}" if decision.decided_by else "by somebody; Workday does not say who"
    return f"{who}{_moment(decision.decided_at)}; not by your click here"


def _moment(told: datetime.datetime | None) -> str:
    """When Workday says it was; some of its moments are days without a time."""
    if told is None:
        return ""
    if told.astimezone(datetime.UTC).time() == datetime.time.min:
        return f" on {date_format(told.astimezone(datetime.UTC), 'j M Y')}"
    return f" at {_clock(told)}"


def tone(decision: Decision) -> str:
    return TONES.get(State(decision.state), "live")


def as_of(sync: Look | None) -> str:
    """How fresh the list is, and what went wrong when a newer one could not be had."""
    if sync is None or sync.as_of is None:
        return sync.failure if sync else ""
    if sync.failure:
        return f"{sync.failure} Showing the list as of {_clock(sync.as_of)}; last tried at {_clock(sync.failed_at)}."
    return f"As of {_clock(sync.as_of)}"


def _clock(moment: datetime.datetime | None) -> str:
    """The time in the reader's zone, with the day when it is another day."""
    if moment is None:
        return "a time that was not noted"
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return date_format(local, "H:i:s")
    return date_format(local, "j M Y, H:i")

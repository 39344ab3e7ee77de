"""What a read of the step at Workday proves about a decision. Reads are the only judge of an unclear attempt."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass

from inbox.models import Decision
from inbox.states import Action
from workday.answers import EventStep, InboxTask, Reference
from workday.reading import from_rich_text, plain

# Workday-delivered instances carry the same WID in every tenant; descriptors are translated.
AWAITING_ACTION = "d9e4108c446c11de98360015c5e6daf6"
# Words of English tenants. They can contradict a claim but never alone prove one, since other languages differ.
STATUS_ACTIONS: dict[str, Action] = {
    "approved": Action.APPROVE,
    "denied": Action.REJECT,
    "rejected": Action.REJECT,
    "sent back": Action.SEND_BACK,
    "submitted": Action.DONE,
}


class Shows(enum.Enum):
    """What Workday shows of the step."""

    OPEN = "awaits this person"
    OURS = "done, by this decision"
    OTHER = "done, but not by this decision"
    ELSEWHERE = "awaits somebody else now"
    GONE = "no longer visible to this person"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reading of one step. `by` and `at` are as Workday tells them, empty where it does not.

    `by_decider` says that the decision's own worker acted, which does not make it this decision's doing.
    """

    shows: Shows
    by: str = ""
    at: datetime.datetime | None = None
    by_decider: bool = False


def is_awaiting(status: Reference) -> bool:
    return status.id == AWAITING_ACTION or status.descriptor == "Awaiting Action"


def of_step(step: EventStep, decision: Decision, *, may_be_ours: bool) -> Evidence | None:
    """Judge a business process step; None when Workday shows too little of it to tell.

    `may_be_ours` says whether anything of this decision may have reached Workday.
    """
    if not step.status and not step.completed_by and step.completed_at is None:
        return None
    if is_awaiting(step.status):
        named = {person.id for person in step.awaiting}
        mine = not named or not decision.worker_wid or decision.worker_wid in named
        return Evidence(Shows.OPEN if mine else Shows.ELSEWHERE)
    ours = may_be_ours and _is_ours(step, decision)
    if ours is None:
        return None
    shows = Shows.OURS if ours else Shows.OTHER
    by_decider = bool(decision.worker_wid) and step.completed_by.id == decision.worker_wid
    return Evidence(shows, step.completed_by.descriptor, step.completed_at, by_decider)


def _is_ours(step: EventStep, decision: Decision) -> bool | None:
    """Our worker completed it, in our way, and with our comment or, where Workday shows none, at all.

    None when Workday shows neither who acted nor any comment, so that it may as well be somebody else's doing.

    Somebody who decides in Workday by hand after our attempt was lost is told apart by the comment.
    """
    if step.completed_by and decision.worker_wid and step.completed_by.id != decision.worker_wid:
        return False
    told = STATUS_ACTIONS.get(step.status.descriptor.lower())
    if told is not None and told != decision.action:
        return False
    mine = [c.text for c in step.comments if c.person.id in ("", decision.worker_wid)]
    if mine:
        # Workday may have kept the comment as typed or read it as rich text.
        return plain(decision.comment) in mine or from_rich_text(decision.comment) in mine
    return told is not None if step.completed_by else None


def of_inbox_task(task: InboxTask) -> Evidence:
    """Judge a classic inbox task, which says only whether it still awaits this person."""
    return Evidence(Shows.OPEN if is_awaiting(task.status) else Shows.GONE)

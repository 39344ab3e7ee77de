"""Playing one decision's story with answers written down in the test, one per call it asks for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from inbox.asking import Answer, Call
from inbox.claim import claim
from inbox.delivery import carry_out
from inbox.evidence import AWAITING_ACTION
from inbox.models import Attempt, Decision
from inbox.models.decision import from_now
from workday.answers import EventStep, InboxTask, Reference, StepComment

NOBODY = Reference()
OPEN = Reference(AWAITING_ACTION, "Awaiting Action")


def task(decision: Decision, status: Reference = OPEN, **facts: str) -> InboxTask:
    """The decision's task as Workday's inbox shows it now: by default just as the person saw it."""
    seen = {**decision.shown, **facts}
    due = seen["due_on"]
    return InboxTask(
        id=decision.task_wid,
        title=seen["title"],
        assigned_at=None,
        due_on=datetime.date.fromisoformat(due) if due else None,
        status=status,
        step_type=Reference("", seen["step_type"]),
        subject=Reference("", seen["subject"]),
        process=Reference("", seen["process"]),
        initiator=Reference("", seen["initiator"]),
    )


def step(
    decision: Decision,
    status: Reference = OPEN,
    *,
    by: str = "",
    comment: str = "",
    awaiting: Sequence[str] = (),
) -> EventStep:
    """What Workday shows of the decision's step."""
    person = Reference(by, "Somebody") if by else NOBODY
    return EventStep(
        id=decision.task_wid,
        title="Approval by Manager",
        status=status,
        step_type=NOBODY,
        event=Reference("e" * 32, "Absence Request"),
        completed_by=person,
        completed_at=datetime.datetime(2026, 11, 2, 9, 30, tzinfo=datetime.UTC) if by else None,
        comments=(StepComment(person, comment, None),) if comment else (),
        awaiting=tuple(Reference(wid, "Somebody") for wid in awaiting),
    )


def done(decision: Decision, words: str = "Approved", *, by: str = "a" * 32, comment: str | None = None) -> EventStep:
    """The step as Workday shows it after `by` has acted; by default just as our own decision would leave it."""
    return step(decision, Reference("f" * 32, words), by=by, comment=decision.comment if comment is None else comment)


def lease(decision: Decision) -> Decision:
    """The decision as a worker gets it, whatever time it was due."""
    Decision.objects.filter(pk=decision.pk).update(next_at=from_now(-1))
    [leased] = claim(decision.tenant_id, 1)
    return leased


def play(decision: Decision, *answers: Answer) -> list[Call]:
    """Carry the decision on with these answers; the calls it asked for. Every answer must have been wanted."""
    story = carry_out(lease(decision))
    calls = []
    left = list(answers)
    try:
        calls.append(next(story))
        while True:
            calls.append(story.send(left.pop(0)))
    except StopIteration:
        assert not left, f"nobody asked for {left}"
    decision.refresh_from_db()
    return calls


def pass_deadlines(decision: Decision) -> None:
    """Let the time go by in which Workday could still act on what was sent."""
    Attempt.objects.filter(decision=decision).update(deadline_at=from_now(-10))

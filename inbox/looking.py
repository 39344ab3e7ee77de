"""Reading what Workday shows of a step. Reads are the only judge of a send without proof."""

from __future__ import annotations

from collections.abc import Generator

from inbox import evidence
from inbox.asking import Answer, Call, Failure, ReadCompletedSteps, ReadInboxTask, ReadStep, failure_of, is_missing
from inbox.evidence import Evidence, Shows
from inbox.models import Decision
from workday.answers import EventStep, InboxTask
from workday.errors import Answered, Unanswered

Looking = Generator[Call, Answer, Evidence | Failure]


def look(decision: Decision) -> Looking:
    """Read what Workday shows of a step that something was sent for.

    The business process service tells who acted; where it is not allowed, the classic one at least tells whether
    the task is still open.
    """
    seen = yield from look_at_step(decision)
    if not (isinstance(seen, Answered) and seen.status == 403):
        return seen
    answer = yield ReadInboxTask()
    if isinstance(answer, InboxTask):
        return evidence.of_inbox_task(answer)
    return Evidence(Shows.GONE) if is_missing(answer) else failure_of(answer)


def look_at_step(decision: Decision) -> Looking:
    answer = yield ReadStep()
    if isinstance(answer, EventStep):
        shown = evidence.of_step(answer, decision, may_be_ours=_may_be_ours(decision))
        return shown or Unanswered("Workday does not tell the state of this step.", status=200)
    if not is_missing(answer):
        return failure_of(answer)
    return (yield from _look_at_history(decision))


def _look_at_history(decision: Decision) -> Looking:
    if not decision.task.process_wid:
        return Evidence(Shows.GONE)
    answer = yield ReadCompletedSteps(decision.task.process_wid)
    if not isinstance(answer, list):
        hidden = isinstance(answer, Answered) and answer.status in (403, 404)
        return Evidence(Shows.GONE) if hidden else failure_of(answer)
    for step in answer:
        if step.id == decision.task_wid:
            shown = evidence.of_step(step, decision, may_be_ours=_may_be_ours(decision))
            return shown or Evidence(Shows.GONE)
    return Evidence(Shows.GONE)


def _may_be_ours(decision: Decision) -> bool:
    return any(attempt.could_have_landed for attempt in decision.attempts.all())

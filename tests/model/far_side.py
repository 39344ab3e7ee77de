"""Workday as the model has it: a few tasks in memory, judged by the token of each call, with a ledger of all calls."""

from __future__ import annotations

import datetime
import enum
import uuid
from dataclasses import dataclass, field
from typing import ClassVar

from inbox.evidence import AWAITING_ACTION
from inbox.kinds import APPROVAL_WID
from inbox.states import Action
from tests.model.replies import APPLIED_LATER, APPLIED_NOW, Reply, failure
from workday.answers import EventStep, InboxTask, Reference, StepComment
from workday.errors import Answered, InvalidGrant
from workday.oauth import Grant
from workday.secret import Secret

NOBODY = Reference()
AWAITING = Reference(AWAITING_ACTION, "Awaiting Action")
LONG_AGO = datetime.datetime(2026, 11, 2, 9, 30, tzinfo=datetime.UTC)
ENGLISH = {Action.APPROVE: "Approved", Action.REJECT: "Denied"}
FOREIGN = {Action.APPROVE: "Genehmigt", Action.REJECT: "Abgelehnt"}


@dataclass(frozen=True, slots=True)
class View:
    """How much this tenant lets a connection see; Workday tenants differ in all of it."""

    classic: bool = False
    steps_allowed: bool = True
    done_steps_shown: bool = True
    history_shown: bool = True
    lingers: bool = False
    comments_shown: bool = True
    actor_named: bool = True
    awaiting_named: bool = True
    english: bool = True


@dataclass(slots=True)
class Done:
    """How a task ended. `request` is the decision's id for what we did, empty for what was done by hand."""

    worker: str
    action: Action
    comment: str
    request: str


@dataclass(slots=True)
class Task:
    wid: str
    assigned: set[str]
    title: str = "Approval by Manager"
    gone: bool = False
    done: Done | None = None

    @property
    def is_open(self) -> bool:
        return not self.gone and self.done is None

    def awaits(self, worker: str) -> bool:
        return self.is_open and worker in self.assigned


@dataclass(slots=True)
class Sent:
    """One request to decide that reached this side, with what is known of it from the outside."""

    at: float
    task: str
    worker: str
    action: Action
    comment: str
    request: str
    reply: Reply
    # Written by a worker that was frozen until after its deadline: the one case that may send late.
    late: bool
    deadline: float
    lands_at: float | None = None


class Told(enum.Enum):
    """What a read was answered."""

    OPEN = "awaits the reader"
    NOT_OPEN = "does not await the reader"
    # A made-up 403 or 404: nobody can be blamed for believing it.
    LIE = "as if it were not there"
    NOTHING = "a failure that tells nothing"


@dataclass(slots=True)
class Read:
    """One read that reached this side; `by` is the decision it was made for."""

    at: float
    task: str
    worker: str
    told: Told
    title: str | None
    by: str


@dataclass(slots=True)
class FarSide:
    # The one that the token endpoint of the running example belongs to.
    present: ClassVar[FarSide]

    view: View
    tasks: dict[str, Task]
    now: float = 0.0
    replies: list[Reply] = field(default_factory=list)
    token_failure: Exception | None = None
    revoked: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    # Who is calling now, told by the worker that makes the call; the wire does not tell it for reads.
    caller: str = ""
    intent_deadline: float = 0.0

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if self.replies else Reply.OK

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what was sent and not yet done is done when its time has come."""
        self.now += seconds
        for sent in self.sent:
            if sent.lands_at is not None and sent.lands_at <= self.now:
                sent.lands_at = None
                self._apply(sent)

    def by_hand(self, wid: str, worker: str, action: Action, comment: str) -> None:
        task = self.tasks[wid]
        if task.awaits(worker):
            task.done = Done(worker, action, comment, "")

    def refresh(self, refresh_token: Secret) -> Grant:
        """The token endpoint."""
        failure, self.token_failure = self.token_failure, None
        worker = refresh_token.reveal().split()[1]
        if failure is not None:
            raise failure
        if worker in self.revoked:
            raise InvalidGrant(400, code="invalid_grant")
        return grant(worker)

    def receive(self, sent: Sent) -> None:
        """Take one request to decide. Raises what the reply drawn for it says."""
        self.sent.append(sent)
        refusal = self._refusal(sent)
        if sent.reply in APPLIED_NOW:
            if refusal is None:
                self._apply(sent)
            elif sent.reply is Reply.OK:
                raise refusal
        elif sent.reply in APPLIED_LATER:
            sent.lands_at = min(max(self.now, sent.deadline - 15.0) + APPLIED_LATER[sent.reply], sent.deadline + 4.0)
        if sent.reply is not Reply.OK:
            raise failure(sent.reply)

    def _refusal(self, sent: Sent) -> Answered | None:
        task = self.tasks[sent.task]
        if task.awaits(sent.worker):
            return None
        return Answered(404) if task.gone else Answered(400, code="A212")

    def _apply(self, sent: Sent) -> None:
        if self._refusal(sent) is None:
            self.tasks[sent.task].done = Done(sent.worker, sent.action, sent.comment, sent.request)


def shown_task(task: Task, *, status: Reference = AWAITING) -> InboxTask:
    """The classic inbox's line of a task."""
    return InboxTask(
        id=task.wid,
        title=task.title,
        assigned_at=LONG_AGO,
        due_on=None,
        status=status,
        step_type=Reference(APPROVAL_WID, "Approval"),
        subject=Reference("d" * 32, "Ines Ortega"),
        process=Reference(event_of(task), "Absence Request: Ines Ortega", "/timeOffRequest/1"),
        initiator=Reference("d" * 32, "Ines Ortega"),
    )


def shown_step(task: Task, view: View) -> EventStep:
    """The business process step of a task, as this tenant shows it."""
    done = task.done
    person = Reference(done.worker, "Somebody") if done and view.actor_named else NOBODY
    told = (StepComment(person, done.comment, LONG_AGO),) if done and done.comment and view.comments_shown else ()
    waiting = sorted(task.assigned) if done is None and view.awaiting_named else []
    return EventStep(
        id=task.wid,
        title=task.title,
        status=status_of(done, view),
        step_type=Reference(APPROVAL_WID, "Approval"),
        event=Reference(event_of(task), "Absence Request"),
        completed_by=person,
        completed_at=LONG_AGO if done else None,
        comments=told,
        awaiting=tuple(Reference(wid, "Somebody") for wid in waiting),
    )


def status_of(done: Done | None, view: View) -> Reference:
    if done is None:
        return AWAITING
    words = ENGLISH if view.english else FOREIGN
    return Reference("f" * 32, words[done.action])


def event_of(task: Task) -> str:
    return "e" * 31 + task.wid[-1]


def grant(worker: str) -> Grant:
    return Grant(Secret(f"access {worker} {uuid.uuid4()}"), Secret(f"refresh {worker}"), 3600)

"""A worker that can be stopped between any two steps: `inbox.drain` without its threads and its clock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.conf import settings

from connections.models import Connection, Tenant
from inbox import calls
from inbox.asking import Answer, Call, Send, Story
from inbox.claim import claim
from inbox.delivery import carry_out
from inbox.models import Attempt, Decision, Lane, LeaseLost
from inbox.outcomes import SLOW_DOWN, status_of
from tests.model.far_side import FarSide
from tests.model.replies import TOKEN_FAILURES, Reply
from workday.errors import Answered
from workday.session import Session


@dataclass(slots=True)
class Running:
    """One story under way: the call it wants made and, once that is made, the answer it has not heard yet."""

    decision: Decision
    story: Story
    call: Call
    deadline: float
    answer: Answer | None = None


@dataclass(slots=True)
class Drainer:
    far: FarSide
    tenant: Tenant
    owner: uuid.UUID | None = None
    running: list[Running] = field(default_factory=list)
    slowed: bool = False
    answered: bool = False

    def begin(self, most: int) -> int:
        """Take the lane if it is free and claim what is due; how much that was."""
        if self.owner is None:
            self.owner = Lane.take(self.tenant.pk, settings.LEASE_SECONDS)
            self.slowed = self.answered = False
        if self.owner is None or not Lane.is_clear(self.tenant.pk, self.owner):
            return 0
        claimed = claim(self.tenant.pk, most)
        for decision in claimed:
            self._advance(decision, carry_out(decision), None)
        return len(claimed)

    def ask(self, running: Running, reply: Reply) -> None:
        """Make the call that a story waits for; the story hears of it later, or never."""
        decision = running.decision
        if reply in TOKEN_FAILURES:
            self._run_out(decision.connection, reply)
        self.far.replies = [] if reply in TOKEN_FAILURES else [reply]
        self.far.caller, self.far.intent_deadline = str(decision.pk), running.deadline
        running.answer = calls.make(running.call, decision, _as_session(self.far))
        self.far.replies, self.far.token_failure = [], None

    def tell(self, running: Running) -> None:
        """Let a story hear its answer and write what it has learnt."""
        assert running.answer is not None
        self.running.remove(running)
        self._mind_pace(running.answer)
        self._advance(running.decision, running.story, running.answer)

    def die(self) -> None:
        """Be killed: whatever was under way is heard of no more, and the lane stays taken until its lease ends."""
        for running in self.running:
            running.story.close()
        self.running, self.owner = [], None

    def rest(self) -> None:
        """Give the lane back when nothing is under way, and let the tenant's pauses be short again if all was well."""
        if self.owner is not None and not self.running:
            if self.answered and not self.slowed:
                Lane.resume(self.tenant.pk)
            Lane.release(self.tenant.pk, self.owner)
            self.owner = None

    def _advance(self, decision: Decision, story: Story, answer: Answer | None) -> None:
        try:
            call = story.send(answer) if answer is not None else next(story)
        except (StopIteration, LeaseLost):
            return
        deadline = self.far.now + settings.SEND_SECONDS if isinstance(call, Send) else 0.0
        self.running.append(Running(decision, story, call, deadline))

    def _mind_pace(self, answer: Answer) -> None:
        if isinstance(answer, Answered) and status_of(answer) in SLOW_DOWN:
            Lane.pause(self.tenant.pk, answer.retry_after)
            self.slowed = True
        elif not isinstance(answer, Exception):
            self.answered = True

    def _run_out(self, connection: Connection, reply: Reply) -> None:
        """Let the access token have run out by this worker's copy of the row and by the row itself."""
        connection.access_expires_at = None
        Connection.objects.filter(pk=connection.pk).update(access_expires_at=None)
        self.far.token_failure = TOKEN_FAILURES[reply].with_traceback(None)


def fence_held(decision: Decision) -> bool:
    """Whether this copy of the row still has the row's fence and state, so that its worker may write."""
    return Decision.objects.filter(pk=decision.pk, fence=decision.fence, state=decision.state).exists()


def rows_of(decision: Decision) -> list[object]:
    """Everything that a worker may write of a decision, to compare."""
    row: list[object] = list(Decision.objects.filter(pk=decision.pk).values())
    return row + list(Attempt.objects.filter(decision=decision).values())


def _as_session(far: FarSide) -> Session:
    """The far side takes the place of the HTTP session: both are where a call of this worker ends up."""
    session: object = far
    return session  # type: ignore[return-value]  # The client made from it is the in-memory one, see world.py.

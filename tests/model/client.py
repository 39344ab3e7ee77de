"""The in-memory counterpart of `workday.client.Workday`: the calls of the decision, answered by the far side."""

from __future__ import annotations

from inbox.states import Action
from tests.model.far_side import FOREIGN, FarSide, Read, Sent, Task, Told, shown_step, shown_task
from tests.model.replies import Reply, failure
from workday.answers import Echo, EventStep, InboxTask, Reference
from workday.errors import Answered
from workday.secret import Secret

# A read is done or it is not; of what can become of a send only these apply to it.
FAILED_READS = (
    Reply.LOST,
    Reply.NOT_SENT,
    Reply.GARBAGE,
    Reply.UNAUTHORIZED_401,
    Reply.UNAUTHORIZED_401_TWICE,
    Reply.FORBIDDEN_403,
    Reply.MISSING_404,
    Reply.BUSY_429,
    Reply.BUSY_429_FOR_30,
    Reply.BROKEN_500,
    Reply.UNAVAILABLE_503,
)
LIES = (Reply.FORBIDDEN_403, Reply.MISSING_404)


class FarClient:
    def __init__(self, far: FarSide, bearer: Secret) -> None:
        self._far = far
        self._worker = bearer.reveal().split()[1]

    def inbox_task(self, wid: str) -> InboxTask:
        task = self._begin_read(wid)
        if task.awaits(self._worker):
            self._note(task, Told.OPEN, task.title)
            return shown_task(task)
        self._note(task, Told.NOT_OPEN)
        if task.done and self._far.view.lingers and task.done.worker == self._worker:
            return shown_task(task, status=Reference("f" * 32, FOREIGN[task.done.action]))
        raise Answered(404)

    def event_step(self, wid: str) -> EventStep:
        task = self._begin_read(wid)
        self._allow_steps()
        view = self._far.view
        self._note(task, Told.OPEN if task.awaits(self._worker) else Told.NOT_OPEN)
        if task.gone or not (task.is_open or view.done_steps_shown):
            raise Answered(404)
        return shown_step(task, view)

    def completed_steps(self, event: str) -> list[EventStep]:
        task = self._begin_read(next(wid for wid in self._far.tasks if wid[-1] == event[-1]))
        self._allow_steps()
        shown = task.done is not None and self._far.view.history_shown
        return [shown_step(task, self._far.view)] if shown else []

    def approve(self, wid: str, comment: str, *, request_id: str) -> Echo:
        return self._send(wid, Action.APPROVE, comment, request_id)

    def deny(self, wid: str, comment: str, *, request_id: str) -> Echo:
        return self._send(wid, Action.REJECT, comment, request_id)

    def decide_inbox_task(self, wid: str, title: str, *, approve: bool, comment: str, request_id: str) -> Echo:
        return self._send(wid, Action.APPROVE if approve else Action.REJECT, comment, request_id)

    def _send(self, wid: str, action: Action, comment: str, request: str) -> Echo:
        far = self._far
        reply = Reply.UNAUTHORIZED_401 if self._worker in far.revoked else far.next_reply()
        late = far.now > far.intent_deadline
        far.receive(
            Sent(far.now, wid, self._worker, action, comment, request, reply, late, deadline=far.intent_deadline)
        )
        return Echo(wid, "")

    def _begin_read(self, wid: str) -> Task:
        """Raises what was drawn for this read, if anything was."""
        far = self._far
        reply = far.next_reply()
        if self._worker in far.revoked:
            raise Answered(401)
        if reply is Reply.UNAUTHORIZED_401_TWICE:
            far.replies.insert(0, Reply.UNAUTHORIZED_401)
        if reply in FAILED_READS:
            self._note(far.tasks[wid], Told.LIE if reply in LIES else Told.NOTHING)
            raise failure(reply)
        return far.tasks[wid]

    def _allow_steps(self) -> None:
        if not self._far.view.steps_allowed:
            raise Answered(403, code="S22")

    def _note(self, task: Task, told: Told, title: str | None = None) -> None:
        self._far.reads.append(Read(self._far.now, task.wid, self._worker, told, title, self._far.caller))

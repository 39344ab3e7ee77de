"""Making the calls that a decision's story asks for. Runs on the drain's threads and writes nothing."""

from __future__ import annotations

import time

from django.db import connections as databases

from connections import failpoints
from connections.clients import workday_for
from connections.tokens import TokenError, bearer
from inbox.asking import Answer, Call, ReadCompletedSteps, ReadInboxTask, ReadStep, Send
from inbox.models import Decision
from inbox.states import Action
from workday.answers import Echo
from workday.client import Workday
from workday.errors import Answered, NotSent, WorkdayError
from workday.secret import Secret
from workday.session import Session


def make(call: Call, decision: Decision, session: Session) -> Answer:
    """Make one call with the decider's own token and return its answer; failures are answers too.

    A read that the token was refused for is repeated once with a renewed token. A send never is: what became of
    it is for the decision's story to judge.
    """
    try:
        token = bearer(decision.connection)
        try:
            return _perform(call, decision, workday_for(decision.connection, token, session))
        except Answered as error:
            if error.status != 401 or isinstance(call, Send):
                raise
            return _again(call, decision, session, token)
    except (WorkdayError, TokenError) as failure:
        return failure
    finally:
        # These threads are short-lived and many; only a token refresh opens a database connection on them.
        databases.close_all()


def _again(call: Call, decision: Decision, session: Session, refused: Secret) -> Answer:
    token = bearer(decision.connection, rejected=refused)
    return _perform(call, decision, workday_for(decision.connection, token, session))


def _perform(call: Call, decision: Decision, workday: Workday) -> Answer:
    match call:
        case ReadStep():
            return workday.event_step(decision.task_wid)
        case ReadInboxTask():
            return workday.inbox_task(decision.task_wid)
        case ReadCompletedSteps(event_wid=event):
            return workday.completed_steps(event)
        case Send(not_after=latest):
            if not decision.connection.serves(decision.user):
                raise NotSent("This is not the decider's own connection.")
            failpoints.reach("send-before")
            if time.monotonic() > latest:
                raise NotSent("The time to send this had passed.")
            answer = _send(decision, workday)
            failpoints.reach("sent")
            return answer


def _send(decision: Decision, workday: Workday) -> Echo:
    request = str(decision.pk)
    approve = decision.action == Action.APPROVE
    is_classic = decision.tenant.decide_by == decision.tenant.DecideBy.INBOX_TASK
    # The classic service knows these two only, and would take any other for a denial.
    if is_classic and decision.action in (Action.APPROVE, Action.REJECT):
        return workday.decide_inbox_task(
            decision.task_wid,
            decision.task.title,
            approve=approve,
            comment=decision.comment,
            request_id=request,
        )
    match decision.action:
        case Action.APPROVE:
            return workday.approve(decision.task_wid, decision.comment, request_id=request)
        case Action.REJECT:
            return workday.deny(decision.task_wid, decision.comment, request_id=request)
        case Action.DONE:
            return workday.submit_to_do(decision.task_wid, decision.comment, request_id=request)
        case _:
            return workday.send_back(decision.task_wid, decision.comment, to=decision.send_back_to, request_id=request)

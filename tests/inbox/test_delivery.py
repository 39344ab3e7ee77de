from __future__ import annotations

import pytest

from accounts.models import User
from connections.models import Connection
from connections.tokens import NeedsReconnect, TenantTrouble, Weather
from inbox.asking import Failure, ReadCompletedSteps, ReadInboxTask, ReadStep, Send
from inbox.delivery import carry_out
from inbox.models import Attempt, Decision, InboxTask
from inbox.states import State
from tests.conftest import make_decision
from tests.inbox.stories import OPEN, done, lease, play, step
from tests.inbox.stories import task as shown
from workday.answers import Echo, Reference
from workday.errors import Answered, NotSent, Unanswered

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(task: InboxTask) -> Decision:
    return make_decision(task)


def _echo(decision: Decision) -> Echo:
    return Echo(decision.task_wid, "In Progress")


def test_an_open_task_is_read_then_sent_then_confirmed(decision: Decision) -> None:
    calls = play(decision, shown(decision), _echo(decision))

    assert calls == [ReadInboxTask(), Send()]
    assert decision.state == State.APPLIED
    assert decision.settled_at is not None
    assert decision.task.closed_at is not None
    assert decision.attempts.get().outcome == Attempt.Outcome.APPLIED


def test_where_the_business_process_service_is_closed_a_vanished_task_is_told_as_vanished(decision: Decision) -> None:
    calls = play(decision, Answered(404), Answered(403, code="S22"))

    assert calls == [ReadInboxTask(), ReadStep()]
    assert (decision.state, decision.reason_code) == (State.ALREADY_DECIDED, "gone")


@pytest.mark.parametrize(
    ("fact", "now"),
    [
        ("process", "Absence Request: Ines Ortega, 10 days"),
        ("title", "Approval by Manager's Manager"),
        ("subject", "Somebody Else"),
        ("due_on", "2031-01-01"),
        ("step_type", "Review Documents"),
        ("initiator", "Somebody Else"),
    ],
)
def test_a_task_that_changed_since_it_was_shown_is_not_sent(decision: Decision, fact: str, now: str) -> None:
    calls = play(decision, shown(decision, OPEN, **{fact: now}))

    assert calls == [ReadInboxTask()]
    assert decision.state == State.CHANGED
    assert decision.found == {fact: now}
    assert decision.shown[fact] != now
    assert decision.task.closed_at is None


def test_an_initiator_that_the_single_read_leaves_out_is_no_change(task: InboxTask) -> None:
    InboxTask.objects.update(initiator="Ines Ortega")
    task.refresh_from_db()
    decision = make_decision(task)

    play(decision, shown(decision, initiator=""), _echo(decision))

    assert decision.state == State.APPLIED


def test_the_intent_is_on_disk_before_the_send_is_asked_for(decision: Decision) -> None:
    story = carry_out(lease(decision))
    next(story)
    assert story.send(shown(decision)) == Send()

    decision.refresh_from_db()
    assert decision.state == State.SENDING
    assert decision.attempts.get().outcome == Attempt.Outcome.UNKNOWN


def test_a_task_that_somebody_else_decided_is_never_our_success(decision: Decision) -> None:
    calls = play(decision, Answered(404), done(decision, by="b" * 32))

    assert calls == [ReadInboxTask(), ReadStep()]
    assert (decision.state, decision.decided_by) == (State.ALREADY_DECIDED, "Somebody")
    assert decision.words == "Already decided in Workday"


def test_a_task_the_same_person_decided_in_workday_first_is_not_our_success(decision: Decision) -> None:
    play(decision, Answered(404), done(decision))

    assert decision.state == State.ALREADY_DECIDED


def test_a_task_that_waits_for_somebody_else_now_is_refused_untouched(decision: Decision) -> None:
    play(decision, Answered(404), step(decision, awaiting=["c" * 32]))

    assert (decision.state, decision.reason_code) == (State.REFUSED, "reassigned")
    assert decision.task.closed_at is None


@pytest.mark.parametrize("failure", [Answered(500), Unanswered("timeout"), Answered(429)])
def test_when_nobody_can_say_what_became_of_a_vanished_task_it_is_asked_again(
    decision: Decision, failure: Failure
) -> None:
    calls = play(decision, Answered(404), Answered(404), failure)

    assert calls[:2] == [ReadInboxTask(), ReadStep()]
    assert isinstance(calls[2], ReadCompletedSteps)
    assert decision.state == State.WAITING


def test_a_step_whose_state_is_not_told_is_looked_at_again(decision: Decision) -> None:
    play(decision, shown(decision, Reference()), step(decision, Reference()))

    assert decision.state == State.WAITING
    assert not decision.attempts.exists()


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (Answered(500), State.WAITING),
        (Answered(429, retry_after=30.0), State.WAITING),
        (Answered(401), State.WAITING),
        (Answered(403, code="S22"), State.REFUSED),
        (NotSent("no route"), State.WAITING),
        (Unanswered("timeout"), State.WAITING),
        (Weather("the token endpoint is down"), State.WAITING),
        (TenantTrouble("the client secret was not accepted"), State.WAITING),
        (NeedsReconnect("Workday no longer accepts this connection."), State.NEEDS_RECONNECT),
    ],
)
def test_when_the_read_before_sending_fails_nothing_is_sent(decision: Decision, failure: Failure, state: State) -> None:
    calls = play(decision, failure)

    assert calls == [ReadInboxTask()]
    assert decision.state == state
    assert not decision.attempts.exists()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NotSent("refused"), "not-sent"),
        (Answered(401), "http-401"),
        (Answered(429, retry_after=30.0), "http-429"),
        (Weather("busy"), "token"),
    ],
)
def test_a_send_that_proves_nothing_was_done_waits_and_is_tried_again(
    decision: Decision, failure: Failure, code: str
) -> None:
    play(decision, shown(decision), failure)

    assert (decision.state, decision.reason_code) == (State.WAITING, code)
    assert decision.attempts.get().outcome == Attempt.Outcome.NOT_APPLIED

    play(decision, shown(decision), _echo(decision))
    assert decision.state == State.APPLIED


def test_retry_after_is_obeyed_to_the_second(decision: Decision) -> None:
    play(decision, shown(decision), Answered(429, retry_after=30.0))

    decision.refresh_from_db()
    assert 29 <= (decision.next_at - decision.updated_at).total_seconds() <= 31


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 422])
def test_a_named_refusal_of_an_untouched_task_is_told_and_not_sent_again(decision: Decision, status: int) -> None:
    calls = play(decision, shown(decision), Answered(status, code="A190"), step(decision))

    assert calls == [ReadInboxTask(), Send(), ReadStep()]
    assert decision.state == State.REFUSED
    assert decision.detail == "Workday does not let this kind of step be approved here."
    assert decision.task.closed_at is None


def test_not_awaiting_your_action_is_settled_by_who_did_act(decision: Decision) -> None:
    play(decision, shown(decision), Answered(400, code="A212"), done(decision, "Denied", by="b" * 32))

    assert (decision.state, decision.decided_by) == (State.ALREADY_DECIDED, "Somebody")


def test_not_awaiting_your_action_is_no_success_even_when_the_same_person_acted(decision: Decision) -> None:
    play(decision, shown(decision), Answered(400, code="A212"), done(decision))

    assert decision.state == State.ALREADY_DECIDED


def test_a_refusal_of_a_task_that_has_vanished_is_told_as_vanished(decision: Decision) -> None:
    play(decision, shown(decision), Answered(400, code="A212"), Answered(404), [])

    assert (decision.state, decision.reason_code) == (State.ALREADY_DECIDED, "gone")


def test_after_eight_attempts_a_person_is_asked_to_look(decision: Decision) -> None:
    for _ in range(8):
        play(decision, shown(decision), Answered(429))

    play(decision, shown(decision))

    assert (decision.state, decision.reason_code) == (State.MANUAL, "attempts")


def test_the_queued_decision_of_a_deactivated_person_is_never_sent(decision: Decision) -> None:
    User.objects.update(is_active=False)

    assert play(decision) == []
    assert (decision.state, decision.reason_code) == (State.REFUSED, "deactivated")


def test_what_a_deactivated_person_had_sent_before_is_still_settled(decision: Decision) -> None:
    play(decision, shown(decision), Unanswered("timeout"))
    User.objects.update(is_active=False)

    play(decision, done(decision))

    assert decision.state == State.APPLIED


def test_a_decision_is_never_sent_in_the_name_of_another_worker(decision: Decision) -> None:
    Connection.objects.update(worker_wid="c" * 32)

    assert play(decision) == []
    assert decision.state == State.NEEDS_RECONNECT
    assert not decision.attempts.exists()


def test_another_workers_view_proves_nothing_about_what_was_sent(decision: Decision) -> None:
    play(decision, shown(decision), Unanswered("timeout"))
    Connection.objects.update(worker_wid="c" * 32)

    assert play(decision) == []
    assert decision.state == State.UNCERTAIN

from __future__ import annotations

import pytest

from connections.tokens import NeedsReconnect
from inbox.asking import Failure, ReadCompletedSteps, ReadInboxTask, ReadStep, Send
from inbox.models import Attempt, Decision, InboxTask
from inbox.models.decision import from_now
from inbox.states import State
from tests.conftest import make_decision
from tests.inbox.stories import done, lease, pass_deadlines, play, step
from tests.inbox.stories import task as shown
from workday.answers import Echo, Reference
from workday.errors import Answered, Unanswered

pytestmark = pytest.mark.django_db

LOST = Unanswered("timeout")


@pytest.fixture
def decision(task: InboxTask) -> Decision:
    """A decision that was sent and got no answer."""
    decision = make_decision(task)
    play(decision, shown(decision), LOST)
    return decision


@pytest.mark.parametrize(
    "failure", [LOST, Unanswered("HTML", status=200), Answered(500), Answered(503), Answered(504), Answered(408)]
)
def test_a_send_without_proof_is_uncertain_and_says_so(task: InboxTask, failure: Failure) -> None:
    decision = make_decision(task)

    play(decision, shown(decision), failure)

    assert decision.state == State.UNCERTAIN
    assert decision.words == "Sent; checking with Workday"
    assert decision.attempts.get().outcome == Attempt.Outcome.UNKNOWN


def test_a_read_that_shows_our_own_action_confirms_it(decision: Decision) -> None:
    calls = play(decision, done(decision))

    assert calls == [ReadStep()]
    assert decision.state == State.APPLIED
    assert decision.words == "Approved"


def test_our_action_is_known_by_its_comment_in_any_language(decision: Decision) -> None:
    play(decision, done(decision, "Genehmigt"))

    assert decision.state == State.APPLIED


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Two\nlines,  two spaces", "Two lines, two spaces"), ("a < b", "a < b"), ("really <b>no</b>", "really no")],
)
def test_a_comment_is_known_again_however_workday_keeps_it(task: InboxTask, typed: str, kept: str) -> None:
    decision = make_decision(task, comment=typed)
    play(decision, shown(decision), LOST)

    play(decision, done(decision, "Genehmigt", comment=kept))

    assert decision.state == State.APPLIED


def test_a_foreign_word_without_our_comment_is_not_taken_for_success(decision: Decision) -> None:
    play(decision, done(decision, "Genehmigt", comment=""))

    assert decision.state == State.ALREADY_DECIDED
    assert "by yourself" in decision.detail
    assert "not by your click" not in decision.detail


def test_the_same_person_acting_by_hand_meanwhile_is_not_our_success(decision: Decision) -> None:
    play(decision, done(decision, comment="Did it in Workday."))

    assert decision.state == State.ALREADY_DECIDED


def test_the_opposite_action_is_never_our_success(decision: Decision) -> None:
    play(decision, done(decision, "Denied"))

    assert decision.state == State.ALREADY_DECIDED


def test_a_step_that_is_hidden_afterwards_is_found_in_its_events_history(decision: Decision) -> None:
    calls = play(decision, Answered(404), [done(decision)])

    assert calls == [ReadStep(), ReadCompletedSteps(decision.task.process_wid)]
    assert decision.state == State.APPLIED


def test_while_workday_may_still_be_acting_an_open_task_proves_nothing(decision: Decision) -> None:
    play(decision, step(decision))
    play(decision, step(decision))

    assert decision.state == State.UNCERTAIN
    assert decision.open_reads == 0


def test_only_two_reads_after_the_deadline_allow_a_second_send(decision: Decision) -> None:
    pass_deadlines(decision)

    assert play(decision, step(decision)) == [ReadStep()]
    assert (decision.state, decision.open_reads) == (State.UNCERTAIN, 1)

    assert play(decision, step(decision)) == [ReadStep()]
    assert decision.state == State.WAITING
    assert decision.attempts.get().outcome == Attempt.Outcome.NOT_APPLIED

    calls = play(decision, shown(decision), Echo(decision.task_wid, ""))
    assert calls == [ReadInboxTask(), Send()]
    assert decision.state == State.APPLIED


def test_the_two_reads_lie_at_least_ten_seconds_apart(decision: Decision) -> None:
    pass_deadlines(decision)
    leased = lease(decision)
    assert leased.state == State.UNCERTAIN

    play(decision, step(decision))

    row = Decision.objects.filter(pk=decision.pk, next_at__gte=from_now(9))
    assert row.exists()


def test_a_send_that_landed_after_all_is_recognised_when_the_second_is_turned_down(decision: Decision) -> None:
    pass_deadlines(decision)
    play(decision, step(decision))
    play(decision, step(decision))

    play(decision, shown(decision), Answered(400, code="A212"), done(decision))

    assert decision.state == State.APPLIED


@pytest.mark.parametrize("failure", [LOST, Answered(500), Answered(429, retry_after=5.0), NeedsReconnect("gone")])
def test_a_read_that_fails_leaves_it_uncertain(decision: Decision, failure: Failure) -> None:
    play(decision, failure)

    assert decision.state == State.UNCERTAIN


def test_after_a_quarter_of_an_hour_a_person_is_told_that_it_cannot_be_confirmed(decision: Decision) -> None:
    Decision.objects.filter(pk=decision.pk).update(uncertain_since=from_now(-901))

    play(decision, LOST)

    assert decision.state == State.MANUAL
    assert decision.words == "We cannot confirm; open it in Workday"


def test_a_later_read_still_settles_what_could_not_be_confirmed(decision: Decision) -> None:
    Decision.objects.filter(pk=decision.pk).update(uncertain_since=from_now(-901))
    play(decision, LOST)

    play(decision, done(decision))

    assert decision.state == State.APPLIED


def test_what_could_not_be_confirmed_and_is_still_open_is_handed_back_not_sent_again(decision: Decision) -> None:
    Decision.objects.filter(pk=decision.pk).update(uncertain_since=from_now(-901))
    pass_deadlines(decision)
    play(decision, LOST)

    play(decision, step(decision))
    assert play(decision, step(decision)) == [ReadStep()]

    assert (decision.state, decision.words) == (State.REFUSED, "Not done; nothing reached Workday")
    assert decision.attempts.count() == 1


def test_the_classic_service_alone_never_confirms_a_lost_send(decision: Decision) -> None:
    calls = play(decision, Answered(403, code="S22"), Answered(404))

    assert calls == [ReadStep(), ReadInboxTask()]
    assert decision.state == State.UNCERTAIN


def test_the_classic_service_alone_can_show_that_nothing_was_applied(decision: Decision) -> None:
    pass_deadlines(decision)

    play(decision, Answered(403, code="S22"), shown(decision))
    play(decision, Answered(403, code="S22"), shown(decision))

    assert decision.state == State.WAITING


def test_a_step_that_waits_for_somebody_else_afterwards_was_not_ours(decision: Decision) -> None:
    pass_deadlines(decision)

    play(decision, step(decision, awaiting=["c" * 32]))

    assert decision.state == State.UNCERTAIN


def test_a_status_left_out_settles_nothing(decision: Decision) -> None:
    play(decision, step(decision, Reference()))

    assert decision.state == State.UNCERTAIN

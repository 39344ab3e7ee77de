"""Stories that the model found, or that it was built around, kept so that they are played every time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inbox.models import Decision
from inbox.states import Action, State
from tests.model.far_side import View
from tests.model.machine import Story
from tests.model.replies import Reply
from tests.model.world import CARL, OTHER, OWN, SHARED


@pytest.fixture
def story(small_world: None) -> Iterator[Story]:
    story = Story()
    yield story
    story.scope.close()


def _end(story: Story, task: str = SHARED) -> Decision:
    """The newest decision on the task, after everything was found to hold."""
    story.everything_holds()
    return Decision.objects.filter(task_wid=task).latest("created_at")


def _stop_before_send(story: Story) -> None:
    """The first worker has written its intent and stands still before the first byte leaves."""
    story.start(0)
    story.step(0)
    story.step(0)
    assert [type(running.call).__name__ for running in story.world.drainers[0].running] == ["Send"]


def test_a_lost_send_is_not_called_somebody_elses_when_workday_names_nobody(story: Story) -> None:
    nameless = View(comments_shown=False, actor_named=False, english=False)
    story.begin(nameless, 0.0, "carl", Action.APPROVE)

    story.work(0, [Reply.OK, Reply.APPLIED_LOST])
    story.wait_and_work(21, 0)

    assert _end(story).state == State.UNCERTAIN


def test_a_task_given_away_ends_even_when_workday_does_not_name_who_has_it(story: Story) -> None:
    story.begin(View(awaiting_named=False), 0.0, "carl", Action.APPROVE)
    story.meddle(SHARED, "reassign", CARL)

    for _ in range(10):
        story.wait_and_work(601, 0)

    decision = _end(story)
    assert (decision.state, decision.reason_code) == (State.ALREADY_DECIDED, "gone")
    assert story.far.sent == []


def test_a_task_given_away_ends_where_steps_are_hidden_and_the_token_ran_out_in_between(story: Story) -> None:
    story.begin(View(steps_allowed=False, actor_named=False, awaiting_named=False), 0.0, "carl", Action.APPROVE)
    story.meddle(SHARED, "reassign", CARL)

    story.work(0, [Reply.OK, Reply.UNAUTHORIZED_401])

    decision = _end(story)
    assert (decision.state, decision.reason_code) == (State.ALREADY_DECIDED, "gone")
    assert story.far.sent == []


def test_a_task_that_was_done_ends_even_when_workday_tells_nothing_of_the_step(story: Story) -> None:
    untold = View(comments_shown=False, actor_named=False, english=False)
    story.begin(untold, 0.0, "carl", Action.APPROVE)
    story.work(0, [Reply.OK, Reply.LOST])
    for _ in range(2):
        story.wait_and_work(21, 0, [Reply.OK, Reply.BUSY_429])
    story.by_hand(SHARED, CARL, Action.APPROVE)

    for _ in range(10):
        story.wait_and_work(601, 0)

    assert _end(story).is_final


def test_what_a_frozen_worker_sends_late_is_done_once(story: Story) -> None:
    story.begin(View(), 0.0, "carl", Action.APPROVE)
    _stop_before_send(story)
    for _ in range(4):
        story.wait_and_work(61, 1)
    assert _end(story).state == State.APPLIED

    story.step(0)
    story.step(0)

    assert [sent.late for sent in story.far.sent] == [False, True]
    assert _end(story).state == State.APPLIED


def test_a_frozen_worker_that_wakes_up_writes_nothing(story: Story) -> None:
    story.begin(View(), 0.0, "carl", Action.APPROVE)
    _stop_before_send(story)
    story.step(0, Reply.BUSY_429)
    story.wait_and_work(61, 1)

    story.step(0)

    assert _end(story).state == State.UNCERTAIN


def test_a_refused_send_is_settled_by_its_own_worker_alone(story: Story) -> None:
    story.begin(View(), 0.0, "carl", Action.APPROVE)
    story.work(0)
    story.click("olive", OWN, Action.APPROVE)
    _stop_before_send(story)
    story.step(0, Reply.REFUSED_400)
    story.step(0)
    story.kill(0)
    story.disconnect("olive")
    story.reconnect("olive", OTHER)
    story.meddle(OWN, "reassign", OTHER)

    story.wait_and_work(61, 0)

    assert _end(story, OWN).state == State.UNCERTAIN


def test_what_was_queued_is_not_sent_in_another_workers_name(story: Story) -> None:
    story.begin(View(), 5.0, "carl", Action.APPROVE)
    story.click("olive", OWN, Action.APPROVE)
    story.disconnect("olive")
    story.reconnect("olive", OTHER)

    story.wait_and_work(61, 0)

    assert _end(story, OWN).state == State.NEEDS_RECONNECT

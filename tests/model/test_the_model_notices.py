"""Flaws planted in the product, each with a story in which the model has to notice it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from inbox import delivery, evidence
from inbox.models import Attempt, Decision
from inbox.models.decision import from_now
from inbox.outcomes import BY_STATUS, Meaning
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


def _lose_the_send(story: Story, reply: Reply = Reply.LOST, view: View | None = None) -> None:
    story.begin(view or View(), 0.0, "carl", Action.APPROVE, opening=2)
    story.step(0, reply)
    story.step(0)
    story.work(0)


def test_a_write_under_an_old_fence(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    def move(self: Decision, to: State, *, seconds: float = 0.0, **changes: Any) -> None:
        Decision.objects.filter(pk=self.pk).update(state=to, next_at=from_now(seconds), **changes)

    story.begin(View(), 0.0, "carl", Action.APPROVE, opening=3)
    story.wait_and_work(61, 1, [Reply.LOST])
    monkeypatch.setattr(Decision, "move", move)

    with pytest.raises(AssertionError, match="I9"):
        story.step(0)


def test_a_resend_before_the_deadline(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attempt, "seconds_until_provable", lambda attempt: 0.0)
    _lose_the_send(story)
    for _ in range(3):
        story.wait_and_work(4, 0)
    story.wait_and_work(11, 0)

    with pytest.raises(AssertionError, match="I6"):
        story.everything_holds()


def test_a_resend_after_a_single_look(story: Story) -> None:
    _lose_the_send(story)
    story.scope.enter_context(override_settings(READS_APART_SECONDS=0.0))
    story.wait_and_work(21, 0)
    story.wait_and_work(1, 0)

    with pytest.raises(AssertionError, match="I6"):
        story.everything_holds()


def test_an_answer_taken_for_proof_that_is_none(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BY_STATUS, 503, Meaning.BUSY)
    _lose_the_send(story, Reply.UNAVAILABLE_503)
    story.wait_and_work(4, 0)

    with pytest.raises(AssertionError, match="I6"):
        story.everything_holds()


def test_another_workers_token(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decision, "has_its_worker", True)
    story.begin(View(), 0.0, "carl", Action.APPROVE)
    story.click("olive", OWN, Action.APPROVE)
    story.disconnect("olive")
    story.reconnect("olive", OTHER)
    story.work(0)

    with pytest.raises(AssertionError, match="I7"):
        story.everything_holds()


def test_somebody_elses_doing_told_as_ours(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_is_ours", lambda step, decision: True)
    _lose_the_send(story)
    story.by_hand(SHARED, CARL, Action.REJECT)
    story.wait_and_work(21, 0)

    with pytest.raises(AssertionError, match="I5: told as done"):
        story.everything_holds()


def test_our_doing_told_as_somebody_elses(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_is_ours", lambda step, decision: False)
    _lose_the_send(story, Reply.APPLIED_LOST)
    story.wait_and_work(21, 0)

    with pytest.raises(AssertionError, match="I5: told as decided elsewhere"):
        story.everything_holds()


def test_more_attempts_than_promised(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MOST_ATTEMPTS", 100)
    story.begin(View(), 0.0, "carl", Action.APPROVE)
    for _ in range(10):
        story.wait_and_work(901, 0, [Reply.OK, Reply.NOT_SENT])

    with pytest.raises(AssertionError, match="I15"):
        story.everything_holds()


def test_an_end_that_never_comes(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "UNCERTAIN_AT_MOST", 1e9)
    _lose_the_send(story, Reply.LOST, View(steps_allowed=False))
    story.meddle(SHARED, "reassign", CARL)

    with pytest.raises(AssertionError, match="I1: no end"):
        story.teardown()

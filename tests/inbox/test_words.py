from __future__ import annotations

import datetime

import pytest

from inbox.models import Decision
from inbox.states import Action, State

MORNING = datetime.datetime(2026, 11, 2, 9, 30, tzinfo=datetime.UTC)
A_DAY = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)


@pytest.mark.parametrize("state", [state for state in State if state != State.APPLIED])
@pytest.mark.parametrize("action", list(Action))
def test_nothing_is_called_done_before_workday_confirmed_it(state: State, action: Action) -> None:
    decision = Decision(state=state, action=action, decided_by="Somebody", next_at=MORNING, settled_at=MORNING)

    for done in ("Approved", "Rejected", "Sent back", "Done"):
        assert done not in f"{decision.words} {decision.detail}"


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Action.APPROVE, "Approved"),
        (Action.REJECT, "Rejected"),
        (Action.SEND_BACK, "Sent back"),
        (Action.DONE, "Done"),
    ],
)
def test_a_confirmed_decision_is_named_and_timed(action: Action, words: str) -> None:
    decision = Decision(state=State.APPLIED, action=action, settled_at=MORNING)

    assert decision.words == words
    assert decision.detail == "confirmed by Workday at 2 Nov 2026, 09:30"


def test_who_decided_elsewhere_is_told_with_the_time_workday_gives() -> None:
    decision = Decision(state=State.ALREADY_DECIDED, decided_by="Kwame Adjei", decided_at=MORNING)

    assert decision.detail == "by Kwame Adjei at 2 Nov 2026, 09:30; not by your click here"


def test_a_day_without_a_time_is_not_made_into_midnight() -> None:
    decision = Decision(state=State.ALREADY_DECIDED, decided_by="Kwame Adjei", decided_at=A_DAY)

    assert decision.detail == "by Kwame Adjei on 2 Nov 2026; not by your click here"


def test_what_workday_does_not_tell_is_not_made_up() -> None:
    decision = Decision(state=State.ALREADY_DECIDED)

    assert decision.detail == "by somebody; Workday does not say who; not by your click here"


def test_waiting_says_when_it_goes_on_and_that_nothing_was_done() -> None:
    decision = Decision(state=State.WAITING, next_at=MORNING)

    assert decision.detail == "Nothing was done yet. Next try at 2 Nov 2026, 09:30."

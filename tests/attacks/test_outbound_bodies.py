"""Whatever Workday answers: typed values, or one of the errors that callers know.

ATTACK_EXAMPLES=10000 makes this the long run.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks import hostile
from tests.attacks.hostile import WID
from tests.attacks.said import ORIGIN, Said
from workday import oauth
from workday.answers import Reference
from workday.client import Workday
from workday.errors import NotSent, WorkdayError
from workday.probing import look
from workday.secret import Secret
from workday.session import Session

pytestmark = pytest.mark.attack("T44")

EXAMPLES = int(os.environ.get("ATTACK_EXAMPLES") or 0)
REQUEST = "7b0e7c3e-2a53-4c6e-9b0a-000000000001"
Call = Callable[[Workday], Any]
READS: dict[str, Call] = {
    "me": lambda workday: workday.me(),
    "inbox": lambda workday: list(workday.inbox()),
    "inbox_task": lambda workday: workday.inbox_task(WID),
    "event_step": lambda workday: workday.event_step(WID),
    "awaiting_steps": lambda workday: workday.awaiting_steps(limit=5),
    "completed_steps": lambda workday: workday.completed_steps(WID),
    "waiting_steps": lambda workday: workday.waiting_steps(WID),
    "planned_steps": lambda workday: workday.planned_steps(WID),
    "events": lambda workday: workday.events(initiated_since=datetime.date(2000, 1, 1), worker=WID),
    "event": lambda workday: workday.event(WID),
    "event_comments": lambda workday: workday.event_comments(WID),
    "attachments": lambda workday: workday.attachments(WID),
    "process_facts": lambda workday: workday.process_facts("timeOffRequest", WID),
    "send_back_targets": lambda workday: workday.send_back_targets(WID),
}
DECISIONS: dict[str, Call] = {
    "approve": lambda workday: workday.approve(WID, "Fine.", request_id=REQUEST),
    "deny": lambda workday: workday.deny(WID, "No.", request_id=REQUEST),
    "send_back": lambda workday: workday.send_back(WID, "Why?", "b" * 32, request_id=REQUEST),
    "submit_to_do": lambda workday: workday.submit_to_do(WID, "Done.", request_id=REQUEST),
    "decide_inbox_task": lambda workday: workday.decide_inbox_task(
        WID, "Title", approve=True, comment="Fine.", request_id=REQUEST
    ),
}


@pytest.fixture
def said() -> Iterator[Said]:
    said = Said()
    yield said
    said.close()


def ask(said: Said, session: Session, call: Call, answer: bytes) -> Any:
    said.answers = [answer]
    return call(Workday(session, f"{ORIGIN}/ccx/api/v1/acme", Secret("a token")))


def assert_typed(value: Any) -> None:
    """What callers may rely on: texts that any page and database hold, times that exist everywhere."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            assert_typed(getattr(value, field.name))
        assert not isinstance(value, Reference) or isinstance(value.resource, str)
    elif isinstance(value, (list, tuple)):
        for each in value:
            assert_typed(each)
    elif isinstance(value, str):
        assert value.encode().isascii() or value.encode().decode() == value
        assert not set(value) & {"\x00", "\r", "\n", "\x1b"}
    elif isinstance(value, datetime.datetime):
        for hours in (-14, 14):
            value.astimezone(datetime.timezone(datetime.timedelta(hours=hours)))
    else:
        assert value is None or isinstance(value, (int, datetime.date))


def fuzzed(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def end_of(call: Callable[[], Any]) -> str:
    """What it ended with, in words. To say that nothing was sent would let a decision be sent again."""
    try:
        assert_typed(call())
    except WorkdayError as error:
        failure = error
    else:
        return "typed"
    assert not isinstance(failure, NotSent)
    assert_typed([failure.reason, str(failure), getattr(failure, "message", ""), getattr(failure, "code", "")])
    return type(failure).__name__


def test_any_answer_to_a_read_is_typed_or_an_error_that_callers_know(said: Said) -> None:
    ends: Counter[str] = Counter()
    with said.session() as session:

        @fuzzed(300)
        @given(st.sampled_from(sorted(READS)), hostile.answers)
        def holds(name: str, answer: bytes) -> None:
            ends[end_of(lambda: ask(said, session, READS[name], answer))] += 1

        holds()
    assert ends.keys() == {"typed", "Unanswered", "Answered"}, ends
    assert min(ends.values()) > 10, ends


def test_no_answer_but_workdays_own_confirms_a_decision(said: Said) -> None:
    ends: Counter[str] = Counter()
    with said.session() as session:

        @fuzzed(200)
        @given(st.sampled_from(sorted(DECISIONS)), hostile.answers)
        def holds(name: str, answer: bytes) -> None:
            end = end_of(lambda: ask(said, session, DECISIONS[name], answer))
            ends[end] += 1
            expected = b"200" if name == "decide_inbox_task" else b"201"
            assert end != "typed" or answer.split(b" ", 2)[1] == expected

        holds()
    assert ends.keys() == {"typed", "Unanswered", "Answered"}, ends


def test_an_honest_answer_is_read_by_every_call(said: Said) -> None:
    """So that what is refused above is refused for what is wrong with it."""
    with said.session() as session:
        for name, call in {**READS, **DECISIONS}.items():
            status = 201 if name in DECISIONS and name != "decide_inbox_task" else 200
            assert_typed(ask(said, session, call, hostile.whole(status, json.dumps(hostile.PAGE).encode())))


def test_any_head_is_looked_at_or_an_error_that_callers_know(said: Said) -> None:
    with said.session() as session:

        @fuzzed(200)
        @given(hostile.said_badly)
        def holds(answer: bytes) -> None:
            said.answers = [answer]
            end_of(lambda: look(session, ORIGIN, 5).told_at)

        holds()


@pytest.mark.attack("T20")
def test_any_answer_of_the_token_endpoint_is_a_grant_or_an_error_that_callers_know(said: Said) -> None:
    client = oauth.ApiClient("client", Secret("secret"), f"{ORIGIN}/authorize", f"{ORIGIN}/token")
    with said.session() as session:

        @fuzzed(200)
        @given(hostile.answers)
        def holds(answer: bytes) -> None:
            said.answers = [answer]
            end_of(lambda: oauth.refresh(session, client, Secret("refresh")).expires_in)

        holds()

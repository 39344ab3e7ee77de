"""A slow click and a finding come with what else happened around them."""

from __future__ import annotations

import dataclasses

from soak import evidence
from soak.collect import Rows
from soak.ledgers import DecisionRow, Finding, Kind
from soak.notes import Note
from soak.stage import Record, Window

CLICK = Note("decide", "manager@north.example", at=103.0, seconds=2.0, status=200, nonce="n1", task="t1")
RECORD = Record(
    drawn=[(80.0, "too long ago"), (101.0, "Redis frozen"), (104.0, "PostgreSQL slow"), (106.0, "too late")],
    redis_windows=[Window("frozen", 101.0, 105.0)],
)


def slow(**more: object) -> list[str]:
    return list(evidence.slow_clicks([dataclasses.replace(CLICK, **more)], RECORD, limit=1.5))  # type: ignore[arg-type]  # any field


def test_a_slow_click_without_redis_is_told_with_what_had_been_broken_just_before() -> None:
    head, *causes = slow()
    assert head == "slow: 2.00 s for manager@north.example, Redis frozen 2.0 s before"
    assert [cause.split(": ")[1] for cause in causes] == ["Redis frozen", "PostgreSQL slow"]


def test_a_click_that_was_quick_refused_or_had_redis_is_not_told() -> None:
    assert slow(seconds=1.5) == slow(status=422) == slow(at=99.0) == slow(at=105.0) == slow(kind="undo") == []


def test_the_story_of_a_finding_holds_the_clicks_the_row_and_what_the_far_side_saw() -> None:
    row = DecisionRow("d1", "n1", "t1", "w1", "approve", "applied", [("", "queued"), ("queued", "applied")])
    rows = Rows([row], {}, {"t1": "north"}, {})
    seen = {"n": 7, "time": "12:00", "method": "POST", "path": "/eventSteps/t1/approve", "status": 201}
    seen |= {"worker": {"key": "manager"}, "headers": {}, "fault": None, "applied": True}
    for subject in ("d1", "n1", "t1"):
        told = "\n".join(evidence.story(Finding(Kind.WRONG, subject), rows, [seen], [CLICK]))
        for part in ("approve t1 of north", "decide by manager@north.example", "queued, applied", "as manager: 201"):
            assert part in told
    assert list(evidence.story(Finding(Kind.WRONG, "another"), rows, [seen], [CLICK])) == []

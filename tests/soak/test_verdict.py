"""A soak passes only when nothing was wrong or late and, in a run of full length, enough was broken."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest

import soak.__main__ as program
from soak import verdict
from soak.ledgers import Finding, Kind
from soak.result import Result
from soak.stage import Record

FULL = Result(
    minutes=10,
    findings=[],
    record=Record(kills=200, redis_losses=20, postgres_restarts=10, far_faults=300, pickups=[29.0]),
    states=Counter(applied=3000),
    clicks=3500,
    acknowledged=3000,
    far_requests=9000,
    sends=3000,
    ended_tokens=0,
    recovery=[1.0],
    waited=90.0,
    click_seconds={"frozen": [1.5], "working": [9.0]},
)


def with_record(**more: Any) -> dict[str, Any]:
    return {"record": dataclasses.replace(FULL.record, **more)}


def problems(**more: Any) -> list[str]:
    return verdict.problems(dataclasses.replace(FULL, **more))


def test_a_run_that_just_meets_every_goal_passes() -> None:
    assert problems() == []
    assert verdict.line(FULL).endswith(": passed")


OF_FULL_RUNS: list[tuple[dict[str, Any], str]] = [
    ({"states": Counter(applied=2999)}, "too little: Decisions 2999, at least 3000"),
    (with_record(kills=199), "too little: Processes killed"),
    (with_record(redis_losses=19), "too little: Redis losses"),
    (with_record(postgres_restarts=9), "too little: PostgreSQL restarts"),
    (with_record(far_faults=299), "too little: Faults played"),
    (with_record(pickups=[]), "too little: Times that workers had to listen"),
    ({"click_seconds": {"working": [0.1]}}, "too little: Clicks without Redis"),
    ({"click_seconds": {"frozen": [0.1] * 50 + [1.6]}}, "slow: clicks without Redis took 1.60 s (p99)"),
]


@pytest.mark.parametrize(("more", "said"), OF_FULL_RUNS)
def test_a_full_run_in_which_too_little_was_broken_or_clicks_were_slow_fails(more: dict[str, Any], said: str) -> None:
    [problem] = problems(**more)
    assert problem.startswith(said)
    assert verdict.line(dataclasses.replace(FULL, **more)).endswith(": FAILED")


def test_a_slow_machine_fails_for_too_little_only_where_the_page_is_written() -> None:
    slow = dataclasses.replace(FULL, states=Counter(applied=2000))
    assert verdict.problems(slow, for_page=False) == []
    assert verdict.line(slow, for_page=False).endswith(": passed, but too little was done for the page")
    lossy = dataclasses.replace(slow, findings=[Finding(Kind.LOST, "n1")])
    assert verdict.problems(lossy, for_page=False) == ["lost: n1"]


@pytest.mark.parametrize(("more", "said"), OF_FULL_RUNS)
def test_a_shorter_run_is_not_judged_by_that_and_says_so(more: dict[str, Any], said: str) -> None:
    short = dataclasses.replace(FULL, minutes=9.9, **more)
    assert verdict.problems(short) == []
    assert "passed (under 10 minutes: neither how much was broken nor the p99 is judged)" in verdict.line(short)


@pytest.mark.parametrize("minutes", [3, 10])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"findings": [Finding(Kind.LOST, "n1")]}, "lost: n1"),
        ({"missed_plants": ["lose_a_row"]}, "blind: the checker would not have found lose_a_row"),
        ({"waited": 90.1}, "late: "),
        (with_record(pickups=[1.0, 30.0]), "deaf: "),
    ],
)
def test_what_is_wrong_blind_or_late_fails_a_run_of_any_length(minutes: int, more: dict[str, Any], said: str) -> None:
    [problem] = problems(minutes=minutes, **more)
    assert problem.startswith(said)


class NoSystem:
    """Stands in for the system where no run takes place."""

    effective: ClassVar[dict[str, float]] = {}

    def __init__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass


@pytest.mark.parametrize(("decisions", "code"), [(3000, 0), (2999, 1)])
def test_a_goal_that_was_missed_is_told_by_the_exit_code(
    decisions: int, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = dataclasses.replace(FULL, states=Counter(applied=decisions))
    monkeypatch.setattr(program, "System", NoSystem)
    monkeypatch.setattr(program, "Interrupts", object)
    monkeypatch.setattr(program, "_soak", lambda *_: found)
    page = tmp_path / "page.md"
    assert program.main(["--write", str(page)]) == code
    assert ("did NOT pass" in page.read_text()) == bool(code)
    assert program.main([]) == 0

"""The soak's checker finds every violation that is planted in the ledgers of an honest run."""

from __future__ import annotations

import dataclasses
import datetime
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from soak.collect import Rows
from soak.judging import Ledgers, judge
from soak.ledgers import AttemptRow, DecisionRow, Finding, Kind
from soak.notes import Note
from soak.plants import PLANTS, missed
from soak.result import Result, ended_tokens
from soak.stage import Record

START = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)
WORKER = "w" * 32
SENT = (("", "queued"), ("queued", "claimed"), ("claimed", "sending"), ("sending", "applied"))
LATER = (*SENT[:3], ("sending", "uncertain"), ("uncertain", "waiting"), ("waiting", "claimed"), *SENT[2:])


def after(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def row(number: int, *attempts: AttemptRow, moves: Any = SENT) -> DecisionRow:
    task = f"{number}" * 32
    return DecisionRow(f"d{number}", f"n{number}", task, WORKER, "approve", moves[-1][1], moves, attempts)


def attempt(begun: float, status: int | None = 201) -> AttemptRow:
    return AttemptRow(after(begun), after(begun + 5), status)


def note(number: int, status: int = 200, kind: str = "decide") -> Note:
    return Note(kind, "manager", 0, 0.1, status, f"n{number}", f"task{number}", "approve", "plain")


def entry(n: int, seconds: float, method: str, number: int, **more: Any) -> dict[str, Any]:
    path = f"/ccx/api/businessProcess/v1/north/eventSteps/{str(number) * 32}"
    usual = {"n": n, "time": after(seconds).isoformat(), "method": method, "query": {}, "headers": {}, "status": 200}
    return {
        **usual,
        "path": path,
        "applied": False,
        "worker": {"key": "manager", "id": WORKER},
        "grant": "user",
        **more,
    }


def sent(n: int, seconds: float, number: int, *, applied: bool = True) -> dict[str, Any]:
    made = entry(n, seconds, "POST", number, applied=applied, headers={"wd-external-request-id": f"d{number}"})
    return {**made, "path": f"{made['path']}/approve", "status": 201 if applied else 500}


def honest() -> Ledgers:
    """One decision that went through at once, one that was sent twice with a look in between, one undone in time."""
    undone = (("", "queued"), ("queued", "cancelled"))
    rows = [row(1, attempt(1)), row(2, attempt(2, None), attempt(20), moves=LATER), row(3, moves=undone)]
    far = [entry(1, 0.5, "GET", 1), sent(2, 1.5, 1), sent(3, 2.5, 2, applied=False)]
    far += [entry(4, 15, "GET", 2), sent(5, 21, 2)]
    done = {"status": {"descriptor": "Approved"}, "completedByPerson": {"id": WORKER}}
    steps = {"1" * 32: done, "2" * 32: done, "3" * 32: {"status": {"descriptor": "Awaiting Action"}}}
    wids = {f"task{number}": str(number) * 32 for number in (1, 2, 3)}
    notes = [note(1), note(2, 500), note(2), note(3), note(3, kind="undo"), note(4, 422)]
    return Ledgers(notes, Rows(rows, {}, {}, wids), far, steps)


def result(findings: list[Finding], **more: Any) -> Result:
    usual: dict[str, Any] = {
        "clicks": 1,
        "acknowledged": 1,
        "far_requests": 1,
        "sends": 1,
        "ended_tokens": 0,
        "waited": 1.0,
    }
    record = more.pop("record", Record())
    lists = {"recovery": [], "click_seconds": more.pop("click_seconds", {})}
    return Result(findings, record, Counter(), **{**usual, **lists, **more})


def test_an_honest_run_has_no_findings_and_passes() -> None:
    assert judge(honest()) == []
    assert result([]).problems == []


@pytest.mark.parametrize(("plant", "kind"), PLANTS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_each_planted_violation_is_found_and_named(plant: Callable[[Ledgers], Ledgers], kind: Kind) -> None:
    findings = judge(plant(honest()))
    assert kind in {finding.kind for finding in findings}
    assert result(findings).problems


def test_the_check_of_the_checker_names_what_it_would_have_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def plant_nothing(run: Ledgers) -> Ledgers:
        return run

    assert missed(honest()) == []
    monkeypatch.setitem(PLANTS, plant_nothing, Kind.LOST)
    assert missed(honest()) == ["plant_nothing"]


def test_every_kind_of_violation_is_planted() -> None:
    assert set(PLANTS.values()) == set(Kind)


def test_a_task_given_to_somebody_else_is_over_for_this_person() -> None:
    elsewhere = row(1, moves=(*SENT[:2], ("claimed", "already_decided")))
    step = {"status": {"descriptor": "Awaiting Action"}, "awaitingPersons": [{"id": "x" * 32}]}
    run = Ledgers([note(1)], Rows([elsewhere], {}, {}, {"task1": "1" * 32}), [], {"1" * 32: step})
    assert judge(run) == []
    step["awaitingPersons"] = [{"id": WORKER}]
    assert [finding.kind for finding in judge(run)] == [Kind.WRONG]


def test_only_a_refused_request_may_come_with_a_token_that_is_nobody_s_any_more() -> None:
    run = honest()
    first = run.far[2]
    for status, kinds in ((401, []), (500, [Kind.FOREIGN])):
        far = [{**each, "worker": None, "grant": None, "status": status} if each is first else each for each in run.far]
        assert [finding.kind for finding in judge(dataclasses.replace(run, far=far))] == kinds
        assert ended_tokens(far) == (status == 401)


@pytest.mark.parametrize("spoilt", [{"fault": "garbage"}, {"status": 503}, {"worker": {"id": "c" * 32}}])
def test_a_look_that_told_nothing_or_was_a_colleague_s_does_not_allow_a_resend(spoilt: dict[str, Any]) -> None:
    run = honest()
    far = [{**each, **spoilt} if each["n"] == 4 else each for each in run.far]
    assert [finding.kind for finding in judge(dataclasses.replace(run, far=far))] == [Kind.BLIND]


def test_a_click_that_was_unclear_and_then_refused_may_have_left_a_row() -> None:
    run = honest()
    unclear = [*run.notes[1:], note(1, 0), note(1, 422)]
    assert judge(dataclasses.replace(run, notes=unclear)) == []


def test_being_late_slow_or_deaf_fails_too() -> None:
    assert "late" in result([], waited=91.0).problems[0]
    assert "slow" in result([], click_seconds={"frozen": [0.1] * 50 + [2.0]}).problems[0]
    assert "deaf" in result([], record=Record(pickups=[30.0])).problems[0]
    assert (
        result(
            [], waited=89.0, click_seconds={"frozen": [1.4], "working": [9.0]}, record=Record(pickups=[29.0])
        ).problems
        == []
    )

"""The soak's checker finds every violation that is planted in the ledgers of an honest run."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from typing import Any

import pytest

from soak.collect import Rows
from soak.judging import Ledgers, judge
from soak.ledgers import AttemptRow, DecisionRow, Kind
from soak.notes import Note
from soak.plants import PLANTS, missed
from soak.result import ended_tokens

START = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)
WORKER, PLACE = "w" * 32, "p" * 32
SENT = (("", "queued"), ("queued", "claimed"), ("claimed", "sending"), ("sending", "applied"))
LATER = (*SENT[:3], ("sending", "uncertain"), ("uncertain", "waiting"), ("waiting", "claimed"), *SENT[2:])


def after(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def row(number: int, *attempts: AttemptRow, moves: Any = SENT, action: str = "approve", to: str = "") -> DecisionRow:
    task = f"{number}" * 32
    return DecisionRow(f"d{number}", f"n{number}", task, WORKER, action, moves[-1][1], moves, attempts, to)


def attempt(begun: float, status: int | None = 201) -> AttemptRow:
    return AttemptRow(after(begun), after(begun + 5), status)


def note(number: int, status: int = 200, kind: str = "decide", action: str = "approve", to: str = "") -> Note:
    return Note(kind, "manager", 0, 0.1, status, f"n{number}", f"task{number}", action, "plain", to)


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


def sent_back(n: int, seconds: float, number: int) -> dict[str, Any]:
    made = sent(n, seconds, number)
    return {**made, "path": made["path"].replace("/approve", "/sendBack"), "body": {"to": {"id": PLACE}}}


def told_the_classic_way(n: int, seconds: float, number: int) -> dict[str, Any]:
    path = f"/ccx/api/v1/east/inboxTasks/{str(number) * 32}"
    return {**sent(n, seconds, number), "method": "PUT", "path": path, "query": {"type": "approval"}, "status": 200}


def honest() -> Ledgers:
    """One that went through at once, one sent twice with a look between, one undone, one sent back, one classic."""
    undone = (("", "queued"), ("queued", "cancelled"))
    rows = [row(1, attempt(1)), row(2, attempt(2, None), attempt(20), moves=LATER), row(3, moves=undone)]
    rows += [row(5, attempt(30), action="send_back", to=PLACE), row(6, attempt(40))]
    far = [entry(1, 0.5, "GET", 1), sent(2, 1.5, 1), sent(3, 2.5, 2, applied=False)]
    far += [entry(4, 15, "GET", 2), sent(5, 21, 2), sent_back(6, 31, 5), told_the_classic_way(7, 41, 6)]
    done = {"status": {"descriptor": "Approved"}, "completedByPerson": {"id": WORKER}}
    back = {**done, "status": {"descriptor": "Sent Back"}}
    steps = {"1" * 32: done, "2" * 32: done, "3" * 32: {"status": {"descriptor": "Awaiting Action"}}}
    wids = {f"task{number}": str(number) * 32 for number in (1, 2, 3, 5, 6)}
    notes = [note(1), note(2, 500), note(2), note(3), note(3, kind="undo"), note(4, 422)]
    notes += [note(5, action="send_back", to=PLACE), note(6)]
    return Ledgers(notes, Rows(rows, {}, {}, wids), far, {**steps, "5" * 32: back, "6" * 32: done})


def test_an_honest_run_has_no_findings() -> None:
    assert judge(honest()) == []


@pytest.mark.parametrize(("plant", "kind"), PLANTS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_each_planted_violation_is_found_and_named(plant: Callable[[Ledgers], Ledgers], kind: Kind) -> None:
    assert kind in {finding.kind for finding in judge(plant(honest()))}


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


@pytest.mark.parametrize(
    ("issued_to", "grant", "kinds"),
    [
        ({"id": WORKER}, "user", []),
        ({"id": "c" * 32}, "user", [Kind.FOREIGN]),
        ({"id": WORKER}, "isu", [Kind.FOREIGN]),
        (None, None, [Kind.FOREIGN]),
    ],
    ids=["their own", "a colleague's", "the integration system user's", "nobody's"],
)
def test_a_token_that_has_ended_must_have_been_the_decider_s(issued_to: Any, grant: Any, kinds: list[Kind]) -> None:
    run = honest()
    ended = {"worker": None, "issued_to": issued_to, "grant": grant, "status": 401}
    far = [{**each, **ended} if each["n"] == 3 else each for each in run.far]
    assert [finding.kind for finding in judge(dataclasses.replace(run, far=far))] == kinds
    assert ended_tokens(far) == 1


@pytest.mark.parametrize("spoilt", [{"fault": "garbage"}, {"status": 503}, {"worker": {"id": "c" * 32}}])
def test_a_look_that_told_nothing_or_was_a_colleague_s_does_not_allow_a_resend(spoilt: dict[str, Any]) -> None:
    run = honest()
    far = [{**each, **spoilt} if each["n"] == 4 else each for each in run.far]
    assert [finding.kind for finding in judge(dataclasses.replace(run, far=far))] == [Kind.BLIND]


def test_a_click_that_was_unclear_and_then_refused_may_have_left_a_row() -> None:
    run = honest()
    unclear = [*run.notes[1:], note(1, 0), note(1, 422)]
    assert judge(dataclasses.replace(run, notes=unclear)) == []

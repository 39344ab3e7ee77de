"""The comparison finds every violation that is planted, and nothing where there is none."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

import pytest

from inbox.states import State
from soak.ledgers import AttemptRow, Click, DecisionRow, Kind, compare

TASK, DECISION, NONCE, WORKER = "t" * 32, "d1", "n1", "w" * 32
START = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)
APPLIED_MOVES = (("", "queued"), ("queued", "claimed"), ("claimed", "sending"), ("sending", "applied"))
STEP = {"status": {"descriptor": "Approved"}, "completedByPerson": {"id": WORKER}}
OPEN_STEP = {"status": {"descriptor": "Awaiting Action"}, "awaitingPersons": [{"id": WORKER}]}


def after(seconds: float) -> datetime.datetime:
    return START + datetime.timedelta(seconds=seconds)


def attempt(begun: float, **more: Any) -> AttemptRow:
    return AttemptRow(after(begun), after(begun + 2), **more)


CLICK = Click(NONCE, TASK, "approve", acknowledged=True)
ROW = DecisionRow(DECISION, NONCE, TASK, WORKER, "approve", "applied", APPLIED_MOVES, [attempt(1)])


def entry(n: int, seconds: float, method: str, tail: str, **more: Any) -> dict[str, Any]:
    usual = {"n": n, "time": after(seconds).isoformat(), "method": method, "headers": {}, "query": {}}
    path = f"/ccx/api/businessProcess/v1/acme/eventSteps/{TASK}{tail}"
    return {**usual, "path": path, "status": 200, "applied": False, "worker": None, "grant": "user", **more}


def read(n: int, seconds: float, **more: Any) -> dict[str, Any]:
    return entry(n, seconds, "GET", "", **more)


def write(n: int, seconds: float, **more: Any) -> dict[str, Any]:
    usual = {"headers": {"wd-external-request-id": DECISION}, "worker": {"id": WORKER}, "applied": True}
    return entry(n, seconds, "POST", "/approve", **{**usual, "status": 201, **more})


HONEST = [read(1, 0.5), write(2, 1.5)]
TWICE = dataclasses.replace(
    ROW,
    attempts=[attempt(1), attempt(10)],
    moves=[
        *APPLIED_MOVES[:3],
        ("sending", "uncertain"),
        ("uncertain", "waiting"),
        ("waiting", "claimed"),
        *APPLIED_MOVES[2:],
    ],
)


def kinds(clicks: Any = (CLICK,), rows: Any = (ROW,), ledger: Any = HONEST, step: Any = STEP) -> list[Kind]:
    return [finding.kind for finding in compare(clicks, rows, ledger, {TASK: step})]


def test_an_honest_run_has_no_findings() -> None:
    assert kinds() == []


def test_a_resend_after_a_read_past_the_deadline_is_honest() -> None:
    assert kinds(rows=[TWICE], ledger=[write(2, 1.5, applied=False), read(3, 8), write(4, 11)]) == []


def test_an_acknowledged_click_without_a_row_is_lost() -> None:
    assert kinds([CLICK, dataclasses.replace(CLICK, nonce="n2")]) == [Kind.LOST]


def test_a_click_that_was_never_acknowledged_may_be_gone_or_be_there() -> None:
    unheard = dataclasses.replace(CLICK, acknowledged=False)
    assert kinds([unheard]) == kinds([unheard], [], [], OPEN_STEP) == []


def test_two_effects_on_one_task_are_a_double() -> None:
    assert kinds(rows=[TWICE], ledger=[write(2, 1.5), read(3, 8), write(4, 11)]) == [Kind.DOUBLED]


@pytest.mark.parametrize(
    ("ledger", "step"),
    [
        ([read(1, 0.5)], OPEN_STEP),
        ([read(1, 0.5), write(2, 1.5, applied=False)], OPEN_STEP),
        (HONEST, {**STEP, "status": {"descriptor": "Denied"}}),
        (HONEST, {**STEP, "completedByPerson": {"id": "x" * 32}}),
        (HONEST, None),
    ],
)
def test_applied_on_faith_is_a_wrong_state(ledger: list[dict[str, Any]], step: Any) -> None:
    assert kinds(ledger=ledger, step=step) == [Kind.WRONG]


@pytest.mark.parametrize("state", [State.REFUSED, State.CHANGED, State.ALREADY_DECIDED])
def test_an_effect_that_the_row_denies_is_a_wrong_state(state: State) -> None:
    row = dataclasses.replace(ROW, state=state, moves=[*APPLIED_MOVES[:2], ("claimed", state)])
    assert kinds(rows=[row]) == [Kind.WRONG]


def test_already_decided_while_the_task_awaits_the_decider_is_a_wrong_state() -> None:
    row = dataclasses.replace(ROW, state="already_decided", moves=[*APPLIED_MOVES[:2], ("claimed", "already_decided")])
    assert kinds(rows=[row], ledger=[read(1, 0.5)], step=OPEN_STEP) == [Kind.WRONG]
    given_away = {**OPEN_STEP, "awaitingPersons": [{"id": "x" * 32}]}
    assert kinds(rows=[row], ledger=[read(1, 0.5)], step=given_away) == []


def test_a_cancelled_decision_that_was_sent_is_a_wrong_state() -> None:
    row = dataclasses.replace(ROW, state="cancelled", moves=[("", "queued"), ("queued", "cancelled")])
    assert kinds(rows=[row], ledger=[write(2, 1.5, applied=False)]) == [Kind.WRONG]


def test_an_acknowledged_undo_that_was_carried_out_is_a_wrong_state() -> None:
    assert kinds([dataclasses.replace(CLICK, undone=True)]) == [Kind.WRONG]


@pytest.mark.parametrize("state", [State.QUEUED, State.UNCERTAIN, State.MANUAL, State.NEEDS_RECONNECT])
def test_a_decision_that_has_not_ended_is_not_finished(state: State) -> None:
    found = compare([CLICK], [dataclasses.replace(ROW, state=state)], HONEST, {TASK: STEP})
    assert Kind.UNFINISHED in {finding.kind for finding in found}


@pytest.mark.parametrize(
    "between",
    [[], [read(3, 2.5)], [read(3, 8, status=503)], [read(3, 8, path="/ccx/api/v1/acme/workers/me/inboxTasks")]],
    ids=["no read", "a read before the deadline", "a read that failed", "a list"],
)
def test_a_second_send_without_a_good_read_between_is_blind(between: list[dict[str, Any]]) -> None:
    assert kinds(rows=[TWICE], ledger=[write(2, 1.5, applied=False), *between, write(4, 11)]) == [Kind.BLIND]


def test_a_send_that_was_turned_away_needs_a_read_but_no_waiting() -> None:
    row = dataclasses.replace(TWICE, attempts=[attempt(1, status=401), attempt(2)])
    refused = write(2, 1.1, applied=False, status=401)
    assert kinds(rows=[row], ledger=[refused, read(3, 1.5), write(4, 2.1)]) == []
    assert kinds(rows=[row], ledger=[refused, write(4, 2.1)]) == [Kind.BLIND]


@pytest.mark.parametrize("more", [{"worker": {"id": "x" * 32}}, {"grant": "isu"}, {"worker": None}])
def test_a_send_as_somebody_else_is_a_foreign_token(more: dict[str, Any]) -> None:
    assert kinds(ledger=[read(1, 0.5), write(2, 1.5, **more)]) == [Kind.FOREIGN]


@pytest.mark.parametrize(
    "moves",
    [
        [("", "queued"), ("queued", "claimed"), ("claimed", "applied"), ("applied", "applied")],
        [("", "queued"), ("queued", "applied")],
        [*APPLIED_MOVES[:2], *APPLIED_MOVES[3:]],
        [*APPLIED_MOVES, APPLIED_MOVES[-1]],
        APPLIED_MOVES[1:],
        APPLIED_MOVES[:3],
        [],
    ],
    ids=["out of an end", "a short cut", "a gap", "told twice", "no beginning", "no end", "nothing"],
)
def test_a_story_that_leaves_the_allowed_edges_is_found(moves: list[tuple[str, str]]) -> None:
    assert kinds(rows=[dataclasses.replace(ROW, moves=moves)]) == [Kind.EDGE]


def test_a_send_before_its_intent_is_found() -> None:
    assert kinds(rows=[dataclasses.replace(ROW, attempts=[attempt(3)])]) == [Kind.UNDECLARED]


def test_a_row_or_a_send_that_nobody_wished_is_invented() -> None:
    assert kinds([]) == [Kind.INVENTED]
    assert kinds([dataclasses.replace(CLICK, action="reject")]) == [Kind.INVENTED]
    assert kinds(rows=[], ledger=[write(2, 1.5)], clicks=[]) == [Kind.INVENTED]


def test_the_classic_way_to_decide_is_compared_too() -> None:
    classic = {**write(2, 1.5), "method": "PUT", "path": f"/ccx/api/v1/acme/inboxTasks/{TASK}"}
    assert kinds(ledger=[read(1, 0.5), {**classic, "query": {"type": "approval"}}]) == []
    for other in ("denial", "something"):
        assert kinds(ledger=[read(1, 0.5), {**classic, "query": {"type": other}}]) == [Kind.INVENTED]


def test_sending_back_is_compared_with_where_to() -> None:
    click = dataclasses.replace(CLICK, action="send_back", to="p1")
    row = dataclasses.replace(ROW, action="send_back", to="p1")
    step = {**STEP, "status": {"descriptor": "Sent Back"}}
    path = f"/ccx/api/businessProcess/v1/acme/eventSteps/{TASK}/sendBack"
    back = write(2, 1.5, path=path, body={"reason": "Look again.", "to": {"id": "p1"}})
    assert kinds([click], [row], [back], step) == []
    assert kinds([click], [row], [{**back, "body": {"to": {"id": "p2"}}}], step) == [Kind.INVENTED]
    assert kinds([dataclasses.replace(click, to="p2")], [row], [back], step) == [Kind.INVENTED]
    assert kinds([click], [row], [back]) == [Kind.WRONG]


def test_a_token_that_has_ended_counts_as_the_one_s_whom_it_was_given_to() -> None:
    row = dataclasses.replace(TWICE, attempts=[attempt(1, status=401), attempt(2)])
    refused = write(2, 1.1, applied=False, status=401, worker=None, issued_to={"id": WORKER})
    others = {**refused, "issued_to": {"id": "x" * 32}}
    assert kinds(rows=[row], ledger=[refused, read(3, 1.5), write(4, 2.1)]) == []
    assert kinds(rows=[row], ledger=[others, read(3, 1.5), write(4, 2.1)]) == [Kind.FOREIGN]

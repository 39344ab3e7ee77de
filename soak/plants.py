"""Violations planted in the ledgers of a run, to show that the checker would have found them there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from soak.judging import Ledgers, judge
from soak.ledgers import DecisionRow, Kind


class NothingToPlantIn(Exception):
    """The run has no decision of the sort that is needed."""


def lose_a_row(run: Ledgers) -> Ledgers:
    """A click that was acknowledged has no row any more."""
    gone = _applied(run)
    return _with_rows(run, [row for row in run.rows.decisions if row is not gone])


def double_an_effect(run: Ledgers) -> Ledgers:
    """The same decision took effect at the far side a second time."""
    row = _applied(run)
    again = {**_effect(run, row), "n": run.far[-1]["n"] + 1}
    return dataclasses.replace(run, far=[*run.far, again])


def resend_blindly(run: Ledgers) -> Ledgers:
    """A second request without an effect and without a look in between."""
    row = _applied(run)
    first = _effect(run, row)
    again = {**first, "applied": False, "status": 400}
    place = run.far.index(first)
    far = [*run.far[: place + 1], again, *run.far[place + 1 :]]
    return dataclasses.replace(run, far=[{**entry, "n": number} for number, entry in enumerate(far, 1)])


def claim_too_much(run: Ledgers) -> Ledgers:
    """The row says applied, and the far side shows that nothing was done."""
    row = _applied(run)
    effect = _effect(run, row)
    return dataclasses.replace(run, far=[{**e, "applied": False} if e is effect else e for e in run.far])


def claim_too_little(run: Ledgers) -> Ledgers:
    """The row says refused, and yet the far side did it."""
    row = _applied(run)
    moves = [*row.moves[:-1], (row.moves[-1][0], "refused")]
    return _instead(run, row, dataclasses.replace(row, state="refused", moves=moves))


def send_what_was_undone(run: Ledgers) -> Ledgers:
    """A person was told "undone", and it was sent."""
    row = _applied(run)
    undone = next(note for note in run.notes if note.nonce == row.nonce and note.status == 200)
    return dataclasses.replace(run, notes=[*run.notes, dataclasses.replace(undone, kind="undo")])


def use_a_foreign_token(run: Ledgers) -> Ledgers:
    """A decision was sent with somebody else's token."""
    effect = _effect(run, _applied(run))
    stranger = {**effect, "worker": {"key": "stranger", "id": "0" * 32}}
    return dataclasses.replace(run, far=[stranger if entry is effect else entry for entry in run.far])


def use_the_isu_token(run: Ledgers) -> Ledgers:
    """A person's decision was sent with the token of the integration system user."""
    effect = _effect(run, _applied(run))
    return dataclasses.replace(run, far=[{**e, "grant": "isu"} if e is effect else e for e in run.far])


def take_a_forbidden_edge(run: Ledgers) -> Ledgers:
    """The audit events tell of a move that is not allowed."""
    row = _applied(run)
    return _instead(run, row, dataclasses.replace(row, moves=[("", "queued"), ("queued", "applied")]))


def forget_to_finish(run: Ledgers) -> Ledgers:
    """A decision has not ended."""
    row = _applied(run)
    return _instead(
        run, row, dataclasses.replace(row, state="waiting", moves=[*row.moves[:-1], ("sending", "waiting")])
    )


def send_without_intent(run: Ledgers) -> Ledgers:
    """Something was sent, and no attempt had been written down before."""
    row = _applied(run)
    return _instead(run, row, dataclasses.replace(row, attempts=[]))


def act_on_nobodys_wish(run: Ledgers) -> Ledgers:
    """The far side did something that no decision asked for."""
    effect = _effect(run, _applied(run))
    unknown = {**effect, "headers": {**effect["headers"], "wd-external-request-id": "nobody"}}
    return dataclasses.replace(run, far=[unknown if entry is effect else entry for entry in run.far])


def refuse_and_keep(run: Ledgers) -> Ledgers:
    """A person was told that the click was refused, and it stayed."""
    row = _applied(run)
    refused = [dataclasses.replace(note, status=422) if note.nonce == row.nonce else note for note in run.notes]
    return dataclasses.replace(run, notes=refused)


PLANTS: dict[Callable[[Ledgers], Ledgers], Kind] = {
    lose_a_row: Kind.LOST,
    double_an_effect: Kind.DOUBLED,
    resend_blindly: Kind.BLIND,
    claim_too_much: Kind.WRONG,
    claim_too_little: Kind.WRONG,
    send_what_was_undone: Kind.WRONG,
    use_a_foreign_token: Kind.FOREIGN,
    use_the_isu_token: Kind.FOREIGN,
    take_a_forbidden_edge: Kind.EDGE,
    forget_to_finish: Kind.UNFINISHED,
    send_without_intent: Kind.UNDECLARED,
    act_on_nobodys_wish: Kind.INVENTED,
    refuse_and_keep: Kind.INVENTED,
}


def missed(run: Ledgers) -> list[str]:
    """The names of the planted violations that the checker does not find; none is what is wanted."""
    before = judge(run)
    return [plant.__name__ for plant, kind in PLANTS.items() if not _is_found(run, plant, kind, len(before))]


def _is_found(run: Ledgers, plant: Callable[[Ledgers], Ledgers], kind: Kind, before: int) -> bool:
    try:
        found = judge(plant(run))
    except NothingToPlantIn:
        return False
    return len(found) > before and any(finding.kind is kind for finding in found)


def _applied(run: Ledgers) -> DecisionRow:
    """A decision that was sent once, without any trouble, and came into effect."""
    told = {note.nonce for note in run.notes if note.status == 200}
    for row in run.rows.decisions:
        if row.state == "applied" and len(row.attempts) == 1 and row.nonce in told and _effects(run, row):
            return row
    raise NothingToPlantIn


def _effect(run: Ledgers, row: DecisionRow) -> Any:
    return _effects(run, row)[0]


def _effects(run: Ledgers, row: DecisionRow) -> list[Any]:
    return [e for e in run.far if e["applied"] and e["headers"].get("wd-external-request-id") == row.id]


def _instead(run: Ledgers, row: DecisionRow, other: DecisionRow) -> Ledgers:
    return _with_rows(run, [other if each is row else each for each in run.rows.decisions])


def _with_rows(run: Ledgers, rows: list[DecisionRow]) -> Ledgers:
    return dataclasses.replace(run, rows=dataclasses.replace(run.rows, decisions=rows))

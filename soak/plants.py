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
    return _numbered(run, [part for each in run.far for part in ((each, again) if each is first else (each,))])


def claim_too_much(run: Ledgers) -> Ledgers:
    """The row says applied, and the far side shows that nothing was done."""
    row = _applied(run)
    effect = _effect(run, row)
    return _replaced(run, effect, {**effect, "applied": False})


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
    return _replaced(run, effect, stranger)


def use_the_isu_token(run: Ledgers) -> Ledgers:
    """A person's decision was sent with the token of the integration system user."""
    effect = _effect(run, _applied(run))
    return _replaced(run, effect, {**effect, "grant": "isu"})


def use_a_foreign_token_that_has_ended(run: Ledgers) -> Ledgers:
    """A decision was sent with a token that had once been somebody else's; it was refused because it had ended."""
    effect = _effect(run, _applied(run))
    stranger = {"key": "stranger", "id": "0" * 32}
    ended = {**effect, "status": 401, "applied": False, "worker": None, "issued_to": stranger}
    return _before(run, effect, ended)


def use_a_token_from_nowhere(run: Ledgers) -> Ledgers:
    """A decision was sent with a token that its tenant never gave to anybody."""
    effect = _effect(run, _applied(run))
    unknown = {**effect, "status": 401, "applied": False, "worker": None, "issued_to": None, "grant": None}
    return _before(run, effect, unknown)


def send_back_to_another_place(run: Ledgers) -> Ledgers:
    """What was to be sent back went to another place than was chosen."""
    effect = _effect(run, _applied(run, _is_send_back))
    return _replaced(run, effect, {**effect, "body": {**effect["body"], "to": {"id": "0" * 32}}})


def approve_what_was_to_be_sent_back(run: Ledgers) -> Ledgers:
    """The row says sent back, and the far side shows it as approved."""
    task = _applied(run, _is_send_back).task
    step = {**(run.steps[task] or {}), "status": {"descriptor": "Approved"}}
    return dataclasses.replace(run, steps={**run.steps, task: step})


def mistake_the_classic_decision(run: Ledgers) -> Ledgers:
    """The classic service was told the opposite of what was clicked."""
    effect = _classic_effect(run)
    opposite = {"approval": "denial", "denial": "approval"}[effect["query"]["type"]]
    return _replaced(run, effect, {**effect, "query": {**effect["query"], "type": opposite}})


def double_a_classic_effect(run: Ledgers) -> Ledgers:
    """What the classic service was told took effect a second time."""
    return dataclasses.replace(run, far=[*run.far, {**_classic_effect(run), "n": run.far[-1]["n"] + 1}])


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
    return _replaced(run, effect, {**effect, "headers": {**effect["headers"], "wd-external-request-id": "nobody"}})


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
    use_a_foreign_token_that_has_ended: Kind.FOREIGN,
    use_a_token_from_nowhere: Kind.FOREIGN,
    send_back_to_another_place: Kind.INVENTED,
    approve_what_was_to_be_sent_back: Kind.WRONG,
    mistake_the_classic_decision: Kind.INVENTED,
    double_a_classic_effect: Kind.DOUBLED,
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


def _applied(run: Ledgers, suits: Callable[[DecisionRow], bool] = lambda row: True) -> DecisionRow:
    """A decision that was sent once, without any trouble, and came into effect."""
    told = {note.nonce for note in run.notes if note.status == 200}
    for row in run.rows.decisions:
        is_plain = row.state == "applied" and len(row.attempts) == 1 and row.nonce in told
        if is_plain and suits(row) and _effects(run, row):
            return row
    raise NothingToPlantIn


def _is_send_back(row: DecisionRow) -> bool:
    return row.action == "send_back"


def _classic_effect(run: Ledgers) -> Any:
    return _effect(run, _applied(run, lambda row: any(e["method"] == "PUT" for e in _effects(run, row))))


def _effect(run: Ledgers, row: DecisionRow) -> Any:
    return _effects(run, row)[0]


def _effects(run: Ledgers, row: DecisionRow) -> list[Any]:
    return [e for e in run.far if e["applied"] and e["headers"].get("wd-external-request-id") == row.id]


def _replaced(run: Ledgers, entry: Any, other: Any) -> Ledgers:
    return dataclasses.replace(run, far=[other if each is entry else each for each in run.far])


def _before(run: Ledgers, entry: Any, other: Any) -> Ledgers:
    return _numbered(run, [part for each in run.far for part in ((other, each) if each is entry else (each,))])


def _numbered(run: Ledgers, far: list[Any]) -> Ledgers:
    return dataclasses.replace(run, far=[{**entry, "n": number} for number, entry in enumerate(far, 1)])


def _instead(run: Ledgers, row: DecisionRow, other: DecisionRow) -> Ledgers:
    return _with_rows(run, [other if each is row else each for each in run.rows.decisions])


def _with_rows(run: Ledgers, rows: list[DecisionRow]) -> Ledgers:
    return dataclasses.replace(run, rows=dataclasses.replace(run.rows, decisions=rows))

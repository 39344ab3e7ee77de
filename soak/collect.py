"""Gathering the three ledgers after the faults have stopped: clicks, rows with their stories, and the far side."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from soak.far_side import FarSide
from soak.ledgers import AttemptRow, Click, DecisionRow
from soak.notes import Note
from soak.places import PLACES

_DECISIONS = """
SELECT d.id::text, d.nonce::text, d.task_wid, d.worker_wid, d.action, d.state, d.settled_at,
    d.send_back_to, t.key AS tenant
FROM inbox_decision d JOIN connections_tenant t ON t.id = d.tenant_id ORDER BY d.created_at
"""
_ATTEMPTS = """
SELECT decision_id::text AS decision, started_at, deadline_at, status, code FROM inbox_attempt
ORDER BY decision_id, number
"""
_MOVES = """
SELECT subject::text AS decision, coalesce(data ->> 'before', '') AS before, split_part(verb, '.', 2) AS after
FROM audit_event WHERE verb LIKE 'decision.%' ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database says. `tenants` is the tenant's key of each task, `wids` Workday's id of each mirrored task."""

    decisions: list[DecisionRow]
    settled_at: dict[str, datetime.datetime | None]
    tenants: dict[str, str]
    wids: dict[str, str]


def rows(database_url: str) -> Rows:
    with psycopg.connect(database_url, row_factory=dict_row) as database:
        found = database.execute(_DECISIONS).fetchall()
        attempts = _by_decision(database.execute(_ATTEMPTS))
        moves = _by_decision(database.execute(_MOVES))
        wids = {str(each["id"]): each["wid"] for each in database.execute("SELECT id, wid FROM inbox_inboxtask")}
    return Rows(
        [_row(each, attempts.get(each["id"], []), moves.get(each["id"], [])) for each in found],
        {each["id"]: each["settled_at"] for each in found},
        {each["task_wid"]: each["tenant"] for each in found},
        wids,
    )


def clicks(notes: Iterable[Note], wids: dict[str, str]) -> list[Click]:
    """One click per answer; a click is acknowledged when its answer showed the row as decided."""
    return [
        Click(
            note.nonce,
            wids.get(note.task, ""),
            note.action,
            acknowledged=note.status == 200,
            undone=note.kind == "undo" and note.status == 200,
            to=note.to,
        )
        for note in notes
        if note.kind in ("decide", "undo")
    ]


def refused(notes: Iterable[Note]) -> set[str]:
    """The nonces of forms that were plainly refused, every time they were sent."""
    sent: dict[str, list[Note]] = {}
    for note in notes:
        if note.kind == "decide":
            sent.setdefault(note.nonce, []).append(note)
    return {nonce for nonce, tries in sent.items() if all(400 <= each.status < 500 for each in tries)}


def far_ledger(far_sides: list[FarSide]) -> list[dict[str, Any]]:
    """Every request to every sandbox process, numbered through."""
    found: list[dict[str, Any]] = []
    for far in far_sides:
        offset = len(found)
        found += [{**entry, "n": offset + number} for number, entry in enumerate(far.ledger(), 1)]
    return found


def steps(far_sides: list[FarSide], tenants: dict[str, str]) -> dict[str, dict[str, Any] | None]:
    """Each decided task as it truly is."""
    sandbox = {place.key: far_sides[place.sandbox] for place in PLACES}
    return {task: sandbox[tenant].task(tenant, task) for task, tenant in tenants.items()}


def _row(found: dict[str, Any], attempts: list[dict[str, Any]], moves: list[dict[str, Any]]) -> DecisionRow:
    return DecisionRow(
        id=found["id"],
        nonce=found["nonce"],
        task=found["task_wid"],
        worker=found["worker_wid"],
        action=found["action"],
        state=found["state"],
        moves=[(each["before"], each["after"]) for each in moves],
        attempts=[
            AttemptRow(each["started_at"], each["deadline_at"], each["status"], each["code"]) for each in attempts
        ],
        to=found["send_back_to"],
    )


def _by_decision(found: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for each in found:
        grouped.setdefault(str(each["decision"]), []).append(each)
    return grouped

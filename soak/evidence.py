"""The whole story behind a finding, from all three ledgers, so that it can be understood without a second run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from soak.collect import Rows
from soak.ledgers import DecisionRow, Finding
from soak.notes import Note
from soak.stage import Record

# Long enough for what a fault of the web or of PostgreSQL leaves behind.
BEFORE_SECONDS = 12.0


def story(finding: Finding, rows: Rows, ledger: Sequence[Mapping[str, Any]], notes: Sequence[Note]) -> Iterator[str]:
    """Lines about every decision that the finding's subject (a decision, a task or a nonce) concerns."""
    for row in rows.decisions:
        if finding.subject in (row.id, row.task, row.nonce):
            yield f"  {row.id} {row.action} {row.task} of {rows.tenants[row.task]}, worker {row.worker}: {row.state}"
            yield from _clicked(row, notes)
            yield "    moves: " + ", ".join(after for _, after in row.moves)
            for each in row.attempts:
                yield f"    attempt {each.started_at:%X.%f} until {each.deadline_at:%X.%f}: {each.status} {each.code}"
            yield from _seen(row, ledger)


def slow_clicks(notes: Sequence[Note], record: Record, limit: float) -> Iterator[str]:
    """Clicks without Redis that took longer than `limit` seconds, each with what had been broken just before."""
    for note in notes:
        window = next((each for each in record.redis_windows if each.start <= note.at < each.end), None)
        if window and note.kind == "decide" and note.status == HTTPStatus.OK and note.seconds > limit:
            since = note.at - window.start
            yield f"slow: {note.seconds:.2f} s for {note.account}, Redis {window.name} {since:.1f} s before"
            ended = note.at + note.seconds
            for at, name in record.drawn:
                if ended - BEFORE_SECONDS < at < ended:
                    yield f"    {note.at - at:6.1f} s before: {name}"


def _clicked(row: DecisionRow, notes: Sequence[Note]) -> Iterator[str]:
    for note in notes:
        if note.nonce == row.nonce:
            yield f"    {note.kind} by {note.account} ({note.story}): {note.status} after {note.seconds:.2f} s"


def _seen(row: DecisionRow, ledger: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in ledger:
        if row.task in entry["path"]:
            who = (entry["worker"] or {}).get("key", "nobody")
            mine = entry["headers"].get("wd-external-request-id", "")
            facts = f"{entry['status']} {entry['fault'] or ''} {'APPLIED' if entry['applied'] else ''} {mine}"
            yield f"    {entry['n']} {entry['time']} {entry['method']} {entry['path'][-60:]} as {who}: {facts}"

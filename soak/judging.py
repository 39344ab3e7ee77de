"""The verdict over one run's ledgers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from soak import collect
from soak.collect import Rows
from soak.ledgers import Finding, Kind, compare
from soak.notes import Note


@dataclass(frozen=True, slots=True)
class Ledgers:
    """What was clicked, what the database says, every request the far side saw, and each task as it truly is."""

    notes: Sequence[Note]
    rows: Rows
    far: Sequence[Mapping[str, Any]]
    steps: Mapping[str, Mapping[str, Any] | None]


def judge(ledgers: Ledgers) -> list[Finding]:
    """Everything that is wrong. An answer that plainly refused a click must not have left a row either."""
    rows = ledgers.rows.decisions
    clicks = collect.clicks(ledgers.notes, ledgers.rows.wids)
    findings = compare(clicks, rows, ledgers.far, ledgers.steps)
    left = collect.refused(ledgers.notes) & {row.nonce for row in rows}
    return findings + [Finding(Kind.INVENTED, nonce, "was refused, and yet has a row") for nonce in sorted(left)]

"""What the soak found, in figures."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from soak.collect import Rows
from soak.ledgers import Finding
from soak.notes import Note
from soak.stage import Record, Window


@dataclass(frozen=True, slots=True)
class Result:
    """Everything the page tells. `minutes` is for how long faults were played.

    `recovery` holds, per decision that was live when the faults stopped, the seconds until it ended; `click_seconds`
    how long each accepted click took, by what was wrong with Redis ("working": nothing). `ended_tokens` counts the
    sends that were refused with a token that had ended. `missed_plants` names what was planted and not found.
    `sent_back` and `classic` count the decisions to send back and those of the tenant with the classic inbox service.
    """

    minutes: float
    findings: list[Finding]
    record: Record
    states: Counter[str]
    clicks: int
    acknowledged: int
    far_requests: int
    sends: int
    ended_tokens: int
    recovery: list[float]
    waited: float
    click_seconds: dict[str, list[float]]
    stories: Counter[str] = field(default_factory=Counter)
    own_ends: list[str] = field(default_factory=list)
    missed_plants: list[str] = field(default_factory=list)
    sent_back: int = 0
    classic: int = 0

    @property
    def decisions(self) -> int:
        return sum(self.states.values())

    @property
    def redis_clicks(self) -> list[float]:
        """How long the clicks took that were accepted while Redis was of no use, in seconds."""
        return [seconds for name, taken in self.click_seconds.items() if name != "working" for seconds in taken]


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def ended_tokens(far: Sequence[Mapping[str, Any]]) -> int:
    """Decisions sent with a token that had ended; whom it had been given to is for the comparison to judge."""
    writes = (entry for entry in far if "wd-external-request-id" in entry["headers"])
    return sum(entry["status"] == HTTPStatus.UNAUTHORIZED and not entry["worker"] for entry in writes)


def recovery(rows: Rows, stopped: float) -> list[float]:
    """For each decision that had not ended when the faults stopped, the seconds until it had."""
    moment = datetime.datetime.fromtimestamp(stopped, datetime.UTC)
    ends = (end for end in rows.settled_at.values() if end and end > moment)
    return [(end - moment).total_seconds() for end in ends]


def without_redis(notes: Sequence[Note], windows: Sequence[Window]) -> dict[str, list[float]]:
    """By what was wrong with Redis, how long the answered clicks took that began meanwhile."""
    found: dict[str, list[float]] = {}
    for note in notes:
        name = next((window.name for window in windows if window.start <= note.at < window.end), "working")
        if note.kind == "decide" and note.status == HTTPStatus.OK:
            found.setdefault(name, []).append(note.seconds)
    return found

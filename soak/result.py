"""What the soak found, in figures with their goals."""

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
from soak.settle import GOAL_SECONDS
from soak.stage import Record, Window

CLICK_GOAL = 1.5
PICKUP_GOAL = 30.0


@dataclass(frozen=True, slots=True)
class Result:
    """Everything the page tells.

    `recovery` holds, per decision that was live when the faults stopped, the seconds until it ended; `click_seconds`
    how long each accepted click took, by what was wrong with Redis ("working": nothing). `ended_tokens` counts the
    sends that were refused with a token the far side did not know (any more).
    """

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

    @property
    def decisions(self) -> int:
        return sum(self.states.values())

    @property
    def problems(self) -> list[str]:
        """Why this is not a pass, in words."""
        found = [str(finding) for finding in self.findings]
        if self.waited > GOAL_SECONDS:
            found.append(f"late: decisions were final only {self.waited:.0f} s after the faults stopped")
        if percentile(self.redis_clicks, 99) > CLICK_GOAL:
            found.append(f"slow: clicks without Redis took {percentile(self.redis_clicks, 99):.2f} s (p99)")
        found += [f"deaf: workers not listening {took:.0f} s after Redis came back" for took in self.late_pickups]
        return found

    @property
    def redis_clicks(self) -> list[float]:
        """How long the clicks took that were accepted while Redis was of no use, in seconds."""
        return [seconds for name, taken in self.click_seconds.items() if name != "working" for seconds in taken]

    @property
    def late_pickups(self) -> list[float]:
        return [took for took in self.record.pickups if took >= PICKUP_GOAL]

    def line(self) -> str:
        """The last line of the output."""
        kinds = Counter(finding.kind.value for finding in self.findings)
        wrong = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "0 findings"
        record = self.record
        return (
            f"soak: {self.decisions} decisions, {record.kills} kills, {record.redis_losses} Redis losses, "
            f"{record.postgres_restarts} PostgreSQL restarts, {record.far_faults} sandbox faults: {wrong}; "
            f"all final after {self.waited:.1f} s (goal {GOAL_SECONDS:.0f}), clicks without Redis p99 "
            f"{percentile(self.redis_clicks, 99):.2f} s (goal {CLICK_GOAL}), listening again after "
            f"{max(record.pickups, default=0):.1f} s at most (goal {PICKUP_GOAL:.0f}): "
            f"{'passed' if not self.problems else 'FAILED'}"
        )


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def ended_tokens(far: Sequence[Mapping[str, Any]]) -> int:
    """Decisions sent with a token that the far side did not know: it refused them and cannot tell whose it had been."""
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

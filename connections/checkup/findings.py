"""One line of a check-up, as it is found, stored and read back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connections.checkup.verdicts import Check, Grade, Verdict

_CHECKS = list(Check)
_GRADES = list(Grade)
_TONES = {
    Grade.PROBLEM: "trouble",
    Grade.WARNING: "warning",
    Grade.UNKNOWN: "off",
    Grade.NOTE: "off",
    Grade.GOOD: "healthy",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """`data` holds numbers only."""

    check: Check
    verdict: Verdict
    data: dict[str, int] = field(default_factory=dict)

    @property
    def grade(self) -> Grade:
        return self.verdict.grade

    @property
    def what(self) -> str:
        return self.verdict.what.format(**self.data)

    @property
    def todo(self) -> str:
        return self.verdict.todo

    @property
    def tone(self) -> str:
        """The class of its badge."""
        return _TONES[self.grade]

    @property
    def shows_redirect_url(self) -> bool:
        return self.verdict in (Verdict.REDIRECT_REFUSED, Verdict.REDIRECT_UNTOLD)

    def row(self) -> dict[str, Any]:
        """What is stored of it."""
        return {"check": self.check.name, "verdict": self.verdict.name, "data": self.data}


def read(rows: list[dict[str, Any]]) -> list[Finding]:
    """What was stored, the gravest first. A name that only another version of this code knows is passed over."""
    known = [row for row in rows if row["check"] in Check.__members__ and row["verdict"] in Verdict.__members__]
    return sort(Finding(Check[row["check"]], Verdict[row["verdict"]], row["data"]) for row in known)


def sort(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda each: (_GRADES.index(each.grade), _CHECKS.index(each.check)))

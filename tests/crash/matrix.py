"""Which points are struck how, and with what weather at Workday."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connections.failpoints import POINTS

HOWS = ("kill", "raise", "cut")
DECISIONS = r"regex:/eventSteps/[^/]+/(approve|deny)$"

BUSY = {"path": DECISIONS, "kind": "rate_limit", "retry_after": "1", "times": 1}
NO_ANSWER = {"path": DECISIONS, "kind": "apply_then_drop", "times": 1}
NOT_DONE = {"path": DECISIONS, "kind": "drop_before", "times": 1}
GARBAGE = {"path": DECISIONS, "kind": "garbage", "times": 1}
# A point that lies on the way of a fault needs it; at the others it makes the crash meet an uncertain outcome.
NEEDED = {
    "wait-before": BUSY,
    "wait-before-commit": BUSY,
    "uncertain-committed": NO_ANSWER,
    "postpone-before": NOT_DONE,
    "postponed": NOT_DONE,
}
BESIDE = (None, NO_ANSWER, None, NOT_DONE, None, GARBAGE)


@dataclass(frozen=True, slots=True)
class Cell:
    """One point, struck one way."""

    point: str
    how: str

    def __str__(self) -> str:
        return f"{self.point} x {self.how}"

    @property
    def is_web(self) -> bool:
        return next(point.process for point in POINTS if point.name == self.point) == "web"


@dataclass(frozen=True, slots=True)
class Round:
    """Cells that are struck in one life of the system's worker, and how many decisions go through it.

    `rotation` is the sandbox's, and `reconnects` how often somebody has to connect again before all can end.
    """

    cells: tuple[Cell, ...]
    faults: tuple[Mapping[str, Any], ...] = ()
    decisions: int = 2
    rotation: str = "same"
    reconnects: int = 0

    def __str__(self) -> str:
        weather = ", ".join(fault["kind"] for fault in self.faults)
        tokens = " and rotating tokens" if self.rotation == "rotate" else ""
        return f"{', '.join(map(str, self.cells))}{f' with {weather}' if weather else ''}{tokens}"

    @property
    def renews(self) -> bool:
        """Whether a token has to be renewed in it."""
        return any(cell.point.startswith("refresh-") for cell in self.cells)

    @property
    def lists(self) -> bool:
        """Whether an inbox has to be looked at in it."""
        return any(cell.point.startswith("sync-") for cell in self.cells)


def whole() -> list[Round]:
    """Each point by each way, one at a time, half of them beside a fault of Workday's."""
    cells = [Cell(point.name, how) for point in POINTS for how in HOWS]
    return [_alone(cell, BESIDE[number % len(BESIDE)]) for number, cell in enumerate(cells)] + rotating()


def rotating() -> list[Round]:
    """A crash between Workday's answer and our commit loses a token that replaced the old one.

    Only a lost database leaves it in the hands of a process that can still save it. One decision, since a killed
    process would lose the tokens of all who renew one at that moment.
    """
    points = ("refresh-intended", "refresh-answered", "refresh-before-commit", "refresh-saved")
    lost = {(point, how) for point in points[1:3] for how in ("kill", "raise")}
    return [
        Round((Cell(point, how),), decisions=1, rotation="rotate", reconnects=int((point, how) in lost))
        for point in points
        for how in HOWS
    ]


def _alone(cell: Cell, beside: Mapping[str, Any] | None) -> Round:
    fault = NEEDED.get(cell.point, None if cell.point == "settled" else beside)
    return Round((cell,), (fault,) if fault else ())


def quick() -> list[Round]:
    """Some of every room and every way, several in one life, in well under a minute."""
    return [
        Round(
            (
                Cell("decide-before-commit", "kill"),
                Cell("decide-committed", "raise"),
                Cell("lane-taken", "raise"),
                Cell("settle-before-commit", "cut"),
            ),
            decisions=4,
        ),
        Round((Cell("claimed", "kill"), Cell("uncertain-committed", "cut")), (NO_ANSWER,)),
        Round((Cell("refresh-answered", "cut"), Cell("intent-committed", "raise"), Cell("sent", "kill"))),
        Round((Cell("sync-before-store", "raise"), Cell("intent-before-commit", "cut"))),
    ]

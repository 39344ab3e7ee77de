"""Which points are struck how, and with what weather at Workday."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connections.failpoints import POINTS

HOWS = ("kill", "raise", "cut")
# SIGSTOP for longer than a lease: others take the work over, and then the process goes on as if nothing had been.
FREEZE = "freeze"
# The COMMIT right after the point is carried out, and the connection ends before its answer.
UNHEARD = "unheard"
STOPPING = (FREEZE, UNHEARD)
ALL_HOWS = (*HOWS, *STOPPING)

BUSY = {"kind": "rate_limit", "retry_after": "1", "times": 1}
NO_ANSWER = {"kind": "apply_then_drop", "times": 1}
NOT_DONE = {"kind": "drop_before", "times": 1}
GARBAGE = {"kind": "garbage", "times": 1}
# A point that lies on the way of a fault needs it; at the others it makes the crash meet an uncertain outcome.
NEEDED = {
    "wait-before": BUSY,
    "wait-before-commit": BUSY,
    "uncertain-committed": NO_ANSWER,
    "postpone-before": NOT_DONE,
    "postponed": NOT_DONE,
}
BESIDE = (None, NO_ANSWER, None, NOT_DONE, None, GARBAGE)
AROUND_SENDING = ("intent-committed", "send-before", "sent", "answered", "settle-before-commit", "settled")


@dataclass(frozen=True, slots=True)
class Manner:
    """What people click in turn, the service the tenant is told by, and the requests that tell it."""

    name: str
    actions: tuple[str, str]
    decide_by: str
    wire: Mapping[str, str]


USUAL = Manner(
    "",
    ("approve", "reject"),
    "business_process",
    {"path": r"regex:/eventSteps/[^/]+/(approve|deny)$", "method": "POST"},
)
SENDING_BACK = Manner(
    "send back",
    ("send_back", "send_back"),
    "business_process",
    {"path": r"regex:/eventSteps/[^/]+/sendBack$", "method": "POST"},
)
CLASSIC = Manner(
    "classic", ("approve", "reject"), "inbox_task", {"path": r"regex:/v1/[^/]+/inboxTasks/[^/]+$", "method": "PUT"}
)


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

    @property
    def failpoint(self) -> str:
        """What the process itself does there; what else there is to it is done while it stands still."""
        return FREEZE if self.how in STOPPING else self.how


@dataclass(frozen=True, slots=True)
class Round:
    """Cells that are struck in one life of the system's worker, and how many decisions go through it.

    `rotation` is the sandbox's, and `reconnects` how often somebody has to connect again before all can end. What is
    frozen goes on a little after its lease, or, when it is `late`, only when others have ended all decisions.
    """

    cells: tuple[Cell, ...]
    faults: tuple[Mapping[str, Any], ...] = ()
    decisions: int = 2
    rotation: str = "same"
    reconnects: int = 0
    manner: Manner = USUAL
    late: bool = False

    def __str__(self) -> str:
        weather = ", ".join(fault["kind"] for fault in self.faults)
        tokens = " and rotating tokens" if self.rotation == "rotate" else ""
        late = " until all is over" if self.late else ""
        manner = f"{self.manner.name}: " if self.manner.name else ""
        return f"{manner}{', '.join(map(str, self.cells))}{late}{f' with {weather}' if weather else ''}{tokens}"

    @property
    def renews(self) -> bool:
        """Whether a token has to be renewed in it."""
        return any(cell.point.startswith("refresh-") for cell in self.cells)

    @property
    def lists(self) -> bool:
        """Whether an inbox has to be looked at in it."""
        return any(cell.point.startswith("sync-") for cell in self.cells)

    @property
    def freezes(self) -> bool:
        """Whether another worker has to be there to take over."""
        return any(cell.how == FREEZE for cell in self.cells)


def whole() -> list[Round]:
    """Each point by each way, one at a time, half of them beside a fault of Workday's; and what only some can meet."""
    cells = [Cell(point.name, how) for point in POINTS for how in HOWS]
    usual = [_alone(cell, BESIDE[number % len(BESIDE)]) for number, cell in enumerate(cells)]
    return [*usual, *rotating(), *other_manners(), *freezing(), *unheard()]


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


def other_manners() -> list[Round]:
    """Around the send, where sending back and the classic service go ways of their own."""
    cells = [Cell(point, how) for point in AROUND_SENDING for how in HOWS]
    return [
        _alone(cell, BESIDE[number % len(BESIDE)], manner)
        for manner in (SENDING_BACK, CLASSIC)
        for number, cell in enumerate(cells)
    ]


def freezing() -> list[Round]:
    """A worker sleeps past its lease, and wakes while another is at its work or when that is done."""
    points = ("claimed", "intent-committed", "send-before", "sent", "answered")
    return [Round((Cell(point, FREEZE),), late=late) for point in points for late in (False, True)]


def unheard() -> list[Round]:
    """Of a click, of a lease, of an intent to send, of an end, and of a new token that replaced the old one."""
    points = ("decide-before-commit", "claim-before-commit", "intent-before-commit", "settle-before-commit")
    rounds = [Round((Cell(point, UNHEARD),)) for point in points]
    return [*rounds, Round((Cell("refresh-before-commit", UNHEARD),), decisions=1, rotation="rotate")]


def _alone(cell: Cell, beside: Mapping[str, Any] | None, manner: Manner = USUAL) -> Round:
    fault = NEEDED.get(cell.point, None if cell.point == "settled" else beside)
    return Round((cell,), ({**manner.wire, **fault},) if fault else (), manner=manner)


def quick() -> list[Round]:
    """Some of every room and every way, several in one life, in about a minute."""
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
        Round((Cell("claimed", "kill"), Cell("uncertain-committed", "cut")), ({**USUAL.wire, **NO_ANSWER},)),
        Round((Cell("refresh-answered", "cut"), Cell("intent-committed", "kill"), Cell("sent", "raise"))),
        Round((Cell("sync-before-store", "raise"), Cell("intent-before-commit", "cut"))),
        Round((Cell("answered", "kill"),), decisions=1, manner=SENDING_BACK),
        Round((Cell("send-before", FREEZE),), decisions=1),
    ]

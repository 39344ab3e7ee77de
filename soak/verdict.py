"""Whether a run is a pass: what may not happen in any run, and how much has to happen in one of full length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from soak.result import Result, percentile
from soak.settle import GOAL_SECONDS

FULL_MINUTES = 10.0
CLICK_GOAL = 1.5
PICKUP_GOAL = 30.0


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of something a run of ten minutes or more has to have met, by the name that the page gives it."""

    name: str
    least: int
    of: Callable[[Result], int]


AMOUNTS = (
    Amount("Decisions", 3000, lambda found: found.decisions),
    Amount("Processes killed (SIGKILL)", 200, lambda found: found.record.kills),
    Amount("Redis losses (wiped, killed, stopped, frozen, full)", 20, lambda found: found.record.redis_losses),
    Amount("PostgreSQL restarts", 10, lambda found: found.record.postgres_restarts),
    Amount("Faults played by the sandbox tenants", 300, lambda found: found.record.far_faults),
)


def is_full(found: Result) -> bool:
    """Whether it is judged by amounts and a percentile too; a shorter run has too few of everything."""
    return found.minutes >= FULL_MINUTES


def problems(found: Result, *, for_page: bool = True) -> list[str]:
    """Why this is not a pass, in words; empty when it is one.

    How much a machine gets done and broken in so many minutes is its own; it is held to amounts only `for_page`.
    """
    told = [str(finding) for finding in found.findings]
    told += [f"blind: the checker would not have found {name}" for name in found.missed_plants]
    told += _late(found)
    if is_full(found):
        told += [*_slow(found), *(_too_little(found) if for_page else ())]
    return told


def _late(found: Result) -> list[str]:
    told = []
    if found.waited > GOAL_SECONDS:
        told.append(f"late: decisions were final only {found.waited:.0f} s after the faults stopped")
    late = (took for took in found.record.pickups if took >= PICKUP_GOAL)
    return told + [f"deaf: workers not listening {took:.0f} s after Redis came back" for took in late]


def _slow(found: Result) -> list[str]:
    slow = percentile(found.redis_clicks, 99)
    return [f"slow: clicks without Redis took {slow:.2f} s (p99)"] if slow > CLICK_GOAL else []


def _too_little(found: Result) -> list[str]:
    """What was not met often enough, or not at all, shows nothing."""
    counts = [(each.name, each.of(found), each.least) for each in AMOUNTS]
    counts += [
        ("Clicks without Redis", len(found.redis_clicks), 1),
        ("Times that workers had to listen again", len(found.record.pickups), 1),
    ]
    return [f"too little: {name} {count}, at least {least}" for name, count, least in counts if count < least]


def line(found: Result, *, for_page: bool = True) -> str:
    """The last line of the output."""
    kinds = Counter(finding.kind.value for finding in found.findings)
    wrong = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "0 findings"
    record = found.record
    return (
        f"soak: {found.decisions} decisions, {record.kills} kills, {record.redis_losses} Redis losses, "
        f"{record.postgres_restarts} PostgreSQL restarts, {record.far_faults} sandbox faults: {wrong}; "
        f"all final after {found.waited:.1f} s (goal {GOAL_SECONDS:.0f}), clicks without Redis p99 "
        f"{percentile(found.redis_clicks, 99):.2f} s (goal {CLICK_GOAL}), listening again after "
        f"{max(record.pickups, default=0):.1f} s at most (goal {PICKUP_GOAL:.0f}): {_word(found, for_page)}"
    )


def _word(found: Result, for_page: bool) -> str:
    if problems(found, for_page=for_page):
        return "FAILED"
    if problems(found):
        return "passed, but too little was done for the page"
    shorter = f" (under {FULL_MINUTES:g} minutes: neither how much was broken nor the p99 is judged)"
    return "passed" if is_full(found) else f"passed{shorter}"

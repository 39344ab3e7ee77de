"""`make bench`: measure a whole running system, tell the figures on the last line, fail when a goal is missed.

Words on the command line (`page`, `click`, `delivery`, `vault`) measure only that.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from bench import click, page
from bench.figures import Figure
from bench.person import Person
from dev.problems import CommandError
from dev.secret_values import token_key
from tests.system import System

NAMES = ("page", "click", "delivery", "vault")


def main(wanted: list[str]) -> int:
    """Raises CommandError."""
    if unknown := set(wanted) - set(NAMES):
        raise CommandError(f"No such measurement: {', '.join(sorted(unknown))}. There are: {', '.join(NAMES)}.")
    signal.signal(signal.SIGTERM, _stop)
    # Milliseconds are worth something on an idle machine only, so how idle it was is told.
    before = os.getloadavg()[0]
    # An hour of freshness keeps looks at Workday out of the rounds; nobody can undo, so a click is sent at once.
    old = token_key()
    keys = f"{token_key()},{old}"
    with System(beat=False, INBOX_FRESH_SECONDS="3600", UNDO_SECONDS="0", TOKEN_KEYS=keys) as system:
        people = page.sign_in(system)
        figures = [each for name in NAMES if name in (wanted or NAMES) for each in _measure(name, system, people, old)]
    print(f"{os.cpu_count()} cores, load {before:.1f} before and {os.getloadavg()[0]:.1f} at the end")
    print("; ".join(str(figure) for figure in figures))
    return 0 if all(figure.is_met for figure in figures) else 1


def _measure(name: str, system: System, people: dict[int, Person], old: str) -> list[Figure]:
    page.set_up(system)
    # These import models, which exist only once Django is set up.
    from bench import delivery, vault  # noqa: PLC0415

    match name:
        case "page":
            return page.measure(system, people)
        case "click":
            return click.measure(system, people[max(people)])
        case "delivery":
            return delivery.measure(system)
        case _:
            return vault.measure(system, [people[min(people)], people[max(people)]], old)


def _stop(number: int, frame: FrameType | None) -> None:
    """To be told to stop ends the bench as an error does, and with it all that it has started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CommandError as problem:
        sys.exit(str(problem))

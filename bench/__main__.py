"""`make bench`: measure a whole running system, tell the figures on the last line, fail when a goal is missed."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from bench import click, page
from dev.problems import CommandError
from tests.system import System


def main() -> int:
    signal.signal(signal.SIGTERM, _stop)
    # Milliseconds are worth something on an idle machine only, so how idle it was is told.
    before = os.getloadavg()[0]
    # An hour of freshness keeps looks at Workday out of the rounds; nobody can undo, so a click is sent at once.
    with System(beat=False, INBOX_FRESH_SECONDS="3600", UNDO_SECONDS="0") as system:
        people = page.sign_in(system)
        figures = page.measure(system, people)
        figures += click.measure(system, people[max(people)])
        from bench import delivery  # noqa: PLC0415  # models exist only once the page bench has set Django up

        figures += delivery.measure(system)
    print(f"{os.cpu_count()} cores, load {before:.1f} before and {os.getloadavg()[0]:.1f} at the end")
    print("; ".join(str(figure) for figure in figures))
    return 0 if all(figure.is_met for figure in figures) else 1


def _stop(number: int, frame: FrameType | None) -> None:
    """To be told to stop ends the bench as an error does, and with it all that it has started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandError as problem:
        sys.exit(str(problem))

"""`make test`: pytest with throw-away services, and a browser where one can be had."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from dev import browser, throwaway
from dev.interrupts import Interrupts


def run(options: Sequence[str], interrupts: Interrupts) -> int:
    """Returns pytest's exit code. Raises CommandError."""
    chromium = browser.find_or_fetch(interrupts)
    more = {"CHROMIUM": chromium} if chromium else {}
    # Pages name static files by the hash of their contents, so these have to be collected first.
    collect = ["python", "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    # SIGINT lets pytest end what its tests have started.
    return throwaway.run([collect, ["pytest", *options]], interrupts, more, signal.SIGINT)

"""Whether the three endpoints answer, and how late it is there.

An administrator types the addresses in, so this must not become a way to look around the network: only what the
outbound rules allow is called, every failure reads the same, and every failure takes the same time.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from connections.checkup.findings import Finding
from connections.checkup.verdicts import Check, Verdict
from connections.models import Tenant
from workday.errors import WorkdayError
from workday.probing import Seen, look
from workday.session import Session

# For resolving, connecting and the TLS handshake together; with room to spare a failure is over before FAILED_SECONDS.
LOOK_SECONDS = 3.0
FAILED_SECONDS = 10.0
OFF_SECONDS = 30
WRONG_SECONDS = 300

Sights = dict[Check, Seen | None]


def look_at(session: Session, tenant: Tenant) -> Sights:
    """What each endpoint answered to a GET without parameters; None where there was no answer to trust."""
    begun = time.monotonic()
    urls = {
        Check.REST: tenant.rest_endpoint,
        Check.TOKEN: tenant.token_endpoint,
        Check.AUTHORIZATION: tenant.authorization_endpoint,
    }
    with ThreadPoolExecutor(len(urls)) as pool:
        seen = dict(zip(urls, pool.map(partial(_seen, session), urls.values()), strict=True))
    if None in seen.values():
        time.sleep(max(0.0, begun + FAILED_SECONDS - time.monotonic()))
    return seen


def _seen(session: Session, url: str) -> Seen | None:
    try:
        return look(session, url, LOOK_SECONDS)
    except WorkdayError:
        return None


def findings(seen: Sights, now: datetime.datetime) -> Iterator[Finding]:
    """A line for each endpoint and one for the clock; `now` is our time when they answered."""
    for check, sight in seen.items():
        yield Finding(check, Verdict.REACHABLE if sight else Verdict.NOT_REACHABLE)
    yield _clock(seen, now)


def _clock(seen: Sights, now: datetime.datetime) -> Finding:
    # The REST endpoint's comes first, being the clock that judges tokens; a page to sign in may come from a cache.
    told = next((sight.told_at for sight in seen.values() if sight and sight.told_at), None)
    if told is None:
        return Finding(Check.CLOCK, Verdict.CLOCK_UNTOLD)
    seconds = round(abs((now - told).total_seconds()))
    verdict = Verdict.CLOCK_RIGHT
    if seconds > OFF_SECONDS:
        verdict = Verdict.CLOCK_WRONG if seconds > WRONG_SECONDS else Verdict.CLOCK_OFF
    return Finding(Check.CLOCK, verdict, {"seconds": seconds})

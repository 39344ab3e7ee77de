"""After the last fault: mend the far side, wait until every decision has ended, and say how long each took."""

from __future__ import annotations

import contextlib
import time

import psycopg
import requests

from inbox.states import FINAL
from soak.places import PLACES
from soak.stage import Stage

GOAL_SECONDS = 90.0
# Twice the goal, so that a missed one still tells by how much.
LIMIT_SECONDS = 180.0
_LIVE = "SELECT count(*) FROM inbox_decision WHERE NOT state = ANY(%s)"


def end_faults(stage: Stage) -> None:
    """Nothing is broken on purpose from here on; what is down is started."""
    stage.end_everything()
    for link in list(stage.system.links.touched):
        stage.link(link, "pass")
    stage.clear_weather()
    for place in PLACES:
        usual = {"hide_completed_steps": False, "list_cache_seconds": 0, "access_token_seconds": 3600}
        stage.system.far_sides[place.sandbox].tell("settings", tenant=place.key, **usual)


def wait(stage: Stage) -> float:
    """Until no decision is live any more, at most LIMIT_SECONDS; how many seconds that took. Raises CommandError."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < LIMIT_SECONDS:
        stage.tick()
        if _live(stage) == 0:
            break
        stage.system.interrupts.pause(0.5)
    return passed


def _live(stage: Stage) -> int:
    with contextlib.suppress(psycopg.Error), psycopg.connect(stage.system.database_url, connect_timeout=5) as database:
        found = database.execute(_LIVE, [[state.value for state in FINAL]]).fetchone()
        return int(found[0]) if found else -1
    return -1


def use_rotation(stage: Stage) -> None:
    """One tenant gives a new refresh token with every refresh, and ends the grant when an old one comes back."""
    with contextlib.suppress(requests.RequestException):
        place = PLACES[0]
        stage.system.far_sides[place.sandbox].tell("settings", tenant=place.key, rotation="rotate")

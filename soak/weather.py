"""Faults of the far side (F26 to F31, F35, F37, F38), played by the sandbox tenants, and of the way to them (F28)."""

from __future__ import annotations

import datetime
from functools import partial
from random import Random

import requests

from soak.places import ACCOUNTS, PLACES, Place
from soak.stage import Fault, Stage

STATUSES = (500, 502, 503, 504)
SPOILT = ("empty", "garbage", "truncate", "html", "wrong_id")
FLAVOURS = ("text", "deep", "bigint", "nan", "duplicate", "bytes")


def _writes(place: Place) -> dict[str, str]:
    if place.decide_by == "inbox_task":
        return {"path": f"*/v1/{place.key}/inboxTasks/*", "method": "PUT"}
    return {"path": f"*/v1/{place.key}/eventSteps/*", "method": "POST"}


def _reads(place: Place) -> dict[str, str]:
    return {"path": f"*/v1/{place.key}/*", "method": "GET"}


def _far_fault(stage: Stage, place: Place, where: dict[str, str], kind: str, **wish: object) -> bool:
    try:
        stage.system.far_sides[place.sandbox].fault(kind=kind, **where, **wish)  # type: ignore[arg-type]  # one dict of strings
    except requests.RequestException:
        return False
    return True


def _any(rng: Random) -> Place:
    return rng.choice(PLACES)


def rate_limit(stage: Stage, rng: Random) -> bool:
    place = _any(rng)
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
    told = rng.choice((None, None, "1", "2", "0", soon.strftime("%a, %d %b %Y %H:%M:%S GMT"), "soon", "-5"))
    where = rng.choice((_writes, _writes, _reads))(place)
    return _far_fault(stage, place, where, "rate_limit", retry_after=told, times=rng.randrange(1, 3))


def server_error(stage: Stage, rng: Random) -> bool:
    place, status = _any(rng), rng.choice(STATUSES)
    where = rng.choice((_writes, _reads))(place)
    return _far_fault(stage, place, where, "status", status=status, times=rng.randrange(1, 3))


def error_after_effect(stage: Stage, rng: Random) -> bool:
    place, status = _any(rng), rng.choice(STATUSES)
    return _far_fault(stage, place, _writes(place), "apply_then_status", status=status, times=1)


def drop_before(stage: Stage, rng: Random) -> bool:
    place = _any(rng)
    where = rng.choice((_writes, _reads))(place)
    return _far_fault(stage, place, where, "drop_before", times=rng.randrange(1, 3))


def drop_after(stage: Stage, rng: Random) -> bool:
    place = _any(rng)
    return _far_fault(stage, place, _writes(place), "apply_then_drop", times=rng.randrange(1, 3))


def late_after(stage: Stage, rng: Random) -> bool:
    """The effect happens at once, and the answer comes when nobody waits for it any more."""
    place, late = _any(rng), stage.system.effective["SEND_SECONDS"] + rng.uniform(0.5, 3)
    return _far_fault(stage, place, _writes(place), "apply_then_delay", seconds=late, times=1)


def slow(stage: Stage, rng: Random) -> bool:
    """Slow, but within the deadline."""
    place = _any(rng)
    return _far_fault(stage, place, _writes(place), "delay", seconds=rng.uniform(0.2, 1.5), times=2)


def spoilt(stage: Stage, rng: Random) -> bool:
    place, kind = _any(rng), rng.choice(SPOILT)
    where = rng.choice((_writes, _writes, _reads))(place)
    return _far_fault(stage, place, where, kind, flavour=rng.choice(FLAVOURS), times=1)


def drip(stage: Stage, rng: Random) -> bool:
    place = _any(rng)
    return _far_fault(stage, place, _writes(place), "drip", seconds=0.5, times=1)


def huge(stage: Stage, rng: Random) -> bool:
    place = _any(rng)
    packed = rng.choice(("", "gzip"))
    return _far_fault(stage, place, _reads(place), "huge", size=4 * 1024 * 1024, encoding=packed, times=1)


def refused_token(stage: Stage, rng: Random) -> bool:
    """The token ends between the read and the send."""
    place = _any(rng)
    return _far_fault(stage, place, _writes(place), "status", status=401, error="Invalid Access Token", times=1)


def token_endpoint(stage: Stage, rng: Random) -> bool:
    """A refresh fails, or its answer is lost after the token was rotated."""
    place = _any(rng)
    where = {"path": f"/ccx/oauth2/{place.key}/token", "method": "POST"}
    kind = rng.choice(("status", "drop_before", "apply_then_drop", "garbage"))
    return _far_fault(stage, place, where, kind, status=503, times=1)


def revoke(stage: Stage, rng: Random) -> bool:
    account = rng.choice(ACCOUNTS)
    return _tell(stage, account.place, "revoke", worker=account.worker)


def _tell(stage: Stage, place: Place, name: str, **wish: object) -> bool:
    try:
        stage.system.far_sides[place.sandbox].tell(name, tenant=place.key, **wish)
    except requests.RequestException:
        return False
    return True


def switch(stage: Stage, rng: Random) -> bool:
    """For a while the tenant is another kind of tenant."""
    place, seconds = _any(rng), rng.uniform(8, 20)
    name, odd, usual = rng.choice(
        (("hide_completed_steps", True, False), ("list_cache_seconds", 15, 0), ("access_token_seconds", 66, 3600))
    )
    stage.later(seconds, partial(_tell, stage, place, "settings", **{name: usual}))
    return _tell(stage, place, "settings", **{name: odd})


def spoil_way(stage: Stage, rng: Random) -> None:
    link = f"sandbox-{rng.randrange(2)}"
    stage.spoil(link, rng.choice(("reset", "blackhole", "half_close", "delay")), rng.uniform(0.5, 4), rng.uniform(0, 2))


FAULTS = (
    Fault("429 with and without Retry-After", "F26", 4, rate_limit),
    Fault("500, 502, 503, 504 without an effect", "F27", 4, server_error),
    Fault("500, 502, 503, 504 after the effect", "F27", 4, error_after_effect),
    Fault("dropped before anything was done", "F28 F29", 4, drop_before),
    Fault("done, and the answer dropped", "F29", 6, drop_after),
    Fault("done, and the answer later than the deadline", "F29", 3, late_after),
    Fault("slow within the deadline", "F29", 2, slow),
    Fault("empty, garbage, truncated, HTML, somebody else's id", "F29 F30", 6, spoilt),
    Fault("answer dripping byte by byte", "F30", 1, drip),
    Fault("answer far too large", "F30", 1, huge),
    Fault("token refused between read and send (401)", "F35", 2, refused_token),
    Fault("refresh refused, lost or garbled", "F37", 2, token_endpoint),
    Fault("grant revoked", "F38", 1, revoke),
    Fault("steps hidden once done, stale lists, short-lived tokens", "F31 F35", 3, switch),
    Fault("way to the tenant reset, swallowed, half-closed, slow", "F28 F29", 3, spoil_way),
)

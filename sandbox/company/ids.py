"""Workday IDs (WIDs): 32 lower-case hexadecimal characters, no dashes."""

from __future__ import annotations

import hashlib

# Workday delivers these instances with the same WID in every tenant, as recorded from real tenants.
STATUS_AWAITING = "d9e4108c446c11de98360015c5e6daf6"
EVENT_IN_PROGRESS = "e2d08afc53614c37b32b31270bb8bee3"
ACTION_SUBMIT = "133d5c88baa64136aab041c1d2e9ed53"
ACTION_SAVE_FOR_LATER = "d9e41d34446c11de98360015c5e6daf6"
ACTION_SKIP = "d9e4231a446c11de98360015c5e6daf6"

_DELIVERED = {
    ("stepType", "Approval"): "d8c8920e446c11de98360015c5e6daf6",
    ("stepType", "Action"): "d8c89128446c11de98360015c5e6daf6",
    ("stepType", "Initiation"): "d8c892f4446c11de98360015c5e6daf6",
    ("stepType", "Review Documents"): "34e6cc1ab24e40409c3e0ced76acad7f",
    ("stepStatus", "Awaiting Action"): STATUS_AWAITING,
    ("eventStatus", "In Progress"): EVENT_IN_PROGRESS,
}


def wid(*parts: str) -> str:
    """The WID that belongs to these words; the same words always give the same WID."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def event_wid(*parts: str) -> str:
    """A WID for an event: in recorded tenants, characters 13 and 14 of an event are "01"."""
    plain = wid("event", *parts)
    return f"{plain[:12]}01{plain[14:]}"


def step_wid(*parts: str) -> str:
    """A WID for an event step: in recorded tenants, characters 13 and 14 of a step are "81"."""
    plain = wid("step", *parts)
    return f"{plain[:12]}81{plain[14:]}"


def delivered(kind: str, descriptor: str) -> str:
    """The WID of an instance that Workday itself delivers, equal in all tenants."""
    return _DELIVERED.get((kind, descriptor)) or wid("delivered", kind, descriptor)

"""What happened to one connection, newest first, as its audit record tells it: for administrators."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from accounts.models import User
from audit.models import Event
from connections import lifetime
from connections.models import Connection

SHOWN = 10
_WORDS = {
    "connection.connected": "Connected",
    "connection.disconnected": "Disconnected",
    "connection.needs_reconnect": "Came to need a reconnect",
    "connection.disabled": "Disabled",
    "connection.enabled": "Enabled again",
    "connection.reminded": "A mail asked to reconnect",
    lifetime.TRIED: "Renewed, or tried to, because nobody used it",
}


@dataclass(frozen=True, slots=True)
class Happened:
    at: datetime.datetime
    what: str
    # Empty where no person did it.
    who: str
    why: str


def of(connection: Connection) -> list[Happened]:
    events = list(Event.objects.filter(subject=connection.pk, verb__in=_WORDS).order_by("-id")[:SHOWN])
    names = _names({event.actor for event in events if event.actor})
    return [
        Happened(event.at, _WORDS[event.verb], names.get(event.actor, ""), str(event.data.get("reason", "")))
        for event in events
    ]


def _names(people: set[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    return {person.pk: str(person) for person in User.objects.filter(pk__in=people)}

"""What a person reads about something that they started in Workday: Workday's words, and ours where it has none."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format

from connections.tokens import NeedsReconnect, TokenError
from inbox.outcomes import code_of
from workday.errors import Answered, WorkdayError

if TYPE_CHECKING:
    from inbox.models import StartedRequest

NAMED_AT_MOST = 3
HIDDEN_STEPS = "Workday does not let you see with whom this is."
_FORBIDDEN = (
    "Workday does not let this connection read business processes ({code}). Tell your Workday administrator: the "
    "API client may lack the functional area Tenant Non-Configurable, or you the domains Public Business Processes "
    "and Core Navigation."
)
# The classes of badges, by the status words of English tenants; others are told in their own words and plainly.
_TONES = {
    "successfully completed": "done",
    "denied": "trouble",
    "terminated": "trouble",
}
_UNTOLD = {
    "done": "Workday does not let you see what was done before.",
    "waiting": HIDDEN_STEPS,
    "planned": "Workday does not let you see what comes next.",
}


def failure(error: WorkdayError | TokenError) -> str:
    """Why what was started could not be read, as one or two sentences of at most 300 characters."""
    match error:
        case NeedsReconnect():
            return error.reason[:300]
        case TokenError():
            return "Workday did not renew this connection's access just now."
        case Answered(status=403):
            return _FORBIDDEN.format(code=code_of(error)[:40])
        case Answered(status=404):
            return "Workday does not show this to you any more."
        case Answered(status=429):
            return "Workday is busy and asked us to slow down."
        case _:
            return "Workday did not answer."


def label(request: StartedRequest) -> str:
    """Where it is, in Workday's own word for it."""
    if request.is_gone:
        return "No longer shown by Workday"
    if request.waits_for_owner and request.is_open:
        return "Sent back to you" if _sent_back(request) else "Waits for you"
    return request.status or "Workday does not say where this is"


def tone(request: StartedRequest) -> str:
    if request.is_open and not request.is_gone:
        return "needs-you" if request.waits_for_owner else "live"
    return "off" if request.is_gone else _TONES.get(request.status.lower(), "off")


def detail(request: StartedRequest) -> str:
    """With whom it is and since when, or how it ended, as one sentence."""
    if request.is_gone:
        return "It may have been cancelled or hidden from you; look in Workday."
    if not request.is_open:
        return f"Since {day(request.completed_on)}." if request.completed_on else "Workday does not say since when."
    if request.waiting_failure:
        return request.waiting_failure
    if request.waiting_as_of is None:
        return "Open it to see with whom it is."
    if not request.waiting:
        return "Workday names nobody with whom it is at the moment."
    return " ".join(step(each) for each in request.waiting[:NAMED_AT_MOST])


def step(told: dict[str, Any]) -> str:
    """One step that waits: for whom, and since when."""
    sent_back = told.get("sent_back")
    if sent_back:
        by = f" by {sent_back['by']}" if sent_back["by"] else ""
        return f"Sent back{by}{_since(sent_back['on'], ' on ')}."
    return f"{told['title'] or 'A step'}: {whom(told)}{_since(told['since'], ' since ')}."


def whom(told: dict[str, Any]) -> str:
    if told["is_mine"]:
        return "with you"
    if told["people"]:
        return f"with {names(told['people'])}"
    return "with somebody whom Workday does not name"


def names(people: Sequence[str]) -> str:
    """Any of them can act; of many the first are named."""
    if len(people) > NAMED_AT_MOST:
        return f"{', '.join(people[:NAMED_AT_MOST])} or {len(people) - NAMED_AT_MOST} others"
    return f"{', '.join(people[:-1])} or {people[-1]}" if len(people) > 1 else people[0]


def untold(request: StartedRequest) -> list[str]:
    """What Workday does not let this person see of the steps, each said once."""
    return [_UNTOLD[part] for part in request.untold if part in _UNTOLD]


def day(value: datetime.date | None) -> str:
    return date_format(value, "j M Y") if value else ""


def _since(iso: str, word: str) -> str:
    return f"{word}{day(datetime.date.fromisoformat(iso))}" if iso else ""


def _sent_back(request: StartedRequest) -> bool:
    return any("sent_back" in each for each in request.waiting)

"""What an answer of Workday's to a decision means. The one place that judges it, as a table."""

from __future__ import annotations

import enum

from workday.errors import Answered, NotSent, Unanswered, WorkdayError


class Meaning(enum.Enum):
    """What is known after one attempt, and so what may happen next."""

    NOT_SENT = "nothing reached Workday: wait and try again"
    UNAUTHORIZED = "the token was not accepted, so nothing was done: renew it and try again"
    BUSY = "turned away before anything was done: slow this tenant down and try again"
    ANSWERED = "Workday has judged the request and named a reason: one read tells whether the task is untouched"
    UNKNOWN = "it may or may not have been done: only reads after the deadline can tell"


# Workday publishes no table of its own for these; sources are sections 4.3 and 6.3 of its REST reference. A 503 can
# come from a gateway in front of a server that has already acted, so unlike a 429 it proves nothing.
BY_STATUS: dict[int, Meaning] = {
    400: Meaning.ANSWERED,
    401: Meaning.UNAUTHORIZED,
    403: Meaning.ANSWERED,
    404: Meaning.ANSWERED,
    405: Meaning.ANSWERED,
    408: Meaning.UNKNOWN,
    409: Meaning.ANSWERED,
    422: Meaning.ANSWERED,
    429: Meaning.BUSY,
    500: Meaning.UNKNOWN,
    502: Meaning.UNKNOWN,
    503: Meaning.UNKNOWN,
    504: Meaning.UNKNOWN,
}
# After these the tenant is spared for a while, whatever they mean for the one decision.
SLOW_DOWN = frozenset({429, 503})

# What the person reads when Workday refused and the task is untouched, by Workday's own code.
WORDS: dict[str, str] = {
    "A181": "Workday wants a comment for this task.",
    "A183": "Workday does not let this step be rejected.",
    "A190": "Workday does not let this kind of step be approved here.",
    "A202": "Workday does not allow sending this task back to that step.",
    "A212": "This task is no longer waiting for you in Workday.",
    "A225": "You are not allowed to reject this task in Workday.",
    "A227": "Workday does not allow this step to be sent back.",
    "A234": "Workday asks which kind of rejection is meant; do it in Workday.",
    "A1573": "Workday takes no comment on this kind of task; do it in Workday.",
    "S22": "Workday does not allow this connection to act on business processes. Tell your Workday administrator.",
}


def meaning(error: WorkdayError) -> Meaning:
    """What a failed write tells. Anything not in the table is unknown: a guess could lose or double a decision."""
    match error:
        case NotSent():
            return Meaning.NOT_SENT
        case Answered(status=status):
            return BY_STATUS.get(status, Meaning.UNKNOWN)
        case _:
            return Meaning.UNKNOWN


def status_of(error: WorkdayError) -> int | None:
    """The HTTP status Workday answered with, if any answer came."""
    return error.status if isinstance(error, Answered | Unanswered) else None


def code_of(error: WorkdayError) -> str:
    """Workday's own code for the refusal, or what stands in for it: `http-400`, `not-sent`, `no-answer`."""
    match error:
        case Answered(code=code, status=status):
            return code or f"http-{status}"
        case NotSent():
            return "not-sent"
        case _:
            return "no-answer"


def refusal_words(code: str) -> str:
    """One plain sentence for a person, never Workday's text, which may hold anything."""
    return WORDS.get(code, f"Workday refused ({code}). Open the task in Workday to see why.")


def backoff(tries: int, *, first: float = 2.0, cap: float = 600.0) -> float:
    """Seconds to wait before try number `tries` + 1: doubling, capped. Jitter is added by the caller."""
    return min(cap, first * 2.0 ** min(tries, 16))

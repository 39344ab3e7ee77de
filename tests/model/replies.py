"""What may go wrong with one call, as names that a printed story can be read by."""

from __future__ import annotations

import enum

from workday.errors import Answered, InvalidClient, InvalidGrant, NotSent, Unanswered, WorkdayError


class Reply(enum.Enum):
    OK = enum.auto()
    # Nothing arrives and nothing is done.
    LOST = enum.auto()
    NOT_SENT = enum.auto()
    GARBAGE = enum.auto()
    REFUSED_400 = enum.auto()
    NOT_AWAITING_400 = enum.auto()
    UNAUTHORIZED_401 = enum.auto()
    UNAUTHORIZED_401_TWICE = enum.auto()
    FORBIDDEN_403 = enum.auto()
    MISSING_404 = enum.auto()
    CONFLICT_409 = enum.auto()
    BUSY_429 = enum.auto()
    BUSY_429_FOR_30 = enum.auto()
    BROKEN_500 = enum.auto()
    UNAVAILABLE_503 = enum.auto()
    # It is done, and the answer does not tell.
    APPLIED_LOST = enum.auto()
    APPLIED_GARBAGE = enum.auto()
    APPLIED_500 = enum.auto()
    APPLIED_503 = enum.auto()
    # No answer in time; it is done that many seconds after the intent was written.
    APPLIED_AFTER_3 = enum.auto()
    APPLIED_AFTER_19 = enum.auto()
    # The access token has run out, and the token endpoint has its own troubles.
    TOKEN_REFUSED = enum.auto()
    TOKEN_CLIENT_REFUSED = enum.auto()
    TOKEN_WEATHER = enum.auto()


FAILURES: dict[Reply, WorkdayError] = {
    Reply.LOST: Unanswered("No answer came."),
    Reply.NOT_SENT: NotSent("No connection."),
    Reply.GARBAGE: Unanswered("Not what was asked for.", status=200),
    Reply.REFUSED_400: Answered(400, code="A190"),
    Reply.NOT_AWAITING_400: Answered(400, code="A212"),
    Reply.UNAUTHORIZED_401: Answered(401),
    Reply.UNAUTHORIZED_401_TWICE: Answered(401),
    Reply.FORBIDDEN_403: Answered(403, code="S22"),
    Reply.MISSING_404: Answered(404),
    Reply.CONFLICT_409: Answered(409),
    Reply.BUSY_429: Answered(429),
    Reply.BUSY_429_FOR_30: Answered(429, retry_after=30.0),
    Reply.BROKEN_500: Answered(500),
    Reply.UNAVAILABLE_503: Answered(503),
    Reply.APPLIED_LOST: Unanswered("No answer came."),
    Reply.APPLIED_GARBAGE: Unanswered("Not what was asked for.", status=200),
    Reply.APPLIED_500: Answered(500),
    Reply.APPLIED_503: Answered(503),
    Reply.APPLIED_AFTER_3: Unanswered("No answer in time."),
    Reply.APPLIED_AFTER_19: Unanswered("No answer in time."),
}
TOKEN_FAILURES: dict[Reply, WorkdayError] = {
    Reply.TOKEN_REFUSED: InvalidGrant(400, code="invalid_grant"),
    Reply.TOKEN_CLIENT_REFUSED: InvalidClient(401, code="invalid_client"),
    Reply.TOKEN_WEATHER: Unanswered("No answer came."),
}
APPLIED_NOW = (Reply.OK, Reply.APPLIED_LOST, Reply.APPLIED_GARBAGE, Reply.APPLIED_500, Reply.APPLIED_503)
APPLIED_LATER = {Reply.APPLIED_AFTER_3: 3.0, Reply.APPLIED_AFTER_19: 19.0}
# A send that was answered so was not done, and the answer proves it.
TURNED_AWAY = (
    Reply.NOT_SENT,
    Reply.UNAUTHORIZED_401,
    Reply.UNAUTHORIZED_401_TWICE,
    Reply.BUSY_429,
    Reply.BUSY_429_FOR_30,
)


def failure(reply: Reply) -> WorkdayError:
    """The failure to raise; it is told apart from earlier ones by nothing but its traceback."""
    return FAILURES[reply].with_traceback(None)

"""What can go wrong on the wire, sorted by whether trying again can help.

No exception here ever holds a token, a secret, a request or an answer's body.
"""

from __future__ import annotations


class WorkdayError(Exception):
    """Anything that kept a call from succeeding; `reason` is a fixed, plain sentence."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class NotSent(WorkdayError):
    """Proved: no byte of the request reached Workday, so sending it later is safe."""


class Unanswered(WorkdayError):
    """Something was sent and no answer came that can be trusted; only a fresh read can tell what happened."""

    def __init__(self, reason: str = "", *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class Answered(WorkdayError):
    """Workday answered with an error.

    `code` is Workday's own ("A212", "S22") or OAuth's ("invalid_grant"), else empty. `message` is plain text of at
    most 300 characters, for people, never to branch on. `retry_after` is in seconds, at most 600.
    """

    def __init__(self, status: int, *, code: str = "", message: str = "", retry_after: float | None = None) -> None:
        super().__init__(f"Workday answered {status} {code}".rstrip())
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after

    @property
    def is_unauthorized(self) -> bool:
        """The access token was not accepted, which proves that nothing was changed."""
        return self.status == 401


class InvalidGrant(Answered):
    """The grant is gone for good: only its person can give a new one (RFC 6749 section 5.2)."""


class InvalidClient(Answered):
    """The API client itself is not accepted: the tenant's administrator must act, no person can."""

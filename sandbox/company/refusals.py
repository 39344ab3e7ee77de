"""How the tenant says no: a status, a text and, where Workday has one, a code."""

from __future__ import annotations

from typing import Any

Entry = dict[str, str]


class RefusalError(Exception):
    """An answer with the error model of Workday's REST services."""

    def __init__(self, status: int, error: str, code: str = "", entries: tuple[Entry, ...] = ()) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.code = code
        self.entries = entries

    def body(self) -> dict[str, Any]:
        """The JSON of ERROR_MODEL or VALIDATION_ERROR_MODEL; a code only where there is one."""
        answer: dict[str, Any] = {"error": self.error}
        if self.code:
            answer["code"] = self.code
        if self.entries:
            answer["errors"] = list(self.entries)
        return answer


def invalid(text: str, code: str = "", field: str = "") -> RefusalError:
    """400 with one validation entry, such as code A212."""
    entry = {"error": text}
    if code:
        entry["code"] = code
    if field:
        entry["field"] = field
    return RefusalError(400, "invalid request: validation errors", entries=(entry,))


def bad_request(text: str) -> RefusalError:
    """400 without a validation entry: the request itself cannot be read."""
    return RefusalError(400, f"invalid request: {text}")


def unauthorized(text: str) -> RefusalError:
    """401: no token, a malformed one, or one that is not valid any more."""
    return RefusalError(401, text)


def forbidden() -> RefusalError:
    """403 with code S22: the domain or the client's scope does not allow it."""
    return RefusalError(403, "permission denied", "S22")


def not_found(what: str) -> RefusalError:
    """404: unknown, or not visible for this person."""
    return RefusalError(404, f"Not Found: {what}")

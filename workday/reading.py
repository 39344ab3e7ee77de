"""Strict reading of Workday's JSON: fields may be missing, but what is there has the right type."""

from __future__ import annotations

import datetime
import html
import json
import re
import unicodedata
from email.utils import parsedate_to_datetime
from typing import Any, Never

from workday.errors import Answered, Unanswered
from workday.session import Answer

MAX_TEXT = 500
MAX_MESSAGE = 300
MAX_RETRY_AFTER = 600.0
# A page of a hundred tasks has less than two thousand. In memory an empty object takes thirty times its two bytes.
MAX_VALUES = 50_000
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9_=$.~-]{1,100}")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_TAG = re.compile(r"<[^<>]*>")
# Outside of these a moment has a year 0 or 10000 in some zone. PostgreSQL stores that, and Python cannot read it back.
_EARLIEST = datetime.datetime(1, 1, 3, tzinfo=datetime.UTC)
_LATEST = datetime.datetime(9999, 12, 30, tzinfo=datetime.UTC)
# What these statuses say needs no body, and gateways in front of Workday send them without one.
_SPEAK_FOR_THEMSELVES = (401, 429, 503)


class Fields:
    """One JSON object of an answer. Every getter raises Unanswered when the field has the wrong type."""

    def __init__(self, values: dict[str, Any], status: int) -> None:
        self._values = values
        self._status = status

    def refuse(self, what: str) -> Never:
        raise Unanswered(f"The answer had an unexpected {what}.", status=self._status)

    def text(self, name: str) -> str:
        """Plain text on one line, at most 500 characters; empty when the field is missing."""
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name)
        return plain(value)[:MAX_TEXT]

    def raw(self, name: str) -> object:
        return self._values.get(name)

    def id(self, name: str = "id") -> str:
        """An identifier that is fit to be part of a path; empty when the field is missing."""
        value = self._values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or not is_id(value):
            self.refuse(name)
        return value

    def object(self, name: str) -> Fields:
        """The object in field `name`, without any field when it is missing."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, dict):
            self.refuse(name)
        return Fields(value or {}, self._status)

    def objects(self, name: str) -> list[Fields]:
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(name)
        return [Fields(item, self._status) for item in value]

    def date(self, name: str) -> datetime.date | None:
        moment = self._moment(name)
        return moment.date() if moment else None

    def moment(self, name: str) -> datetime.datetime | None:
        """A date or a date-time; what names no zone is UTC (the wire sends both where the documents say date)."""
        moment = self._moment(name)
        if moment is None or _EARLIEST < moment < _LATEST:
            return moment
        self.refuse(name)

    def _moment(self, name: str) -> datetime.datetime | None:
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.refuse(name)
        try:
            return _in_a_zone(datetime.datetime.fromisoformat(value))
        except ValueError:
            self.refuse(name)


def is_id(text: str) -> bool:
    """A Workday ID: 32 hex digits, or a reference such as Employee_ID=21005."""
    return _ID.fullmatch(text) is not None


def plain(text: str) -> str:
    """Text that any page, log line or database can hold: no control characters, no halves of characters, one line."""
    whole = text.encode("utf-8", "replace").decode()
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in whole).split())


def from_rich_text(text: str) -> str:
    """The words of a rich text field: tags dropped, entities read, white space folded."""
    return plain(html.unescape(_TAG.sub(" ", text)))


def fields(answer: Answer, *expected: int) -> Fields:
    """The JSON object of an answer with one of the `expected` statuses.

    Raises Answered for an error that Workday worded, Unanswered for anything else.
    """
    if answer.status in expected:
        return Fields(_object(answer), answer.status)
    if answer.status < 400:
        raise Unanswered("The answer had an unexpected status.", status=answer.status)
    raise _answered(answer)


def content(answer: Answer, *expected: int) -> bytes:
    """The bytes of an answer that is no JSON. Raises what `fields` does."""
    if answer.status not in expected:
        fields(answer)
    return answer.body


def _object(answer: Answer) -> dict[str, Any]:
    try:
        _refuse_swarm(answer.body)
        found = json.loads(answer.body, parse_constant=_refuse, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unanswered("The answer was not a JSON object.", status=answer.status)
    return found


def _refuse_swarm(body: bytes) -> None:
    """Raises ValueError for more values than any answer of Workday's has; those in texts count as well."""
    if sum(body.count(sign) for sign in b"[{,") > MAX_VALUES:
        raise ValueError("too many values")


def _refuse(constant: str) -> Never:
    raise ValueError(constant)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _answered(answer: Answer) -> Answered:
    """Workday's error model: `error`, `code`, and `errors` with an entry per complaint."""
    try:
        body = Fields(_object(answer), answer.status)
        entries = body.objects("errors")
        code = next(filter(None, (entry.text("code") for entry in (*entries, body))), "")
        message = " ".join(filter(None, (entry.text("error") for entry in entries))) or body.text("error")
    except Unanswered:
        if answer.status not in _SPEAK_FOR_THEMSELVES:
            raise
        code = message = ""
    return Answered(
        answer.status,
        code=code if _CODE.fullmatch(code) else "",
        message=message[:MAX_MESSAGE],
        retry_after=retry_after(answer),
    )


def retry_after(answer: Answer) -> float | None:
    """Seconds to wait that the answer asks for, at most 600; None when it asks nothing readable (RFC 9110 10.2.3)."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), MAX_RETRY_AFTER)
    moment = http_date(text)
    if moment is None:
        return None
    wait = (moment - datetime.datetime.now(datetime.UTC)).total_seconds()
    return min(max(wait, 0.0), MAX_RETRY_AFTER)


def http_date(text: str) -> datetime.datetime | None:
    """The moment that a header names, in UTC where it names no zone; None when it names none (RFC 9110 5.6.7)."""
    try:
        return _in_a_zone(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def _in_a_zone(moment: datetime.datetime) -> datetime.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)

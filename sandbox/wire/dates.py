"""The Date header of answers, which a tenant can be switched to get wrong."""

from __future__ import annotations

import time
from wsgiref.handlers import format_date_time

from gunicorn.http import wsgi  # type: ignore[import-untyped]  # gunicorn ships no types.


def date_header(offset_seconds: int) -> tuple[str, str]:
    """A Date header (RFC 9110 section 6.6.1) that is so far ahead of the true time."""
    return "Date", format_date_time(time.time() + offset_seconds)


class Response(wsgi.Response):  # type: ignore[misc]  # gunicorn ships no types.
    """gunicorn's response, which drops the application's Date and sends one of its own."""

    _date = ""

    def process_headers(self, headers: list[tuple[str, str]]) -> None:
        self._date = next((value for name, value in headers if name == "Date"), "")
        super().process_headers(headers)

    def default_headers(self) -> list[str]:
        lines: list[str] = super().default_headers()
        if not self._date:
            return lines
        return [f"Date: {self._date}\r\n" if line.startswith("Date:") else line for line in lines]


def let_applications_say_the_date() -> None:
    """gunicorn has no setting for it."""
    wsgi.Response = Response

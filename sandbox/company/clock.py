"""Times as Workday writes them: UTC, milliseconds, a Z; and plain dates."""

from __future__ import annotations

from datetime import UTC, date, datetime


def moment(when: datetime) -> str:
    """A date-time such as 2019-11-25T05:32:49.001Z."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def now() -> str:
    """This very moment, as Workday writes it."""
    return moment(datetime.now(UTC))


def today() -> str:
    """Today's date in UTC."""
    return datetime.now(UTC).date().isoformat()


def is_date(text: str) -> bool:
    """Whether this is a date of the form YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

"""Whole hours of a person's clock: when one begins, and which of them are quiet. Zones and summer time included."""

from __future__ import annotations

import datetime
import zoneinfo

DAY = datetime.timedelta(days=1)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The zone of this name; UTC where there is none, or none of that name any more."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


def latest(hour: int, place: zoneinfo.ZoneInfo, now: datetime.datetime) -> tuple[datetime.date, datetime.datetime]:
    """The newest day whose `hour` has begun there, and that moment.

    An hour that the clock skips in spring begins when it would have; of one that comes twice the first counts.
    """
    today = now.astimezone(place).date()
    begun = _begin(today, hour, place)
    return (today, begun) if begun <= now else (today - DAY, _begin(today - DAY, hour, place))


def upcoming(hour: int, place: zoneinfo.ZoneInfo, now: datetime.datetime) -> datetime.datetime:
    """The next moment, later than now, at which that hour begins there."""
    day, _ = latest(hour, place, now)
    return _begin(day + DAY, hour, place)


def is_quiet(begin: int, end: int, place: zoneinfo.ZoneInfo, now: datetime.datetime) -> bool:
    """Whether the clock there is between these hours, across midnight if need be; equal hours are never quiet."""
    hour = now.astimezone(place).hour
    return begin <= hour < end if begin <= end else hour >= begin or hour < end


def _begin(day: datetime.date, hour: int, place: zoneinfo.ZoneInfo) -> datetime.datetime:
    # In UTC, because two moments of one zone would be compared by what its clock shows.
    return datetime.datetime.combine(day, datetime.time(hour), place).astimezone(datetime.UTC)

"""A person's hours on both days of the year on which their clock is changed, and across midnight."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from inbox import hours

VIENNA = zoneinfo.ZoneInfo("Europe/Vienna")
AUCKLAND = zoneinfo.ZoneInfo("Pacific/Auckland")


def _utc(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("now", "day", "begun"),
    [
        ("2026-11-23T07:00", "2026-11-23", "2026-11-23T07:00"),
        ("2026-11-23T06:59", "2026-11-22", "2026-11-22T07:00"),
        ("2026-07-01T06:00", "2026-07-01", "2026-07-01T06:00"),
    ],
)
def test_the_newest_eight_oclock_is_that_of_the_persons_own_clock(now: str, day: str, begun: str) -> None:
    assert hours.latest(8, VIENNA, _utc(now)) == (datetime.date.fromisoformat(day), _utc(begun))


def test_far_to_the_east_the_day_is_already_another_one() -> None:
    day, begun = hours.latest(8, AUCKLAND, _utc("2026-11-23T20:00"))
    assert (day, begun) == (datetime.date(2026, 11, 24), _utc("2026-11-23T19:00"))


def test_an_hour_that_spring_skips_begins_when_it_would_have() -> None:
    assert hours.latest(2, VIENNA, _utc("2026-03-29T01:00")) == (datetime.date(2026, 3, 29), _utc("2026-03-29T01:00"))


def test_an_hour_that_autumn_brings_twice_begins_once() -> None:
    first = _utc("2026-10-25T00:00")
    again = first + datetime.timedelta(hours=1)
    assert hours.latest(2, VIENNA, first)[1] == hours.latest(2, VIENNA, again)[1] == first
    assert hours.upcoming(2, VIENNA, first) == _utc("2026-10-26T01:00")


@pytest.mark.parametrize("hour", range(24))
def test_the_next_time_is_always_later_and_the_newest_never(hour: int) -> None:
    now = _utc("2026-03-28T00:30")
    while now < _utc("2026-03-31T00:00"):
        assert hours.latest(hour, VIENNA, now)[1] <= now < hours.upcoming(hour, VIENNA, now)
        now += datetime.timedelta(minutes=30)


@pytest.mark.parametrize(
    ("begin", "end", "quiet"),
    [
        (22, 7, {22, 23, 0, 1, 2, 3, 4, 5, 6}),
        (12, 14, {12, 13}),
        (0, 6, {0, 1, 2, 3, 4, 5}),
        (9, 9, set()),
    ],
)
def test_quiet_hours_may_reach_across_midnight(begin: int, end: int, quiet: set[int]) -> None:
    clock = [datetime.datetime(2026, 3, 29, hour, tzinfo=datetime.UTC) for hour in range(24)]
    assert {now.hour for now in clock if hours.is_quiet(begin, end, hours.zone("UTC"), now)} == quiet


def test_quiet_hours_follow_the_clock_through_its_change() -> None:
    assert hours.is_quiet(22, 7, VIENNA, _utc("2026-03-29T04:59"))
    assert not hours.is_quiet(22, 7, VIENNA, _utc("2026-03-29T05:00"))
    assert hours.is_quiet(22, 7, VIENNA, _utc("2026-03-28T05:59"))


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd"])
def test_a_zone_that_is_none_counts_as_utc(name: str) -> None:
    assert hours.zone(name).key == "UTC"

"""What is struck down comes back when its time has come, and what will not stay up ends the soak."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.interrupts import Interrupts
from dev.problems import CommandError
from dev.processes import Family, Plan
from soak.parts import MOST_FAILED_STARTS, Part

SECONDS = 10.0


class Calm(Interrupts):
    """Leaves the signals of the test run alone."""

    def __init__(self) -> None:
        self.count = 0
        self.terminated = False

    def nap(self, seconds: float | None) -> None:
        time.sleep(0.02)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    family = Family(Calm(), tmp_path)
    yield family
    for child in family.children:
        child.kill()


def part(family: Family, program: str) -> Part:
    made = Part("sleeper", lambda name: family.start(Plan(name, [sys.executable, "-c", program])))
    made.start()
    return made


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_part_that_was_killed_is_started_again_and_counted_once(family: Family) -> None:
    sleeper = part(family, "import time; time.sleep(60)")
    before = sleeper.pid

    assert sleeper.strike(signal.SIGKILL) == 1
    until(lambda: not sleeper.child.running())
    sleeper.look_after(family)

    assert sleeper.runs()
    assert sleeper.pid != before
    assert sleeper.own_ends == []
    assert len(family.children) == 1


def test_it_lies_for_as_long_as_it_was_told_to(family: Family) -> None:
    sleeper = part(family, "import time; time.sleep(60)")
    sleeper.strike(signal.SIGKILL, down=0.5)
    until(lambda: not sleeper.child.running())

    sleeper.look_after(family)
    assert not sleeper.runs()
    time.sleep(0.5)
    sleeper.look_after(family)
    assert sleeper.runs()


def test_what_is_down_already_is_not_killed_twice(family: Family) -> None:
    sleeper = part(family, "pass")
    until(lambda: not sleeper.child.running())

    assert sleeper.strike(signal.SIGKILL) == 0


def test_a_part_that_ended_by_itself_is_told_with_its_last_words(family: Family) -> None:
    sleeper = part(family, "raise SystemExit('no key')")
    until(lambda: not sleeper.child.running())
    sleeper.look_after(family)

    [told] = sleeper.own_ends
    assert "exit code 1" in told
    assert "no key" in told


def test_a_part_that_never_stays_up_ends_the_soak(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soak.parts.RESTART_SECONDS", 0.0)
    sleeper = part(family, "raise SystemExit(3)")

    def many_times() -> None:
        for _ in range(MOST_FAILED_STARTS + 2):
            until(lambda: not sleeper.child.running())
            sleeper.look_after(family)

    with pytest.raises(CommandError, match="does not stay up"):
        many_times()

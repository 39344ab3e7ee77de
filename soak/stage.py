"""What the faults act on: the system, things to be done later, and the record of what was broken."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import requests

from soak.pickup import Pickup
from soak.system import System

# A worker that was started so long ago should be listening; on a busy machine a start takes some seconds.
LISTENING_AFTER = 10.0
CLEAR_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Window:
    """A time, in epochs, in which Redis was of no use."""

    name: str
    start: float
    end: float


@dataclass(slots=True)
class Record:
    """What was broken on purpose. `drawn` tells when, in epochs."""

    faults: Counter[str] = field(default_factory=Counter)
    drawn: list[tuple[float, str]] = field(default_factory=list)
    kills: int = 0
    redis_losses: int = 0
    postgres_restarts: int = 0
    far_faults: int = 0
    redis_windows: list[Window] = field(default_factory=list)
    pickups: list[float] = field(default_factory=list)


class Stage:
    """Faults are played by the main thread alone, one after the other; what lasts is ended by `later`."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.record = Record()
        self.busy_until = 0.0
        self._later: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._pickup: Pickup | None = None
        self._look_at = 0.0
        self._clear_at = 0.0

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), act))

    def keep_web(self, seconds: float) -> None:
        """Leave the web alone for a while, because its answers are being timed."""
        self.busy_until = max(self.busy_until, time.monotonic() + seconds)

    @property
    def may_strike_web(self) -> bool:
        return time.monotonic() >= self.busy_until

    def link(self, name: str, mode: str, seconds: float = 0.0) -> None:
        self.system.links.play(name, mode, seconds)

    def spoil(self, name: str, mode: str, lasting: float, seconds: float = 0.0) -> None:
        """Play a fault on a link for a while."""
        self.link(name, mode, seconds)
        self.later(lasting, lambda: self.link(name, "pass"))

    def watch_pickup(self, seconds: float) -> None:
        """Redis comes back in so many seconds; from then on see when the workers listen again."""
        self._pickup = Pickup(time.monotonic() + seconds)

    def clear_weather(self) -> None:
        """Count what the sandboxes have played, and forget what they have not: bad weather does not wait for anybody.

        Otherwise a tenant that is being spared would meet, all at once, what was set while nobody asked it.
        """
        for far in self.system.far_sides:
            with contextlib.suppress(requests.RequestException):
                self.record.far_faults += sum(fault["played"] for fault in far.faults())
                far.clear_faults()

    def tick(self) -> None:
        """End what is over, and start again what is down. Raises CommandError."""
        self.system.check()
        if time.monotonic() >= self._clear_at:
            self._clear_at = time.monotonic() + CLEAR_SECONDS
            self.clear_weather()
        while self._later and self._later[0][0] <= time.monotonic():
            heapq.heappop(self._later)[2]()
        self.system.look_after()
        self._look_for_pickup()

    def _look_for_pickup(self) -> None:
        if self._pickup is None or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + 0.25
        up = [part for part in self.system.workers if part.runs(LISTENING_AFTER)]
        if self._pickup.look(self.system.redis_socket, len(up)) and self._pickup.took is not None:
            self.record.pickups.append(self._pickup.took)
            self._pickup = None

    def end_everything(self) -> None:
        """No fault any more: what was to end later ends now."""
        while self._later:
            heapq.heappop(self._later)[2]()


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: the rows of the fault matrix it plays, and how often in one round of its track."""

    name: str
    rows: str
    share: int
    play: Callable[[Stage, Random], bool | None]


class Track:
    """Draws faults of one sort, one every `seconds` on average: every round holds each as often as its share."""

    def __init__(self, name: str, faults: tuple[Fault, ...], seconds: float, seed: int) -> None:
        self.faults = faults
        self._rng = Random(f"{seed}:{name}")
        self._seconds = seconds
        self._round: list[Fault] = []
        self._next = time.monotonic() + self._rng.uniform(0, seconds)

    def is_due(self) -> bool:
        return time.monotonic() >= self._next

    def play(self, stage: Stage) -> None:
        """Play the next fault; one that cannot be played now (it says False) is put back and not counted."""
        fault = self._draw()
        if fault.play(stage, self._rng) is False:
            self._round.insert(0, fault)
        else:
            stage.record.faults[fault.name] += 1
            stage.record.drawn.append((time.time(), fault.name))
        self._next = time.monotonic() + self._seconds * self._rng.uniform(0.6, 1.4)

    def _draw(self) -> Fault:
        if not self._round:
            self._round = [fault for fault in self.faults for _ in range(fault.share)]
            self._rng.shuffle(self._round)
        return self._round.pop()

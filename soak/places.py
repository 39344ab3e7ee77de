"""Who decides where: the tenants, the sandbox process each lives in, and the people with an account."""

from __future__ import annotations

from dataclasses import dataclass

SANDBOXES = 2
PASSWORD = "SOAK_PASSWORD"
CLIENT_SECRET = "SOAK_CLIENT_SECRET"
ORIGINS = "SOAK_ORIGINS"
EFFECTIVE = "SOAK_EFFECTIVE"


@dataclass(frozen=True, slots=True)
class Place:
    """One tenant; `sandbox` is the number of the process that plays it, `workers` are those who decide."""

    key: str
    sandbox: int
    decide_by: str
    workers: tuple[str, str, str]

    @property
    def client_id(self) -> str:
        return f"soak-{self.key}"


@dataclass(frozen=True, slots=True)
class Account:
    """One person here, connected at one place as one of its workers."""

    place: Place
    worker: str

    @property
    def email(self) -> str:
        return f"{self.worker}@{self.place.key}.example"

    @property
    def partner(self) -> str:
        """The worker with whom some tasks are shared."""
        workers = self.place.workers
        return workers[(workers.index(self.worker) + 1) % len(workers)]


# Two processes, so that a stalled one does not starve every tenant; the second kind of API is played as well.
PLACES = (
    Place("north", 0, "business_process", ("manager", "colleague", "executive")),
    Place("east", 0, "inbox_task", ("manager", "colleague", "executive")),
    Place("south", 1, "business_process", ("manager", "colleague", "executive")),
)
ACCOUNTS = tuple(Account(place, worker) for place in PLACES for worker in place.workers)
CLASSIC = frozenset(place.key for place in PLACES if place.decide_by == "inbox_task")

"""From a person's click to the moment when the sandbox tenant has the call, beside a bare call to the same tenant.

Both are measured alike: from just before the request leaves this process to the `time` that the sandbox's ledger
notes when a request has arrived. One machine, one clock; the ledger cuts to whole milliseconds.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from functools import partial

from bench.figures import Figure, Times, table
from bench.person import DecideForm, Person
from tests.sandbox.api_client import ApiClient
from tests.sandbox.api_client import Person as ApiPerson
from tests.sandbox.process import SandboxProcess
from tests.system import System

GOAL_MS = 100.0
CLICKS = 50
WARM_UP = 5
ARRIVAL_SECONDS = 10.0
# After a call has arrived the drain still settles and ends; the next click must find an idle system.
REST_SECONDS = 0.25
BARE_WORKER = "colleague"


def measure(system: System, person: Person) -> list[Figure]:
    """Clicks and bare calls in turn, one at a time; the first few of both are not counted."""
    bare = bare_client(system.sandbox)
    steps = system.sandbox.add_tasks(BARE_WORKER, WARM_UP + CLICKS)
    clicks, calls = list[float](), list[float]()
    forms: list[DecideForm] = []
    for step in steps:
        forms = forms or person.forms()
        clicks.append(_until_arrival(system.sandbox, partial(person.approve, forms.pop())))
        calls.append(_until_arrival(system.sandbox, partial(bare.act, step, "approve", id=step, comment="Fine.")))
    return _told(Times(clicks[WARM_UP:]), Times(calls[WARM_UP:]))


def _told(click: Times, call: Times) -> list[Figure]:
    rows = [[name, f"{took.middle:.1f}", f"{took.late:.1f}"] for name, took in (("click", click), ("bare call", call))]
    print(table([f"until it has arrived, {CLICKS} times", "median ms", "p95 ms"], rows))
    print(f"click : bare call {click.middle / call.middle:.1f} x; p95 {click.late - call.late:.1f} ms later")
    return [Figure("click later than a bare call by", click.middle - call.middle, GOAL_MS, "ms")]


def bare_client(far: SandboxProcess) -> ApiPerson:
    wish = {"client_id": "bare-client", "client_secret": "bare-secret", "redirect_uri": "http://127.0.0.1:9/callback"}
    client = ApiClient(far, far.tenant, *far.register(**wish), redirect_uri=wish["redirect_uri"])
    return client.person(BARE_WORKER)


def _until_arrival(far: SandboxProcess, act: Callable[[], object]) -> float:
    """Seconds from the beginning of `act` to the arrival of the one write that it causes."""
    far.clear_ledger()
    started = datetime.datetime.now(datetime.UTC)
    act()
    time.sleep(REST_SECONDS)
    return (_arrival(far) - started).total_seconds()


def _arrival(far: SandboxProcess) -> datetime.datetime:
    deadline = time.monotonic() + ARRIVAL_SECONDS
    while not (found := far.ledger(path="/approve", method="POST")):
        if time.monotonic() > deadline:
            raise RuntimeError(f"No call arrived within {ARRIVAL_SECONDS} s; the ledger: {far.ledger()}")
        time.sleep(0.05)
    return datetime.datetime.fromisoformat(found[0]["time"])

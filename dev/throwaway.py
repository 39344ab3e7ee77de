"""Any command, with throw-away services and throw-away secrets in its environment."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping, Sequence

from dev import embedded, environment
from dev.birth import Birth
from dev.interrupts import Interrupts
from dev.problems import Stopped
from dev.processes import PATIENCE, Family, Plan, popen
from dev.state import State, thrown_away


def run(
    commands: Sequence[Sequence[str]],
    interrupts: Interrupts,
    more: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
) -> int:
    """Run commands in the foreground until one fails; returns the last exit code. Raises CommandError."""
    with thrown_away(interrupts) as state:
        family = Family(interrupts, state.logs, state.descendants)
        try:
            variables = {**_services(family, state), **(more or {})}
            plans = (Plan(command[0], command, variables, stop_signal, stop_signal) for command in commands)
            return next(filter(None, (_foreground(plan, interrupts) for plan in plans)), 0)
        except Stopped:
            return 128 + signal.SIGINT
        finally:
            embedded.stop(family)


def _services(family: Family, state: State) -> dict[str, str]:
    sockets, static_root = state.folder / "s", state.folder / "static"
    sockets.mkdir(mode=0o700)
    static_root.mkdir(mode=0o700)
    urls = embedded.start(family, state.folder, sockets, durable=False)
    return environment.throw_away(urls, static_root)


def _foreground(plan: Plan, interrupts: Interrupts) -> int:
    """The command keeps the terminal, so Ctrl-C reaches it by itself; SIGTERM to us becomes its stop signal."""
    birth = Birth(plan.death_signal, own_session=False)
    process = popen(plan, birth, log=None, lock=None)
    while process.poll() is None and not interrupts.terminated:
        interrupts.nap(None)
    process.send_signal(plan.stop_signal)
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        interrupts.nap(0.1)
    process.kill()
    code = process.wait()
    return code if code >= 0 else 128 - code

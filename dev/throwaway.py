"""Any command, with throw-away services and throw-away secrets in its environment."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence

from dev import embedded, environment
from dev.birth import Birth
from dev.interrupts import Interrupts
from dev.problems import Stopped
from dev.processes import Family, Plan, popen
from dev.state import State, thrown_away


def run(commands: Sequence[Sequence[str]], interrupts: Interrupts, more: Mapping[str, str] | None = None) -> int:
    """Run commands in the foreground until one fails; returns the last exit code. Raises CommandError."""
    with thrown_away(interrupts) as state:
        family = Family(interrupts, state.logs, state.descendants)
        try:
            variables = {**_services(family, state), **(more or {})}
            codes = (_foreground(command, variables, interrupts) for command in commands)
            return next(filter(None, codes), 0)
        except Stopped:
            return 128 + signal.SIGINT
        finally:
            embedded.stop(family)


def _services(family: Family, state: State) -> dict[str, str]:
    sockets = state.folder / "s"
    sockets.mkdir(mode=0o700)
    urls = embedded.start(family, state.folder, sockets, durable=False)
    return environment.throw_away(urls, state.folder / "static")


def _foreground(command: Sequence[str], variables: Mapping[str, str], interrupts: Interrupts) -> int:
    """The command keeps the terminal, so Ctrl-C reaches it by itself; SIGTERM is passed on."""
    birth = Birth(signal.SIGTERM, own_session=False)
    process = popen(Plan(command[0], command, variables), birth, log=None, lock=None)
    passed_on = False
    while process.poll() is None:
        if interrupts.terminated and not passed_on:
            process.terminate()
            passed_on = True
        interrupts.nap(1)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode

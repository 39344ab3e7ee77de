"""The local commands: demo, test, lint, reset, run."""

from __future__ import annotations

import sys

from dev import demo, quality, reset, terminal, testing, throwaway, venv
from dev.interrupts import Interrupts
from dev.make import Parent
from dev.problems import CommandError, Stopped

USAGE = "Usage: python -m dev demo | test [PYTEST ARGUMENT ...] | lint | reset | run -- COMMAND [ARGUMENT ...]"


def main(arguments: list[str]) -> int:
    """Do what the arguments say and return the exit code. Raises CommandError, and Stopped."""
    interrupts, parent = Interrupts(), Parent()
    if arguments[:1] in (["demo"], ["test"], ["lint"], ["run"]):
        venv.enter(venv.DEMO if arguments == ["demo"] else venv.DEV, arguments, interrupts)
    parent.keep_to_ourselves()
    match arguments:
        case ["demo"]:
            return run_demo(interrupts, parent)
        case ["test", *options]:
            return testing.run(options, interrupts)
        case ["lint"]:
            return quality.run()
        case ["reset"]:
            return reset.run(interrupts)
        case ["run", "--", *command] if command:
            return throwaway.run([command], interrupts)
    raise CommandError(USAGE)


def run_demo(interrupts: Interrupts, parent: Parent) -> int:
    """To be stopped is how a demo is meant to end."""
    try:
        with terminal.foreground():
            demo.run(interrupts, parent)
    except Stopped:
        pass
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CommandError as problem:
        sys.exit(str(problem))
    except Stopped:
        sys.exit(130)

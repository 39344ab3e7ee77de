"""What ends a command early: a problem to tell the person, or the person's own wish to stop."""

from __future__ import annotations


class CommandError(Exception):
    """One clear sentence for the person at the terminal; the command ends with exit code 1."""


class Stopped(KeyboardInterrupt):
    """SIGINT or SIGTERM arrived: everything started is to be stopped, in order."""

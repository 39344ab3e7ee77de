"""The command lines of the demo's own processes: web, worker, beat."""

from __future__ import annotations

import sys
from pathlib import Path

from dev import ports


def web(port: int) -> list[str]:
    """Two processes of four threads; what is being answered at a stop gets 8 s."""
    command = "gunicorn config.wsgi --worker-class gthread --workers 2 --threads 4 --no-control-socket"
    return _module(command, f"--bind={ports.HOST}:{port}", "--graceful-timeout=8")


def worker() -> list[str]:
    """One process with threads: its work is waiting for Workday."""
    command = "celery -A config worker --pool threads --concurrency 16 --loglevel WARNING"
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return _module(command, *alone, "--include=dev.worker_ready")


def beat(schedule: Path) -> list[str]:
    """The clock that wakes the sweepers."""
    return _module("celery -A config beat --loglevel WARNING", "--pidfile=", f"--schedule={schedule}")


def _module(command: str, *options: str) -> list[str]:
    return [sys.executable, "-m", *command.split(), *options]

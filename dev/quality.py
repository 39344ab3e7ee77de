"""`make lint`: every check that needs no running service."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dev import environment
from dev.state import ROOT

CHECKS = ("ruff check", "ruff format --check", "mypy --strict", "lint-imports")


def run() -> int:
    """Run all checks, also after one has failed; returns 1 when any has. mypy reads Django's settings."""
    nowhere = {"DATABASE_URL": "postgresql://app@/app?host=/nowhere", "REDIS_URL": "unix:///nowhere"}
    variables = environment.throw_away(nowhere, ROOT / ".cache" / "static")
    programs = Path(sys.executable).parent
    failed = False
    for check in CHECKS:
        program, *options = check.split()
        failed |= subprocess.run([programs / program, *options], cwd=ROOT, env=variables).returncode != 0
    return int(failed)

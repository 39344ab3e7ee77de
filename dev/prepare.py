"""Bring the demo's database up to date: one process for what would be four, since imports cost most.

Run as `python -m dev.prepare` with the application's environment; the only module here that imports Django.
"""

from __future__ import annotations

import os
import sys
import time
from urllib.parse import urlsplit

import django
from django.core.management import call_command

from dev import ports


def main() -> None:
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    _wait_for_sandbox(urlsplit(os.environ["SANDBOX_URL"]).port or 80)
    call_command("seed_demo")


def _wait_for_sandbox(port: int) -> None:
    deadline = time.monotonic() + 60
    while not ports.healthy(port):
        if time.monotonic() > deadline:
            sys.exit("The sandbox did not answer within 60 s.")
        time.sleep(0.05)


if __name__ == "__main__":
    main()

"""Bring the soak's database up, and tell which deadlines the settings really have.

Run as `python -m soak.prepare` with the application's environment.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from soak.places import EFFECTIVE

TOLD = (
    "UNDO_SECONDS",
    "READ_SECONDS",
    "SEND_SECONDS",
    "GRACE_SECONDS",
    "READS_APART_SECONDS",
    "LEASE_SECONDS",
    "SWEEP_SECONDS",
    "HARD_KILL_SECONDS",
)


def main() -> None:
    django.setup()
    from soak import seeding  # noqa: PLC0415  # models can be imported only once Django is set up

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    seeding.seed()
    told = {name: getattr(settings, name) for name in TOLD}
    Path(os.environ[EFFECTIVE]).write_text(json.dumps(told))


if __name__ == "__main__":
    main()

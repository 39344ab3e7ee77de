"""Loaded by the demo's Celery worker: leaves a file when the worker takes tasks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery.signals import worker_ready


@worker_ready.connect
def leave_note(**facts: Any) -> None:
    Path(os.environ["WORKER_READY_FILE"]).touch()

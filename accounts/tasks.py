"""Celery's side of accounts."""

from __future__ import annotations

from celery import shared_task
from django.core.management import call_command


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Drop sessions that have run out; they name who was signed in when."""
    call_command("clearsessions")

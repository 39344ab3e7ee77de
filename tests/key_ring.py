"""Rings of token keys for tests, in this process and in others beside the test's database."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection as database
from django.test import override_settings

from connections import keyring

ROOT = Path(__file__).resolve().parent.parent


def entry(key_id: str, fill: str) -> str:
    """One entry of TOKEN_KEYS, the same for the same arguments."""
    return f"{key_id}:{base64.urlsafe_b64encode(fill.encode() * 32).decode()}"


OLD, NEW = entry("k001", "o"), entry("k002", "n")


@contextmanager
def ring(*entries: str) -> Iterator[None]:
    """This process has these keys, the newest first."""
    with override_settings(TOKEN_KEYS=",".join(entries)):
        keyring.ring.cache_clear()
        try:
            yield
        finally:
            keyring.ring.cache_clear()


def environment(*entries: str, **more: str) -> dict[str, str]:
    """What another process has to be told to use the test's database with these keys."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database.settings_dict['NAME']}").geturl()
    return {**os.environ, "DATABASE_URL": url, "TOKEN_KEYS": ",".join(entries), **more}


def run(command: Sequence[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)

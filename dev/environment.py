"""What the application is told by its environment, which is all that it is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dev import secret_values


def application(
    secrets: dict[str, str], urls: dict[str, str], public_url: str, sandbox_url: str, static_root: Path
) -> dict[str, str]:
    """The environment of web, worker, beat and management commands on this machine alone."""
    return {
        **os.environ,
        **urls,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secrets["SECRET_KEY"],
        "TOKEN_KEYS": secrets["TOKEN_KEYS"],
        "PUBLIC_URL": public_url,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "INSECURE_DEMO": "true",
        "WORKDAY_PLAIN_ORIGINS": sandbox_url,
        "STATIC_ROOT": str(static_root),
    }


def throw_away(urls: dict[str, str], static_root: Path) -> dict[str, str]:
    """The same for tests and single commands, with secrets that are never seen again."""
    secrets = {"SECRET_KEY": secret_values.secret_key(), "TOKEN_KEYS": secret_values.token_key()}
    variables = application(secrets, urls, "http://127.0.0.1:8000", "http://127.0.0.1:8001", static_root)
    programs = f"{Path(sys.prefix) / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**variables, "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver", "PATH": programs}

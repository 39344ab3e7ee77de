"""What would weaken an installation stops its start, and says which variable it was."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.settings_process import REAL, ROOT, start_with

ALWAYS = ["OAUTHLIB_INSECURE_TRANSPORT", "OAUTHLIB_RELAX_TOKEN_SCOPE", "OAUTHLIB_IGNORE_SCOPE_CHANGE"]
REAL_ONLY = ["DEBUG", "DJANGO_DEBUG", "SSLKEYLOGFILE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"]
DEMO_ONLY = {"WORKDAY_PLAIN_ORIGINS": "http://127.0.0.1:8001", "FAILPOINT": "sent:kill", "PUBLIC_URL": "http://a.test"}


@pytest.mark.attack("T21")
@pytest.mark.parametrize("name", [*ALWAYS, *REAL_ONLY])
def test_a_real_installation_does_not_start_with(name: str) -> None:
    assert name in start_with(**{**REAL, name: "1"})


@pytest.mark.attack("T21")
@pytest.mark.parametrize("name", ALWAYS)
@pytest.mark.parametrize("value", ["1", "0"])
def test_what_weakens_oauth_stops_the_demo_too(name: str, value: str) -> None:
    """oauthlib takes any text at all for yes."""
    assert name in start_with(**{name: value})


@pytest.mark.attack("T21")
@pytest.mark.parametrize("name", DEMO_ONLY)
def test_what_is_for_the_demo_stops_a_real_installation(name: str) -> None:
    assert name in start_with(**{**REAL, name: DEMO_ONLY[name]})


@pytest.mark.attack("T21")
def test_a_real_installation_starts_without_them() -> None:
    off = {"DEBUG": "false", "DJANGO_DEBUG": "0", "HTTPS_PROXY": "", "NO_PROXY": "*", "OAUTHLIB_INSECURE_TRANSPORT": ""}
    assert start_with(**{**REAL, **off}) == ""


PROCESSES = [
    ["-m", "gunicorn", "--check-config", "config.wsgi"],
    ["-m", "celery", "-A", "config", "worker"],
    ["-m", "celery", "-A", "config", "beat"],
    ["manage.py", "migrate"],
]


@pytest.mark.attack("T21")
@pytest.mark.parametrize("process", PROCESSES, ids=" ".join)
def test_no_process_of_an_installation_starts(process: list[str]) -> None:
    environment = {**os.environ, **REAL, "SSLKEYLOGFILE": "/dev/null"}
    done = subprocess.run(
        [sys.executable, *process], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "SSLKEYLOGFILE must not be set" in done.stdout + done.stderr

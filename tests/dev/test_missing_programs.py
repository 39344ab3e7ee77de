from __future__ import annotations

import subprocess
import sys

from tests.dev.command import ROOT, run

SEARCH = """
from dev import problems, {module}
try:
    {module}.{function}()
except problems.CommandError as error:
    print(error)
"""


def search_without_packages(module: str, function: str) -> str:
    """What is said where neither the wheels are installed nor PATH leads anywhere."""
    program = SEARCH.format(module=module, function=function)
    command = [sys.executable, "-S", "-c", program]
    return subprocess.check_output(command, cwd=ROOT, env={"PATH": ""}, text=True)


def test_a_wrong_pg_bin_is_one_sentence_and_names_the_way_out() -> None:
    done = run("run", "--", "true", variables={"PG_BIN": "/nonexistent"})
    assert done.returncode == 1
    assert "PG_BIN names /nonexistent" in done.stderr
    assert "set DATABASE_URL" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_missing_valkey_names_redis_url() -> None:
    assert "set REDIS_URL" in search_without_packages("valkey", "find_program")


def test_a_python_too_old_is_told_which_one_is_needed() -> None:
    program = "import sys; sys.version_info = (3, 10, 0); import dev"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Countersign needs Python 3.11 or newer")


def test_an_unknown_command_shows_the_usage() -> None:
    done = run("dmeo")
    assert done.returncode == 1
    assert done.stderr.startswith("Usage: python -m dev demo")

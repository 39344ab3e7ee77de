from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dev.command import ROOT, environment

ENTER = """
import sys
from dev import venv
from dev.interrupts import Interrupts
venv.enter({lock!r}, ["reset"], Interrupts())
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the commands whose first start was interrupted; its locks name no package of any index."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "dev", folder / "dev", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("demo", "dev"):
        (folder / f"requirements-{name}.txt").write_text("# nothing\n")
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".unfinished").touch()
    (folder / ".venv" / "half-installed").touch()
    assert enter(folder, "requirements-dev.txt").startswith("Making a virtual environment")
    return folder


def enter(folder: Path, lock: str) -> str:
    """What a person is told while the virtual environment is brought up to the lock."""
    variables = environment({"DEV_VENV": str(folder / ".venv"), "DEV_STATE_DIR": str(folder / ".state")})
    command = [sys.executable, "-c", ENTER.format(lock=lock)]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=True)
    return done.stderr


def test_an_interrupted_installation_is_not_built_upon(checkout: Path) -> None:
    assert not (checkout / ".venv" / "half-installed").exists()
    assert not (checkout / ".venv" / ".unfinished").exists()


def test_an_unchanged_lock_is_left_alone(checkout: Path) -> None:
    assert enter(checkout, "requirements-dev.txt") == ""


def test_the_lock_of_the_tests_is_enough_for_the_demo(checkout: Path) -> None:
    assert enter(checkout, "requirements-demo.txt") == ""


def test_a_changed_lock_is_installed_once(checkout: Path) -> None:
    (checkout / "requirements-dev.txt").write_text("# still nothing\n")
    assert enter(checkout, "requirements-dev.txt") == "Installing the packages of requirements-dev.txt\n"
    assert enter(checkout, "requirements-dev.txt") == ""

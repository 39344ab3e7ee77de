"""The virtual environment: made once, filled from a lock with hashes, left alone until the lock changes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import sys
from pathlib import Path

from dev.interrupts import Interrupts
from dev.processes import Family, Plan
from dev.state import ROOT

DEMO, DEV = "requirements-demo.txt", "requirements-dev.txt"
SUPERSETS = {DEMO: (DEMO, DEV), DEV: (DEV,)}
"""Which installed locks satisfy a wanted one: DEV holds all of DEMO with the same versions."""


def enter(lock: str, arguments: list[str], interrupts: Interrupts) -> None:
    """Bring the virtual environment up to the lock; when not running in it, start again inside of it."""
    folder = Path(os.environ.get("DEV_VENV") or ROOT / ".venv").absolute()
    _fill(folder, lock, interrupts)
    if Path(sys.prefix) != folder:
        python = folder / "bin" / "python"
        os.execv(python, [str(python), "-m", "dev", *arguments])  # noqa: S606 - the same program, other Python


def _fill(folder: Path, lock: str, interrupts: Interrupts) -> None:
    if _satisfied(folder, lock):
        return
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Two commands may come at the same time; the second finds the work done.
        interrupts.wait_for(lambda: _locked(handle), 600, f"Another command has been filling {folder} for 10 min.")
        if not _satisfied(folder, lock):
            _install(folder, lock, interrupts)
    finally:
        os.close(handle)


def _install(folder: Path, lock: str, interrupts: Interrupts) -> None:
    stamp, unfinished = folder / ".installed", folder / ".unfinished"
    family = Family(interrupts, folder / "log")
    # pip takes a package that was broken off half way for installed, so that is no ground to build on.
    clear = unfinished.exists() or not _same_python(folder)
    stamp.unlink(missing_ok=True)
    unfinished.touch()
    if clear or not (folder / "bin" / "python").exists():
        tell(f"Making a virtual environment in {folder}")
        _step(family, "venv", [sys.executable, "-m", "venv", *(["--clear"] if clear else []), folder])
        family = Family(interrupts, folder / "log")
        unfinished.touch()
    tell(f"Installing the packages of {lock}")
    pip: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--require-hashes"]
    options = ["--no-deps", "--no-input", "--disable-pip-version-check"]
    _step(family, "pip", [*pip, *options, "-r", ROOT / lock])
    stamp.write_text(_identity(lock))
    unfinished.unlink()


def _step(family: Family, name: str, command: list[str | Path]) -> None:
    child = family.start(Plan(name, command, death_signal=signal.SIGKILL))
    try:
        family.finish(child, 900)
    finally:
        family.stop(name)


def _satisfied(folder: Path, lock: str) -> bool:
    stamp = folder / ".installed"
    if not (folder / "bin" / "python").exists() or not stamp.exists():
        return False
    return stamp.read_text() in [_identity(one) for one in SUPERSETS[lock]]


def _identity(lock: str) -> str:
    """What a finished installation is known by: the Python, the lock's name and its contents."""
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    return f"{_version()} {lock} {digest}\n"


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _same_python(folder: Path) -> bool:
    settings = folder / "pyvenv.cfg"
    if not settings.exists():
        return True
    return any(line.startswith("version") and f"= {_version()}." in line for line in settings.read_text().splitlines())


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def tell(line: str) -> None:
    """One line of progress, for steps that a person has to wait for."""
    print(line, file=sys.stderr, flush=True)

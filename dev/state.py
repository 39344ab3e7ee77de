"""The folder that a command keeps its data in: its locks, its logs, its short-lived sockets."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dev.interrupts import Interrupts
from dev.problems import CommandError
from dev.processes import PROCESSES

ROOT = Path(__file__).resolve().parent.parent
SOCKETS = "countersign-run-"
THROW_AWAY = "countersign-tmp-"
LOCK, DESCENDANTS = LOCKS = "lock", "descendants.lock"


def demo_folder() -> Path:
    """`.state/` of the checkout, or what DEV_STATE_DIR names."""
    return Path(os.environ.get("DEV_STATE_DIR") or ROOT / ".state").absolute()


class State:
    """A locked state folder.

    `descendants` is a second lock, handed down to every child: as soon as it is free, the last process of
    an earlier start is gone, however that start ended.
    """

    def __init__(self, folder: Path, lock: IO[str], descendants: IO[str]) -> None:
        self.folder = folder
        self.descendants = descendants
        self.logs = folder / "log"
        self._lock = lock

    def sockets(self) -> Path:
        """A new private folder for unix sockets, short because their paths must stay under about 100 bytes.

        The note of it lets the next start remove what a killed one left.
        """
        self.remove_sockets()
        folder = _short_folder(SOCKETS)
        (self.folder / "sockets").write_text(f"{folder}\n")
        return folder

    def remove_sockets(self) -> None:
        note = self.folder / "sockets"
        left = Path(note.read_text().strip()) if note.exists() else None
        if left and left.name.startswith(SOCKETS):
            shutil.rmtree(left, ignore_errors=True)

    def close(self) -> None:
        """Give the folder free when the last descendant has gone, waiting for it up to 5 s."""
        self.descendants.close()
        for _ in range(100):
            with _open_lock(self.folder / DESCENDANTS) as again:
                if _try(again):
                    break
            time.sleep(0.05)
        self._lock.close()


@contextlib.contextmanager
def opened(folder: Path, interrupts: Interrupts, busy: str) -> Iterator[State]:
    """Lock a state folder, making it when needed, and wait for the last children of a killed command.

    Raises CommandError: with the sentence `busy` when another command holds the folder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        lock, descendants = _open_lock(folder / LOCK), _open_lock(folder / DESCENDANTS)
    except OSError as error:
        raise CommandError(f"The state folder {folder} cannot be used: {error.strerror}.") from error
    with lock, descendants:
        if not _try(lock):
            raise CommandError(busy)
        lock.truncate()
        print(os.getpid(), file=lock, flush=True)
        interrupts.wait_for(lambda: _try(descendants), 15, _left(folder))
        state = State(folder, lock, descendants)
        try:
            yield state
        finally:
            state.close()


def _left(folder: Path) -> str:
    names = folder / "log" / PROCESSES
    which = names.read_text() if names.exists() else "unknown"
    return f"An earlier start has left processes that use {folder}; stop them first: {which}."


@contextlib.contextmanager
def thrown_away(interrupts: Interrupts) -> Iterator[State]:
    """A state folder of its own for one command, gone afterwards; those that killed commands left go too."""
    _sweep()
    folder = _short_folder(THROW_AWAY)
    try:
        with opened(folder, interrupts, f"{folder} is in use.") as state:
            yield state
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    a_minute_ago = time.time() - 60
    for folder in _temporary().glob(f"{THROW_AWAY}*"):
        with contextlib.suppress(OSError):
            status = folder.stat()
            if status.st_uid != os.geteuid() or status.st_mtime > a_minute_ago:
                continue
            with _open_lock(folder / DESCENDANTS) as lock:
                if _try(lock):
                    shutil.rmtree(folder, ignore_errors=True)


def _open_lock(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


def _try(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _short_folder(prefix: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=prefix, dir=_temporary()))


def _temporary() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if len(os.fsencode(usual)) < 60 else Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder in it

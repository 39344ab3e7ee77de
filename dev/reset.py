"""`make reset`: forget the demo's data, so that the next start is a first one."""

from __future__ import annotations

import shutil

from dev.interrupts import Interrupts
from dev.state import LOCKS, demo_folder, opened


def run(interrupts: Interrupts) -> int:
    """Remove what lies in the state folder. Raises CommandError while a demo runs."""
    folder = demo_folder()
    if not folder.exists():
        return 0
    with opened(folder, interrupts, "A demo is running; stop it before its data is dropped.") as state:
        state.remove_sockets()
        for path in folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in LOCKS:
                path.unlink()
    return 0

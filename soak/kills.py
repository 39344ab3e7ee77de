"""Faults of the product's own processes: killed, frozen, told to stop (F01 to F08, F10, F12)."""

from __future__ import annotations

import os
import signal
from random import Random

from soak.parts import Part
from soak.stage import Fault, Stage

# A frozen worker sleeps past its lease, so that another one takes its decisions over.
FREEZE = (2.0, 16.0)
PATIENCE = 10.0


def _kill(stage: Stage, part: Part, down: float = 0.0) -> bool:
    killed = part.strike(signal.SIGKILL, down)
    stage.record.kills += killed
    return bool(killed)


def kill_worker(stage: Stage, rng: Random) -> bool:
    running = [part for part in stage.system.workers if part.runs(1.0)]
    return bool(running) and _kill(stage, rng.choice(running))


def kill_workers(stage: Stage, rng: Random) -> None:
    for part in stage.system.workers:
        _kill(stage, part, down=rng.uniform(0, 3))


def kill_web_process(stage: Stage, rng: Random) -> bool:
    """One of gunicorn's processes; the other one goes on serving."""
    children = stage.system.parts["web"].children()
    if not children or not stage.may_strike_web:
        return False
    os.kill(rng.choice(children), signal.SIGKILL)
    stage.record.kills += 1
    return True


def kill_web(stage: Stage, rng: Random) -> bool:
    return stage.may_strike_web and _kill(stage, stage.system.parts["web"])


def kill_beat(stage: Stage, rng: Random) -> bool:
    return _kill(stage, stage.system.parts["beat"], down=rng.uniform(0, 8))


def freeze_worker(stage: Stage, rng: Random) -> bool:
    running = [part for part in stage.system.workers if part.runs(1.0)]
    if not running:
        return False
    part = rng.choice(running)
    part.send(signal.SIGSTOP)
    # Popen sends nothing to a process whose end it has seen, so this is harmless when it was killed meanwhile.
    process = part.child.process
    stage.later(rng.uniform(*FREEZE), lambda: process.send_signal(signal.SIGCONT))
    return True


def restart_worker(stage: Stage, rng: Random) -> None:
    _ask_to_stop(stage, rng.choice(stage.system.workers))


def restart_web(stage: Stage, rng: Random) -> bool:
    if stage.may_strike_web:
        _ask_to_stop(stage, stage.system.parts["web"])
        return True
    return False


def _ask_to_stop(stage: Stage, part: Part) -> None:
    """As a deployment does: SIGTERM, and after ten seconds no patience any more."""
    child = part.child
    part.strike(signal.SIGTERM)
    stage.later(PATIENCE, lambda: _lose_patience(stage, part, child.process.pid))


def _lose_patience(stage: Stage, part: Part, pid: int) -> None:
    if part.pid == pid:
        _kill(stage, part)


FAULTS = (
    Fault("one worker process killed", "F03 F04 F05 F06", 30, kill_worker),
    Fault("all worker processes killed at once", "F07", 3, kill_workers),
    Fault("one web process killed", "F01 F02", 5, kill_web_process),
    Fault("the whole web killed", "F01 F02", 1, kill_web),
    Fault("beat killed", "F12", 2, kill_beat),
    Fault("worker frozen (SIGSTOP), then going on", "F08", 4, freeze_worker),
    Fault("worker told to stop (SIGTERM)", "F10", 3, restart_worker),
    Fault("web told to stop (SIGTERM)", "F10", 1, restart_web),
)

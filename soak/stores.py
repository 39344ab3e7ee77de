"""Faults of Redis and its messages (F13 to F19) and of PostgreSQL (F20 to F25): one track, so that few overlap."""

from __future__ import annotations

import contextlib
import signal
import time
from random import Random

import psycopg

from soak import hints
from soak.pickup import command
from soak.stage import Fault, Stage, Window

GONE = (2.0, 8.0)
MOST_SESSIONS = 120


def send_hints(stage: Stage, rng: Random) -> None:
    hints.send(stage.system.redis_socket, stage.system.database_url, rng)


def wipe_redis(stage: Stage, rng: Random) -> None:
    command(stage.system.redis_socket, "FLUSHALL")
    stage.record.redis_losses += 1


def kill_redis(stage: Stage, rng: Random) -> None:
    _lose_redis(stage, "killed", signal.SIGKILL, rng.uniform(0, 1.0))


def stop_redis(stage: Stage, rng: Random) -> None:
    _lose_redis(stage, "stopped", signal.SIGTERM, rng.uniform(*GONE))


def _lose_redis(stage: Stage, name: str, how: signal.Signals, seconds: float) -> None:
    """It comes back empty: nothing of it is kept on disk."""
    stage.system.parts["valkey"].strike(how, down=seconds)
    _note_loss(stage, name, seconds)


def freeze_redis(stage: Stage, rng: Random) -> None:
    seconds = rng.uniform(*GONE)
    valkey = stage.system.parts["valkey"]
    valkey.send(signal.SIGSTOP)
    stage.later(seconds, lambda: valkey.send(signal.SIGCONT))
    _note_loss(stage, "frozen", seconds)


def fill_redis(stage: Stage, rng: Random) -> None:
    """Every write is refused, as when the memory is used up and nothing may be evicted."""
    command(stage.system.redis_socket, "CONFIG", "SET", "maxmemory", "1")
    seconds = rng.uniform(*GONE)

    def free() -> None:
        with contextlib.suppress(OSError):
            command(stage.system.redis_socket, "CONFIG", "SET", "maxmemory", "0")

    stage.later(seconds, free)
    _note_loss(stage, "full", seconds)


def _note_loss(stage: Stage, name: str, seconds: float) -> None:
    stage.record.redis_losses += 1
    now = time.time()
    stage.record.redis_windows.append(Window(name, now, now + seconds))
    stage.keep_web(seconds + 1.0)
    stage.watch_pickup(seconds)


def restart_postgres(stage: Stage, rng: Random) -> bool:
    return _end_postgres(stage, signal.SIGINT)


def crash_postgres(stage: Stage, rng: Random) -> bool:
    return _end_postgres(stage, signal.SIGQUIT)


def _end_postgres(stage: Stage, how: signal.Signals) -> bool:
    if not stage.system.parts["postgres"].runs(5.0):
        return False
    stage.system.parts["postgres"].strike(how)
    stage.record.postgres_restarts += 1
    return True


def end_sessions(stage: Stage, rng: Random) -> None:
    """Five times a second, everybody's session."""
    for burst in range(rng.randrange(3, 12)):
        stage.later(burst * 0.2, lambda: _end_sessions(stage))


def _end_sessions(stage: Stage) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'countersign'"
    with contextlib.suppress(psycopg.Error), psycopg.connect(stage.system.database_url, connect_timeout=2) as database:
        database.execute(end)


def use_up_sessions(stage: Stage, rng: Random) -> None:
    held: list[psycopg.Connection[tuple[object, ...]]] = []
    with contextlib.suppress(psycopg.Error):
        while len(held) < MOST_SESSIONS:
            held.append(psycopg.connect(stage.system.database_url, connect_timeout=2))

    def give_back() -> None:
        for session in held:
            session.close()

    stage.later(rng.uniform(2, 6), give_back)


def cut_at_commit(stage: Stage, rng: Random) -> None:
    """The next one to commit does not learn whether it did; three times in a row."""
    link = rng.choice(("postgres-worker", "postgres-worker", "postgres-web"))
    for turn in range(3):
        stage.later(turn * 0.5, lambda: stage.link(link, "cut_at_commit"))
    stage.later(3.0, lambda: stage.link(link, "pass"))


def slow_postgres(stage: Stage, rng: Random) -> None:
    stage.spoil(rng.choice(("postgres-worker", "postgres-worker", "postgres-web")), "delay", 3.0, rng.uniform(0.1, 2))


def reset_postgres(stage: Stage, rng: Random) -> None:
    stage.spoil(rng.choice(("postgres-worker", "postgres-web")), "reset", rng.uniform(0.1, 2))


def swallow_postgres(stage: Stage, rng: Random) -> None:
    stage.spoil("postgres-worker", rng.choice(("blackhole", "half_close")), rng.uniform(1, 6))


def reset_redis(stage: Stage, rng: Random) -> None:
    """Every two seconds, five times."""
    for turn in range(5):
        stage.later(turn * 2.0, lambda: stage.spoil("valkey", "reset", 0.1))


def swallow_redis(stage: Stage, rng: Random) -> None:
    stage.spoil("valkey", rng.choice(("blackhole", "half_close", "delay")), rng.uniform(2, 6), 1.0)


FAULTS = (
    Fault("Redis wiped (FLUSHALL)", "F13", 4, wipe_redis),
    Fault("hints repeated, shuffled, for nobody, late", "F18", 2, send_hints),
    Fault("Redis killed, restarted empty", "F14", 3, kill_redis),
    Fault("Redis stopped for seconds, restarted empty", "F15", 3, stop_redis),
    Fault("Redis frozen (SIGSTOP)", "F16", 3, freeze_redis),
    Fault("Redis refusing writes (memory used up)", "F19", 1, fill_redis),
    Fault("Redis connections reset every 2 s", "F17", 1, reset_redis),
    Fault("Redis bytes swallowed, half-closed or late", "F16 F17", 1, swallow_redis),
    Fault("PostgreSQL restarted (fast)", "F20", 4, restart_postgres),
    Fault("PostgreSQL restarted (immediate)", "F20", 4, crash_postgres),
    Fault("PostgreSQL sessions terminated, 5/s", "F21", 1, end_sessions),
    Fault("PostgreSQL connections used up", "F22", 1, use_up_sessions),
    Fault("PostgreSQL connection cut at COMMIT", "F25", 2, cut_at_commit),
    Fault("PostgreSQL slow", "F24", 1, slow_postgres),
    Fault("PostgreSQL connections reset", "F21", 1, reset_postgres),
    Fault("PostgreSQL bytes swallowed or half-closed", "F24 F25", 1, swallow_postgres),
)

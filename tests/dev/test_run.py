from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.dev.command import ROOT, environment, eventually, processes_of, run

ASK_BOTH = """
import os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print(connection.execute("SELECT upper('\u00e9')").fetchone()[0])
print(redis.from_url(os.environ["REDIS_URL"]).ping())
"""
NAME_FOLDER = "import os; print(os.environ['STATIC_ROOT'], flush=True)"


def start(program: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dev", "run", "--", "python", "-c", program]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment({}), stdout=subprocess.PIPE, text=True, stdin=subprocess.PIPE
    )


def folder_named_by(process: subprocess.Popen[str]) -> Path:
    assert process.stdout
    return Path(process.stdout.readline().strip()).parent


def test_a_command_finds_a_database_and_a_broker() -> None:
    done = run("run", "--", "python", "-c", ASK_BOTH)
    assert (done.stdout, done.stderr, done.returncode) == ("\u00c9\nTrue\n", "", 0)


def test_the_exit_code_is_passed_on() -> None:
    assert run("run", "--", "sh", "-c", "exit 7").returncode == 7


def test_a_command_that_does_not_exist_is_named() -> None:
    done = run("run", "--", "no-such-command")
    assert done.returncode == 1
    assert done.stderr.startswith("no-such-command could not be started")
    assert done.stderr.count("\n") == 1


def test_nothing_stays_behind() -> None:
    done = run("run", "--", "python", "-c", NAME_FOLDER)
    folder = Path(done.stdout.strip()).parent
    assert not folder.exists()
    assert not processes_of(folder)


def test_two_at_once_have_services_of_their_own() -> None:
    program = NAME_FOLDER + "; import sys; sys.stdin.read(1)"
    with start(program) as first, start(program) as second:
        folders = {folder_named_by(first), folder_named_by(second)}
        running = [len(processes_of(folder)) for folder in folders]
        for process in (first, second):
            process.terminate()
    assert len(folders) == 2
    assert all(running)


def test_sigterm_reaches_the_command_and_nothing_stays() -> None:
    with start(NAME_FOLDER + "; import time; time.sleep(60)") as process:
        folder = folder_named_by(process)
        process.terminate()
        assert process.wait(15) == 128 + signal.SIGTERM
    assert not folder.exists()


def test_a_killed_one_leaves_no_process() -> None:
    with start(NAME_FOLDER + "; import time; time.sleep(60)") as process:
        folder = folder_named_by(process)
        process.kill()
        process.wait(5)
    assert eventually(lambda: not processes_of(folder))


def test_what_a_killed_one_left_is_swept_later() -> None:
    left = Path(tempfile.mkdtemp(prefix="countersign-tmp-"))
    os.utime(left, (0, 0))
    run("run", "--", "true")
    assert not left.exists()


def test_given_addresses_are_used_and_nothing_is_started() -> None:
    program = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
    given = {"DATABASE_URL": "postgresql://db.example/app", "REDIS_URL": "redis://redis.example"}
    given["PG_BIN"] = "/nonexistent"
    done = run("run", "--", "python", "-c", program, variables=given)
    assert done.stdout == "postgresql://db.example/app redis://redis.example\n"

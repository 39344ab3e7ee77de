from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.dev.command import Demo, processes_of

pytestmark = pytest.mark.system

MAKE = ["make", "--no-print-directory", "demo", f"PYTHON={sys.executable}"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One state folder for all, so that every test but the first starts on what an unkind end has left."""
    return Demo(tmp_path_factory.mktemp("demo") / "state")


def process_of(demo: Demo, *words: str) -> int:
    """The process of this demo whose command line has all these words."""
    for pid in processes_of(demo.folder):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        if all(word in line for word in words):
            return pid
    raise AssertionError(words)


def test_killing_the_supervisor_leaves_no_orphan_and_loses_no_row(demo: Demo) -> None:
    with demo.started() as killed:
        demo.query("CREATE TABLE kept AS SELECT 42 AS answer")
        orphans = processes_of(demo.folder)
        killed.process.kill()
        with demo.started() as at_once:
            assert not orphans & processes_of(demo.folder)
            assert demo.query("SELECT answer FROM kept") == [(42,)]
            assert at_once.tell(signal.SIGINT) == 0
    assert demo.nothing_runs()


def test_killing_make_stops_everything(demo: Demo) -> None:
    with demo.started(MAKE) as below_make:
        assert below_make.supervisor() != below_make.process.pid
        below_make.process.kill()
        assert demo.nothing_runs()


def test_interrupting_make_alone_stops_everything(demo: Demo) -> None:
    with demo.started(MAKE) as below_make:
        below_make.tell(signal.SIGINT)
        assert demo.nothing_runs()


def test_ctrl_c_at_a_terminal_ends_make_without_a_failure(demo: Demo) -> None:
    ours, theirs = os.openpty()
    with demo.started(["setsid", "--ctty", *MAKE], stdin=theirs) as at_terminal:
        os.write(ours, b"\x03")
        assert at_terminal.process.wait(20) == 0
        assert demo.nothing_runs()
    os.close(ours)
    os.close(theirs)


def test_a_second_wish_to_stop_ends_the_patience(demo: Demo) -> None:
    with demo.started() as running:
        os.kill(process_of(demo, "sandbox"), signal.SIGSTOP)
        running.process.send_signal(signal.SIGINT)
        assert processes_of(demo.folder)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(9) == 0
    assert demo.nothing_runs()


def test_a_part_that_dies_is_named_and_all_others_stop(demo: Demo) -> None:
    with demo.started() as running:
        os.kill(process_of(demo, "celery", "worker"), signal.SIGKILL)
        assert running.process.wait(20) == 1
        assert "worker ended by itself (signal 9)" in running.complaint()
    assert demo.nothing_runs()

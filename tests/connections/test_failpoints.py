from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.db import connection as database

from connections import failpoints
from tests.settings_process import REAL, ROOT, start_with

PRODUCT = ("connections", "inbox")
WHOLE = "import django; django.setup()"


@pytest.fixture(autouse=True)
def _harmless_afterwards() -> Iterator[None]:
    yield
    failpoints.disarm()


def test_an_unarmed_point_does_nothing() -> None:
    failpoints.reach("claimed")


def test_an_armed_point_fires_once() -> None:
    failpoints.arm("claimed:raise")
    with pytest.raises(failpoints.Reached):
        failpoints.reach("claimed")
    failpoints.reach("claimed")


def test_a_point_can_fire_several_times() -> None:
    failpoints.arm("claimed:raise:2")
    for _ in range(2):
        with pytest.raises(failpoints.Reached):
            failpoints.reach("claimed")
    failpoints.reach("claimed")


def test_only_the_armed_point_fires() -> None:
    failpoints.arm("claimed:raise,sent:raise")
    failpoints.reach("settled")
    with pytest.raises(failpoints.Reached):
        failpoints.reach("sent")


def test_with_a_marker_a_point_fires_once_over_all_restarts(tmp_path: Path) -> None:
    failpoints.arm(f"claimed:raise:{tmp_path / 'marker'}")
    with pytest.raises(failpoints.Reached):
        failpoints.reach("claimed")
    failpoints.disarm()
    failpoints.arm(f"claimed:raise:{tmp_path / 'marker'}")
    failpoints.reach("claimed")


def test_kill_ends_the_process_without_a_word() -> None:
    program = "from connections import failpoints; failpoints.arm('claimed:kill'); failpoints.reach('claimed')"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGKILL, b"", b"")


def test_freeze_stops_the_process_where_it_is_until_it_is_told_to_go_on(tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    program = (
        f"from connections import failpoints; failpoints.arm('claimed:freeze:{marker}'); "
        "failpoints.reach('claimed'); print('went on')"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert marker.read_text() == str(process.pid)
        process.send_signal(signal.SIGCONT)
        assert process.communicate(timeout=60)[0] == b"went on\n"
    finally:
        process.kill()


@pytest.mark.django_db(transaction=True)
def test_cut_ends_the_database_connection() -> None:
    failpoints.arm("claimed:cut")
    database.close()
    with database.cursor() as cursor:
        cursor.execute("SELECT 1")
        failpoints.reach("claimed")
        with pytest.raises(OperationalError):
            cursor.execute("SELECT 1")
    database.close()


@pytest.mark.parametrize("wish", ["nowhere:kill", "claimed:laugh", "claimed", "claimed:raise,nowhere:kill"])
def test_a_point_or_a_way_that_is_unknown_stops_the_start(wish: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="FAILPOINT"):
        failpoints.arm(wish)


def test_every_point_is_passed_at_exactly_one_place() -> None:
    sources = "".join(file.read_text() for room in PRODUCT for file in (ROOT / room).rglob("*.py"))
    passed = Counter(re.findall(r'failpoints\.reach(?:\(|, )"([a-z-]+)"', sources))
    assert passed == Counter(point.name for point in failpoints.POINTS)


def test_a_real_installation_refuses_to_fail_on_purpose() -> None:
    said = start_with(**REAL, FAILPOINT="claimed:kill")
    assert "FAILPOINT makes the product fail on purpose" in said


def test_a_demo_may_fail_on_purpose() -> None:
    assert start_with(WHOLE, FAILPOINT="claimed:kill") == ""


def test_a_wrong_fail_point_stops_the_start() -> None:
    assert "there is no nowhere:kill" in start_with(WHOLE, FAILPOINT="nowhere:kill")

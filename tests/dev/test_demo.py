from __future__ import annotations

import json
import os
import signal
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dev.command import Demo, Running, processes_of, run

pytestmark = pytest.mark.system


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path / "state")


def test_a_second_start_keeps_the_data_and_a_reset_drops_it(demo: Demo) -> None:
    with demo.started() as first:
        demo.query("CREATE TABLE kept AS SELECT 42 AS answer")
        with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        assert first.line.startswith(f"READY http://127.0.0.1:{demo.port}  accounts: administrator@demo.example,")
        assert first.tell(signal.SIGINT) == 0
        assert first.complaint() == "First start: making the database and the sandbox tenant\n"
    assert demo.nothing_runs()
    with demo.started() as second:
        assert demo.query("SELECT answer FROM kept") == [(42,)]
        assert second.line == first.line
        assert second.tell(signal.SIGTERM) == 0
        assert second.complaint() == ""
    assert demo.nothing_runs()
    assert demo.run("reset").returncode == 0
    assert sorted(path.name for path in demo.folder.iterdir()) == ["descendants.lock", "lock"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Demo(tmp_path_factory.mktemp("running") / "state").started() as running:
        yield running


def test_secrets_are_kept_from_others_and_out_of_the_logs(running: Running) -> None:
    folder = running.demo.folder
    secrets: dict[str, str] = json.loads((folder / "secrets.json").read_text())
    logs = "".join(path.read_text() for path in (folder / "log").iterdir())
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert secrets["DEMO_PASSWORD"] in running.line
    assert [name for name, value in secrets.items() if value in logs + running.line] == ["DEMO_PASSWORD"]


@pytest.mark.parametrize(
    ("command", "changed", "words"),
    [
        ("demo", "", "A demo is already running"),
        ("reset", "", "A demo is running"),
        ("demo", "DEMO_PORT", "set DEMO_PORT"),
        ("demo", "SANDBOX_PORT", "set SANDBOX_PORT"),
    ],
)
def test_a_second_demo_in_the_way_is_one_sentence(
    running: Running, demo: Demo, command: str, changed: str, words: str
) -> None:
    """With a changed port name the second demo has everything of its own but that port."""
    in_the_way = running.demo.variables()
    own = {**demo.variables(), changed: in_the_way[changed]} if changed else in_the_way
    done = run(command, variables=own)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert running.demo.query("SELECT 1") == [(1,)]
    assert not processes_of(demo.folder)


@pytest.mark.parametrize("port", ["http", "0", "70000", "8000 ", "-1"])
def test_a_port_that_is_no_number_is_refused(tmp_path: Path, port: str) -> None:
    done = run("demo", variables={"DEV_STATE_DIR": str(tmp_path), "DEMO_PORT": port})
    assert done.returncode == 1
    assert done.stderr == f"DEMO_PORT must be a port number between 1 and 65535, not {port!r}.\n"


def test_one_port_for_both_is_refused(tmp_path: Path) -> None:
    done = run("demo", variables={"DEV_STATE_DIR": str(tmp_path), "DEMO_PORT": "81", "SANDBOX_PORT": "81"})
    assert done.returncode == 1
    assert "must differ" in done.stderr


def test_a_state_folder_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    done = run("demo", variables={"DEV_STATE_DIR": str(in_the_way / "state")})
    assert done.returncode == 1
    assert done.stderr.startswith("The state folder ")
    assert done.stderr.count("\n") == 1


def test_secrets_that_cannot_be_read_start_nothing(demo: Demo) -> None:
    demo.folder.mkdir()
    (demo.folder / "secrets.json").write_text("{")
    done = demo.run("demo")
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert demo.nothing_runs()


def test_a_missing_postgresql_starts_nothing(demo: Demo) -> None:
    done = run("demo", variables={**demo.variables(), "PG_BIN": os.devnull})
    assert done.returncode == 1
    assert "DATABASE_URL" in done.stderr
    assert demo.nothing_runs()

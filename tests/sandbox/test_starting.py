from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.settings import SettingsError, read_settings
from tests.sandbox.api_client import REDIRECT_URI, ApiClient, Person, codes
from tests.sandbox.process import SandboxProcess

ROOT = Path(__file__).resolve().parents[2]


def _fails_with(**environ: str) -> str:
    """What a start with these settings says before it ends."""
    run = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_PORT": "0", **environ},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert run.stderr.count("\n") == 1
    return run.stderr


def test_everything_survives_kill_9(tmp_path: Path) -> None:
    clients = [{"client_id": "c1", "client_secret": "s1", "redirect_uri": REDIRECT_URI, "name": "App"}]
    process = SandboxProcess(state=tmp_path / "state.sqlite3", clients=clients).start()
    try:
        client = ApiClient(process, "acme", "c1", "s1")
        tokens = client.tokens()
        pasted = process.isu_token("c1")
        other = process.register(redirect_uri="http://127.0.0.1:9/other")
        person = Person(process, "acme", tokens["access_token"])
        step = process.tasks("manager", kind="expense")[-1]
        person.act(step, "approve", comment="Fine")
        added = process.add_tasks("manager", 5)
        process.settings(rotation="rotate")
        before = process.tasks("manager"), process.tasks("colleague"), process.task(step)
        process.kill()
        process.start()
        assert (process.tasks("manager"), process.tasks("colleague"), process.task(step)) == before
        assert set(added) <= set(process.tasks("manager"))
        person = Person(process, "acme", tokens["access_token"])
        assert person.get("workers/me").status_code == 200
        assert codes(person.act(step, "approve", comment="again")) == ["A212"]
        assert client.refresh(pasted).status_code == 200
        assert client.refresh(tokens["refresh_token"]).json()["refresh_token"] != tokens["refresh_token"]
        assert ApiClient(process, "acme", *other, "http://127.0.0.1:9/other").ask().status_code == 200
    finally:
        process.stop()


def test_added_tasks_get_new_ids_after_a_restart(tmp_path: Path) -> None:
    process = SandboxProcess(state=tmp_path / "state.sqlite3").start()
    try:
        first = process.add_tasks("manager", 3)
        process.kill()
        process.start()
        assert not set(first) & set(process.add_tasks("manager", 3))
        assert process.people()["manager"]["tasks"] == 133
    finally:
        process.stop()


def test_a_used_code_stays_used_after_a_restart(tmp_path: Path) -> None:
    process = SandboxProcess(state=tmp_path / "state.sqlite3").start()
    try:
        client = ApiClient(process, "acme", *process.register(redirect_uri=REDIRECT_URI))
        used, unused = client.code(), client.code()
        client.redeem(used)
        process.kill()
        process.start()
        assert client.redeem(used).json() == {"error": "invalid_grant"}
        assert client.redeem(unused).status_code == 200
    finally:
        process.stop()


def test_no_secret_is_in_the_state_file(tmp_path: Path) -> None:
    with SandboxProcess(state=tmp_path / "state.sqlite3") as process:
        client = ApiClient(process, "acme", *process.register(redirect_uri=REDIRECT_URI))
        tokens = client.tokens()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert client.client_id.encode() in stored
    for secret in (client.secret, tokens["access_token"], tokens["refresh_token"]):
        assert secret.encode() not in stored


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    process = SandboxProcess(state=tmp_path / "state.sqlite3").start()
    process.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{process.url}/healthz", timeout=2)


def test_a_taken_port_is_one_sentence(sandbox_running: SandboxProcess) -> None:
    said = _fails_with(SANDBOX_PORT=str(sandbox_running.port))
    assert f"127.0.0.1:{sandbox_running.port}" in said
    assert "SANDBOX_PORT" in said


def test_a_state_file_in_use_is_one_sentence(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with SandboxProcess(state=state):
        assert "in use by another sandbox" in _fails_with(SANDBOX_STATE=str(state))


def test_a_state_file_that_cannot_be_written_is_one_sentence() -> None:
    assert "/nonexistent/state.sqlite3" in _fails_with(SANDBOX_STATE="/nonexistent/state.sqlite3")


def test_a_client_of_no_tenant_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_text(json.dumps([{"tenant": "nowhere", "redirect_uri": REDIRECT_URI}]), encoding="utf-8")
    assert "nowhere" in _fails_with(SANDBOX_CLIENTS=str(file))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_PORT", "http"),
        ("SANDBOX_PORT", "70000"),
        ("SANDBOX_PORT", "-1"),
        ("SANDBOX_TENANTS", "Acme Corp"),
        ("SANDBOX_TENANTS", "acme,acme"),
        ("SANDBOX_TENANTS", "acme,"),
        ("SANDBOX_TENANTS", "ccx"),
        ("SANDBOX_CLIENTS", "/nonexistent/clients.json"),
        ("SANDBOX_CLIENTS", __file__),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings({name: value})


def test_nothing_has_to_be_set() -> None:
    settings = read_settings({})
    assert (settings.host, settings.port, settings.tenants) == ("127.0.0.1", 8001, ("acme",))

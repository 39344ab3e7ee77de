from __future__ import annotations

import json
import re

import requests

from tests.sandbox.api_client import VERIFIER, ApiClient, Person, challenge
from tests.sandbox.process import SandboxProcess


def test_every_request_is_written_down_also_the_refused(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    sandbox_tenant.clear_ledger()
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_manager.act(step, "approve")
    sandbox_manager.act(step, "approve", comment="ok")
    sandbox_manager.get(f"inboxTasks/{step}")
    sandbox_manager.put(f"inboxTasks/{step}", "common/v1", type="approval")
    requests.get(f"{sandbox_tenant.url}/ccx/api/v1/nowhere/workers/me", timeout=10)
    requests.get(f"{sandbox_tenant.url}/favicon.ico", timeout=10)
    seen = [(entry["method"], entry["status"], entry["applied"]) for entry in sandbox_tenant.ledger()]
    assert seen == [
        ("POST", 400, False),
        ("POST", 201, True),
        ("GET", 404, False),
        ("PUT", 405, False),
        ("GET", 404, False),
        ("GET", 404, False),
    ]


def test_the_control_plane_and_the_health_check_are_not_written_down(sandbox_tenant: SandboxProcess) -> None:
    requests.get(f"{sandbox_tenant.url}/healthz", timeout=10)
    requests.get(f"{sandbox_tenant.url}/", timeout=10)
    sandbox_tenant.people()
    assert sandbox_tenant.ledger() == []


def test_an_entry_tells_who_when_and_what(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_manager.session.headers["wd-external-request-id"] = "r-1"
    sandbox_manager.act(step, "approve", comment="ok")
    sandbox_manager.get("workers/me/inboxTasks", limit=5, view=["a", "b"])
    approve, listing = sandbox_tenant.ledger()[-2:]
    assert approve["path"] == f"/ccx/api/businessProcess/v1/acme/eventSteps/{step}/approve"
    assert approve["body"] == {"comment": "ok"}
    assert approve["worker"]["key"] == "manager"
    assert approve["worker"]["name"] == "Helena Brandt"
    assert approve["grant"] == "user"
    assert approve["headers"]["wd-external-request-id"] == "r-1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", approve["time"])
    assert approve["time"] <= approve["done"]
    assert listing["n"] == approve["n"] + 1
    assert listing["query"] == {"limit": "5", "view": ["a", "b"]}


def test_the_isu_is_told_apart_from_people(sandbox_client: ApiClient) -> None:
    process = sandbox_client.process
    tokens = sandbox_client.refresh(process.isu_token(sandbox_client.client_id)).json()
    Person(process, "acme", tokens["access_token"]).get("workers/me/inboxTasks")
    entry = process.ledger()[-1]
    assert (entry["grant"], entry["worker"]["key"]) == ("isu", "isu")


def test_a_token_that_has_ended_is_told_with_whom_it_had_been_given_to(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    sandbox_manager.get("workers/me")
    sandbox_tenant.revoke("manager")
    sandbox_manager.get("workers/me")
    held, ended = sandbox_tenant.ledger()[-2:]
    assert (held["status"], held["worker"]) == (200, held["issued_to"])
    assert (ended["status"], ended["worker"]) == (401, None)
    assert (ended["issued_to"], ended["token"], ended["grant"]) == (held["issued_to"], held["token"], "user")


def test_a_token_that_this_tenant_never_gave_is_told_as_nobody_s(sandbox_tenant: SandboxProcess) -> None:
    Person(sandbox_tenant, "acme", "never-given").get("workers/me")
    entry = sandbox_tenant.ledger()[-1]
    assert (entry["status"], entry["worker"], entry["issued_to"]) == (401, None, None)


def test_no_secret_is_written_down(sandbox_client: ApiClient) -> None:
    asked = {"code_challenge": challenge(), "code_challenge_method": "S256", "state": "secret-state"}
    code = sandbox_client.code(**asked)
    tokens = sandbox_client.redeem(code, code_verifier=VERIFIER).json()
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        "client_id": sandbox_client.client_id,
        "client_secret": sandbox_client.secret,
    }
    requests.post(sandbox_client.token_url, data=form, timeout=10)
    Person(sandbox_client.process, "acme", tokens["access_token"]).get("workers/me")
    written = json.dumps(sandbox_client.process.ledger())
    secrets = [code, VERIFIER, tokens["refresh_token"], tokens["access_token"], sandbox_client.secret]
    assert not [secret for secret in [*secrets, "secret-state"] if secret in written]
    assert challenge() in written
    assert sandbox_client.client_id in written


def test_equal_secrets_have_equal_fingerprints(sandbox_client: ApiClient) -> None:
    refresh_token = sandbox_client.tokens()["refresh_token"]
    sandbox_client.refresh(refresh_token)
    sandbox_client.refresh(refresh_token)
    sandbox_client.refresh("another")
    marks = [entry["body"]["refresh_token"] for entry in sandbox_client.process.ledger(path="/token")[-3:]]
    assert marks[0] == marks[1] != marks[2]
    assert marks[0].startswith("sha256:")


def test_the_ledger_can_be_narrowed_and_cleared(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_manager.get("workers/me")
    last = sandbox_tenant.ledger()[-1]["n"]
    sandbox_manager.get("workers/me/inboxTasks")
    sandbox_manager.put("inboxTasks/x", type="approval")
    assert len(sandbox_tenant.ledger(since=last)) == 2
    assert [entry["method"] for entry in sandbox_tenant.ledger(path="inboxTasks", method="put")] == ["PUT"]
    sandbox_tenant.clear_ledger()
    assert sandbox_tenant.ledger() == []
    sandbox_manager.get("workers/me")
    assert sandbox_tenant.ledger()[0]["n"] == last + 3


def test_a_body_that_cannot_be_read_is_kept_as_text(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    url = f"{sandbox_manager.url}/ccx/api/businessProcess/v1/acme/eventSteps/x/approve"
    sandbox_manager.session.post(url, data=b"{oops", timeout=10)
    assert sandbox_tenant.ledger()[-1]["body"] == "{oops"
    too_large = sandbox_manager.session.post(url, data=b"x" * (1024 * 1024 + 1), timeout=10)
    assert too_large.status_code == 413
    assert sandbox_tenant.ledger()[-1]["status"] == 413

from __future__ import annotations

import pytest
import requests

from tests.sandbox.api_client import ApiClient, Person, codes
from tests.sandbox.process import SandboxProcess


@pytest.mark.parametrize("prefix", ["v1", "api/v1"])
@pytest.mark.parametrize(("kind", "status"), [("approval", "Approved"), ("denial", "Denied")])
def test_put_decides(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, prefix: str, kind: str, status: str
) -> None:
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    href = sandbox_manager.get(f"inboxTasks/{task}").json()["href"]
    body = {"id": task, "descriptor": "Approval by Manager", "href": href, "comment": "a &amp; b"}
    answer = sandbox_manager.put(f"inboxTasks/{task}", prefix, body, type=kind)
    assert answer.status_code == 200
    assert answer.json() == {"id": task, "descriptor": "Approval by Manager", "href": href}
    step = sandbox_tenant.task(task)
    assert step["status"]["descriptor"] == status
    assert step["comments"][0]["comment"] == "<p>a &amp; b</p>"


def test_put_needs_no_body(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    assert sandbox_manager.put(f"inboxTasks/{task}", type="denial").status_code == 200
    assert "comments" not in sandbox_tenant.task(task)


def test_put_does_not_exist_below_common(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    answer = sandbox_manager.put(f"inboxTasks/{task}", "common/v1", type="approval")
    assert answer.status_code == 405
    assert "PUT" not in answer.headers["Allow"]
    assert answer.json()["error"]


@pytest.mark.parametrize("kind", ["approve", "d8c8920e446c11de98360015c5e6daf6", ""])
def test_put_knows_two_words_only(sandbox_tenant: SandboxProcess, sandbox_manager: Person, kind: str) -> None:
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    assert sandbox_manager.put(f"inboxTasks/{task}", type=kind).status_code == 400


@pytest.mark.parametrize("kind", ["job_change", "to_do", "consolidated", "approval_chain", "onboarding"])
def test_put_works_for_the_step_type_approval_only(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, kind: str
) -> None:
    task = sandbox_tenant.tasks("manager", kind=kind)[0]
    approval = sandbox_manager.put(f"inboxTasks/{task}", type="approval")
    denial = sandbox_manager.put(f"inboxTasks/{task}", type="denial")
    assert (approval.status_code, codes(approval)) == (400, ["A190"])
    assert (denial.status_code, codes(denial)) == (400, ["A183"])


def test_put_on_a_task_that_is_gone_is_404(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_manager.put(f"inboxTasks/{task}", type="approval")
    assert sandbox_manager.put(f"inboxTasks/{task}", type="approval").status_code == 404


def test_put_on_somebody_elses_task_is_404(sandbox_client: ApiClient, sandbox_manager: Person) -> None:
    task = sandbox_client.process.tasks("executive")[0]
    assert sandbox_manager.put(f"inboxTasks/{task}", type="approval").status_code == 404


def test_put_can_be_switched_off(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(classic_allowed=False)
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    answer = sandbox_manager.put(f"inboxTasks/{task}", type="approval")
    assert (answer.status_code, answer.json()["code"]) == (403, "S22")


def test_a_body_that_is_no_json_is_a_bad_request(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    task = sandbox_tenant.tasks("manager", kind="time_off")[0]
    url = f"{sandbox_manager.url}/ccx/api/v1/acme/inboxTasks/{task}?type=approval"
    for body in (b"{", b"[1]", b"\xff", b"[" * 50_000, b'{"comment":"\\ud800"}'):
        answer = sandbox_manager.session.put(url, data=body, timeout=10)
        assert answer.status_code == 400
        assert isinstance(answer, requests.Response)
        assert answer.json()["error"].startswith("invalid request")
    assert sandbox_tenant.task(task)["status"]["descriptor"] == "Awaiting Action"

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

from sandbox.company.people import BIG_COMPANY, SMALL_COMPANY
from tests.sandbox.api_client import ApiClient, Person
from tests.sandbox.process import SandboxProcess


def test_the_people_are_those_of_the_constant(sandbox_tenant: SandboxProcess) -> None:
    for tenant, company in (("acme", BIG_COMPANY), ("beacon", SMALL_COMPANY)):
        people = sandbox_tenant.people(tenant)
        found = [(key, row["name"], row["title"]) for key, row in people.items()]
        assert found == [(spec.key, spec.name, spec.title) for spec in company]


def test_the_inboxes_have_the_promised_sizes(sandbox_tenant: SandboxProcess) -> None:
    sizes = {key: row["tasks"] for key, row in sandbox_tenant.people().items()}
    assert sizes["manager"] == 127
    assert sizes["colleague"] == 12
    assert sizes["employee"] == 4
    assert sizes["newcomer"] == 0
    assert sizes["isu"] == 3


def test_two_tenants_share_no_ids(sandbox_tenant: SandboxProcess) -> None:
    acme, beacon = sandbox_tenant.people("acme"), sandbox_tenant.people("beacon")
    assert not {row["id"] for row in acme.values()} & {row["id"] for row in beacon.values()}
    assert not set(sandbox_tenant.tasks("manager")) & set(sandbox_tenant.tasks("manager", tenant="beacon"))


def test_ids_are_the_same_after_a_reset(sandbox_tenant: SandboxProcess) -> None:
    before = sandbox_tenant.tasks("manager")
    sandbox_tenant.decide(before[0], "manager", "submit", comment="x")
    sandbox_tenant.add_tasks("manager", 3)
    sandbox_tenant.reset()
    assert sandbox_tenant.tasks("manager") == before


def test_a_reset_ends_tokens_unless_they_are_kept(sandbox_client: ApiClient) -> None:
    person = sandbox_client.person()
    sandbox_client.process.reset(keep_tokens=True)
    assert person.get("workers/me").status_code == 200
    sandbox_client.process.reset()
    assert person.get("workers/me").status_code == 401
    assert sandbox_client.person().get("workers/me").status_code == 200


def test_a_reset_puts_switches_and_faults_back(sandbox_tenant: SandboxProcess) -> None:
    sandbox_tenant.settings(rotation="rotate", classic_allowed=False)
    sandbox_tenant.fault("*", "status")
    sandbox_tenant.reset()
    assert sandbox_tenant.settings()["rotation"] == "same"
    assert sandbox_tenant.settings()["classic_allowed"] is True
    assert sandbox_tenant.faults() == []


@pytest.mark.parametrize(
    "changes", [{"rotation": "sideways"}, {"colour": "red"}, {"iss": 1}, {"access_token_seconds": "60"}]
)
def test_a_switch_that_does_not_exist_is_explained(sandbox_tenant: SandboxProcess, changes: dict[str, object]) -> None:
    answer = requests.post(f"{sandbox_tenant.url}/_sandbox/settings", json=changes, timeout=10)
    assert answer.status_code == 400
    assert next(iter(changes)) in answer.json()["error"]


def test_switches_belong_to_one_tenant(sandbox_tenant: SandboxProcess) -> None:
    sandbox_tenant.settings(tenant="beacon", rotation="rotate")
    assert sandbox_tenant.settings(tenant="acme")["rotation"] == "same"


@pytest.mark.parametrize("seconds", [0, 400, -400])
def test_the_clock_of_a_tenant_can_be_wrong(sandbox_tenant: SandboxProcess, seconds: int) -> None:
    sandbox_tenant.settings(clock_offset_seconds=seconds)
    for path, offset in (("acme/authorize", seconds), ("ccx/api/v1/acme/workers/me", seconds), ("beacon/authorize", 0)):
        answer = requests.get(f"{sandbox_tenant.url}/{path}", timeout=10)
        told = parsedate_to_datetime(answer.headers["Date"])
        assert abs((told - datetime.now(UTC)).total_seconds() - offset) < 5


@pytest.mark.parametrize(("action", "status"), [("approve", "Approved"), ("deny", "Denied"), ("sendBack", "Sent Back")])
def test_somebody_decides_inside_workday(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, action: str, status: str
) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    assert sandbox_tenant.decide(step, "manager", action, comment="inside") == status
    read = sandbox_manager.process(f"eventSteps/{step}").json()
    assert read["status"]["descriptor"] == status
    assert read["comments"][0]["comment"] == "<p>inside</p>"
    with pytest.raises(RuntimeError, match="A212"):
        sandbox_tenant.decide(step, "manager", action)


def test_facts_of_a_task_can_change(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[5]
    process = "Expense Report: EXP-1, <b>9,999.00</b>"
    sandbox_tenant.edit(step, descriptor="Other", due=None, process=process, assigned="2099-01-01T00:00:00.001Z")
    task = sandbox_manager.inbox(limit=1)["data"][0]
    assert task["id"] == step
    assert task["descriptor"] == "Other"
    assert task["overallProcess"]["descriptor"] == process
    assert "due" not in task
    assert sandbox_manager.inbox()["total"] == 127


def test_a_fact_that_cannot_change_is_refused(sandbox_tenant: SandboxProcess) -> None:
    step = sandbox_tenant.tasks("manager")[0]
    with pytest.raises(RuntimeError, match="cannot be changed: id"):
        sandbox_tenant.edit(step, id="x")


def test_thousands_of_tasks_can_be_added(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    added = sandbox_tenant.add_tasks("manager", 3000, kind="expense")
    assert len(set(added)) == 3000
    assert sandbox_manager.inbox()["total"] == 3127
    assert sandbox_manager.act(added[0], "approve", comment="ok").status_code == 201


def test_a_task_can_be_deleted(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager")[0]
    sandbox_tenant.delete_task(step)
    assert sandbox_manager.inbox()["total"] == 126
    assert sandbox_manager.process(f"eventSteps/{step}").status_code == 404


def test_a_task_can_be_reassigned(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_tenant.reassign(step, "newcomer")
    assert sandbox_tenant.tasks("newcomer") == [step]
    assert sandbox_manager.get(f"inboxTasks/{step}").status_code == 404
    sandbox_tenant.reassign(step, ["manager", "newcomer"])
    assert sandbox_manager.get(f"inboxTasks/{step}").status_code == 200


def test_what_does_not_exist_is_404(sandbox_tenant: SandboxProcess) -> None:
    for name, wish in (
        ("decide", {"task": "x", "worker": "manager", "action": "approve"}),
        ("revoke", {"worker": "nobody"}),
        ("isu_token", {"client_id": "nobody"}),
        ("settings", {"tenant": "nowhere"}),
    ):
        answer = requests.post(f"{sandbox_tenant.url}/_sandbox/{name}", json=wish, timeout=10)
        assert answer.status_code == 404


def test_only_json_is_taken(sandbox_tenant: SandboxProcess) -> None:
    for body, kind in ((b"rotation=rotate", "text/plain"), (b"{", "application/json"), (b"[]", "application/json")):
        url, headers = f"{sandbox_tenant.url}/_sandbox/settings", {"Content-Type": kind}
        assert requests.post(url, data=body, headers=headers, timeout=10).status_code == 400

from __future__ import annotations

import re

import requests

from tests.sandbox.api_client import ApiClient, Person
from tests.sandbox.process import SandboxProcess


def _event_of(manager: Person, step: str) -> str:
    return str(manager.process(f"eventSteps/{step}").json()["event"]["id"])


def test_without_worker_or_initiator_the_list_is_empty(sandbox_manager: Person) -> None:
    assert sandbox_manager.process("events").json() == {"total": 0, "data": []}


def test_events_about_a_worker_are_newest_first(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    planner = sandbox_tenant.people()["planner"]
    page = sandbox_manager.process("events", worker=planner["id"], limit=100).json()
    days = [event["creationDate"] for event in page["data"]]
    assert page["total"] > 3
    assert days == sorted(days, reverse=True)
    assert {event["for"]["id"] for event in page["data"]} == {planner["id"]}
    by_number = sandbox_manager.process("events", worker=f"Employee_ID={planner['employee_id']}", limit=100)
    assert by_number.json() == page


def test_events_can_be_narrowed(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    planner = sandbox_tenant.people()["planner"]["id"]
    every = sandbox_manager.process("events", initiator=planner, limit=100).json()
    sample = every["data"][0]
    step = next(each for each in sandbox_tenant.tasks("manager") if _event_of(sandbox_manager, each) == sample["id"])
    sandbox_manager.act(step, "deny", comment="no")
    denied = sandbox_manager.process(f"events/{sample['id']}").json()
    for query in (
        {"status": denied["status"]["id"]},
        {"completedOnOrAfter": denied["completedDate"]},
        {"completedOnOrBefore": denied["completedDate"]},
    ):
        found = sandbox_manager.process("events", initiator=planner, **query).json()
        assert [event["id"] for event in found["data"]] == [sample["id"]]
    day = {"initiatedOnOrAfter": sample["creationDate"], "initiatedOnOrBefore": sample["creationDate"]}
    assert 0 < sandbox_manager.process("events", initiator=planner, **day).json()["total"] < every["total"]


def test_worker_and_initiator_together_must_both_fit(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    people = sandbox_tenant.people()
    planner, manager = people["planner"]["id"], people["manager"]["id"]
    assert sandbox_manager.process("events", worker=planner, initiator=planner).json()["total"] > 0
    assert sandbox_manager.process("events", worker=planner, initiator=manager).json()["total"] == 0


def test_a_tenant_of_the_older_kind_lists_nothing_without_a_worker(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    planner = sandbox_tenant.people()["planner"]["id"]
    sandbox_tenant.settings(events_need_worker=True)
    assert sandbox_manager.process("events", initiator=planner).json() == {"total": 0, "data": []}
    assert sandbox_manager.process("events", worker=planner).json()["total"] > 0


def test_a_cancelled_process_is_over_and_awaits_nobody(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[0]
    event = _event_of(sandbox_manager, step)
    sandbox_tenant.decide(step, "manager", "cancel")
    assert sandbox_manager.process(f"events/{event}").json()["status"]["descriptor"] == "Canceled"
    assert sandbox_manager.process(f"events/{event}/inProgressSteps").json()["total"] == 0
    assert step not in sandbox_tenant.tasks("manager")


def test_others_events_are_not_listed(sandbox_client: ApiClient, sandbox_tenant: SandboxProcess) -> None:
    planner = sandbox_tenant.people()["planner"]["id"]
    assert sandbox_client.person("newcomer").process("events", worker=planner).json()["total"] == 0


def test_the_history_grows_with_every_step(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[-1]
    event = _event_of(sandbox_manager, step)

    def descriptors(what: str) -> list[str]:
        data = sandbox_manager.process(f"events/{event}/{what}").json()["data"]
        return [each["descriptor"].split(":")[0] for each in data]

    assert descriptors("completedSteps") == ["Initiation"]
    assert descriptors("inProgressSteps") == ["Approval by Cost Center Manager"]
    assert descriptors("remainingSteps") == ["Approval by Finance Partner"]
    sandbox_manager.act(step, "approve", comment="ok")
    assert descriptors("completedSteps") == ["Initiation", "Approval by Cost Center Manager"]
    assert descriptors("inProgressSteps") == ["Approval by Finance Partner"]
    assert descriptors("remainingSteps") == []


def test_comments_of_the_event_and_its_steps_come_together(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[-1]
    event = _event_of(sandbox_manager, step)
    before = sandbox_manager.process(f"events/{event}/comments").json()["total"]
    sandbox_manager.act(step, "approve", comment="Fine")
    after = sandbox_manager.process(f"events/{event}/comments").json()
    assert after["total"] == before + 1
    assert after["data"][-1]["comment"] == "<p>Fine</p>"


def test_attachments_are_listed_and_can_be_downloaded(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    event = _event_of(sandbox_manager, sandbox_tenant.tasks("manager", kind="expense")[0])
    listed = sandbox_manager.process(f"events/{event}/attachments").json()
    assert listed["total"] == 1
    file = listed["data"][0]
    content = sandbox_manager.session.get(file["file"], timeout=10)
    assert content.status_code == 200
    assert len(content.content) == file["fileLength"]
    assert content.headers["Content-Disposition"] == f'attachment; filename="{file["fileName"]}"'
    assert requests.get(file["file"], timeout=10).status_code == 401
    assert sandbox_manager.process(f"events/{event}/attachments/{'0' * 32}").status_code == 404


def test_types_can_be_listed_and_read(sandbox_manager: Person) -> None:
    types = sandbox_manager.process("types", limit=100).json()
    assert types["total"] == len(types["data"]) > 10
    first = types["data"][0]
    assert sandbox_manager.process(f"types/{first['id']}").json() == first
    assert sandbox_manager.process(f"types/{'0' * 32}").status_code == 404


def test_time_off_has_one_entry_a_day(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    event = _event_of(sandbox_manager, step)
    for prefix in ("v1", "api/v1"):
        body = sandbox_manager.get(f"timeOffRequest/{event}", prefix).json()
        assert body["approvalWID"] == step
        assert body["transactionStatus"]["id"] == "e2d08afc53614c37b32b31270bb8bee3"
        awaiting = body["eventRecordsAwaitingAction"][0]
        assert awaiting["id"] == step
        assert awaiting["assignedToWorkers"][0]["businessTitle"] == "Director, Operations"
        entry = body["timeOffEntry"][0]
        assert entry["units"] == "8"
        assert entry["timeOffRequest"]["status"] == "In Progress"
        assert re.fullmatch(r"\d\d/\d\d/\d{4} - 8 Hours \(.+\)", entry["descriptor"])


def test_a_title_change_names_both_titles(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    event = _event_of(sandbox_manager, sandbox_tenant.tasks("manager", kind="title_change")[0])
    body = sandbox_manager.get(f"businessTitleChanges/{event}").json()
    assert body["currentBusinessTitle"]
    assert body["proposedBusinessTitle"]
    assert body["initiated"].endswith("Z")


def test_a_process_is_found_where_its_href_leads_and_nowhere_else(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    task = sandbox_manager.get(f"inboxTasks/{sandbox_tenant.tasks('manager', kind='expense')[0]}").json()
    answer = sandbox_manager.session.get(task["overallProcess"]["href"], timeout=10)
    assert answer.json()["descriptor"] == task["overallProcess"]["descriptor"]
    event = task["overallProcess"]["id"]
    assert sandbox_manager.get(f"timeOffRequest/{event}").status_code == 404
    assert sandbox_manager.get(f"businessProcesses/{'0' * 32}").status_code == 404

from __future__ import annotations

import pytest

from tests.sandbox.api_client import ApiClient, Person
from tests.sandbox.process import SandboxProcess


def test_the_list_holds_what_awaits_me_ordered_by_id(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    page = sandbox_manager.process("eventSteps", limit=100).json()
    rest = sandbox_manager.process("eventSteps", limit=100, offset=100).json()
    ids = [step["id"] for step in page["data"] + rest["data"]]
    assert page["total"] == 127
    assert ids == sorted(ids)
    assert set(ids) == set(sandbox_tenant.tasks("manager"))


def test_a_task_and_its_step_share_their_id(sandbox_manager: Person) -> None:
    task = sandbox_manager.inbox()["data"][0]
    step = sandbox_manager.process(f"eventSteps/{task['id']}").json()
    assert step["id"] == task["id"]
    assert step["overallProcess"]["id"] == task["overallProcess"]["id"]
    assert step["stepType"] == task["stepType"]
    assert step["status"]["descriptor"] == "Awaiting Action"
    assert step["awaitingPersons"][0]["descriptor"] == "Helena Brandt"
    assert "completedByPerson" not in step


def test_the_step_tells_what_the_task_leaves_out(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    bare = [task for task in sandbox_manager.whole_inbox() if "status" not in task or "overallProcess" not in task]
    assert len(bare) == 3
    for task in bare:
        step = sandbox_manager.process(f"eventSteps/{task['id']}").json()
        assert step["status"]["descriptor"] == "Awaiting Action"
        assert step["overallProcess"]["descriptor"]


def test_both_persons_of_a_shared_step_are_awaited(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    shared = min(set(sandbox_tenant.tasks("manager")) & set(sandbox_tenant.tasks("colleague")))
    awaited = sandbox_manager.process(f"eventSteps/{shared}").json()["awaitingPersons"]
    assert {person["descriptor"] for person in awaited} == {"Helena Brandt", "Kwame Adjei"}


def test_filters_narrow_the_list(sandbox_manager: Person) -> None:
    every = sandbox_manager.process("eventSteps", limit=100).json()["data"]
    sample = next(step for step in every if "dueDate" in step)
    for query in (
        {"businessProcess": sample["businessProcess"]["id"]},
        {"businessProcess": [sample["businessProcess"]["id"], "0" * 32]},
        {"stepType": sample["stepType"]["id"]},
        {"createdOnOrAfter": sample["creationDate"], "createdOnOrBefore": sample["creationDate"]},
        {"dueDateOnOrAfter": sample["dueDate"], "dueDateOnOrBefore": sample["dueDate"]},
    ):
        found = sandbox_manager.process("eventSteps", limit=100, **query).json()
        assert 0 < found["total"] < 127
        assert sample["id"] in [step["id"] for step in found["data"]]


def test_a_filter_that_is_no_date_is_a_bad_request(sandbox_manager: Person) -> None:
    assert sandbox_manager.process("eventSteps", createdOnOrAfter="yesterday").status_code == 400


def test_done_steps_can_be_hidden(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_manager.act(step, "approve", comment="ok")
    assert sandbox_manager.process(f"eventSteps/{step}").status_code == 200
    sandbox_tenant.settings(hide_completed_steps=True)
    assert sandbox_manager.process(f"eventSteps/{step}").status_code == 404


def test_a_step_of_an_event_i_have_nothing_to_do_with_is_404(
    sandbox_client: ApiClient, sandbox_manager: Person
) -> None:
    step = sandbox_client.process.tasks("isu")[0]
    answer = sandbox_manager.process(f"eventSteps/{step}")
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("Not Found")


@pytest.mark.parametrize("path", ["eventSteps/{id}/approve", "eventSteps/{id}/deny", "eventSteps/{id}/sendBack"])
def test_actions_are_posted(sandbox_tenant: SandboxProcess, sandbox_manager: Person, path: str) -> None:
    answer = sandbox_manager.process(path.format(id=sandbox_tenant.tasks("manager")[0]))
    assert answer.status_code == 405
    assert answer.json()["error"]


def test_without_core_navigation_everything_is_s22(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(core_navigation_allowed=False)
    for answer in (sandbox_manager.process("eventSteps"), sandbox_manager.get("workers/me/inboxTasks")):
        assert (answer.status_code, answer.json()["code"]) == (403, "S22")
    assert sandbox_manager.get("workers/me").status_code == 200

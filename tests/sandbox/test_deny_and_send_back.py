from __future__ import annotations

import pytest

from tests.sandbox.api_client import ApiClient, Person, codes
from tests.sandbox.process import SandboxProcess

SUBMIT = "133d5c88baa64136aab041c1d2e9ed53"
SAVE = "d9e41d34446c11de98360015c5e6daf6"
SKIP = "d9e4231a446c11de98360015c5e6daf6"


def test_denying_ends_the_process(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[-1]
    event = sandbox_manager.process(f"eventSteps/{step}").json()["event"]["id"]
    answer = sandbox_manager.act(step, "deny", comment="No receipt")
    assert answer.status_code == 201
    assert answer.json()["eventStatus"]["descriptor"] == "Denied"
    assert sandbox_manager.process(f"events/{event}").json()["status"]["descriptor"] == "Denied"
    assert sandbox_manager.process(f"events/{event}/remainingSteps").json() == {"total": 0, "data": []}
    assert sandbox_tenant.task(step)["status"]["descriptor"] == "Denied"


def test_denying_needs_a_comment(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    answer = sandbox_manager.act(step, "deny")
    assert (answer.status_code, codes(answer)) == (400, ["A181"])
    assert answer.json()["errors"][0]["error"] == "A comment is required"


@pytest.mark.parametrize("kind", ["job_change", "onboarding", "to_do"])
def test_other_step_types_cannot_be_denied(sandbox_tenant: SandboxProcess, sandbox_manager: Person, kind: str) -> None:
    step = sandbox_tenant.tasks("manager", kind=kind)[0]
    answer = sandbox_manager.act(step, "deny", comment="no")
    assert (answer.status_code, codes(answer)) == (400, ["A183"])


def test_one_task_of_the_manager_may_not_be_denied(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="compensation")[0]
    answer = sandbox_manager.act(step, "deny", comment="no")
    assert (answer.status_code, codes(answer)) == (400, ["A225"])


def test_several_ways_to_deny_need_a_choice(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    ways = [{"id": "a" * 32, "descriptor": "Deny"}, {"id": "b" * 32, "descriptor": "Deny and close"}]
    sandbox_tenant.edit(step, deny_actions=ways)
    for choice in ({}, {"stepAction": {"id": "c" * 32}}, {"stepAction": "b"}):
        answer = sandbox_manager.act(step, "deny", comment="no", **choice)
        assert (answer.status_code, codes(answer)) == (400, ["A234"])
    answer = sandbox_manager.act(step, "deny", comment="no", stepAction={"id": "b" * 32})
    assert answer.status_code == 201
    assert answer.json()["stepAction"] == {"id": "b" * 32}


def test_sending_back_gives_the_initiator_a_step(
    sandbox_client: ApiClient, sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    step = sandbox_tenant.add_tasks("manager", kind="expense")[0]
    target = sandbox_manager.send_back_target(step)
    answer = sandbox_manager.act(step, "sendBack", reason="Which hotel?", to={"id": target})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["reason"], body["to"]) == ("Which hotel?", {"id": target})
    assert body["status"]["descriptor"] == "Sent Back"
    assert "comment" not in body
    read = sandbox_manager.process(f"eventSteps/{step}").json()
    assert read["comments"][0]["comment"] == "<p>Which hotel?</p>"
    event = sandbox_manager.process(f"events/{read['event']['id']}").json()
    assert event["status"]["descriptor"] == "In Progress"
    people = {person["id"]: key for key, person in sandbox_tenant.people().items()}
    newest = sandbox_client.person(people[event["initiator"]["id"]]).inbox()["data"][0]
    assert newest["descriptor"].startswith("Revise: Expense Report")
    assert newest["stepType"]["descriptor"] == "Action"


def test_what_was_sent_back_comes_again_when_it_is_revised(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    step = sandbox_tenant.add_tasks("manager", kind="expense")[0]
    target = sandbox_manager.send_back_target(step)
    sandbox_manager.act(step, "sendBack", reason="Which hotel?", to={"id": target})
    event = sandbox_tenant.task(step)["event"]["id"]
    revising = sandbox_manager.process(f"events/{event}/inProgressSteps").json()["data"][0]
    sandbox_tenant.decide(revising["id"], revising["awaitingPersons"][0]["id"], "submit")
    again = sandbox_manager.inbox()["data"][0]
    assert again["id"] != step
    assert again["overallProcess"]["id"] == event


@pytest.mark.parametrize("to", [None, {}, {"id": "0" * 32}, "x"])
def test_a_target_that_is_not_offered_is_a202(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, to: object
) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    answer = sandbox_manager.act(step, "sendBack", reason="why", to=to)
    assert (answer.status_code, codes(answer)) == (400, ["A202"])


def test_a_reason_is_needed_and_a_comment_is_none(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    target = sandbox_manager.send_back_target(step)
    answer = sandbox_manager.act(step, "sendBack", comment="why", to={"id": target})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"error": "Specify a reason.", "field": "reason"}]


@pytest.mark.parametrize("how", ["kind", "switch"])
def test_what_cannot_be_sent_back_offers_nothing_and_is_a227(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, how: str
) -> None:
    sandbox_tenant.settings(send_back_allowed=how != "switch")
    step = sandbox_tenant.tasks("manager", kind="title_change" if how == "kind" else "time_off")[0]
    offered = sandbox_manager.process("values/sendBack/to/", eventStep=step)
    assert offered.json() == {"total": 0, "data": []}
    answer = sandbox_manager.act(step, "sendBack", reason="why", to={"id": "0" * 32})
    assert (answer.status_code, codes(answer)) == (400, ["A227"])


def test_targets_are_found_with_and_without_the_slash(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    with_slash = sandbox_manager.process("values/sendBack/to/", eventStep=step)
    without = sandbox_manager.process("values/sendBack/to", eventStep=step)
    assert with_slash.status_code == without.status_code == 200
    assert with_slash.json() == without.json()
    assert sandbox_manager.process("values/sendBack/to/").json() == {"total": 0, "data": []}
    assert sandbox_manager.process("values/sendBack/to/", eventStep=step, search="zzz").json()["total"] == 0


@pytest.mark.parametrize(("action", "status"), [(SUBMIT, "Submitted"), (SKIP, "Skipped")])
def test_a_to_do_can_be_submitted_or_skipped(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, action: str, status: str
) -> None:
    step = sandbox_tenant.tasks("manager", kind="to_do")[0]
    answer = sandbox_manager.act(step, "toDo", stepAction={"id": action}, comment="done")
    assert answer.status_code == 201
    assert answer.json()["stepAction"] == {"id": action}
    assert sandbox_tenant.task(step)["status"]["descriptor"] == status


def test_a_saved_to_do_stays_in_the_inbox(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="to_do")[0]
    assert sandbox_manager.act(step, "toDo", stepAction={"id": SAVE}, comment="later").status_code == 201
    assert step in sandbox_tenant.tasks("manager")
    assert sandbox_tenant.task(step)["comments"][0]["comment"] == "<p>later</p>"


def test_a_to_do_refuses_what_is_none(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    to_do, approval = sandbox_tenant.tasks("manager", kind="to_do")[0], sandbox_tenant.tasks("manager")[0]
    assert codes(sandbox_manager.act(approval, "toDo", stepAction={"id": SUBMIT})) == ["A1572"]
    assert codes(sandbox_manager.act(to_do, "toDo")) == ["A1574"]
    sandbox_manager.act(to_do, "toDo", stepAction={"id": SUBMIT})
    assert codes(sandbox_manager.act(to_do, "toDo", stepAction={"id": SUBMIT})) == ["A212"]

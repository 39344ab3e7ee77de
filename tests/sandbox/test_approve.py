from __future__ import annotations

import pytest

from tests.sandbox.api_client import ApiClient, Person, codes
from tests.sandbox.process import SandboxProcess


def test_approving_is_201_with_an_echo(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    answer = sandbox_manager.act(step, "approve", id=step, comment="Enjoy <it>")
    assert answer.status_code == 201
    body = answer.json()
    assert body["id"] == step
    assert body["descriptor"] == "Approval by Manager"
    assert body["comment"] == "Enjoy <it>"
    assert body["eventStatus"]["descriptor"] == "Successfully Completed"


def test_the_step_then_tells_who_when_and_why(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_manager.act(step, "approve", comment="Enjoy <it>")
    read = sandbox_manager.process(f"eventSteps/{step}").json()
    manager = {"id": sandbox_tenant.people()["manager"]["id"], "descriptor": "Helena Brandt"}
    assert read["status"]["descriptor"] == "Approved"
    assert read["completedByPerson"] == manager
    assert read["completedDate"] == read["comments"][0]["commentDate"]
    assert read["comments"][0]["person"] == manager
    assert read["comments"][0]["comment"] == "<p>Enjoy &lt;it&gt;</p>"
    assert "awaitingPersons" not in read


def test_the_task_leaves_every_inbox_it_was_in(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, sandbox_colleague: Person
) -> None:
    shared = set(sandbox_tenant.tasks("manager")) & set(sandbox_tenant.tasks("colleague"))
    assert len(shared) == 8
    step = min(shared)
    sandbox_colleague.act(step, "approve", comment="ok")
    assert step not in sandbox_tenant.tasks("manager") + sandbox_tenant.tasks("colleague")
    assert sandbox_manager.get(f"workers/me/inboxTasks/{step}").status_code == 404
    late = sandbox_manager.act(step, "approve", comment="me too")
    assert (late.status_code, codes(late)) == (400, ["A212"])
    by = sandbox_manager.process(f"eventSteps/{step}").json()["completedByPerson"]
    assert by["descriptor"] == "Kwame Adjei"


def test_a_second_call_is_a212(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_manager.act(step, "approve", comment="ok")
    for action in ("approve", "deny", "sendBack"):
        again = sandbox_manager.act(step, action, comment="ok", reason="ok", to={"id": "0" * 32})
        assert (again.status_code, codes(again)) == (400, ["A212"])


def test_the_process_moves_on_to_the_next_person(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, sandbox_colleague: Person
) -> None:
    step = sandbox_tenant.tasks("manager", kind="expense")[-1]
    answer = sandbox_manager.act(step, "approve", comment="ok")
    assert answer.json()["eventStatus"]["descriptor"] == "In Progress"
    following = sandbox_colleague.inbox()["data"][0]
    assert following["descriptor"] == "Approval by Finance Partner"
    done = sandbox_colleague.act(following["id"], "approve", comment="paid")
    assert done.json()["eventStatus"]["descriptor"] == "Successfully Completed"


def test_auto_complete_ends_the_process_at_once(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(auto_complete=True)
    step = sandbox_tenant.tasks("manager", kind="expense")[-1]
    answer = sandbox_manager.act(step, "approve", comment="ok")
    assert answer.json()["eventStatus"]["descriptor"] == "Successfully Completed"


@pytest.mark.parametrize("body", [{}, {"comment": ""}, {"comment": "  "}, {"comment": None}, {"comment": 7}])
def test_approving_without_a_comment_is_a181(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, body: dict[str, object]
) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    answer = sandbox_manager.act(step, "approve", **body)
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid request: validation errors",
        "errors": [{"error": "Specify a comment.", "code": "A181", "field": "comment"}],
    }
    assert step in sandbox_tenant.tasks("manager")


def test_older_tenants_want_no_comment(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(comment_required=False)
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    assert sandbox_manager.act(step, "approve").status_code == 201


def test_a_process_without_comments_is_a1573(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    step = sandbox_tenant.tasks("manager", kind="time_off")[0]
    sandbox_tenant.edit(step, comment_allowed=False)
    answer = sandbox_manager.act(step, "approve", comment="ok")
    assert (answer.status_code, codes(answer)) == (400, ["A1573"])
    assert sandbox_manager.act(step, "approve").status_code == 201


@pytest.mark.parametrize("kind", ["job_change", "onboarding", "review_documents", "to_do", "questionnaire"])
def test_other_step_types_cannot_be_approved(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, kind: str
) -> None:
    step = sandbox_tenant.tasks("manager", kind=kind)[0]
    answer = sandbox_manager.act(step, "approve", comment="ok")
    assert (answer.status_code, codes(answer)) == (400, ["A190"])


@pytest.mark.parametrize("kind", ["consolidated", "approval_chain"])
def test_the_other_approvals_can_be_approved(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person, kind: str
) -> None:
    step = sandbox_tenant.tasks("manager", kind=kind)[0]
    assert sandbox_manager.act(step, "approve", comment="ok").status_code == 201


def test_a_step_one_cannot_see_is_404(sandbox_client: ApiClient, sandbox_manager: Person) -> None:
    step = sandbox_client.process.tasks("isu")[0]
    for unseen in (step, "0" * 32, "x"):
        assert sandbox_manager.act(unseen, "approve", comment="ok").status_code == 404


def test_a_step_one_sees_but_is_not_awaited_for_is_a212(
    sandbox_tenant: SandboxProcess, sandbox_manager: Person
) -> None:
    sandbox_manager.act(sandbox_tenant.tasks("manager", kind="expense")[-1], "approve", comment="ok")
    following = sandbox_tenant.tasks("colleague")[0]
    answer = sandbox_manager.act(following, "approve", comment="ok")
    assert (answer.status_code, codes(answer)) == (400, ["A212"])


def test_without_the_domain_it_is_s22(sandbox_tenant: SandboxProcess, sandbox_manager: Person) -> None:
    sandbox_tenant.settings(business_process_allowed=False)
    step = sandbox_tenant.tasks("manager")[0]
    answer = sandbox_manager.act(step, "approve", comment="ok")
    assert (answer.status_code, answer.json()) == (403, {"error": "permission denied", "code": "S22"})
    assert sandbox_manager.inbox()["total"] == 127

from __future__ import annotations

import datetime

import pytest

from tests.sandbox.process import SandboxProcess
from tests.workday.conftest import exchanged
from workday.client import Workday
from workday.errors import Answered, NotSent, Unanswered
from workday.oauth import ApiClient
from workday.secret import Secret
from workday.session import Session

REQUEST = "7b0e7c3e-2a53-4c6e-9b0a-000000000001"


def approvable(sandbox: SandboxProcess) -> str:
    return sandbox.tasks("manager", kind="expense")[0]


def test_me_is_the_worker_who_allowed_it(manager: Workday, sandbox: SandboxProcess) -> None:
    person = sandbox.people()["manager"]
    assert (manager.me().id, manager.me().name) == (person["id"], person["name"])


def test_the_whole_inbox_is_read_past_the_first_hundred(manager: Workday, sandbox: SandboxProcess) -> None:
    found = [task.id for page in manager.inbox() for task in page]
    assert len(found) > 120
    assert found == sandbox.tasks("manager")


def test_the_listing_ends_only_at_an_empty_page(manager: Workday, sandbox: SandboxProcess) -> None:
    pages = list(manager.inbox())
    asked = [seen["query"]["offset"] for seen in sandbox.ledger(path="/inboxTasks", method="GET")]
    assert [int(offset) for offset in asked] == [0, 100, sum(len(page) for page in pages)]


def test_an_empty_inbox_has_no_page(session: Session, api_client: ApiClient, sandbox: SandboxProcess) -> None:
    token = exchanged(session, api_client, "newcomer").access_token
    assert list(Workday(session, f"{sandbox.url}/ccx/api/v1/acme", token).inbox()) == []


def test_what_workday_leaves_out_is_empty_and_what_it_sends_is_typed(manager: Workday) -> None:
    tasks = [task for page in manager.inbox() for task in page]
    assert {type(task.assigned_at) for task in tasks} == {datetime.datetime}
    assert all(task.assigned_at and task.assigned_at.tzinfo for task in tasks)
    assert {type(task.due_on) for task in tasks} == {datetime.date, type(None)}
    assert any(not task.process for task in tasks)
    assert any(not task.status for task in tasks)
    assert "timeOffRequest" in {task.process.resource for task in tasks}


def test_one_task_is_read_fresh(manager: Workday, sandbox: SandboxProcess) -> None:
    task = approvable(sandbox)
    sandbox.settings(list_cache_seconds=60)
    assert manager.inbox_task(task).status.descriptor == "Awaiting Action"


def test_an_approval_comes_back_with_its_id_and_shows_in_the_step(manager: Workday, sandbox: SandboxProcess) -> None:
    task = approvable(sandbox)
    assert manager.approve(task, "Fine <with> me & you.", request_id=REQUEST).id == task
    step = manager.event_step(task)
    assert step.completed_by.id == manager.me().id
    assert step.completed_at is not None
    assert "Fine <with> me & you." in [comment.text for comment in step.comments]


def test_the_request_id_goes_out_with_a_write(manager: Workday, sandbox: SandboxProcess) -> None:
    manager.deny(approvable(sandbox), "No.", request_id=REQUEST)
    headers = {name.lower(): value for name, value in sandbox.ledger(method="POST", path="/deny")[0]["headers"].items()}
    assert headers["wd-external-request-id"] == REQUEST


def test_a_step_goes_back_to_a_target_that_workday_offers(manager: Workday, sandbox: SandboxProcess) -> None:
    task = approvable(sandbox)
    target = manager.send_back_targets(task)[0]
    assert manager.send_back(task, "Please add the receipt.", target.id, request_id=REQUEST).id == task


def test_the_completed_steps_of_an_event_tell_who_acted(manager: Workday, sandbox: SandboxProcess) -> None:
    task = approvable(sandbox)
    event = manager.event_step(task).event.id
    manager.approve(task, "Fine.", request_id=REQUEST)
    acted = {step.id: step.completed_by.id for step in manager.completed_steps(event)}
    assert acted[task] == manager.me().id


@pytest.mark.parametrize(("approve", "word"), [(True, "approval"), (False, "denial")])
def test_the_classic_service_decides_too(manager: Workday, sandbox: SandboxProcess, approve: bool, word: str) -> None:
    task = sandbox.tasks("manager", kind="time_off")[0]
    title = manager.inbox_task(task).title
    echo = manager.decide_inbox_task(task, title, approve=approve, comment="a < b", request_id=REQUEST)
    assert echo.id == task
    assert sandbox.ledger(method="PUT")[0]["query"] == {"type": word}
    assert "a < b" in [comment.text for comment in manager.event_step(task).comments]


def test_a_second_approval_is_answered_with_workdays_code(manager: Workday, sandbox: SandboxProcess) -> None:
    task = approvable(sandbox)
    sandbox.decide(task, "manager")
    with pytest.raises(Answered) as refused:
        manager.approve(task, "Fine.", request_id=REQUEST)
    assert (refused.value.status, refused.value.code) == (400, "A212")
    assert refused.value.message == "This event step is not awaiting your action."


def test_an_unknown_task_is_not_found(manager: Workday) -> None:
    with pytest.raises(Answered) as refused:
        manager.event_step("0" * 32)
    assert refused.value.status == 404


def test_a_token_that_workday_does_not_know_is_unauthorized(session: Session, sandbox: SandboxProcess) -> None:
    with pytest.raises(Answered) as refused:
        Workday(session, f"{sandbox.url}/ccx/api/v1/acme", Secret("nobody")).me()
    assert refused.value.is_unauthorized


@pytest.mark.parametrize(
    "identifier", ["../workers/me", "a/b", "..", ".", "a?b", "a#b", "a b", "%2e%2e", "", "a" * 101]
)
def test_what_is_no_id_never_becomes_a_path(manager: Workday, sandbox: SandboxProcess, identifier: str) -> None:
    sandbox.clear_ledger()
    with pytest.raises(NotSent):
        manager.approve(identifier, "Fine.", request_id=REQUEST)
    assert sandbox.ledger() == []


@pytest.mark.attack("T41")
def test_hrefs_are_never_followed(manager: Workday, sandbox: SandboxProcess) -> None:
    sandbox.settings(href_origin="http://127.0.0.1:1")
    task = approvable(sandbox)
    manager.inbox_task(task)
    assert manager.approve(task, "Fine.", request_id=REQUEST).id == task


@pytest.mark.parametrize("kind", ["garbage", "truncate", "html", "wrong_id", "empty", "apply_then_drop", "redirect"])
def test_a_spoilt_confirmation_is_never_success(manager: Workday, sandbox: SandboxProcess, kind: str) -> None:
    task = approvable(sandbox)
    sandbox.fault("*/approve", kind, times=1)
    with pytest.raises(Unanswered):
        manager.approve(task, "Fine.", request_id=REQUEST)
    assert len(sandbox.ledger(path="/approve")) == 1


@pytest.mark.parametrize("flavour", ["deep", "bigint", "nan", "duplicate", "bytes"])
def test_json_that_is_made_to_hurt_is_no_answer(manager: Workday, sandbox: SandboxProcess, flavour: str) -> None:
    sandbox.fault("*/workers/me", "garbage", flavour=flavour, times=1)
    with pytest.raises(Unanswered):
        manager.me()

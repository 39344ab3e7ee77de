from __future__ import annotations

import json

import pytest

from tests.sandbox.process import SandboxProcess
from tests.workday.far_side import far_side, ok, says
from workday.client import Workday
from workday.errors import Answered, NotSent, Unanswered
from workday.secret import Secret
from workday.session import Policy, Session


def test_a_request_for_time_off_tells_every_day(manager: Workday, sandbox: SandboxProcess) -> None:
    task = manager.inbox_task(sandbox.tasks("manager", kind="time_off")[0])
    found = manager.process_facts("timeOffRequest", task.process.id)
    assert found.days
    assert {(day.units, day.unit, day.kind) for day in found.days} == {("8", "Hours", "Vacation (Hours)")}
    assert len({day.day for day in found.days}) == len(found.days)


def test_a_change_of_title_tells_the_old_and_the_new_one(manager: Workday, sandbox: SandboxProcess) -> None:
    task = manager.inbox_task(sandbox.tasks("manager", kind="title_change")[0])
    found = manager.process_facts("businessTitleChanges", task.process.id)
    assert found.title_now
    assert found.title_wanted
    assert found.effective_on is not None


def test_an_event_tells_when_it_takes_effect_and_for_whom(manager: Workday, sandbox: SandboxProcess) -> None:
    step = manager.event_step(sandbox.tasks("manager", kind="expense")[0])
    event = manager.event(step.event.id)
    assert event.effective_on is not None
    assert event.about.descriptor
    assert step.help == "Check receipts above EUR 50 before you approve."


def test_files_are_listed_and_fetched_from_below_their_event(manager: Workday, sandbox: SandboxProcess) -> None:
    event = manager.event_step(sandbox.tasks("manager", kind="expense")[0]).event.id
    [file] = manager.attachments(event)
    fetched = manager.attachment_bytes(event, file.id, most=1000, seconds=5)
    assert file.name.endswith(".csv")
    assert file.size == len(fetched)
    assert fetched.startswith(b"item;amount")


def test_a_file_larger_than_wanted_is_not_read(manager: Workday, sandbox: SandboxProcess) -> None:
    event = manager.event_step(sandbox.tasks("manager", kind="expense")[0]).event.id
    [file] = manager.attachments(event)
    with pytest.raises(Unanswered, match="too large"):
        manager.attachment_bytes(event, file.id, most=10, seconds=5)


def test_a_file_may_be_larger_than_other_answers() -> None:
    whole = b"\0" * (3 * 1024 * 1024)
    with far_side(says(ok(whole))) as server, Session(Policy((), (server.url,))) as session:
        asked = Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("token"))
        assert asked.attachment_bytes("e" * 32, "f" * 32, most=4 * 1024 * 1024, seconds=10) == whole


def test_a_file_that_is_not_there_is_no_file(manager: Workday, sandbox: SandboxProcess) -> None:
    event = manager.event_step(sandbox.tasks("manager", kind="expense")[0]).event.id
    with pytest.raises(Answered) as refused:
        manager.attachment_bytes(event, "0" * 32, most=1000, seconds=5)
    assert refused.value.status == 404


@pytest.mark.parametrize("field", ["subject", "effective", "timeOffEntry", "currentBusinessTitle"])
def test_facts_of_the_wrong_shape_are_no_answer(field: str) -> None:
    body = json.dumps({"id": "e" * 32, field: 7}).encode()
    with far_side(says(ok(body))) as server, Session(Policy((), (server.url,))) as session:
        asked = Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("token"))
        with pytest.raises(Unanswered):
            asked.process_facts("businessProcesses", "e" * 32)


@pytest.mark.parametrize(
    ("told", "size"), [(12, 12), ("12", 12), ("12 kB", None), (-1, None), (True, None), (2**80, None), (1.5, None)]
)
def test_a_size_is_a_whole_number_or_unknown(told: object, size: int | None) -> None:
    body = json.dumps({"data": [{"id": "f" * 32, "fileLength": told}]}).encode()
    with far_side(says(ok(body))) as server, Session(Policy((), (server.url,))) as session:
        asked = Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("token"))
        assert [file.size for file in asked.attachments("e" * 32)] == [size]


def test_what_a_step_says_for_help_cannot_spoil_the_step() -> None:
    body = json.dumps({"id": "e" * 32, "stepHelpText": ["?"]}).encode()
    with far_side(says(ok(body))) as server, Session(Policy((), (server.url,))) as session:
        asked = Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("token"))
        assert asked.event_step("e" * 32).help == ""


def test_neither_a_resource_nor_a_file_ever_leads_elsewhere(manager: Workday, sandbox: SandboxProcess) -> None:
    sandbox.clear_ledger()
    for resource, key in (("workers", "me"), ("timeOffRequest", "../workers/me")):
        with pytest.raises(NotSent):
            manager.process_facts(resource, key)
    with pytest.raises(NotSent):
        manager.attachment_bytes("e" * 32, "../../x", most=10, seconds=5)
    assert sandbox.ledger() == []

from __future__ import annotations

import datetime
import json

import pytest

from tests.sandbox.process import SandboxProcess
from tests.workday.conftest import exchanged
from tests.workday.far_side import far_side, ok, says
from workday.client import Workday
from workday.errors import NotSent, Unanswered
from workday.oauth import ApiClient
from workday.secret import Secret
from workday.session import Policy, Session

LONG_AGO = datetime.date(2000, 1, 1)
REQUEST = "7b0e7c3e-2a53-4c6e-9b0a-000000000001"


@pytest.fixture
def planner(session: Session, sandbox: SandboxProcess, api_client: ApiClient) -> Workday:
    """Somebody who has started a few business processes and decides none."""
    token = exchanged(session, api_client, "planner").access_token
    return Workday(session, f"{sandbox.url}/ccx/api/v1/acme", token)


def test_what_a_worker_began_is_listed_with_where_it_stands(planner: Workday) -> None:
    me = planner.me().id
    found = planner.events(initiated_since=LONG_AGO, initiator=me)
    assert len(found) > 3
    assert {event.initiator.id for event in found} == {me}
    assert {event.status.descriptor for event in found} == {"In Progress"}
    assert all(event.started_on and event.title for event in found)


def test_a_list_of_events_is_read_past_the_first_hundred(planner: Workday, sandbox: SandboxProcess) -> None:
    sandbox.add_tasks("manager", 1500)
    found = planner.events(initiated_since=LONG_AGO, initiator=planner.me().id)
    assert len({event.id for event in found}) == len(found) > 100


def test_only_what_began_since_a_day_is_asked_for(planner: Workday) -> None:
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    assert planner.events(initiated_since=tomorrow, initiator=planner.me().id) == []


def test_waiting_done_and_planned_steps_tell_where_a_process_is(manager: Workday, sandbox: SandboxProcess) -> None:
    task = sandbox.tasks("manager", kind="title_change")[0]
    event = manager.event_step(task).event.id
    [waiting] = manager.waiting_steps(event)
    [planned] = manager.planned_steps(event)
    assert (waiting.id, waiting.title) == (task, "Approval by Manager")
    assert [person.descriptor for person in waiting.people] == [manager.me().name]
    assert waiting.since is not None
    assert (planned.title, planned.groups) == ("Approval by HR Partner", ("HR Partner",))


def test_a_to_do_is_submitted_with_workdays_own_step_action(manager: Workday, sandbox: SandboxProcess) -> None:
    task = sandbox.tasks("manager", kind="to_do")[0]
    assert manager.submit_to_do(task, "Feedback is in.", request_id=REQUEST).id == task
    assert sandbox.task(task)["status"]["descriptor"] == "Submitted"


@pytest.mark.parametrize("field", ["initiator", "status", "for", "creationDate", "id"])
def test_an_event_of_the_wrong_shape_is_no_answer(field: str) -> None:
    body = json.dumps({"data": [{"id": "e" * 32, field: 7}]}).encode()
    with far_side(says(ok(body))) as server, Session(Policy((), (server.url,))) as session:
        asked = Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("token"))
        with pytest.raises(Unanswered):
            asked.events(initiated_since=LONG_AGO, worker="a" * 32)


def test_a_list_that_never_ends_is_no_answer() -> None:
    page = json.dumps({"data": [{"id": f"{number:032x}"} for number in range(2000)]}).encode()
    with far_side(says(ok(page, b"Connection: close"))) as server, Session(Policy((), (server.url,))) as session:
        asked = Workday(session, f"{server.url}/ccx/api/v1/acme", Secret("token"))
        with pytest.raises(Unanswered, match="did not end"):
            asked.events(initiated_since=LONG_AGO, worker="a" * 32)
        assert len(server.requests) == 3


def test_an_event_that_is_no_id_never_becomes_a_path(manager: Workday, sandbox: SandboxProcess) -> None:
    sandbox.clear_ledger()
    with pytest.raises(NotSent):
        manager.waiting_steps("../workers/me")
    assert sandbox.ledger() == []

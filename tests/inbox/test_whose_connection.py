"""A decision goes out through its decider's own connection, or not at all; the ISU's is never a way for people."""

from __future__ import annotations

import pytest
import requests

from accounts.models import User
from connections import isu as isu_connections
from connections.clients import new_session
from connections.models import Connection, Tenant
from connections.tokens import bearer
from inbox import calls
from inbox.asking import Send
from inbox.drain import drain
from inbox.models import Decision, InboxTask
from inbox.states import State
from inbox.sync import sync_inbox
from tests import far_side
from tests.conftest import make_decision, make_task
from tests.inbox.isu_misuse import isu_misuses
from tests.sandbox.process import SandboxProcess
from workday.errors import NotSent
from workday.secret import Secret

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def isu(far: SandboxProcess, far_tenant: Tenant, administrator: User) -> Connection:
    token = Secret(far.isu_token(str(far_side.CLIENT["client_id"])))
    return isu_connections.connect(far_tenant, token, administrator)


def writes(far: SandboxProcess) -> list[tuple[str, str, int]]:
    """Verb, grant and status of everything that the far side was asked to change."""
    rest = [asked for asked in far.ledger(path="/ccx/api/") if asked["method"] != "GET"]
    return [(asked["path"].rsplit("/", 1)[-1], asked["grant"], asked["status"]) for asked in rest]


def through(connection: Connection, wid: str, user: User) -> Decision:
    """That user's approval of the task, as it would go out through that connection."""
    sync_inbox(connection.pk)
    task = InboxTask.objects.filter(connection=connection, wid=wid).first()
    return make_decision(task or make_task(connection, wid=wid), user=user)


def carried_out(decision: Decision) -> Decision:
    drain(decision.tenant_id)
    decision.refresh_from_db()
    return decision


@pytest.mark.attack("T22")
def test_a_persons_decision_never_goes_out_as_the_isu(
    far: SandboxProcess, manager: Connection, isu: Connection, owner: User
) -> None:
    task = far.tasks("manager", kind="time_off")[0]
    decision = carried_out(through(isu, task, owner))
    assert (decision.state, decision.reason_code) == (State.REFUSED, "not-yours")
    assert writes(far) == []
    assert isu_misuses(far) == []


@pytest.mark.attack("T22")
def test_with_an_isu_there_a_person_still_acts_as_themselves(
    far: SandboxProcess, manager: Connection, isu: Connection, owner: User
) -> None:
    decision = carried_out(through(manager, far.tasks("manager", kind="time_off")[0], owner))
    assert decision.state == State.APPLIED
    assert writes(far) == [("approve", "user", 201)]


@pytest.mark.attack("T22")
def test_nobody_acts_through_a_colleagues_connection(
    far: SandboxProcess, manager: Connection, far_tenant: Tenant, colleague: User
) -> None:
    decision = carried_out(through(manager, far.tasks("manager", kind="time_off")[0], colleague))
    assert (decision.state, decision.reason_code) == (State.REFUSED, "not-yours")
    assert writes(far) == []


@pytest.mark.attack("T22")
def test_the_isus_own_task_is_an_administrators_to_decide(
    far: SandboxProcess, isu: Connection, administrator: User
) -> None:
    task = far.tasks("isu", kind="integration")[0]
    assert carried_out(through(isu, task, administrator)).state == State.APPLIED
    assert writes(far) == [("approve", "isu", 201)]
    assert isu_misuses(far) == []


@pytest.mark.attack("T22")
def test_who_is_no_administrator_any_more_sends_nothing_as_the_isu(
    far: SandboxProcess, isu: Connection, administrator: User
) -> None:
    decision = through(isu, far.tasks("isu", kind="integration")[0], administrator)
    User.objects.update(is_administrator=False)
    assert carried_out(decision).reason_code == "not-yours"
    assert writes(far) == []


@pytest.mark.attack("T22")
def test_the_sender_itself_looks_whose_connection_it_is(
    far: SandboxProcess, manager: Connection, isu: Connection, owner: User
) -> None:
    """Right before the byte leaves, whatever the story before it has overlooked."""
    decision = through(isu, far.tasks("manager", kind="time_off")[0], owner)
    with new_session() as session:
        answer = calls.make(Send(float("inf")), decision, session)
    assert isinstance(answer, NotSent)
    assert writes(far) == []


@pytest.mark.attack("T22")
def test_a_misuse_would_be_seen(far: SandboxProcess, isu: Connection) -> None:
    task = far.tasks("manager", kind="time_off")[0]
    url = f"{far.url}/ccx/api/businessProcess/v1/acme/eventSteps/{task}/approve"
    headers = {"Authorization": f"Bearer {bearer(isu).reveal()}"}
    assert requests.post(url, json={"comment": "x"}, headers=headers, timeout=10).status_code == 404
    assert len(isu_misuses(far)) == 1
    far.clear_ledger()

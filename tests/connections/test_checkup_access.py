"""What a check-up says of access, the integration system user, refresh tokens and connections."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import isu
from connections.checkup import running
from connections.checkup.access import CHECKS
from connections.checkup.verdicts import Check, Verdict
from connections.models import Connection, Tenant
from tests.connections.checkups import examined, no_padding, verdicts
from tests.connections.conftest import connect, signed_in_as
from tests.sandbox.process import SandboxProcess
from workday.secret import Secret

__all__ = ["no_padding"]

DAY = datetime.timedelta(days=1)
ISU_OF = "app-client"


@pytest.fixture
def isu_connection(tenant: Tenant, sandbox: SandboxProcess, administrator: User) -> Connection:
    isu.connect(tenant, Secret(sandbox.isu_token(ISU_OF)), administrator)
    return Connection.objects.get(kind=Connection.Kind.ISU)


def refused(sandbox: SandboxProcess, path: str, status: int, **wish: object) -> None:
    sandbox.fault(path, "status", status=status, code="S22", error="permission denied", **wish)


def test_without_a_connection_one_is_asked_to_connect_first(tenant: Tenant) -> None:
    found = verdicts(tenant)
    assert {found[check] for check in CHECKS} == {Verdict.NO_CONNECTION}
    assert found[Check.CONNECTIONS] is Verdict.NOBODY


def test_a_person_who_may_do_everything_is_told_so(connected: Connection, tenant: Tenant) -> None:
    found = verdicts(tenant)
    assert [found[check] for check in CHECKS] == [Verdict.WORKER_TOLD, Verdict.INBOX_OPEN, Verdict.PROCESS_OPEN]


def test_three_reads_are_all_that_is_asked_with_somebodys_token(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.clear_ledger()
    verdicts(tenant)
    asked = [(each["method"], each["path"], each["query"].get("limit")) for each in sandbox.ledger() if each["token"]]
    assert asked == [
        ("GET", "/ccx/api/v1/acme/workers/me", None),
        ("GET", "/ccx/api/v1/acme/workers/me/inboxTasks", "1"),
        ("GET", "/ccx/api/businessProcess/v1/acme/eventSteps", "1"),
    ]


def test_whose_token_was_used_and_for_whom_is_on_the_record(
    connected: Connection, tenant: Tenant, administrator: User
) -> None:
    running.examine(tenant, administrator)
    event = Event.objects.get(verb="connection.checked")
    assert (event.actor, event.subject) == (administrator.pk, connected.pk)


@pytest.mark.parametrize(
    ("path", "check", "status", "verdict"),
    [
        ("*/workers/me", Check.WORKER, 403, Verdict.WORKER_FORBIDDEN),
        ("*/workers/me", Check.WORKER, 404, Verdict.WORKER_MISSING),
        ("*/inboxTasks", Check.INBOX, 403, Verdict.INBOX_FORBIDDEN),
        ("*/inboxTasks", Check.INBOX, 404, Verdict.ODD),
        ("*/eventSteps", Check.PROCESS, 403, Verdict.PROCESS_FORBIDDEN),
        ("*/eventSteps", Check.PROCESS, 429, Verdict.BUSY),
        ("*/eventSteps", Check.PROCESS, 503, Verdict.BUSY),
    ],
)
def test_the_call_that_is_refused_names_what_is_missing(
    connected: Connection,
    tenant: Tenant,
    sandbox: SandboxProcess,
    path: str,
    check: Check,
    status: int,
    verdict: Verdict,
) -> None:
    refused(sandbox, path, status)
    found = verdicts(tenant)
    assert found[check] is verdict
    good = {Verdict.WORKER_TOLD, Verdict.INBOX_OPEN, Verdict.PROCESS_OPEN}
    assert {found[each] for each in CHECKS if each is not check} <= good


@pytest.mark.parametrize("kind", ["drop_before", "garbage", "html", "empty"])
def test_an_answer_that_is_none_is_no_finding_about_access(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess, kind: str
) -> None:
    sandbox.fault("*/inboxTasks", kind)
    assert verdicts(tenant)[Check.INBOX] is (Verdict.BUSY if kind == "drop_before" else Verdict.ODD)


def test_without_core_navigation_the_words_say_which_box_to_tick(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.settings(core_navigation_allowed=False)
    inbox = examined(tenant)[Check.INBOX]
    assert "Include Workday Owned Scope" in inbox.todo
    assert "Core Navigation" in inbox.todo


def test_a_tenant_that_decides_the_classic_way_needs_no_business_processes(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.settings(business_process_allowed=False)
    assert verdicts(tenant)[Check.PROCESS] is Verdict.PROCESS_FORBIDDEN
    Tenant.objects.update(decide_by=Tenant.DecideBy.INBOX_TASK)
    assert verdicts(tenant)[Check.PROCESS] is Verdict.PROCESS_NOT_NEEDED


def test_a_token_that_ended_early_is_renewed_and_the_answer_is_the_second_one(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.fault("*/workers/me", "status", status=401, times=1)
    assert verdicts(tenant)[Check.WORKER] is Verdict.WORKER_TOLD


def test_a_grant_that_was_ended_in_workday_is_told_from_missing_rights(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.revoke("manager")
    found = verdicts(tenant)
    assert {found[check] for check in CHECKS} == {Verdict.TOKEN_ENDED}
    assert found[Check.CONNECTIONS] is Verdict.RECONNECT


def test_an_api_client_that_is_refused_shows_as_that_and_not_as_a_matter_of_people(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    Connection.objects.update(access_expires_at=timezone.now())
    sandbox.register(client_id="app-client", client_secret="changed", redirect_uri=tenant.redirect_uri)
    found = verdicts(tenant)
    assert {found[check] for check in CHECKS} == {Verdict.NOT_RENEWED}
    assert found[Check.CLIENT] is Verdict.CLIENT_REFUSED
    assert verdicts(tenant)[Check.RENEWAL] is Verdict.RENEWAL_STUCK
    assert Connection.objects.get().is_usable


def test_a_recorded_trouble_is_gone_after_the_next_renewal(connected: Connection, tenant: Tenant) -> None:
    Tenant.objects.update(trouble="Workday does not accept the API client's ID or secret.")
    Connection.objects.update(access_expires_at=timezone.now())
    found = verdicts(tenant)
    assert found[Check.RENEWAL] is Verdict.RENEWAL_WELL
    assert found[Check.CLIENT] is Verdict.CLIENT_ACCEPTED


def test_a_deactivated_persons_token_is_not_used(
    connected: Connection, tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    sandbox.clear_ledger()
    assert verdicts(tenant)[Check.INBOX] is Verdict.NO_CONNECTION
    assert [each for each in sandbox.ledger() if each["token"]] == []


def test_an_isu_alone_is_told_to_see_only_its_own_tasks(isu_connection: Connection, tenant: Tenant) -> None:
    found = verdicts(tenant)
    assert found[Check.ISU] is Verdict.ISU_ALONE
    assert found[Check.WORKER] is Verdict.WORKER_ISU
    assert found[Check.INBOX] is Verdict.INBOX_OPEN


def test_an_isu_with_an_empty_inbox_is_told_apart(
    isu_connection: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    for task in sandbox.tasks("isu"):
        sandbox.delete_task(task)
    found = verdicts(tenant)
    assert found[Check.ISU] is Verdict.ISU_ALONE_EMPTY
    assert found[Check.INBOX] is Verdict.INBOX_EMPTY


def test_a_persons_empty_inbox_is_not_shown_to_the_administrator(tenant: Tenant, owner: User) -> None:
    connect(signed_in_as(owner), tenant, "newcomer")
    assert verdicts(tenant)[Check.INBOX] is Verdict.INBOX_OPEN


def test_beside_an_isu_the_token_of_a_person_is_used(
    isu_connection: Connection, connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.clear_ledger()
    assert verdicts(tenant)[Check.ISU] is Verdict.ISU_BESIDE
    assert {each["grant"] for each in sandbox.ledger() if each["token"]} == {"user"}


@pytest.mark.parametrize(
    ("days", "age", "verdict"),
    [
        (None, 400, Verdict.REFRESH_UNSET),
        (100, 10, Verdict.REFRESH_FAR),
        (100, 75, Verdict.REFRESH_MONTH),
        (100, 95, Verdict.REFRESH_WEEK),
        (100, 120, Verdict.REFRESH_WEEK),
    ],
)
def test_refresh_tokens_that_end_soon_are_counted(
    connected: Connection, tenant: Tenant, days: int | None, age: int, verdict: Verdict
) -> None:
    Tenant.objects.update(refresh_token_days=days)
    Connection.objects.update(refresh_token_at=timezone.now() - age * DAY)
    refresh = examined(tenant)[Check.REFRESH]
    assert refresh.verdict is verdict
    if days:
        counts = (refresh.data["week"], refresh.data["month"])
        assert counts == (int(verdict is Verdict.REFRESH_WEEK), int(verdict is not Verdict.REFRESH_FAR))


def test_a_check_up_changes_nothing_and_costs_nobody_a_connection(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    before = {task: sandbox.task(task)["status"] for task in sandbox.tasks("manager")[:3]}
    verdicts(tenant)
    assert {task: sandbox.task(task)["status"] for task in before} == before
    connected.refresh_from_db()
    assert connected.state == Connection.State.HEALTHY
    assert not [each for each in sandbox.ledger() if each["applied"] and each["path"].startswith("/ccx/api/")]

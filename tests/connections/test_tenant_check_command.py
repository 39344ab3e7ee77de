from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from audit.models import Event
from connections.checkup.verdicts import Check, Verdict
from connections.models import Connection, Tenant, TenantCheck
from tests.connections.checkups import no_padding
from tests.connections.conftest import CLIENT_SECRET
from tests.sandbox.process import SandboxProcess

__all__ = ["no_padding"]


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and what is printed."""
    out = io.StringIO()
    try:
        call_command("tenant_check", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.parametrize("known_by", ["key", "name"])
def test_a_tenant_with_nothing_wrong_ends_with_0(connected: Connection, tenant: Tenant, known_by: str) -> None:
    code, text = run(getattr(tenant, known_by))
    assert code == 0
    assert "No problem was found." in text
    assert f"[Good] {Check.CLIENT.value}: {Verdict.CLIENT_ACCEPTED.what}" in text


def test_a_problem_ends_with_1_and_says_what_to_do(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.register(client_id="app-client", client_secret="changed", redirect_uri=tenant.redirect_uri)
    code, text = run("acme")
    assert code == 1
    assert Verdict.CLIENT_REFUSED.todo in text
    assert CLIENT_SECRET not in text


def test_what_could_not_be_checked_ends_with_2(tenant: Tenant) -> None:
    code, text = run("acme")
    assert code == 2
    assert Verdict.NO_CONNECTION.what in text


@pytest.mark.django_db
def test_an_unknown_tenant_ends_with_2() -> None:
    with pytest.raises(CommandError, match="no tenant of this key or name") as error:
        call_command("tenant_check", "nowhere")
    assert error.value.returncode == 2


def test_programs_get_json(connected: Connection, tenant: Tenant) -> None:
    code, text = run("acme", "--json")
    told = json.loads(text)
    assert told["exit"] == code == 0
    assert {each["check"] for each in told["findings"]} == {check.name for check in Check} - {"RUN"}
    assert all({"verdict", "grade", "what", "todo", "data"} <= set(each) for each in told["findings"])


def test_the_operators_check_up_is_kept_and_on_the_record(tenant: Tenant) -> None:
    run("acme")
    assert TenantCheck.objects.get().asked_by is None
    assert Event.objects.get(verb="tenant.checked").actor is None

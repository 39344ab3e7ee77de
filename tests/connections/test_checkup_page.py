"""The page of a check-up: asking, waiting, reading, and handing it on."""

from __future__ import annotations

import datetime
import html
from typing import Any

import pytest
from django.conf import LazySettings
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections import tasks
from connections.checkup import asking, report, running
from connections.checkup.findings import Finding
from connections.checkup.verdicts import Check, Grade, Verdict
from connections.models import Connection, Tenant, TenantCheck
from tests.connections.checkups import no_padding
from tests.connections.conftest import CLIENT_SECRET, signed_in_as, words
from tests.connections.tenant_form import edit, entries
from tests.sandbox.process import SandboxProcess

__all__ = ["no_padding"]


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


def ask(browser: Client, tenant: Tenant) -> Any:
    return browser.post(reverse("connections:tenant_check", args=[tenant.key]), follow=True)


def look(browser: Client, tenant: Tenant, **headers: str) -> Any:
    return browser.get(reverse("connections:tenant_checkup", args=[tenant.key]), headers=headers)


def told(tenant: Tenant, *verdicts: tuple[Check, Verdict]) -> TenantCheck:
    rows = [Finding(check, verdict).row() for check, verdict in verdicts]
    return TenantCheck.objects.create(tenant=tenant, findings=rows)


def carry_out() -> None:
    """What the worker does with the message."""
    tasks.check_up(str(TenantCheck.objects.latest("pk").pk))


def test_a_tenant_that_was_never_checked_says_so(browser: Client, tenant: Tenant) -> None:
    assert "has not been checked yet" in words(look(browser, tenant))


def test_asking_answers_at_once_and_calls_nobody(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    page = ask(browser, tenant)
    assert "Checking…" in words(page)
    assert 'hx-trigger="every 1s"' in page.content.decode()
    assert sandbox.ledger() == []


def test_a_page_that_waits_is_left_alone_until_there_is_something_to_say(
    browser: Client, connected: Connection, tenant: Tenant
) -> None:
    ask(browser, tenant)
    assert look(browser, tenant, HX_Request="true").status_code == 204
    carry_out()
    answer = look(browser, tenant, HX_Request="true")
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "The check-up is done: No problem was found." in words(answer)


def test_every_line_says_what_is_so_and_what_to_do(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    sandbox.register(client_id="app-client", client_secret="changed", redirect_uri=f"{tenant.redirect_uri}/")
    ask(browser, tenant)
    carry_out()
    page = html.unescape(words(look(browser, tenant)))
    assert "<strong>2 problems and 4 checks that could not be made.</strong>" in page
    for line in (Verdict.CLIENT_REFUSED, Verdict.REDIRECT_REFUSED, Verdict.NO_CONNECTION):
        assert line.what in page
        assert line.todo in page
    assert f"<code>{tenant.redirect_uri}</code>" in page
    assert "Check again" in page


def test_a_second_wish_within_thirty_seconds_shows_what_was_found(browser: Client, tenant: Tenant) -> None:
    told(tenant, (Check.CLIENT, Verdict.CLIENT_REFUSED))
    page = words(ask(browser, tenant))
    assert "checked less than 30 seconds ago" in page
    assert Verdict.CLIENT_REFUSED.what in page
    assert TenantCheck.objects.count() == 1


def test_a_check_up_is_made_once_however_often_the_message_comes(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    ask(browser, tenant)
    carry_out()
    calls = len(sandbox.ledger())
    carry_out()
    assert len(sandbox.ledger()) == calls


def test_a_message_about_a_check_up_that_is_gone_does_no_harm(tenant: Tenant) -> None:
    tasks.check_up("4711")


def test_without_a_broker_the_page_says_so_at_once(browser: Client, tenant: Tenant, settings: LazySettings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    page = words(ask(browser, tenant))
    assert Verdict.NOT_RUN.what in page
    assert "hx-trigger" not in page


def test_without_a_worker_the_page_says_so_after_a_while(browser: Client, tenant: Tenant) -> None:
    ask(browser, tenant)
    TenantCheck.objects.update(at=F("at") - asking.ANSWER_WITHIN - datetime.timedelta(seconds=1))
    assert Verdict.NOT_RUN.what in words(look(browser, tenant, HX_Request="true"))
    assert Verdict.NOT_RUN.todo in words(look(browser, tenant))


def test_the_page_waits_longer_than_a_check_up_takes() -> None:
    assert asking.ANSWER_WITHIN.total_seconds() > running.SECONDS + tasks.HINT_SECONDS
    assert asking.ANSWER_WITHIN.total_seconds() > tasks.HINT_EXPIRES


def test_the_report_holds_everything_but_secrets_and_names(
    browser: Client, connected: Connection, tenant: Tenant
) -> None:
    ask(browser, tenant)
    carry_out()
    answer = browser.get(reverse("connections:tenant_report", args=[tenant.key]))
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    for part in (tenant.name, tenant.client_id, tenant.redirect_uri, tenant.rest_endpoint, tenant.token_endpoint):
        assert part in text
    for finding in asking.newest(tenant)[1]:  # type: ignore[index]  # There is one.
        assert finding.what in text
    page = look(browser, tenant).content.decode()
    for shown in (text, page):
        assert CLIENT_SECRET not in shown
        assert connected.worker_name not in shown
        assert "Olive Owner" not in shown


def test_there_is_no_report_before_there_are_findings(browser: Client, tenant: Tenant) -> None:
    url = reverse("connections:tenant_report", args=[tenant.key])
    assert browser.get(url).status_code == 404
    ask(browser, tenant)
    assert browser.get(url).status_code == 404


def test_a_finding_that_only_another_version_knows_is_passed_over(browser: Client, tenant: Tenant) -> None:
    check = told(tenant, (Check.CLIENT, Verdict.CLIENT_ACCEPTED))
    check.findings.append({"check": "WEATHER", "verdict": "RAIN", "data": {}})
    check.save()
    assert "No problem was found." in words(look(browser, tenant))


def test_the_gravest_comes_first_and_is_counted(tenant: Tenant) -> None:
    told(
        tenant,
        (Check.REST, Verdict.REACHABLE),
        (Check.PKCE, Verdict.PKCE_UNTOLD),
        (Check.INBOX, Verdict.BUSY),
        (Check.CONNECTIONS, Verdict.ISU_ALONE),
        (Check.CLIENT, Verdict.CLIENT_REFUSED),
    )
    found = asking.newest(tenant)
    assert found is not None
    assert [each.grade for each in found[1]] == list(Grade)
    assert report.summary(found[1]) == "1 problem, 1 warning and 1 check that could not be made."


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_a_sentence_and_whatever_is_wrong_says_what_to_do(verdict: Verdict) -> None:
    assert verdict.what.endswith((".", ").", ")"))
    if verdict.grade in (Grade.PROBLEM, Grade.WARNING):
        assert verdict.todo.endswith(".")


def test_the_tenants_page_leads_to_the_check_up(browser: Client, tenant: Tenant) -> None:
    page = browser.get(reverse("connections:tenant", args=[tenant.key])).content.decode()
    assert f'action="{reverse("connections:tenant_check", args=[tenant.key])}"' in page


@pytest.mark.attack("T06")
def test_what_was_registered_is_checked_at_once(browser: Client, sandbox: SandboxProcess) -> None:
    answer = browser.post(reverse("connections:tenant_new"), entries(sandbox))

    tenant = Tenant.objects.get()
    assert answer["Location"] == reverse("connections:tenant_checkup", args=[tenant.key])
    assert tenant.checks.count() == 1


@pytest.mark.attack("T06")
def test_other_addresses_are_checked_at_once_and_a_new_name_is_not(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    edit(browser, tenant, sandbox, name="Another name", client_secret="")
    assert not tenant.checks.exists()

    edit(browser, tenant, sandbox, client_id="another-client", client_secret="canary-new")
    assert tenant.checks.count() == 1

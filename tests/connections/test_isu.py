from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections import grants
from connections.models import Connection, Tenant
from connections.tokens import bearer
from tests.connections.conftest import connect, signed_in_as, words
from tests.sandbox.process import SandboxProcess


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


def paste(browser: Client, tenant: Tenant, token: str) -> Any:
    return browser.post(reverse("connections:isu", args=[tenant.key]), {"refresh_token": token})


def test_a_pasted_token_is_proved_and_kept(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    token = sandbox.isu_token("app-client")
    assert paste(browser, tenant, f" {token}\n").status_code == 302
    isu = Connection.objects.select_related("tenant").get()
    assert (isu.kind, isu.user_id, isu.worker_name) == ("isu", None, "Integration system user")
    kept = grants.refresh_token(isu)
    assert kept is not None
    assert kept.reveal() == token
    assert bearer(isu)


def test_an_isu_with_a_worker_record_is_named_as_it(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    sandbox.settings(isu_has_worker=True)
    paste(browser, tenant, sandbox.isu_token("app-client"))
    assert Connection.objects.get().worker_name == "ISU Countersign"


def test_a_wrong_token_is_told_beside_the_field_and_not_stored(browser: Client, tenant: Tenant) -> None:
    page = paste(browser, tenant, "canary-wrong")
    assert page.status_code == 422
    assert "Workday does not accept this refresh token." in words(page)
    assert not Connection.objects.exists()


def test_bad_weather_stores_nothing(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    token = sandbox.isu_token("app-client")
    sandbox.fault("*/token", "status", status=503)
    assert "could not be reached" in words(paste(browser, tenant, token))
    assert not Connection.objects.exists()


def test_a_newer_token_takes_the_place_of_the_older(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    for _ in range(2):
        paste(browser, tenant, sandbox.isu_token("app-client"))
    assert Connection.objects.count() == 1


@pytest.mark.attack("T22")
def test_only_administrators_may_use_it(
    browser: Client, administrator: User, owner: User, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    paste(browser, tenant, sandbox.isu_token("app-client"))
    assert Connection.objects.of(administrator).exists()
    assert not Connection.objects.of(owner).exists()


@pytest.mark.attack("T22")
def test_an_isu_takes_no_persons_place(
    browser: Client, connected: Connection, tenant: Tenant, colleague: User, sandbox: SandboxProcess
) -> None:
    paste(browser, tenant, sandbox.isu_token("app-client"))
    connect(signed_in_as(colleague), tenant, "colleague")
    assert Connection.objects.count() == 3


def test_the_panel_says_what_an_isu_cannot_do(browser: Client, tenant: Tenant) -> None:
    page = words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    assert "only the tasks in its own inbox" in page
    assert "Manage Refresh Tokens for Integrations" in page

"""A tenant's addresses and API client change only when two administrators agree, where there are two."""

from __future__ import annotations

import base64
import datetime
import hashlib

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import grants
from connections.clients import api_client
from connections.models import Connection, OAuthState, Tenant, TenantChange
from connections.tokens import NeedsReconnect, Weather, bearer
from tests.connections.conftest import CLIENT_SECRET, NEW_SECRET, begin, connect, signed_in_as, words
from tests.connections.tenant_form import answer, ask, edit, entries, origin
from tests.sandbox.process import SandboxProcess
from tests.workday.far_side import far_side, ok, says
from workday.secret import Secret

pytestmark = pytest.mark.attack("T25")


def fresh(connection: Connection) -> Connection:
    found = Connection.objects.select_related("tenant").get(pk=connection.pk)
    found.access_expires_at = timezone.now() + datetime.timedelta(seconds=1)
    found.save(update_fields=["access_expires_at"])
    return found


def test_until_it_is_confirmed_all_works_as_before_and_the_new_address_hears_nothing(
    asking: Client,
    connected: Connection,
    tenant: Tenant,
    sandbox: SandboxProcess,
    elsewhere: SandboxProcess,
    colleague: User,
) -> None:
    ask(asking, tenant, elsewhere)
    assert bearer(fresh(connected))
    assert connect(signed_in_as(colleague), tenant, "colleague").status_code == 303
    assert set(Connection.objects.values_list("state", flat=True)) == {"healthy"}
    assert origin(tenant) == sandbox.url
    assert api_client(tenant).client_secret.reveal() == CLIENT_SECRET
    assert elsewhere.ledger() == []


def test_once_it_is_confirmed_people_read_reconnect_and_nothing_old_goes_to_the_new_address(
    asking: Client, other: User, connected: Connection, owner: User, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    old = bearer(connected)
    begin(signed_in_as(owner), tenant)
    ask(asking, tenant, elsewhere)
    assert "is changed. Everybody connected there has to connect again." in answer(
        signed_in_as(other), tenant, "confirm"
    )
    assert origin(tenant) == elsewhere.url
    assert not OAuthState.objects.exists()
    with pytest.raises(NeedsReconnect):
        bearer(Connection.objects.select_related("tenant").get())
    page = words(signed_in_as(owner).get(reverse("connections:list")))
    assert "addresses or API client changed; connect again" in page
    assert elsewhere.ledger() == []
    assert connect(signed_in_as(owner), tenant).status_code == 303
    heard = elsewhere.ledger()
    assert [request["status"] for request in heard if request["path"].endswith("/token")] == [200]
    assert f"sha256:{hashlib.sha256(old.reveal().encode()).hexdigest()[:12]}" not in repr(heard)
    assert not TenantChange.objects.exists()


def test_the_one_who_asked_cannot_confirm(
    asking: Client, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    page = words(asking.get(reverse("connections:tenant", args=[tenant.key])))
    assert "Confirm the change" not in page
    assert "Another administrator has to confirm what you asked for." in answer(asking, tenant, "confirm")
    assert origin(tenant) == sandbox.url


def test_the_other_reads_old_and_new_side_by_side_but_no_secret(
    asking: Client, other: User, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    page = signed_in_as(other).get(reverse("connections:tenant", args=[tenant.key]))
    lines = {line.label: (line.now, line.wanted) for line in page.context["change"]["lines"]}
    assert lines["Token Endpoint"] == (tenant.token_endpoint, f"{elsewhere.url}/ccx/oauth2/acme/token")
    assert lines["Client Secret"] == ("the stored one", "a new one")
    assert "Client ID" not in lines
    assert "by Ada Admin. Until it is confirmed" in words(page)
    assert "canary" not in page.content.decode()
    assert "Change to confirm" in words(signed_in_as(other).get(reverse("connections:tenants")))


def test_every_byte_that_the_new_address_hears_is_new(
    asking: Client, other: User, connected: Connection, tenant: Tenant, settings: LazySettings
) -> None:
    old = [CLIENT_SECRET, bearer(connected).reveal(), (grants.refresh_token(connected) or Secret("")).reveal()]
    with far_side(says(ok(b"{}"))) as elsewhere:
        settings.WORKDAY_PLAIN_ORIGINS = [elsewhere.url, *settings.WORKDAY_PLAIN_ORIGINS]
        ask(asking, tenant, elsewhere)
        assert elsewhere.requests == []
        answer(signed_in_as(other), tenant, "confirm")
        with pytest.raises(NeedsReconnect):
            bearer(fresh(connected))
        asking.post(reverse("connections:isu_by_client", args=[tenant.key]))
    heard = b"".join(elsewhere.requests)
    assert _basic(NEW_SECRET) in heard
    for secret in old:
        assert secret
        assert secret.encode() not in heard
        assert _basic(secret) not in heard


def test_a_new_token_never_goes_to_the_former_address(
    asking: Client, other: User, owner: User, connected: Connection, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    """Somebody loaded the connection, then the tenant moved and its person connected again."""
    ask(asking, tenant, elsewhere)
    answer(signed_in_as(other), tenant, "confirm")
    tenant.refresh_from_db()
    connect(signed_in_as(owner), tenant)
    with pytest.raises(Weather, match="addresses"):
        bearer(connected, rejected=grants.access_token(connected))
    assert bearer(Connection.objects.select_related("tenant").get())


def _basic(secret: str) -> bytes:
    return base64.b64encode(f"app-client:{secret}".encode())


@pytest.mark.parametrize(("who", "verb"), [("asker", "tenant.change_withdrawn"), ("other", "tenant.change_refused")])
def test_either_can_end_it(
    asking: Client,
    administrator: User,
    other: User,
    tenant: Tenant,
    sandbox: SandboxProcess,
    elsewhere: SandboxProcess,
    who: str,
    verb: str,
) -> None:
    ask(asking, tenant, elsewhere)
    person = administrator if who == "asker" else other
    assert "is dropped" in answer(signed_in_as(person), tenant, "drop")
    assert origin(tenant) == sandbox.url
    event = Event.objects.get(verb=verb)
    assert (event.actor, event.data["asked_by"]) == (person.pk, str(administrator.pk))
    assert "no longer the change" in answer(signed_in_as(other), tenant, "confirm")
    assert elsewhere.ledger() == []


def test_the_record_has_who_asked_who_confirmed_and_old_and_new_but_no_secret(
    asking: Client, administrator: User, other: User, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    before = tenant.token_endpoint
    ask(asking, tenant, elsewhere)
    answer(signed_in_as(other), tenant, "confirm")
    asked, confirmed = Event.objects.filter(verb__startswith="tenant.change_").order_by("id")
    assert (asked.verb, asked.actor) == ("tenant.change_asked", administrator.pk)
    assert (confirmed.verb, confirmed.actor) == ("tenant.change_confirmed", other.pk)
    assert confirmed.data["asked_by"] == str(administrator.pk)
    for event in (asked, confirmed):
        assert event.data["old"]["token_endpoint"] == before
        assert event.data["new"]["token_endpoint"] == f"{elsewhere.url}/ccx/oauth2/acme/token"
    assert "canary" not in repr(list(Event.objects.values_list("data", flat=True)))


def test_another_client_id_at_the_same_address_waits_too(
    asking: Client, connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    edit(asking, tenant, sandbox, client_id="other", client_secret="canary-other")
    tenant.refresh_from_db()
    assert tenant.client_id == "app-client"
    assert grants.access_token(Connection.objects.select_related("tenant").get())


def test_a_new_tenant_needs_no_second_administrator(asking: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    assert asking.post(reverse("connections:tenant_new"), entries(sandbox)).status_code == 302
    assert Tenant.objects.filter(name="Beacon").exists()


def test_for_everybody_else_there_is_nothing_to_confirm(
    asking: Client, owner: User, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    for how in ("confirm", "drop"):
        url = reverse(f"connections:tenant_change_{how}", args=[tenant.key])
        assert signed_in_as(owner).post(url).status_code == 404
        assert asking.get(url).status_code == 405
    assert TenantChange.objects.exists()

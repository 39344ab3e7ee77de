"""What a check-up says of the endpoints, the API client and the clock, each seen good and bad at a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from connections import clients, tenants
from connections.checkup.verdicts import Check, Grade, Verdict
from connections.models import Connection, Tenant
from tests.connections.checkups import examined, no_padding, verdicts
from tests.connections.conftest import CLIENT_SECRET
from tests.sandbox.process import SandboxProcess
from tests.workday.far_side import far_side, says
from tests.workday.test_tls import NAME as TLS_NAME
from tests.workday.test_tls import certificate, workday_at
from tests.workday.test_tls import session as tls_session
from workday.secret import Secret

__all__ = ["no_padding"]

PATHS = {
    Check.REST: ("rest_endpoint", "/ccx/api/v1/acme"),
    Check.TOKEN: ("token_endpoint", "/ccx/oauth2/acme/token"),
    Check.AUTHORIZATION: ("authorization_endpoint", "/acme/authorize"),
}
REPLY = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s"
AUTHORIZE, TOKEN = "*/authorize", "*/token"


def reply(status: bytes, body: bytes = b"{}", headers: bytes = b"") -> bytes:
    return REPLY % (status, len(body), headers, body)


def register(sandbox: SandboxProcess, tenant: Tenant, **changes: object) -> None:
    """The API client as it is in Workday; the tenant's own data stay as they are."""
    usual = {"client_id": "app-client", "client_secret": CLIENT_SECRET, "redirect_uri": tenant.redirect_uri}
    sandbox.register(**{**usual, "pkce": True, **changes})


def move(tenant: Tenant, origin: str, settings: LazySettings, *checks: Check) -> None:
    """Let endpoints lie elsewhere, with a secret that was entered for there."""
    settings.WORKDAY_PLAIN_ORIGINS = [*settings.WORKDAY_PLAIN_ORIGINS, origin]
    for check in checks:
        field, path = PATHS[check]
        setattr(tenant, field, f"{origin}{path}")
    tenants.set_client_secret(tenant, Secret(CLIENT_SECRET))
    tenant.save()


def test_a_good_tenant_with_somebody_connected_has_no_problem(connected: Connection, tenant: Tenant) -> None:
    found = examined(tenant)
    assert {each.grade for each in found.values()} <= {Grade.GOOD, Grade.NOTE}
    assert found[Check.CLIENT].verdict is Verdict.CLIENT_ACCEPTED
    assert found[Check.REDIRECT].verdict is Verdict.REDIRECT_RIGHT
    assert found[Check.PKCE].verdict is Verdict.PKCE_USED


@pytest.mark.parametrize("check", PATHS)
def test_an_endpoint_that_does_not_answer_is_named_and_what_needs_it_is_not_asked(
    tenant: Tenant, settings: LazySettings, check: Check
) -> None:
    move(tenant, "http://127.0.0.1:1", settings, check)
    found = verdicts(tenant)
    assert [each for each in PATHS if found[each] is Verdict.NOT_REACHABLE] == [check]
    needing = {Check.REST: Check.INBOX, Check.TOKEN: Check.CLIENT, Check.AUTHORIZATION: Check.REDIRECT}
    assert [each for each in needing.values() if found[each] is Verdict.NOT_ASKED] == [needing[check]]


@pytest.mark.parametrize("trusted", [True, False])
def test_an_endpoint_whose_certificate_is_not_trusted_is_not_reachable(
    tenant: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    file = certificate(tmp_path, TLS_NAME)
    Tenant.objects.update(**{field: f"https://{TLS_NAME}{path}" for field, path in PATHS.values()})
    with workday_at(file) as server:
        monkeypatch.setattr(clients, "new_session", lambda: tls_session(server, file if trusted else None))
        found = verdicts(tenant)
    assert {found[check] for check in PATHS} == {Verdict.REACHABLE if trusted else Verdict.NOT_REACHABLE}
    assert trusted or server.requests == []


def test_a_redirect_of_an_endpoint_is_an_answer_and_is_not_followed(tenant: Tenant, sandbox: SandboxProcess) -> None:
    with far_side(says(reply(b"200 OK"))) as elsewhere:
        sandbox.fault("*", "redirect", status=302, location=f"{elsewhere.url}/inside")
        assert verdicts(tenant)[Check.REST] is Verdict.REACHABLE
        assert elsewhere.requests == []


def test_a_wrong_secret_is_told_from_a_right_one(tenant: Tenant, sandbox: SandboxProcess) -> None:
    register(sandbox, tenant, client_secret="another")
    assert verdicts(tenant)[Check.CLIENT] is Verdict.CLIENT_REFUSED


def test_an_unknown_client_id_is_refused_everywhere(tenant: Tenant) -> None:
    Tenant.objects.update(client_id="mistyped")
    found = verdicts(tenant)
    assert found[Check.CLIENT] is Verdict.CLIENT_REFUSED
    assert found[Check.REDIRECT] is Verdict.REDIRECT_REFUSED


def test_an_api_client_for_integrations_cannot_connect_people(tenant: Tenant, sandbox: SandboxProcess) -> None:
    register(sandbox, tenant, kind="integrations")
    assert verdicts(tenant)[Check.CLIENT] is Verdict.GRANT_TYPE


def test_where_only_the_isu_is_connected_such_a_client_is_no_problem(tenant: Tenant, sandbox: SandboxProcess) -> None:
    register(sandbox, tenant, kind="integrations")
    isu = {"kind": Connection.Kind.ISU, "grant": Connection.Grant.REFRESH_TOKEN}
    Connection.objects.create(tenant=tenant, state=Connection.State.NEEDS_RECONNECT, **isu)
    assert verdicts(tenant)[Check.CLIENT] is Verdict.GRANT_TYPE_ISU


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (b"400 Bad Request", b'{"error":"unsupported_grant_type"}', Verdict.GRANT_TYPE),
        (b"401 Unauthorized", b"", Verdict.CLIENT_REFUSED),
        (b"429 Too Many Requests", b"", Verdict.BUSY),
        (b"503 Service Unavailable", b"<p>Maintenance", Verdict.BUSY),
        (b"502 Bad Gateway", b"<p>Gateway", Verdict.BUSY),
        (b"404 Not Found", b'{"error":"not found"}', Verdict.ODD),
        (b"200 OK", b"<p>Welcome", Verdict.ODD),
        (b"302 Found", b"", Verdict.ODD),
        (b"200 OK", b'{"access_token":"t","token_type":"Bearer"}', Verdict.NOT_WORKDAY),
    ],
)
def test_what_the_token_endpoint_may_answer(
    tenant: Tenant, settings: LazySettings, status: bytes, body: bytes, verdict: Verdict
) -> None:
    with far_side(says(reply(status, body))) as server:
        move(tenant, server.url, settings, Check.TOKEN)
        assert verdicts(tenant)[Check.CLIENT] is verdict


def test_a_secret_that_was_given_for_another_address_is_not_sent(tenant: Tenant, sandbox: SandboxProcess) -> None:
    elsewhere = f"{sandbox.url.replace('127.0.0.1', 'localhost')}/ccx/oauth2/acme/token"
    Tenant.objects.update(token_endpoint=elsewhere)
    assert verdicts(tenant)[Check.CLIENT] is not Verdict.CLIENT_ACCEPTED
    assert sandbox.ledger(path="/token", method="POST") == []


def test_an_allowed_new_address_needs_the_secret_again(
    tenant: Tenant, sandbox: SandboxProcess, settings: LazySettings
) -> None:
    origin = sandbox.url.replace("127.0.0.1", "localhost")
    settings.WORKDAY_PLAIN_ORIGINS = [sandbox.url, origin]
    Tenant.objects.update(token_endpoint=f"{origin}/ccx/oauth2/acme/token")
    assert verdicts(tenant)[Check.CLIENT] is Verdict.SECRET_AGAIN
    assert sandbox.ledger(path="/token", method="POST") == []


def test_a_missing_key_is_told_from_a_secret_to_enter_again(tenant: Tenant) -> None:
    box = bytes(tenant.client_secret_box or b"")
    Tenant.objects.update(client_secret_box=box[:1] + b"gone" + box[5:])
    assert verdicts(tenant)[Check.CLIENT] is Verdict.KEY_MISSING


def test_a_redirect_url_that_is_registered_otherwise_is_found(tenant: Tenant, sandbox: SandboxProcess) -> None:
    register(sandbox, tenant, redirect_uri=f"{tenant.redirect_uri}/")
    found = examined(tenant)
    assert found[Check.REDIRECT].verdict is Verdict.REDIRECT_REFUSED
    assert found[Check.PKCE].verdict is Verdict.PKCE_LATER


def test_a_server_that_asks_everybody_to_sign_in_first_tells_nothing(tenant: Tenant, sandbox: SandboxProcess) -> None:
    sandbox.fault(AUTHORIZE, "redirect", status=302, location="https://sign-in.example.test/")
    found = verdicts(tenant)
    assert found[Check.REDIRECT] is Verdict.REDIRECT_UNTOLD
    assert found[Check.PKCE] is Verdict.PKCE_UNTOLD


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_gateway_that_dislikes_programs_proves_nothing(tenant: Tenant, sandbox: SandboxProcess, status: int) -> None:
    sandbox.fault(AUTHORIZE, "status", status=status)
    assert verdicts(tenant)[Check.REDIRECT] is Verdict.REDIRECT_UNTOLD


def test_pkce_that_is_not_ticked_cannot_be_seen_from_outside(tenant: Tenant, sandbox: SandboxProcess) -> None:
    register(sandbox, tenant, pkce=False)
    found = verdicts(tenant)
    assert found[Check.PKCE] is Verdict.PKCE_UNTOLD
    assert found[Check.REDIRECT] is Verdict.REDIRECT_RIGHT


def test_a_server_that_refuses_pkce_is_found(tenant: Tenant, settings: LazySettings) -> None:
    back = f"Location: {tenant.redirect_uri}?error=invalid_request&state=s\r\n".encode()

    def answer(stream: object) -> None:
        query = server.requests[-1].split(b" ", 2)[1]
        if b"%2Fcallback%2Facme%2F" in query:
            says(reply(b"400 Bad Request"))(stream)  # type: ignore[arg-type]  # It is the socket of the far side.
        else:
            refused = reply(b"302 Found", headers=back)
            says(refused if b"code_challenge" in query else reply(b"200 OK"))(stream)  # type: ignore[arg-type]  # As above.

    with far_side(answer) as server:
        move(tenant, server.url, settings, Check.AUTHORIZATION)
        found = verdicts(tenant)
    assert found[Check.PKCE] is Verdict.PKCE_REFUSED
    assert found[Check.REDIRECT] is Verdict.REDIRECT_RIGHT


def test_neither_secret_nor_token_goes_to_the_authorization_endpoint(
    connected: Connection, tenant: Tenant, settings: LazySettings
) -> None:
    with far_side(says(reply(b"200 OK"))) as server:
        move(tenant, server.url, settings, Check.AUTHORIZATION)
        assert verdicts(tenant)[Check.INBOX] is Verdict.INBOX_OPEN
        asked = [each.lower() for each in server.requests]
    assert [each.split()[0] for each in asked] == [b"get"] * 4
    assert not any(b"authorization:" in each or b"secret" in each or b"bearer" in each for each in asked)


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        (0, Verdict.CLOCK_RIGHT),
        (25, Verdict.CLOCK_RIGHT),
        (45, Verdict.CLOCK_OFF),
        (-45, Verdict.CLOCK_OFF),
        (400, Verdict.CLOCK_WRONG),
        (-4000, Verdict.CLOCK_WRONG),
    ],
)
def test_a_clock_that_is_wrong_is_found(
    tenant: Tenant, sandbox: SandboxProcess, seconds: int, verdict: Verdict
) -> None:
    sandbox.settings(clock_offset_seconds=seconds)
    clock = examined(tenant)[Check.CLOCK]
    assert clock.verdict is verdict
    assert abs(clock.data["seconds"] - abs(seconds)) <= 3


def test_without_a_date_the_clocks_cannot_be_compared(tenant: Tenant, settings: LazySettings) -> None:
    with far_side(says(reply(b"200 OK"))) as server:
        move(tenant, server.url, settings, *PATHS)
        assert verdicts(tenant)[Check.CLOCK] is Verdict.CLOCK_UNTOLD


def test_a_made_up_code_is_different_every_time(tenant: Tenant, sandbox: SandboxProcess) -> None:
    examined(tenant)
    examined(tenant)
    codes = [each["body"]["code"] for each in sandbox.ledger(path="/token", method="POST")]
    assert len(set(codes)) == len(codes) == 2

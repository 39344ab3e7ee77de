"""What a token endpoint may say, and what follows for the connection, its person and the tenant."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Connection
from connections.tokens import NeedsReconnect, TenantTrouble, TokenError, Weather, bearer
from inbox.drain import drain
from inbox.states import State
from tests.attacks.connected import fresh
from tests.attacks.scripted import answer, ending, saying, tenant_of
from tests.conftest import make_decision, make_task
from tests.connections.conftest import signed_in_as, words
from workday import oauth

pytestmark = pytest.mark.attack("T35")

GOOD = {"access_token": "new-access-token", "token_type": "Bearer", "expires_in": 3600}
PAGE = "<!doctype html><title>Maintenance</title>"


def error(code: str, **more: Any) -> dict[str, Any]:
    return {"error": code, **more}


# Each with what comes of it; a good answer is tested wherever a token is had.
ANSWERS: dict[str, tuple[bytes, type[TokenError]]] = {
    "400 invalid_grant": (answer(400, error("invalid_grant")), NeedsReconnect),
    "401 invalid_grant": (answer(401, error("invalid_grant")), NeedsReconnect),
    "400 invalid_grant, described": (
        answer(400, error("invalid_grant", error_description="invalid_client <b>")),
        NeedsReconnect,
    ),
    "401 invalid_client": (answer(401, error("invalid_client")), TenantTrouble),
    "400 invalid_client": (answer(400, error("invalid_client")), TenantTrouble),
    "400 unauthorized_client": (answer(400, error("unauthorized_client")), TenantTrouble),
    "400 unsupported_grant_type": (answer(400, error("unsupported_grant_type")), Weather),
    "400 invalid_request": (answer(400, error("invalid_request")), Weather),
    "400 invalid_scope": (answer(400, error("invalid_scope")), Weather),
    "400 unknown code": (answer(400, error("Invalid_Grant")), Weather),
    "400 nested error": (answer(400, {"error": {"code": "invalid_grant"}}), Weather),
    "400 page": (answer(400, PAGE), Weather),
    "401 empty": (answer(401, ""), Weather),
    "403 invalid_grant": (answer(403, error("invalid_grant")), Weather),
    "404 page": (answer(404, PAGE), Weather),
    "429": (answer(429, "", "Retry-After: 7"), Weather),
    "500 invalid_grant": (answer(500, error("invalid_grant")), Weather),
    "502 page": (answer(502, PAGE), Weather),
    "503 invalid_client": (answer(503, error("invalid_client"), "Retry-After: 7"), Weather),
    "504 page": (answer(504, PAGE), Weather),
    "302 elsewhere": (answer(302, "", "Location: /elsewhere"), Weather),
    "200 empty": (answer(200, ""), Weather),
    "200 page": (answer(200, PAGE), Weather),
    "200 with an error": (answer(200, error("invalid_grant")), Weather),
    "200 without a token": (answer(200, {"token_type": "Bearer"}), Weather),
    "200 with a number for a token": (answer(200, {**GOOD, "access_token": 7}), Weather),
    "200 with another token type": (answer(200, {**GOOD, "token_type": "mac"}), Weather),
    "200 cut off": (answer(200, GOOD)[:-10], Weather),
    "nothing": (b"", Weather),
    "no HTTP": (b"220 mail.example ESMTP\r\n", Weather),
}
STATES = {
    NeedsReconnect: (Connection.State.NEEDS_RECONNECT, State.NEEDS_RECONNECT),
    TenantTrouble: (Connection.State.HEALTHY, State.WAITING),
    Weather: (Connection.State.TROUBLED, State.WAITING),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_each_answer_has_its_meaning(owner: User, settings: LazySettings, name: str) -> None:
    said, kind = ANSWERS[name]
    with saying(said, settings) as far:
        connection = ending(owner, tenant_of(far))
        with pytest.raises(TokenError) as raised:
            bearer(connection)
        assert len(far.requests) == 1
    assert type(raised.value) is kind
    assert raised.value.retry_after == (7.0 if b"Retry-After" in said else None)
    kept = fresh(connection)
    assert kept.state == STATES[kind][0]
    assert (kept.refresh_token_box is None) is (kind is NeedsReconnect)
    assert bool(kept.tenant.trouble) is (kind is TenantTrouble)


def test_there_are_at_least_twenty_five_answers() -> None:
    assert len(ANSWERS) >= 25
    assert {kind for _, kind in ANSWERS.values()} == set(STATES)


def test_no_answer_in_time_is_weather(owner: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth, "TOKEN_SECONDS", 0.3)
    # The length promises one byte more than is said.
    with saying(answer(200, GOOD).replace(b"Length: ", b"Length: 9"), settings) as far:
        connection = ending(owner, tenant_of(far))
        with pytest.raises(Weather):
            bearer(connection)
    assert fresh(connection).state == Connection.State.TROUBLED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["400 invalid_grant", "401 invalid_client", "502 page", "429", "nothing"])
def test_a_decision_waits_for_weather_and_administrators_and_stops_for_its_person(
    owner: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("inbox.drain.LINGER_SECONDS", 0.0)
    said, kind = ANSWERS[name]
    with saying(said, settings) as far:
        decision = make_decision(make_task(ending(owner, tenant_of(far))))
        drain(decision.tenant_id)
        assert {request.split()[1] for request in far.requests} == {b"/ccx/oauth2/acme/token"}
    decision.refresh_from_db()
    assert decision.state == STATES[kind][1]


def test_an_api_client_in_trouble_asks_nobody_to_reconnect_and_is_told_once(
    owner: User, colleague: User, stranger: User, administrator: User, settings: LazySettings
) -> None:
    people = (owner, colleague, stranger)
    with saying(answer(401, error("invalid_client")), settings) as far:
        tenant = tenant_of(far)
        connections = [ending(person, tenant, f"{number:032}") for number, person in enumerate(people)]
        for connection in connections:
            with pytest.raises(TenantTrouble):
                bearer(fresh(connection))
    assert set(Connection.objects.values_list("state", flat=True)) == {Connection.State.HEALTHY}
    assert Event.objects.filter(verb="tenant.trouble").count() == 1
    assert not Event.objects.filter(verb="connection.needs_reconnect").exists()
    for person in people:
        assert "You need not reconnect." in words(signed_in_as(person).get(reverse("connections:list")))
    assert "client" in words(signed_in_as(administrator).get(reverse("connections:tenant", args=[tenant.key])))

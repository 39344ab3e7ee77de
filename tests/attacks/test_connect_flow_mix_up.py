"""Mix-up (RFC 9700 section 4.4): one tenant's authorization server sends the browser on to another tenant's.

The person chose the attacker's tenant; the honest server at which they arrive gives out an honest code. It must never
be taken to the attacker's token endpoint.
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from accounts.models import User
from connections.models import Connection, Tenant
from tests.attacks.server import AuthorizationServer, IndependentServer, SandboxServer
from tests.attacks.test_connect_flow import changed
from tests.connections.conftest import begin, come_back, signed_in_as, words

Pair = tuple[AuthorizationServer, AuthorizationServer]


@pytest.fixture(params=["sandbox attacks", "independent attacks"])
def pair(request: pytest.FixtureRequest, sandbox_server: SandboxServer, independent_server: IndependentServer) -> Pair:
    """The attacker's server and the honest one."""
    servers = (sandbox_server, independent_server)
    return servers if request.param == "sandbox attacks" else servers[::-1]


def sent_on(url: str, honest: Tenant) -> str:
    """The same request as the attacker's server would pass it on, in the name of the honest tenant's API client."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    query |= {"client_id": honest.client_id, "redirect_uri": honest.redirect_uri}
    return f"{honest.authorization_endpoint}?{urlencode(query)}"


@pytest.mark.attack("T05")
def test_a_path_for_each_tenant_keeps_the_code_from_the_attacker(pair: Pair, owner: User) -> None:
    attacker, honest = pair[0].register("evil"), pair[1].register("acme")
    browser = signed_in_as(owner)
    location = pair[1].answer(sent_on(begin(browser, attacker), honest), "manager")
    assert "code=" in location
    assert "Start again" in words(come_back(browser, location))
    assert_nobody_was_asked(pair)


@pytest.mark.attack("T05")
@pytest.mark.parametrize("required", [True, False])
def test_on_the_shared_path_the_honest_servers_name_keeps_it(pair: Pair, owner: User, required: bool) -> None:
    attacker = pair[0].register("evil", shared_callback=True, iss_required=required)
    honest = pair[1].register("acme", shared_callback=True)
    browser = signed_in_as(owner)
    location = pair[1].answer(sent_on(begin(browser, attacker), honest), "manager")
    named = changed(location, iss=[honest.authorization_endpoint.removesuffix("/authorize")])
    assert "another server" in words(browser.get(named))
    assert_nobody_was_asked(pair)


@pytest.mark.attack("T05")
def test_on_the_shared_path_a_nameless_answer_is_refused_where_names_are_promised(pair: Pair, owner: User) -> None:
    attacker = pair[0].register("evil", shared_callback=True, iss_required=True)
    honest = pair[1].register("acme", shared_callback=True)
    browser = signed_in_as(owner)
    location = pair[1].answer(sent_on(begin(browser, attacker), honest), "manager")
    assert "did not say which server" in words(browser.get(changed(location, iss=[])))
    assert_nobody_was_asked(pair)


@pytest.mark.attack("T05")
def test_the_independent_server_names_itself_and_is_believed(
    independent_server: IndependentServer, owner: User
) -> None:
    browser = signed_in_as(owner)
    tenant = independent_server.register(iss_required=True, shared_callback=True)
    location = independent_server.answer(begin(browser, tenant), "manager")
    assert parse_qs(urlsplit(location).query)["iss"]
    assert come_back(browser, location).status_code == 303


@pytest.mark.attack("T05")
def test_the_sandbox_names_itself_where_it_is_switched_to(sandbox_server: SandboxServer, owner: User) -> None:
    sandbox_server.process.settings(iss=True)
    browser = signed_in_as(owner)
    location = sandbox_server.answer(begin(browser, sandbox_server.register(iss_required=True)), "manager")
    assert parse_qs(urlsplit(location).query)["iss"]
    assert come_back(browser, location).status_code == 303


@pytest.mark.attack("T05")
@pytest.mark.parametrize("path", ["/oauth/callback", "/oauth/callback/other"])
def test_an_answer_counts_on_the_path_that_was_asked_for_alone(
    far: AuthorizationServer, owner: User, path: str
) -> None:
    far.register("other")
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    page = browser.get(f"{path}?{urlsplit(location).query}")
    assert page.status_code == 400
    assert far.token_requests() == []
    assert not Connection.objects.exists()


def assert_nobody_was_asked(pair: Pair) -> None:
    assert [server.token_requests() for server in pair] == [[], []]
    assert not Connection.objects.exists()

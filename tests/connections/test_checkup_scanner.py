"""T46: a check-up tells nobody what is inside the network, neither by words nor by time nor by number."""

from __future__ import annotations

import datetime
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections import clients
from connections import tenants as registry
from connections.checkup import asking, reach, running
from connections.checkup.verdicts import Check, Verdict
from connections.models import Tenant, TenantCheck
from tests.connections.conftest import signed_in_as
from workday.session import Policy, Session

pytestmark = pytest.mark.attack("T46")

NAMED = "https://wd5-impl-services1.workday.com"
ENDPOINTS = {Check.REST, Check.TOKEN, Check.AUTHORIZATION}
Resolve = Callable[[str, int, float], list[str]]


@pytest.fixture
def filtered() -> Iterator[str]:
    """A port that answers no attempt to connect, as a firewall that drops does: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
            waiting.append(each)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for each in waiting:
            each.close()


@pytest.fixture
def silent() -> Iterator[str]:
    """A service inside that takes a connection and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def aim(tenant: Tenant, origin: str) -> None:
    tenant.rest_endpoint = f"{origin}/ccx/api/v1/acme"
    tenant.token_endpoint = f"{origin}/ccx/oauth2/acme/token"
    tenant.authorization_endpoint = f"{origin}/acme/authorize"
    tenant.save()


def slowly(host: str, port: int, seconds: float) -> list[str]:
    """A name server that takes most of its time before it names an address inside."""
    time.sleep(0.8 * seconds)
    return ["10.0.0.7"]


RESOLVERS: dict[str, Resolve] = {
    "inside": lambda *_: ["10.0.0.7"],
    "metadata": lambda *_: ["169.254.169.254"],
    "one of many": lambda *_: ["93.184.216.34", "127.0.0.1"],
    "inside, slowly": slowly,
}


def timed(tenant: Tenant, origin: str) -> tuple[list[dict[str, Any]], float]:
    """What is found when all three endpoints lie there, and how many seconds it takes."""
    aim(tenant, origin)
    begun = time.monotonic()
    found = running.examine(tenant, None)
    assert {each.check for each in found if each.verdict is Verdict.NOT_REACHABLE} == ENDPOINTS
    return [each.row() for each in found], time.monotonic() - begun


def test_every_target_that_does_not_answer_reads_alike_and_takes_as_long(
    tenant: Tenant, filtered: str, silent: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tenth of the real ones.
    monkeypatch.setattr(reach, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(reach, "FAILED_SECONDS", 1.0)
    origins = {"closed": "http://127.0.0.1:1", "filtered": filtered, "silent": silent}
    settings.WORKDAY_PLAIN_ORIGINS = list(origins.values())
    origins["not allowed"] = "https://inside.example.test"
    told = {kind: timed(tenant, origin) for kind, origin in origins.items()}
    for kind, resolve in RESOLVERS.items():
        session = partial(Session, Policy(("workday.com",)), resolve=resolve)
        monkeypatch.setattr(clients, "new_session", session)
        told[kind] = timed(tenant, NAMED)

    words, _ = told["closed"]
    assert {kind: rows for kind, (rows, _) in told.items() if rows != words} == {}
    seconds = [taken for _, taken in told.values()]
    assert max(seconds) / min(seconds) < 1.5, told


def test_the_time_a_failure_takes_covers_the_longest_one() -> None:
    resolving, connecting, handshake = (reach.LOOK_SECONDS,) * 3
    assert resolving + connecting + handshake < reach.FAILED_SECONDS < running.SECONDS


def ask(browser: Client, tenant: Tenant) -> Any:
    return browser.post(reverse("connections:tenant_check", args=[tenant.key]))


def age(minutes: float) -> None:
    """Let all check-ups so far have been asked for that much earlier."""
    TenantCheck.objects.update(at=F("at") - datetime.timedelta(minutes=minutes))


def test_a_tenant_is_checked_once_in_thirty_seconds_whoever_asks(tenant: Tenant, administrator: User) -> None:
    other = User.objects.create_user("second@example.test", name="Second", is_administrator=True)
    asking.ask(tenant, administrator)
    for person in (administrator, other):
        with pytest.raises(asking.TooSoon, match="less than 30 seconds ago"):
            asking.ask(tenant, person)
    age(0.6)
    asking.ask(tenant, other)
    assert TenantCheck.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_wishes_at_once_one_is_granted(tenant: Tenant, administrator: User) -> None:
    together = Barrier(6)

    def wish(_: int) -> bool:
        try:
            together.wait(10)
            asking.ask(tenant, administrator)
        except asking.TooSoon:
            return False
        finally:
            database.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        granted = list(pool.map(wish, range(6)))
    assert granted.count(True) == TenantCheck.objects.count() == 1


def test_an_administrator_has_twenty_check_ups_an_hour_over_all_tenants(tenant: Tenant, administrator: User) -> None:
    fields = {"environment": "sandbox", "client_id": "c"}
    tenants = [Tenant.objects.create(key=f"t{n}", name=f"Tenant {n}", **fields) for n in range(asking.PER_HOUR)]
    for each in tenants:
        asking.ask(each, administrator)
    with pytest.raises(asking.TooSoon, match="20 check-ups within an hour"):
        asking.ask(tenant, administrator)
    other = User.objects.create_user("second@example.test", name="Second", is_administrator=True)
    asking.ask(tenant, other)
    age(61)
    asking.ask(tenant, administrator)


def test_forgetting_old_check_ups_does_not_forget_those_that_count(tenant: Tenant, administrator: User) -> None:
    for _ in range(asking.KEPT + 5):
        TenantCheck.objects.create(tenant=tenant, asked_by=None)
    age(2)
    asking.ask(tenant, administrator)
    assert TenantCheck.objects.count() == asking.KEPT + 6
    age(61)
    asking.ask(tenant, administrator)
    assert TenantCheck.objects.count() == asking.KEPT


def test_asking_is_on_the_record_and_a_refused_wish_is_not(tenant: Tenant, administrator: User) -> None:
    browser = signed_in_as(administrator)
    ask(browser, tenant)
    ask(browser, tenant)
    event = Event.objects.get(verb="tenant.checked")
    assert (event.actor, event.subject) == (administrator.pk, tenant.pk)


@pytest.mark.parametrize("name", ["tenant_checkup", "tenant_report"])
def test_for_others_there_is_nothing_to_see_and_nothing_to_ask(
    tenant: Tenant, owner: User, administrator: User, name: str
) -> None:
    asking.ask(tenant, administrator)
    url = reverse(f"connections:{name}", args=[tenant.key])
    assert signed_in_as(owner).get(url).status_code == 404
    assert Client().get(url).status_code == 302
    assert ask(signed_in_as(owner), tenant).status_code == 404
    assert TenantCheck.objects.count() == 1


def test_what_is_stored_of_a_finding_is_names_and_numbers(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "FAILED_SECONDS", 0.0)
    aim(tenant, "https://inside.example.test")
    for row in (each.row() for each in running.examine(tenant, None)):
        assert row["check"] in Check.__members__
        assert row["verdict"] in Verdict.__members__
        assert all(isinstance(value, int) for value in row["data"].values())


def test_removing_a_tenant_does_not_give_back_the_check_ups_that_were_asked_for_it(
    administrator: User, tenant: Tenant
) -> None:
    TenantCheck.objects.bulk_create(TenantCheck(tenant=tenant, asked_by=administrator) for _ in range(asking.PER_HOUR))
    registry.remove(tenant, administrator)
    assert TenantCheck.objects.filter(tenant=None).count() == asking.PER_HOUR
    another = Tenant.objects.create(key="another", name="Another", environment="sandbox", client_id="x")

    with pytest.raises(asking.TooSoon, match="within an hour"):
        asking.ask(another, administrator)

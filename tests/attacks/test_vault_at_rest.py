"""What somebody can do who reads or writes the database, but has no key."""

from __future__ import annotations

import base64
import datetime
import itertools
import subprocess
import uuid
from urllib.parse import quote

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import alarms, changes, clients, grants, tokens, vault, verification
from connections.models import Connection, Tenant, TenantChange
from dev import postgres
from tests import key_ring
from tests.attacks import stored
from tests.attacks.server import CLIENT_SECRET, SandboxServer
from tests.attacks.stored import Place

NEXT_SECRET = "canary-client-secret-that-waits"


@pytest.fixture
def connections(
    sandbox_server: SandboxServer, owner: User, colleague: User, stranger: User, administrator: User
) -> list[Connection]:
    """Three people at two tenants, whose access has to be renewed; and a change that waits at each tenant."""
    vault.prove_keys()
    both = [sandbox_server.register("acme"), sandbox_server.register("globex")]
    made = [stored.store(person, tenant) for tenant in both for person in (owner, colleague, stranger)]
    for tenant in both:
        stored.ask_for_change(tenant, NEXT_SECRET, administrator)
    Connection.objects.update(access_expires_at=timezone.now() - datetime.timedelta(hours=1))
    sandbox_server.process.clear_ledger()
    return made


def _fresh(pk: uuid.UUID) -> Connection:
    return Connection.objects.select_related("tenant").get(pk=pk)


def _spellings(secret: bytes) -> list[bytes]:
    """As it is, in hex, quoted, and in base64 wherever in a longer text it begins."""
    spelt = [secret, secret.hex().encode(), secret.hex().upper().encode(), quote(secret).encode()]
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + secret)[-(-shift * 8 // 6) : (shift + len(secret)) * 8 // 6]
        spelt += [encoded, encoded.replace(b"+", b"-").replace(b"/", b"_")]
    return spelt


def _dump() -> bytes:
    programs = postgres.find_programs()
    url = key_ring.environment()["DATABASE_URL"]
    return subprocess.run([programs / "pg_dump", "--dbname", url], capture_output=True, check=True, timeout=60).stdout


def _found(dump: bytes, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if any(spelt in dump for spelt in _spellings(secret.encode()))]


@pytest.mark.attack("T23")
@pytest.mark.django_db(transaction=True)
def test_a_dump_of_the_database_shows_no_secret_however_it_is_spelt(connections: list[Connection]) -> None:
    secrets = [secret for connection in connections for secret in stored.secrets_of(connection)]
    dump = _dump()
    assert all(str(connection.pk).encode() in dump for connection in connections)
    assert _found(dump, [*secrets, CLIENT_SECRET, NEXT_SECRET]) == []


@pytest.mark.attack("T23")
@pytest.mark.parametrize("shift", [b"", b"1", b"12"])
def test_the_search_finds_a_secret_that_was_not_sealed(shift: bytes) -> None:
    secret = stored.token("access", "somebody")
    plain = shift + secret.encode() + b" and more"
    hidden = [plain, b"\\\\x" + plain.hex().encode(), base64.b64encode(plain), base64.urlsafe_b64encode(plain)]
    assert all(_found(b"before " + each + b" after", [secret]) for each in hidden)


@pytest.mark.attack("T24")
def test_before_anything_is_swapped_every_box_opens(connections: list[Connection]) -> None:
    assert len(stored.places()) == 16
    assert verification.verify() == verification.Count(opened=16)
    for each in map(_fresh, [connection.pk for connection in connections]):
        kept = [token and token.reveal() for token in (grants.access_token(each), grants.refresh_token(each))]
        assert kept == stored.secrets_of(each)


@pytest.mark.attack("T24")
def test_no_two_boxes_can_change_places(connections: list[Connection], sandbox_server: SandboxServer) -> None:
    """Every pair of sixteen: other people, other tenants, other columns, other tables."""
    pairs = list(itertools.combinations(stored.places(), 2))
    assert len(pairs) == 120
    wrong = [pair for pair in pairs if not _is_refused(*pair)]
    assert wrong == []
    assert sandbox_server.process.ledger() == []


def _is_refused(first: Place, second: Place) -> bool:
    with transaction.atomic():
        one, other = first.read(), second.read()
        first.write(other)
        second.write(one)
        refused = all(_use_fails(place) and _alarm_of(place) for place in (first, second))
        transaction.set_rollback(True)
    return refused


def _use_fails(place: Place) -> bool:
    """Use the row as the product does."""
    try:
        if place.model is Connection:
            tokens.bearer(_fresh(place.pk))
        elif place.model is Tenant:
            clients.api_client(Tenant.objects.get(pk=place.pk))
        else:
            change = TenantChange.objects.select_related("tenant").get(pk=place.pk)
            clients.api_client(changes.wanted(change.tenant, change))
    except (tokens.NeedsReconnect, vault.Sealed):
        return True
    return False


def _alarm_of(place: Place) -> bool:
    return Event.objects.filter(verb=alarms.VERB, subject=place.pk).exists()


@pytest.mark.attack("T24")
@pytest.mark.parametrize("field", ["access_token_box", "refresh_token_box"])
def test_the_nightly_look_finds_a_foreign_box_before_anybody_uses_it(
    connections: list[Connection], sandbox_server: SandboxServer, field: str
) -> None:
    mine, other = connections[:2]
    Place(Connection, mine.pk, field).write(Place(Connection, other.pk, field).read())
    assert verification.verify() == verification.Count(opened=15, refused=1, parked=1)
    parked = _fresh(mine.pk)
    assert (parked.state, parked.state_reason) == ("needs_reconnect", alarms.TAMPERED)
    assert (parked.access_token_box, parked.refresh_token_box) == (None, None)
    assert _fresh(other.pk).is_usable
    assert sandbox_server.process.ledger() == []
    assert verification.verify() == verification.Count(opened=14)


@pytest.mark.attack("T24")
def test_a_client_secret_that_does_not_open_is_told_once_an_hour(connections: list[Connection]) -> None:
    tenant = connections[0].tenant
    Place(Tenant, tenant.pk, "client_secret_box").write(Place(Connection, connections[0].pk, "access_token_box").read())
    for _ in range(3):
        with pytest.raises(vault.Sealed):
            clients.api_client(Tenant.objects.get(pk=tenant.pk))
    assert [alarm.cause for alarm in alarms.recent()] == [alarms.Cause.CLIENT_SECRET]


@pytest.mark.attack("T26")
def test_an_old_box_does_not_open_in_its_own_row(connections: list[Connection], sandbox_server: SandboxServer) -> None:
    mine = connections[0]
    place = Place(Connection, mine.pk, "refresh_token_box")
    old = place.read()
    stored.store_again(mine)
    place.write(old)
    Connection.objects.update(access_expires_at=timezone.now())
    with pytest.raises(tokens.NeedsReconnect):
        tokens.bearer(_fresh(mine.pk))
    assert _alarm_of(place)
    assert sandbox_server.process.ledger() == []


def _roll_back(connection: Connection) -> None:
    """Put the whole row back to what it was before the newest tokens came, generation and all."""
    rolled = ("access_token_box", "refresh_token_box", "generation", "access_expires_at")
    old = Connection.objects.filter(pk=connection.pk).values(*rolled).get()
    stored.store_again(connection)
    Connection.objects.filter(pk=connection.pk).update(**old)


@pytest.mark.attack("T26")
def test_a_row_put_back_as_a_whole_is_found_at_night_and_stopped(connections: list[Connection]) -> None:
    mine = connections[0]
    _roll_back(mine)
    assert verification.verify().parked == 1
    assert not _fresh(mine.pk).is_usable
    assert [(alarm.cause, alarm.subject) for alarm in alarms.recent()] == [(alarms.Cause.OLDER, mine.pk)]
    assert verification.verify().is_clean


@pytest.mark.attack("T26")
def test_a_row_put_back_as_a_whole_is_not_renewed(connections: list[Connection], sandbox_server: SandboxServer) -> None:
    mine = connections[0]
    _roll_back(mine)
    with pytest.raises(tokens.NeedsReconnect, match="changed outside"):
        tokens.bearer(_fresh(mine.pk))
    assert sandbox_server.process.ledger() == []


@pytest.mark.attack("T26")
def test_after_a_reconnect_no_generation_comes_a_second_time(connections: list[Connection]) -> None:
    """Otherwise the boxes of the first time would open again."""
    mine = connections[0]
    newest = stored.store_again(mine).generation
    Connection.objects.filter(pk=mine.pk).update(generation=0)
    assert stored.store_again(mine).generation == newest + 1


@pytest.mark.attack("T24")
def test_tokens_for_an_address_that_changed_since_are_no_alarm(connections: list[Connection]) -> None:
    """They do not open either, but nobody has touched them."""
    mine = connections[0]
    Tenant.objects.filter(pk=mine.tenant_id).update(rest_endpoint="http://127.0.0.1:9/ccx/api/v1/acme")
    with pytest.raises(tokens.NeedsReconnect, match="present addresses"):
        tokens.bearer(_fresh(mine.pk))
    assert alarms.recent() == []

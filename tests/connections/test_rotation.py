from __future__ import annotations

import threading
from collections.abc import Iterator
from io import StringIO

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from accounts.models import User
from audit.models import Event
from connections import boxes, changes, clients, grants, vault
from connections.models import Connection, KeyCheck, Tenant, TenantChange
from tests.attacks import stored
from tests.connections.conftest import CLIENT_SECRET
from tests.key_ring import NEW, OLD, environment, ring
from workday.secret import Secret


@pytest.fixture(autouse=True)
def _old_key(db: None) -> Iterator[None]:
    """Everything a test stores is sealed with the old key, unless it says otherwise."""
    with ring(OLD):
        vault.prove_keys()
        yield


def rotate(*, batch: int = 200, patience: float = 0) -> str:
    told = StringIO()
    call_command("rotate_token_keys", batch=batch, patience=patience, stdout=told)
    return told.getvalue()


def under(key_id: str) -> int:
    return sum(counter[key_id] for counter in boxes.counts().values())


def fresh(connection: Connection) -> Connection:
    return Connection.objects.select_related("tenant").get(pk=connection.pk)


@pytest.fixture
def waiting(tenant: Tenant, administrator: User) -> TenantChange:
    return stored.ask_for_change(tenant, "the-next-secret", administrator)


def test_everything_is_moved_and_the_old_key_may_go(connected: Connection, waiting: TenantChange) -> None:
    assert under("k001") == 4
    with ring(NEW, OLD):
        told = rotate()
    assert (under("k001"), under("k002")) == (0, 4)
    assert "access tokens: k002: 1" in told
    assert "Nothing is left" in told
    with ring(NEW):
        vault.prove_keys()
        kept = fresh(connected)
        assert grants.access_token(kept)
        assert grants.refresh_token(kept)
        assert clients.api_client(kept.tenant).client_secret == Secret(CLIENT_SECRET)
        wanted = changes.wanted(kept.tenant, TenantChange.objects.get())
        assert clients.api_client(wanted).client_secret == Secret("the-next-secret")


def test_the_tokens_stay_the_very_same(connected: Connection) -> None:
    before = (grants.access_token(fresh(connected)), grants.refresh_token(fresh(connected)))
    with ring(NEW, OLD):
        rotate()
        assert (grants.access_token(fresh(connected)), grants.refresh_token(fresh(connected))) == before
    assert fresh(connected).generation == connected.generation


def test_done_once_it_does_nothing_more(connected: Connection) -> None:
    with ring(NEW, OLD):
        rotate()
        box = fresh(connected).access_token_box
        rotate()
        assert fresh(connected).access_token_box == box


def test_a_connection_without_tokens_is_passed_by(connection: Connection) -> None:
    with ring(NEW, OLD):
        assert "Nothing is left" in rotate()


def test_a_box_that_does_not_open_is_left_and_named(connected: Connection, tenant: Tenant) -> None:
    Tenant.objects.update(secret_generation=99)
    with ring(NEW, OLD):
        with pytest.raises(CommandError, match=f"1 left .*\ntenant {tenant.pk} .does not open.") as failed:
            rotate()
        assert failed.value.returncode == 1
        assert (under("k001"), under("k002")) == (1, 2)
    with ring(NEW), pytest.raises(ImproperlyConfigured, match="lacks the key k001"):
        vault.prove_keys()


def test_one_bad_token_does_not_keep_its_neighbour_back(connected: Connection) -> None:
    Connection.objects.update(access_token_box=connected.refresh_token_box)
    with ring(NEW, OLD):
        with pytest.raises(CommandError, match="1 left"):
            rotate()
        assert grants.refresh_token(fresh(connected))
        assert vault.key_id_of(fresh(connected).refresh_token_box or b"") == "k002"


def test_a_wrong_ring_moves_nothing(connected: Connection) -> None:
    with ring(NEW), pytest.raises(CommandError, match="lacks the key k001") as failed:
        rotate()
    assert failed.value.returncode == 2
    assert under("k001") == 3


def test_which_key_was_retired_is_recorded(connected: Connection) -> None:
    with ring(NEW, OLD):
        rotate()
    assert Event.objects.get(verb="vault.key_retired").data == {"key_id": "k001"}
    assert list(KeyCheck.objects.values_list("key_id", flat=True)) == ["k002"]


def test_a_retired_key_that_somebody_has_sealed_with_since_is_still_needed(connected: Connection) -> None:
    """A process that was never restarted does so."""
    old_box = bytes(connected.access_token_box or b"")
    with ring(NEW, OLD):
        rotate()
    Connection.objects.update(access_token_box=old_box)
    with ring(NEW), pytest.raises(ImproperlyConfigured, match="lacks the key k001"):
        vault.prove_keys()


def test_damage_to_one_boxes_key_id_stops_no_process(connected: Connection) -> None:
    box = bytes(connected.access_token_box or b"")
    Connection.objects.update(access_token_box=box[:1] + b"zzzz" + box[5:])
    vault.prove_keys()


@pytest.fixture
def renewal(connected: Connection) -> Iterator[psycopg.Connection]:
    """Somebody else's transaction that holds the connection's row, as a renewal of its token does."""
    with psycopg.connect(environment()["DATABASE_URL"]) as holder:
        holder.execute("SELECT 1 FROM connections_connection FOR UPDATE")
        yield holder


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_locked_is_not_waited_for(connected: Connection, renewal: psycopg.Connection) -> None:
    with ring(NEW, OLD), pytest.raises(CommandError, match=f"connection {connected.pk} .is locked."):
        rotate()
    assert (under("k001"), under("k002")) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_later_pass_takes_what_was_locked(connected: Connection, renewal: psycopg.Connection) -> None:
    ending = threading.Timer(0.3, renewal.rollback)
    ending.start()
    with ring(NEW, OLD):
        rotate(patience=30)
    ending.join()
    assert (under("k001"), under("k002")) == (0, 3)


@pytest.mark.parametrize("batch", [1, 3, 7])
def test_every_size_of_batch_takes_every_row(tenant: Tenant, batch: int) -> None:
    people = User.objects.bulk_create([User(email=f"person{number}@example.test") for number in range(7)])
    for person in people:
        stored.store(person, tenant)
    with ring(NEW, OLD):
        rotate(batch=batch)
        assert (under("k001"), under("k002")) == (0, 15)

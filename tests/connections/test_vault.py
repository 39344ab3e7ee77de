from __future__ import annotations

import base64
import dataclasses
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured

from connections import grants, keyring, vault
from connections.models import Connection, KeyCheck, Tenant
from connections.vault import Binding, Sealed, UnknownKey
from workday.secret import Secret

CANARY = "canary-token"
BINDING = Binding("access", uuid.uuid4(), "https://a", uuid.uuid4(), uuid.uuid4(), 3)
SetRing = Callable[..., None]


def key(key_id: str, fill: str) -> str:
    return f"{key_id}:{base64.urlsafe_b64encode(fill.encode() * 32).decode()}"


@pytest.fixture
def set_ring(settings: LazySettings) -> Iterator[SetRing]:
    def change(*keys: str) -> None:
        settings.TOKEN_KEYS = ",".join(keys)
        keyring.ring.cache_clear()

    yield change
    keyring.ring.cache_clear()


def test_what_was_sealed_opens() -> None:
    assert vault.open_box(vault.seal(Secret(CANARY), BINDING), BINDING) == Secret(CANARY)


@pytest.mark.attack("T23")
def test_the_box_does_not_show_what_is_in_it() -> None:
    assert CANARY.encode() not in vault.seal(Secret(CANARY), BINDING)


def test_the_same_secret_never_makes_the_same_box() -> None:
    assert len({vault.seal(Secret(CANARY), BINDING) for _ in range(1000)}) == 1000


@pytest.mark.attack("T24")
@pytest.mark.attack("T26")
@pytest.mark.parametrize(
    "other",
    [
        {"purpose": "refresh"},
        {"tenant": uuid.uuid4()},
        {"origin": "https://b"},
        {"user": uuid.uuid4()},
        {"user": None},
        {"connection": uuid.uuid4()},
        {"generation": 2},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_box_opens_only_where_it_belongs(other: dict[str, object]) -> None:
    box = vault.seal(Secret(CANARY), BINDING)
    with pytest.raises(Sealed):
        vault.open_box(box, dataclasses.replace(BINDING, **other))  # type: ignore[arg-type]  # One field at a time.


@pytest.mark.attack("T27")
def test_a_box_with_any_byte_changed_does_not_open() -> None:
    box = vault.seal(Secret(CANARY), BINDING)
    for place in range(len(box)):
        with pytest.raises(Sealed) as refused:
            vault.open_box(box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :], BINDING)
        # Nor may the tag or the parts of a token that was opened so far hang on the exception.
        assert (refused.value.__cause__, refused.value.__context__) == (None, None)
        assert CANARY not in repr(refused.value)


@pytest.mark.attack("T27")
@pytest.mark.parametrize("box", [None, b"", b"\x01", b"\x02" * 60, CANARY.encode() * 5])
def test_what_is_no_box_is_never_taken_for_a_secret(box: bytes | None) -> None:
    with pytest.raises(Sealed):
        vault.open_box(box, BINDING)


@pytest.mark.attack("T27")
def test_a_key_that_is_not_in_the_ring_is_told_apart(set_ring: SetRing) -> None:
    box = vault.seal(Secret(CANARY), BINDING)
    set_ring(key("k999", "z"))
    with pytest.raises(UnknownKey):
        vault.open_box(box, BINDING)


@pytest.mark.attack("T24")
def test_no_token_of_one_connection_opens_as_another(tenant: Tenant, connected: Connection) -> None:
    other = Connection(tenant=tenant, user=connected.user, generation=connected.generation)
    other.access_token_box, other.refresh_token_box = connected.refresh_token_box, connected.access_token_box
    for opened in (grants.access_token, grants.refresh_token):
        with pytest.raises(Sealed):
            opened(other)


def test_a_box_of_an_earlier_release_still_opens(set_ring: SetRing) -> None:
    """What is stored must stay readable, so neither the format nor the spelling of what it is bound to may change."""
    set_ring(key("k001", "a"))
    binding = Binding("access", uuid.UUID(int=1), "https://a https://b", uuid.UUID(int=2), uuid.UUID(int=3), 3)
    box = "016b303031000000000000000000000000f434c4de83d85233439a896fc04e573edc270334d9a957"
    assert vault.open_box(bytes.fromhex(box), binding) == Secret("a token")


def test_the_same_keys_are_proved_again_and_again(db: None) -> None:
    vault.prove_keys()
    vault.prove_keys()
    assert KeyCheck.objects.count() == 1


@pytest.mark.attack("T27")
def test_another_value_under_a_known_id_stops_the_process(db: None, set_ring: SetRing) -> None:
    set_ring(key("k001", "a"))
    vault.prove_keys()
    set_ring(key("k001", "b"))
    with pytest.raises(ImproperlyConfigured, match="another value for the key k001"):
        vault.prove_keys()


@pytest.mark.attack("T27")
def test_a_missing_key_stops_the_process(db: None, set_ring: SetRing) -> None:
    set_ring(key("k001", "a"))
    vault.prove_keys()
    set_ring(key("k002", "b"))
    with pytest.raises(ImproperlyConfigured, match="lacks the key k001"):
        vault.prove_keys()

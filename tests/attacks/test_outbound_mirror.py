"""Whatever stands in a listing: the mirror becomes just what it shows, or stays as it was and says why.

ATTACK_EXAMPLES=300 or more makes this the long run, of 300 listings.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from connections import linking
from connections.models import Connection
from inbox.models import InboxSync, InboxTask
from inbox.sync import sync_inbox
from tests.attacks import hostile
from tests.attacks.scripted import answer, tenant_of
from tests.workday.far_side import FarSide, far_side
from workday.answers import Worker
from workday.oauth import Grant
from workday.secret import Secret

EXAMPLES = min(int(os.environ.get("ATTACK_EXAMPLES") or 0), 300)
FIRST = [{**hostile.ITEM, "id": letter * 32} for letter in "cde"]
NO_MORE = answer(200, {"data": []})


class Listing:
    """A Workday that shows these pages, one after the other, and then an empty one."""

    def __init__(self) -> None:
        self.pages: list[bytes] = []
        self.far: FarSide

    def behave(self, stream: Any) -> None:
        stream.sendall(self.pages.pop(0) if self.pages else NO_MORE)


@pytest.fixture
def listing(settings: LazySettings) -> Iterator[Listing]:
    listing = Listing()
    with far_side(listing.behave) as listing.far:
        settings.WORKDAY_PLAIN_ORIGINS = [listing.far.url]
        yield listing


@pytest.fixture
def connection(listing: Listing, owner: User) -> Connection:
    grant = Grant(Secret("an-access-token"), Secret("a-refresh-token"), 3600)
    return linking.store_person(owner, tenant_of(listing.far), grant, Worker("a" * 32, owner.name))


def mirror(connection: Connection) -> list[Any]:
    return list(InboxTask.objects.filter(connection=connection).order_by("wid").values())


def listed(connection: Connection, listing: Listing, *pages: bytes) -> InboxSync:
    InboxSync.objects.all().delete()
    listing.pages = list(pages)
    sync_inbox(connection.pk)
    return InboxSync.objects.get(connection=connection)


def ids(*pages: bytes) -> set[str]:
    return {item["id"] for page in pages for item in json.loads(page.partition(b"\r\n\r\n")[2]).get("data") or []}


one_wrong = hostile.mutated(hostile.ITEM, at_least=1)
pages = st.lists(one_wrong | st.just(hostile.ITEM), min_size=1, max_size=3).map(lambda items: {"data": items})
listings = st.builds(hostile.whole, st.just(200), pages.map(hostile.encoded) | hostile.bodies)


@pytest.mark.attack("T44")
def test_a_mirror_is_never_half_stored_and_always_shown(
    connection: Connection, listing: Listing, owner: User, client: Client
) -> None:
    ends: Counter[str] = Counter()
    client.force_login(owner)
    honest = answer(200, {"data": FIRST})
    edge = {**hostile.ITEM, "assigned": "0001-01-01T00:00:00+14:00", "due": "9999-12-31"}

    @settings(
        max_examples=EXAMPLES or 40,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @example(hostile.whole(200, hostile.encoded({"data": [edge]})))
    @example(hostile.whole(200, hostile.encoded({"data": [{"id": "b" * 32, "due": "0001-01-01"}]})))
    @example(hostile.whole(200, hostile.encoded({"data": [{"id": "b", "overallProcess": {"href": "http://[x/a/b"}}]})))
    @given(listings)
    def holds(page: bytes) -> None:
        InboxTask.objects.all().delete()
        assert not listed(connection, listing, honest).failure
        before = mirror(connection)
        more = answer(200, {"data": [{**hostile.ITEM, "id": "f" * 32}]})
        state = listed(connection, listing, more, page)
        if state.failure:
            ends["kept"] += 1
            assert mirror(connection) == before
        else:
            ends["stored"] += 1
            shown = set(InboxTask.objects.filter(connection=connection).open().values_list("wid", flat=True))
            assert shown == ids(more, page)
        assert client.get(reverse("inbox:list")).status_code == 200

    holds()
    assert min(ends["kept"], ends["stored"]) > 3, ends

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.db import connection as database

from accounts.models import User
from connections import failpoints
from inbox.drain import drain
from inbox.models import InboxTask, Lane
from tests.conftest import make_decision

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _harmless_afterwards() -> Iterator[None]:
    yield
    failpoints.disarm()
    database.close()


def test_a_drainer_whose_database_connection_is_cut_gives_the_lane_back(task: InboxTask, owner: User) -> None:
    decision = make_decision(task, owner)
    failpoints.arm("claimed:cut")
    # Only connections made from now on are known to the fail-point.
    database.close()
    with pytest.raises(DatabaseError):
        drain(decision.tenant_id)
    assert Lane.take(decision.tenant_id, 60.0), "the tenant's other decisions wait for the lease to run out"

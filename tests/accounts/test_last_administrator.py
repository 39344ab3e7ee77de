from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import User
from accounts.people import NotAllowed, set_active, set_administrator

Change = Callable[..., None]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [set_administrator, set_active])
def test_two_administrators_who_remove_each_other_at_once_leave_one(change: Change) -> None:
    for attempt in range(5):
        ann, ben = (
            User.objects.create_user(f"{n}{attempt}@example.test", is_administrator=True) for n in ("ann", "ben")
        )
        refusals = at_the_same_time(change, (ann, ben), (ben, ann))
        left = User.objects.filter(pk__in=[ann.pk, ben.pk], is_administrator=True, is_active=True)
        assert left.count() == 1
        assert refusals == ["You are no longer an administrator."]


def at_the_same_time(change: Change, *pairs: tuple[User, User]) -> list[str]:
    """Run `change(person, False, by=other)` for all pairs in threads that start together; return what was refused."""
    refusals: list[str] = []
    start = threading.Barrier(len(pairs))

    def one(person: User, other: User) -> None:
        start.wait(5)
        try:
            change(person, False, by=other)
        except NotAllowed as refusal:
            refusals.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return refusals

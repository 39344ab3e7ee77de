from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model import world


@pytest.fixture
def small_world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The rows that every story begins with are committed; each story is one transaction that is rolled back."""
    world.build()
    with world.in_memory(monkeypatch):
        yield

"""The quick part of the crash matrix: real processes die, fail and lose their database, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.matrix import Round, quick
from tests.crash.stage import Stage, stage

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def here() -> Iterator[Stage]:
    with stage(tasks=20) as ready:
        yield ready


@pytest.mark.parametrize("a_round", quick(), ids=str)
def test_nothing_is_lost_doubled_or_misreported(here: Stage, a_round: Round) -> None:
    assert here.play(a_round).findings == []

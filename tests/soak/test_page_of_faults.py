"""The page about a soak says what happened, and does not look better than the run was."""

from __future__ import annotations

from collections import Counter

import pytest

from soak import kills, page_of_faults, stores, weather
from soak.ledgers import Finding, Kind
from soak.page_of_faults import Conditions
from soak.plants import PLANTS
from soak.result import Result, percentile
from soak.stage import Record

UNDER = Conditions(seed=4711, minutes=11, deadlines={"LEASE_SECONDS": 12.0}, missed_plants=[])


def written(*findings: Finding, under: Conditions = UNDER, waited: float = 12.5) -> str:
    faults = Counter({fault.name: 3 for fault in (*kills.FAULTS, *stores.FAULTS, *weather.FAULTS)})
    record = Record(faults, kills=210, redis_losses=21, postgres_restarts=11, far_faults=301, pickups=[0.4, 2.0])
    found = Result(
        findings=list(findings),
        record=record,
        states=Counter(applied=2900, refused=150),
        clicks=3400,
        acknowledged=3050,
        far_requests=9000,
        sends=3100,
        ended_tokens=4,
        recovery=[1.0, 2.0, 12.0],
        waited=waited,
        click_seconds={"frozen": [0.9], "working": [0.1]},
    )
    return page_of_faults.written(found, under)


def test_it_tells_the_figures_the_seed_and_the_deadlines() -> None:
    page = written()
    assert "**Nothing was lost, doubled or misreported.**" in page
    for told in (
        "seed 4711",
        "`LEASE_SECONDS` 12",
        "| Decisions | 3,050 |",
        "| 210 |",
        "| 301 |",
        "12.5 s",
        "4 sends were refused",
    ):
        assert told in page
    assert f"found {len(PLANTS)} of {len(PLANTS)}" in page


def test_every_fault_is_listed_with_how_often_it_was_played() -> None:
    page = written()
    for fault in (*kills.FAULTS, *stores.FAULTS, *weather.FAULTS):
        assert f"| {fault.name} | {fault.rows} | 3 |" in page


@pytest.mark.parametrize("kind", Kind)
def test_a_run_with_a_violation_says_so(kind: Kind) -> None:
    page = written(Finding(kind, "d1"))
    assert "did NOT pass" in page
    assert "No violation" not in page
    assert f"| {kind.value.capitalize()} | 1 | 0 |" in page


def test_a_late_run_and_a_blind_checker_are_told() -> None:
    assert "did NOT pass" in written(waited=95.0)
    blind = Conditions(4711, 11, {}, missed_plants=["lose_a_row"])
    assert f"found {len(PLANTS) - 1} of {len(PLANTS)}" in written(under=blind)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([0.1] * 99 + [9.0], 99) == 0.1
    assert percentile([0.1] * 98 + [9.0] * 2, 99) == 9.0
    assert percentile([], 99) == 0.0

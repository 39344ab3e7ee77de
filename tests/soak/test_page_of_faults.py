"""The page about a soak says what happened, and does not look better than the run was."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest

from soak import kills, page_of_faults, stores, weather
from soak.ledgers import Finding, Kind
from soak.page_of_faults import Conditions
from soak.plants import PLANTS
from soak.result import Result, percentile
from soak.stage import Record

UNDER = Conditions(seed=4711, deadlines={"LEASE_SECONDS": 12.0})


def written(*findings: Finding, **more: Any) -> str:
    faults = Counter({fault.name: 3 for fault in (*kills.FAULTS, *stores.FAULTS, *weather.FAULTS)})
    record = Record(faults, kills=210, redis_losses=21, postgres_restarts=11, far_faults=301, pickups=[0.4, 2.0])
    found = Result(
        minutes=11,
        findings=list(findings),
        record=record,
        states=Counter(applied=2900, refused=150),
        clicks=3400,
        acknowledged=3050,
        far_requests=9000,
        sends=3100,
        ended_tokens=4,
        recovery=[1.0, 2.0, 12.0],
        waited=12.5,
        click_seconds={"frozen": [0.9], "working": [0.1]},
        sent_back=77,
        classic=1001,
    )
    return page_of_faults.written(dataclasses.replace(found, **more), UNDER)


def test_it_tells_the_figures_the_seed_and_the_deadlines() -> None:
    page = written()
    assert "**Nothing was lost, doubled or misreported.**" in page
    words = " ".join(page.split())
    for told in (
        "seed 4711",
        "`LEASE_SECONDS` 12",
        "| Decisions | 3,050 |",
        "| 210 |",
        "| 301 |",
        "12.5 s",
        "4 sends were refused",
        "77 of them were to be",
        "1,001 were of the tenant that decides with the classic",
    ):
        assert told in words
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


def test_a_late_run_and_a_blind_checker_are_told_with_the_reason() -> None:
    late = written(waited=95.0)
    assert "did NOT pass" in late
    assert "- late: decisions were final only 95 s" in late
    blind = written(missed_plants=["lose_a_row"])
    assert "did NOT pass" in blind
    assert f"found {len(PLANTS) - 1} of {len(PLANTS)}" in blind


def test_a_goal_that_was_missed_fails_a_full_run_and_a_short_one_says_that_it_is_not_judged_by_it() -> None:
    few = Counter(applied=2999)
    assert "- too little: Decisions 2999, at least 3000" in written(states=few)
    short = written(states=few, minutes=3)
    assert "did NOT pass" not in short
    assert "less than 10 minutes is judged neither by how much was broken" in " ".join(short.split())


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([0.1] * 99 + [9.0], 99) == 0.1
    assert percentile([0.1] * 98 + [9.0] * 2, 99) == 9.0
    assert percentile([], 99) == 0.0

"""Deadlines nest, or the product does not start: a lease that ends during a send would let two workers send."""

from __future__ import annotations

import pytest

from tests.settings_process import REAL, start_with

NESTED = {"READ_SECONDS": "1", "SEND_SECONDS": "2", "LEASE_SECONDS": "4", "GRACE_SECONDS": "1"}


def test_a_demo_may_shorten_them_as_long_as_they_nest() -> None:
    assert start_with(**NESTED) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"LEASE_SECONDS": "3"},
        {"LEASE_SECONDS": "90"},
        {"READ_SECONDS": "3"},
        {"READ_SECONDS": "0"},
    ],
    ids=str,
)
def test_a_set_that_does_not_nest_is_refused(wrong: dict[str, str]) -> None:
    assert "LEASE_SECONDS" in start_with(**{**NESTED, **wrong})


@pytest.mark.parametrize("name", ["GRACE_SECONDS", "SWEEP_SECONDS"])
def test_waiting_no_time_at_all_is_refused(name: str) -> None:
    assert name in start_with(**{**NESTED, name: "0"})


@pytest.mark.parametrize("name", ["SEND_SECONDS", "GRACE_SECONDS"])
def test_a_real_installation_cannot_shorten_them(name: str) -> None:
    assert f"{name} must be at least" in start_with(**REAL, **{name: "1"})


def test_a_real_installation_leaves_time_for_a_token_to_be_renewed() -> None:
    assert "22 s for a token" in start_with(**REAL, SEND_SECONDS="40", LEASE_SECONDS="65")


def test_a_real_installation_may_give_a_slow_workday_more_time() -> None:
    assert start_with(**REAL, SEND_SECONDS="30", LEASE_SECONDS="80") == ""

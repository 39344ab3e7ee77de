"""Faults are drawn by lot, but the same seed draws the same ones and no kind is left out for long."""

from __future__ import annotations

from random import Random
from typing import cast

from soak import kills, stores, weather
from soak.stage import Fault, Record, Stage, Track


class Scene:
    """Stands in for the stage where no fault does anything."""

    def __init__(self) -> None:
        self.record = Record()


def play(track: Track, times: int) -> Record:
    scene = Scene()
    for _ in range(times):
        track.play(cast(Stage, scene))
    return scene.record


def quiet(names: dict[str, int], drawn: list[str] | None = None, refused: str = "") -> tuple[Fault, ...]:
    def fault(name: str, share: int) -> Fault:
        def do(stage: Stage, rng: Random) -> bool | None:
            if drawn is not None:
                drawn.append(name)
            return False if name == refused else None

        return Fault(name, "F00", share, do)

    return tuple(fault(name, share) for name, share in names.items())


def test_the_same_seed_draws_the_same_faults_and_another_seed_others() -> None:
    orders: list[list[str]] = []
    for seed in (7, 7, 8):
        orders.append([])
        play(Track("t", quiet({str(n): 1 for n in range(30)}, orders[-1]), 1.0, seed), 30)
    assert orders[0] == orders[1] != orders[2]


def test_every_round_holds_each_fault_as_often_as_its_share() -> None:
    record = play(Track("t", quiet({"often": 5, "seldom": 1}), 1.0, seed=1), 12)
    assert record.faults == {"often": 10, "seldom": 2}


def test_a_fault_that_cannot_be_played_now_is_not_counted_and_comes_again() -> None:
    drawn: list[str] = []
    record = play(Track("t", quiet({"a": 1, "b": 1}, drawn, refused="a"), 1.0, seed=1), 6)
    assert record.faults["a"] == 0
    assert drawn.count("a") > 1


def test_every_row_of_the_matrix_that_is_promised_is_played() -> None:
    tracks = (*kills.FAULTS, *stores.FAULTS, *weather.FAULTS)
    rows = {row for fault in tracks for row in fault.rows.split()}
    # The people's own stories play F32 to F34; the page says why the other rows are not played.
    by_lot = {f"F{n:02}" for n in range(1, 39)} - {"F09", "F11", "F23", "F32", "F33", "F34", "F36"}
    assert rows == by_lot

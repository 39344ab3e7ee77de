"""`make soak`: break everything that can be broken here for some minutes, then hold three ledgers against each other.

Exit code 1 when anything was lost, doubled, misreported, sent blindly or with a foreign token, or came too late, when
the checker is blind, and when a run of ten minutes or more broke less than its goals ask for or was slow.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from dev.interrupts import Interrupts
from dev.problems import CommandError, Stopped
from soak import collect, evidence, kills, page_of_faults, plants, result, settle, stores, verdict, weather
from soak.judging import Ledgers, judge
from soak.notes import Note, read
from soak.page_of_faults import Conditions
from soak.places import CLASSIC
from soak.result import Result
from soak.stage import Stage, Track
from soak.system import System

WARM_UP_SECONDS = 8.0
CLICKS_PER_PERSON = 1.25
TELL_SECONDS = 30.0
MOST_STORIES = 20
MOST_PROBLEMS = 50


def main(arguments: list[str]) -> int:
    """Returns the exit code. Raises CommandError when a part cannot be started, and Stopped."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="countersign-soak-", ignore_cleanup_errors=True) as folder:
        system = System(Path(folder), Interrupts())
        try:
            system.start()
            found = _soak(system, options)
        finally:
            system.stop()
    for end in found.own_ends:
        print(f"ended by itself: {end}")
    for_page = options.write is not None
    problems = verdict.problems(found, for_page=for_page)
    for problem in problems[:MOST_PROBLEMS]:
        print(problem)
    if options.write:
        options.write.write_text(page_of_faults.written(found, Conditions(options.seed, system.effective)))
    print(verdict.line(found, for_page=for_page), flush=True)
    return 1 if problems else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long faults are played (10)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="draws the same faults again")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page about it")
    options = parser.parse_args(arguments)
    if not 0.25 <= options.minutes <= 120:
        parser.error("--minutes must lie between 0.25 and 120")
    return options


def _soak(system: System, options: argparse.Namespace) -> Result:
    stage = Stage(system)
    settle.use_rotation(stage)
    notes_file = system.folder / "clicks"
    until = time.time() + WARM_UP_SECONDS + options.minutes * 60
    _seat_people(system, options.seed, until, notes_file)
    print(f"soak: seed {options.seed}, {options.minutes:g} minutes, deadlines {system.effective}", flush=True)
    _break_things(stage, options.seed, until)
    settle.end_faults(stage)
    stopped = time.time()
    waited = settle.wait(stage)
    system.stop_product()
    return _compared(stage, list(read(notes_file)), options.minutes, stopped, waited)


def _seat_people(system: System, seed: int, until: float, notes: Path) -> None:
    facts = {
        "url": system.url,
        "far_sides": [far.url for far in system.far_sides],
        "database_url": system.database_url,
        "password": system.password,
        "seed": seed,
        "rate": CLICKS_PER_PERSON,
        "undo": system.effective["UNDO_SECONDS"],
        "until": until,
        "notes": str(notes),
    }
    path = system.folder / "people.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(facts))
    notes.touch()
    system.run("people", "soak.people", str(path))


def _break_things(stage: Stage, seed: int, until: float) -> None:
    """One thread plays all faults, each track at its own pace, until the time has come."""
    begin = time.time() + WARM_UP_SECONDS
    stage.system.interrupts.wait_for(lambda: time.time() >= begin, 2 * WARM_UP_SECONDS, "The clock stands still.")
    tracks = (
        Track("kills", kills.FAULTS, 2.6, seed),
        Track("stores", stores.FAULTS, 10.0, seed),
        Track("weather", weather.FAULTS, 0.85, seed),
    )
    tell_at = time.monotonic() + TELL_SECONDS
    while time.time() < until:
        stage.tick()
        for track in tracks:
            if track.is_due():
                track.play(stage)
        if time.monotonic() > tell_at:
            tell_at += TELL_SECONDS
            print(f"  {until - time.time():.0f} s left, {sum(stage.record.faults.values())} faults", flush=True)
        stage.system.interrupts.pause(0.03)


def _compared(stage: Stage, notes: list[Note], minutes: float, stopped: float, waited: float) -> Result:
    system = stage.system
    rows = collect.rows(system.database_url)
    run = Ledgers(notes, rows, collect.far_ledger(system.far_sides), collect.steps(system.far_sides, rows.tenants))
    findings = judge(run)
    for finding in findings[:MOST_STORIES]:
        print(finding, *evidence.story(finding, rows, run.far, notes), sep="\n")
    print(*evidence.slow_clicks(notes, stage.record, verdict.CLICK_GOAL), sep="\n")
    return Result(
        minutes=minutes,
        findings=findings,
        record=stage.record,
        states=Counter(row.state for row in rows.decisions),
        clicks=sum(note.kind == "decide" for note in notes),
        acknowledged=len({note.nonce for note in notes if note.kind == "decide" and note.status == 200}),
        far_requests=len(run.far),
        sends=sum(len(row.attempts) for row in rows.decisions),
        ended_tokens=result.ended_tokens(run.far),
        recovery=result.recovery(rows, stopped),
        waited=waited,
        click_seconds=result.without_redis(notes, stage.record.redis_windows),
        stories=Counter(story for story, _ in {(note.story, note.task) for note in notes}),
        own_ends=[end for part in system.parts.values() for end in part.own_ends],
        missed_plants=plants.missed(run),
        sent_back=sum(row.action == "send_back" for row in rows.decisions),
        classic=sum(rows.tenants[row.task] in CLASSIC for row in rows.decisions),
    )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CommandError as problem:
        sys.exit(str(problem))
    except Stopped:
        sys.exit(130)

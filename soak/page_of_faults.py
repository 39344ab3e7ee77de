"""Writes docs/faults.md: what was broken on purpose, how often, what came of it, and what was not tried."""

from __future__ import annotations

import datetime
import os
import platform
import shutil
import subprocess
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from soak import kills, stores, verdict, weather
from soak.ledgers import Kind
from soak.places import ACCOUNTS, PLACES
from soak.plants import PLANTS
from soak.result import Result, percentile
from soak.settle import GOAL_SECONDS
from soak.stage import Fault
from soak.system import THREADS, WORKERS
from soak.verdict import AMOUNTS, CLICK_GOAL, FULL_MINUTES, PICKUP_GOAL

TRACKS = (
    ("Processes", kills.FAULTS),
    ("Redis and PostgreSQL", stores.FAULTS),
    ("The far side and the way to it", weather.FAULTS),
)
STORY_ROWS = {
    "send back": "",
    "double click": "F33",
    "both tabs at once": "F32 F33",
    "undo": "F34",
    "opposite click": "F32",
    "decided before": "F31",
    "decided after": "F31",
    "edited before": "F31",
    "reassigned before": "F31",
    "deleted before": "F31",
}
NOT_TRIED = (
    "F01 to F06, F08 and F25 at chosen points: where a fault lands is chance here. `make crash` strikes each in turn.",
    "F07, F10 and F21 for minutes on end, and F32 and F34 a thousand times: here they share the time with all others.",
    "F09 (a pool's child killed alone): a worker is one process with threads, and that process is what is killed.",
    "F11 (a worker that cannot start): a matter of deployment; a worker with a wrong key is covered by a test.",
    "F12 as an hour without any worker, and F15 as thirty minutes without Redis: seconds only, to keep the run short.",
    "F23 (disk full, read-only database), F41 (logs), F43 (restore) and F44 (a missing key on one of two workers).",
    "F26 with an absurd `Retry-After`: obeyed up to a cap of ten minutes, it would outlast the 90 s allowed here.",
    "F28 as DNS and TLS failures: the sandbox tenants are reached by loopback and plain HTTP; tests cover both.",
    "F31 as a list that stays stale for two hours: 15 s here.",
    "F36 as fifty processes refreshing at one moment: a test of its own does that; here refreshes collide by chance.",
    "F39, F40 and F42 (a wrong client secret, wrong clocks, two versions side by side).",
    "What ledgers cannot tell: that no page says Approved too early, and no secret reaches a log. Other tests do.",
    "A power cut, and the failover of PostgreSQL to an asynchronous replica: an acknowledged commit can be lost there.",
    "A real Workday tenant. The far side is the sandbox tenant of this repository, which follows the public facts.",
)


MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions a run took place; `deadlines` are the settings in seconds."""

    seed: int
    deadlines: dict[str, float]


def written(found: Result, under: Conditions) -> str:
    """The whole page."""
    parts = [_head(found, under), _results(found), _told(found), _waited(found), _broken(found), _clicks(found)]
    return "\n".join([*parts, _checker(found), _not_tried()])


def _head(found: Result, under: Conditions) -> str:
    deadlines = ", ".join(f"`{name}` {value:g}" for name, value in under.deadlines.items())
    what = f"""
    This page is written by the soak from its own ledgers:
    `make soak MINUTES={found.minutes:g} SEED={under.seed} ARGS="--write docs/faults.md"`. It runs the whole product as
    real processes (gunicorn, {WORKERS} Celery workers of {THREADS} threads, beat, PostgreSQL, Valkey, {len(PLACES)}
    sandbox tenants) while {len(ACCOUNTS)} people click and faults are drawn by lot. Then it holds three ledgers against
    each other: the clicks that were acknowledged, the decisions with their attempts and audit events, and what the far
    side was asked and did."""
    how = f"""
    Commit {_commit()}, seed {under.seed}, {found.minutes:g} minutes, {datetime.datetime.now(datetime.UTC):%-d %B %Y},
    {os.cpu_count()} processors ({platform.machine()}) that other work shared. Deadlines are shortened, so that some
    minutes hold many lives of a lease; in seconds: {deadlines}. The same seed draws the same faults, but they do not
    meet the same moments."""
    return f"# What we break on purpose\n\n{_paragraph(what)}\n{_judged(found)}\n{_paragraph(how)}"


def _judged(found: Result) -> str:
    problems = verdict.problems(found)
    if problems:
        return f"**This run did NOT pass.**\n\n{_list(problems[:MOST_PROBLEMS])}"
    text = "**Nothing was lost, doubled or misreported.**"
    if not verdict.is_full(found):
        text += f" A run of less than {FULL_MINUTES:g} minutes is judged neither by how much was broken nor by the p99."
    return _paragraph(text)


def _results(found: Result) -> str:
    record, kinds = found.record, Counter(finding.kind for finding in found.findings)
    clicks, heard = percentile(found.redis_clicks, 99), max(record.pickups, default=0)
    rows = [
        *((amount.name, f"{amount.of(found):,}", f"at least {amount.least:,}") for amount in AMOUNTS),
        *((kind.value.capitalize(), str(kinds[kind]), "0") for kind in Kind),
        ("Every decision final after the last fault", f"{found.waited:.1f} s", f"at most {GOAL_SECONDS:g} s"),
        ("Click without Redis, p99", f"{clicks:.2f} s", f"at most {CLICK_GOAL:g} s"),
        ("All workers listening after Redis came back", f"{heard:.1f} s", f"at most {PICKUP_GOAL:g} s"),
    ]
    return "## Results\n\n" + _table(("", "Figure", "Goal"), rows)


def _told(found: Result) -> str:
    text = f"""
    The {found.decisions:,} decisions ended as {_counted(found.states.items())}. {found.sent_back:,} of them were to be
    sent back, and {found.classic:,} were of the tenant that decides with the classic inbox service. They took
    {found.sends:,} attempts, and the far side saw {found.far_requests:,} requests. When the faults stopped,
    {len(found.recovery)} decisions were under way; they ended after {percentile(found.recovery, 50):.1f} s (median),
    {percentile(found.recovery, 95):.1f} s (p95), {max(found.recovery, default=0):.1f} s (last). The {found.clicks:,}
    forms sent were answered with {found.acknowledged:,} acceptances; the others were refused in plain words, or met a
    web that was down and were
    sent again. {found.ended_tokens} sends were refused because their token had ended, as after a revoked grant; the
    far side remembers whom it gave each token, and the comparison holds these sends to that as well."""
    if not found.findings and found.decisions >= 3:
        # The rule of three: none in n trials leaves, at 95 %, a rate below 3/n.
        text += f"""
        No violation in {found.decisions:,} decisions shows, with 95 % confidence, a rate below one in
        {found.decisions // 3:,} under these faults; it does not show a rate of zero."""
    return _paragraph(text)


def _waited(found: Result) -> str:
    rows = [
        (name.capitalize(), str(len(taken)), *(f"{percentile(taken, part):.2f} s" for part in (50, 95, 99)))
        for name, taken in sorted(found.click_seconds.items())
    ]
    head = "How long an accepted click took to be answered, other faults included, by how Redis was:\n\n"
    return head + _table(("Redis", "Clicks", "Median", "p95", "p99"), rows)


def _broken(found: Result) -> str:
    text = "## What was broken\n\n" + _paragraph(f"""
    The rows (F01 ...) are those of our fault matrix. A fault of the far side is set for the next request of its kind
    and taken back when none has come within seconds, so not every one that was drawn met somebody:
    {found.record.far_faults:,} requests met one.""")
    for title, faults in TRACKS:
        text += f"\n{_table((title, 'Rows', 'Drawn'), _drawn(found, faults))}"
    return (
        text
        + "\n"
        + _paragraph(f"""
    {len(found.own_ends)} processes ended by themselves and were started again, as a process manager does: what starts
    while PostgreSQL does not answer ends at once, because it cannot prove its keys; and Celery's worker may end when it
    loses Redis. Neither holds anything that is not in the database.""")
    )


def _drawn(found: Result, faults: Sequence[Fault]) -> list[tuple[str, str, str]]:
    return [(fault.name, fault.rows, str(found.record.faults[fault.name])) for fault in faults]


def _clicks(found: Result) -> str:
    rows = [(name.capitalize(), rows, str(found.stories[name])) for name, rows in STORY_ROWS.items()]
    return "## What people and others did\n\n" + _table(("Story", "Rows", "Times"), rows)


def _checker(found: Result) -> str:
    seen = len(PLANTS) - len(found.missed_plants)
    text = f"After the run each of these was planted in its ledgers; the checker found {seen} of {len(PLANTS)}:"
    words = [(plant.__doc__ or plant.__name__).strip() for plant in PLANTS]
    return f"## Would it have been noticed?\n\n{text}\n\n{_list(words)}"


def _not_tried() -> str:
    return f"## What was not tried\n\n{_list(NOT_TRIED)}"


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False) + "\n"


def _list(texts: Sequence[str]) -> str:
    return "".join(f"- {text}\n" for text in texts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} ({count:,})" for name, count in sorted(counts, key=lambda each: -each[1])
    )


def _commit() -> str:
    """The checked-out commit, and whether files differ from it; "unknown" without git."""
    git = shutil.which("git")
    if not git:
        return "unknown"
    commit = subprocess.run([git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    changed = subprocess.run([git, "status", "--porcelain", "-uno"], capture_output=True, text=True, check=False).stdout
    return (commit.strip() or "unknown") + (" with changes" if changed.strip() else "")

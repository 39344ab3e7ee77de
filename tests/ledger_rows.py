"""Reading the rows for `soak.ledgers`, by plain SQL: the product's own code is what is being tested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import psycopg

from soak.ledgers import AttemptRow, DecisionRow

DECISIONS = """
    SELECT id::text, nonce::text, task_wid, worker_wid, action, state, send_back_to FROM inbox_decision
    WHERE %(all)s OR nonce::text = ANY(%(nonces)s) ORDER BY created_at
"""
MOVES = """
    SELECT subject::text, coalesce(data->>'before', ''), substr(verb, 10) FROM audit_event
    WHERE verb LIKE 'decision.%%' AND subject::text = ANY(%(ids)s) ORDER BY id
"""
ATTEMPTS = """
    SELECT decision_id::text, started_at, deadline_at, status, code FROM inbox_attempt
    WHERE decision_id::text = ANY(%(ids)s) ORDER BY decision_id, number
"""


def decision_rows(database: psycopg.Connection[Any], nonces: Collection[str] | None = None) -> list[DecisionRow]:
    """The decisions that came from these forms, or all, with their attempts and events."""
    wanted = {"all": nonces is None, "nonces": list(nonces or ())}
    found = database.execute(DECISIONS, wanted).fetchall()
    ids = {"ids": [row[0] for row in found]}
    moves, attempts = defaultdict(list), defaultdict(list)
    for subject, before, after in database.execute(MOVES, ids):
        moves[subject].append((before, after))
    for subject, started, deadline, status, code in database.execute(ATTEMPTS, ids):
        attempts[subject].append(AttemptRow(started, deadline, status, code))
    return [
        DecisionRow(key, nonce, task, worker, action, state, moves[key], attempts[key], to)
        for key, nonce, task, worker, action, state, to in found
    ]

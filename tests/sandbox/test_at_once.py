from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.sandbox.api_client import Answer, ApiClient, codes
from tests.sandbox.process import SandboxProcess

_THREADS = 12


def _at_once(work: list[Callable[[], Answer]]) -> list[Answer]:
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(lambda each: each(), work))


def test_of_many_decisions_on_one_step_exactly_one_is_applied(sandbox_client: ApiClient) -> None:
    process = sandbox_client.process
    shared = min(set(process.tasks("manager")) & set(process.tasks("colleague")))
    pairs = [(sandbox_client.person(who), action) for who, action in _opposites()]
    answers = _at_once([partial(person.act, shared, action, comment="x") for person, action in pairs])
    assert Counter(answer.status_code for answer in answers) == {201: 1, 400: _THREADS - 1}
    assert {code for answer in answers if answer.status_code == 400 for code in codes(answer)} == {"A212"}
    assert sum(entry["applied"] for entry in process.ledger(path=shared)) == 1


def test_of_many_refreshes_with_one_rotating_token_one_wins_and_the_family_ends(
    sandbox_client: ApiClient,
) -> None:
    process: SandboxProcess = sandbox_client.process
    process.settings(rotation="rotate")
    refresh_token = sandbox_client.tokens()["refresh_token"]
    answers = _at_once([lambda: sandbox_client.refresh(refresh_token)] * _THREADS)
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert sandbox_client.refresh(won[0].json()["refresh_token"]).json() == {"error": "invalid_grant"}


def _opposites() -> list[tuple[str, str]]:
    return [("manager", "approve"), ("colleague", "deny")] * (_THREADS // 2)

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Callable

import pytest

from workday.oauth import Grant
from workday.secret import Secret

CANARY = "canary-7f3a"


@pytest.mark.attack("T18")
@pytest.mark.parametrize(
    "use",
    [str, "{}".format, "%s".__mod__, lambda s: f"{s}", pickle.dumps, copy.deepcopy, copy.copy, json.dumps, hash],
)
def test_a_secret_refuses_to_become_text(use: Callable[[object], object]) -> None:
    with pytest.raises(TypeError) as refused:
        use(Secret(CANARY))
    assert CANARY not in str(refused.value)


@pytest.mark.attack("T18")
def test_the_repr_of_a_grant_shows_no_token() -> None:
    assert CANARY not in repr(Grant(Secret(CANARY), Secret(CANARY), 3600))


@pytest.mark.attack("T18")
def test_a_secret_in_a_log_call_is_not_written(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("any").debug("token %r", Secret(CANARY))
    assert CANARY not in caplog.text


def test_secrets_are_equal_when_their_texts_are() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_an_empty_secret_is_false() -> None:
    assert not Secret("")

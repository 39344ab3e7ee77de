from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from tests.attacks.canaries import hits
from tests.attacks.leaks import Story, played

SECRET = "canary/0123+abcd=XYZ"


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with played(tmp_path_factory.mktemp("mails")) as over:
        yield over


@pytest.mark.parametrize(
    "notation",
    [
        lambda: SECRET.encode(),
        lambda: quote(SECRET).encode(),
        lambda: quote(SECRET, safe="").encode(),
        lambda: SECRET.encode().hex().encode(),
        lambda: SECRET.encode().hex().upper().encode(),
        lambda: base64.b64encode(f"id:{SECRET}".encode()),
        lambda: base64.b64encode(f"id2:{SECRET}, and more".encode()),
        lambda: base64.urlsafe_b64encode(f"{{'code': '{SECRET}'}}".encode()),
    ],
)
def test_a_canary_is_found_in_every_notation(notation: Callable[[], bytes]) -> None:
    assert hits({"it": SECRET}, {"here": b"before " + notation() + b" after", "there": b"nothing"}) == ["it in here"]


@pytest.mark.system
@pytest.mark.attack("T17", "T18")
def test_no_secret_is_left_anywhere_by_a_system_that_fails_at_every_step(story: Story) -> None:
    assert hits(story.canaries(), story.sources()) == []


@pytest.mark.system
def test_the_search_would_have_found_one_in_each_place(story: Story) -> None:
    (story.mails / "planted.eml").write_text(story.mark)
    (story.folder / "planted.log").write_text(f"code={story.mark}")
    story.broker.write(story.mark)
    story.pages.append(story.mark.encode())
    story.database.execute("CREATE TABLE planted (box bytea)")
    story.database.execute("INSERT INTO planted VALUES (%s)", [story.mark.encode()])
    assert sorted(hits({"it": story.mark}, story.sources())) == [
        "it in Valkey",
        "it in pages",
        "it in planted.eml",
        "it in planted.log",
        "it in table planted",
    ]

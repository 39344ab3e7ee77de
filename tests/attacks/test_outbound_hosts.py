"""Which URLs may be called at all: a corpus through the rules, through the tenant's form, and random ones to a socket.

Each entry of `tests/workday/corpus/urls.json` has its exact verdict and the reason for it.
"""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from connections.models import Tenant
from tests.connections.conftest import signed_in_as
from tests.connections.tenant_form import entries, errors
from workday.errors import NotSent
from workday.session import Policy, Session

EXAMPLES = int(os.environ.get("ATTACK_EXAMPLES") or 0)
CORPUS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "workday" / "corpus" / "urls.json").read_text(encoding="ascii")
)
HOSTS, PLAIN = ("workday.com", "myworkday.com"), "http://127.0.0.1:8001"
POLICY = Policy(HOSTS, (PLAIN,))
VERDICTS = {
    "The URL is not well formed.": "malformed",
    "Only https is allowed.": "scheme",
    "The host is not on the list of Workday hosts.": "host",
}


def verdict(url: str) -> tuple[str, str | None]:
    """What the rules say of it, and the host that would be called."""
    try:
        return "allowed", urlsplit(POLICY.inside(url)).netloc
    except NotSent as refusal:
        return VERDICTS[refusal.reason], None


@pytest.mark.attack("T37", "T38")
def test_every_url_of_the_corpus_gets_its_verdict() -> None:
    told = [verdict(entry["url"]) for entry in CORPUS]
    wrong = [
        (found, entry)
        for found, entry in zip(told, CORPUS, strict=True)
        if found != (entry["policy"], entry.get("host"))
    ]
    assert wrong == []
    assert len({entry["url"] for entry in CORPUS}) >= 120
    assert {found for found, _ in told} == {"allowed", *VERDICTS.values()}


@pytest.mark.attack("T38")
def test_an_address_is_no_host_name_however_it_is_written() -> None:
    literals = [entry["url"] for entry in CORPUS if entry.get("literal")]
    assert len(literals) > 30
    assert [url for url in literals if verdict(url)[0] == "allowed"] == []


@pytest.fixture
def browser(administrator: User, settings: LazySettings) -> Client:
    settings.WORKDAY_HOSTS, settings.WORKDAY_PLAIN_ORIGINS = list(HOSTS), [PLAIN]
    return signed_in_as(administrator)


def objects_to(browser: Client, **fields: str) -> set[str]:
    """The fields that the form of a new tenant finds fault with; none means that it was registered."""
    page = browser.post(reverse("connections:tenant_new"), entries(SimpleNamespace(url=PLAIN), **fields))
    if page.status_code == 302:
        Tenant.objects.all().delete()
        return set()
    assert page.status_code == 422
    return set(errors(page))


@pytest.mark.attack("T37", "T38")
def test_the_form_of_a_tenant_takes_no_url_that_must_not_be_called(browser: Client) -> None:
    wrong = []
    for entry in CORPUS:
        expected = entry.get("form") or entry["policy"]
        refused = "rest_endpoint" in objects_to(browser, rest_endpoint=entry["url"])
        if refused is (expected == "allowed"):
            wrong.append(entry)
    assert wrong == []
    assert not Tenant.objects.exists()


@pytest.mark.attack("T37")
@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("rest_endpoint", "/ccx/api/v1/acme"),
        ("authorization_endpoint", "/acme/authorize"),
        ("token_endpoint", "/ccx/oauth2/acme/token"),
    ],
)
def test_all_three_fields_are_held_to_the_list(browser: Client, field: str, path: str) -> None:
    assert objects_to(browser) == set()
    for host in ("evil.test", "127.0.0.1", "workday.com.evil.test", "[::1", "[workday.com]"):
        assert objects_to(browser, **{field: f"https://{host}{path}"}) == {field}


awkward = st.sampled_from(list("abcxnwd059._~-:/?#[]@!$&'()*+,;=%\\ \t\n\u0430\u3002\uff0e\u212a\u00df\ufeff\x00"))
pieces = st.sampled_from(
    [
        "workday.com",
        "myworkday.com",
        "evil.test",
        "127.0.0.1",
        "[::1]",
        ":443",
        "@",
        "//",
        "xn--",
        "%2e",
        "https://",
        ".",
    ]
)
texts = st.lists(awkward | pieces, max_size=12).map("".join)
labels = st.text("aAbx09-.", max_size=8)
paths = st.text("aZ09._~-/%2e;=&?:@!$'()*+,[]", max_size=20)
urls = st.one_of(
    texts,
    st.builds("https://{}.workday.com/{}".format, labels, paths),
    st.builds("https://{}MyWorkday.com:443?{}".format, labels, paths),
    st.builds("https://{}".format, texts),
    st.builds("https://{}.workday.com{}/x".format, texts, texts),
    st.builds("https://{}workday.com/{}".format, texts, texts),
    st.builds("{}://{}".format, st.sampled_from(["http", "https", "HTTPS", "ftp", ""]), texts),
)


@pytest.mark.attack("T45")
def test_the_socket_layer_hears_of_no_host_but_the_one_that_was_vetted() -> None:
    """Whatever is between the rules and the socket parses the URL again; it must find the same host."""
    heard: list[tuple[str, int]] = []
    ends: Counter[str] = Counter()

    def resolve(host: str, port: int, seconds: float) -> list[str]:
        heard.append((host, port))
        return ["93.184.216.34"]

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        raise ConnectionRefusedError

    @settings(max_examples=EXAMPLES or 500, derandomize=not EXAMPLES, database=None, deadline=None)
    @example("https://wd5.workday.com/a/../../b;c=d?e=%2f#")
    @example("https://wd5.workday.com//evil.test/%2e%2e/%zz")
    @given(urls)
    def holds(url: str) -> None:
        heard.clear()
        found, host = verdict(url)
        with pytest.raises(NotSent):
            session.send("GET", url, seconds=5)
        ends[found] += 1
        assert heard == ([(host, 443)] if found == "allowed" else [])
        assert found != "allowed" or urlsplit(url).hostname == host

    with Session(Policy(HOSTS), resolve=resolve, dial=dial) as session:
        holds()
    # Random text that is all refused would show nothing.
    assert ends["allowed"] > 30, ends
    assert ends["host"] > 100, ends


def test_the_corpus_says_why_each_verdict_is_right() -> None:
    assert [entry for entry in CORPUS if not cast(str, entry["why"]).strip()] == []

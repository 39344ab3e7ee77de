"""Whatever the token endpoint and "who am I" answer: a whole connection, or a plain refusal and nothing stored.

ATTACK_EXAMPLES=10000 makes this the long run.
"""

from __future__ import annotations

import datetime
import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from connections import grants, oauth
from connections.models import Connection, OAuthState, Tenant
from connections.refusals import RefusalError
from tests.connections.scripted_workday import Reply, ScriptedWorkday, says, scripted_workday

EXAMPLES = int(os.environ.get("ATTACK_EXAMPLES") or 0)
SESSION_KEY = "k" * 32
HONEST = {"access_token": "a" * 25, "token_type": "Bearer", "refresh_token": "r" * 50, "expires_in": 3600}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
odd = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
huge = st.sampled_from(["x" * 8192, "x" * 8193, "x" * 70_000, "0" * 5000])
lifetimes = st.integers(-(10**15), 10**15) | st.sampled_from(["3600", "", "1e9", 0.5, 1.5, -1, 31536000, 31536001])
kinds = st.sampled_from(["bearer", "Bearer", "BEARER", "mac", "DPoP", "", "Bearer "])
codes = st.sampled_from(["invalid_grant", "invalid_client", "invalid_request", "invalid_scope", "access_denied", "<b>"])
fields: dict[str, st.SearchStrategy[Any]] = {
    "access_token": tokens | huge | odd,
    "refresh_token": tokens | huge | odd,
    "token_type": kinds | odd,
    "expires_in": lifetimes | odd,
    "scope": odd,
    "id_token": huge | odd,
    "error": codes | odd,
}
# One field may be wrong, or all of them, or the text may not even be an object.
nearly_right = st.fixed_dictionaries({}, optional=fields).map(lambda found: {**HONEST, **dict(list(found.items())[:1])})
texts = st.builds(json.dumps, nearly_right | st.fixed_dictionaries({}, optional=fields) | odd)
objects = texts.map(str.encode)
torn = st.builds(lambda body, at: body[:at], objects, st.integers(0, 200))
bodies = objects | torn | st.binary(max_size=200) | st.just(b"access_token=a&token_type=bearer")
headers = st.sampled_from(["application/json", "text/html", "application/x-www-form-urlencoded", "x"]).map(
    lambda kind: (("Content-Type", kind),)
)
errors = st.builds(lambda code: json.dumps({"error": code}).encode(), codes)
token_replies = st.one_of(
    st.builds(Reply, st.just(200), nearly_right.map(json.dumps).map(str.encode), headers),
    st.builds(Reply, st.just(200), bodies, headers),
    st.builds(Reply, st.sampled_from([400, 401]), errors, headers),
    st.builds(Reply, st.sampled_from([200, 201, 206, 302, 400, 401, 403, 429, 500, 503]), bodies, headers),
)
people = st.fixed_dictionaries({"id": st.just("c" * 32) | odd | huge, "descriptor": st.text(max_size=600) | odd})
me_replies = st.one_of(
    st.just(says({"id": "c" * 32, "descriptor": "Helena"})),
    st.builds(Reply, st.just(200), people.map(json.dumps).map(str.encode), headers),
    st.builds(Reply, st.sampled_from([400, 401, 403, 404, 500]), errors | bodies, headers),
)


@pytest.fixture
def workday(settings: LazySettings) -> Iterator[ScriptedWorkday]:
    with scripted_workday() as script:
        settings.WORKDAY_PLAIN_ORIGINS = [script.url]
        yield script


@pytest.fixture
def tenant(workday: ScriptedWorkday, administrator: User) -> Tenant:
    return workday.register(administrator)


def finish(user: User, tenant: Tenant) -> Connection:
    state = parse_qs(urlsplit(oauth.begin(user, SESSION_KEY, tenant)).query)["state"][0]
    return oauth.complete(user, SESSION_KEY, QueryDict(f"state={state}&code=c"), tenant.key).connection


def assert_whole(connection: Connection, answer: dict[str, Any]) -> None:
    stored = Connection.objects.select_related("tenant").get(pk=connection.pk)
    access, refresh = grants.access_token(stored), grants.refresh_token(stored)
    assert access is not None
    assert access.reveal() == answer["access_token"]
    assert (refresh.reveal() if refresh else None) == (answer.get("refresh_token") or None)
    assert str(answer.get("token_type") or "bearer").lower() == "bearer"
    lifetime = (stored.access_expires_at or timezone.now()) - timezone.now()
    assert datetime.timedelta(seconds=-1) < lifetime <= datetime.timedelta(days=365)
    assert (stored.worker_wid, stored.state) == ("c" * 32, Connection.State.HEALTHY)


@pytest.mark.attack("T20")
def test_any_answer_makes_a_whole_connection_or_none(workday: ScriptedWorkday, tenant: Tenant, owner: User) -> None:
    ends: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES or 300,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(token_replies, me_replies)
    def holds(token: Reply, me: Reply) -> None:
        workday.token, workday.me = token, me
        try:
            connection = finish(owner, tenant)
        except RefusalError as refusal:
            ends[refusal.kind.name] += 1
            assert not Connection.objects.exists()
        else:
            ends["connected"] += 1
            assert_whole(connection, json.loads(token.body))
            Connection.objects.all().delete()
        assert not OAuthState.objects.exists()

    holds()
    # Answers that are all refused for their first byte would show nothing.
    assert ends.keys() >= {"connected", "UNREACHABLE", "CODE", "API_CLIENT"}, ends
    assert ends["connected"] > 10, ends


@pytest.mark.attack("T20")
@pytest.mark.parametrize(
    "change",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 5},
        {"access_token": "two words"},
        {"access_token": "x" * 8193},
        {"access_token": "line\nbreak"},
        {"refresh_token": ["r"]},
        {"refresh_token": "x" * 8193},
        {"token_type": "mac"},
        {"token_type": 1},
        {"unknown": "x" * 70_000},
    ],
    ids=lambda change: str(change)[:40],
)
def test_an_answer_with_one_wrong_field_connects_nobody(
    workday: ScriptedWorkday, tenant: Tenant, owner: User, change: dict[str, Any]
) -> None:
    workday.token, workday.me = says({**HONEST, **change}), says({"id": "c" * 32, "descriptor": "Helena"})
    with pytest.raises(RefusalError):
        finish(owner, tenant)
    assert not Connection.objects.exists()
    assert len(workday.asked) == 1


@pytest.mark.attack("T20")
@pytest.mark.parametrize("change", [{"token_type": "BEARER"}, {"scope": "x y"}, {"unknown": {"a": [1]}}], ids=str)
def test_what_is_not_asked_for_is_left_alone(
    workday: ScriptedWorkday, tenant: Tenant, owner: User, change: dict[str, Any]
) -> None:
    workday.token, workday.me = says({**HONEST, **change}), says({"id": "c" * 32, "descriptor": "Helena"})
    assert_whole(finish(owner, tenant), HONEST)

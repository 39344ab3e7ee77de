from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connections.endpoints import Endpoint, EndpointError, disagreements, read
from workday.origins import Policy

POLICY = Policy(("workday.com", "myworkday.com"), ("http://127.0.0.1:8001",))
REST = "https://wd2-impl-services1.workday.com/ccx/api/v1/acme"
TOKEN = "https://wd2-impl-services1.workday.com/ccx/oauth2/acme/token"
AUTHORIZATION = "https://impl.workday.com/acme/authorize"


def all_three(**changes: str) -> dict[str, Endpoint]:
    given = {"rest_endpoint": REST, "token_endpoint": TOKEN, "authorization_endpoint": AUTHORIZATION, **changes}
    return {name: read(name, text, POLICY) for name, text in given.items()}


def refusal(field: str, text: str) -> str:
    with pytest.raises(EndpointError) as refused:
        read(field, text, POLICY)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (REST, REST),
        (f"{REST}/", REST),
        (f"  {REST}\n", REST),
        (REST.replace("wd2-impl", "WD2-IMPL"), REST),
        (REST.replace(".com/", ".com:443/"), REST),
        ("http://127.0.0.1:8001/ccx/api/v1/acme", "http://127.0.0.1:8001/ccx/api/v1/acme"),
    ],
)
def test_an_endpoint_is_stored_in_one_spelling(text: str, stored: str) -> None:
    assert read("rest_endpoint", text, POLICY).url == stored


@pytest.mark.attack("T37")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme",
        "http://wd2-impl-services1.workday.com/ccx/api/v1/acme",
        "https://evilworkday.com/ccx/api/v1/acme",
        "https://workday.com.evil.test/ccx/api/v1/acme",
        "https://user@wd2.workday.com/ccx/api/v1/acme",
        "https://wd2.workday.com:8443/ccx/api/v1/acme",
        "https://wd2.workday.com\\@evil.test/ccx/api/v1/acme",
        "https://wd2.workday.com/ccx/api/v1/acme?x=y",
        "https://wd2.workday.com/ccx/api/v1/acme#x",
        "https://wd2.workday.com/ccx/api/v1/ac me",
        "https://wd2.workday.com/ccx/api/v1/acme\r\nX: y",
        "https://wd2.workday.com/ccx/api/v1/",
        "https://wd2.workday.com/ccx/api/v1/acme/more",
        "https://wd2.workday.com/ccx/api/v1/../acme",
        "https://wd2.workday.com/ccx/api/v1/a%2fb",
        "https://wd2.workday.com//ccx/api/v1/acme",
        "https://wd2.workday.com/ccx/api/v2/acme",
        "https://xn--wrkday-jua.workday.com/ccx/api/v1/acme",
        "https://10.0.0.1/ccx/api/v1/acme",
        "https://2130706433/ccx/api/v1/acme",
        "https://[::1]/ccx/api/v1/acme",
        "http://127.0.0.1:8002/ccx/api/v1/acme",
        TOKEN,
        AUTHORIZATION,
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    sentence = refusal("rest_endpoint", text)
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://evil.test/ccx/api/v1/acme", "one of Workday's"),
        ("http://wd2.workday.com/ccx/api/v1/acme", "begin with https"),
        ("https://wd2.workday.com/acme", "look like https://…/ccx/api/v1/{tenant}"),
        (f"{REST}?a=b", "question mark"),
    ],
)
def test_the_sentence_says_what_is_wrong(text: str, said: str) -> None:
    assert said in refusal("rest_endpoint", text)


def test_three_endpoints_that_belong_together_are_accepted() -> None:
    assert disagreements(all_three(), "implementation") == {}


@pytest.mark.attack("T06")
@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("authorization_endpoint", "https://impl.workday.com/beacon/authorize", "“beacon”"),
        ("token_endpoint", TOKEN.replace("acme", "beacon"), "“beacon”"),
        ("token_endpoint", TOKEN.replace("wd2", "wd5"), "same host"),
        ("authorization_endpoint", "https://wd5.myworkday.com/acme/authorize", "in production"),
    ],
)
def test_an_endpoint_of_another_tenant_stands_out(field: str, text: str, said: str) -> None:
    problems = disagreements(all_three(**{field: text}), "implementation")
    assert list(problems) == [field]
    assert said in problems[field]


@pytest.mark.attack("T06")
@pytest.mark.parametrize("environment", ["sandbox", "preview", "implementation"])
def test_a_production_host_is_for_production_only(environment: str) -> None:
    host = "https://wd5-services1.myworkday.com"
    found = all_three(
        rest_endpoint=f"{host}/ccx/api/v1/acme",
        token_endpoint=f"{host}/ccx/oauth2/acme/token",
        authorization_endpoint="https://wd5.myworkday.com/acme/authorize",
    )
    assert disagreements(found, "production") == {}
    assert list(disagreements(found, environment)) == ["environment"]


@pytest.mark.attack("T06")
def test_an_implementation_host_is_not_for_production() -> None:
    assert list(disagreements(all_three(), "production")) == ["environment"]


NAMES = st.sampled_from(["acme", "beacon"])
HOSTS = st.sampled_from(["wd2-impl-services1.workday.com", "wd5-services1.myworkday.com", "wd3.workday.com"])


@given(NAMES, NAMES, NAMES, HOSTS, HOSTS, HOSTS, st.sampled_from(["production", "sandbox"]))
@pytest.mark.attack("T06")
def test_only_consistent_triples_are_accepted(a: str, b: str, c: str, x: str, y: str, z: str, env: str) -> None:
    found = all_three(
        rest_endpoint=f"https://{x}/ccx/api/v1/{a}",
        token_endpoint=f"https://{y}/ccx/oauth2/{b}/token",
        authorization_endpoint=f"https://{z}/{c}/authorize",
    )
    consistent = a == b == c and x == y and ("impl" in x) == ("impl" in z) == (env != "production")
    assert (not disagreements(found, env)) is consistent


def test_the_sandbox_tenant_may_stand_for_any_environment() -> None:
    plain = replace(all_three()["rest_endpoint"], host="127.0.0.1:8001", is_plain=True)
    found = dict.fromkeys(("rest_endpoint", "token_endpoint", "authorization_endpoint"), plain)
    assert disagreements(found, "production") == {}

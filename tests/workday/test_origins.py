from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from workday.errors import NotSent
from workday.origins import Policy, origin_of

POLICY = Policy(("workday.com", "myworkday.com"), ("http://127.0.0.1:8001",))


@pytest.mark.parametrize(
    ("url", "inside"),
    [
        ("https://workday.com", "https://workday.com/"),
        ("https://wd2-impl-services1.workday.com/a/b?c=d", "https://wd2-impl-services1.workday.com/a/b?c=d"),
        ("https://WD5.MyWorkday.com/x", "https://wd5.myworkday.com/x"),
        ("https://wd5.myworkday.com:443/x", "https://wd5.myworkday.com/x"),
        ("http://127.0.0.1:8001/acme", "https://127.0.0.1:8001/acme"),
    ],
)
def test_a_url_of_workday_gets_one_spelling(url: str, inside: str) -> None:
    assert POLICY.inside(url) == inside


@pytest.mark.attack("T37", "T38")
@pytest.mark.parametrize(
    "url",
    [
        "http://wd5.myworkday.com/",
        "HTTPS://wd5.myworkday.com/",
        "ftp://wd5.myworkday.com/",
        "//wd5.myworkday.com/",
        "https:wd5.myworkday.com",
        "https:///wd5.myworkday.com",
        "https://evilworkday.com/",
        "https://workday.com.evil.test/",
        "https://evil.test/workday.com",
        "https://evil.test?workday.com",
        "https://evil.test#.workday.com",
        "https://evil.test\\.workday.com/",
        "https://evil.test\\@wd5.workday.com/",
        "https://user@wd5.workday.com/",
        "https://user:pass@wd5.workday.com/",
        "https://wd5.workday.com@evil.test/",
        "https://wd5.workday.com:8443/",
        "https://wd5.workday.com:0443/",
        "https://wd5.workday.com:/",
        "https://wd5.workday.com./",
        "https://.workday.com/",
        "https://wd5..workday.com/",
        "https://-wd5.workday.com/",
        "https://xn--wrkday-jua.workday.com/",
        "https://w\u043erkday.com/",
        "https://workday\u3002com/",
        "https://wd5.workday.com/\u00e9",
        "https://wd5.workday.com/ x",
        " https://wd5.workday.com/",
        "https://wd5.workday.com/\r\nHost: evil.test",
        "https://wd5.workday.com\t/",
        "https://wd5.work\nday.com/",
        "https://wd5.workday.com/#fragment",
        "https://%77d5.workday.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "http://127.0.0.1:8002/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8001@evil.test/",
        "http://localhost:8001/",
        "https://127.0.0.1:8001/",
        "",
    ],
)
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(NotSent):
        POLICY.inside(url)


def test_a_plain_origin_is_written_https_inside_and_http_outside() -> None:
    inside = POLICY.inside("http://127.0.0.1:8001/acme/authorize?a=b")
    assert POLICY.outside(inside) == "http://127.0.0.1:8001/acme/authorize?a=b"


def test_a_tls_url_stays_what_it_is_outside() -> None:
    assert POLICY.outside("https://wd5.myworkday.com/x") == "https://wd5.myworkday.com/x"


@pytest.mark.attack("T45")
@given(
    st.text(alphabet="htps:/@\\#?%.[]-_~a0xworkdaycmy\u043e \t\n", max_size=60)
    | st.builds(
        "https://{}workday.com{}/".format,
        st.text(alphabet="a.@:\\#?/%", max_size=8),
        st.text(alphabet="a.@:0", max_size=6),
    )
)
def test_the_host_that_is_called_is_always_the_host_that_was_vetted(url: str) -> None:
    try:
        inside = POLICY.inside(url)
    except NotSent:
        return
    host = parse_url(inside).host or ""
    assert POLICY.allows_host(host)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://A.workday.com/x", "https://a.workday.com"),
        ("https://a.workday.com:443/x", "https://a.workday.com"),
        ("http://127.0.0.1:8001/x", "http://127.0.0.1:8001"),
    ],
)
def test_an_origin_has_one_spelling(url: str, origin: str) -> None:
    assert origin_of(url) == origin

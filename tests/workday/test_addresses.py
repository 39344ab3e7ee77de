from __future__ import annotations

import time

import pytest

from workday import addresses
from workday.errors import NotSent

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.192",
    "192.168.0.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "::127.0.0.1",
    "fe80::1%eth0",
    "2130706433",
    "0x7f.1",
    "localhost",
    "",
]


@pytest.mark.attack("T39")
@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.attack("T39")
@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_on_the_public_internet_is_refused(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.attack("T39")
def test_one_bad_address_refuses_the_whole_name() -> None:
    with pytest.raises(NotSent):
        addresses.public_addresses("x.workday.com", 443, 1, lambda *_: [*PUBLIC, "10.0.0.1"])


@pytest.mark.attack("T40")
def test_a_name_without_addresses_is_refused() -> None:
    with pytest.raises(NotSent):
        addresses.public_addresses("x.workday.com", 443, 1, lambda *_: [])


def test_a_name_server_that_hangs_costs_no_more_than_the_time_given(monkeypatch: pytest.MonkeyPatch) -> None:
    # The one thing that cannot run for real here is a name server that never answers.
    monkeypatch.setattr(addresses, "_look_up", lambda *_: time.sleep(1))
    begun = time.monotonic()
    with pytest.raises(NotSent):
        addresses.resolve("x.workday.com", 443, 0.1)
    assert time.monotonic() - begun < 0.6

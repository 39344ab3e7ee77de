"""Where an allowed name may lead: every address of a stub name server, up to the socket that is or is not opened."""

from __future__ import annotations

import ipaddress
import json
import random
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workday.far_side import far_side, ok, says
from tests.workday.test_tls import NAME, certificate, workday_at
from workday import addresses, transport
from workday.errors import NotSent
from workday.session import Policy, Session

CORPUS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "workday" / "corpus" / "addresses.json").read_text(encoding="ascii")
)
PUBLIC = [entry["address"] for entry in CORPUS if entry["public"]]
INSIDE = [entry["address"] for entry in CORPUS if not entry["public"]]
URL = f"https://{NAME}/ccx/api/v1/acme"
Resolve = Callable[[str, int, float], list[str]]


def dialled(resolve: Resolve, times: int = 1) -> list[str]:
    """The addresses that are connected to when names resolve like that; every connection is refused there."""
    found: list[str] = []

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        found.append(address)
        raise ConnectionRefusedError

    with Session(Policy(("workday.com",)), resolve=resolve, dial=dial) as session:
        for _ in range(times):
            with pytest.raises(NotSent):
                session.send("GET", URL, seconds=5)
    return found


@pytest.mark.attack("T39")
def test_of_the_twenty_six_addresses_two_are_called() -> None:
    assert (len(PUBLIC), len(INSIDE)) == (2, 24)
    assert [address for address in PUBLIC + INSIDE if dialled(lambda *_, told=address: [told])] == PUBLIC


@pytest.mark.attack("T39")
def test_one_bad_address_refuses_all_wherever_it_stands() -> None:
    for bad in INSIDE:
        for place in range(len(PUBLIC) + 1):
            told = [*PUBLIC[:place], bad, *PUBLIC[place:]]
            assert dialled(lambda *_, told=told: told) == [], told


@pytest.mark.attack("T39")
def test_an_ipv4_address_inside_stays_inside_however_it_is_wrapped() -> None:
    for bad in (address for address in INSIDE if ":" not in address):
        bits = int(ipaddress.IPv4Address(bad))
        wrapped = [
            (0xFFFF << 32) | bits,
            bits,
            (0x64FF9B << 96) | bits,
            (0x64FF9B0001 << 80) | bits,
            (0x2002 << 112) | (bits << 80),
            (0x20010000 << 96) | (bits ^ 0xFFFFFFFF),
        ]
        for number in wrapped:
            told = str(ipaddress.IPv6Address(number))
            assert dialled(lambda *_, told=told: [told]) == [], f"{bad} in {told}"


@pytest.mark.attack("T39")
@pytest.mark.parametrize("told", ["", "localhost", "127.1", "0x7f.1", "2130706433", "fe80::1%lo", "93.184.216.34:22"])
def test_a_name_server_that_tells_no_address_is_not_believed(told: str) -> None:
    assert dialled(lambda *_: [told]) == []
    assert dialled(lambda *_: [*PUBLIC, told]) == []


@pytest.mark.attack("T40")
def test_of_a_thousand_tries_at_a_name_that_turns_none_leads_inside() -> None:
    """Each answer is asked for once: what was checked is what is called."""
    chance, told = random.Random(40), []
    turns = [PUBLIC[:1], INSIDE[:1], PUBLIC, [*PUBLIC, *INSIDE[1:2]], INSIDE, []]

    def resolve(host: str, port: int, seconds: float) -> list[str]:
        told.append(chance.choice(turns))
        return list(told[-1])

    found = dialled(resolve, times=1000)
    assert len(told) == 1000
    assert Counter(found) == Counter(address for each in told if each in (PUBLIC[:1], PUBLIC) for address in each)
    assert set(found) == set(PUBLIC)


@pytest.mark.attack("T40")
@pytest.mark.parametrize(
    "failure", [NotSent("no name server"), OSError("no name server"), UnicodeError("not a name"), TimeoutError()]
)
def test_a_failing_name_server_is_a_refusal_and_not_a_way_past_the_check(failure: Exception) -> None:
    def resolve(host: str, port: int, seconds: float) -> list[str]:
        raise failure

    assert dialled(resolve) == []


@pytest.mark.attack("T40")
@pytest.mark.parametrize("kind", [socket.EAI_NONAME, socket.EAI_AGAIN, socket.EAI_FAIL])
def test_a_name_that_does_not_resolve_is_asked_for_once(monkeypatch: pytest.MonkeyPatch, kind: int) -> None:
    # No name server may be asked from here, so this is the one answer that is made up.
    asked: list[str] = []

    def look_up(host: str, port: int, **options: object) -> list[object]:
        asked.append(host)
        raise socket.gaierror(kind, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert dialled(addresses.resolve) == []
    assert asked == [NAME]


@pytest.mark.attack("T40")
def test_a_name_that_turns_after_the_check_is_not_asked_for_again(tmp_path: Path) -> None:
    """Both servers listen; the name leads to the one inside from its second answer on."""
    file = certificate(tmp_path, NAME)
    answers = iter([[PUBLIC[0]]])

    with workday_at(file) as workday, far_side(says(ok())) as inside:
        ports = {PUBLIC[0]: workday.port}

        def dial(address: str, port: int, seconds: float) -> socket.socket:
            return transport.dial("127.0.0.1", ports.get(address, inside.port), seconds)

        def resolve(host: str, port: int, seconds: float) -> list[str]:
            return next(answers, ["127.0.0.1"])

        rules = Policy(("workday.com",))
        with Session(rules, resolve=resolve, dial=dial, ca_bundle=str(file)) as session:
            assert session.send("GET", URL, seconds=5).status == 200
        with Session(rules, resolve=resolve, dial=dial, ca_bundle=str(file)) as session, pytest.raises(NotSent):
            session.send("GET", URL, seconds=5)
    assert (len(workday.requests), inside.requests) == (1, [])

"""What stands in the environment of the process, or in the home folder, changes nothing about a request."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workday.far_side import far_side, ok, says
from tests.workday.test_tls import NAME, certificate, session, workday_at
from workday import oauth
from workday.errors import NotSent
from workday.oauth import ApiClient
from workday.secret import Secret
from workday.session import Policy, Session

pytestmark = pytest.mark.attack("T42")

PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
TOKEN = ok(b'{"access_token": "a", "token_type": "Bearer"}', b"Connection: close")


def set_all(monkeypatch: pytest.MonkeyPatch, names: list[str], value: object) -> None:
    for name in names:
        monkeypatch.setenv(name, str(value))


def token_call(session: Session, url: str) -> None:
    client = ApiClient("our-client", Secret("our-secret"), f"{url}/acme/authorize", f"{url}/ccx/oauth2/acme/token")
    oauth.client_credentials(session, client)


def test_no_proxy_is_told_of_a_request_or_a_token_call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = certificate(tmp_path, NAME)
    with far_side(says(ok())) as proxy, far_side(says(TOKEN)) as server, workday_at(file) as workday:
        set_all(monkeypatch, PROXIES, proxy.url)
        with Session(Policy((), (server.url,))) as plain, session(workday, file) as tls:
            plain.send("GET", server.url, seconds=5)
            token_call(plain, server.url)
            tls.send("GET", f"https://{NAME}/", seconds=5)
    assert (len(server.requests), len(workday.requests), proxy.requests) == (2, 1, [])


def test_no_proxy_resolves_the_names(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, ["HTTPS_PROXY", "ALL_PROXY"], "socks5h://127.0.0.1:1")
    asked: list[str] = []

    def resolve(host: str, port: int, seconds: float) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with Session(Policy(("workday.com",)), resolve=resolve) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)
    assert asked == [NAME]


def test_no_password_of_a_netrc_goes_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (".netrc", "_netrc"):
        (tmp_path / name).write_text("machine 127.0.0.1 login canary password canary\ndefault login canary password x")
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with far_side(says(TOKEN)) as server, Session(Policy((), (server.url,))) as client:
        client.send("GET", server.url, seconds=5)
        client.send("GET", server.url, seconds=5, headers={"Authorization": "Bearer ours"})
        token_call(client, server.url)
    authorizations = [[line for line in seen.split(b"\r\n") if b"uthorization" in line] for seen in server.requests]
    assert authorizations == [
        [],
        [b"Authorization: Bearer ours"],
        [b"Authorization: Basic b3VyLWNsaWVudDpvdXItc2VjcmV0"],
    ]


def test_no_certificate_authority_comes_from_the_file_that_openssl_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = certificate(tmp_path, NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with workday_at(file) as server, session(server, None) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)
    assert server.requests == []


def test_the_keys_of_a_tls_connection_are_written_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    file = certificate(tmp_path, NAME)
    with workday_at(file) as server, session(server, file) as client:
        client.send("GET", f"https://{NAME}/", seconds=5)
    assert len(server.requests) == 1
    assert not log.exists() or "SECRET" not in log.read_text()

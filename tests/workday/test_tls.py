from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.workday.far_side import FarSide, far_side, ok, says
from workday import transport
from workday.errors import NotSent
from workday.session import Policy, Session

NAME = "wd5.workday.com"
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


def certificate(
    folder: Path, name: str, *, since: datetime.datetime = NOW - 10 * DAY, until: datetime.datetime = NOW + DAY
) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name.replace('*', 'any')}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file


@contextmanager
def workday_at(file: Path, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Iterator[FarSide]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = newest
    context.set_ciphers("ALL:@SECLEVEL=0")
    with far_side(says(ok(b"over tls")), context) as server:
        yield server


def session(server: FarSide, trusted: Path | None) -> Session:
    """A session for which the name is public, and which is then led to the server on loopback."""

    def dial(address: str, port: int, seconds: float) -> socket.socket:
        return transport.dial("127.0.0.1", server.port, seconds)

    return Session(
        Policy(("workday.com",)),
        resolve=lambda *_: ["93.184.216.34"],
        dial=dial,
        ca_bundle=str(trusted) if trusted else None,
    )


@pytest.mark.attack("T40")
def test_the_name_is_kept_for_tls_and_host_while_the_address_is_dialled(tmp_path: Path) -> None:
    file = certificate(tmp_path, NAME)
    with workday_at(file) as server, session(server, file) as client:
        assert client.send("GET", f"https://{NAME}/", seconds=5).body == b"over tls"
    assert f"Host: {NAME}\r\n".encode() in server.requests[0]


@pytest.mark.attack("T43")
def test_an_unknown_certificate_authority_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with workday_at(certificate(tmp_path, NAME)) as server, session(server, None) as client, pytest.raises(NotSent):
        client.send("POST", f"https://{NAME}/", seconds=5, body=b"secret")
    assert server.requests == []


@pytest.mark.attack("T42", "T43")
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_environment_names_no_certificate_authority_for_us(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    file = certificate(tmp_path, NAME)
    monkeypatch.setenv(name, str(file))
    with workday_at(file) as server, session(server, None) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)
    assert server.requests == []


@pytest.mark.attack("T43")
def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path, "other.workday.com")
    with workday_at(file) as server, session(server, file) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)


@pytest.mark.attack("T43")
def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path, NAME, until=NOW - DAY)
    with workday_at(file) as server, session(server, file) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)


@pytest.mark.attack("T43")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_tls_before_1_2_is_refused(tmp_path: Path, newest: ssl.TLSVersion) -> None:
    file = certificate(tmp_path, NAME)
    with workday_at(file, newest) as server:
        with session(server, file) as client, pytest.raises(NotSent):
            client.send("GET", f"https://{NAME}/", seconds=5)
        assert server.requests == []
        # A client of those times gets its answer, so it is not this server that cannot.
        assert spoken(server, newest) in ("TLSv1", "TLSv1.1")


def spoken(server: FarSide, newest: ssl.TLSVersion) -> str | None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version, old.maximum_version = ssl.TLSVersion.MINIMUM_SUPPORTED, newest
    old.set_ciphers("ALL:@SECLEVEL=0")
    with old.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 5)) as stream:
        return stream.version()


@pytest.mark.attack("T43")
def test_a_certificate_of_tomorrow_is_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path, NAME, since=NOW + DAY, until=NOW + 2 * DAY)
    with workday_at(file) as server, session(server, file) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)


@pytest.mark.attack("T43")
@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        (NAME, True),
        ("*.workday.com", True),
        ("wd2.workday.com", False),
        ("*.wd5.workday.com", False),
        ("*.com", False),
        ("workday.com", False),
        ("wd5.workday.com.evil.test", False),
    ],
)
def test_a_valid_certificate_counts_for_its_own_host_only(tmp_path: Path, name: str, is_ours: bool) -> None:
    """Another tenant's host has a certificate of the same authority."""
    file = certificate(tmp_path, name)
    with workday_at(file) as server, session(server, file) as client:
        if is_ours:
            assert client.send("GET", f"https://{NAME}/", seconds=5).status == 200
        else:
            with pytest.raises(NotSent):
                client.send("POST", f"https://{NAME}/", seconds=5, body=b"canary")
    assert len(server.requests) == is_ours


@pytest.mark.attack("T43")
def test_a_connection_that_is_kept_serves_its_own_host_only(tmp_path: Path) -> None:
    """Both names lead to the same address, whose certificate is good for both."""
    file = certificate(tmp_path, "*.workday.com")
    with workday_at(file) as server, session(server, file) as client:
        for name in (NAME, "wd2.workday.com"):
            client.send("GET", f"https://{name}/", seconds=5)
    assert [seen.split(b"Host: ")[1].split(b"\r\n")[0] for seen in server.requests] == [
        NAME.encode(),
        b"wd2.workday.com",
    ]


@pytest.mark.attack("T43")
def test_a_server_that_speaks_no_tls_gets_nothing(tmp_path: Path) -> None:
    with far_side(says(ok())) as server, session(server, certificate(tmp_path, NAME)) as client, pytest.raises(NotSent):
        client.send("POST", f"https://{NAME}/", seconds=2, body=b"canary")
    assert all(b"canary" not in seen for seen in server.requests)

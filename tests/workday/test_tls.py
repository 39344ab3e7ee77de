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


def certificate(folder: Path, name: str, *, until: datetime.datetime = NOW + DAY) -> Path:
    """A self-signed certificate and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - 10 * DAY)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
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
def test_tls_before_1_2_is_refused(tmp_path: Path) -> None:
    file = certificate(tmp_path, NAME)
    with workday_at(file, ssl.TLSVersion.TLSv1_1) as server, session(server, file) as client, pytest.raises(NotSent):
        client.send("GET", f"https://{NAME}/", seconds=5)


@pytest.mark.attack("T43")
def test_a_server_that_speaks_no_tls_gets_nothing(tmp_path: Path) -> None:
    with far_side(says(ok())) as server, session(server, certificate(tmp_path, NAME)) as client, pytest.raises(NotSent):
        client.send("POST", f"https://{NAME}/", seconds=2, body=b"canary")
    assert all(b"canary" not in seen for seen in server.requests)

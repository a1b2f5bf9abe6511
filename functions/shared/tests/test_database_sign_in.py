"""On AWS a database is opened by IAM, and only to a server that proves who it is."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.session import Session, get_session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from functions.shared.database_sign_in import token
from functions.shared.postgres import create_pool

HOST = "boxoffice.cluster.example"


@pytest.fixture
def session() -> Session:
    session = get_session()
    session.set_credentials("AKIDEXAMPLE", "secret", "session-token")
    session.set_config_variable("region", "ap-south-1")
    return session


def test_a_token_is_what_awss_own_client_makes(session: Session) -> None:
    ours = token(session, HOST, 5432, "users")
    rds = boto3.Session(botocore_session=session).client("rds")
    theirs = rds.generate_db_auth_token(HOST, 5432, "users")
    (us, them) = (urlsplit(f"https://{one}") for one in (ours, theirs))
    assert us.netloc == them.netloc == f"{HOST}:5432"
    asked, wanted = (parse_qs(one.query) for one in (us, them))
    # They differ by the second at which they are made, if by anything.
    for moving in ("X-Amz-Date", "X-Amz-Signature"):
        assert asked.pop(moving)
        assert wanted.pop(moving)
    assert asked == wanted


def test_a_database_without_a_password_is_opened_by_a_new_token_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    asked: list[dict[str, Any]] = []
    engine = create_pool(URL.create("postgresql+pg8000", "users", None, HOST, 5432, "users"))

    def connect(**named: Any) -> None:
        asked.append(named)
        raise InterruptedError

    monkeypatch.setattr(engine.dialect, "connect", connect)
    for _ in range(2):
        with pytest.raises(InterruptedError):
            engine.connect()
    for named in asked:
        assert named["password"].startswith(f"{HOST}:5432/?Action=connect&DBUser=users&")
        assert named["ssl_context"].verify_mode is ssl.CERT_REQUIRED
        assert named["ssl_context"].check_hostname
        assert named["ssl_context"].minimum_version >= ssl.TLSVersion.TLSv1_2
    assert len(asked) == 2


def certificate_of_nobody(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + signed.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


@contextmanager
def server(
    answer: bytes, context: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """Answers Postgres's question for TLS; its port, and what was sent after that in the clear."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(8)
            connection.sendall(answer)
            if context is None:
                heard.append(connection.recv(4_096))
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except (ssl.SSLError, OSError) as error:
                heard.append(type(error).__name__.encode())

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        thread.join(10)
        listener.close()


def signing_in(port: int) -> Exception:
    url = URL.create("postgresql+pg8000", "users", None, "localhost", port, "users")
    with pytest.raises((DBAPIError, ssl.SSLError)) as refused:
        create_pool(url).connect()
    return refused.value


def test_a_server_without_tls_is_told_nothing() -> None:
    with server(b"N") as (port, heard):
        signing_in(port)
    assert heard == [b""]


def test_a_server_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with server(b"S", certificate_of_nobody(tmp_path)) as (port, heard):
        error = signing_in(port)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert heard

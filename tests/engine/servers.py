"""Servers that misbehave below HTTP, or speak TLS: one thread each, loopback only."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
Behaviour = Callable[[socket.socket, int], None]
"""What is done with a connection, and its number from 0 on."""


@contextmanager
def serving(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Yields the endpoint. Connections are served one after the other."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme, port = ("https" if tls else "http"), listener.getsockname()[1]

    def run() -> None:
        for number in range(1000):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    with tls.wrap_socket(connection, server_side=True) if tls else connection as wire:
                        behave(wire, number)
                except OSError:
                    continue

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"{scheme}://localhost:{port}/test"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=15)


def read_request(connection: socket.socket) -> bytes:
    """One request with a short body; empty when the client is gone."""
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(65_536)
        if not data:
            return b""
        request += data
    return request


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, str]:
    """A server's TLS context with a certificate of its own, and the file of authorities that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    authority = folder / f"{name}.pem"
    authority.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = folder / f"{name}.key"
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, secret)
    return context, str(authority)

"""Certificates of this run alone, for hosts that functions reach over HTTPS on this machine."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import certifi

LIFE = dt.timedelta(days=30)


class Authority:
    """Signs for any host; its own certificate is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        """Write its files to `folder`."""
        from cryptography import x509  # noqa: PLC0415 - made in a thread while moto starts
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

        self._x509, self._sha256 = x509, hashes.SHA256()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = self._named("local run")
        self._own = self._sign(self._name, x509.BasicConstraints(ca=True, path_length=0))
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._pem = serialization.Encoding.PEM
        self.certificate = folder / "certificate.pem"
        self.certificate.write_bytes(self._own.public_bytes(self._pem))
        self.bundle = folder / "authorities.pem"
        self.bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + self.certificate.read_bytes())
        self._key_file = folder / "key.pem"
        self._key_file.touch(mode=0o600)
        self._key_file.write_bytes(
            self._key.private_bytes(
                self._pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def context_for(self, host: str) -> ssl.SSLContext:
        """What answers a TLS handshake as `host`; one for each host, however often it is asked for."""
        if host not in self._contexts:
            certificate = self._sign(self._named("local host"), self._alternatives(host))
            file = self._folder / f"host-{len(self._contexts)}.pem"
            file.write_bytes(certificate.public_bytes(self._pem) + self._own.public_bytes(self._pem))
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(file, self._key_file)
            self._contexts[host] = context
        return self._contexts[host]

    def _alternatives(self, host: str) -> Any:
        x509 = self._x509
        if host != "localhost":
            return x509.SubjectAlternativeName([x509.DNSName(host)])
        addresses = [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
        return x509.SubjectAlternativeName(
            [x509.DNSName(host), *(x509.IPAddress(address) for address in addresses)]
        )

    def _named(self, common_name: str) -> Any:
        attribute = self._x509.NameAttribute(self._x509.NameOID.COMMON_NAME, common_name)
        return self._x509.Name([attribute])

    def _sign(self, subject: Any, extension: Any) -> Any:
        x509, now = self._x509, dt.datetime.now(dt.UTC)
        public = self._key.public_key()
        is_authority = isinstance(extension, x509.BasicConstraints)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=is_authority,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LIFE)
            .not_valid_after(now + LIFE)
            .add_extension(extension, critical=is_authority)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
            .sign(self._key, self._sha256)
        )

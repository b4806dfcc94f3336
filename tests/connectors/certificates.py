"""Certificates that a test makes for itself: an authority, and what it signs."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates for `name`.pem and `name`.key in a folder; its own is `ca.pem`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("a test's authority")
        self._write("ca", self.key, self._signed(self.name, self.key, x509.BasicConstraints(True, None)))

    def issue(self, name: str, uri: str = "urn:test") -> tuple[str, str]:
        """Return the paths of a certificate for 127.0.0.1, or an application called `uri`, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.UniformResourceIdentifier(uri)]
        address = x509.SubjectAlternativeName(names)
        return self._write(name, key, self._signed(_name(name), key, address))

    @property
    def certificate(self) -> str:
        return str(self.folder / "ca.pem")

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1))
        builder = builder.not_valid_after(now + datetime.timedelta(days=1))
        return builder.add_extension(extension, critical=True).sign(self.key, hashes.SHA256())

    def _write(
        self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate
    ) -> tuple[str, str]:
        pem = serialization.Encoding.PEM
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(pem))
        plain = serialization.NoEncryption()
        paths[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
        return str(paths[0]), str(paths[1])


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

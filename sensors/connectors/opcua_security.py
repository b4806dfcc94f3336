"""Who is at the other end: certificates that an OPC UA server and this client show each other."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from asyncua import Client, ua
from asyncua.crypto import cert_gen, security_policies
from asyncua.crypto.uacrypto import CertProperties
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.conf import settings

from sensors.connectors.opcua_entry import OpcUa

logger = logging.getLogger(__name__)
TIMEOUT = 5.0  # seconds that an answer may take
SESSION = 60_000  # milliseconds that the server keeps a session without a word
DAYS = 3650
PEM = b"-----BEGIN"


class Untrusted(Exception):
    """The server's certificate is not to be relied on; the message says what to do."""


class Identity(msgspec.Struct, frozen=True):
    """The product's own certificate (DER) and key (PEM), and where the certificate is found."""

    certificate: bytes
    key: bytes
    path: Path

    @property
    def uri(self) -> str:
        """Return the application's name, which is the one in the certificate (OPC UA part 4, 6.1.3)."""
        return _uris(x509.load_der_x509_certificate(self.certificate))[0]


def folder() -> Path:
    return Path(settings.DATA_DIR) / "opcua"


async def open_client(entry: OpcUa) -> Client:
    """Return a client that is ready to connect, having seen that the server is whom we trust.

    Raises:
        Untrusted: the server shows another certificate.
        ua.UaError, OSError, TimeoutError: the server cannot be asked, or has no such endpoint.
    """
    client = Client(entry.address, timeout=TIMEOUT, watchdog_intervall=TIMEOUT)
    client.name = client.description = "Smartmaint"
    client.product_uri = "urn:smartmaint"
    client.session_timeout = SESSION
    if entry.username:
        client.set_user(entry.username)
        client.set_password(entry.password)
    if entry.security != "None":
        await _secure(client, entry)
    return client


async def _secure(client: Client, entry: OpcUa) -> None:
    policy: Any = getattr(security_policies, f"SecurityPolicy{entry.security}")
    mode = ua.MessageSecurityMode[entry.mode]
    endpoints = await client.connect_and_get_server_endpoints()
    endpoint = Client.find_endpoint(endpoints, mode, policy.URI)
    server = first_of_chain(endpoint.ServerCertificate)
    check_trust(entry, server, endpoint.Server.ApplicationUri, datetime.now(UTC))
    own = await asyncio.to_thread(own_identity, entry)
    client.application_uri = own.uri
    await client.set_security(
        policy,
        CertProperties(own.certificate, "der"),
        CertProperties(own.key, "pem"),
        server_certificate=CertProperties(server.public_bytes(Encoding.DER), "der"),
        mode=mode,
    )


def first_of_chain(der: bytes) -> x509.Certificate:
    """Return the server's own certificate, which stands before those of its authorities."""
    length = int.from_bytes(der[2:4], "big") + 4
    return x509.load_der_x509_certificate(der[:length])


def check_trust(entry: OpcUa, server: x509.Certificate, uri: str, at: datetime) -> None:
    """Let a certificate pass that is trusted itself, or signed by a trusted authority; keep another one where
    a person can look at it.

    Raises:
        Untrusted: it is unknown, not valid at `at`, or another application's than `uri`.
    """
    name = server.subject.rfc4514_string()
    if not server.not_valid_before_utc <= at <= server.not_valid_after_utc:
        until = f"{server.not_valid_before_utc:%F} to {server.not_valid_after_utc:%F}"
        raise Untrusted(f"The server's certificate ({name}) is valid from {until} only.")
    if uri not in _uris(server):
        raise Untrusted(f"The server calls itself {uri}, and its certificate ({name}) says otherwise.")
    place = Path(entry.trusted) if entry.trusted else folder() / "trusted"
    places = [place, *([Path(entry.ca)] if entry.ca else [])]
    if not any(_vouches(known, server, at) for place in places for known in _certificates(place)):
        kept = _keep_refused(server)
        digest = server.fingerprint(hashes.SHA256()).hex()
        way = f"copy {kept} to {entry.trusted or '../trusted'}"
        raise Untrusted(f"The server's certificate is not trusted. If its SHA-256 is {digest}, {way}.")


def _vouches(known: x509.Certificate, server: x509.Certificate, at: datetime) -> bool:
    if known == server:
        return True
    try:
        authority = known.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        server.verify_directly_issued_by(known)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError):
        return False
    return authority and known.not_valid_before_utc <= at <= known.not_valid_after_utc


def _certificates(place: Path) -> list[x509.Certificate]:
    """Return the certificates of a file or a folder; a file that holds none is passed over."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place == folder() / "trusted":
        place.mkdir(exist_ok=True)
    found = []
    for file in sorted(place.iterdir()) if place.is_dir() else [place]:
        try:
            found.append(_load(file.read_bytes()))
        except (OSError, ValueError) as error:
            logger.warning("%s is no certificate: %s", file, error)
    return found


def _load(content: bytes) -> x509.Certificate:
    return (x509.load_pem_x509_certificate if PEM in content else x509.load_der_x509_certificate)(content)


def _keep_refused(server: x509.Certificate) -> Path:
    path = folder() / "refused" / f"{server.fingerprint(hashes.SHA256()).hex()[:16]}.der"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(server.public_bytes(Encoding.DER))
    return path


def _uris(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return [""]
    return names.get_values_for_type(x509.UniformResourceIdentifier) or [""]


def own_identity(entry: OpcUa) -> Identity:
    """Return the certificate that the entry names, else the product's own, made at first need."""
    if entry.certificate:
        certificate = _load(Path(entry.certificate).read_bytes()).public_bytes(Encoding.DER)
        return Identity(certificate, Path(entry.key).read_bytes(), Path(entry.certificate))
    path, key = folder() / "own" / "certificate.der", folder() / "own" / "key.pem"
    if not (path.exists() and key.exists()):
        _make_identity(path, key)
    return Identity(path.read_bytes(), key.read_bytes(), path)


def _make_identity(path: Path, key: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    host, secret = socket.gethostname(), cert_gen.generate_private_key()
    names = [x509.UniformResourceIdentifier(f"urn:{host}:smartmaint"), x509.DNSName(host)]
    usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
    made = cert_gen.generate_self_signed_app_certificate(secret, "Smartmaint", {}, names, usage, days=DAYS)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(cert_gen.dump_private_key_as_pem(secret))
    path.write_bytes(made.public_bytes(Encoding.DER))
    logger.warning("Made the certificate %s: OPC UA servers must trust it.", path)

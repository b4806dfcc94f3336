"""A real OPC UA server for tests: a press with a few variables, and certificates made on the fly."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

from asyncua import Server, ua
from asyncua.crypto import cert_gen
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from sensors.connectors.opcua_entry import OpcUa, OpcUaNode

URI = "urn:test:press"
MAKER = "urn:maker:press"


class Passwords:
    """Lets in who knows the password."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        return User(role=UserRole.User) if (username, password) == ("reader", "secret") else None


class Press:
    """An OPC UA server on a port of its own, which keeps the port when it starts again."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server: Server | None = None
        self.variables: dict[str, object] = {}
        self.identity: tuple[Path, Path] | None = None
        self.users: Passwords | None = None

    @property
    def address(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}"

    def secured(self, folder: Path, *, users: Passwords | None = None) -> Press:
        """Show a certificate of its own, and speak encrypted only."""
        self.identity, self.users = make_identity(folder), users
        return self

    async def start(self) -> Press:
        self.server = server = Server(user_manager=self.users)
        await server.init()
        server.set_endpoint(self.address)
        await server.set_application_uri(URI)
        if self.identity:
            certificate, key = self.identity
            await server.load_certificate(str(certificate))
            await server.load_private_key(str(key))
            policies = [ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
        else:
            policies = [ua.SecurityPolicyType.NoSecurity]
        server.set_security_policy(policies, permission_ruleset=SimpleRoleRuleset())
        if self.users:
            server.set_identity_tokens([ua.UserNameIdentityToken])
        await self._furnish(server)
        await server.start()
        return self

    async def stop(self) -> None:
        if self.server:
            await self.server.stop()
            self.server = None

    async def _furnish(self, server: Server) -> None:
        space = await server.register_namespace(MAKER)
        press = await server.nodes.objects.add_object(ua.NodeId("Press", space), "Press")
        drive = await press.add_object(ua.NodeId("Press.Drive", space), "Drive")
        for place, name, value in (
            (press, "Force", 10.0),
            (press, "Strokes", 7),
            (press, "Running", True),
            (press, "Program", "P-17"),
            (drive, "Temperature", 40.0),
        ):
            node_id = ua.NodeId(f"Press.{name}", space)
            self.variables[name] = await place.add_variable(node_id, f"{space}:{name}", value)
        unit = ua.EUInformation(DisplayName=ua.LocalizedText("°C"), UnitId=4408652)
        await self.variables["Temperature"].add_property(0, "EngineeringUnits", unit)

    async def say(self, name: str, value: object, at: datetime | None = None, status: int = 0) -> None:
        """Let a variable hold a value of a moment, with a status."""
        kind = ua.VariantType.Double if isinstance(value, float) else None
        said = ua.DataValue(
            Value=ua.Variant(value, kind),
            StatusCode=ua.StatusCode(status),
            SourceTimestamp=at or datetime.now(UTC),
            ServerTimestamp=datetime.now(UTC),
        )
        await self.variables[name].write_value(said)


def make_identity(folder: Path, uri: str = URI, days: int = 30) -> tuple[Path, Path]:
    """Return paths of a self-signed certificate (DER) and its key (PEM)."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = cert_gen.generate_private_key()
    names = [x509.UniformResourceIdentifier(uri), x509.DNSName("localhost")]
    usage = [ExtendedKeyUsageOID.SERVER_AUTH]
    made = cert_gen.generate_self_signed_app_certificate(secret, "Press", {}, names, usage, days=days)
    certificate, key = folder / "press.der", folder / "press.key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.DER))
    key.write_bytes(cert_gen.dump_private_key_as_pem(secret))
    return certificate, key


def press_entry(press: Press, **changes: object) -> OpcUa:
    """Return an entry that listens to the press quickly."""
    values = {
        "name": "press",
        "address": press.address,
        "organization": "acme",
        "interval": 50.0,
        "nodes": (node("Force", "PRESS-1.force", unit="kN"),),
    }
    return OpcUa(**values | changes)


def node(name: str, sensor: str, **changes: object) -> OpcUaNode:
    return OpcUaNode(node=f"nsu={MAKER};s=Press.{name}", sensor=sensor, **changes)

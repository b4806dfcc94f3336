"""A real OPC UA server for tests: a press with a few variables, and certificates made on the fly."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

from asyncua import Node, Server, ua
from asyncua.crypto import cert_gen
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from sensors.connectors.opcua_entry import OpcUa, OpcUaNode

URI = "urn:test:press"
MAKER = "urn:maker:press"
AT_FIRST = {"Force": 10.0, "Strokes": 7, "Running": True, "Program": "P-17", "Temperature": 40.0}


class Passwords:
    """Lets in anybody, and by name only who knows the password."""

    def get_user(self, iserver, username=None, password=None, certificate=None):
        known = username is None or (username, password) == ("reader", "secret")
        return User(role=UserRole.User) if known else None


class Press:
    """A server with a loop of its own: an address space takes seconds to make, so that tests share it."""

    def __init__(self, folder: Path) -> None:
        self.identity = make_identity(folder)
        self.address = f"opc.tcp://127.0.0.1:{_free_port()}"
        self.variables: dict[str, Node] = {}
        self.running = False
        self.loop = asyncio.new_event_loop()
        Thread(target=self.loop.run_forever, daemon=True).start()
        self._now(self._make())

    def _now(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def _there(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    async def start(self) -> None:
        if not self.running:
            await self._there(self.server.start())
            self.running = True

    async def stop(self) -> None:
        if self.running:
            await self._there(self.server.stop())
            self.running = False

    async def reset(self) -> None:
        """Be there, with every variable as at the beginning."""
        await self.start()
        for name, value in AT_FIRST.items():
            await self.say(name, value)

    def end(self) -> None:
        self._now(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _end(self) -> None:
        if self.running:
            await self.server.stop()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _make(self) -> None:
        self.server = server = Server(user_manager=Passwords())
        await server.init()
        server.set_endpoint(self.address)
        await server.set_application_uri(URI)
        certificate, key = self.identity
        await server.load_certificate(str(certificate))
        await server.load_private_key(str(key))
        policies = [ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt]
        server.set_security_policy(policies, permission_ruleset=SimpleRoleRuleset())
        server.set_identity_tokens([ua.AnonymousIdentityToken, ua.UserNameIdentityToken])
        await self._furnish(server)

    async def _furnish(self, server: Server) -> None:
        self.space = space = await server.register_namespace(MAKER)
        press = await server.nodes.objects.add_object(ua.NodeId("Press", space), "Press")
        drive = await press.add_object(ua.NodeId("Press.Drive", space), "Drive")
        for name, value in AT_FIRST.items():
            place = drive if name == "Temperature" else press
            self.variables[name] = await self._variable(place, name, value)
        unit = ua.EUInformation(DisplayName=ua.LocalizedText("°C"), UnitId=4408652)
        await self.variables["Temperature"].add_property(0, "EngineeringUnits", unit)

    async def _variable(self, place: Node, name: str, value: object) -> Node:
        return await place.add_variable(ua.NodeId(f"Press.{name}", self.space), f"{self.space}:{name}", value)

    async def add(self, name: str, value: object) -> None:
        """Have one more variable from now on."""
        self.variables[name] = await self._there(self._variable(self.server.nodes.objects, name, value))

    async def say(self, name: str, value: object, at: datetime | None = None, status: int = 0) -> None:
        """Let a variable hold a value of a moment, with a status."""
        now = datetime.now(UTC)
        kind = ua.VariantType.Double if isinstance(value, float) else None
        said = ua.DataValue(
            Value=ua.Variant(value, kind),
            StatusCode=ua.StatusCode(status),
            SourceTimestamp=at or now,
            ServerTimestamp=now,
        )
        await self._there(self.variables[name].write_value(said))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


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

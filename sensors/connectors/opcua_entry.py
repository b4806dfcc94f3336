"""What an [[opcua]] entry of the connectors' file may say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec

from sensors.connectors.entries import Entry, Text, check_files, check_organization, check_scheme
from sensors.connectors.topics import names_in

Unit = Annotated[str, msgspec.Meta(max_length=32)]
Kind = Annotated[str, msgspec.Meta(max_length=64)]
Deadband = Annotated[float, msgspec.Meta(ge=0)]


class OpcUaNode(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One variable of the server, such as `ns=2;s=Pump1.Vibration` or `nsu=urn:maker;i=7`, and the sensor
    that it is. Without a `unit` it is the one that the server tells."""

    node: Text
    sensor: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    asset: Annotated[str, msgspec.Meta(max_length=128)] = ""
    unit: Unit = ""
    sensor_type: Kind = ""
    deadband: Deadband | None = None


class OpcUaFolder(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """All variables with numbers below an object, down to `depth` levels; `sensor` and `asset` make codes of
    {name}, the variable's own, and {path}, its place below the object."""

    node: Text
    sensor: Text
    asset: str = ""
    depth: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3

    def __post_init__(self) -> None:
        for template in (self.sensor, self.asset):
            if strange := sorted(names_in(template) - {"name", "path"}):
                raise ValueError(f"a folder knows {{name}} and {{path}}, not {{{strange[0]}}}")
        if not names_in(self.sensor):
            raise ValueError("`sensor` has to name {name} or {path}, else all variables were one sensor")


class OpcUa(Entry, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An OPC UA client. The server is asked to look at each node every `interval` milliseconds, to keep
    `queue` values of each while nobody fetches them, and to pass over changes within the `deadband`.

    `trusted` is a certificate or a folder of those that servers may show; without `certificate` and `key` the
    product's own is used, made at first need."""

    kind: ClassVar[str] = "opcua"
    nodes: tuple[OpcUaNode, ...] = ()
    folders: tuple[OpcUaFolder, ...] = ()
    security: Literal["None", "Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = "None"
    mode: Literal["Sign", "SignAndEncrypt"] = "SignAndEncrypt"
    trusted: str = ""
    plain_password: bool = False
    interval: Annotated[float, msgspec.Meta(ge=10, le=3_600_000)] = 1000.0
    queue: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    deadband: Deadband = 0.0

    def __post_init__(self) -> None:
        check_scheme(self, ("opc.tcp",))
        check_organization(self)
        check_files(self)
        if not self.nodes and not self.folders:
            raise ValueError("`nodes` and `folders` name no variable to listen to")
        twice = [code for code, count in Counter(node.sensor for node in self.nodes).items() if count > 1]
        if twice:
            raise ValueError(f"{twice[0]} is the sensor of more than one node")
        if self.trusted and not Path(self.trusted).exists():
            raise ValueError(f"`trusted` names {self.trusted}, which is neither a file nor a folder")
        if self.username and self.security == "None" and not self.plain_password:
            raise ValueError(
                "a password needs `security`, or `plain_password = true` to send it for all to read"
            )

    @property
    def listens_to(self) -> str:
        security = "no security" if self.security == "None" else f"{self.security}, {self.mode}"
        return f"{len(self.nodes)} nodes and {len(self.folders)} folders ({security})"

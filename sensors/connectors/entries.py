"""What an entry of the connectors' file may say, one class for each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal
from urllib.parse import SplitResult, urlsplit

import msgspec

from sensors.connectors.topics import names_in, topic_filter

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Seconds = Annotated[int, msgspec.Meta(ge=5, le=3600)]
SCHEMES = {"mqtt": 1883, "mqtts": 8883}


class Entry(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One connection. `organization` is a slug: nothing can be written anywhere else.

    `ca`, `certificate` and `key` are files in PEM; a `key` and its `certificate` come together.
    """

    kind: ClassVar[str]
    name: Name
    address: Text
    organization: str = ""
    username: str = ""
    password: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""

    @property
    def writes_to(self) -> tuple[str, ...]:
        """The slugs of the organizations that this entry may write into."""
        return (self.organization,)

    @property
    def url(self) -> SplitResult:
        return urlsplit(self.address)

    @property
    def listens_to(self) -> str:
        return "what it is told"

    def describe(self) -> str:
        """Return one sentence on what this entry does, without its secrets."""
        return f"listens to {self.listens_to} at {self.address}, for {', '.join(self.writes_to)}"


class Broker(Entry, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What every way over an MQTT broker needs. `session_expiry` (seconds) is how long the broker keeps what
    it could not deliver; 3.1.1 brokers keep it as they please."""

    version: Literal["5", "3.1.1"] = "5"
    keepalive: Seconds = 30
    session_expiry: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 2)] = 7 * 86_400
    client_id: str = ""

    @property
    def identifier(self) -> str:
        """The same at each start: by it the broker knows what is still to be delivered."""
        return self.client_id or f"smartmaint-{self.name}"

    @property
    def port(self) -> int:
        return self.url.port or SCHEMES[self.url.scheme]


class Mqtt(Broker, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Readings on topics of a template; `asset` and `sensor` make codes of its placeholders, and where they
    are empty the payload names the sensor, and its machine.

    With `{organization}` in the topic, `organizations` lists the slugs that it may name. `retained` "take"
    stores a retained message as any other. `epoch` is the unit of timestamps that are numbers.
    """

    kind: ClassVar[str] = "mqtt"
    topic: Text
    organizations: tuple[Text, ...] = ()
    asset: str = "{asset}"
    sensor: str = "{asset}.{sensor}"
    unit: Annotated[str, msgspec.Meta(max_length=32)] = ""
    qos: Literal[0, 1] = 1
    retained: Literal["ignore", "take"] = "ignore"
    epoch: Literal["s", "ms"] | None = None
    status_topic: str = ""

    def __post_init__(self) -> None:
        _check_broker(self)
        topic_filter(self.topic)
        known = names_in(self.topic)
        _check_places("asset", self.asset, known)
        _check_places("sensor", self.sensor, known)
        if ("organization" in known) != bool(self.organizations):
            raise ValueError("`organizations` lists what {organization} in the topic may be: both or none")
        if bool(self.organizations) == bool(self.organization):
            raise ValueError("name one `organization`, or `organizations` with {organization} in the topic")

    @property
    def writes_to(self) -> tuple[str, ...]:
        return self.organizations or (self.organization,)

    @property
    def listens_to(self) -> str:
        return topic_filter(self.topic)


class Sparkplug(Broker, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A Sparkplug B host application called `host`; it hears the edge nodes of `groups` (none named: of all).

    `asset` and `sensor` make codes of {group}, {edge}, {device} (of an edge node's own metrics: the edge
    node) and {metric}.
    """

    kind: ClassVar[str] = "sparkplug"
    host: Name = "smartmaint"
    groups: tuple[Name, ...] = ()
    asset: str = "{device}"
    sensor: str = "{device}.{metric}"

    def __post_init__(self) -> None:
        _check_broker(self)
        check_organization(self)
        known = {"group", "edge", "device", "metric"}
        _check_places("asset", self.asset, known - {"metric"})
        _check_places("sensor", self.sensor, known)
        if "metric" not in names_in(self.sensor):
            raise ValueError("`sensor` has to name {metric}, else all metrics were one sensor")

    @property
    def listens_to(self) -> str:
        return f"edge nodes of {', '.join(self.groups) or 'all groups'}"


def _check_broker(entry: Broker) -> None:
    check_scheme(entry, tuple(SCHEMES))
    check_files(entry)
    if (entry.ca or entry.certificate) and entry.url.scheme != "mqtts":
        raise ValueError("`ca` and `certificate` need an address that starts with mqtts://")


def check_scheme(entry: Entry, schemes: tuple[str, ...]) -> None:
    url = entry.url
    if url.scheme not in schemes or not url.hostname or url.username or url.password:
        raise ValueError(f"`address` is {schemes[0]}://host:port, and holds no user or password")
    if url.port == 0:
        raise ValueError("`address` names port 0")


def check_organization(entry: Entry) -> None:
    if not entry.organization:
        raise ValueError("`organization` names nobody: it is the slug of the organization to write into")


def check_files(entry: Entry) -> None:
    if bool(entry.certificate) != bool(entry.key):
        raise ValueError("`certificate` and `key` come together")
    for name in ("ca", "certificate", "key"):
        path = getattr(entry, name)
        if path and not Path(path).is_file():
            raise ValueError(f"`{name}` names {path}, which is no file")


def _check_places(field: str, template: str, known: set[str]) -> None:
    if strange := sorted(names_in(template) - known):
        raise ValueError(f"`{field}` names {{{strange[0]}}}, and only {sorted(known)} are known here")

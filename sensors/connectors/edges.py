"""What a Sparkplug host knows of an edge node: a plain rule, one message at a time (specification 3.0, 6).

An edge node tells of its metrics in births (NBIRTH its own, DBIRTH a device's) and then sends numbers under
short aliases. Who missed a birth or a message asks for a rebirth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sensors.connectors.sparkplug_payload import NUMBERS, Metric, Payload, number_of

BIRTHS, DATA = ("NBIRTH", "DBIRTH"), ("NDATA", "DDATA")
SEQUENCE = 256
OWN = ""  # the device of an edge node's own metrics
CONTROLS = ("bdSeq", "Node Control/", "Device Control/")
QUALITIES = {0: 0.0, 192: 1.0, 500: 0.0}  # bad, good, stale
UNIT_KEYS = ("engUnit", "Engineering Units", "unit")
LONGEST_UNIT = 32


class Known(NamedTuple):
    """A metric as its birth told of it; `device` is empty for the edge node's own."""

    device: str
    name: str
    datatype: int
    unit: str


class Said(NamedTuple):
    """A number. `at` is in milliseconds since 1970, None where nobody said."""

    metric: Known
    value: float
    at: int | None
    quality: float
    historical: bool


@dataclass
class Heard:
    """What follows from a message: numbers, metrics that are back or gone, and why a rebirth is needed."""

    said: list[Said] = field(default_factory=list)
    back: list[Known] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    at: int | None = None
    rebirth: str = ""


class Edge:
    """One edge node: alive or not, what its aliases mean, and the number of its next message."""

    def __init__(self) -> None:
        self.alive = False
        self.birth_number: float | None = None
        self.next_seq: int | None = None
        self.metrics: dict[tuple[str, str], Known] = {}
        self.aliases: dict[int, Known] = {}

    def hear(self, kind: str, device: str, payload: Payload) -> Heard:
        """Take a message in and return what follows from it."""
        if kind == "NDEATH":
            return self._end(payload)
        if kind == "NBIRTH":
            self._begin(payload)
        heard = Heard(at=payload.timestamp, rebirth=self._follow(payload))
        if kind in BIRTHS and not heard.rebirth.startswith("no birth"):
            heard.back = self._learn(device, payload)
        if kind == "DDEATH":
            heard.gone = self._forget(device)
        elif self.alive:
            self._read(device, payload, heard)
        return heard

    def _begin(self, payload: Payload) -> None:
        self.alive, self.metrics, self.aliases, self.next_seq = True, {}, {}, payload.seq
        self.birth_number = _birth_number(payload)

    def _end(self, payload: Payload) -> Heard:
        """A death certificate of an earlier session, delivered late, says nothing of this one. It was written
        when the edge node connected, so it does not know when it died."""
        number = _birth_number(payload)
        if not self.alive or number != self.birth_number:
            return Heard()
        gone = [metric for metric in self.metrics.values() if metric.datatype in NUMBERS]
        self.alive, self.metrics, self.aliases = False, {}, {}
        return Heard(gone=gone)

    def _follow(self, payload: Payload) -> str:
        """Return why a rebirth is needed by the message's number; the next one is expected after it."""
        if not self.alive:
            return "no birth of the edge node was heard"
        expected, given = self.next_seq, payload.seq
        if given is None:
            return ""
        self.next_seq = (given + 1) % SEQUENCE
        if expected is None or given == expected:
            return ""
        return f"message {given} came where {expected} was due"

    def _learn(self, device: str, payload: Payload) -> list[Known]:
        born = []
        for metric in payload.metrics:
            if metric.name.startswith(CONTROLS) or not metric.name:
                continue
            known = Known(device, metric.name, metric.datatype, _unit(metric))
            self.metrics[device, metric.name] = known
            if metric.alias is not None:
                self.aliases[metric.alias] = known
            born.append(known)
        return [known for known in born if known.datatype in NUMBERS]

    def _forget(self, device: str) -> list[Known]:
        gone = [known for (owner, _), known in self.metrics.items() if owner == device]
        self.metrics = {key: known for key, known in self.metrics.items() if key[0] != device}
        self.aliases = {alias: known for alias, known in self.aliases.items() if known.device != device}
        return [known for known in gone if known.datatype in NUMBERS]

    def _read(self, device: str, payload: Payload, heard: Heard) -> None:
        for metric, known in self._resolve(device, payload, heard):
            if known.datatype in NUMBERS and metric.value is not None:
                value = float(number_of(metric.value, known.datatype))
                at = metric.timestamp or payload.timestamp
                heard.said.append(Said(known, value, at, _quality(metric), metric.is_historical))

    def _resolve(self, device: str, payload: Payload, heard: Heard) -> Iterator[tuple[Metric, Known]]:
        for metric in payload.metrics:
            if metric.name.startswith(CONTROLS):
                continue
            known = self._known(device, metric)
            if known is not None and known.device == device:
                yield metric, known
            else:
                heard.rebirth = heard.rebirth or f"no birth told of the metric {metric.name or metric.alias}"

    def _known(self, device: str, metric: Metric) -> Known | None:
        if metric.name:
            return self.metrics.get((device, metric.name))
        return None if metric.alias is None else self.aliases.get(metric.alias)


def _birth_number(payload: Payload) -> float | None:
    return next((metric.value for metric in payload.metrics if metric.name == "bdSeq"), None)


def _unit(metric: Metric) -> str:
    found = next((metric.properties[key] for key in UNIT_KEYS if key in metric.properties), "")
    return found if isinstance(found, str) and len(found) <= LONGEST_UNIT else ""


def _quality(metric: Metric) -> float:
    return QUALITIES.get(metric.properties.get("Quality", 192), 1.0)

"""Sparkplug B payloads: protobuf by the field numbers of the Sparkplug 3.0 specification, chapter 6.4.

Only what carries readings and commands is described here; protobuf skips data sets, templates and files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

FieldType = descriptor_pb2.FieldDescriptorProto
PACKAGE = "org.eclipse.tahu.protobuf"
VALUES = {
    "int_value": FieldType.TYPE_UINT32,
    "long_value": FieldType.TYPE_UINT64,
    "float_value": FieldType.TYPE_FLOAT,
    "double_value": FieldType.TYPE_DOUBLE,
    "boolean_value": FieldType.TYPE_BOOL,
    "string_value": FieldType.TYPE_STRING,
}


def _values(first: int) -> dict[str, tuple[int, Any]]:
    return {name: (number, kind) for number, (name, kind) in enumerate(VALUES.items(), first)}


# message -> field -> (number, type); a type that is a name is a message, and one in a list is repeated
MESSAGES: dict[str, dict[str, tuple[int, Any]]] = {
    "PropertyValue": {"type": (1, FieldType.TYPE_UINT32), "is_null": (2, FieldType.TYPE_BOOL), **_values(3)},
    "PropertySet": {"keys": (1, [FieldType.TYPE_STRING]), "values": (2, ["PropertyValue"])},
    "Metric": {
        "name": (1, FieldType.TYPE_STRING),
        "alias": (2, FieldType.TYPE_UINT64),
        "timestamp": (3, FieldType.TYPE_UINT64),
        "datatype": (4, FieldType.TYPE_UINT32),
        "is_historical": (5, FieldType.TYPE_BOOL),
        "is_transient": (6, FieldType.TYPE_BOOL),
        "is_null": (7, FieldType.TYPE_BOOL),
        "properties": (9, "PropertySet"),
        **_values(10),
    },
    "Payload": {
        "timestamp": (1, FieldType.TYPE_UINT64),
        "metrics": (2, ["Metric"]),
        "seq": (3, FieldType.TYPE_UINT64),
    },
}

INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, FLOAT, DOUBLE, BOOLEAN, STRING = range(1, 13)
SIGNED_BITS = {INT8: 8, INT16: 16, INT32: 32, INT64: 64}
NUMBERS = frozenset(range(INT8, BOOLEAN + 1))
KEPT_IN = {
    **dict.fromkeys((INT8, INT16, INT32, UINT8, UINT16, UINT32), "int_value"),
    **dict.fromkeys((INT64, UINT64), "long_value"),
    FLOAT: "float_value",
    DOUBLE: "double_value",
    BOOLEAN: "boolean_value",
    STRING: "string_value",
}


class PayloadBroken(ValueError):
    """These bytes are no Sparkplug B payload."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """`value` is a number, or None where it is null or of another kind. `timestamp` is in milliseconds."""

    name: str = ""
    alias: int | None = None
    timestamp: int | None = None
    datatype: int = 0
    value: float | int | None = None
    is_historical: bool = False
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Payload:
    timestamp: int | None = None
    seq: int | None = None
    metrics: tuple[Metric, ...] = ()


def decode(payload: bytes) -> Payload:
    """Read a payload.

    Raises:
        PayloadBroken: it is none.
    """
    try:
        said = _message("Payload").FromString(payload)
    except DecodeError as error:
        raise PayloadBroken(str(error) or "This is no protobuf.") from error
    return Payload(
        timestamp=_given(said, "timestamp"),
        seq=_given(said, "seq"),
        metrics=tuple(_metric(metric) for metric in said.metrics),
    )


def encode(payload: Payload) -> bytes:
    """Write a payload, its numbers where their datatype keeps them."""
    message = _message("Payload")()
    _set(message, timestamp=payload.timestamp, seq=payload.seq)
    for metric in payload.metrics:
        _write(message.metrics.add(), metric)
    return message.SerializeToString()


def number_of(raw: Any, datatype: int) -> float | int:
    """Return the number that is kept as `raw`: signed ones are kept as the two's complement."""
    bits = SIGNED_BITS.get(datatype)
    if bits is None or not isinstance(raw, int):
        return raw
    low = raw & (2**bits - 1)
    return low - 2**bits if low >> (bits - 1) else low


def _metric(metric: Any) -> Metric:
    raw = None if metric.is_null else _raw(metric)
    return Metric(
        name=metric.name,
        alias=_given(metric, "alias"),
        timestamp=_given(metric, "timestamp"),
        datatype=metric.datatype,
        value=None if isinstance(raw, str) else raw,
        is_historical=metric.is_historical,
        properties=_properties(metric.properties),
    )


def _properties(properties: Any) -> dict[str, Any]:
    pairs = zip(properties.keys, properties.values, strict=False)
    return {key: number_of(_raw(value), value.type) for key, value in pairs if not value.is_null}


def _raw(message: Any) -> Any:
    return next((getattr(message, name) for name in VALUES if message.HasField(name)), None)


def _given(message: Any, name: str) -> int | None:
    return getattr(message, name) if message.HasField(name) else None


def _write(message: Any, metric: Metric) -> None:
    _set(message, name=metric.name or None, alias=metric.alias, timestamp=metric.timestamp)
    _set(message, datatype=metric.datatype or None, is_historical=metric.is_historical or None)
    if metric.value is None:
        message.is_null = True
    else:
        _set(message, **_kept(metric.value, metric.datatype))
    for key, value in metric.properties.items():
        kind = STRING if isinstance(value, str) else INT32
        message.properties.keys.append(key)
        _set(message.properties.values.add(), type=kind, **_kept(value, kind))


def _kept(value: Any, datatype: int) -> dict[str, Any]:
    name = KEPT_IN.get(datatype, "double_value")
    if bits := {"int_value": 32, "long_value": 64}.get(name):
        return {name: int(value) & (2**bits - 1)}
    return {name: bool(value) if datatype == BOOLEAN else value}


def _set(message: Any, **values: Any) -> None:
    for name, value in values.items():
        if value is not None:
            setattr(message, name, value)


@cache
def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{PACKAGE}.{name}"))


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package=PACKAGE, syntax="proto2")
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        message.field.extend(_field(key, number, kind) for key, (number, kind) in fields.items())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _field(name: str, number: int, kind: Any) -> descriptor_pb2.FieldDescriptorProto:
    repeated = isinstance(kind, list)
    kind = kind[0] if repeated else kind
    label = FieldType.LABEL_REPEATED if repeated else FieldType.LABEL_OPTIONAL
    if isinstance(kind, str):
        path = f".{PACKAGE}.{kind}"
        return FieldType(name=name, number=number, label=label, type=FieldType.TYPE_MESSAGE, type_name=path)
    return FieldType(name=name, number=number, label=label, type=kind)

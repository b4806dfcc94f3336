"""Which variables of an OPC UA server are listened to: those named, and those below named objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TypeVar

import msgspec
from asyncua import Client, Node, ua

from sensors.connectors.opcua_entry import OpcUa, OpcUaFolder, OpcUaNode
from sensors.connectors.opcua_values import Target, is_bad, is_numeric
from sensors.connectors.topics import TemplateBroken, fill

Thing = TypeVar("Thing")
AT_ONCE = 200  # nodes in a request
LONGEST_UNIT = 32


class Missing(msgspec.Struct, frozen=True):
    """A node that cannot be listened to, and why."""

    node: str
    reason: str

    def __str__(self) -> str:
        return f"{self.node} ({self.reason})"


async def find_targets(client: Client, entry: OpcUa) -> tuple[list[Target], list[Missing]]:
    """Return what is to be listened to, with its unit, and what cannot be."""
    outcomes: list[Target | Missing] = [await _named(client, entry, node) for node in entry.nodes]
    for folder in entry.folders:
        outcomes += [outcome async for outcome in _below(client, entry, folder)]
    targets = [outcome for outcome in outcomes if isinstance(outcome, Target)]
    return await _with_units(client, targets), [one for one in outcomes if isinstance(one, Missing)]


async def _named(client: Client, entry: OpcUa, node: OpcUaNode) -> Target | Missing:
    place = await _find(client, node.node)
    if isinstance(place, Missing):
        return place
    deadband = entry.deadband if node.deadband is None else node.deadband
    return Target(place, node.sensor, node.asset, node.unit, node.sensor_type, deadband)


async def _find(client: Client, text: str) -> ua.NodeId | Missing:
    """Return the id; `nsu=URI;…` names the namespace by its URI, whose number may change with a restart."""
    try:
        if text.startswith("nsu="):
            uri, _, rest = text.removeprefix("nsu=").partition(";")
            text = f"ns={await client.get_namespace_index(uri)};{rest}"
        return ua.NodeId.from_string(text)
    except (ua.UaError, ValueError) as error:
        return Missing(text, str(error) or type(error).__name__)


async def _below(client: Client, entry: OpcUa, folder: OpcUaFolder) -> AsyncIterator[Target | Missing]:
    """Yield the variables below an object that hold numbers, or that hold nothing now."""
    place = await _find(client, folder.node)
    if isinstance(place, Missing):
        yield place
        return
    try:
        found = [one async for one in _walk(client.get_node(place), "", folder.depth)]
    except ua.UaError as error:
        yield Missing(folder.node, str(error))
        return
    values = await _read(client, [node for node, _, _ in found])
    for (node, name, path), value in zip(found, values, strict=True):
        if is_bad(value) or is_numeric(value.Value):
            yield _filled(folder, node, {"name": name, "path": path}, entry.deadband)


def _filled(folder: OpcUaFolder, node: ua.NodeId, names: dict[str, str], deadband: float) -> Target | Missing:
    try:
        sensor = fill(folder.sensor, names)
        asset = fill(folder.asset, names) if folder.asset else ""
    except TemplateBroken as error:
        return Missing(node.to_string(), str(error))
    return Target(node, sensor, asset, deadband=deadband)


async def _walk(node: Node, path: str, depth: int) -> AsyncIterator[tuple[ua.NodeId, str, str]]:
    """Yield id, name and path of the variables below a node, depth first."""
    for child in await node.get_children_descriptions():
        name = child.BrowseName.Name or ""
        below = f"{path}.{name}" if path else name
        if child.NodeClass == ua.NodeClass.Variable:
            yield child.NodeId, name, below
        elif child.NodeClass == ua.NodeClass.Object and depth > 1:
            async for found in _walk(Node(node.session, child.NodeId), below, depth - 1):
                yield found


async def _read(client: Client, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
    """Return the values of the nodes in order, bad ones too."""
    values: list[ua.DataValue] = []
    for part in _parts(nodes):
        values += await client.uaclient.read_attributes(list(part), ua.AttributeIds.Value)
    return values


def _parts(things: Sequence[Thing]) -> Iterable[Sequence[Thing]]:
    return (things[start : start + AT_ONCE] for start in range(0, len(things), AT_ONCE))


async def _with_units(client: Client, targets: list[Target]) -> list[Target]:
    """Return the targets; one without a unit gets the server's (part 8, EUInformation), if it tells any."""
    places: list[ua.NodeId | None] = []
    for part in _parts(targets):
        paths = [_path_to_unit(target.node) for target in part]
        results = await client.uaclient.translate_browsepaths_to_nodeids(paths)
        places += [
            one.Targets[0].TargetId if one.StatusCode.is_good() and one.Targets else None for one in results
        ]
    asked = [place for place, target in zip(places, targets, strict=True) if place and not target.unit]
    told = dict(zip(asked, await _read(client, asked), strict=True))
    return [
        msgspec.structs.replace(target, unit=_unit(told[place])) if place in told else target
        for place, target in zip(places, targets, strict=True)
    ]


def _path_to_unit(node: ua.NodeId) -> ua.BrowsePath:
    step = ua.RelativePathElement()
    step.ReferenceTypeId = ua.NodeId(ua.ObjectIds.HasProperty)  # type: ignore[arg-type]
    step.IsInverse, step.IncludeSubtypes = False, True  # type: ignore[assignment]
    step.TargetName = ua.QualifiedName("EngineeringUnits")
    return ua.BrowsePath(node, ua.RelativePath([step]))


def _unit(value: ua.DataValue) -> str:
    told = value.Value.Value if value.Value is not None else None
    text = (told.DisplayName.Text or "") if isinstance(told, ua.EUInformation) else ""
    return text.strip()[:LONGEST_UNIT] if text.isprintable() else ""

"""Which sensors measure what a model is given."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from mlops.models import ModelVersion
from sensors.models import Sensor

MOST_TOGETHER = 12  # sensors that one input of a class's model is looked at by
FIELDS = {"sensor": "pk", "asset": "asset", "asset-class": "asset__asset_class"}


def sources_of(version: ModelVersion) -> dict[str, list[Sensor]]:
    """Return the sensors behind a model's inputs, by what measures them: a kind of sensor, or a code.

    An input may be made from readings ("vibration, mean of 24 h"): its source is the longest kind or code
    that its name contains. Inputs without any are left out.
    """
    sensors = list(_sensors_in(version).select_related("asset").order_by("asset", "code"))
    if version.model.scope.startswith("sensor:"):
        return {one.kind or one.code: [one] for one in sensors}
    labelled = _labelled(sensors)
    names = (str(feature["name"]) for feature in version.features)
    used = {label for name in names if (label := _label_in(name, labelled))}
    return {label: labelled[label][:MOST_TOGETHER] for label in used}


def _sensors_in(version: ModelVersion) -> QuerySet[Sensor]:
    kind, _, which = version.model.scope.partition(":")
    rows = Sensor.objects.filter(organization=version.model.organization_id, enabled=True)
    return rows.filter(**{FIELDS[kind]: which}) if kind in FIELDS else rows


def _labelled(sensors: Iterable[Sensor]) -> dict[str, list[Sensor]]:
    """Return the sensors by code, and by kind; the second of a kind on an asset is "vibration 2"."""
    found: dict[str, list[Sensor]] = defaultdict(list)
    seen: Counter[tuple[int, str]] = Counter()
    for sensor in sensors:
        found[sensor.code].append(sensor)
        if sensor.kind:
            seen[sensor.asset_id, sensor.kind] += 1
            number = seen[sensor.asset_id, sensor.kind]
            found[f"{sensor.kind} {number}" if number > 1 else sensor.kind].append(sensor)
    return found


def _label_in(name: str, labels: Iterable[str]) -> str | None:
    inside = (label for label in labels if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", name))
    return max(inside, key=len, default=None)

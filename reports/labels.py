"""How a sensor is called where its machine is known."""

from __future__ import annotations

from sensors.models import Sensor


def label_of(sensor: Sensor) -> str:
    """Return its name; without one what it measures, with its code to tell it from its like."""
    if sensor.name or not sensor.kind:
        return str(sensor)
    kind = sensor.kind[:1].upper() + sensor.kind[1:]
    return f"{kind} · {sensor.code}"

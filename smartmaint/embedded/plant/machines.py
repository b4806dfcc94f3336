"""The machines of the demo plant, their sensors, and what each sensor would read without noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from smartmaint.embedded.plant import physics
from smartmaint.embedded.plant.conditions import Conditions
from smartmaint.embedded.plant.faults import Fault
from smartmaint.embedded.plant.noise import Array, lagged

Severities = Mapping[Fault, Array]
Model = Callable[[Conditions, Severities], dict[str, Array]]

THERMAL_LAG = 60.0  # s; real bearings take ten times as long, the demo's wear is quicker still
CURVE = physics.PumpCurve()


@dataclass(frozen=True, kw_only=True)
class SensorSpec:
    """`noise` is the standard deviation in the unit, `flutter` that part of the value; both are white."""

    code: str
    name: str
    kind: str
    unit: str
    resolution: float
    noise: float = 0.0
    flutter: float = 0.0
    lower_limit: float | None = None
    upper_limit: float | None = None

    @property
    def channel(self) -> str:
        """What the machine's model calls it: the code without the machine's own."""
        return self.code.rpartition("-")[2]


@dataclass(frozen=True, kw_only=True)
class MachineSpec:
    """`criticality` is 1 (stops the plant) to 3; `asset_class` is an ISO 14224 equipment class."""

    code: str
    name: str
    asset_class: str
    criticality: int
    sensors: tuple[SensorSpec, ...]
    model: Model


def pump(at: Conditions, faults: Severities) -> dict[str, Array]:
    """A centrifugal pump; cavitation takes up to 3.7 m of NPSH (a suction strainer that clogs).

    Vapour takes head, and so flow; its collapse adds broadband vibration and sound, whose energies are
    taken as proportional to the loss of head and add to those of the sound machine.
    """
    sound_flow, _ = physics.duty_point(CURVE, at.load, np.ones_like(at.load))
    loss = physics.cavitation_loss(CURVE, sound_flow, 3.7 * faults[Fault.CAVITATION])
    flow, head = physics.duty_point(CURVE, at.load, 1.0 - loss)
    power = physics.pump_power(flow, head, CURVE.efficiency * (1.0 - loss))
    vapour = loss / physics.HEAD_LOSS_MOST
    vibration = np.hypot(_running_vibration(at, 2.0), 5.0 * np.sqrt(vapour))
    return {
        "VIB": physics.worn_vibration(vibration, faults[Fault.BEARING_WEAR], worst=4.5),
        "TMP": _bearing_temperature(at, faults[Fault.BEARING_WEAR], sound=28.0, wear_heat=22.0),
        "PRE": physics.pressure_bar(head),
        "FLO": flow,
        "CUR": physics.motor_current(power, rated_power=30e3, rated_current=55.0),
        "SND": physics.add_levels(80.0 + 4.0 * at.load, 95.0 + 10.0 * np.log10(vapour)),
    }


def fan(at: Conditions, faults: Severities) -> dict[str, Array]:
    """A cooling fan with a damper, on rolling bearings.

    Full wear brings 4.5 times the vibration, 22 K, and 13 dB more of the bearings' part of the sound.
    """
    wear = faults[Fault.BEARING_WEAR]
    running = _running_vibration(at, 1.8)
    vibration = physics.worn_vibration(running, wear, worst=4.5)
    return {
        "VIB": vibration,
        "TMP": _bearing_temperature(at, wear, sound=24.0, wear_heat=22.0),
        "CUR": physics.motor_current(18e3 * (0.4 + 0.6 * at.load), rated_power=22e3, rated_current=41.0),
        "SND": physics.add_levels(80.0 + 5.0 * at.load, 76.0 + 20.0 * np.log10(vibration / running)),
    }


def filter_unit(at: Conditions, faults: Severities) -> dict[str, Array]:
    """A cake filter behind a flow controller; back-washing leaves 0.05 kg/m2, fouling brings 1 kg/m2 more."""
    flow = 180.0 * at.load
    cake = 0.05 + faults[Fault.FOULING]
    return {
        "FLO": flow,
        "DPR": physics.filter_pressure_drop(flow, cake, clean=1.1e-3, specific=4.0e-3),
    }


def compressor(at: Conditions, faults: Severities) -> dict[str, Array]:
    """An oil-injected screw compressor: nearly isothermal, so a polytropic exponent of 1.10.

    Suction throttling: half of its full power is needed at no load.
    """
    pressure = 7.5 - 0.8 * (at.load - 0.8)
    power = 45e3 * (0.5 + 0.5 * at.load) * pressure / 7.5
    temperature = physics.polytropic_temperature(at.air, pressure + 1.0, exponent=1.10)
    return {
        "PRE": pressure,
        "TMP": lagged(temperature + 6.0 * (at.load - 0.8), interval=at.interval, memory=THERMAL_LAG),
        "CUR": physics.motor_current(power, rated_power=45e3, rated_current=82.0),
        "VIB": _running_vibration(at, 2.6),
    }


def _running_vibration(at: Conditions, full: float) -> Array:
    """Return mm/s rms of a sound machine: residual unbalance, and a part that follows the load."""
    return full * (0.7 + 0.3 * at.load)


def _bearing_temperature(at: Conditions, wear: Array, *, sound: float, wear_heat: float) -> Array:
    settled = at.air + physics.bearing_heat(at.load, wear, sound=sound, wear=wear_heat)
    return lagged(settled, interval=at.interval, memory=THERMAL_LAG)

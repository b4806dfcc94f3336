"""Which machines stand in the demo plant, and what is measured at them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

from smartmaint.embedded.plant import machines
from smartmaint.embedded.plant.machines import MachineSpec, SensorSpec


@dataclass(frozen=True, kw_only=True)
class SiteSpec:
    code: str
    name: str
    timezone: str
    country: str
    subdivision: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def fields(self) -> dict[str, str]:
        return asdict(self)


SITE = SiteSpec(code="demo", name="Demo plant", timezone="America/Sao_Paulo", country="BR", subdivision="SP")


def _vibration(machine: str, limit: float = 7.1) -> SensorSpec:
    """The limit is the C/D boundary of ISO 20816-3, group 2 on a flexible support."""
    return SensorSpec(
        code=f"{machine}-VIB",
        name="Vibration, drive end",
        kind="vibration",
        unit="mm/s",
        resolution=0.01,
        flutter=0.04,
        upper_limit=limit,
    )


def _temperature(machine: str, name: str, limit: float) -> SensorSpec:
    return SensorSpec(
        code=f"{machine}-TMP",
        name=name,
        kind="temperature",
        unit="°C",
        resolution=0.1,
        noise=0.5,
        upper_limit=limit,
    )


def _pressure(machine: str, noise: float, lower: float) -> SensorSpec:
    return SensorSpec(
        code=f"{machine}-PRE",
        name="Discharge pressure",
        kind="pressure",
        unit="bar",
        resolution=0.01,
        noise=noise,
        lower_limit=lower,
    )


def _flow(machine: str, noise: float, lower: float) -> SensorSpec:
    return SensorSpec(
        code=f"{machine}-FLO",
        name="Flow",
        kind="flow",
        unit="m³/h",
        resolution=0.1,
        noise=noise,
        lower_limit=lower,
    )


def _current(machine: str, noise: float, limit: float) -> SensorSpec:
    return SensorSpec(
        code=f"{machine}-CUR",
        name="Motor current",
        kind="current",
        unit="A",
        resolution=0.1,
        noise=noise,
        upper_limit=limit,
    )


def _sound(machine: str) -> SensorSpec:
    return SensorSpec(
        code=f"{machine}-SND", name="Sound level", kind="sound", unit="dB", resolution=0.1, noise=0.5
    )


def _difference(machine: str, limit: float) -> SensorSpec:
    return SensorSpec(
        code=f"{machine}-DPR",
        name="Differential pressure",
        kind="differential pressure",
        unit="bar",
        resolution=0.001,
        noise=0.004,
        upper_limit=limit,
    )


def _pump(code: str, name: str, criticality: int, count: int) -> MachineSpec:
    """Return a pump with the first `count` of its six sensors."""
    sensors = (
        _vibration(code),
        _temperature(code, "Bearing temperature", 85.0),
        _pressure(code, 0.06, 3.0),
        _flow(code, 2.5, 80.0),
        _current(code, 0.5, 55.0),
        _sound(code),
    )
    return MachineSpec(
        code=code,
        name=name,
        asset_class="pump",
        criticality=criticality,
        sensors=sensors[:count],
        model=machines.pump,
    )


MACHINES = (
    _pump("P-101", "Cooling water pump A", 1, 6),
    _pump("P-102", "Cooling water pump B", 2, 4),
    MachineSpec(
        code="F-201",
        name="Process water filter",
        asset_class="filter",
        criticality=2,
        sensors=(_flow("F-201", 3.0, 90.0), _difference("F-201", 0.7)),
        model=machines.filter_unit,
    ),
    MachineSpec(
        code="K-301",
        name="Cooling tower fan",
        asset_class="fan",
        criticality=2,
        sensors=(
            _vibration("K-301"),
            _temperature("K-301", "Bearing temperature", 85.0),
            _current("K-301", 0.4, 48.0),
            _sound("K-301"),
        ),
        model=machines.fan,
    ),
    MachineSpec(
        code="C-401",
        name="Instrument air compressor",
        asset_class="compressor",
        criticality=1,
        sensors=(
            _pressure("C-401", 0.03, 6.0),
            _temperature("C-401", "Discharge temperature", 110.0),
            _current("C-401", 0.8, 95.0),
            _vibration("C-401"),
        ),
        model=machines.compressor,
    ),
)

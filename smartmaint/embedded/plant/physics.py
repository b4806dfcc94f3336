"""The formulas of the machines. Arrays in, arrays out; SI units unless a name says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from smartmaint.embedded.plant.noise import Array

GRAVITY = 9.81
WATER = 1000.0  # kg/m3
PASCAL_PER_BAR = 1e5
KELVIN = 273.15
HEAD_LOSS_AT_NPSH3 = 0.03
HEAD_LOSS_MOST = 0.35
NPSH_SCALE = 0.45  # m of margin over which the loss of head changes by a factor e


@dataclass(frozen=True)
class PumpCurve:
    """Head = `shut_off` - `slope` Q^2, against a system of `static` + `resistance` Q^2 at full load."""

    shut_off: float = 62.0  # m
    slope: float = 1.1e-3  # m per (m3/h)^2
    static: float = 8.0  # m
    resistance: float = 1.6e-3  # m per (m3/h)^2
    efficiency: float = 0.74
    npsh_available: float = 6.2  # m
    npsh_required: float = 2.2  # m at no flow
    npsh_slope: float = 9.0e-5  # m per (m3/h)^2


def duty_point(curve: PumpCurve, load: Array, head_factor: Array) -> tuple[Array, Array]:
    """Return flow (m3/h) and head (m) where the pump's curve meets the system's; load opens the valve."""
    resistance = curve.resistance / load**2
    rise = np.maximum(curve.shut_off * head_factor - curve.static, 0.0)
    flow = np.sqrt(rise / (curve.slope * head_factor + resistance))
    return flow, curve.static + resistance * flow**2


def cavitation_loss(curve: PumpCurve, flow: Array, npsh_lost: Array) -> Array:
    """Return the part of the head that vapour takes, 0 to 0.35.

    By the definition of NPSH3 (ISO 9906) it is 3 % where the NPSH margin is zero; around that point it
    grows by a factor e with every 0.45 m of margin lost (this model's choice; Brennen, "Hydrodynamics of
    Pumps", ch. 5, shows the break-down as that steep).
    """
    margin = curve.npsh_available - npsh_lost - curve.npsh_required - curve.npsh_slope * flow**2
    return np.minimum(HEAD_LOSS_AT_NPSH3 * np.exp(-margin / NPSH_SCALE), HEAD_LOSS_MOST)


def pressure_bar(head: Array) -> Array:
    return WATER * GRAVITY * head / PASCAL_PER_BAR


def pump_power(flow: Array, head: Array, efficiency: Array) -> Array:
    """Return the shaft power in W: rho g Q H / efficiency."""
    return WATER * GRAVITY * (flow / 3600.0) * head / efficiency


def motor_current(
    power: Array, *, rated_power: float, rated_current: float, idle_share: float = 0.35
) -> Array:
    """Return the current in A: the magnetising and the working part add at right angles."""
    working = rated_current * (1 - idle_share**2) ** 0.5 * power / rated_power
    return np.hypot(rated_current * idle_share, working)


def add_levels(first: Array, second: Array) -> Array:
    """Return the sound level in dB of two sources that have nothing to do with each other: energies add."""
    return 10.0 * np.log10(10.0 ** (first / 10.0) + 10.0 ** (second / 10.0))


def worn_vibration(sound: Array, damage: Array, *, worst: float) -> Array:
    """Return the vibration velocity (mm/s rms) of a rolling bearing with `damage` 0 to 1.

    Exponential degradation, S = S0 exp(beta D), reaching `worst` times the sound bearing's at D = 1
    (Gebraeel, Lawley, Li, Ryan, "Residual-life distributions from component degradation signals", IIE
    Transactions 37, 2005).
    """
    return sound * np.exp(np.log(worst) * damage)


def bearing_heat(load: Array, damage: Array, *, sound: float, wear: float) -> Array:
    """Return how many K above the air the bearing settles: friction torque times speed.

    Friction grows with the load (Palmgren) and, in this model, with the square of the damage.
    """
    return sound * (0.4 + 0.6 * load) + wear * damage**2


def filter_pressure_drop(flow: Array, cake: Array, *, clean: float, specific: float) -> Array:
    """Return the differential pressure in bar of a filter that carries `cake` kg/m2.

    Darcy's law through medium and cake in series, dp = mu u (R_medium + alpha w) (Ruth, Ind. Eng. Chem. 27,
    1935). `clean` and `specific` are mu R / A and mu alpha / A, in bar per m3/h (and per kg/m2).
    """
    return flow * (clean + specific * cake)


def polytropic_temperature(inlet: Array, ratio: Array, *, exponent: float) -> Array:
    """Return the outlet temperature in deg C of a gas at `inlet` deg C compressed by `ratio`."""
    return (inlet + KELVIN) * ratio ** ((exponent - 1.0) / exponent) - KELVIN

from __future__ import annotations

import subprocess
import sys

import pytest

from sensors.units import UNCHANGED, conversion, is_known

# value, unit, wanted unit, value in it: by definition of the units, or from tables of physics.
TRUTHS = [
    (100, "degC", "degF", 212),
    (-40, "°F", "°C", -40),
    (0, "Cel", "K", 273.15),
    (98.6, "[degF]", "degC", 37),
    (300, "K", "°C", 26.85),
    (5, "delta_degC", "K", 5),
    (5, "ΔdegC", "delta_degF", 9),
    (3, "°C/min", "K/h", 180),
    (1, "in/s", "mm/s", 25.4),
    (1, "[in_i]/s", "m/s", 0.0254),
    (1, "g", "m/s2", 9.80665),
    (9.80665, "m/s²", "g", 1),
    (250, "mg", "m/s^2", 2.4516625),
    (250, "g", "kg", 0.25),
    (1, "bar", "kPa", 100),
    (1, "psi", "Pa", 6894.757293168),
    (1013.25, "mbar", "atm", 1),
    (760, "mmHg", "kPa", 101.3250144),
    (10, "m[H2O]", "kPa", 98.0665),
    (1, "kgf/cm2", "bar", 0.980665),
    (14.503773773, "psig", "barg", 1),
    (4, "mA", "A", 0.004),
    (0.4, "kV", "V", 400),
    (1, "MW", "mW", 1e9),
    (1, "mW", "MW", 1e-9),
    (1, "MPa", "mPa", 1e9),
    (1, "hp", "W", 745.69987158),
    (1, "kWh", "J", 3.6e6),
    (3000, "rpm", "Hz", 50),
    (60, "r/min", "rad/s", 6.283185307),
    (180, "deg", "rad", 3.141592654),
    (60, "/min", "Hz", 1),
    (50, "%", "1", 0.5),
    (1, "%", "ppm", 10_000),
    (1000, "l/min", "m3/h", 60),
    (1, "gpm", "L/min", 3.785411784),
    (1, "cfm", "m³/h", 1.69901079552),
    (1, "mil", "µm", 25.4),
    (1, "cSt", "mm2/s", 1),
    (1, "cP", "mPa.s", 1),
    (1, "kN·m", "Nm", 1000),
    (4.184, "J/(g.K)", "cal/(g.K)", 1),
    (7, "dB", "dB", 7),
    (7, "pH", "pH", 7),
    (7, "widgets", " widgets", 7),
]


@pytest.mark.parametrize(("value", "given", "wanted", "expected"), TRUTHS)
def test_a_value_means_the_same_in_the_wanted_unit(value, given, wanted, expected):
    found = conversion(given, wanted)
    assert found.apply(value) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("value", "given", "wanted", "expected"), TRUTHS)
def test_and_back_again(value, given, wanted, expected):
    assert conversion(wanted, given).apply(expected) == pytest.approx(value, rel=1e-8)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("mm/s", "mm"),
        ("bar", "degC"),
        ("delta_degC", "degC"),
        ("degC", "delta_degC"),
        ("barg", "bar"),
        ("kVA", "kW"),
        ("var", "W"),
        ("Hz", "rad/s"),
        ("kg", "m/s2"),
        ("dB", "%"),
        ("dB(A)", "dB"),
        ("pH", "H"),
        ("c", "m/s"),
        ("KW", "kW"),
        ("hz", "Hz"),
        ("widgets", "bar"),
        ("9**9**9**9", "1"),
        ("((((", "bar"),
        ("//", "1"),
        ("m/", "m"),
    ],
)
def test_what_is_not_the_same_quantity_is_not_converted(given, wanted):
    assert conversion(given, wanted) is None


@pytest.mark.parametrize(("given", "wanted"), [("", "bar"), ("bar", ""), ("", "")])
def test_no_unit_fits_any(given, wanted):
    assert conversion(given, wanted) is UNCHANGED


def test_scales_are_as_exact_as_a_float_can_be():
    assert conversion("mm/s", "m/s").scale == 0.001
    assert conversion("rpm", "Hz").scale == 1 / 60
    assert (conversion("degC", "degF").scale, conversion("degC", "degF").offset) == (1.8, 32)


@pytest.mark.parametrize(("unit", "known"), [("mm/s", True), ("°C", True), ("widgets", False), ("", False)])
def test_it_knows_the_units_of_a_plant(unit, known):
    assert is_known(unit) is known


def test_equal_units_need_no_library():
    code = """if True:
        import sys
        from sensors.units import conversion
        conversion("m/s²", "m/s2")
        sys.exit("pint" in sys.modules)"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Units of measurement: how a value in one becomes a value in another, or that it cannot."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from itertools import product
from typing import Any

from sensors import unit_names

_ANNOTATION = re.compile(r"\{[^{}]*\}")
_DENOMINATOR = re.compile(r"/\(([^()/]*)\)")
_SEPARATORS = re.compile(r"([./])")
_POWER = re.compile(r"(.+?)([+-]?\d)")
_SPELLINGS = str.maketrans({"·": ".", "⋅": ".", "×": ".", "*": ".", "−": "-", "∆": "Δ"})


@dataclass(frozen=True, slots=True)
class Conversion:
    """`value * scale + offset` is the value in the wanted unit."""

    scale: float
    offset: float

    def apply(self, value: float) -> float:
        return value * self.scale + self.offset


UNCHANGED = Conversion(1.0, 0.0)


@lru_cache(maxsize=4096)
def conversion(given: str, wanted: str) -> Conversion | None:
    """Return how a value in unit `given` becomes one in unit `wanted`; None where it cannot.

    An empty unit fits any. Temperatures are scales with a zero of their own (delta_degC is a difference, and
    so are degrees in a product such as degC/min). A unit that is not known fits only itself.
    """
    given, wanted = _spell(given), _spell(wanted)
    if given == wanted or not given or not wanted:
        return UNCHANGED
    pairs = product(_meanings(given), _meanings(wanted))
    return next((found for pair in pairs if (found := _between(*pair))), None)


def is_known(unit: str) -> bool:
    """Return whether the unit is one that can be converted."""
    return bool(_meanings(_spell(unit)))


def _spell(unit: str) -> str:
    """Return the unit in one spelling, so that m/s², m/s^2, m/s**2 and m/s2 are the same text."""
    text = unicodedata.normalize("NFKC", unit.replace("º", "°").replace("**", "^")).translate(_SPELLINGS)
    text = re.sub(r"\s*([./^])\s*", r"\1", _ANNOTATION.sub("", text).strip())
    text = re.sub(r"^(°|Δ|deg|%) (?=[CFR])", r"\1", text).replace("^", "")
    return unit_names.SAME.get(text, text)


def _meanings(unit: str) -> tuple[Any, ...]:
    """Return what the unit may mean, as quantities of pint; empty where it is not known."""
    if unit in unit_names.WHOLE:
        return tuple(_quantity(meaning) for meaning in unit_names.WHOLE[unit])
    try:
        return (_product(unit),)
    except LookupError:
        return ()


def _product(unit: str) -> Any:
    """Return the quantity of a product of powers such as kg.m2/s3; / binds the next factor only.

    Raises:
        LookupError: a factor is not known.
    """
    text = _DENOMINATOR.sub(lambda found: "/" + found.group(1).replace(".", "/"), unit).replace(" ", ".")
    parts = _SEPARATORS.split(f"1{text}" if text.startswith("/") else text)
    whole = _factor(parts[0])
    for separator, part in zip(parts[1::2], parts[2::2], strict=True):
        whole = whole / _factor(part) if separator == "/" else whole * _factor(part)
    return whole


def _factor(text: str) -> Any:
    try:
        return _atom(text)
    except LookupError:
        power = _POWER.fullmatch(text)
        if power is None:
            raise
        return _atom(power.group(1)) ** int(power.group(2))


def _atom(text: str) -> Any:
    """Return the quantity of one unit, with a prefix or without."""
    text = unit_names.SAME.get(text, text)
    if text in unit_names.PLAIN:
        return _quantity(unit_names.PLAIN[text])
    cut = 0 if text in unit_names.METRIC else 1
    power = unit_names.PREFIXES[text[:cut]]
    return Decimal(10) ** power * _quantity(unit_names.METRIC[text[cut:]])


@cache
def _quantity(meaning: str) -> Any:
    """Return a quantity of pint; scales such as degree_Celsius only as they stand."""
    registry = _registry()
    if meaning.isidentifier():
        return registry.Quantity(Decimal(1), registry.Unit(meaning))
    return registry.Quantity(meaning)


@cache
def _registry() -> Any:
    import pint  # takes a third of a second

    registry: Any = pint.UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)
    for definition in unit_names.OWN:
        registry.define(definition)
    return registry


def _between(given: Any, wanted: Any) -> Conversion | None:
    """Return the conversion of two quantities; None where they measure different things.

    Decimals keep the scale exact until it becomes a float."""
    from pint import DimensionalityError  # of a difference and a scale, which share a dimension

    try:
        zero, one = (
            (x * given.magnitude * given.u).to(wanted.u).magnitude / wanted.magnitude
            for x in (Decimal(0), Decimal(1))
        )
    except DimensionalityError:
        return None
    return Conversion(float(one - zero), float(zero))

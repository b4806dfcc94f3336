"""Failure modes after ISO 14224:2016, annex B: the codes that people choose from, with words, by class."""

from __future__ import annotations

MODES = {
    "VIB": "vibration",
    "OHE": "overheating",
    "NOI": "noise",
    "ELP": "leak of what it carries",
    "ELU": "leak of oil, coolant or the like",
    "INL": "internal leak",
    "PLU": "plugged or choked",
    "STD": "damaged part",
    "BRD": "breakdown",
    "LOO": "too little output",
    "HIO": "too much output",
    "NOO": "no output",
    "ERO": "erratic output",
    "PDE": "reading outside what is allowed",
    "FTS": "does not start",
    "STP": "does not stop",
    "UST": "stops by itself",
    "FTC": "does not close",
    "FTO": "does not open",
    "LCP": "leaks when closed",
    "DOP": "moves too slowly",
    "IHT": "too little heat transfer",
    "AIR": "wrong reading of an instrument",
    "SER": "small trouble in service",
    "UNK": "unknown",
    "OTH": "other",
}
ANY = ("STD", "BRD", "SER", "AIR", "OTH", "UNK")
_ROTATING = ("VIB", "OHE", "NOI", "LOO", "ELU")
_TURNS = (*_ROTATING, "ELP", "INL", "PLU", "HIO", "ERO", "PDE", "FTS", "STP", "UST")
_DRIVES = (*_ROTATING, "HIO", "ERO", "PDE", "FTS", "STP", "UST")
BY_CLASS = {
    "pump": (*_ROTATING, "ELP", "INL", "PLU", "ERO", "PDE", "FTS", "STP", "UST"),
    "compressor": _TURNS,
    "fan": (*_ROTATING, "ERO", "PDE", "FTS", "STP", "UST"),
    "motor": _DRIVES,
    "generator": _DRIVES,
    "turbine": _TURNS,
    "gearbox": ("VIB", "NOI", "OHE", "ELU", "PDE"),
    "valve": ("FTC", "FTO", "LCP", "DOP", "INL", "ELP", "PLU"),
    "heat-exchanger": ("IHT", "PLU", "INL", "ELP", "ELU", "PDE"),
    "instrument": ("AIR", "NOO", "ERO", "HIO", "LOO"),
}


def modes_for(asset_class: str) -> list[tuple[str, str]]:
    """Return codes with their words: those that fit the class, then those that fit anything.

    A class that is not known gets the ones of rotating machines.
    """
    fitting = BY_CLASS.get(asset_class.lower().replace(" ", "-"), _TURNS)
    return [(code, MODES[code]) for code in dict.fromkeys((*fitting, *ANY))]


def words_of(code: str) -> str:
    """Return a code in words; one that is not of the list as it is."""
    return MODES.get(code.upper(), code)

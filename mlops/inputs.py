"""Whether what was given is what a model takes: each input by name, none missing, none unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NUMBER, TEXT = "number", "text"
MOST_NAMED = 200


@dataclass(frozen=True)
class Fault:
    """Why an input cannot be taken; `code` is missing, unknown, number or text."""

    name: str
    code: str
    detail: str


def faults_of(features: Iterable[Mapping[str, Any]], given: Mapping[str, Any]) -> list[Fault]:
    """Check what was given against a version's features ({"name", "kind", …}); empty: all is well."""
    kinds = {one["name"]: one.get("kind", NUMBER) for one in features}
    faults = [Fault(name, "missing", f"The model needs {name}.") for name in kinds if name not in given]
    for name, value in given.items():
        faults += _fault(name, kinds.get(name), value)
    return faults[:MOST_NAMED]


def _fault(name: str, kind: str | None, value: Any) -> list[Fault]:
    if kind is None:
        return [Fault(name, "unknown", f"The model does not know {name}.")]
    if kind == TEXT:
        return [] if isinstance(value, str) else [Fault(name, TEXT, f"{name} must be a text.")]
    return [] if _is_number(value) else [Fault(name, NUMBER, f"{name} must be a finite number.")]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= 1e300 if isinstance(value, int) else math.isfinite(value)

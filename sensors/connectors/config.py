"""The connectors' file (TOML, named by SMARTMAINT_CONNECTORS): what is listened to, and for whom.

    [[mqtt]]
    name = "line-1"
    address = "mqtts://broker.example:8883"
    organization = "acme"
    topic = "plants/{asset}/{sensor}"
    username = "smartmaint"
    password = "${LINE1_PASSWORD}"

Every text may name variables of the environment as `${NAME}`, so that the file holds no secret.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from sensors.connectors.entries import Entry, Mqtt, Sparkplug
from sensors.connectors.opcua_entry import OpcUa

KINDS: dict[str, type[Entry]] = {"mqtt": Mqtt, "sparkplug": Sparkplug, "opcua": OpcUa}
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class Problem(msgspec.Struct, frozen=True):
    """What is wrong at a place of the file, and what to do."""

    place: str
    text: str
    hint: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text} {self.hint}"


class ConfigurationBroken(ValueError):
    """The connectors' file cannot be used; `problems` lists all that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load_entries(path: str | Path, environment: Mapping[str, str] = os.environ) -> list[Entry]:
    """Return the entries of the file; without a path there are none.

    Raises:
        ConfigurationBroken: the file cannot be read, or something in it is wrong.
    """
    if not path:
        return []
    tables = _read(Path(path))
    found = [(place, _entry(place, kind, table, environment)) for place, kind, table in _tables(tables)]
    problems = [outcome for _, outcome in found if isinstance(outcome, Problem)]
    entries = [outcome for _, outcome in found if isinstance(outcome, Entry)]
    problems += [*_strange(tables), *_twins(entries)]
    if problems:
        raise ConfigurationBroken(problems)
    return entries


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        hint = "Set SMARTMAINT_CONNECTORS to a file that can be read, or leave it empty."
        raise ConfigurationBroken([Problem(str(path), f"{error.strerror}.", hint)]) from error
    except ValueError as error:
        hint = "It must be TOML in UTF-8: see docs/connectors.md."
        raise ConfigurationBroken([Problem(str(path), f"{error}.", hint)]) from error


def _tables(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for kind in KINDS:
        rows = tables.get(kind, [])
        for number, table in enumerate(rows if isinstance(rows, list) else [rows], 1):
            name = table.get("name", number) if isinstance(table, dict) else number
            yield f"[[{kind}]] {name}", kind, table


def _strange(tables: Mapping[str, Any]) -> Iterator[Problem]:
    for key in tables:
        if key not in KINDS:
            hint = f"The tables are {', '.join(f'[[{kind}]]' for kind in KINDS)}."
            yield Problem(key, "There is no such table.", hint)


def _twins(entries: list[Entry]) -> Iterator[Problem]:
    """Names are what people, status rows and the sessions at the broker go by."""
    for name, count in Counter(entry.name for entry in entries).items():
        if count > 1:
            yield Problem(name, f"{count} entries have this name.", "Give each its own.")


def _entry(place: str, kind: str, table: Any, environment: Mapping[str, str]) -> Entry | Problem:
    try:
        return msgspec.convert(_filled(table, environment), KINDS[kind])
    except msgspec.ValidationError as error:
        return Problem(place, f"{error}.".replace("..", "."), "See docs/connectors.md.")
    except KeyError as error:
        hint = "Set it where the product runs."
        return Problem(place, f"{error.args[0]} is not set in the environment.", hint)


def _filled(value: Any, environment: Mapping[str, str]) -> Any:
    """Return the value with every ${NAME} in its texts replaced.

    Raises:
        KeyError: the environment has no such variable.
    """
    if isinstance(value, dict):
        return {key: _filled(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environment) for item in value]
    return VARIABLE.sub(lambda found: environment[found.group(1)], value) if isinstance(value, str) else value
